//! For how long a row stays with its centroid.
//!
//! A row knows an upper bound of the distance to its centroid and a lower bound of the distance to every other (Hamerly
//! 2010). When centroids move, the first grows by how far its own moved and the second shrinks by how far any other
//! moved; while upper < lower the label is unchanged and the row is not read. One centroid that chases outliers would
//! spoil that for everybody, so those that move most are taken out where they are too far away to matter: a centroid at
//! distance D from the row's own is at least D − upper from the row (as in Hamerly's test by half the distance).

use super::Centroids;
use super::nearest::squared_distance;
use crate::matrix::simd::Simd;

/// A centroid is far from a cluster when it is farther than this many times the cluster's radius.
const FAR: f64 = 2.5;

/// Rows in a row that are sampled, and of how many such runs one is.
const SAMPLED: (usize, usize) = (64, 61);

/// Relative room for the roundings of one step.
const ROOM: f32 = 4e-7;

/// The bounds of the rows of a matrix.
pub(super) struct Bounds {
    /// At least the distance of every row to its centroid.
    pub(super) upper: Vec<f32>,
    /// At most the distance of every row to any other centroid.
    pub(super) lower: Vec<f32>,
}

impl Bounds {
    /// Nothing is known of `n` rows.
    pub(super) fn unknown(n: usize) -> Self {
        Bounds { upper: vec![f32::INFINITY; n], lower: vec![0.0; n] }
    }
}

/// What a move of the centroids does to the bounds of the rows, per cluster; padded to a multiple of 16 clusters, as
/// [`Simd::lookup`] wants it.
pub(super) struct Steps {
    /// How far the cluster's own centroid moved.
    own: Vec<f32>,
    /// How far any other moved, those that are far left out.
    others: Vec<f32>,
    /// The smallest distance of the own centroid to one that was left out.
    far: Vec<f32>,
}

impl Steps {
    /// The steps for a move of the centroids from `before` to `after`.
    ///
    /// `radii` are the clusters' radii; they decide how much is gained, never what is found.
    pub(super) fn between(before: &Centroids, after: &Centroids, radii: &[f64]) -> Self {
        let k = after.k();
        let distance = |a: &[f64], b: &[f64]| squared_distance(a, b).sqrt();
        let moves: Vec<f64> = (0..k).map(|c| distance(before.get(c), after.get(c))).collect();
        let mut by_move: Vec<usize> = (0..k).collect();
        by_move.sort_by(|&a, &b| moves[b].total_cmp(&moves[a]));
        let padded = vec![0.0; k.next_multiple_of(16)];
        let mut steps = Steps { own: padded.clone(), others: padded.clone(), far: padded };
        for c in 0..k {
            let mut far = f64::INFINITY;
            let mut others = by_move.iter().copied().filter(|&other| other != c).peekable();
            // Leave out whoever moves most, as long as it is far.
            while let Some(&other) = others.peek() {
                let distance = distance(after.get(c), after.get(other));
                if distance < FAR * (radii[c] + moves[c]) {
                    break;
                }
                far = far.min(distance);
                others.next();
            }
            steps.own[c] = above(moves[c]);
            steps.others[c] = above(others.next().map_or(0.0, |other| moves[other]));
            steps.far[c] = if far.is_finite() { (far as f32).next_down().next_down() } else { f32::INFINITY };
        }
        steps
    }

    /// The bounds of a vector of rows of the clusters `label` after the move.
    #[inline(always)]
    pub(super) fn apply<S: Simd>(&self, simd: S, label: S::U32, upper: S::F32, lower: S::F32) -> (S::F32, S::F32) {
        let (grown, shrunk) = (simd.splat(1.0 + ROOM), simd.splat(1.0 - ROOM));
        let upper = simd.mul(simd.add(upper, simd.lookup(&self.own, label)), grown);
        let by_move = simd.mul(simd.sub(lower, simd.lookup(&self.others, label)), shrunk);
        let by_distance = simd.mul(simd.sub(simd.lookup(&self.far, label), upper), shrunk);
        (upper, simd.min(by_move, by_distance))
    }

    /// The share of the rows whose bounds will not hold after the move, over a fixed sample.
    pub(super) fn failing_share(&self, labels: &[u32], bounds: &Bounds) -> f64 {
        let (mut n, mut failing) = (0, 0);
        for (i, &label) in sampled(labels) {
            let (upper, lower) = (bounds.upper[i], bounds.lower[i]);
            n += 1;
            let c = label as usize;
            let (upper, lower) = (upper + self.own[c], (lower - self.others[c]).min(self.far[c] - upper - self.own[c]));
            failing += i32::from(upper >= lower);
        }
        f64::from(failing) / f64::from(n)
    }
}

fn above(x: f64) -> f32 {
    if x == 0.0 { 0.0 } else { (x as f32).next_up().next_up() }
}

/// A fixed sample of the rows, in runs: neighbours in memory come at the price of one.
fn sampled(labels: &[u32]) -> impl Iterator<Item = (usize, &u32)> {
    let (length, every) = SAMPLED;
    let runs = labels.chunks(length).enumerate().step_by(every);
    runs.flat_map(move |(run, labels)| (run * length..).zip(labels))
}

/// The root of the mean square of the upper bounds in every cluster, over a fixed sample of the rows.
pub(super) fn radii(labels: &[u32], bounds: &Bounds, k: usize) -> Vec<f64> {
    let (mut squares, mut counts) = (vec![0.0; k], vec![0_u32; k]);
    for (i, &label) in sampled(labels) {
        squares[label as usize] += f64::from(bounds.upper[i]).powi(2);
        counts[label as usize] += 1;
    }
    squares.iter().zip(counts).map(|(sum, n)| (sum / f64::from(n.max(1))).sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::simd::Scalar;

    fn moved(before: &[f64], after: &[f64], radii: &[f64], upper: f32, lower: f32) -> (f32, f32) {
        let of = |values: &[f64]| Centroids::new(values.to_vec(), 1).unwrap();
        let steps = Steps::between(&of(before), &of(after), radii);
        let (upper, lower) = steps.apply(Scalar, [0; 8], [upper; 8], [lower; 8]);
        (upper[0], lower[0])
    }

    #[test]
    fn steps_never_promise_more_than_the_centroids_kept() {
        let (before, after) = ([0.0, 1.0, 100.0, 3.0], [0.1, 1.3, 150.0, 2.5]);
        let row = 0.4_f64;
        let (upper, lower) = moved(&before, &after, &[0.2, 0.2, 1.0, 0.2], 0.4, 0.6);
        assert!(f64::from(upper) >= row - 0.1);
        assert!(f64::from(lower) <= 1.3 - row && lower > 0.0, "{lower}: the jump of the far centroid does not count");
    }

    #[test]
    fn a_near_centroid_that_moves_most_counts() {
        let (_, lower) = moved(&[0.0, 1.0], &[0.0, 0.5], &[1.0, 1.0], 0.2, 0.8);
        assert!((lower - 0.3).abs() < 1e-5);
    }

    #[test]
    fn one_centroid_has_no_rival() {
        let (upper, lower) = moved(&[0.0], &[0.5], &[1.0], 0.2, f32::INFINITY);
        assert!(upper < lower);
    }
}
