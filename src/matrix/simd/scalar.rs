use super::Simd;

const LANES: usize = 8;

/// Vectors as plain arrays of eight lanes, for every processor; the twin that the others are tested against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scalar;

#[inline(always)]
fn each<T: Copy, U>(a: [T; LANES], b: [T; LANES], operation: impl Fn(T, T) -> U) -> [U; LANES] {
    std::array::from_fn(|i| operation(a[i], b[i]))
}

#[inline(always)]
fn front<T: Copy>(from: &[T]) -> [T; LANES] {
    *from.first_chunk().expect("a slice to load from has the lanes of a vector")
}

impl Simd for Scalar {
    const LANES: usize = LANES;
    type F32 = [f32; LANES];
    type F64 = [f64; LANES];
    type U32 = [u32; LANES];
    type Mask = [bool; LANES];

    #[inline(always)]
    fn splat(self, x: f32) -> Self::F32 {
        [x; LANES]
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> Self::F32 {
        front(from)
    }
    #[inline(always)]
    fn store(self, x: Self::F32, to: &mut [f32]) {
        to[..LANES].copy_from_slice(&x);
    }
    #[inline(always)]
    fn add(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    fn fused_mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        std::array::from_fn(|i| a[i].mul_add(b[i], c[i]))
    }
    #[inline(always)]
    fn neg_mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        std::array::from_fn(|i| c[i] - a[i] * b[i])
    }
    #[inline(always)]
    fn min(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        each(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(self, a: Self::F32, b: Self::F32) -> Self::F32 {
        each(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn sqrt(self, a: Self::F32) -> Self::F32 {
        a.map(f32::sqrt)
    }
    #[inline(always)]
    fn less(self, a: Self::F32, b: Self::F32) -> Self::Mask {
        each(a, b, |a, b| a < b)
    }
    #[inline(always)]
    fn at_most(self, a: Self::F32, b: Self::F32) -> Self::Mask {
        each(a, b, |a, b| a <= b)
    }
    #[inline(always)]
    fn select(self, mask: Self::Mask, a: Self::F32, b: Self::F32) -> Self::F32 {
        std::array::from_fn(|i| if mask[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn bits(self, mask: Self::Mask) -> u32 {
        (0..LANES).fold(0, |bits, i| bits | u32::from(mask[i]) << i)
    }
    #[inline(always)]
    fn lookup(self, table: &[f32], index: Self::U32) -> Self::F32 {
        let last = table.len() - 1;
        index.map(|i| table[(i as usize).min(last)])
    }
    #[inline(always)]
    fn prefetch(self, _: &[f32]) {}

    #[inline(always)]
    fn splat_u32(self, x: u32) -> Self::U32 {
        [x; LANES]
    }
    #[inline(always)]
    fn load_u32(self, from: &[u32]) -> Self::U32 {
        front(from)
    }
    #[inline(always)]
    fn store_u32(self, x: Self::U32, to: &mut [u32]) {
        to[..LANES].copy_from_slice(&x);
    }
    #[inline(always)]
    fn select_u32(self, mask: Self::Mask, a: Self::U32, b: Self::U32) -> Self::U32 {
        std::array::from_fn(|i| if mask[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn equal_u32(self, a: Self::U32, b: Self::U32) -> u32 {
        self.bits(each(a, b, |a, b| a == b))
    }

    #[inline(always)]
    fn splat_f64(self, x: f64) -> Self::F64 {
        [x; LANES]
    }
    #[inline(always)]
    fn load_f64(self, from: &[f64]) -> Self::F64 {
        front(from)
    }
    #[inline(always)]
    fn store_f64(self, x: Self::F64, to: &mut [f64]) {
        to[..LANES].copy_from_slice(&x);
    }
    #[inline(always)]
    fn widen(self, x: Self::F32) -> Self::F64 {
        x.map(f64::from)
    }
    #[inline(always)]
    fn add_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn min_f64(self, a: Self::F64, b: Self::F64) -> Self::F64 {
        each(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn sqrt_f64(self, a: Self::F64) -> Self::F64 {
        a.map(f64::sqrt)
    }
    #[inline(always)]
    fn lookup_f64(self, table: &[f64], index: Self::U32) -> Self::F64 {
        let last = table.len() - 1;
        index.map(|i| table[(i as usize).min(last)])
    }
    #[inline(always)]
    fn at_most_f64(self, a: Self::F64, b: Self::F64) -> u32 {
        (0..LANES).fold(0, |bits, i| bits | u32::from(a[i] <= b[i]) << i)
    }
}
