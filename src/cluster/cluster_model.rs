//! What places rows in clusters, whatever algorithm learned it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::dbscan::DbscanModel;
use super::gmm::GmmModel;
use super::kmeans::{KMeansModel, RunnersUp};
use super::membership::{Membership, memberships};
use crate::config::Algorithm;
use crate::matrix::{RowMap, TiledMatrix};
use crate::metrics::{ClusterId, Partition};
use crate::monitor::{Monitor, Stopped};

/// What a clustering has learned: enough to place any row.
///
/// The model file has places of its own for centroids and core rows; every other model is in it as serde writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClusterModel {
    /// Centroids.
    #[serde(skip)]
    KMeans(KMeansModel),
    /// Core rows.
    #[serde(skip)]
    Dbscan(DbscanModel),
    /// Gaussians.
    Gmm(GmmModel),
}

/// Rows with their clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Assigned {
    /// The cluster of every row.
    pub partition: Partition,
    /// What the model says of every row beside that.
    pub facts: RowFacts,
}

/// What an algorithm says of rows beside their cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum RowFacts {
    /// k-means: who came second, and by how much; `None` when there is one cluster only.
    RunnersUp(Option<RunnersUp>),
    /// DBSCAN: which rows are core; `None` for rows that were not part of the fit.
    Core(Option<Vec<bool>>),
    /// A mixture, or another model with probabilities: that of the likeliest cluster.
    Probability(Vec<f32>),
}

/// [`RowFacts`] of consecutive rows of the table, where rows that were dropped have none.
#[derive(Debug, Clone, PartialEq)]
pub enum TableFacts {
    /// k-means.
    RunnersUp {
        /// (d₂ − d₁) / (d₂ + d₁).
        margins: Vec<Option<f32>>,
        /// The second nearest cluster.
        clusters: Vec<Option<ClusterId>>,
    },
    /// DBSCAN.
    Core(Vec<Option<bool>>),
    /// A model with probabilities.
    Probability(Vec<Option<f32>>),
}

impl ClusterModel {
    /// What learned it.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            ClusterModel::KMeans(_) => Algorithm::KMeans,
            ClusterModel::Dbscan(_) => Algorithm::Dbscan,
            ClusterModel::Gmm(_) => Algorithm::Gmm,
        }
    }

    /// Clusters.
    pub fn n_clusters(&self) -> usize {
        match self {
            ClusterModel::KMeans(model) => model.k(),
            ClusterModel::Dbscan(model) => model.n_clusters(),
            ClusterModel::Gmm(model) => model.k(),
        }
    }

    /// Columns of the matrix it was fitted on.
    pub fn n_features(&self) -> usize {
        match self {
            ClusterModel::KMeans(model) => model.centroids.n_features(),
            ClusterModel::Dbscan(model) => model.n_features(),
            ClusterModel::Gmm(model) => model.n_features(),
        }
    }

    /// Places the rows of `matrix`; those of the fit get the labels of the fit.
    ///
    /// Time O(n·k·d) with centroids, O(n·k·d²) with Gaussians, with core rows a search for each row; in parallel over tiles.
    ///
    /// # Errors
    /// When `monitor` ends the work.
    ///
    /// # Panics
    /// When the matrix has another number of columns than the model.
    pub fn assign(&self, matrix: &TiledMatrix, monitor: &Monitor) -> Result<Assigned, Stopped> {
        match self {
            ClusterModel::KMeans(model) => {
                let assigned = model.assign(matrix);
                Ok(Assigned { partition: assigned.partition, facts: RowFacts::RunnersUp(assigned.runners_up) })
            }
            ClusterModel::Dbscan(model) => {
                Ok(Assigned { partition: model.score_matrix(matrix, monitor)?, facts: RowFacts::Core(None) })
            }
            ClusterModel::Gmm(model) => {
                Ok(Assigned::likeliest(&memberships(matrix, |row| model.membership(row), monitor)?, model.k()))
            }
        }
    }

    /// The likeliest cluster of a row of normalized values, of models that have probabilities.
    ///
    /// # Panics
    /// When the row has another number of features than the model.
    pub fn membership(&self, row: &[f64]) -> Option<Membership> {
        match self {
            ClusterModel::Gmm(model) => Some(model.membership(row)),
            ClusterModel::KMeans(_) | ClusterModel::Dbscan(_) => None,
        }
    }
}

impl Assigned {
    /// Every row in its likeliest of `k` clusters.
    fn likeliest(memberships: &[Membership], k: usize) -> Assigned {
        Assigned {
            partition: Partition::new(memberships.iter().map(|membership| Some(membership.cluster)).collect(), k),
            facts: RowFacts::Probability(memberships.iter().map(|membership| membership.probability as f32).collect()),
        }
    }
}

impl RowFacts {
    /// Those of the table rows `range`; `rows` says which rows of the table are in the matrix.
    pub fn in_table(&self, rows: &RowMap, range: Range<usize>) -> TableFacts {
        match self {
            RowFacts::RunnersUp(Some(second)) => TableFacts::RunnersUp {
                margins: rows.scatter_range(&second.margins, range.clone()),
                clusters: rows.scatter_range(&second.clusters, range),
            },
            RowFacts::RunnersUp(None) => {
                TableFacts::RunnersUp { margins: vec![None; range.len()], clusters: vec![None; range.len()] }
            }
            RowFacts::Core(Some(core)) => TableFacts::Core(rows.scatter_range(core, range)),
            RowFacts::Core(None) => TableFacts::Core(vec![None; range.len()]),
            RowFacts::Probability(probability) => TableFacts::Probability(rows.scatter_range(probability, range)),
        }
    }
}
