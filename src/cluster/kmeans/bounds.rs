//! For how long a row stays with its centroid.
//!
//! A row knows an upper bound of the distance to its centroid and a lower bound of the distance to every other (Hamerly
//! 2010). When centroids move, the first grows by how far its own moved and the second shrinks by how far any other
//! moved; while upper < lower the label is unchanged and the row is not read. Both are kept as what they were when the
//! row was last read, on a clock that every cluster has: how far its centroid, and the fastest of the others, have come
//! since. A pass in which a row stays then writes nothing.
//!
//! One centroid that chases outliers would run down the clocks of everybody, so those that move most are taken out of
//! the clock of a cluster from which they are too far away to matter: at distance D of the row's own centroid they are
//! at least D − upper from the row (as in Hamerly's test by half the distance), whatever happened before.

use super::Centroids;
use super::nearest::squared_distance;
use crate::matrix::simd::Simd;

/// A centroid is far from a cluster when it is farther than this many times the cluster's radius.
const FAR: f64 = 2.5;

/// Rows in a row that are sampled, and of how many such runs one is.
const SAMPLED: (usize, usize) = (64, 61);

/// Relative room for the roundings of a bound.
const ROOM: f32 = 4e-7;

/// The bounds of the rows of a matrix.
pub(super) struct Bounds {
    /// The row stays while the clock of its cluster is below: lower − upper, and the clock when they were taken.
    pub(super) until: Vec<f32>,
    /// At least the distance of every row to its centroid, less the way of the centroid until then.
    pub(super) upper: Vec<f32>,
}

impl Bounds {
    /// Nothing is known of `n` rows.
    pub(super) fn unknown(n: usize) -> Self {
        Bounds { until: vec![0.0; n], upper: vec![0.0; n] }
    }
}

/// How far the centroids have moved since all rows were read; per cluster, tables padded to a multiple of 16 clusters, as
/// [`Simd::lookup`] wants them.
pub(super) struct CentroidDrift {
    /// The way of the cluster's own centroid.
    own: Vec<f64>,
    /// That, and the ways of the fastest other that is not far.
    clock: Vec<f64>,
    /// The centroids that are far: cluster × centroid.
    is_far: Vec<bool>,
    tables: Tables,
}

/// A drift, rounded to the safe side.
struct Tables {
    own_below: Vec<f32>,
    clock_below: Vec<f32>,
    clock_above: Vec<f32>,
    /// What a row's [`Bounds::upper`] must be below, so that no far centroid is nearer.
    upper_limit: Vec<f32>,
}

impl CentroidDrift {
    /// All of the rows are being read.
    pub(super) fn none(k: usize) -> Self {
        let zero = vec![0.0; k.next_multiple_of(16)];
        let tables = Tables {
            own_below: zero.clone(),
            clock_below: zero.clone(),
            clock_above: zero,
            upper_limit: vec![f32::INFINITY; k.next_multiple_of(16)],
        };
        CentroidDrift { own: vec![0.0; k], clock: vec![0.0; k], is_far: vec![false; k * k], tables }
    }

    /// The drift after the centroids moved on from `before` to `after`; `None` when a centroid that was far from a cluster
    /// came near, so that rows have to be read.
    ///
    /// `radii` are the clusters' radii; they decide how much is gained, never what is found.
    pub(super) fn advance(mut self, before: &Centroids, after: &Centroids, radii: &[f64]) -> Option<Self> {
        let k = after.k();
        let distance = |a: &[f64], b: &[f64]| squared_distance(a, b).sqrt();
        let moves: Vec<f64> = (0..k).map(|c| distance(before.get(c), after.get(c))).collect();
        let mut by_move: Vec<usize> = (0..k).collect();
        by_move.sort_by(|&a, &b| moves[b].total_cmp(&moves[a]));
        for c in 0..k {
            let reach = FAR * (radii[c] + moves[c]);
            let to = |other: usize| distance(after.get(c), after.get(other));
            // Leave out whoever moves most, as long as it is far.
            let mut others = by_move.iter().copied().filter(|&other| other != c);
            let mut fastest = None;
            for other in others.by_ref() {
                let is_far = &mut self.is_far[c * k + other];
                if !*is_far && to(other) < reach {
                    fastest = Some(other);
                    break;
                }
                *is_far = true;
            }
            let far: Vec<f64> = (0..k).filter(|&other| self.is_far[c * k + other]).map(to).collect();
            let nearest_far = far.into_iter().fold(f64::INFINITY, f64::min);
            if nearest_far < reach {
                return None;
            }
            self.own[c] += moves[c];
            self.clock[c] += moves[c] + fastest.map_or(0.0, |other| moves[other]);
            let Tables { own_below, clock_below, clock_above, upper_limit } = &mut self.tables;
            (own_below[c], clock_below[c], clock_above[c]) =
                (below(self.own[c]), below(self.clock[c]), above(self.clock[c]));
            upper_limit[c] = below(nearest_far / 2.0 - self.own[c]);
        }
        Some(self)
    }

    /// Which rows of the clusters `label` stay where they are.
    #[inline(always)]
    pub(super) fn holds<S: Simd>(&self, simd: S, label: S::U32, until: S::F32, upper: S::F32) -> u64 {
        let in_time = simd.less(simd.lookup(&self.tables.clock_above, label), until);
        let far_enough = simd.less(upper, simd.lookup(&self.tables.upper_limit, label));
        u64::from(simd.bits(in_time) & simd.bits(far_enough))
    }

    /// [`Bounds::until`] and [`Bounds::upper`] of rows that were just read.
    #[inline(always)]
    pub(super) fn fresh_bounds<S: Simd>(
        &self,
        simd: S,
        label: S::U32,
        upper: S::F32,
        lower: S::F32,
    ) -> (S::F32, S::F32) {
        let (own, clock) = (simd.lookup(&self.tables.own_below, label), simd.lookup(&self.tables.clock_below, label));
        CentroidDrift::fresh_bounds_at(simd, own, clock, upper, lower)
    }

    /// [`fresh_bounds`](CentroidDrift::fresh_bounds) at given ways, zero when all rows are being read.
    #[inline(always)]
    pub(super) fn fresh_bounds_at<S: Simd>(
        simd: S,
        own: S::F32,
        clock: S::F32,
        upper: S::F32,
        lower: S::F32,
    ) -> (S::F32, S::F32) {
        let (grown, shrunk) = (simd.splat(1.0 + ROOM), simd.splat(1.0 - ROOM));
        let slack = simd.sub(simd.mul(lower, shrunk), simd.mul(upper, grown));
        let until = simd.add(slack, simd.mul(clock, shrunk));
        (until, simd.sub(simd.mul(upper, grown), simd.mul(own, shrunk)))
    }

    /// The share of the rows that will have to be read, over a fixed sample.
    pub(super) fn failing_share(&self, labels: &[u32], bounds: &Bounds) -> f64 {
        let (mut n, mut failing) = (0, 0);
        let Tables { clock_above, upper_limit, .. } = &self.tables;
        for (i, &label) in sampled(labels) {
            let c = label as usize;
            n += 1;
            failing += i32::from(clock_above[c] >= bounds.until[i] || bounds.upper[i] >= upper_limit[c]);
        }
        f64::from(failing) / f64::from(n)
    }

    /// The root of the mean square of the upper bounds in every cluster, over a fixed sample of the rows.
    pub(super) fn radii(&self, labels: &[u32], bounds: &Bounds) -> Vec<f64> {
        let k = self.own.len();
        let (mut squares, mut counts) = (vec![0.0; k], vec![0_u32; k]);
        for (i, &label) in sampled(labels) {
            let c = label as usize;
            squares[c] += (f64::from(bounds.upper[i]) + self.own[c]).powi(2);
            counts[c] += 1;
        }
        squares.iter().zip(counts).map(|(sum, n)| (sum / f64::from(n.max(1))).sqrt()).collect()
    }
}

fn above(x: f64) -> f32 {
    if x == 0.0 { 0.0 } else { (x as f32).next_up().next_up() }
}

fn below(x: f64) -> f32 {
    if x == 0.0 { 0.0 } else { (x as f32).next_down().next_down() }
}

/// A fixed sample of the rows, in runs: neighbours in memory come at the price of one.
fn sampled(labels: &[u32]) -> impl Iterator<Item = (usize, &u32)> {
    let (length, every) = SAMPLED;
    let runs = labels.chunks(length).enumerate().step_by(every);
    runs.flat_map(move |(run, labels)| (run * length..).zip(labels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::simd::Scalar;

    fn of(values: &[f64]) -> Centroids {
        Centroids::new(values.to_vec(), 1).unwrap()
    }

    /// The bounds of a row of cluster 0 that was read before the first of the moves.
    fn stays(moves: &[&[f64]], radii: &[f64], upper: f32, lower: f32) -> bool {
        let mut drift = CentroidDrift::none(radii.len());
        let (until, upper) = drift.fresh_bounds(Scalar, [0; 8], [upper; 8], [lower; 8]);
        for pair in moves.windows(2) {
            match drift.advance(&of(pair[0]), &of(pair[1]), radii) {
                Some(next) => drift = next,
                None => return false,
            }
        }
        drift.holds(Scalar, [0; 8], until, upper) == 0xff
    }

    #[test]
    fn a_row_stays_while_its_centroids_move_less_than_its_slack() {
        assert!(stays(&[&[0.0, 1.0], &[0.05, 0.95], &[0.1, 0.9]], &[0.6, 0.6], 0.35, 0.65));
        assert!(!stays(&[&[0.0, 1.0], &[0.05, 0.95], &[0.1, 0.79]], &[0.6, 0.6], 0.35, 0.65));
        assert!(!stays(&[&[0.0, 1.0], &[0.1, 0.9], &[0.0, 1.0]], &[0.6, 0.6], 0.4, 0.6), "a way back is a way too");
    }

    #[test]
    fn the_jump_of_a_far_centroid_does_not_count_until_it_comes_near() {
        assert!(stays(&[&[0.0, 1.0, 100.0], &[0.05, 1.0, 50.0], &[0.05, 1.0, 9.0]], &[0.2, 0.2, 1.0], 0.4, 0.6));
        assert!(!stays(&[&[0.0, 1.0, 100.0], &[0.05, 1.0, 50.0], &[0.05, 1.0, 0.4]], &[0.2, 0.2, 1.0], 0.4, 0.6));
        // Far from the cluster, but not from a row at its rim.
        let moves: [&[f64]; 3] = [&[0.0, 1.0, 100.0], &[0.05, 1.0, 50.0], &[0.05, 1.0, 1.5]];
        assert!(stays(&moves, &[0.5, 0.1, 1.0], 0.6, 0.9));
        assert!(!stays(&moves, &[0.5, 0.1, 1.0], 0.8, 0.9));
    }

    #[test]
    fn one_centroid_has_no_rival() {
        assert!(stays(&[&[0.0], &[5.0]], &[1.0], 0.2, f32::INFINITY));
    }

    #[test]
    fn bounds_taken_late_promise_no_more_than_bounds_taken_early() {
        let drift = CentroidDrift::none(2).advance(&of(&[0.0, 1.0]), &of(&[0.3, 1.4]), &[0.5, 0.5]).unwrap();
        let (until, upper) = drift.fresh_bounds(Scalar, [0; 8], [0.4; 8], [0.6; 8]);
        assert!(f64::from(until[0]) <= 0.7 + 0.2 && until[0] > 0.899);
        assert!(f64::from(upper[0]) >= 0.1 && upper[0] < 0.1001);
    }
}
