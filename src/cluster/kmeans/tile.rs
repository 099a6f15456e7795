//! Distances of the rows of one tile, all lanes at once.

use crate::matrix::TILE_ROWS;
use crate::matrix::simd::{Kernel, Simd, level};

/// Tiles that one thread takes at a time, at least.
pub(super) const FEW_TILES: usize = 16;

/// One value per lane of a tile.
pub(super) type Lanes<T> = [T; TILE_ROWS];

/// D² of every lane of `tile` (feature-major) to `point`.
pub(super) fn squared_distances(tile: &[f32], point: &[f64], out: &mut Lanes<f64>) {
    level().run(SquaredDistances { tile, point, out });
}

/// [`squared_distances`] inside another kernel.
pub(super) struct SquaredDistances<'a> {
    pub(super) tile: &'a [f32],
    pub(super) point: &'a [f64],
    pub(super) out: &'a mut Lanes<f64>,
}

impl Kernel for SquaredDistances<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for lane in (0..TILE_ROWS).step_by(2 * S::LANES) {
            // Two vectors: a sum waits for itself.
            let mut sums = [simd.splat_f64(0.0); 2];
            for (column, &p) in self.tile.chunks_exact(TILE_ROWS).zip(self.point) {
                let p = simd.splat_f64(p);
                for r in 0..2 {
                    let x = simd.widen(simd.load(&column[lane + r * S::LANES..]));
                    let difference = simd.sub_f64(x, p);
                    sums[r] = simd.add_f64(sums[r], simd.mul_f64(difference, difference));
                }
            }
            simd.store_f64(sums[0], &mut self.out[lane..]);
            simd.store_f64(sums[1], &mut self.out[lane + S::LANES..]);
        }
    }
}
