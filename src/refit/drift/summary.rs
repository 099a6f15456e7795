use serde::{Deserialize, Serialize};

use crate::stats::{mean_and_deviation, rank_of};

/// Bins of a feature: those between its deciles.
const N_BINS: usize = 10;
/// Quantiles that are kept of a feature: those at (i + ½)/21, the middle one being the median.
const N_QUANTILES: usize = 21;
/// Of fewer customers nothing but their number is kept: they say nothing about shares, and figures would be those of single
/// customers.
pub const FEWEST_CUSTOMERS: u64 = 50;

/// What is kept of a numeric feature of some customers, in original units.
///
/// Quantiles are the smallest values that at least the share u of the values does not exceed (Hyndman and Fan's type 1), rounded to
/// ten-thousandths of the range of the quantiles, so that they are short to write. The order of the customers changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Summary {
    /// Customers with a value.
    pub n: u64,
    /// Customers without.
    pub n_missing: u64,
    /// Mean of the values; null below 50.
    pub mean: Option<f64>,
    /// Their standard deviation, with n in the denominator; null below 50 values.
    pub deviation: Option<f64>,
    /// Where bins end, ascending: a value is in the first bin whose end it does not exceed, else in the last one. The distinct
    /// deciles, and what is just below the smallest value where a tenth of the customers have that. Empty below 50 values.
    pub edges: Vec<f64>,
    /// Values in every bin, one more than there are ends; empty without ends.
    pub counts: Vec<u64>,
    /// The quantiles at (i + ½)/21; empty below 50 values.
    pub quantiles: Vec<f64>,
}

impl Summary {
    /// Of `ascending` values; `edges` are those of an earlier summary, to be compared with, instead of its own.
    pub(super) fn of(ascending: &[f64], n_missing: u64, edges: Option<&[f64]>) -> Summary {
        let n = ascending.len() as u64;
        let is_binned = n >= FEWEST_CUSTOMERS;
        let edges = edges.map_or_else(|| if is_binned { own_edges(ascending) } else { Vec::new() }, <[f64]>::to_vec);
        let moments = moments(ascending).filter(|_| is_binned);
        let shortened = Shortened::of(ascending);
        let at = |i| shortened.value(ranked(ascending, 2 * i + 1, 2 * N_QUANTILES));
        Summary {
            n,
            n_missing,
            mean: moments.map(|(mean, _)| mean),
            deviation: moments.map(|(_, deviation)| deviation),
            counts: counts(ascending, &edges),
            edges,
            quantiles: if is_binned { (0..N_QUANTILES).map(at).collect() } else { Vec::new() },
        }
    }

    /// The median; `None` below 50 values.
    pub fn median(&self) -> Option<f64> {
        self.quantiles.get(N_QUANTILES / 2).copied()
    }

    /// What effects are measured in: the standard deviation of the kept quantiles, which the 2 % of the customers at either end do
    /// not set, or of all values where those quantiles are equal; `None` where all values are.
    pub fn unit(&self) -> Option<f64> {
        let of_quantiles = moments(&self.quantiles).map(|(_, deviation)| deviation);
        [of_quantiles, self.deviation].into_iter().flatten().find(|&deviation| deviation > 0.0)
    }

    /// What of it contradicts itself, as text that was read may.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        let is_finite = |values: &[f64]| values.iter().all(|x| x.is_finite());
        let counted = self.counts.iter().try_fold(0_u64, |sum, &count| sum.checked_add(count));
        let n_counts = if self.edges.is_empty() { 0 } else { self.edges.len() + 1 };
        let n_quantiles = if self.n < FEWEST_CUSTOMERS { 0 } else { N_QUANTILES };
        let mistakes = [
            (self.counts.len() == n_counts, "a bin has no count"),
            (self.counts.is_empty() || counted == Some(self.n), "bins do not add up"),
            (self.edges.is_sorted_by(|a, b| a < b) && is_finite(&self.edges), "the ends of bins are not ascending"),
            (self.quantiles.len() == n_quantiles, "there are not 21 quantiles"),
            (self.quantiles.is_sorted() && is_finite(&self.quantiles), "quantiles are not ascending"),
        ];
        mistakes.into_iter().find(|(holds, _)| !holds).map(|(_, mistake)| mistake)
    }
}

/// The value at `i`/`of` of ascending ones.
fn ranked(ascending: &[f64], i: usize, of: usize) -> f64 {
    ascending[rank_of(ascending.len(), i, of)]
}

fn own_edges(ascending: &[f64]) -> Vec<f64> {
    let shortened = Shortened::of(ascending);
    let mut edges: Vec<f64> = (1..N_BINS).map(|i| shortened.value(ranked(ascending, i, N_BINS))).collect();
    let (smallest, first) = (ascending[0], ranked(ascending, 1, N_BINS));
    if first == smallest && smallest <= edges[0] && smallest.next_down().is_finite() {
        edges.insert(0, smallest.next_down());
    }
    edges.dedup();
    edges
}

/// Values rounded to decimals that are fine enough for their spread.
struct Shortened {
    /// Decimals, below 0 zeros before the point; none where values do not spread.
    places: Option<i32>,
}

impl Shortened {
    fn of(ascending: &[f64]) -> Shortened {
        let end = |i| ascending.get(i).map_or(0.0, |_| ranked(ascending, 2 * i + 1, 2 * N_QUANTILES));
        let range = end(N_QUANTILES - 1) - end(0);
        let places = (range > 0.0 && range.is_finite()).then(|| 4 - libm::log10(range).floor() as i32);
        // Powers of ten up to 22 are exact.
        Shortened { places: places.filter(|places| places.abs() <= 22) }
    }

    fn value(&self, x: f64) -> f64 {
        let Some(places) = self.places else { return x };
        let power = 10_f64.powi(places.abs());
        let whole = if places < 0 { x / power } else { x * power };
        // Beyond that every value is whole.
        if whole.abs() >= 2_f64.powi(52) {
            return x;
        }
        // Not −0, which would be written.
        (if places < 0 { whole.round() * power } else { whole.round() / power }) + 0.0
    }
}

fn counts(ascending: &[f64], edges: &[f64]) -> Vec<u64> {
    if edges.is_empty() {
        return Vec::new();
    }
    let ends = edges.iter().map(|&edge| ascending.partition_point(|&x| x <= edge)).chain([ascending.len()]);
    let mut before = 0;
    ends.map(|end| (end - std::mem::replace(&mut before, end)) as u64).collect()
}

/// Mean and standard deviation; `None` without values.
fn moments(ascending: &[f64]) -> Option<(f64, f64)> {
    let (smallest, largest) = (*ascending.first()?, *ascending.last()?);
    // Rounding would spread equal values by a little.
    Some(if smallest == largest { (smallest, 0.0) } else { mean_and_deviation(ascending) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_tenths_of_the_customers_and_take_what_is_beyond() {
        let values: Vec<f64> = (1..=1000).map(f64::from).collect();
        let summary = Summary::of(&values, 3, None);
        assert_eq!(summary.edges, [100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0]);
        assert_eq!(summary.counts, [100; 10]);
        assert_eq!((summary.median(), summary.mean), (Some(500.0), Some(500.5)));
        let later: Vec<f64> = (801..=1800).map(f64::from).collect();
        let later = Summary::of(&later, 0, Some(&summary.edges));
        assert_eq!(later.counts, [0, 0, 0, 0, 0, 0, 0, 0, 100, 900]);
        assert!(summary.mistake().is_none() && later.mistake().is_none());
    }

    #[test]
    fn below_the_smallest_value_is_a_bin_where_many_have_it() {
        let mut values = vec![0.0; 60];
        values.extend((1..=40).map(f64::from));
        let summary = Summary::of(&values, 0, None);
        assert_eq!(summary.counts, [0, 60, 10, 10, 10, 10]);
        let below = Summary::of(&[-1.0; 70], 0, Some(&summary.edges));
        assert_eq!(below.counts, [70, 0, 0, 0, 0, 0]);
        let constant = Summary::of(&[7.0; 80], 0, None);
        assert_eq!((constant.counts.as_slice(), constant.unit()), (&[0, 80, 0][..], None));
    }

    #[test]
    fn quantiles_are_short_whatever_their_size() {
        let of = |size: f64, offset: f64| -> Summary {
            let values: Vec<f64> = (0..500).map(|i| offset + size * (f64::from(i) / 7.0).sqrt()).collect();
            Summary::of(&values, 0, None)
        };
        for size in [1e-9, 1.0, 3e12] {
            let summary = of(size, 0.0);
            assert!(summary.quantiles.iter().all(|x| format!("{x:e}").len() < 11), "{summary:?}");
            let median = summary.median().unwrap() / size;
            assert!((median - (249.0_f64 / 7.0).sqrt()).abs() < 2e-4, "{median}");
            assert!(summary.counts.iter().all(|&count| (45..=55).contains(&count)), "{summary:?}");
        }
        let far = of(1.0, 1e9);
        assert!(far.counts.iter().all(|&count| (45..=55).contains(&count)) && far.mistake().is_none());
        for size in [1e-300, 1e300] {
            assert_eq!(of(size, 0.0).counts.iter().sum::<u64>(), 500);
        }
    }

    #[test]
    fn a_few_extreme_customers_do_not_set_the_unit() {
        let mut values: Vec<f64> = (1..=1000).map(f64::from).collect();
        let plain = Summary::of(&values, 0, None).unit().unwrap();
        assert!((plain / 288.7 - 1.0).abs() < 0.01, "{plain}");
        values.extend([1e12; 5]);
        let rich = Summary::of(&values, 0, None);
        assert!(rich.deviation.unwrap() > 1e10 && (rich.unit().unwrap() / plain - 1.0).abs() < 0.02);
        let mut rare = vec![0.0; 995];
        rare.extend([1.0; 5]);
        assert!(Summary::of(&rare, 0, None).unit().unwrap() < 0.1, "of all values where the quantiles are equal");
    }

    #[test]
    fn few_customers_are_counted_and_nothing_else() {
        let few = Summary::of(&[1.0; 49], 4, None);
        assert_eq!((few.n, few.n_missing, few.mean, few.deviation, few.median()), (49, 4, None, None, None));
        assert!(few.edges.is_empty() && few.counts.is_empty() && few.quantiles.is_empty());
        let none = Summary::of(&[], 4, Some(&[1.0]));
        assert_eq!((none.mean, none.counts.as_slice(), none.mistake()), (None, &[0, 0][..], None));
        let mut huge = vec![-1e308; 20];
        huge.extend([1e308; 40]);
        let huge = Summary::of(&huge, 0, None);
        assert!(huge.mean.unwrap().is_finite() && huge.deviation.unwrap().is_finite());
    }
}
