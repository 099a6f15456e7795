//! What DBSCAN answers over the ranges of eps, and the evidence for each answer.

use serde::{Deserialize, Serialize};

use super::hierarchy::{Branch, Hierarchy};

/// Rows, as a share of all, by which the clusters may differ over the range of one answer.
const SAME_ROWS: f64 = 0.02;
/// An answer that holds over less, as ln(largest eps / smallest), is taken only where none holds over more.
const NARROW: f64 = 0.04;

/// One of the clusterings that DBSCAN gives with different eps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EpsAnswer {
    /// An eps that gives it.
    pub eps: f64,
    /// The smallest eps that gives it: the same clusters, with the same rows but for 2 % of all.
    pub low: f64,
    /// The largest eps that gives it.
    pub high: f64,
    /// Clusters that last and hold at least `smallest_share` of the rows.
    pub n_clusters: usize,
    /// The share of the rows from which on a cluster counts.
    #[serde(default = "one_percent")]
    pub smallest_share: f64,
    /// The share of the rows in no cluster at all.
    pub noise_share: f64,
    /// Σ −p ln p · ln(death / √(birth · first birth)) over these clusters.
    pub evidence: f64,
}

/// Runs from before the share was written had no other.
fn one_percent() -> f64 {
    0.01
}

/// An answer, and whether it holds over less than [`NARROW`].
#[derive(Debug)]
pub(super) struct Found {
    narrow: bool,
    answer: EpsAnswer,
}

/// Those that hold over more than a point first, and of these those with the most evidence.
pub(super) fn best_first(mut found: Vec<Found>) -> Vec<EpsAnswer> {
    found.sort_by(|a, b| a.narrow.cmp(&b.narrow).then(b.answer.evidence.total_cmp(&a.answer.evidence)));
    found.into_iter().map(|found| found.answer).collect()
}

/// All answers with at least two clusters, which hold at most `largest_mean` rows on average; `clustered` is the eps at which
/// each row comes into a cluster, ascending. A range ends at the `slack`-fold, ≤ 1, of the eps at which two clusters merge,
/// but not before its middle.
pub(super) fn answers(hierarchy: &Hierarchy, clustered: &[f64], slack: f64, largest_mean: f64) -> Vec<Found> {
    let ends = |branch: &Branch| [branch.birth, branch.death];
    let mut changes: Vec<f64> = hierarchy.branches.iter().flat_map(ends).filter(|eps| eps.is_finite()).collect();
    changes.sort_unstable_by(f64::total_cmp);
    changes.dedup();
    let of_range = |range: &[f64]| {
        let answer = answer(hierarchy, (range[0], range[1]), slack, clustered, largest_mean)?;
        Some(Found { narrow: libm::log(range[1] / range[0]) < NARROW, answer })
    };
    changes.windows(2).filter_map(of_range).collect()
}

/// The answer from `from` to before `end`, between which no branch begins or ends.
fn answer(
    hierarchy: &Hierarchy,
    (from, end): (f64, f64),
    slack: f64,
    clustered: &[f64],
    largest_mean: f64,
) -> Option<EpsAnswer> {
    let high = (slack * end).max(from.sqrt() * end.sqrt()).clamp(from, end.next_down());
    let alive: Vec<&Branch> = hierarchy.branches.iter().filter(|branch| branch.lives_at(high)).collect();
    if alive.len() < 2 {
        return None;
    }
    let n = clustered.len() as f64;
    let rows_at = |eps: f64| alive.iter().map(|branch| f64::from(branch.size_at(eps))).sum::<f64>();
    if rows_at(high) > largest_mean * alive.len() as f64 {
        return None;
    }
    let enough = rows_at(high) - SAME_ROWS * n;
    let low = if rows_at(from) >= enough {
        from
    } else {
        let steps = alive.iter().flat_map(|branch| branch.steps());
        let mut steps: Vec<f64> = steps.filter(|&eps| from < eps && eps <= high).collect();
        steps.sort_unstable_by(f64::total_cmp);
        steps[steps.partition_point(|&eps| rows_at(eps) < enough)]
    };
    let eps = (low.sqrt() * high.sqrt()).clamp(low, high);
    let of_branch = |branch: &&Branch| {
        let share = f64::from(branch.size_at(high)) / n;
        let lasts = libm::log(branch.death) - 0.5 * (libm::log(branch.birth) + libm::log(branch.first));
        -share * libm::log(share) * lasts
    };
    Some(EpsAnswer {
        eps,
        low,
        high,
        n_clusters: alive.len(),
        smallest_share: f64::from(hierarchy.smallest) / n,
        noise_share: 1.0 - clustered.partition_point(|&from| from <= eps) as f64 / n,
        evidence: alive.iter().map(of_branch).sum(),
    })
}
