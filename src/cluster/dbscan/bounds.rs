//! Squared distances between rows and boxes, and why pruning by them never changes a decision.
//!
//! The distance of two rows is Σ_j (x_j − y_j)² in f64, j ascending, by plain subtractions, multiplications and
//! additions. Each of these is monotone also after rounding: a ≤ b gives fl(a − c) ≤ fl(b − c), and so on. The bounds
//! below are built from the same operations in the same order, with every |x_j − y_j| replaced by one that is not larger
//! (a gap) or not smaller (a reach). A gap is therefore never above, and a reach never below, any *computed* distance it
//! stands for, to the last bit and without a safety margin.

/// Rows of a block whose distances are computed together.
pub(super) const LANES: usize = 64;

/// Features after which a block stops when no row of it can be near any more.
const STEP: usize = 8;

/// Grows `bounds` (lowest values, then highest) until it covers `low` … `high`.
pub(super) fn cover(bounds: &mut [f32], low: &[f32], high: &[f32]) {
    let (lowest, highest) = bounds.split_at_mut(low.len());
    lowest.iter_mut().zip(low).for_each(|(a, &b)| *a = if b < *a { b } else { *a });
    highest.iter_mut().zip(high).for_each(|(a, &b)| *a = if b > *a { b } else { *a });
}

fn sum_of_squares(differences: impl Iterator<Item = f64>) -> f64 {
    differences.fold(0.0, |sum, difference| sum + difference * difference)
}

fn positive(a: f64, b: f64) -> f64 {
    a.max(b).max(0.0)
}

/// At most the squared distance of `row` to any row in the box.
pub(super) fn gap_to(row: &[f64], (low, high): (&[f32], &[f32])) -> f64 {
    sum_of_squares(row.iter().zip(low).zip(high).map(|((&x, &l), &h)| positive(f64::from(l) - x, x - f64::from(h))))
}

/// At least the squared distance of `row` to any row in the box.
pub(super) fn reach_to(row: &[f64], (low, high): (&[f32], &[f32])) -> f64 {
    sum_of_squares(row.iter().zip(low).zip(high).map(|((&x, &l), &h)| positive(x - f64::from(l), f64::from(h) - x)))
}

/// At most the squared distance of any row of one box to any row of the other.
pub(super) fn gap_between(a: (&[f32], &[f32]), b: (&[f32], &[f32])) -> f64 {
    let sides = a.0.iter().zip(a.1).zip(b.0.iter().zip(b.1));
    sum_of_squares(
        sides.map(|((&al, &ah), (&bl, &bh))| positive(f64::from(bl) - f64::from(ah), f64::from(al) - f64::from(bh))),
    )
}

/// At least the squared distance of any row of one box to any row of the other.
pub(super) fn reach_between(a: (&[f32], &[f32]), b: (&[f32], &[f32])) -> f64 {
    let sides = a.0.iter().zip(a.1).zip(b.0.iter().zip(b.1));
    sum_of_squares(
        sides.map(|((&al, &ah), (&bl, &bh))| positive(f64::from(ah) - f64::from(bl), f64::from(bh) - f64::from(al))),
    )
}

/// How far two boxes' centres are apart; only to decide which to look at first.
pub(super) fn centre_distance(a: (&[f32], &[f32]), b: (&[f32], &[f32])) -> f64 {
    let sides = a.0.iter().zip(a.1).zip(b.0.iter().zip(b.1));
    sum_of_squares(sides.map(|((&al, &ah), (&bl, &bh))| f64::from(al) + f64::from(ah) - f64::from(bl) - f64::from(bh)))
}

/// The squared distances of `row` to a block of at most [`LANES`] rows, whose feature `j` is `column(j)`.
///
/// A distance above `limit` may be left unfinished, but stays above `limit`.
pub(super) fn distances<'a, 'o>(
    row: &[f64],
    column: impl Fn(usize) -> &'a [f32],
    limit: f64,
    out: &'o mut [f64; LANES],
) -> &'o [f64] {
    let n = column(0).len();
    let out = &mut out[..n];
    out.fill(0.0);
    for (step, features) in row.chunks(STEP).enumerate() {
        if step > 0 && out.iter().all(|&sum| sum > limit) {
            break;
        }
        for (i, &x) in features.iter().enumerate() {
            for (sum, &y) in out.iter_mut().zip(column(step * STEP + i)) {
                let difference = x - f64::from(y);
                *sum += difference * difference;
            }
        }
    }
    out
}
