//! From values to places on paper.

/// A linear scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    /// Values from `low` to `high` on the way from `start` to `end`.
    pub(super) fn new(low: f64, high: f64, start: f64, end: f64) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Scale { from: (low, high), to: (start, end) }
    }

    /// The place of a value.
    pub(super) fn place(self, value: f64) -> f64 {
        let share = (value - self.from.0) / (self.from.1 - self.from.0);
        self.to.0 + share * (self.to.1 - self.to.0)
    }

    /// About five round values within the scale.
    pub(super) fn ticks(self) -> Vec<f64> {
        let step = round_step((self.from.1 - self.from.0) / 5.0);
        let first = (self.from.0 / step).ceil() as i64;
        let last = (self.from.1 / step + 1e-9).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }
}

/// The next of 1, 2, 5 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(Scale::new(2.0, 12.0, 0.0, 1.0).ticks(), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
        assert_eq!(Scale::new(0.0, 1.0, 0.0, 1.0).ticks().len(), 6);
        assert_eq!(Scale::new(3.0, 3.0, 0.0, 10.0).place(3.0), 0.0);
    }
}
