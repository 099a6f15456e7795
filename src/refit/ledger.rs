//! Sums of money that add up.

/// Bits a sum may have.
const BITS: i32 = 52;

/// Values as whole numbers of a unit, a power of two so large that every sum of them is a number without rounding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ledger {
    unit: f64,
}

impl Ledger {
    /// For sums of `values`, in any order and with any signs; NaN counts as nothing.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Ledger {
        // Every value as the power of two above it: so many of each add up to the same bound in any order.
        let mut n_of_exponent = [0_u64; 2200];
        let exponent = |value: f64| (libm::frexp(value).1 + 1080).clamp(0, 2199) as usize;
        values.filter(|value| value.is_finite() && *value != 0.0).for_each(|value| n_of_exponent[exponent(value)] += 1);
        let occurring = (-1080..).zip(n_of_exponent).filter(|(_, n)| *n > 0);
        let bound: f64 = occurring.map(|(exponent, n)| n as f64 * libm::exp2(f64::from(exponent))).sum();
        let bits = if bound.is_finite() { libm::frexp(bound).1 } else { 1024 };
        Ledger { unit: libm::exp2(f64::from((bits - BITS).max(-1000))) }
    }

    /// A value in units; 0 for NaN.
    pub(super) fn units(&self, value: f64) -> i64 {
        if value.is_finite() { (value / self.unit).round() as i64 } else { 0 }
    }

    /// Units as a value.
    pub(super) fn value(&self, units: i64) -> f64 {
        units as f64 * self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_cents_is_right_to_many_digits() {
        let cents: Vec<f64> = (0..100_000).map(|i| f64::from(i % 977) / 100.0).collect();
        let ledger = Ledger::of(cents.iter().copied());
        let units: i64 = cents.iter().map(|&value| ledger.units(value)).sum();
        let exact: u64 = (0..100_000_u64).map(|i| i % 977).sum();
        // A value is rounded by 2⁻³³ at most.
        assert!((ledger.value(units) - exact as f64 / 100.0).abs() < 1.2e-5);
    }

    #[test]
    fn values_of_any_size_and_none_have_a_ledger() {
        assert_eq!(Ledger::of([f64::NAN, 0.0].into_iter()).units(f64::NAN), 0);
        let ledger = Ledger::of([1e300, -1e300, f64::MAX].into_iter());
        assert!(ledger.value(ledger.units(1e300)).is_finite());
    }
}
