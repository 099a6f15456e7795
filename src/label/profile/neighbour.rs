use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::metrics::ClusterId;

/// Neighbours are looked for among up to this many clusters: every pair is measured.
const MAX_CLUSTERS: usize = 2000;

/// The cluster nearest to another one, and how the two differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its number.
    pub cluster: ClusterId,
    /// The Euclidean distance of the two means, in normalized units.
    pub distance: f64,
    /// Per column, in the order of [`Profiles::columns`](super::Profiles::columns): P(x of a member > x of a member of
    /// the neighbour) + ½ P(equal), from observed values; null when either has none.
    pub positions: Vec<Option<f64>>,
}

/// Per cluster: the cluster with the nearest mean and its distance, ties by number. `means` are per feature and cluster.
/// `None` without another cluster, and for everyone above [`MAX_CLUSTERS`]. Cost: O(k²·d).
pub(super) fn nearest_clusters(means: &[Vec<f64>], n_clusters: usize) -> Vec<Option<(usize, f64)>> {
    if n_clusters > MAX_CLUSTERS {
        return vec![None; n_clusters];
    }
    let distance2 = |a: usize, b: usize| -> f64 { means.iter().map(|mean| (mean[a] - mean[b]).powi(2)).sum() };
    let nearest = |a: usize| {
        let others = (0..n_clusters).filter(|&b| b != a).map(|b| (b, distance2(a, b)));
        let (b, d2) = others.min_by(|x, y| x.1.total_cmp(&y.1).then(x.0.cmp(&y.0)))?;
        Some((b, d2.sqrt()))
    };
    (0..n_clusters).into_par_iter().map(nearest).collect()
}

/// P(a > b) + ½ P(a = b) for values of two groups, each ascending; `None` when one is empty.
///
/// Counted in whole numbers. Cost: O(m log(n/m)) for m values in `a` and n in `b`: both are walked together, in leaps that
/// double where `a` is the sparser.
pub(super) fn pairwise_position(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (mut doubled_wins, mut upto) = (0_u128, 0);
    for ties in a.chunk_by(|x, y| x == y) {
        let below = leap(b, upto, |&x| x < ties[0]);
        upto = leap(b, below, |&x| x <= ties[0]);
        doubled_wins += ties.len() as u128 * (below + upto) as u128;
    }
    Some(doubled_wins as f64 / (2 * a.len() as u128 * b.len() as u128) as f64)
}

/// The first place from `start` on where `before` no longer holds.
fn leap(values: &[f64], start: usize, before: impl Fn(&f64) -> bool) -> usize {
    let (mut low, mut step) = (start, 1);
    while low + step <= values.len() && before(&values[low + step - 1]) {
        low += step;
        step *= 2;
    }
    let end = (low + step).min(values.len());
    low + values[low..end].partition_point(before)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ascending(values: Vec<i8>) -> Vec<f64> {
        let mut values: Vec<f64> = values.into_iter().map(f64::from).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    proptest! {
        #[test]
        fn pairwise_position_equals_counting_every_pair(
            a in prop::collection::vec(-6..6_i8, 1..30),
            b in prop::collection::vec(-6..6_i8, 1..200),
        ) {
            let (a, b) = (ascending(a), ascending(b));
            let wins: f64 = a.iter().flat_map(|x| b.iter().map(move |y| match x.total_cmp(y) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            })).sum();
            prop_assert_eq!(pairwise_position(&a, &b), Some(wins / (a.len() * b.len()) as f64));
            let back = pairwise_position(&b, &a).unwrap();
            prop_assert!((back + pairwise_position(&a, &b).unwrap() - 1.0).abs() < 1e-12, "two views of the same pairs");
        }
    }

    #[test]
    fn the_neighbour_is_the_cluster_with_the_nearest_mean_and_the_earlier_of_equals() {
        // 0 at (0, 0), 1 at (3, 4), 2 at (−3, 4)
        let means = vec![vec![0.0, 3.0, -3.0], vec![0.0, 4.0, 4.0]];
        assert_eq!(nearest_clusters(&means, 3), [Some((1, 5.0)), Some((0, 5.0)), Some((0, 5.0))]);
        assert_eq!(nearest_clusters(&[vec![1.0]], 1), [None]);
    }
}
