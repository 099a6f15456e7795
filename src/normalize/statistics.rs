//! Exact statistics of one column; NaN (missing) values do not count.
//!
//! Sums are exact on a grid ([`Grids`]), so a result depends neither on threads nor on the order of the customers. Sums of squares
//! are of deviations from the mean, in units of a power of two near the largest one, so neither an offset of 1e9 nor values of
//! 1e300 or 1e-300 cost digits.

const LANES: usize = 8;

/// The smallest and the largest value; `None` when all are missing.
pub(super) fn extremes(values: &[f64]) -> Option<(f64, f64)> {
    // Lanes, because one running minimum waits for itself; NaN is neither below nor above.
    let (mut lows, mut highs) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let (groups, rest) = values.as_chunks::<LANES>();
    for group in groups.iter().map(|group| &group[..]).chain([rest]) {
        for (l, &x) in group.iter().enumerate() {
            lows[l] = if x < lows[l] { x } else { lows[l] };
            highs[l] = if x > highs[l] { x } else { highs[l] };
        }
    }
    let low = lows.into_iter().fold(f64::INFINITY, f64::min);
    let high = highs.into_iter().fold(f64::NEG_INFINITY, f64::max);
    (low <= high).then_some((low, high))
}

/// Whether values in `low..=high` differ by no more than rounding noise: high − low ≤ 16 ε max(|low|, |high|).
pub(super) fn is_flat((low, high): (f64, f64)) -> bool {
    high - low <= 16.0 * f64::EPSILON * low.abs().max(high.abs())
}

/// n, mean and the central moments in use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    /// The mean.
    pub mean: f64,
    /// Standard deviation, divisor n.
    pub deviation: f64,
    /// Fisher-Pearson skewness m₃ / m₂^1.5, biased (`scipy.stats.skew`); 0 when the deviation is 0.
    pub skewness: f64,
}

/// Moments of the observed values, the same bits in any order; `None` when all are missing.
///
/// Deviations are from a mean that is right but for rounding; what it misses is in the first sum.
pub(super) fn moments(values: &[f64]) -> Option<Moments> {
    let (low, high) = extremes(values)?;
    let unit = power_of_two(low.abs().max(high.abs()));
    let [n, total] = sums(values, 2.0, |x| [1.0, x * unit.recip()]);
    let rough = total / n * unit;
    let unit = power_of_two((high - rough).max(rough - low));
    let powers = sums(values, 8.0, |x| {
        let d = (x - rough) * unit.recip();
        [d, d * d, d * d * d]
    });
    let [first, second, third] = powers.map(|sum| sum / n);
    let variance = (second - first * first).max(0.0);
    let central = third - 3.0 * first * second + 2.0 * first.powi(3);
    Some(Moments {
        mean: rough + first * unit,
        deviation: variance.sqrt() * unit,
        skewness: if variance > 0.0 { central / variance.powf(1.5) } else { 0.0 },
    })
}

/// Σ term(x) over the observed values, the same bits in any order; terms are at most `largest` in size.
fn sums<const K: usize>(values: &[f64], largest: f64, term: impl Fn(f64) -> [f64; K]) -> [f64; K] {
    let grids = Grids::new(values.len(), largest);
    let mut lanes = [[[0.0; LANES]; 2]; K];
    let mut add = |l: usize, x: f64| {
        for (sums, term) in lanes.iter_mut().zip(term(x)) {
            let parts = grids.parts(if x.is_nan() { 0.0 } else { term });
            sums[0][l] += parts[0];
            sums[1][l] += parts[1];
        }
    };
    let (groups, rest) = values.as_chunks::<LANES>();
    for group in groups {
        // A number of turns that is known, so that it becomes vector instructions.
        for l in 0..LANES {
            add(l, group[l]);
        }
    }
    rest.iter().enumerate().for_each(|(l, &x)| add(l, x));
    lanes.map(|sums| sums.map(|lanes| lanes.iter().sum::<f64>())).map(|[coarse, fine]| coarse + fine)
}

/// Sums that are the same bits in any order (after Demmel and Nguyen 2013).
///
/// A term is rounded to a multiple of a step so coarse that no sum of multiples rounds, and what that cuts off to a multiple of a
/// finer step likewise. Both sums are then exact in any order, and together right to 2⁻⁶⁴ of the largest term at a million terms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grids {
    /// What rounds a number to a multiple of a step when it is added and taken away again: 1.5 · 2⁵² steps.
    shifts: [f64; 2],
}

impl Grids {
    /// For `n` terms of at most `largest` in size.
    pub(super) fn new(n: usize, largest: f64) -> Self {
        // Partial sums stay below 2⁵¹ steps.
        let places = (n.max(2) as f64).log2().ceil() as i32 - 51;
        let step = |largest: f64| 2f64.powi(largest.max(f64::MIN_POSITIVE).log2().ceil() as i32 + places);
        let coarse = step(largest);
        Grids { shifts: [coarse, step(coarse / 2.0)].map(|step| step * 1.5 * 2f64.powi(52)) }
    }

    /// The two parts of a term, each to be added up by itself.
    #[inline]
    pub(super) fn parts(&self, term: f64) -> [f64; 2] {
        let coarse = (term + self.shifts[0]) - self.shifts[0];
        let rest = term - coarse;
        [coarse, (rest + self.shifts[1]) - self.shifts[1]]
    }
}

/// A running sum whose rounding errors are summed beside it (Neumaier 1974).
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    /// Adds `x`.
    pub fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        self.lost += if self.sum.abs() >= x.abs() { (self.sum - sum) + x } else { (x - sum) + self.sum };
        self.sum = sum;
    }

    /// The sum so far.
    pub fn value(self) -> f64 {
        self.sum + self.lost
    }
}

/// The power of two just below `size`: exact to divide by. Kept where its inverse is a normal number.
fn power_of_two(size: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    let clamped = size.clamp(2f64.powi(-1000), 2f64.powi(1000));
    f64::from_bits(clamped.to_bits() & EXPONENT)
}

/// The observed values.
pub(super) fn observed(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|x| !x.is_nan()).collect()
}

/// The quantiles `shares` (0 … 1) of the observed values, linear between neighbours (numpy's default; Hyndman and Fan's
/// type 7). At least one value is observed.
///
/// Exact, O(n): that of `stats` is for values that are sorted already, this one sorts none.
pub(super) fn quantiles<const K: usize>(values: &[f64], shares: [f64; K]) -> [f64; K] {
    let n_observed = values.iter().filter(|x| !x.is_nan()).count();
    let places = shares.map(|share| (n_observed - 1) as f64 * share);
    let ranks = places.iter().flat_map(|place| [place.floor(), place.ceil()]).map(|place| place as usize);
    let at_ranks = order_statistics(values, &ranks.collect::<Vec<usize>>());
    let neighbours = at_ranks.as_chunks::<2>().0;
    std::array::from_fn(|k| {
        let ([low, high], fraction) = (neighbours[k], places[k].fract());
        if fraction >= 0.5 { high - (high - low) * (1.0 - fraction) } else { low + (high - low) * fraction }
    })
}

/// The observed values of the `ranks` from 0.
///
/// Counts values by the upper 16 bits of their order, so that only those that share them with a wanted one are copied and
/// rearranged; few values are sorted, which takes less than the counters.
fn order_statistics(values: &[f64], ranks: &[usize]) -> Vec<f64> {
    const PREFIXES: usize = 1 << 16;
    const NO_GROUP: u32 = u32::MAX;
    const FEW: usize = PREFIXES / 8;
    let prefix = |x: f64| {
        let bits = x.to_bits();
        ((bits ^ ((bits as i64 >> 63) as u64 | 1 << 63)) >> 48) as usize
    };
    let observed = || values.iter().copied().filter(|x| !x.is_nan());
    if values.len() <= FEW {
        let mut sorted: Vec<f64> = observed().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        return ranks.iter().map(|&rank| sorted[rank]).collect();
    }
    // The rank of the first value with a prefix; of all values after the last one.
    let mut firsts = vec![0_u32; PREFIXES + 1];
    observed().for_each(|x| firsts[prefix(x) + 1] += 1);
    (0..PREFIXES).for_each(|prefix| firsts[prefix + 1] += firsts[prefix]);
    let prefixes: Vec<usize> =
        ranks.iter().map(|&rank| firsts.partition_point(|&first| first as usize <= rank) - 1).collect();
    let mut group_of = vec![NO_GROUP; PREFIXES];
    let mut groups: Vec<Vec<f64>> = Vec::new();
    for &prefix in &prefixes {
        if group_of[prefix] == NO_GROUP {
            group_of[prefix] = groups.len() as u32;
            groups.push(Vec::with_capacity((firsts[prefix + 1] - firsts[prefix]) as usize));
        }
    }
    for x in observed() {
        let group = group_of[prefix(x)];
        if group != NO_GROUP {
            groups[group as usize].push(x);
        }
    }
    let value = |(&rank, prefix): (&usize, usize)| {
        let group = &mut groups[group_of[prefix] as usize];
        *group.select_nth_unstable_by(rank - firsts[prefix] as usize, f64::total_cmp).1
    };
    ranks.iter().zip(prefixes).map(value).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_keep_their_digits_on_a_large_offset() {
        // 2,001 zeros and 2,000 each of 1 … 4, in steps of 2⁻¹⁰, which 1e9 + step holds exactly.
        let step = 1.0 / 1024.0;
        let values: Vec<f64> = (0..10_001).map(|i| 1e9 + f64::from(i % 5) * step).collect();
        let m = moments(&values).unwrap();
        let mean = 20_000.0 / 10_001.0;
        let variance: f64 = 60_000.0 / 10_001.0 - mean * mean;
        assert!((m.mean - (1e9 + mean * step)).abs() <= 1.2e-7);
        assert!((m.deviation / (variance.sqrt() * step) - 1.0).abs() < 1e-9, "{m:?}");
    }

    #[test]
    fn moments_survive_the_ends_of_the_number_range() {
        for size in [1e300, 1e-300] {
            let m = moments(&[size, 2.0 * size, f64::NAN, 3.0 * size, 10.0 * size]).unwrap();
            assert!((m.mean / size - 4.0).abs() < 1e-14);
            assert!((m.deviation / size - 12.5f64.sqrt()).abs() < 1e-14);
            assert!((m.skewness - 45.0 / 12.5f64.powf(1.5)).abs() < 1e-14);
        }
    }

    proptest! {
        #[test]
        fn moments_are_the_same_bits_in_any_order(
            mut values in prop::collection::vec(prop_oneof![-1e6..1e6_f64, -1.0..1.0_f64, Just(f64::NAN), Just(1e12)], 1..3000),
            seed in any::<u64>(),
        ) {
            use rand::seq::SliceRandom;
            let bits = |values: &[f64]| moments(values).map(|m| [m.mean, m.deviation, m.skewness].map(f64::to_bits));
            let before = bits(&values);
            values.shuffle(&mut crate::random::stream(seed, "test", 0));
            prop_assert_eq!(bits(&values), before);
        }

        #[test]
        fn parts_of_a_term_add_up_to_it(term in -8.0..8.0_f64, n in 1_usize..1_000_000) {
            let parts = Grids::new(n, 8.0).parts(term);
            prop_assert!((parts[0] + parts[1] - term).abs() <= 2f64.powi(-60));
        }
    }

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        assert_eq!(quantiles(&[3.0, 1.0, 2.0, 10.0], [0.5, 0.0, 1.0, 0.75]), [2.5, 1.0, 10.0, 4.75]);
        assert_eq!(quantiles(&[7.0], [0.3]), [7.0]);
    }

    #[test]
    fn order_statistics_are_those_of_the_sorted_values() {
        let values: Vec<f64> =
            (0..9000).map(|i| if i % 7 == 0 { f64::NAN } else { f64::from(i * 7919 % 9001 - 4500).powi(3) }).collect();
        for values in [&values[..3000], &values] {
            let mut sorted = observed(values);
            sorted.sort_by(f64::total_cmp);
            let ranks: Vec<usize> = (0..sorted.len()).collect();
            assert_eq!(order_statistics(values, &ranks), sorted);
            assert_eq!(order_statistics(values, &[7, 0, 7]), [sorted[7], sorted[0], sorted[7]]);
        }
    }

    #[test]
    fn rounding_noise_is_flat_and_a_small_step_on_an_offset_is_not() {
        assert!(is_flat((0.1, 0.1 + f64::EPSILON)));
        assert!(is_flat((0.0, 0.0)));
        assert!(!is_flat((1e9, 1e9 + 1e-3)));
        assert!(!is_flat((0.0, 1e-300)));
    }
}
