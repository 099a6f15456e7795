//! One source for every instruction set.
//!
//! A kernel is written once, against the vectors of [`Simd`], and runs on whatever the processor has: [`InstructionSet::run`]
//! compiles it for every instruction set and enters the one of that level. [`Scalar`] has the same vectors as plain
//! arrays, so every kernel has a portable twin that is the same source.
//!
//! **What keeps results the same on every level.** Lane-wise additions, subtractions, multiplications, square roots and
//! [`Simd::fused_mul_add`] round the same everywhere, and a kernel that uses only those gives the same bits on every level.
//! [`Simd::mul_add`] does not: it may round once or twice. A kernel may use it only where an error bound decides whether its answer
//! is taken, and anything undecided is computed again in plain `f64`. Where a processor has no fused operation, `mul_add` is fast and
//! `fused_mul_add` slow.
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

pub use level::{InstructionSet, level, set_level};
pub use scalar::Scalar;

/// A computation on vectors, to be run by [`InstructionSet::run`].
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
    /// a · b + c, rounded once.
    fn fused_mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
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

    /// The results of operations on sixteen lanes, as bits.
    type Results = Vec<[u64; 16]>;

    /// Every operation on sixteen lanes that are not symmetric in anything, in as many vectors as that takes.
    struct Everything;

    impl Kernel for Everything {
        type Output = Results;

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Results {
            let lane = |i: usize, salt: usize| (i * 7 + salt * 3) as f32 * 0.37 - 5.1;
            let a: Vec<f32> = (0..16).map(|i| lane(i, 1)).collect();
            let b: Vec<f32> = (0..16).map(|i| lane(i * 5 % 11, 2)).collect();
            let numbers: Vec<u32> = (0..16_u32).map(|i| i.wrapping_mul(1_000_000_007)).collect();
            let sevenths: Vec<f64> = (0..16).map(|i| f64::from(i) / 7.0).collect();
            let mut results = Results::new();
            for first in (0..16).step_by(S::LANES) {
                let mut found = Found { results: &mut results, first, n: 0 };
                let (x, y) = (s.load(&a[first..]), s.load(&b[first..]));
                let mask = s.less(x, y);
                for result in [
                    s.splat(2.5),
                    x,
                    s.add(x, y),
                    s.sub(x, y),
                    s.mul(x, y),
                    s.fused_mul_add(x, y, s.mul(x, s.splat(-0.37))),
                    s.min(x, y),
                    s.max(x, y),
                    s.sqrt(s.mul(x, x)),
                    s.select(mask, x, y),
                    s.select(s.at_most(y, x), x, y),
                ] {
                    let mut lanes = [0.0_f32; 16];
                    s.store(result, &mut lanes);
                    found.add::<S>(|i| lanes[i].to_bits().into());
                }
                found.add::<S>(|i| u64::from(s.bits(mask) >> i & 1));

                let mut lanes = [0_u32; 16];
                s.store_u32(s.select_u32(mask, s.load_u32(&numbers[first..]), s.splat_u32(77)), &mut lanes);
                found.add::<S>(|i| lanes[i].into());
                let places: [u32; 16] = std::array::from_fn(|i| i as u32 * 7 % 16);
                let index = s.load_u32(&places[first..]);
                found.add::<S>(|i| u64::from(s.equal_u32(index, s.splat_u32(5)) >> i & 1));
                for size in [16_u16, 48] {
                    let table: Vec<f32> = (0..size).map(|i| f32::from(i) * 1.7 - 3.0).collect();
                    let mut lanes = [0.0_f32; 16];
                    s.prefetch(&table);
                    s.store(s.lookup(&table, index), &mut lanes);
                    found.add::<S>(|i| lanes[i].to_bits().into());
                    let table: Vec<f64> = table.iter().map(|&x| f64::from(x) / 3.0).collect();
                    let mut lanes = [0.0_f64; 16];
                    s.store_f64(s.lookup_f64(&table, index), &mut lanes);
                    found.add::<S>(|i| lanes[i].to_bits());
                }

                let (p, q) = (s.widen(x), s.mul_f64(s.widen(y), s.splat_f64(1.0 / 3.0)));
                for result in [
                    p,
                    s.add_f64(p, q),
                    s.sub_f64(p, q),
                    s.mul_f64(p, q),
                    s.min_f64(p, q),
                    s.sqrt_f64(s.mul_f64(q, q)),
                    s.load_f64(&sevenths[first..]),
                ] {
                    let mut lanes = [0.0_f64; 16];
                    s.store_f64(result, &mut lanes);
                    found.add::<S>(|i| lanes[i].to_bits());
                }
                found.add::<S>(|i| u64::from(s.at_most_f64(p, q) >> i & 1));
            }
            results
        }
    }

    /// Collects the results of the vectors whose first lane is `first`.
    struct Found<'a> {
        results: &'a mut Results,
        first: usize,
        n: usize,
    }

    impl Found<'_> {
        /// The next operation gave `lane(i)` in lane i of the vector.
        fn add<S: Simd>(&mut self, lane: impl Fn(usize) -> u64) {
            if self.n == self.results.len() {
                self.results.push([0; 16]);
            }
            (0..S::LANES).for_each(|i| self.results[self.n][self.first + i] = lane(i));
            self.n += 1;
        }
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
        let scalar = InstructionSet::Scalar.run(Everything);
        for &level in InstructionSet::available() {
            assert_eq!(level.run(Everything), scalar, "{level}");
        }
    }

    #[test]
    fn products_and_sums_are_right_however_often_they_round() {
        for &level in InstructionSet::available() {
            let results = level.run(Fused);
            assert!((results[0] - (0.7 - 2.53)).abs() < 1e-6 && (results[1] - (0.7 + 2.53)).abs() < 1e-6, "{level}");
        }
    }
}
