use serde::{Deserialize, Serialize};
use toml::Value;

use super::schema::key_at;

/// The smallest and largest k that `auto` tries, 2 ≤ low ≤ high.
///
/// ```
/// use segmint::config::KRange;
/// assert_eq!(KRange::try_from((2, 8)).unwrap().high(), 8);
/// assert_eq!(KRange::try_from((5, 2)).unwrap_err(), "k_range must be two whole numbers [low, high], 2 ≤ low ≤ high, got [5, 2]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "(usize, usize)", into = "(usize, usize)")]
pub struct KRange {
    low: usize,
    high: usize,
}

impl KRange {
    /// The smallest.
    pub fn low(self) -> usize {
        self.low
    }

    /// The largest.
    pub fn high(self) -> usize {
        self.high
    }
}

impl TryFrom<(usize, usize)> for KRange {
    type Error = String;

    fn try_from((low, high): (usize, usize)) -> Result<Self, String> {
        let constraint = key_at("cluster.kmeans.k_range").constraint;
        let value = Value::from(vec![low as i64, high as i64]);
        if constraint.admits(&value) {
            return Ok(KRange { low, high });
        }
        Err(format!("k_range must be {}, got {value}", constraint.allowed()))
    }
}

impl From<KRange> for (usize, usize) {
    fn from(range: KRange) -> Self {
        (range.low, range.high)
    }
}
