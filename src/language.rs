//! The two languages segmint speaks, and text that exists in both.
//!
//! Names, actions, warnings and sentences are written once per language where they are made, so that a run can be
//! read in either without being computed again.

use serde::{Deserialize, Serialize};

/// A language of reports and messages; `[label] language`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English, the default.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// One of two words.
    pub fn say<'w>(self, en: &'w str, zh: &'w str) -> &'w str {
        match self {
            Language::En => en,
            Language::Zh => zh,
        }
    }
}

/// The English word for `n` things: `cluster` of one, `clusters` of none or more.
pub(crate) fn noun<'w>(n: u64, one: &'w str, many: &'w str) -> &'w str {
    if n == 1 { one } else { many }
}

/// A count with its noun: `1 cluster`, `2 clusters`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", noun(n, one, many))
}

/// The same text in every language segmint speaks.
///
/// ```
/// use segmint::{Language, Text};
/// let name = Text::new("champions", "重要价值客户");
/// assert_eq!(name.get(Language::En), "champions");
/// assert_eq!(name.get(Language::Zh), "重要价值客户");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The English text.
    pub en: String,
    /// The Chinese text.
    pub zh: String,
}

impl Text {
    /// Text from its English and Chinese forms.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Text { en: en.into(), zh: zh.into() }
    }

    /// The form in `language`.
    pub fn get(&self, language: Language) -> &str {
        language.say(&self.en, &self.zh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_none_is_plural() {
        let counts = [0, 1, 2].map(|n| counted(n, "cluster", "clusters"));
        assert_eq!(counts, ["0 clusters", "1 cluster", "2 clusters"]);
    }
}
