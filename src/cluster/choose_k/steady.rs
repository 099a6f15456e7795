//! Which of the k near the best has clusters that come back.

use super::table::KRow;
use crate::cluster::ClusterError;
use crate::cluster::kmeans::KMeansFit;
use crate::cluster::stability::{Effort, Steadiness, kmeans_stability};
use crate::config::KMeansPlan;
use crate::matrix::TiledMatrix;
use crate::monitor::Monitor;

/// How far below the largest excess a k may be, as a part of it, and be chosen because it is steadier.
const NEAR: f64 = 0.1;
/// The same, when all that are near have a cluster that dissolves.
const FAR: f64 = 0.25;

/// The position of the k to choose: measures the stability of those near the best, and farther off where none of these is
/// free of clusters that dissolve.
pub(super) fn choose(
    table: &mut [KRow],
    fits: &[KMeansFit],
    matrix: &TiledMatrix,
    plan: &KMeansPlan,
    seed: u64,
    monitor: &Monitor,
) -> Result<usize, ClusterError> {
    for reach in [NEAR, FAR] {
        for i in within(table, reach) {
            if table[i].weakest_stability.is_none() {
                let partition = &fits[i].partition;
                let quiet = monitor.without_progress();
                let found = kmeans_stability(matrix, partition, plan, Effort::Screening, seed, &quiet)?;
                table[i].weakest_stability = found.into_iter().flatten().map(|s| s.jaccard).reduce(f64::min);
            }
        }
        if within(table, reach).into_iter().any(|i| is_at_least(&table[i], Steadiness::Pattern)) {
            break;
        }
    }
    Ok(choice(table))
}

/// The position of the k to choose, once stabilities are measured; the smallest k among equals, the first when no excess
/// is defined.
fn choice(rows: &[KRow]) -> usize {
    let steady = |reach: f64, word: Steadiness| {
        let mut pool = within(rows, reach);
        pool.retain(|&i| is_at_least(&rows[i], word));
        pool
    };
    let pools = [(NEAR, Steadiness::Valid), (NEAR, Steadiness::Pattern), (FAR, Steadiness::Valid)];
    let steady = pools.into_iter().map(|(reach, word)| steady(reach, word)).find(|pool| !pool.is_empty());
    let excess = |i: usize| rows[i].excess.unwrap_or(f64::NEG_INFINITY);
    match steady {
        Some(pool) => largest(&pool, |i| excess(i) * rows[i].weakest_stability.unwrap_or(0.0)),
        None => largest(&within(rows, 0.0), excess),
    }
    .unwrap_or(0)
}

/// The positions of the admissible rows (of all, when none is) whose excess is at most that part below the largest.
fn within(rows: &[KRow], reach: f64) -> Vec<usize> {
    let any_admissible = rows.iter().any(|row| row.admissible && row.excess.is_some());
    let candidates: Vec<(usize, f64)> = (0..rows.len())
        .filter(|&i| rows[i].admissible || !any_admissible)
        .filter_map(|i| rows[i].excess.map(|excess| (i, excess)))
        .collect();
    let best = candidates.iter().map(|&(_, excess)| excess).fold(f64::NEG_INFINITY, f64::max);
    candidates.into_iter().filter(|&(_, excess)| excess >= best - reach * best.abs()).map(|(i, _)| i).collect()
}

fn is_at_least(row: &KRow, word: Steadiness) -> bool {
    row.weakest_stability.is_some_and(|weakest| Steadiness::of(weakest) >= word)
}

fn largest(positions: &[usize], value: impl Fn(usize) -> f64) -> Option<usize> {
    positions.iter().copied().rev().max_by(|&a, &b| value(a).total_cmp(&value(b)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Rows from k = 2 with these excesses.
    pub(in super::super) fn rows(excess: &[f64]) -> Vec<KRow> {
        let row = |(i, &excess): (usize, &f64)| KRow {
            k: i + 2,
            silhouette: Some(excess + 0.2),
            standard_error: None,
            excess: Some(excess),
            reference_mean: Some(0.2),
            reference_sd: Some(0.01),
            calinski_harabasz: None,
            davies_bouldin: None,
            inertia: 1.0,
            smallest_share: 0.2,
            admissible: true,
            weakest_stability: None,
            local_maximum: false,
            chosen: false,
        };
        excess.iter().enumerate().map(row).collect()
    }

    fn chosen(of: &[(f64, f64)]) -> usize {
        let mut table = rows(&of.iter().map(|&(excess, _)| excess).collect::<Vec<_>>());
        table.iter_mut().zip(of).for_each(|(row, &(_, weakest))| row.weakest_stability = Some(weakest));
        table[choice(&table)].k
    }

    #[test]
    fn among_near_equals_the_k_whose_clusters_come_back_wins() {
        assert_eq!(chosen(&[(0.10, 0.95), (0.29, 0.80), (0.30, 0.55)]), 3);
        assert_eq!(chosen(&[(0.10, 0.95), (0.30, 0.90), (0.29, 0.95)]), 4);
        assert_eq!(chosen(&[(0.30, 0.90), (0.30, 0.90)]), 2);
    }

    #[test]
    fn a_steady_k_far_from_the_best_is_taken_only_when_all_near_it_dissolve() {
        assert_eq!(chosen(&[(0.24, 0.95), (0.30, 0.65), (0.28, 0.5)]), 3);
        assert_eq!(chosen(&[(0.24, 0.95), (0.30, 0.55), (0.28, 0.5)]), 2);
        assert_eq!(chosen(&[(0.24, 0.70), (0.30, 0.55), (0.28, 0.5)]), 3);
        assert_eq!(chosen(&[(0.20, 0.95), (0.30, 0.55), (0.28, 0.5)]), 3);
    }

    #[test]
    fn without_stabilities_the_largest_excess_wins() {
        assert_eq!(choice(&rows(&[0.1, 0.3, 0.29])), 1);
        assert_eq!(choice(&rows(&[-0.3, -0.1, -0.2])), 1);
    }

    #[test]
    fn a_k_with_a_tiny_cluster_is_taken_only_when_all_have_one() {
        let mut table = rows(&[0.5, 0.2, 0.3]);
        table[0].admissible = false;
        assert_eq!(choice(&table), 2);
        table.iter_mut().for_each(|row| row.admissible = false);
        assert_eq!(choice(&table), 0);
    }
}
