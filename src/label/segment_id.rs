use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a segment is called in lists and files through all runs that continue each other: `S01`, `S02` …
///
/// ```
/// use segmint::refit::SegmentId;
/// let id: SegmentId = "S07".parse().unwrap();
/// assert_eq!((id.to_string(), id.next().to_string()), ("S07".to_owned(), "S08".to_owned()));
/// assert!("S0".parse::<SegmentId>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "String"))]
#[serde(into = "String", try_from = "String")]
pub struct SegmentId(NonZeroU32);

impl SegmentId {
    /// The lowest.
    pub const FIRST: SegmentId = SegmentId(NonZeroU32::MIN);

    /// The one after it.
    #[must_use]
    pub fn next(self) -> SegmentId {
        SegmentId(self.0.saturating_add(1))
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S{:02}", self.0)
    }
}

impl FromStr for SegmentId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('S').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok()).map(SegmentId);
        number.ok_or_else(|| format!("{text:?} is not the id of a segment (S01, S02, …)"))
    }
}

impl From<SegmentId> for String {
    fn from(id: SegmentId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for SegmentId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
