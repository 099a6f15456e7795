use super::Index;
use crate::stats::quantile;

/// The middle 95 % of `draws`, the values of `index` in bootstrap resamples, turned into an interval for the index.
///
/// Every resample adds the upward bias of small cells once more, which plain percentiles keep and add to the estimate's
/// own. So:
/// - ARI, AMI, Fowlkes-Mallows, Cramér's V and tau-b, which are about unbiased themselves: the percentiles, moved by the
///   difference between the estimate and the mean of the draws;
/// - NMI, homogeneity, completeness, V-measure and the purities, which are biased upwards: the basic interval
///   2·value − percentile, which takes the bias off the estimate as well.
///
/// Then the interval is cut to the range of the index and extended to the estimate and, when `chance` is given, to that
/// value: a test that cannot tell the index from chance and an interval that excludes chance would contradict each other.
/// `None` when fewer than half of the `n_resamples` have a value.
///
/// Source: Davison and Hinkley 1997, "Bootstrap methods and their application", sections 5.2 and 5.3.
pub(super) fn interval(
    index: Index,
    value: f64,
    mut draws: Vec<f64>,
    n_resamples: usize,
    chance: Option<f64>,
) -> Option<(f64, f64)> {
    if draws.is_empty() || draws.len() * 2 < n_resamples {
        return None;
    }
    draws.sort_unstable_by(f64::total_cmp);
    let (q_low, q_high) = (quantile(&draws, 0.025), quantile(&draws, 0.975));
    let (low, high) = match index {
        Index::Ari | Index::Ami | Index::FowlkesMallows | Index::CramersV | Index::KendallTauB => {
            let shift = value - draws.iter().sum::<f64>() / draws.len() as f64;
            (q_low + shift, q_high + shift)
        }
        Index::Nmi
        | Index::Homogeneity
        | Index::Completeness
        | Index::VMeasure
        | Index::Purity
        | Index::InversePurity => (2.0 * value - q_high, 2.0 * value - q_low),
    };
    let (least, most) = index.bounds();
    let chance = chance.unwrap_or(value);
    Some((low.clamp(least, most).min(value).min(chance), high.clamp(least, most).max(value).max(chance)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(center: f64) -> Vec<f64> {
        (0..=1000).map(|i| center + (f64::from(i) - 500.0) / 5000.0).collect()
    }

    fn assert_close(interval: Option<(f64, f64)>, expected: (f64, f64)) {
        let (low, high) = interval.unwrap();
        assert!((low - expected.0).abs() < 1e-12 && (high - expected.1).abs() < 1e-12, "{low} {high}");
    }

    #[test]
    fn an_adjusted_index_keeps_its_estimate_in_the_middle() {
        assert_close(interval(Index::Ami, 0.4, draws(0.5), 1001, None), (0.305, 0.495));
    }

    #[test]
    fn a_biased_index_loses_its_bias() {
        // draws lie .05 above the estimate, so the truth is thought .05 below it
        assert_close(interval(Index::Nmi, 0.45, draws(0.5), 1001, None), (0.305, 0.495));
        // and the interval still holds the estimate
        assert_close(interval(Index::Nmi, 0.3, draws(0.5), 1001, None), (0.005, 0.3));
    }

    #[test]
    fn an_interval_reaches_to_chance_when_the_test_cannot_exclude_it() {
        assert_close(interval(Index::Ari, 0.2, draws(0.2), 1001, Some(0.0)), (0.0, 0.295));
        assert_close(interval(Index::Purity, 0.5, draws(0.5), 1001, Some(0.7)), (0.405, 0.7));
    }

    #[test]
    fn an_interval_stays_inside_the_range_of_the_index() {
        assert_close(interval(Index::KendallTauB, 0.98, draws(0.98), 1001, None), (0.885, 1.0));
    }

    #[test]
    fn undefined_resamples_leave_no_interval() {
        assert_eq!(interval(Index::CramersV, 0.4, vec![0.4; 400], 1001, None), None);
        assert_eq!(interval(Index::CramersV, 0.4, vec![], 0, None), None);
    }
}
