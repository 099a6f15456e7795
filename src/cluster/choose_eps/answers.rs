//! What DBSCAN answers over the ranges of eps, and the evidence for each answer.

use serde::{Deserialize, Serialize};

use super::hierarchy::{Branch, Hierarchy};

/// Rows, as a share of all, by which the clusters may differ over the range of one answer.
const SAME_ROWS: f64 = 0.02;
/// An answer that holds over less, as ln(largest eps / smallest), is taken only where none holds over more.
const NARROW: f64 = 0.04;

/// One of the clusterings that DBSCAN gives with different eps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpsAnswer {
    /// An eps that gives it.
    pub eps: f64,
    /// The smallest eps that gives it: the same clusters, with the same rows but for 2 % of all.
    pub low: f64,
    /// The largest eps that gives it.
    pub high: f64,
    /// Clusters of at least 1 % of the rows that last.
    pub n_clusters: usize,
    /// The share of the rows in no cluster at all.
    pub noise_share: f64,
    /// Σ −p ln p · ln(death / √(birth · first birth)) over these clusters.
    pub evidence: f64,
}

/// All answers with at least two clusters, those that hold over more than a point and have the most evidence first; `clustered` is the eps at which each row comes
/// into a cluster, ascending. A range ends at the `slack`-fold, ≤ 1, of the eps at which two clusters merge, but not before
/// its middle.
pub(super) fn answers(hierarchy: &Hierarchy, clustered: &[f64], slack: f64) -> Vec<EpsAnswer> {
    let ends = |branch: &Branch| [branch.birth, branch.death];
    let mut changes: Vec<f64> = hierarchy.branches.iter().flat_map(ends).filter(|eps| eps.is_finite()).collect();
    changes.sort_unstable_by(f64::total_cmp);
    changes.dedup();
    let of_range = |range: &[f64]| {
        let found = answer(hierarchy, (range[0], range[1]), slack, clustered)?;
        Some((libm::log(range[1] / range[0]) < NARROW, found))
    };
    let mut answers: Vec<(bool, EpsAnswer)> = changes.windows(2).filter_map(of_range).collect();
    answers.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.evidence.total_cmp(&a.1.evidence)));
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// The answer from `from` to before `end`, between which no branch begins or ends.
fn answer(hierarchy: &Hierarchy, (from, end): (f64, f64), slack: f64, clustered: &[f64]) -> Option<EpsAnswer> {
    let high = (slack * end).max(from.sqrt() * end.sqrt()).clamp(from, end.next_down());
    let alive: Vec<&Branch> = hierarchy.branches.iter().filter(|branch| branch.lives_at(high)).collect();
    if alive.len() < 2 {
        return None;
    }
    let n = clustered.len() as f64;
    let rows_at = |eps: f64| alive.iter().map(|branch| f64::from(branch.size_at(eps))).sum::<f64>();
    let enough = rows_at(high) - SAME_ROWS * n;
    let mut steps: Vec<f64> = alive.iter().flat_map(|branch| branch.steps()).filter(|&eps| from < eps).collect();
    steps.sort_unstable_by(f64::total_cmp);
    let low = match rows_at(from) >= enough {
        true => from,
        false => steps[steps.partition_point(|&eps| rows_at(eps) < enough)],
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
        noise_share: 1.0 - clustered.partition_point(|&from| from <= eps) as f64 / n,
        evidence: alive.iter().map(of_branch).sum(),
    })
}
