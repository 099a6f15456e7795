use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DensityOff, MAX_CORE_BYTES, ModelError, SegmentName};
use crate::cluster::ClusterModel;
use crate::cluster::dbscan::DbscanModel;
use crate::cluster::kmeans::KMeansModel;
use crate::config::{Algorithm, Duplicates};
use crate::load::{Kind, Reading, Source};
use crate::nearest::nearest;
use crate::normalize::{FeatureNormalizer, Normalizer};
use crate::{Language, Text};

/// Everything a run has learned: from a row in original units to its clusters and its segment.
#[derive(Debug, Clone)]
pub struct FittedPipeline {
    /// The id column; `None` = row numbers.
    pub id_column: Option<String>,
    /// The tier people gave; `None` when there is none.
    pub tier_column: Option<String>,
    /// Which row an id means that occurs twice.
    pub duplicates: Duplicates,
    /// How columns are read that are not read as they are, by name.
    pub readings: BTreeMap<String, Reading>,
    /// The language of segment names in tables.
    pub language: Language,
    /// Columns → matrix; its features are the columns that are read.
    pub normalizer: Normalizer,
    /// The clusterings, k-means first.
    pub clusterings: Vec<FittedClustering>,
    /// Which clustering's clusters are the segments.
    pub primary: Algorithm,
}

/// A clustering as far as it places further rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FittedClustering {
    /// What found it.
    pub algorithm: Algorithm,
    /// What it has learned, or why that is not kept.
    pub model: Result<ClusterModel, DensityOff>,
    /// The names of its clusters, in order.
    pub names: Vec<ClusterName>,
}

/// What a cluster is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterName {
    /// `S01` …; `None` outside the primary clustering.
    pub segment_id: Option<String>,
    /// Its name.
    pub name: Text,
    /// The matched archetype as `catalog/id`; `None` when none matches.
    pub archetype: Option<String>,
}

impl FittedClustering {
    /// What is kept of a clustering whose clusters are called `names`. Components of a mixture that no customer of the fit is
    /// in have no name yet and are called so.
    pub fn of(model: &ClusterModel, mut names: Vec<ClusterName>) -> Self {
        let nobody =
            || ClusterName {
                segment_id: None, name: Text::new("nobody of the fit", "建模时无客户"), archetype: None
            };
        names.resize_with(names.len().max(model.n_clusters()), nobody);
        let kept = match model {
            ClusterModel::Dbscan(dbscan) => match dbscan.n_core() as u64 * dbscan.n_features() as u64 * 4 {
                core_bytes if core_bytes > MAX_CORE_BYTES => Err(DensityOff::TooLarge { core_bytes }),
                _ => Ok(model.clone()),
            },
            _ => Ok(model.clone()),
        };
        FittedClustering { algorithm: model.algorithm(), model: kept, names }
    }
}

impl FittedPipeline {
    /// Whether `source` has the columns that are read, in a type that can be.
    pub(super) fn check_columns(&self, source: &Source) -> Result<(), ModelError> {
        let source_name = source.name();
        for name in self.id_column.as_deref().into_iter().chain(self.feature_names()) {
            source.refuse_unshared(name)?;
        }
        let missing = |column: &str, role: &'static str| {
            let nearest = nearest(column, source.columns().iter().map(|column| &column.name));
            ModelError::MissingColumn { column: column.to_owned(), source_name: source_name.clone(), role, nearest }
        };
        if let Some(id) = self.id_column.as_deref().filter(|id| source.position(id).is_none()) {
            return Err(missing(id, "the id"));
        }
        let n_features = self.normalizer.features().len();
        for (f, name) in self.feature_names().into_iter().enumerate() {
            let position = source.position(name).ok_or_else(|| missing(name, "a feature"))?;
            let column = &source.columns()[position];
            if f >= n_features && matches!(column.kind, Kind::Bytes | Kind::Other) && !column.is_readable() {
                let (column, found) = (name.to_owned(), column.type_name());
                return Err(ModelError::NoCategory { column, source_name, found });
            }
            if f < n_features && !column.is_readable() {
                let (column, found) = (name.to_owned(), column.type_name());
                return Err(ModelError::WrongType { column, source_name, found });
            }
        }
        Ok(())
    }

    /// The names of the columns that are read as features: the numeric ones, then the categories.
    pub fn feature_names(&self) -> Vec<&str> {
        self.normalizer.names()
    }

    /// The clustering of `algorithm`, when there was one.
    pub fn clustering(&self, algorithm: Algorithm) -> Option<&FittedClustering> {
        self.clusterings.iter().find(|clustering| clustering.algorithm == algorithm)
    }

    /// The names of the clusters of `algorithm`; none where it did not run.
    pub fn names(&self, algorithm: Algorithm) -> &[ClusterName] {
        self.clustering(algorithm).map_or(&[], |clustering| &clustering.names)
    }

    /// The centroids.
    pub fn kmeans(&self) -> &KMeansModel {
        let found = self.models().find_map(|model| match model {
            ClusterModel::KMeans(kmeans) => Some(kmeans),
            _ => None,
        });
        found.expect("every pipeline has centroids")
    }

    /// The core rows.
    ///
    /// # Errors
    /// Why there are none.
    pub fn dbscan(&self) -> Result<&DbscanModel, DensityOff> {
        match self.clustering(Algorithm::Dbscan).map(|dbscan| &dbscan.model) {
            Some(Ok(ClusterModel::Dbscan(dbscan))) => Ok(dbscan),
            Some(Err(off)) => Err(*off),
            _ => Err(DensityOff::Disabled),
        }
    }

    fn models(&self) -> impl Iterator<Item = &ClusterModel> {
        self.clusterings.iter().filter_map(|clustering| clustering.model.as_ref().ok())
    }

    /// The segments as tables name them: the clusters of the primary clustering, in order.
    pub fn segment_names(&self) -> Vec<SegmentName> {
        let segment = |name: &ClusterName| SegmentName {
            segment_id: name.segment_id.clone().unwrap_or_default(),
            segment: name.name.get(self.language).to_owned(),
            archetype: name.archetype.clone(),
        };
        self.names(self.primary).iter().map(segment).collect()
    }

    /// What does not fit together, so that no later step can be surprised.
    pub(super) fn contradiction(&self) -> Option<String> {
        let n_features = self.normalizer.n_matrix_columns();
        let differs = |what: &str, n: usize, m: usize| (n != m).then(|| format!("{n} {what} for {m}"));
        let backwards = |feature: &&FeatureNormalizer| feature.clip().is_some_and(|(low, high)| low > high);
        let clipped = self.normalizer.features().iter().find(backwards);
        let unnamed = |name: &ClusterName| name.segment_id.is_none();
        let of_clustering = |clustering: &FittedClustering| {
            let (name, model) = (clustering.algorithm.name(), clustering.model.as_ref().ok()?);
            differs(&format!("features of {name}"), model.n_features(), n_features)
                .or_else(|| differs(&format!("names of {name}"), clustering.names.len(), model.n_clusters()))
        };
        differs("cluster sizes", self.kmeans().sizes.len(), self.kmeans().k())
            .or_else(|| self.clusterings.iter().find_map(of_clustering))
            .or_else(|| clipped.map(|feature| format!("clip bounds of {:?} in the wrong order", feature.name())))
            .or_else(|| {
                let nameless = self.names(self.primary).iter().position(unnamed);
                nameless.map(|cluster| format!("cluster {cluster} is a segment without an id"))
            })
    }
}
