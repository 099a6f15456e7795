//! One source for every instruction set.
//!
//! A kernel is written once, against the vectors of [`Simd`], and runs on whatever the processor has: [`Level::run`]
//! compiles it for every instruction set and enters the one of that level. [`Scalar`] has the same vectors as plain
//! arrays, so every kernel has a portable twin that is the same source.
//!
//! **What keeps results the same on every level.** Lane-wise additions, subtractions, multiplications and square roots
//! round the same everywhere, and a kernel that uses only those gives the same bits on every level. [`Simd::mul_add`]
//! does not: it may round once or twice. A kernel may use it only where an error bound decides whether its answer is
//! taken, and anything undecided is computed again in plain `f64`.
//!
//! This folder is the only place with `unsafe` code. Each instruction set wraps its intrinsics in a type whose values
//! prove that the processor has the set, because only detection makes one.

#![expect(
    unsafe_code,
    reason = "intrinsics of an instruction set are unsafe where the compiler cannot see that it is there"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod level;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

pub use level::{Level, level, set_level};
pub use scalar::Scalar;

/// A computation on vectors, to be run by [`Level::run`].
///
/// `run` and whatever it calls on vectors must be `#[inline(always)]`: only code inlined into the entry of a level is
/// compiled for its instruction set.
pub trait Kernel {
    /// What it computes.
    type Output;

    /// Computes it with the vectors of `simd`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The vectors of one instruction set; a value proves that the processor has it.
///
/// A vector has [`LANES`](Simd::LANES) lanes whatever it holds; `f64` vectors take two registers. Lanes that a kernel
/// reads from memory come from the front of a slice.
pub trait Simd: Copy + Send + Sync + 'static {
    /// Lanes of a vector: a divisor of 16.
    const LANES: usize;
    /// `f32` lanes.
    type F32: Copy;
    /// `f64` lanes.
    type F64: Copy;
    /// `u32` lanes.
    type U32: Copy;
    /// True or false per lane.
    type Mask: Copy;

    /// `x` in every lane.
    fn splat(self, x: f32) -> Self::F32;
    /// The first lanes of `from`.
    fn load(self, from: &[f32]) -> Self::F32;
    /// Writes the lanes to the front of `to`.
    fn store(self, x: Self::F32, to: &mut [f32]);
    /// a + b.
    fn add(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// a − b.
    fn sub(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// a · b.
    fn mul(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// a · b + c, rounded once or twice; see the [module](self).
    fn mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
    /// c − a · b, rounded once or twice; see the [module](self).
    fn neg_mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
    /// The smaller of a and b, neither NaN.
    fn min(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// The larger of a and b, neither NaN.
    fn max(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// √a.
    fn sqrt(self, a: Self::F32) -> Self::F32;
    /// a < b; false for NaN.
    fn less(self, a: Self::F32, b: Self::F32) -> Self::Mask;
    /// a ≤ b; false for NaN.
    fn at_most(self, a: Self::F32, b: Self::F32) -> Self::Mask;
    /// a where the mask is true, b elsewhere.
    fn select(self, mask: Self::Mask, a: Self::F32, b: Self::F32) -> Self::F32;
    /// The mask as bits, lane 0 lowest.
    fn bits(self, mask: Self::Mask) -> u32;
    /// `table[index]` in every lane. The table has a multiple of 16 entries; an index beyond it gives any of them.
    fn lookup(self, table: &[f32], index: Self::U32) -> Self::F32;
    /// Fetches the cache line at the front of `from`, which is going to be read.
    fn prefetch(self, from: &[f32]);

    /// `x` in every lane.
    fn splat_u32(self, x: u32) -> Self::U32;
    /// The first lanes of `from`.
    fn load_u32(self, from: &[u32]) -> Self::U32;
    /// Writes the lanes to the front of `to`.
    fn store_u32(self, x: Self::U32, to: &mut [u32]);
    /// a where the mask is true, b elsewhere.
    fn select_u32(self, mask: Self::Mask, a: Self::U32, b: Self::U32) -> Self::U32;
    /// a = b as bits, lane 0 lowest.
    fn equal_u32(self, a: Self::U32, b: Self::U32) -> u32;

    /// `x` in every lane.
    fn splat_f64(self, x: f64) -> Self::F64;
    /// The first lanes of `from`.
    fn load_f64(self, from: &[f64]) -> Self::F64;
    /// Writes the lanes to the front of `to`.
    fn store_f64(self, x: Self::F64, to: &mut [f64]);
    /// The same values, exactly.
    fn widen(self, x: Self::F32) -> Self::F64;
    /// a + b.
    fn add_f64(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// a − b.
    fn sub_f64(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// a · b.
    fn mul_f64(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// The smaller of a and b, neither NaN.
    fn min_f64(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// √a.
    fn sqrt_f64(self, a: Self::F64) -> Self::F64;
    /// `table[index]` in every lane. The table is not empty; an index beyond it gives any of its entries.
    fn lookup_f64(self, table: &[f64], index: Self::U32) -> Self::F64;
    /// a ≤ b as bits, lane 0 lowest; false for NaN.
    fn at_most_f64(self, a: Self::F64, b: Self::F64) -> u32;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation on lanes that are not symmetric in anything, as the bits of its results.
    struct Everything;

    impl Kernel for Everything {
        type Output = Vec<u64>;

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Vec<u64> {
            let mut out = Vec::new();
            // As many lanes as the widest level has, whatever this one has.
            for first in (0..16).step_by(S::LANES) {
                let lane = |i: usize, salt: usize| ((first + i) * 7 + salt * 3) as f32 * 0.37 - 5.1;
                let a: Vec<f32> = (0..16).map(|i| lane(i, 1)).collect();
                let b: Vec<f32> = (0..16).map(|i| lane(i * 5 % 11, 2)).collect();
                let (x, y) = (s.load(&a), s.load(&b));
                let mut lanes = [0.0_f32; 16];
                let mask = s.less(x, y);
                for result in [
                    s.splat(2.5),
                    x,
                    s.add(x, y),
                    s.sub(x, y),
                    s.mul(x, y),
                    s.min(x, y),
                    s.max(x, y),
                    s.sqrt(s.mul(x, x)),
                    s.select(mask, x, y),
                    s.select(s.at_most(y, x), x, y),
                ] {
                    s.store(result, &mut lanes);
                    out.extend(lanes[..S::LANES].iter().map(|v| u64::from(v.to_bits())));
                }
                out.extend((0..S::LANES).map(|i| u64::from(s.bits(mask) >> i & 1)));

                let numbers: Vec<u32> = (0..16).map(|i| (first as u32 + i) * 1_000_000_007).collect();
                let mut whole = [0_u32; 16];
                s.store_u32(s.select_u32(mask, s.load_u32(&numbers), s.splat_u32(77)), &mut whole);
                out.extend(whole[..S::LANES].iter().map(|&v| u64::from(v)));
                let few = s.load_u32(&std::array::from_fn::<u32, 16, _>(|i| (first as u32 + i as u32) * 5 % 16));
                out.extend((0..S::LANES).map(|i| u64::from(s.equal_u32(few, s.splat_u32(10)) >> i & 1)));
                for size in [16, 48] {
                    let table: Vec<f32> = (0..size).map(|i| i as f32 * 1.7 - 3.0).collect();
                    let index: Vec<u32> = (0..16).map(|i| (first + i) as u32 * 7 % size).collect();
                    s.prefetch(&table);
                    s.store(s.lookup(&table, s.load_u32(&index)), &mut lanes);
                    out.extend(lanes[..S::LANES].iter().map(|v| u64::from(v.to_bits())));
                    let table: Vec<f64> = table.iter().map(|&x| f64::from(x) / 3.0).collect();
                    let mut wide = [0.0_f64; 16];
                    s.store_f64(s.lookup_f64(&table, s.load_u32(&index)), &mut wide);
                    out.extend(wide[..S::LANES].iter().map(|v| v.to_bits()));
                }

                let (p, q) = (s.widen(x), s.mul_f64(s.widen(y), s.splat_f64(1.0 / 3.0)));
                let mut wide = [0.0_f64; 16];
                for result in
                    [p, s.add_f64(p, q), s.sub_f64(p, q), s.mul_f64(p, q), s.min_f64(p, q), s.sqrt_f64(s.mul_f64(q, q))]
                {
                    s.store_f64(result, &mut wide);
                    out.extend(s_lanes::<S>(&wide).iter().map(|v| v.to_bits()));
                }
                s.store_f64(s.load_f64(&[1.0 / 7.0; 16]), &mut wide);
                out.push(wide[S::LANES - 1].to_bits());
                out.extend((0..S::LANES).map(|i| u64::from(s.at_most_f64(p, q) >> i & 1)));
            }
            out
        }
    }

    fn s_lanes<S: Simd>(lanes: &[f64]) -> &[f64] {
        &lanes[..S::LANES]
    }

    /// The sums a·b + c and c − a·b of a level.
    struct Fused;

    impl Kernel for Fused {
        type Output = Vec<f32>;

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Vec<f32> {
            let (a, b, c) = (s.splat(1.1), s.splat(-2.3), s.splat(0.7));
            let mut lanes = [0.0; 16];
            s.store(s.mul_add(a, b, c), &mut lanes);
            let sum = lanes[S::LANES - 1];
            s.store(s.neg_mul_add(a, b, c), &mut lanes);
            vec![sum, lanes[0]]
        }
    }

    #[test]
    fn every_level_computes_the_same_bits() {
        let scalar: Vec<u64> = per_sixteen(Level::Scalar);
        for level in Level::available() {
            assert_eq!(per_sixteen(level), scalar, "{level}");
        }
    }

    /// The results of [`Everything`] in an order that does not depend on the lanes of a level.
    fn per_sixteen(level: Level) -> Vec<u64> {
        let mut results = level.run(Everything);
        results.sort_unstable();
        results
    }

    #[test]
    fn products_and_sums_are_right_however_often_they_round() {
        for level in Level::available() {
            let results = level.run(Fused);
            assert!((results[0] - (0.7 - 2.53)).abs() < 1e-6 && (results[1] - (0.7 + 2.53)).abs() < 1e-6, "{level}");
        }
    }
}
