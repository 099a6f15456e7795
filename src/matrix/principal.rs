//! Mean and principal axes.

use super::{TILE_ROWS, Tile, TiledMatrix, reduce};

/// Where the rows of a matrix lie: their mean, and orthogonal directions without covariance between them.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalAxes {
    /// The mean of the rows.
    pub mean: Vec<f64>,
    /// d unit vectors, row-major, by variance descending; the largest component of each is positive.
    pub axes: Vec<f64>,
    /// The variance (ddof 0) along each axis, never negative.
    pub variances: Vec<f64>,
}

impl PrincipalAxes {
    /// The principal axes of the rows of `matrix`, O(n·d² + d³), in parallel over tiles; the same bits for any number of
    /// threads.
    pub fn of(matrix: &TiledMatrix) -> Self {
        let (n, d) = (matrix.n_customers() as f64, matrix.n_features());
        let sums = reduce::ordered_vector_sum(matrix.n_tiles(), &|t| {
            let values = minus(&matrix.tile(t), &vec![0.0; d]);
            values.chunks_exact(TILE_ROWS).map(|column| dot(column, &[1.0; TILE_ROWS])).collect()
        });
        let mean: Vec<f64> = sums.into_iter().map(|sum| sum / n).collect();
        let mut covariance = reduce::ordered_vector_sum(matrix.n_tiles(), &|t| {
            let values = minus(&matrix.tile(t), &mean);
            let mut products = vec![0.0; d * d];
            for (a, x) in values.chunks_exact(TILE_ROWS).enumerate() {
                for (b, y) in values.chunks_exact(TILE_ROWS).enumerate().skip(a) {
                    products[a * d + b] = dot(x, y);
                    products[b * d + a] = products[a * d + b];
                }
            }
            products
        });
        covariance.iter_mut().for_each(|sum| *sum /= n);
        let vectors = diagonalize(&mut covariance, d);
        let mut order: Vec<usize> = (0..d).collect();
        order.sort_by(|&a, &b| covariance[b * d + b].total_cmp(&covariance[a * d + a]));
        let mut axes: Vec<f64> =
            order.iter().flat_map(|&a| (0..d).map(move |j| (j, a))).map(|(j, a)| vectors[j * d + a]).collect();
        axes.chunks_exact_mut(d).for_each(point_up);
        PrincipalAxes { mean, axes, variances: order.iter().map(|&a| covariance[a * d + a].max(0.0)).collect() }
    }

    /// The coordinates of `row` along the axes.
    pub fn project(&self, row: &[f64]) -> Vec<f64> {
        let along = |axis: &[f64]| axis.iter().zip(row).zip(&self.mean).map(|((a, x), m)| a * (x - m)).sum();
        self.axes.chunks_exact(self.mean.len()).map(along).collect()
    }

    /// The row with the coordinates `along` the axes.
    pub fn unproject(&self, along: &[f64]) -> Vec<f64> {
        let mut row = self.mean.clone();
        for (axis, coordinate) in self.axes.chunks_exact(self.mean.len()).zip(along) {
            row.iter_mut().zip(axis).for_each(|(x, a)| *x += a * coordinate);
        }
        row
    }
}

/// The columns of a tile, less their means; 0 in the padding.
fn minus(tile: &Tile<'_>, mean: &[f64]) -> Vec<f64> {
    let mut values = vec![0.0; mean.len() * TILE_ROWS];
    for (j, (values, mean)) in values.chunks_exact_mut(TILE_ROWS).zip(mean).enumerate() {
        values.iter_mut().zip(tile.column(j)).for_each(|(value, &x)| *value = f64::from(x) - mean);
    }
    values
}

/// Σ a·b, in eight sums side by side that no addition has to wait for.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        (0..8).for_each(|i| sums[i] += a[i] * b[i]);
    }
    sums.iter().sum()
}

/// Turns an axis so that its largest component, the first among equals, is positive.
fn point_up(axis: &mut [f64]) {
    let largest = axis.iter().copied().fold(0.0_f64, |largest, x| if x.abs() > largest.abs() { x } else { largest });
    if largest < 0.0 {
        axis.iter_mut().for_each(|x| *x = -*x);
    }
}

/// Makes the symmetric d × d matrix `m` diagonal by Jacobi rotations; returns the eigenvectors as columns.
///
/// Cyclic sweeps until the off-diagonal part is negligible beside the diagonal (Golub and Van Loan, section 8.5).
fn diagonalize(m: &mut [f64], d: usize) -> Vec<f64> {
    const SWEEPS: usize = 60;
    let mut vectors = vec![0.0; d * d];
    (0..d).for_each(|a| vectors[a * d + a] = 1.0);
    for _ in 0..SWEEPS {
        let off: f64 = (0..d).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| m[a * d + b].powi(2)).sum();
        let diagonal: f64 = (0..d).map(|a| m[a * d + a].powi(2)).sum();
        if off <= 1e-30 * diagonal {
            break;
        }
        for p in 0..d {
            for q in p + 1..d {
                rotate(m, &mut vectors, d, p, q);
            }
        }
    }
    vectors
}

/// The rotation in the plane of p and q that makes `m[p, q]` zero.
fn rotate(m: &mut [f64], vectors: &mut [f64], d: usize, p: usize, q: usize) {
    let off = m[p * d + q];
    if off == 0.0 {
        return;
    }
    let theta = (m[q * d + q] - m[p * d + p]) / (2.0 * off);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for i in 0..d {
        let (a, b) = (m[i * d + p], m[i * d + q]);
        (m[i * d + p], m[i * d + q]) = (cosine * a - sine * b, sine * a + cosine * b);
    }
    for i in 0..d {
        let (a, b) = (m[p * d + i], m[q * d + i]);
        (m[p * d + i], m[q * d + i]) = (cosine * a - sine * b, sine * a + cosine * b);
    }
    for i in 0..d {
        let (a, b) = (vectors[i * d + p], vectors[i * d + q]);
        (vectors[i * d + p], vectors[i * d + q]) = (cosine * a - sine * b, sine * a + cosine * b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_a_tilted_line_and_its_thickness() {
        let rows: Vec<f32> = (0..100)
            .flat_map(|i| {
                let (along, across) = (i as f32 - 49.5, if i % 2 == 0 { 0.5 } else { -0.5 });
                [3.0 * along - 4.0 * across + 10.0, 4.0 * along + 3.0 * across - 5.0, 7.0]
            })
            .collect();
        let axes = PrincipalAxes::of(&TiledMatrix::from_rows(&rows, 3).unwrap());
        assert!((axes.axes[0].abs() - 0.6).abs() < 1e-3 && (axes.axes[1].abs() - 0.8).abs() < 1e-3);
        assert!((axes.variances[0] - 25.0 * 833.25).abs() < 1.0 && (axes.variances[1] - 6.25).abs() < 0.1);
        assert_eq!(axes.variances[2], 0.0);
    }

    #[test]
    fn unproject_undoes_project() {
        let rows: Vec<f32> = (0..400).map(|i| ((i * i * 31) % 97) as f32).collect();
        let matrix = TiledMatrix::from_rows(&rows, 8).unwrap();
        let axes = PrincipalAxes::of(&matrix);
        for i in 0..matrix.n_customers() {
            let back = axes.unproject(&axes.project(&matrix.row(i)));
            assert!(back.iter().zip(matrix.row(i)).all(|(a, b)| (a - b).abs() < 1e-10));
        }
        let total: f64 = axes.variances.iter().sum();
        let n = matrix.n_customers() as f64;
        let direct: f64 = (0..8)
            .map(|j| {
                (0..matrix.n_customers()).map(|i| (f64::from(matrix.get(i, j)) - axes.mean[j]).powi(2) / n).sum::<f64>()
            })
            .sum();
        assert!((total - direct).abs() < 1e-9 * direct);
    }
}
