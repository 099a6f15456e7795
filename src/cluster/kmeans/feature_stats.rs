//! What k-means wants to know about a matrix before it starts, whatever k and the starting centroids are.

use serde::{Deserialize, Serialize};

use crate::matrix::simd::{Kernel, Simd, level};
use crate::matrix::{TILE_ROWS, Tile, TiledMatrix, reduce};

/// Tiles that are summed lane by lane before their lanes are added up.
const CHUNK_TILES: usize = 64;

/// The powers of two that no `f32` leaves when it is scaled by their inverse.
const EXPONENTS: (i32, i32) = (-140, 130);

/// [`FeatureStats::units`] are such that every |value| in them has at most this many bits before the point.
const VALUE_BITS: i32 = 31;

/// Centre, spread and range of the rows of a matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::cluster) struct FeatureStats {
    /// A point near the middle of the rows. Fast paths measure from it, so that a large offset costs them no digits. Zero
    /// when every feature has its mean within one standard deviation of zero.
    pub(super) origin: Vec<f32>,
    is_off_centre: bool,
    /// Per feature a power of two by which every |value| is below 2³¹. Sums keep 31 bits behind the point, so a value below
    /// 2⁻³⁸ of the largest loses digits, which are below 2⁻⁶² of the largest; what is kept adds up exactly in any order.
    pub(super) units: Vec<f64>,
    /// The largest distance of a value to the origin along its feature.
    pub(super) reach: f32,
    /// The mean over the features of their variances (ddof 0).
    pub(super) mean_variance: f64,
}

impl FeatureStats {
    /// The stats of `matrix`, in one pass over the rows, the same bits for any number of threads.
    pub(in crate::cluster) fn of(matrix: &TiledMatrix) -> Self {
        let (n, d) = (matrix.n_customers() as f64, matrix.n_features());
        // Squares are of differences to a value in the middle of some rows: the sums then keep their digits.
        let first = matrix.tile(0);
        let shift: Vec<f64> = (0..d)
            .map(|j| first.column(j).iter().copied().map(f64::from).sum::<f64>() / first.n_rows() as f64)
            .map(|mean| f64::from(mean as f32))
            .collect();
        let level = level();
        let chunk = |c: usize| {
            let mut lanes = vec![Lanes::default(); d];
            for t in c * CHUNK_TILES..((c + 1) * CHUNK_TILES).min(matrix.n_tiles()) {
                level.run(AddTile { tile: matrix.tile(t), shift: &shift, lanes: &mut lanes });
            }
            lanes.into_iter().map(Lanes::sums).collect()
        };
        let combine = |mut a: Vec<Sums>, b: Vec<Sums>| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a = a.with(b));
            a
        };
        let chunks = matrix.n_tiles().div_ceil(CHUNK_TILES);
        let columns: Vec<Sums> = reduce::ordered(chunks, &chunk, &combine).expect("a matrix has rows");

        let mean: Vec<f32> = columns.iter().zip(&shift).map(|(c, shift)| (shift + c.sum / n) as f32).collect();
        let variance = |c: &Sums| (c.squares / n - (c.sum / n).powi(2)).max(0.0);
        let is_off = |(c, &origin): (&Sums, &f32)| f64::from(origin).powi(2) > variance(c);
        let is_off_centre = columns.iter().zip(&mean).any(is_off);
        let origin = if is_off_centre { mean } else { vec![0.0; d] };
        let reach = |(c, &origin): (&Sums, &f32)| (c.high - origin).max(origin - c.low);
        FeatureStats {
            units: columns.iter().map(|c| unit(c.high.max(-c.low))).collect(),
            reach: columns.iter().zip(&origin).map(reach).fold(0.0, f32::max),
            mean_variance: columns.iter().map(variance).sum::<f64>() / d as f64,
            origin,
            is_off_centre,
        }
    }

    /// Whether rows have to be moved to be measured from the origin.
    pub(super) fn is_off_centre(&self) -> bool {
        self.is_off_centre
    }
}

/// The power of two that turns a value of at most `largest` into less than 2³¹.
fn unit(largest: f32) -> f64 {
    // The exponent of a finite f32 from its bits; subnormal numbers are below the least one.
    let exponent = (f64::from(largest).to_bits() >> 52) as i32 - 1022;
    2.0_f64.powi(VALUE_BITS - exponent.clamp(EXPONENTS.0, EXPONENTS.1))
}

/// One feature of a chunk, lane by lane, so that the order of the additions does not depend on the level.
#[derive(Clone)]
struct Lanes {
    sum: [f64; TILE_ROWS],
    squares: [f64; TILE_ROWS],
    low: [f32; TILE_ROWS],
    high: [f32; TILE_ROWS],
}

impl Default for Lanes {
    fn default() -> Self {
        let (sum, squares) = ([0.0; TILE_ROWS], [0.0; TILE_ROWS]);
        Lanes { sum, squares, low: [f32::INFINITY; TILE_ROWS], high: [f32::NEG_INFINITY; TILE_ROWS] }
    }
}

impl Lanes {
    fn sums(self) -> Sums {
        Sums {
            sum: self.sum.iter().sum(),
            squares: self.squares.iter().sum(),
            low: self.low.into_iter().fold(f32::INFINITY, f32::min),
            high: self.high.into_iter().fold(f32::NEG_INFINITY, f32::max),
        }
    }
}

/// Adds the rows of a tile to the lanes of their features.
struct AddTile<'a> {
    tile: Tile<'a>,
    shift: &'a [f64],
    lanes: &'a mut [Lanes],
}

impl Kernel for AddTile<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let mut padded = [0.0; TILE_ROWS];
        for (j, (lanes, &shift)) in self.lanes.iter_mut().zip(self.shift).enumerate() {
            let column = if self.tile.n_rows() == TILE_ROWS {
                self.tile.padded_column(j)
            } else {
                // Padding adds a difference of zero.
                padded.fill(shift as f32);
                padded[..self.tile.n_rows()].copy_from_slice(self.tile.column(j));
                &padded
            };
            for at in (0..TILE_ROWS).step_by(S::LANES) {
                let x = simd.load(&column[at..]);
                let difference = simd.sub_f64(simd.widen(x), simd.splat_f64(shift));
                let sum = simd.add_f64(simd.load_f64(&lanes.sum[at..]), difference);
                let square = simd.mul_f64(difference, difference);
                let squares = simd.add_f64(simd.load_f64(&lanes.squares[at..]), square);
                simd.store_f64(sum, &mut lanes.sum[at..]);
                simd.store_f64(squares, &mut lanes.squares[at..]);
                simd.store(simd.min(x, simd.load(&lanes.low[at..])), &mut lanes.low[at..]);
                simd.store(simd.max(x, simd.load(&lanes.high[at..])), &mut lanes.high[at..]);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Sums {
    sum: f64,
    squares: f64,
    low: f32,
    high: f32,
}

impl Sums {
    fn with(self, other: Sums) -> Sums {
        Sums {
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_fills_its_bits_and_none_overflows() {
        for largest in [1.0_f32, 1.5, 0.1, 3e38, f32::MAX, 1e-45, f32::MIN_POSITIVE, 65_536.0] {
            let scaled = f64::from(largest) * unit(largest);
            assert!(scaled < 2.0_f64.powi(31), "{largest} becomes {scaled}");
            assert!(scaled >= 2.0_f64.powi(30) || largest < f32::MIN_POSITIVE, "{largest} becomes {scaled}");
        }
        assert!(unit(0.0).is_finite());
    }

    #[test]
    fn variance_keeps_its_digits_on_a_large_offset() {
        let rows: Vec<f32> = (0..3000).map(|i| 1e6 + (i % 5) as f32).collect();
        let stats = FeatureStats::of(&TiledMatrix::from_rows(&rows, 1).unwrap());
        assert_eq!(stats.mean_variance, 2.0);
        assert_eq!((stats.origin[0], stats.reach), (1e6 + 2.0, 2.0));
    }
}
