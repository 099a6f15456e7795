use super::tree::BLOCK;

/// Squared distances are computed in `f32` first where eps² lies between this and its inverse: there, what underflows or
/// overflows cannot change a decision.
const SMALLEST: f64 = 1.0 / (1_u128 << 100) as f64;

/// When two rows are neighbours, and how far an `f32` computation may decide it.
///
/// Rows are neighbours when Σ_j (x_j − y_j)² ≤ eps² in `f64`, j ascending, without fused operations. The same sum in `f32`
/// has d + 2 roundings of relative size 2⁻²⁴ at most: a difference of two `f32` is rounded once whatever their size, and
/// all terms are positive, so nothing cancels. A sum at or below [`near`](Self::near) is a neighbour and one above
/// [`far`](Self::far) is none; in the narrow band between, [`squared_distance`] decides. The limits leave twice the
/// room that the roundings need, and the same holds for gaps and reaches of boxes, which are sums of the same kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Radius {
    /// eps².
    pub(super) squared: f64,
    /// Computed in `f32`, a squared distance up to this is at most eps².
    pub(super) near: f32,
    /// Computed in `f32`, a squared distance above this is above eps².
    pub(super) far: f32,
}

impl Radius {
    /// The radius whose square is `squared` ≥ 0, for rows with `d` features.
    pub(super) fn new(squared: f64, d: usize) -> Self {
        let room = (d + 4) as f64 * f64::from(f32::EPSILON);
        // Conversion to f32 rounds once more, which the room allows for.
        let near = if squared < SMALLEST { -1.0 } else { squared.min(1.0 / SMALLEST) * (1.0 - room) };
        let far = if squared > 1.0 / SMALLEST { f64::INFINITY } else { squared.max(SMALLEST) * (1.0 + room) };
        Radius { squared, near: near as f32, far: far as f32 }
    }

    /// Whether row `i` of block `a` and row `j` of block `b` are neighbours, by definition.
    pub(super) fn holds(&self, a: &[[f32; BLOCK]], i: usize, b: &[[f32; BLOCK]], j: usize) -> bool {
        squared_distance(a, i, b, j) <= self.squared
    }
}

/// The squared distance of row `i` of block `a` and row `j` of block `b`, features ascending, in plain `f64`.
pub(super) fn squared_distance(a: &[[f32; BLOCK]], i: usize, b: &[[f32; BLOCK]], j: usize) -> f64 {
    let mut sum = 0.0;
    for (x, y) in a.iter().zip(b) {
        let difference = f64::from(x[i]) - f64::from(y[j]);
        sum += difference * difference;
    }
    sum
}
