//! Lloyd's iteration: assign every row to its nearest centroid, move every centroid to the mean of its rows, repeat.

use super::Centroids;
use super::assign::inertia;
use super::tile::TileNearest;
use crate::matrix::{TiledMatrix, reduce};
use crate::monitor::{Monitor, Stopped};

/// When the iteration ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) max_iter: usize,
    /// Sum of squared centroid movements at or below which a run has converged.
    pub(super) movement: f64,
}

/// Where one start ended.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) centroids: Centroids,
    pub(super) inertia: f64,
    pub(super) n_iter: usize,
    pub(super) converged: bool,
}

pub(super) fn lloyd(matrix: &TiledMatrix, start: Centroids, limits: Limits, monitor: &Monitor) -> Result<Run, Stopped> {
    let mut centroids = start;
    for n_iter in 1..=limits.max_iter {
        monitor.check()?;
        let pass = Pass::over(matrix, &centroids);
        let moved = pass.means(matrix, &centroids);
        let movement: f64 = centroids.values().iter().zip(moved.values()).map(|(a, b)| (a - b) * (a - b)).sum();
        // Unmoved centroids are the means of exactly the rows this pass gave them, and its inertia is theirs.
        let fixed = moved == centroids;
        centroids = moved;
        if fixed {
            return Ok(Run { centroids, inertia: pass.inertia, n_iter, converged: true });
        }
        if movement <= limits.movement {
            return Ok(Run { inertia: inertia(matrix, &centroids), centroids, n_iter, converged: true });
        }
    }
    Ok(Run { inertia: inertia(matrix, &centroids), centroids, n_iter: limits.max_iter, converged: false })
}

/// What one pass over the rows adds up.
struct Pass {
    /// k × n_features.
    sums: Vec<f64>,
    counts: Vec<u64>,
    inertia: f64,
}

impl Pass {
    fn over(matrix: &TiledMatrix, centroids: &Centroids) -> Self {
        let (k, d) = (centroids.k(), centroids.n_features());
        let leaf = |t: usize| {
            let tile = matrix.tile(t);
            let nearest = TileNearest::of(&tile, centroids);
            let labels = &nearest.label[..tile.n_rows()];
            let mut pass = Pass { sums: vec![0.0; k * d], counts: vec![0; k], inertia: 0.0 };
            for (&c, distance2) in labels.iter().zip(&nearest.distance2) {
                pass.counts[c as usize] += 1;
                pass.inertia += distance2;
            }
            for j in 0..d {
                for (&c, &x) in labels.iter().zip(tile.column(j)) {
                    pass.sums[c as usize * d + j] += f64::from(x);
                }
            }
            pass
        };
        let combine = |mut a: Pass, b: Pass| {
            a.sums.iter_mut().zip(b.sums).for_each(|(x, y)| *x += y);
            a.counts.iter_mut().zip(b.counts).for_each(|(x, y)| *x += y);
            a.inertia += b.inertia;
            a
        };
        reduce::ordered(matrix.n_tiles(), &leaf, &combine).expect("a matrix has rows")
    }

    /// The means of the rows of every cluster; an empty cluster goes to the row farthest from its centroid.
    fn means(&self, matrix: &TiledMatrix, centroids: &Centroids) -> Centroids {
        let d = centroids.n_features();
        let mut means = centroids.clone();
        let mut empty = Vec::new();
        for (c, &count) in self.counts.iter().enumerate() {
            if count == 0 {
                empty.push(c);
            } else {
                means.set(c, self.sums[c * d..][..d].iter().map(|sum| sum / count as f64));
            }
        }
        for (c, row) in empty.iter().zip(farthest_rows(matrix, centroids, empty.len())) {
            means.set(*c, matrix.row(row));
        }
        means
    }
}

/// The `m` rows farthest from their nearest centroid, by distance descending, then row ascending.
fn farthest_rows(matrix: &TiledMatrix, centroids: &Centroids, m: usize) -> Vec<usize> {
    if m == 0 {
        return Vec::new();
    }
    let keep = |mut rows: Vec<(f64, usize)>| {
        rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        rows.truncate(m);
        rows
    };
    let leaf = |t: usize| {
        let tile = matrix.tile(t);
        keep(TileNearest::of(&tile, centroids).distance2.into_iter().zip(tile.rows()).collect())
    };
    let combine = |mut a: Vec<_>, b| {
        a.extend(b);
        keep(a)
    };
    let farthest = reduce::ordered(matrix.n_tiles(), &leaf, &combine).unwrap_or_default();
    farthest.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_clusters_go_to_the_farthest_rows_lowest_first_among_equals() {
        let matrix = TiledMatrix::from_rows(&[0.0, 10.0, -10.0, 1.0, 7.0], 1).unwrap();
        let centroids = Centroids::new(vec![0.0, 99.0, 99.0], 1).unwrap();
        assert_eq!(farthest_rows(&matrix, &centroids, 3), [1, 2, 4]);
        let moved = Pass::over(&matrix, &centroids).means(&matrix, &centroids);
        assert_eq!(moved.values(), [1.6, 10.0, -10.0]);
    }
}
