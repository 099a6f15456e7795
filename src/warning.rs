//! Warnings are values: what a stage noticed, with the numbers that show it.
//!
//! A stage never prints. It returns warnings beside its result; the terminal summary and the report render them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Text;

/// Something a user should know about a run that finished all the same.
///
/// ```
/// use segmint::{Text, Warning};
/// let warning = Warning::new(
///     "constant_column",
///     Text::new("column \"x\" is constant and was dropped", "列“x”为常量,已去除"),
/// )
/// .with("column", "x")
/// .with("value", 3.0);
/// assert_eq!(warning.evidence["value"], 3.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Warning {
    /// Stable identifier in snake_case, for programs that filter warnings.
    pub code: String,
    /// One sentence for people; it names the place and the figures.
    pub message: Text,
    /// The figures behind the sentence, by name.
    pub evidence: Map<String, Value>,
}

impl Warning {
    /// A warning without evidence yet; add it with [`Warning::with`].
    pub fn new(code: &str, message: Text) -> Self {
        Warning { code: code.to_owned(), message, evidence: Map::new() }
    }

    /// Adds one named figure.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }
}
