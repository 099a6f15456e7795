//! Mean and principal axes.

use rayon::prelude::*;

use super::simd::{Kernel, Simd, level};
use super::symmetric::{dot, dots, eigen};
use super::{TILE_ROWS, Tile, TiledMatrix, reduce};

/// Features whose covariances with all others one task sums, tile by tile.
const FEATURES_TOGETHER: usize = 32;
/// Features that are unprojected together, so that their part of all axes stays near the processor.
const UNPROJECTED_TOGETHER: usize = 32;

/// Multiplications of a search for axes in a second, of one thread.
const PRODUCTS: f64 = 1.5e9;

/// Seconds of one thread for the first `wanted` axes of `n` rows with `d` features.
pub(crate) fn axes_seconds(n: f64, d: f64, wanted: f64) -> f64 {
    let few = n.min(d);
    (n * d * few / 2.0 + few * few * (few + 4.0 * wanted.min(few))) / PRODUCTS
}

/// Where the rows of a matrix lie: their mean, and orthogonal directions without covariance between them.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalAxes {
    /// The mean of the rows.
    pub mean: Vec<f64>,
    /// Unit vectors of d components, row-major, by variance descending; the largest component of each is positive. Where there are
    /// fewer rows than features, axes without variance are left out.
    pub axes: Vec<f64>,
    /// The d variances (ddof 0) along all axes, descending; 0 where rounding leaves nothing of it.
    pub variances: Vec<f64>,
}

impl PrincipalAxes {
    /// The principal axes of the rows of `matrix`, O(n·d·min(n, d) + min(n, d)³), in parallel; the same bits for any number of
    /// threads.
    pub fn of(matrix: &TiledMatrix) -> Self {
        Self::first(matrix, matrix.n_features())
    }

    /// The first `wanted` axes, with the variances along all of them; see [`of`](PrincipalAxes::of).
    pub fn first(matrix: &TiledMatrix, wanted: usize) -> Self {
        let (n, d) = (matrix.n_customers(), matrix.n_features());
        let mean = mean(matrix);
        let (mut variances, mut axes) =
            if n < d { of_few_rows(matrix, &mean, wanted) } else { eigen(covariance(matrix, &mean), d, wanted.min(d)) };
        let rounding = n.max(d) as f64 * f64::EPSILON * variances[0];
        variances.iter_mut().filter(|variance| **variance <= rounding).for_each(|variance| *variance = 0.0);
        if n < d {
            let spread = variances.iter().filter(|variance| **variance > 0.0).count();
            axes.truncate(spread * d);
        }
        variances.resize(d, 0.0);
        axes.par_chunks_exact_mut(d).for_each(point_up);
        PrincipalAxes { mean, axes, variances }
    }

    /// How many axes there are.
    pub fn n_axes(&self) -> usize {
        self.axes.len() / self.mean.len()
    }

    /// The coordinates of `row` along the axes.
    pub fn project(&self, row: &[f64]) -> Vec<f64> {
        let centred: Vec<f64> = row.iter().zip(&self.mean).map(|(x, mean)| x - mean).collect();
        self.axes.chunks_exact(self.mean.len()).map(|axis| dot(axis, &centred)).collect()
    }

    /// The `n_rows` rows with the coordinates `along` the axes, both row-major.
    pub fn unproject(&self, n_rows: usize, along: &[f64]) -> Vec<f64> {
        let (d, m) = (self.mean.len(), self.n_axes());
        let mut rows = vec![0.0; n_rows * d];
        for first in (0..d).step_by(UNPROJECTED_TOGETHER) {
            let span = first..(first + UNPROJECTED_TOGETHER).min(d);
            let part = |of: &[f64]| {
                let mut part = [0.0; UNPROJECTED_TOGETHER];
                part[..span.len()].copy_from_slice(&of[span.clone()]);
                part
            };
            let (mean, axes) = (part(&self.mean), self.axes.chunks_exact(d).map(part).collect::<Vec<_>>());
            for (i, row) in rows.chunks_exact_mut(d).enumerate() {
                let mut sums = mean;
                level().run(Combine { axes: &axes, along: &along[i * m..(i + 1) * m], sums: &mut sums });
                row[span.clone()].copy_from_slice(&sums[..span.len()]);
            }
        }
        rows
    }
}

/// Adds the axes, each times its coordinate, to `sums`.
struct Combine<'a> {
    axes: &'a [[f64; UNPROJECTED_TOGETHER]],
    along: &'a [f64],
    sums: &'a mut [f64; UNPROJECTED_TOGETHER],
}

impl Kernel for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for lane in (0..UNPROJECTED_TOGETHER).step_by(2 * S::LANES) {
            let mut sums = [simd.load_f64(&self.sums[lane..]), simd.load_f64(&self.sums[lane + S::LANES..])];
            for (axis, &coordinate) in self.axes.iter().zip(self.along) {
                let coordinate = simd.splat_f64(coordinate);
                for r in 0..2 {
                    let product = simd.mul_f64(simd.load_f64(&axis[lane + r * S::LANES..]), coordinate);
                    sums[r] = simd.add_f64(sums[r], product);
                }
            }
            simd.store_f64(sums[0], &mut self.sums[lane..]);
            simd.store_f64(sums[1], &mut self.sums[lane + S::LANES..]);
        }
    }
}

/// Rows with the distances of those of `matrix`, in as many dimensions as there are rows: what is left of more features when
/// nothing but distances matters. To the rounding of `f32`.
pub fn in_few_dimensions(matrix: &TiledMatrix) -> TiledMatrix {
    let n = matrix.n_customers();
    let products = row_products(&centred_rows(matrix, &mean(matrix)), n);
    // Cholesky: row i of L has with row j the product of the centred rows i and j.
    let least = n as f64 * f64::EPSILON * (0..n).map(|i| products[i * n + i]).fold(0.0, f64::max);
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        let (above, row) = l.split_at_mut(i * n);
        for j in 0..i {
            let pivot = above[j * n + j];
            let rest = products[i * n + j] - dot(&row[..j], &above[j * n..j * n + j]);
            row[j] = if pivot > 0.0 { rest / pivot } else { 0.0 };
        }
        let rest = products[i * n + i] - dot(&row[..i], &row[..i]);
        row[i] = if rest > least { rest.sqrt() } else { 0.0 };
    }
    let values: Vec<f32> = l.into_iter().map(|x| x as f32).collect();
    TiledMatrix::from_rows(&values, n).expect("distances of finite rows are finite")
}

fn mean(matrix: &TiledMatrix) -> Vec<f64> {
    let sums = reduce::ordered_vector_sum(matrix.n_tiles(), &|t| {
        let tile = matrix.tile(t);
        (0..matrix.n_features()).map(|j| dot(&minus(&tile, j, 0.0), &[1.0; TILE_ROWS])).collect()
    });
    sums.into_iter().map(|sum| sum / matrix.n_customers() as f64).collect()
}

/// The d × d covariances (ddof 0).
fn covariance(matrix: &TiledMatrix, mean: &[f64]) -> Vec<f64> {
    let (n, d) = (matrix.n_customers() as f64, matrix.n_features());
    let mut covariance = vec![0.0; d * d];
    covariance.par_chunks_mut(FEATURES_TOGETHER * d).enumerate().for_each(|(block, rows)| {
        let first = block * FEATURES_TOGETHER;
        let sums = reduce::ordered_vector_sum(matrix.n_tiles(), &|t| {
            products_of_columns(&matrix.tile(t), mean, first, rows.len() / d)
        });
        rows.iter_mut().zip(sums).for_each(|(covariance, sum)| *covariance = sum / n);
    });
    for a in 0..d {
        for b in 0..a {
            covariance[a * d + b] = covariance[b * d + a];
        }
    }
    covariance
}

/// The products of `n` columns of a tile, from `first` on, with all columns of it, less their means; 0 with those before.
fn products_of_columns(tile: &Tile<'_>, mean: &[f64], first: usize, n: usize) -> Vec<f64> {
    let d = mean.len();
    let columns: Vec<f64> = (first..d).flat_map(|j| minus(tile, j, mean[j])).collect();
    let mut products = Vec::with_capacity(n * d);
    for (a, column) in columns.chunks_exact(TILE_ROWS).take(n).enumerate() {
        products.resize(a * d + first + a, 0.0);
        products.extend(dots(&columns[a * TILE_ROWS..], column));
    }
    products
}

/// Variances and axes by the n × n products of rows, which are fewer than those of features: with X the centred rows and
/// X·Xᵀ·u = n·λ·u, the variance along Xᵀ·u is λ.
fn of_few_rows(matrix: &TiledMatrix, mean: &[f64], wanted: usize) -> (Vec<f64>, Vec<f64>) {
    let (n, d) = (matrix.n_customers(), matrix.n_features());
    let rows = centred_rows(matrix, mean);
    let row = |i: usize| &rows[i * d..(i + 1) * d];
    let products = row_products(&rows, n).into_iter().map(|product| product / n as f64);
    let (variances, weights) = eigen(products.collect(), n, wanted.min(n));
    let mut axes = vec![0.0; weights.len() / n * d];
    axes.par_chunks_exact_mut(d).zip(weights.par_chunks_exact(n)).for_each(|(axis, weights)| {
        for (i, weight) in weights.iter().enumerate() {
            axis.iter_mut().zip(row(i)).for_each(|(a, x)| *a += weight * x);
        }
        let length = dot(axis, axis).sqrt();
        axis.iter_mut().for_each(|a| *a /= length);
    });
    (variances, axes)
}

/// The rows less their mean, row-major.
fn centred_rows(matrix: &TiledMatrix, mean: &[f64]) -> Vec<f64> {
    let d = matrix.n_features();
    let mut rows = vec![0.0; matrix.n_customers() * d];
    rows.par_chunks_exact_mut(d).enumerate().for_each(|(i, row)| {
        matrix.copy_row(i, row);
        row.iter_mut().zip(mean).for_each(|(x, mean)| *x -= mean);
    });
    rows
}

/// The n × n products of `n` rows with each other.
fn row_products(rows: &[f64], n: usize) -> Vec<f64> {
    let d = rows.len() / n;
    let row = |i: usize| &rows[i * d..(i + 1) * d];
    let mut products = vec![0.0; n * n];
    products.par_chunks_exact_mut(n).enumerate().for_each(|(a, products)| {
        products[..=a].copy_from_slice(&dots(&rows[..(a + 1) * d], row(a)));
    });
    for a in 0..n {
        for b in a + 1..n {
            products[a * n + b] = products[b * n + a];
        }
    }
    products
}

/// Column `j` of a tile less its `mean`; 0 in the padding.
fn minus(tile: &Tile<'_>, j: usize, mean: f64) -> [f64; TILE_ROWS] {
    let mut values = [0.0; TILE_ROWS];
    values.iter_mut().zip(tile.column(j)).for_each(|(value, &x)| *value = f64::from(x) - mean);
    values
}

/// Turns an axis so that its largest component, the first among equals, is positive.
fn point_up(axis: &mut [f64]) {
    let largest = axis.iter().copied().fold(0.0_f64, |largest, x| if x.abs() > largest.abs() { x } else { largest });
    if largest < 0.0 {
        axis.iter_mut().for_each(|x| *x = -*x);
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

    /// Rows without pattern, some of them equal.
    fn scattered(n: usize, d: usize) -> TiledMatrix {
        let rows: Vec<f32> = (0..n * d).map(|i| ((i * i * 7919 + i) % 1009) as f32 / 100.0).collect();
        let equal: Vec<f32> = rows[..3 * d].to_vec();
        TiledMatrix::from_rows(&[equal, rows].concat(), d).unwrap()
    }

    #[test]
    fn tables_with_fewer_rows_than_features_come_back_from_their_axes() {
        for (n, d) in [(3, 9), (20, 24), (30, 200)] {
            let matrix = scattered(n, d);
            let axes = PrincipalAxes::of(&matrix);
            assert!(axes.n_axes() < n + 3 && axes.variances.len() == d);
            assert!(axes.variances[..axes.n_axes()].iter().all(|&variance| variance > 0.0));
            let first = PrincipalAxes::first(&matrix, 2);
            assert_eq!(first.variances, axes.variances);
            assert_eq!(first.axes, axes.axes[..first.axes.len()]);
            for i in 0..matrix.n_customers() {
                let back = axes.unproject(1, &axes.project(&matrix.row(i)));
                assert!(back.iter().zip(matrix.row(i)).all(|(a, b)| (a - b).abs() < 1e-9));
            }
        }
    }

    #[test]
    fn few_dimensions_keep_all_distances() {
        let distance = |matrix: &TiledMatrix, a: usize, b: usize| {
            let (a, b) = (matrix.row(a), matrix.row(b));
            a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        let matrix = scattered(40, 90);
        let few = in_few_dimensions(&matrix);
        assert_eq!(few.n_features(), 43);
        for a in 0..43 {
            for b in 0..43 {
                let (was, is) = (distance(&matrix, a, b), distance(&few, a, b));
                assert!((was - is).abs() < 1e-5 * (1.0 + was), "{a} {b}: {was} {is}");
            }
        }
    }

    #[test]
    fn axes_have_the_same_bits_on_any_number_of_threads() {
        for (n, d) in [(20, 90), (300, 70)] {
            let matrix = scattered(n, d);
            let in_pool = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| PrincipalAxes::of(&matrix))
            };
            let one = in_pool(1);
            assert!([2, 3, 8].into_iter().all(|threads| in_pool(threads) == one));
        }
    }

    #[test]
    fn unproject_undoes_project() {
        let rows: Vec<f32> = (0..400).map(|i| ((i * i * 31) % 97) as f32).collect();
        let matrix = TiledMatrix::from_rows(&rows, 8).unwrap();
        let axes = PrincipalAxes::of(&matrix);
        for i in 0..matrix.n_customers() {
            let back = axes.unproject(1, &axes.project(&matrix.row(i)));
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
