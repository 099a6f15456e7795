//! The nearest and the second nearest centroid of a strip of rows, fused: no distance is ever written to memory.
//!
//! With x and c measured from the origin of the stats, D² = |x|² + 2·s where s = ½|c|² − x·c, so the lowest score s wins and a
//! score costs one fused multiplication and addition per feature. Scores are `f32`. Each is lowered by a bound of its
//! error,
//!
//! e = α (½|c|² + |x||c|), α = (2d + 12) 2⁻²⁴,
//!
//! which covers the rounding of x, c, the products and the sums, whether a product is rounded before it is added or not.
//! The winner's true score is then at most L₁ + 2e₁, every other at least L₂, and where L₁ + 2e₁ < L₂ the winner is the
//! nearest centroid. Elsewhere (about one row in ten thousand) the caller decides in `f64`. The same figures bound the
//! two distances, from which [`bounds`](super::bounds) tells for how long the winner stays the winner.

use super::{Centroids, FeatureStats};
use crate::matrix::simd::Simd;

/// Vectors of rows in a strip. With up to six centroids in flight they keep both multipliers of a core busy and fit the
/// sixteen registers of AVX2.
pub(super) const STRIP_VECTORS: usize = 2;

/// Centroids whose scores are computed together.
const MOST_TOGETHER: usize = 6;

/// Half the distance of 1 to the next `f32`.
const ROUNDING: f32 = 1.0 / 16_777_216.0;

/// Beyond this a product of two `f32` could leave their range.
const SAFE_REACH: f32 = 1e17;

/// Below this an `f32` may have lost digits to underflow; it is added to every bound.
const UNDERFLOW: f32 = 1e-36;

/// Centroids as the kernel reads them.
pub(super) struct Packed<'a> {
    exact: &'a Centroids,
    /// `None` where rows need not be moved.
    origin: Option<&'a [f32]>,
    /// How many centroids go together: widths that differ by at most one.
    widths: Vec<usize>,
    /// Block after block, feature-major inside.
    values: Vec<f32>,
    /// The score at the origin, lowered by its error.
    starts: Vec<f32>,
    /// |c|, rounded up.
    lengths: Vec<f32>,
    /// α; infinite when the numbers are too large for `f32` arithmetic, so that nothing is decided in it.
    alpha: f32,
    /// The error of |x|² relative to it.
    norm_error: f32,
}

impl<'a> Packed<'a> {
    pub(super) fn new(exact: &'a Centroids, stats: &'a FeatureStats) -> Self {
        let (k, d) = (exact.k(), exact.n_features());
        let centred = |c: usize| exact.get(c).iter().zip(&stats.origin).map(|(&value, &o)| value - f64::from(o));
        let n_blocks = k.div_ceil(MOST_TOGETHER);
        let ends = (0..=n_blocks).map(|b| k * b / n_blocks);
        let widths: Vec<usize> = ends.clone().zip(ends.skip(1)).map(|(first, end)| end - first).collect();
        let mut values = Vec::with_capacity(k * d);
        let mut first = 0;
        for &width in &widths {
            let block: Vec<Vec<f32>> = (first..first + width).map(|c| centred(c).map(|x| x as f32).collect()).collect();
            (0..d).for_each(|j| values.extend(block.iter().map(|centroid| centroid[j])));
            first += width;
        }
        let in_range = stats.reach < SAFE_REACH && values.iter().all(|value| value.abs() < SAFE_REACH);
        let alpha = if in_range { (2 * d + 12) as f32 * ROUNDING } else { f32::INFINITY };
        let squares: Vec<f64> = (0..k).map(|c| centred(c).map(|x| x * x).sum()).collect();
        Packed {
            exact,
            origin: stats.is_off_centre().then_some(&stats.origin[..]),
            widths,
            values,
            starts: squares.iter().map(|&s| 0.5 * s as f32 * (1.0 - alpha) - UNDERFLOW).collect(),
            lengths: squares.iter().map(|s| (s.sqrt() as f32 * (1.0 + 2.0 * ROUNDING)).next_up()).collect(),
            alpha,
            norm_error: (d + 10) as f32 * ROUNDING,
        }
    }

    /// The centroids themselves.
    pub(super) fn exact(&self) -> &Centroids {
        self.exact
    }
}

/// Where the rows of a strip belong; undecided lanes hold nothing of use.
pub(super) struct Nearby<S: Simd> {
    /// The nearest centroid.
    pub(super) label: [S::U32; STRIP_VECTORS],
    /// At least the distance to it.
    pub(super) upper: [S::F32; STRIP_VECTORS],
    /// At most the distance to any other.
    pub(super) lower: [S::F32; STRIP_VECTORS],
    /// Which lanes are decided, the first vector lowest.
    pub(super) decided: u64,
}

/// The two lowest scores so far.
struct Best<S: Simd> {
    first: [S::F32; STRIP_VECTORS],
    second: [S::F32; STRIP_VECTORS],
    label: [S::U32; STRIP_VECTORS],
    /// |c| of the first.
    length: [S::F32; STRIP_VECTORS],
}

/// The nearest centroids of a strip: vector `r` of feature `j` is at `rows[j · stride + r · LANES ..]`.
///
/// `strip` is room for the rows measured from the origin, n_features vectors times [`STRIP_VECTORS`].
#[inline(always)]
pub(super) fn nearest<S: Simd>(
    simd: S,
    rows: &[f32],
    stride: usize,
    packed: &Packed<'_>,
    strip: &mut [f32],
) -> Nearby<S> {
    let width = STRIP_VECTORS * S::LANES;
    let strip = match packed.origin {
        None => Strip { rows, stride },
        Some(origin) => {
            for (j, (&origin, out)) in origin.iter().zip(strip.chunks_exact_mut(width)).enumerate() {
                for r in 0..STRIP_VECTORS {
                    let x = simd.sub(simd.load(&rows[j * stride + r * S::LANES..]), simd.splat(origin));
                    simd.store(x, &mut out[r * S::LANES..]);
                }
            }
            Strip { rows: strip, stride: width }
        }
    };
    score(simd, strip, packed)
}

/// Rows measured from the origin.
#[derive(Clone, Copy)]
struct Strip<'a> {
    rows: &'a [f32],
    /// From one feature to the next.
    stride: usize,
}

/// The nearest centroids of the rows of `strip`.
#[inline(always)]
fn score<S: Simd>(simd: S, strip: Strip<'_>, packed: &Packed<'_>) -> Nearby<S> {
    let (alpha, norm_error) = (simd.splat(packed.alpha), simd.splat(packed.norm_error));
    let grown = |x: S::F32, factor: f32| simd.mul(x, simd.splat(factor));
    let infinite = [simd.splat(f32::INFINITY); STRIP_VECTORS];
    let mut best = Best::<S> {
        first: infinite,
        second: infinite,
        label: [simd.splat_u32(0); STRIP_VECTORS],
        length: [simd.splat(0.0); STRIP_VECTORS],
    };
    let d = packed.exact.n_features();
    // The first block also sums up |x|².
    let (mut norm, mut slope) = ([simd.splat(0.0); STRIP_VECTORS], [simd.splat(0.0); STRIP_VECTORS]);
    let (mut first, mut at) = (0, 0);
    for &width in &packed.widths {
        let values = &packed.values[at..at + width * d];
        let block = Block { strip, values, starts: &packed.starts[first..], lengths: &packed.lengths[first..], first };
        match width {
            1 => block.score::<S, 1>(simd, packed, &mut norm, &mut slope, &mut best),
            2 => block.score::<S, 2>(simd, packed, &mut norm, &mut slope, &mut best),
            3 => block.score::<S, 3>(simd, packed, &mut norm, &mut slope, &mut best),
            4 => block.score::<S, 4>(simd, packed, &mut norm, &mut slope, &mut best),
            5 => block.score::<S, 5>(simd, packed, &mut norm, &mut slope, &mut best),
            _ => block.score::<S, MOST_TOGETHER>(simd, packed, &mut norm, &mut slope, &mut best),
        }
        first += width;
        at += values.len();
    }

    let mut nearby = Nearby { label: best.label, upper: infinite, lower: infinite, decided: 0 };
    let zero = simd.splat(0.0);
    for r in 0..STRIP_VECTORS {
        // 2e₁ = 2 (α ½|c|² + α|x||c|), and what rounding in f64 could do to the distances themselves.
        let half = simd.mul(simd.mul(alpha, best.length[r]), simd.mul(simd.splat(0.5), best.length[r]));
        let error = grown(simd.mul_add(slope[r], best.length[r], half), 2.0 + 16.0 * ROUNDING);
        let error = simd.add(simd.mul_add(norm[r], simd.splat(1e-12), error), simd.splat(4.0 * UNDERFLOW));
        let highest = simd.add(best.first[r], error);
        nearby.decided |= u64::from(simd.bits(simd.less(highest, best.second[r]))) << (r * S::LANES);
        let slack = simd.mul_add(norm[r], norm_error, simd.splat(UNDERFLOW));
        let above = simd.add(simd.add(norm[r], slack), simd.add(highest, highest));
        let below = simd.add(simd.sub(norm[r], slack), simd.add(best.second[r], best.second[r]));
        nearby.upper[r] = grown(simd.sqrt(simd.max(above, zero)), 1.0 + 8.0 * ROUNDING);
        nearby.lower[r] = grown(simd.sqrt(simd.max(below, zero)), 1.0 - 8.0 * ROUNDING);
    }
    nearby
}

/// Centroids whose scores are computed together.
struct Block<'a> {
    strip: Strip<'a>,
    values: &'a [f32],
    starts: &'a [f32],
    lengths: &'a [f32],
    /// The number of the first of them.
    first: usize,
}

impl Block<'_> {
    /// Scores the `C` centroids of the block against the rows of the strip.
    #[inline(always)]
    fn score<S: Simd, const C: usize>(
        self,
        simd: S,
        packed: &Packed<'_>,
        norm: &mut [S::F32; STRIP_VECTORS],
        slope: &mut [S::F32; STRIP_VECTORS],
        best: &mut Best<S>,
    ) {
        let scores = if self.first == 0 {
            let scores = self.products::<S, C, true>(simd, norm);
            // α|x|, where |x| is rounded up.
            for r in 0..STRIP_VECTORS {
                let above = simd.mul_add(norm[r], simd.splat(packed.norm_error), norm[r]);
                let length = simd.add(simd.sqrt(above), simd.splat(1e-21));
                slope[r] = simd.mul(length, simd.splat(packed.alpha * (1.0 + 4.0 * ROUNDING)));
            }
            scores
        } else {
            self.products::<S, C, false>(simd, norm)
        };
        for c in 0..C {
            let (label, length) = (simd.splat_u32((self.first + c) as u32), simd.splat(self.lengths[c]));
            for r in 0..STRIP_VECTORS {
                let score = simd.neg_mul_add(slope[r], length, scores[c][r]);
                let wins = simd.less(score, best.first[r]);
                best.second[r] = simd.min(best.second[r], simd.max(score, best.first[r]));
                best.first[r] = simd.min(score, best.first[r]);
                best.label[r] = simd.select_u32(wins, label, best.label[r]);
                best.length[r] = simd.select(wins, length, best.length[r]);
            }
        }
    }

    /// start − x·c for every row and centroid; with `NORM` also |x|².
    #[inline(always)]
    fn products<S: Simd, const C: usize, const NORM: bool>(
        &self,
        simd: S,
        norm: &mut [S::F32; STRIP_VECTORS],
    ) -> [[S::F32; STRIP_VECTORS]; C] {
        let mut scores = [[simd.splat(0.0); STRIP_VECTORS]; C];
        for c in 0..C {
            scores[c] = [simd.splat(self.starts[c]); STRIP_VECTORS];
        }
        let Strip { rows, stride } = self.strip;
        for (j, centroids) in self.values.chunks_exact(C).enumerate() {
            let x = &rows[j * stride..];
            let x = [simd.load(x), simd.load(&x[S::LANES..])];
            if NORM {
                for r in 0..STRIP_VECTORS {
                    norm[r] = simd.mul_add(x[r], x[r], norm[r]);
                }
            }
            for c in 0..C {
                let centroid = simd.splat(centroids[c]);
                for r in 0..STRIP_VECTORS {
                    scores[c][r] = simd.neg_mul_add(x[r], centroid, scores[c][r]);
                }
            }
        }
        scores
    }
}
