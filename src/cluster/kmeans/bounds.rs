//! For how long a row stays with its centroid.
//!
//! A row knows an upper bound of the distance to its centroid and a lower bound of the distance to every other (Hamerly
//! 2010). When centroids move, the first grows by how far its own moved and the second shrinks by how far any other
//! moved; while upper < lower the label is unchanged and the row is not read. One centroid that chases outliers would
//! spoil that for everybody, so those that move most are taken out where they are too far away to matter: a centroid at
//! distance D from the row's own is at least D − upper from the row (as in Hamerly's test by half the distance).

use super::Centroids;

/// A centroid is far from a cluster when it is farther than this many times the cluster's radius.
const FAR: f64 = 2.5;

/// Every how many rows one counts for the radius of its cluster.
const SAMPLED: usize = 61;

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

/// What a move of the centroids does to the bounds of the rows of one cluster.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// How far the cluster's own centroid moved.
    own: f32,
    /// How far any other moved, those that are far left out.
    others: f32,
    /// The smallest distance of the own centroid to one that was left out.
    far: f32,
}

impl Step {
    /// The bounds after the move.
    #[inline(always)]
    pub(super) fn apply(self, upper: f32, lower: f32) -> (f32, f32) {
        let upper = (upper + self.own) * (1.0 + ROOM);
        let by_move = lower - self.others - ROOM * lower;
        let by_distance = self.far - upper - ROOM * self.far;
        (upper, if by_move < by_distance { by_move } else { by_distance })
    }
}

/// The steps of all clusters for a move of the centroids from `before` to `after`.
///
/// `radii` are the clusters' radii; they decide how much is gained, never what is found.
pub(super) fn steps(before: &Centroids, after: &Centroids, radii: &[f64]) -> Vec<Step> {
    let k = after.k();
    let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt();
    let moves: Vec<f64> = (0..k).map(|c| distance(before.get(c), after.get(c))).collect();
    let mut by_move: Vec<usize> = (0..k).collect();
    by_move.sort_by(|&a, &b| moves[b].total_cmp(&moves[a]));
    let step = |c: usize| {
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
        let others = others.next().map_or(0.0, |other| moves[other]);
        Step { own: above(moves[c]), others: above(others), far: (far as f32).next_down().next_down() }
    };
    (0..k).map(step).collect()
}

fn above(x: f64) -> f32 {
    if x == 0.0 { 0.0 } else { (x as f32).next_up().next_up() }
}

/// The root of the mean square of the upper bounds in every cluster, over a fixed sample of the rows.
pub(super) fn radii(labels: &[u32], bounds: &Bounds, k: usize) -> Vec<f64> {
    let (mut squares, mut counts) = (vec![0.0; k], vec![0_u32; k]);
    for (&label, &upper) in labels.iter().zip(&bounds.upper).step_by(SAMPLED) {
        squares[label as usize] += f64::from(upper).powi(2);
        counts[label as usize] += 1;
    }
    squares.iter().zip(counts).map(|(sum, n)| (sum / f64::from(n.max(1))).sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_never_promise_more_than_the_centroids_kept() {
        let before = Centroids::new(vec![0.0, 1.0, 100.0, 3.0], 1).unwrap();
        let after = Centroids::new(vec![0.1, 1.3, 150.0, 2.5], 1).unwrap();
        let row = 0.4_f64;
        let (upper, lower) = steps(&before, &after, &[0.2, 0.2, 1.0, 0.2])[0].apply(0.4, 0.6);
        assert!(f64::from(upper) >= row - 0.1);
        assert!(f64::from(lower) <= 1.3 - row && lower > 0.0, "{lower}: the jump of the far centroid does not count");
    }

    #[test]
    fn a_near_centroid_that_moves_most_counts() {
        let before = Centroids::new(vec![0.0, 1.0], 1).unwrap();
        let after = Centroids::new(vec![0.0, 0.5], 1).unwrap();
        let (_, lower) = steps(&before, &after, &[1.0, 1.0])[0].apply(0.2, 0.8);
        assert!((lower - 0.3).abs() < 1e-5);
    }
}
