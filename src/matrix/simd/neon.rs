use std::arch::aarch64::*;

use super::{Kernel, Simd};

/// The processor has NEON: four `f32` lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neon(());

impl Neon {
    /// The proof, where the processor has the instructions.
    pub(super) fn detect() -> Option<Self> {
        (std::arch::is_aarch64_feature_detected!("neon")).then_some(Neon(()))
    }

    /// Runs `kernel` with everything it inlines compiled for this instruction set.
    #[inline(always)]
    pub(super) fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "neon")]
        fn compiled<K: Kernel>(proof: Neon, kernel: K) -> K::Output {
            kernel.run(proof)
        }
        // SAFETY: `self` exists, so the processor has these instructions.
        unsafe { compiled(self, kernel) }
    }
}

// SAFETY of every block below: `self` proves that the processor has the instructions; loads and stores stay inside the
// lanes that the line before cuts from the slice.
impl Simd for Neon {
    const LANES: usize = 4;
    type F32 = float32x4_t;
    type F64 = [float64x2_t; 2];
    type U32 = uint32x4_t;
    type Mask = uint32x4_t;

    #[inline(always)]
    fn splat(self, x: f32) -> Self::F32 {
        unsafe { vdupq_n_f32(x) }
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> Self::F32 {
        let from = &from[..4];
        unsafe { vld1q_f32(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, x: Self::F32, to: &mut [f32]) {
        let to = &mut to[..4];
        unsafe { vst1q_f32(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn add(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { vaddq_f32(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { vsubq_f32(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { vmulq_f32(a, b) }
    }
    #[inline(always)]
    fn mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    fn fused_mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    fn neg_mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        unsafe { vfmsq_f32(c, a, b) }
    }
    #[inline(always)]
    fn min(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { vminq_f32(a, b) }
    }
    #[inline(always)]
    fn max(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { vmaxq_f32(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: Self::F32) -> Self::F32 {
        unsafe { vsqrtq_f32(a) }
    }
    #[inline(always)]
    fn less(self, a: Self::F32, b: Self::F32) -> Self::Mask {
        unsafe { vcltq_f32(a, b) }
    }
    #[inline(always)]
    fn at_most(self, a: Self::F32, b: Self::F32) -> Self::Mask {
        unsafe { vcleq_f32(a, b) }
    }
    #[inline(always)]
    fn select(self, mask: Self::Mask, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { vbslq_f32(mask, a, b) }
    }
    #[inline(always)]
    fn bits(self, mask: Self::Mask) -> u32 {
        let weights = [1_u32, 2, 4, 8];
        unsafe { vaddvq_u32(vandq_u32(mask, vld1q_u32(weights.as_ptr()))) }
    }
    #[inline(always)]
    fn lookup(self, table: &[f32], index: Self::U32) -> Self::F32 {
        let (last, mut lanes) = (table.len() - 1, [0; 4]);
        self.store_u32(index, &mut lanes);
        self.load(&lanes.map(|i| table[(i as usize).min(last)]))
    }
    #[inline(always)]
    fn prefetch(self, _: &[f32]) {}
    #[inline(always)]
    fn splat_u32(self, x: u32) -> Self::U32 {
        unsafe { vdupq_n_u32(x) }
    }
    #[inline(always)]
    fn load_u32(self, from: &[u32]) -> Self::U32 {
        let from = &from[..4];
        unsafe { vld1q_u32(from.as_ptr()) }
    }
    #[inline(always)]
    fn store_u32(self, x: Self::U32, to: &mut [u32]) {
        let to = &mut to[..4];
        unsafe { vst1q_u32(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn select_u32(self, mask: Self::Mask, a: Self::U32, b: Self::U32) -> Self::U32 {
        unsafe { vbslq_u32(mask, a, b) }
    }
    #[inline(always)]
    fn equal_u32(self, a: Self::U32, b: Self::U32) -> u32 {
        let equal = unsafe { vceqq_u32(a, b) };
        self.bits(equal)
    }
    #[inline(always)]
    fn splat_f64(self, x: f64) -> Self::F64 {
        unsafe { [vdupq_n_f64(x); 2] }
    }
    #[inline(always)]
    fn load_f64(self, from: &[f64]) -> Self::F64 {
        let from = &from[..4];
        unsafe { [vld1q_f64(from.as_ptr()), vld1q_f64(from[2..].as_ptr())] }
    }
    #[inline(always)]
    fn store_f64(self, x: Self::F64, to: &mut [f64]) {
        let (low, high) = to[..4].split_at_mut(2);
        unsafe {
            vst1q_f64(low.as_mut_ptr(), x[0]);
            vst1q_f64(high.as_mut_ptr(), x[1]);
        }
    }
    #[inline(always)]
    fn widen(self, x: Self::F32) -> Self::F64 {
        unsafe { [vcvt_f64_f32(vget_low_f32(x)), vcvt_high_f64_f32(x)] }
    }
    #[inline(always)]
    fn add_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        unsafe { [vaddq_f64(a[0], b[0]), vaddq_f64(a[1], b[1])] }
    }
    #[inline(always)]
    fn sub_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        unsafe { [vsubq_f64(a[0], b[0]), vsubq_f64(a[1], b[1])] }
    }
    #[inline(always)]
    fn mul_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        unsafe { [vmulq_f64(a[0], b[0]), vmulq_f64(a[1], b[1])] }
    }
    #[inline(always)]
    fn min_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        unsafe { [vminq_f64(a[0], b[0]), vminq_f64(a[1], b[1])] }
    }
    #[inline(always)]
    fn sqrt_f64(self, a: Self::F64) -> Self::F64 {
        unsafe { [vsqrtq_f64(a[0]), vsqrtq_f64(a[1])] }
    }
    #[inline(always)]
    fn lookup_f64(self, table: &[f64], index: Self::U32) -> Self::F64 {
        let (last, mut lanes) = (table.len() - 1, [0; 4]);
        self.store_u32(index, &mut lanes);
        self.load_f64(&lanes.map(|i| table[(i as usize).min(last)]))
    }
    #[inline(always)]
    fn at_most_f64(self, a: Self::F64, b: Self::F64) -> u32 {
        unsafe {
            let (low, high) = (vcleq_f64(a[0], b[0]), vcleq_f64(a[1], b[1]));
            let pair = |m: uint64x2_t| vgetq_lane_u64::<0>(m) & 1 | vgetq_lane_u64::<1>(m) & 2;
            (pair(low) | pair(high) << 2) as u32
        }
    }
}
