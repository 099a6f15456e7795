use serde::{Deserialize, Serialize};

/// Where a cluster stands among all customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Position ≤ 0.2.
    VeryLow,
    /// Position ≤ 0.4.
    Low,
    /// Position 0.35 … 0.65.
    Medium,
    /// Position ≥ 0.6.
    High,
    /// Position ≥ 0.8.
    VeryHigh,
}

impl Level {
    /// Every level, ascending.
    pub const ALL: [Level; 5] = [Level::VeryLow, Level::Low, Level::Medium, Level::High, Level::VeryHigh];

    /// The word in catalogs.
    pub fn word(self) -> &'static str {
        match self {
            Level::VeryLow => "very_low",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::VeryHigh => "very_high",
        }
    }

    /// The positions that fully are this level, both ends included.
    pub fn band(self) -> (f64, f64) {
        match self {
            Level::VeryLow => (0.0, 0.2),
            Level::Low => (0.0, 0.4),
            Level::Medium => (0.35, 0.65),
            Level::High => (0.6, 1.0),
            Level::VeryHigh => (0.8, 1.0),
        }
    }

    /// The level a position is at: the bands, from the outside in, with medium between 0.4 and 0.6.
    ///
    /// ```
    /// use segmint::label::Level;
    /// assert_eq!([0.2, 0.4, 0.5, 0.6, 0.8].map(Level::at), Level::ALL);
    /// ```
    pub fn at(position: f64) -> Level {
        match position {
            p if p <= Level::VeryLow.band().1 => Level::VeryLow,
            p if p >= Level::VeryHigh.band().0 => Level::VeryHigh,
            p if p <= Level::Low.band().1 => Level::Low,
            p if p >= Level::High.band().0 => Level::High,
            _ => Level::Medium,
        }
    }

    /// The degree to which `position` is this level: 1 in its band, falling linearly to 0 over 0.1 outside.
    ///
    /// Degrees are multiples of 1e-12, so that 0.45 is exactly half low.
    ///
    /// ```
    /// use segmint::label::Level;
    /// assert_eq!(Level::Low.membership(0.4), 1.0);
    /// assert_eq!(Level::Low.membership(0.45), 0.5);
    /// assert_eq!(Level::Low.membership(0.5), 0.0);
    /// ```
    pub fn membership(self, position: f64) -> f64 {
        let (low, high) = self.band();
        let outside = (low - position).max(position - high).max(0.0);
        settle((1.0 - outside / RAMP).max(0.0))
    }
}

/// How far outside its band a level fades to nothing.
pub const RAMP: f64 = 0.1;

/// Rounds to a multiple of 1e-12, so that thresholds written in decimals are met by figures that equal them on paper.
pub(in crate::label) fn settle(figure: f64) -> f64 {
    (figure * 1e12).round() / 1e12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_closed_and_fade_over_a_tenth() {
        let expected = [
            (Level::VeryLow, [(0.2, 1.0), (0.25, 0.5), (0.3, 0.0)]),
            (Level::Low, [(0.4, 1.0), (0.45, 0.5), (0.5, 0.0)]),
            (Level::Medium, [(0.35, 1.0), (0.3, 0.5), (0.25, 0.0)]),
            (Level::Medium, [(0.65, 1.0), (0.675, 0.75), (0.75, 0.0)]),
            (Level::High, [(0.6, 1.0), (0.59, 0.9), (0.5, 0.0)]),
            (Level::VeryHigh, [(0.8, 1.0), (0.75, 0.5), (0.7, 0.0)]),
        ];
        for (level, points) in expected {
            for (position, membership) in points {
                assert_eq!(level.membership(position), membership, "{level:?} at {position}");
            }
        }
    }
}
