use std::arch::x86_64::*;

use super::{Kernel, Simd};

/// The processor has AVX-512 F (and AVX2): sixteen `f32` lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avx512(());

impl Avx512 {
    /// The proof, where the processor has the instructions.
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"))
            .then_some(Avx512(()))
    }

    /// Runs `kernel` with everything it inlines compiled for this instruction set.
    #[inline(always)]
    pub(super) fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "avx512f,avx2,fma")]
        fn compiled<K: Kernel>(proof: Avx512, kernel: K) -> K::Output {
            kernel.run(proof)
        }
        // SAFETY: `self` exists, so the processor has these instructions.
        unsafe { compiled(self, kernel) }
    }
}

// SAFETY of every block below: `self` proves that the processor has the instructions; loads and stores stay inside the
// lanes that the line before cuts from the slice.
impl Simd for Avx512 {
    const LANES: usize = 16;
    type F32 = __m512;
    type F64 = [__m512d; 2];
    type U32 = __m512i;
    type Mask = __mmask16;

    #[inline(always)]
    fn splat(self, x: f32) -> Self::F32 {
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> Self::F32 {
        let from = &from[..16];
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, x: Self::F32, to: &mut [f32]) {
        let to = &mut to[..16];
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn add(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn fused_mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn neg_mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        unsafe { _mm512_fnmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn min(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    fn max(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: Self::F32) -> Self::F32 {
        unsafe { _mm512_sqrt_ps(a) }
    }
    #[inline(always)]
    fn less(self, a: Self::F32, b: Self::F32) -> Self::Mask {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b) }
    }
    #[inline(always)]
    fn at_most(self, a: Self::F32, b: Self::F32) -> Self::Mask {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b) }
    }
    #[inline(always)]
    fn select(self, mask: Self::Mask, a: Self::F32, b: Self::F32) -> Self::F32 {
        unsafe { _mm512_mask_blend_ps(mask, b, a) }
    }
    #[inline(always)]
    fn bits(self, mask: Self::Mask) -> u32 {
        u32::from(mask)
    }
    #[inline(always)]
    fn lookup(self, table: &[f32], index: Self::U32) -> Self::F32 {
        let last = table.len() - 1;
        let first = &table[..16];
        unsafe {
            if last == 15 {
                _mm512_permutexvar_ps(index, _mm512_loadu_ps(first.as_ptr()))
            } else {
                // Every index is at most the last one, so the gather stays inside the table.
                let index = _mm512_min_epu32(index, _mm512_set1_epi32(last as i32));
                _mm512_i32gather_ps::<4>(index, table.as_ptr())
            }
        }
    }
    #[inline(always)]
    fn prefetch(self, from: &[f32]) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn splat_u32(self, x: u32) -> Self::U32 {
        unsafe { _mm512_set1_epi32(x as i32) }
    }
    #[inline(always)]
    fn load_u32(self, from: &[u32]) -> Self::U32 {
        let from = &from[..16];
        unsafe { _mm512_loadu_epi32(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn store_u32(self, x: Self::U32, to: &mut [u32]) {
        let to = &mut to[..16];
        unsafe { _mm512_storeu_epi32(to.as_mut_ptr().cast(), x) }
    }
    #[inline(always)]
    fn select_u32(self, mask: Self::Mask, a: Self::U32, b: Self::U32) -> Self::U32 {
        unsafe { _mm512_mask_blend_epi32(mask, b, a) }
    }
    #[inline(always)]
    fn equal_u32(self, a: Self::U32, b: Self::U32) -> u32 {
        unsafe { u32::from(_mm512_cmpeq_epi32_mask(a, b)) }
    }
    #[inline(always)]
    fn splat_f64(self, x: f64) -> Self::F64 {
        unsafe { [_mm512_set1_pd(x); 2] }
    }
    #[inline(always)]
    fn load_f64(self, from: &[f64]) -> Self::F64 {
        let from = &from[..16];
        unsafe { [_mm512_loadu_pd(from.as_ptr()), _mm512_loadu_pd(from[8..].as_ptr())] }
    }
    #[inline(always)]
    fn store_f64(self, x: Self::F64, to: &mut [f64]) {
        let (low, high) = to[..16].split_at_mut(8);
        unsafe {
            _mm512_storeu_pd(low.as_mut_ptr(), x[0]);
            _mm512_storeu_pd(high.as_mut_ptr(), x[1]);
        }
    }
    #[inline(always)]
    fn widen(self, x: Self::F32) -> Self::F64 {
        unsafe {
            [
                _mm512_cvtps_pd(_mm512_castps512_ps256(x)),
                _mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(x)))),
            ]
        }
    }
    #[inline(always)]
    fn add_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        unsafe { [_mm512_add_pd(a[0], b[0]), _mm512_add_pd(a[1], b[1])] }
    }
    #[inline(always)]
    fn sub_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        unsafe { [_mm512_sub_pd(a[0], b[0]), _mm512_sub_pd(a[1], b[1])] }
    }
    #[inline(always)]
    fn mul_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        unsafe { [_mm512_mul_pd(a[0], b[0]), _mm512_mul_pd(a[1], b[1])] }
    }
    #[inline(always)]
    fn min_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        unsafe { [_mm512_min_pd(a[0], b[0]), _mm512_min_pd(a[1], b[1])] }
    }
    #[inline(always)]
    fn sqrt_f64(self, a: Self::F64) -> Self::F64 {
        unsafe { [_mm512_sqrt_pd(a[0]), _mm512_sqrt_pd(a[1])] }
    }
    #[inline(always)]
    fn lookup_f64(self, table: &[f64], index: Self::U32) -> Self::F64 {
        let last = table.len() - 1;
        unsafe {
            // Every index is at most the last one, so the gathers stay inside the table.
            let index = _mm512_min_epu32(index, _mm512_set1_epi32(last as i32));
            [
                _mm512_i32gather_pd::<8>(_mm512_castsi512_si256(index), table.as_ptr()),
                _mm512_i32gather_pd::<8>(_mm512_extracti64x4_epi64::<1>(index), table.as_ptr()),
            ]
        }
    }
    #[inline(always)]
    fn at_most_f64(self, a: Self::F64, b: Self::F64) -> u32 {
        unsafe {
            let low = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(a[0], b[0]);
            let high = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(a[1], b[1]);
            u32::from(low) | u32::from(high) << 8
        }
    }
}
