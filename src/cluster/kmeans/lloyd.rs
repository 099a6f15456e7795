//! Lloyd's iteration: assign every row to its nearest centroid, move every centroid to the mean of its rows, repeat.

use super::Centroids;
use super::pass::Tie;
use super::rows::{Ended, Passes, Rows};
use crate::cluster::ClusterError;
use crate::monitor::Monitor;

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

/// Where centroids came to rest.
pub(super) struct Descent {
    pub(super) centroids: Centroids,
    pub(super) n_iter: usize,
    pub(super) converged: bool,
}

/// Iterates from `start`.
pub(super) fn lloyd(rows: &Rows<'_>, start: Centroids, limits: Limits, monitor: &Monitor) -> Result<Run, ClusterError> {
    let (descent, passes) = descend(rows, start, limits, monitor)?;
    let ended = passes.end(&descent.centroids)?;
    Ok(Run::of(descent, ended))
}

/// Moves centroids from `start` until they rest; what the passes know of the rows is for one more.
pub(super) fn descend<'a>(
    rows: &'a Rows<'a>,
    start: Centroids,
    limits: Limits,
    monitor: &Monitor,
) -> Result<(Descent, Passes<'a>), ClusterError> {
    let (mut passes, mut centroids) = (rows.passes(start.k()), start);
    let (mut n_iter, mut converged) = (0, false);
    while n_iter < limits.max_iter && !converged {
        monitor.check()?;
        n_iter += 1;
        let moved = means(&mut passes, rows, &centroids)?;
        let movement: f64 = centroids.values().iter().zip(moved.values()).map(|(a, b)| (a - b) * (a - b)).sum();
        // Unmoved centroids are the means of exactly the rows this pass gave them.
        converged = moved == centroids || movement <= limits.movement;
        centroids = moved;
    }
    Ok((Descent { centroids, n_iter, converged }, passes))
}

impl Run {
    /// A run that came to rest there, with the rows as they are then.
    pub(super) fn of(descent: Descent, ended: Ended) -> Self {
        let (Descent { centroids, n_iter, converged }, Ended { labels, ties, inertia }) = (descent, ended);
        Run { centroids, labels, ties, inertia, n_iter, converged }
    }

    /// The run with its centroids rounded to `f32`; labels and inertia are those of the rounded ones.
    pub(super) fn in_single_precision(self, rows: &Rows<'_>) -> Result<Self, ClusterError> {
        let centroids = self.centroids.in_single_precision();
        let Ended { labels, ties, inertia } = rows.passes(centroids.k()).end(&centroids)?;
        Ok(Run { centroids, labels, ties, inertia, ..self })
    }
}

/// The means of the rows of every cluster; an empty cluster goes to the row farthest from its centroid.
fn means(passes: &mut Passes<'_>, rows: &Rows<'_>, centroids: &Centroids) -> Result<Centroids, ClusterError> {
    let mut means = centroids.clone();
    let mut empty = Vec::new();
    for (c, mean) in passes.means(centroids)?.into_iter().enumerate() {
        match mean {
            Some(mean) => means.set(c, mean),
            None => empty.push(c),
        }
    }
    if !empty.is_empty() {
        let farthest = passes.farthest(centroids, empty.len())?;
        empty.iter().zip(farthest).for_each(|(&c, row)| means.set(c, rows.matrix.row(row)));
    }
    Ok(means)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::TiledMatrix;

    #[test]
    fn empty_clusters_go_to_the_farthest_rows_lowest_first_among_equals() {
        let matrix = TiledMatrix::from_rows(&[0.0, 10.0, -10.0, 1.0, 7.0], 1).unwrap();
        let centroids = Centroids::new(vec![0.0, 99.0, 99.0], 1).unwrap();
        let rows = Rows::of(&matrix);
        let mut passes = rows.passes(3);
        let moved = means(&mut passes, &rows, &centroids).unwrap();
        assert_eq!(moved.values(), [1.6, 10.0, -10.0]);
        assert_eq!(passes.farthest(&centroids, 3).unwrap(), [1, 2, 4]);
    }
}
