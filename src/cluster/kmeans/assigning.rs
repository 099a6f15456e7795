//! An assignment that goes on from pass to pass.

use super::bounds::CentroidDrift;
use super::pass::{AssignedLanes, Tie, assign};
use super::sums::Sums;
use super::{Centroids, FeatureStats};
use crate::matrix::TiledMatrix;

/// Above this share of rows whose bounds do not hold, all rows are read without asking them.
const ASK_NOBODY: f64 = 0.4;

/// Which rows are nearest to which of k centroids, and what they add up to.
///
/// What a pass finds depends on its centroids alone: what is known from passes before saves time and changes nothing.
pub(super) struct Assigning {
    assigned: AssignedLanes,
    sums: Sums,
    /// How the centroids moved since the bounds were taken; `None`: every row was read.
    drift: Option<CentroidDrift>,
    /// Those of the last pass.
    centroids: Option<Centroids>,
}

impl Assigning {
    /// The rows of `matrix`, assigned to none of `k` centroids yet.
    pub(super) fn begin(matrix: &TiledMatrix, k: usize) -> Self {
        let sums = Sums::zero(k, matrix.n_features());
        Assigning { assigned: AssignedLanes::unassigned(matrix), sums, drift: None, centroids: None }
    }

    /// How many centroids there are.
    pub(super) fn k(&self) -> usize {
        self.sums.k()
    }

    /// Takes every row of `matrix`, the same as ever, to its nearest centroid; on request gives the rows that have several.
    pub(super) fn pass(
        &mut self,
        matrix: &TiledMatrix,
        stats: &FeatureStats,
        centroids: &Centroids,
        want_ties: bool,
    ) -> Vec<Tie> {
        let before = self.centroids.replace(centroids.clone());
        let drift = before.and_then(|before| self.advanced(matrix.n_customers(), &before, centroids));
        let Assigning { assigned, sums, .. } = self;
        let ties = assign(matrix, stats, centroids, drift.as_ref(), assigned, sums, want_ties);
        self.drift = drift;
        ties
    }

    /// The drift with the way from `before` to `after`; `None` when all rows are better read.
    fn advanced(&mut self, n: usize, before: &Centroids, after: &Centroids) -> Option<CentroidDrift> {
        let AssignedLanes { labels, bounds, .. } = &self.assigned;
        let labels = &labels[..n];
        let so_far = self.drift.take().unwrap_or_else(|| CentroidDrift::none(before.k()));
        let radii = so_far.radii(labels, bounds);
        let next = so_far.advance(before, after, &radii);
        next.filter(|drift| drift.failing_share(labels, bounds) < ASK_NOBODY)
    }

    /// Frees what only passes need.
    pub(super) fn rest(&mut self) {
        self.assigned.rest();
    }

    /// What the rows of every cluster add up to.
    pub(super) fn sums(&self) -> &Sums {
        &self.sums
    }

    /// The cluster of each of the `n` rows.
    pub(super) fn labels(&self, n: usize) -> &[u32] {
        &self.assigned.labels[..n]
    }

    /// The labels of the `n` rows alone.
    pub(super) fn into_labels(self, n: usize) -> Vec<u32> {
        self.assigned.into_labels(n)
    }
}
