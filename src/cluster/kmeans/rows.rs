//! The rows of a fit, and who goes over them: this process, or whoever has them in shards.

use super::assigning::Assigning;
use super::distances::{farther, farthest, inertia, inertia_of_tiles};
use super::pass::Tie;
use super::shard::{ShardAnswer, ShardFound, ShardTask, unasked};
use super::share::Share;
use super::weights::Weighing;
use super::{Centroids, FeatureStats, RowWeights};
use crate::cluster::ClusterError;
use crate::matrix::TiledMatrix;

/// The rows that are clustered.
pub(in crate::cluster) struct Rows<'a> {
    pub(in crate::cluster) matrix: &'a TiledMatrix,
    pub(super) stats: FeatureStats,
    /// How often each counts; `None` = once.
    pub(super) weights: Option<&'a RowWeights>,
    /// The share in the passes of those who have them in shards; `None` = this process goes over them.
    pub(super) share: Option<&'a Share<'a>>,
}

impl<'a> Rows<'a> {
    /// Those of `matrix`.
    pub(in crate::cluster) fn of(matrix: &'a TiledMatrix) -> Self {
        Rows { matrix, stats: FeatureStats::of(matrix), weights: None, share: None }
    }

    /// The same rows for a fit with this `share` in the passes of those who have them in shards.
    pub(super) fn shared<'b>(&self, share: &'b Share<'b>) -> Rows<'b>
    where
        'a: 'b,
    {
        Rows { matrix: self.matrix, stats: self.stats.clone(), weights: None, share: Some(share) }
    }

    /// Those of `matrix`, each as often as it counts.
    pub(super) fn weighted(matrix: &'a TiledMatrix, weights: Option<&'a RowWeights>) -> Self {
        Rows { weights, ..Rows::of(matrix) }
    }

    /// Passes over them with `k` centroids.
    pub(super) fn passes(&self, k: usize) -> Passes<'_> {
        match self.share {
            Some(share) => Passes::InShards(self, share),
            None => Passes::Here {
                rows: self,
                assigning: Box::new(Assigning::begin(self.matrix, k)),
                weighing: self.weights.map(|weights| Weighing::begin(weights, k, self.matrix.n_features())),
            },
        }
    }
}

/// One pass after the other.
pub(super) enum Passes<'a> {
    /// In this process.
    Here {
        rows: &'a Rows<'a>,
        assigning: Box<Assigning>,
        /// What rows that have weights add up to; others are summed where they are assigned.
        weighing: Option<Weighing<'a>>,
    },
    /// By those who have the rows.
    InShards(&'a Rows<'a>, &'a Share<'a>),
}

/// Where the rows are in the end.
pub(super) struct Ended {
    /// The nearest centroid of every row, the lowest among equals.
    pub(super) labels: Vec<u32>,
    /// The rows that have several, ascending.
    pub(super) ties: Vec<Tie>,
    pub(super) inertia: f64,
}

impl Passes<'_> {
    /// Takes every row to its nearest centroid, and gives the means of the clusters; `None` for one without rows.
    pub(super) fn means(&mut self, centroids: &Centroids) -> Result<Vec<Option<Vec<f64>>>, ClusterError> {
        let k = centroids.k();
        match self {
            Passes::Here { rows, assigning, weighing } => {
                assigning.pass(rows.matrix, &rows.stats, centroids, false);
                let Some(weighing) = weighing else {
                    return Ok((0..k).map(|c| assigning.sums().mean_if_any(c, &rows.stats)).collect());
                };
                let labels = assigning.labels(rows.matrix.n_customers());
                let sums = weighing.pass(rows.matrix, &rows.stats, labels);
                Ok((0..k).map(|c| sums.mean_if_any(c, &rows.stats)).collect())
            }
            Passes::InShards(rows, share) => {
                let sums = share.sums(centroids)?;
                Ok((0..k).map(|c| sums.mean_if_any(c, &rows.stats)).collect())
            }
        }
    }

    /// The `m` rows farthest from their centroid after a pass with `centroids`: by distance descending, then row ascending.
    pub(super) fn farthest(&mut self, centroids: &Centroids, m: usize) -> Result<Vec<usize>, ClusterError> {
        let found = match self {
            Passes::Here { rows, assigning, .. } => {
                farthest(rows.matrix, centroids, assigning.labels(rows.matrix.n_customers()), m)
            }
            Passes::InShards(_, share) => {
                let mut found = Vec::new();
                for answer in share.ask(ShardTask::Farthest { centroids: centroids.clone(), m })? {
                    let ShardFound::Farthest(rows) = answer.found else { return Err(unasked()) };
                    found.extend(rows);
                }
                found.sort_unstable_by(farther);
                found.truncate(m);
                found
            }
        };
        Ok(found.into_iter().map(|(_, row)| row).collect())
    }

    /// Σ of the squared distances of all rows to the nearest of `centroids`.
    pub(super) fn inertia(self, centroids: &Centroids) -> Result<f64, ClusterError> {
        let Passes::InShards(rows, share) = self else { return Ok(self.end(centroids)?.inertia) };
        let answers = share.ask(ShardTask::Inertia { centroids: centroids.clone() })?;
        let tiles: Vec<f64> = answers.into_iter().flat_map(|answer| answer.per_tile).collect();
        if tiles.len() == rows.matrix.n_tiles() { Ok(inertia_of_tiles(&tiles)) } else { Err(unasked()) }
    }

    /// Takes every row to its nearest centroid for the last time.
    pub(super) fn end(self, centroids: &Centroids) -> Result<Ended, ClusterError> {
        match self {
            Passes::Here { rows, mut assigning, .. } => {
                let ties = assigning.pass(rows.matrix, &rows.stats, centroids, true);
                let labels = assigning.into_labels(rows.matrix.n_customers());
                let inertia = match rows.weights {
                    None => inertia(rows.matrix, centroids, &labels),
                    Some(weights) => weights.inertia(rows.matrix, centroids, &labels),
                };
                Ok(Ended { labels, ties, inertia })
            }
            Passes::InShards(rows, share) => {
                let (mut labels, mut ties, mut tiles) = (Vec::new(), Vec::new(), Vec::new());
                for answer in share.ask(ShardTask::End { centroids: centroids.clone() })? {
                    let ShardAnswer { found: ShardFound::Ties(tied), per_tile, labels: of_shard } = answer else {
                        return Err(unasked());
                    };
                    ties.extend(tied);
                    tiles.extend(per_tile);
                    labels.extend(of_shard);
                }
                if (labels.len(), tiles.len()) != (rows.matrix.n_customers(), rows.matrix.n_tiles()) {
                    return Err(unasked());
                }
                Ok(Ended { labels, ties, inertia: inertia_of_tiles(&tiles) })
            }
        }
    }
}
