//! Lloyd's iteration: assign every row to its nearest centroid, move every centroid to the mean of its rows, repeat.

use super::bounds::Drift;
use super::pass::{Assigned, Tie, assign};
use super::sums::Sums;
use super::{Centroids, FeatureStats, RowWeights};
use crate::cluster::kmeans::distances::{distances2, inertia};
use crate::matrix::TiledMatrix;
use crate::monitor::{Monitor, Stopped};

/// Above this share of rows whose bounds do not hold, all rows are read without asking them.
const ASK_NOBODY: f64 = 0.4;

/// When the iteration ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) max_iter: usize,
    /// Sum of squared centroid movements at or below which a run has converged.
    pub(super) movement: f64,
}

/// Where one start ended.
pub(super) struct Run {
    pub(super) centroids: Centroids,
    /// The nearest centroid of every row, the lowest among equals.
    pub(super) labels: Vec<u32>,
    /// The rows that have several.
    pub(super) ties: Vec<Tie>,
    pub(super) inertia: f64,
    pub(super) n_iter: usize,
    pub(super) converged: bool,
}

/// Iterates from `start`; `weights` says how often every row counts, `None` = once.
pub(super) fn lloyd(
    matrix: &TiledMatrix,
    stats: &FeatureStats,
    start: Centroids,
    limits: Limits,
    weights: Option<&RowWeights>,
    monitor: &Monitor,
) -> Result<Run, Stopped> {
    let (n, k, d) = (matrix.n_customers(), start.k(), start.n_features());
    let mut assigned = Assigned::unassigned(matrix);
    let (mut centroids, mut sums) = (start, Sums::zero(k, d));
    // `None`: every row is read.
    let mut drift: Option<Drift> = None;
    let (mut n_iter, mut converged) = (0, false);
    while n_iter < limits.max_iter && !converged {
        monitor.check()?;
        n_iter += 1;
        let changes = assign(matrix, stats, &centroids, drift.as_ref(), &mut assigned, false);
        sums = sums.add(&changes.sums);
        let labels = &assigned.labels[..n];
        let moved = match weights {
            None => means(|c| sums.mean_if_any(c, stats), matrix, &centroids, labels),
            Some(weights) => {
                let sums = weights.sums(matrix, stats, labels, k);
                means(|c| sums.mean_if_any(c, stats), matrix, &centroids, labels)
            }
        };
        let movement: f64 = centroids.values().iter().zip(moved.values()).map(|(a, b)| (a - b) * (a - b)).sum();
        // Unmoved centroids are the means of exactly the rows this pass gave them.
        converged = moved == centroids || movement <= limits.movement;
        let Assigned { labels, bounds } = &assigned;
        let so_far = drift.unwrap_or_else(|| Drift::none(k));
        let radii = so_far.radii(&labels[..n], bounds);
        let next = so_far.advance(&centroids, &moved, &radii);
        drift = next.filter(|drift| drift.failing_share(&labels[..n], bounds) < ASK_NOBODY);
        centroids = moved;
    }
    let changes = assign(matrix, stats, &centroids, drift.as_ref(), &mut assigned, true);
    let labels = assigned.into_labels(n);
    let inertia = weighted_inertia(matrix, &centroids, &labels, weights);
    Ok(Run { centroids, labels, ties: changes.ties, inertia, n_iter, converged })
}

impl Run {
    /// The run with its centroids rounded to `f32`; labels and inertia are those of the rounded ones.
    pub(super) fn in_single_precision(
        self,
        matrix: &TiledMatrix,
        stats: &FeatureStats,
        weights: Option<&RowWeights>,
    ) -> Self {
        let centroids = self.centroids.in_single_precision();
        let mut assigned = Assigned::unassigned(matrix);
        let ties = assign(matrix, stats, &centroids, None, &mut assigned, true).ties;
        let labels = assigned.into_labels(matrix.n_customers());
        let inertia = weighted_inertia(matrix, &centroids, &labels, weights);
        Run { centroids, labels, ties, inertia, ..self }
    }
}

fn weighted_inertia(matrix: &TiledMatrix, centroids: &Centroids, labels: &[u32], weights: Option<&RowWeights>) -> f64 {
    match weights {
        None => inertia(matrix, centroids, labels),
        Some(weights) => weights.inertia(matrix, centroids, labels),
    }
}

/// The means of the rows of every cluster; an empty cluster goes to the row farthest from its centroid.
fn means(
    mean_if_any: impl Fn(usize) -> Option<Vec<f64>>,
    matrix: &TiledMatrix,
    centroids: &Centroids,
    labels: &[u32],
) -> Centroids {
    let mut means = centroids.clone();
    let mut empty = Vec::new();
    for c in 0..centroids.k() {
        match mean_if_any(c) {
            Some(mean) => means.set(c, mean),
            None => empty.push(c),
        }
    }
    for (c, row) in empty.iter().zip(farthest_rows(matrix, centroids, labels, empty.len())) {
        means.set(*c, matrix.row(row));
    }
    means
}

/// The `m` rows farthest from their nearest centroid, by distance descending, then row ascending.
fn farthest_rows(matrix: &TiledMatrix, centroids: &Centroids, labels: &[u32], m: usize) -> Vec<usize> {
    if m == 0 {
        return Vec::new();
    }
    let mut rows: Vec<(f64, usize)> = distances2(matrix, centroids, labels).into_iter().zip(0..).collect();
    let farther = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if m < rows.len() {
        rows.select_nth_unstable_by(m, farther);
        rows.truncate(m);
    }
    rows.sort_unstable_by(farther);
    rows.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_clusters_go_to_the_farthest_rows_lowest_first_among_equals() {
        let matrix = TiledMatrix::from_rows(&[0.0, 10.0, -10.0, 1.0, 7.0], 1).unwrap();
        let centroids = Centroids::new(vec![0.0, 99.0, 99.0], 1).unwrap();
        assert_eq!(farthest_rows(&matrix, &centroids, &[0; 5], 3), [1, 2, 4]);
        let stats = FeatureStats::of(&matrix);
        let mut assigned = Assigned::unassigned(&matrix);
        let sums = assign(&matrix, &stats, &centroids, None, &mut assigned, false).sums;
        let moved = means(|c| sums.mean_if_any(c, &stats), &matrix, &centroids, &assigned.labels[..5]);
        assert_eq!(moved.values(), [1.6, 10.0, -10.0]);
    }
}
