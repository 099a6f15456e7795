use crate::matrix::simd::Simd;

/// The numbers that distances are computed in, as vectors of two registers.
pub(super) trait Float: Send + Sync + 'static {
    /// One number.
    type Value: Copy + Send + Sync;
    /// A vector of [`lanes`](Float::lanes).
    type Vector<S: Simd>: Copy;
    /// 0.
    const ZERO: Self::Value;

    /// Numbers in a vector, a divisor of 32.
    fn lanes<S: Simd>() -> usize;
    /// `x`, exactly.
    fn value(x: f32) -> Self::Value;
    /// `x` in every lane.
    fn splat<S: Simd>(s: S, x: Self::Value) -> Self::Vector<S>;
    /// The first lanes of `from`.
    fn load<S: Simd>(s: S, from: &[Self::Value]) -> Self::Vector<S>;
    /// Writes the lanes to the front of `to`.
    fn store<S: Simd>(s: S, x: Self::Vector<S>, to: &mut [Self::Value]);
    /// a + b.
    fn add<S: Simd>(s: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a − b.
    fn sub<S: Simd>(s: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// sum + a², in single precision rounded once.
    fn add_square<S: Simd>(s: S, sum: Self::Vector<S>, a: Self::Vector<S>) -> Self::Vector<S>;
    /// √a.
    fn sqrt<S: Simd>(s: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// Adds the lanes, widened, to the front of `to`.
    fn add_to<S: Simd>(s: S, x: Self::Vector<S>, to: &mut [f64]);
}

/// `f32`.
pub(super) struct Single;

impl Float for Single {
    type Value = f32;
    type Vector<S: Simd> = [S::F32; 2];
    const ZERO: f32 = 0.0;

    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        2 * S::LANES
    }
    #[inline(always)]
    fn value(x: f32) -> f32 {
        x
    }
    #[inline(always)]
    fn splat<S: Simd>(s: S, x: f32) -> [S::F32; 2] {
        [s.splat(x); 2]
    }
    #[inline(always)]
    fn load<S: Simd>(s: S, from: &[f32]) -> [S::F32; 2] {
        [s.load(from), s.load(&from[S::LANES..])]
    }
    #[inline(always)]
    fn store<S: Simd>(s: S, x: [S::F32; 2], to: &mut [f32]) {
        s.store(x[0], to);
        s.store(x[1], &mut to[S::LANES..]);
    }
    #[inline(always)]
    fn add<S: Simd>(s: S, a: [S::F32; 2], b: [S::F32; 2]) -> [S::F32; 2] {
        [s.add(a[0], b[0]), s.add(a[1], b[1])]
    }
    #[inline(always)]
    fn sub<S: Simd>(s: S, a: [S::F32; 2], b: [S::F32; 2]) -> [S::F32; 2] {
        [s.sub(a[0], b[0]), s.sub(a[1], b[1])]
    }
    #[inline(always)]
    fn add_square<S: Simd>(s: S, sum: [S::F32; 2], a: [S::F32; 2]) -> [S::F32; 2] {
        [s.fused_mul_add(a[0], a[0], sum[0]), s.fused_mul_add(a[1], a[1], sum[1])]
    }
    #[inline(always)]
    fn sqrt<S: Simd>(s: S, a: [S::F32; 2]) -> [S::F32; 2] {
        [s.sqrt(a[0]), s.sqrt(a[1])]
    }
    #[inline(always)]
    fn add_to<S: Simd>(s: S, x: [S::F32; 2], to: &mut [f64]) {
        Double::add_to(s, s.widen(x[0]), to);
        Double::add_to(s, s.widen(x[1]), &mut to[S::LANES..]);
    }
}

/// `f64`.
pub(super) struct Double;

impl Float for Double {
    type Value = f64;
    type Vector<S: Simd> = S::F64;
    const ZERO: f64 = 0.0;

    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        S::LANES
    }
    #[inline(always)]
    fn value(x: f32) -> f64 {
        f64::from(x)
    }
    #[inline(always)]
    fn splat<S: Simd>(s: S, x: f64) -> S::F64 {
        s.splat_f64(x)
    }
    #[inline(always)]
    fn load<S: Simd>(s: S, from: &[f64]) -> S::F64 {
        s.load_f64(from)
    }
    #[inline(always)]
    fn store<S: Simd>(s: S, x: S::F64, to: &mut [f64]) {
        s.store_f64(x, to);
    }
    #[inline(always)]
    fn add<S: Simd>(s: S, a: S::F64, b: S::F64) -> S::F64 {
        s.add_f64(a, b)
    }
    #[inline(always)]
    fn sub<S: Simd>(s: S, a: S::F64, b: S::F64) -> S::F64 {
        s.sub_f64(a, b)
    }
    #[inline(always)]
    fn add_square<S: Simd>(s: S, sum: S::F64, a: S::F64) -> S::F64 {
        s.add_f64(sum, s.mul_f64(a, a))
    }
    #[inline(always)]
    fn sqrt<S: Simd>(s: S, a: S::F64) -> S::F64 {
        s.sqrt_f64(a)
    }
    #[inline(always)]
    fn add_to<S: Simd>(s: S, x: S::F64, to: &mut [f64]) {
        s.store_f64(s.add_f64(s.load_f64(to), x), to);
    }
}
