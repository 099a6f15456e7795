use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ModelError, SegmentName};
use crate::cluster::dbscan::DbscanModel;
use crate::cluster::kmeans::KMeansModel;
use crate::config::{Algorithm, Duplicates};
use crate::load::{Kind, Reading, Source};
use crate::nearest::nearest;
use crate::normalize::{FeatureNormalizer, Normalizer};
use crate::{Language, Text};

/// Core rows are stored up to this many bytes (256 MB); above, new customers get no DBSCAN cluster.
pub const MAX_CORE_BYTES: u64 = 256 << 20;

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
    /// The centroids.
    pub kmeans: KMeansModel,
    /// The core rows, or why there are none.
    pub density: Density,
    /// Which clustering's clusters are the segments.
    pub primary: Algorithm,
    /// The names of the k-means clusters, in order.
    pub kmeans_names: Vec<ClusterName>,
    /// The names of the DBSCAN clusters, in order.
    pub dbscan_names: Vec<ClusterName>,
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

/// Whether new customers can get a DBSCAN cluster.
#[derive(Debug, Clone)]
pub enum Density {
    /// They can.
    On(DbscanModel),
    /// They cannot.
    Off(DensityOff),
}

/// Why new customers get no DBSCAN cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum DensityOff {
    /// DBSCAN did not run.
    Disabled,
    /// The core rows take more than [`MAX_CORE_BYTES`].
    TooLarge {
        /// What they take.
        core_bytes: u64,
    },
}

impl Density {
    /// What is kept of a fit; `None` when DBSCAN did not run.
    pub fn of(model: Option<DbscanModel>) -> Self {
        let Some(model) = model else { return Density::Off(DensityOff::Disabled) };
        match model.n_core() as u64 * model.n_features() as u64 * 4 {
            core_bytes if core_bytes > MAX_CORE_BYTES => Density::Off(DensityOff::TooLarge { core_bytes }),
            _ => Density::On(model),
        }
    }

    /// The model, when there is one.
    pub fn model(&self) -> Option<&DbscanModel> {
        match self {
            Density::On(model) => Some(model),
            Density::Off(_) => None,
        }
    }
}

impl DensityOff {
    /// The reason in English and Chinese.
    pub(super) fn sentence(self) -> (String, String) {
        match self {
            DensityOff::Disabled => ("DBSCAN did not run".into(), "未运行 DBSCAN".into()),
            DensityOff::TooLarge { core_bytes } => {
                let (needed, kept) = (core_bytes >> 20, MAX_CORE_BYTES >> 20);
                (
                    format!("its core rows take {needed} MB, and at most {kept} MB are kept"),
                    format!("其核心点占用 {needed} MB，而模型最多保存 {kept} MB"),
                )
            }
        }
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

    /// The names of the clusters of `algorithm`.
    pub fn names(&self, algorithm: Algorithm) -> &[ClusterName] {
        match algorithm {
            Algorithm::KMeans => &self.kmeans_names,
            Algorithm::Dbscan => &self.dbscan_names,
        }
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
        let density = self.density.model();
        let backwards = |feature: &&FeatureNormalizer| feature.clip().is_some_and(|(low, high)| low > high);
        let clipped = self.normalizer.features().iter().find(backwards);
        let unnamed = |name: &ClusterName| name.segment_id.is_none();
        differs("features of centroids", self.kmeans.centroids.n_features(), n_features)
            .or_else(|| differs("cluster sizes", self.kmeans.sizes.len(), self.kmeans.k()))
            .or_else(|| differs("k-means names", self.kmeans_names.len(), self.kmeans.k()))
            .or_else(|| density.and_then(|model| differs("features of core rows", model.n_features(), n_features)))
            .or_else(|| density.and_then(|model| differs("DBSCAN names", self.dbscan_names.len(), model.n_clusters())))
            .or_else(|| clipped.map(|feature| format!("clip bounds of {:?} in the wrong order", feature.name())))
            .or_else(|| {
                let nameless = self.names(self.primary).iter().position(unnamed);
                nameless.map(|cluster| format!("cluster {cluster} is a segment without an id"))
            })
    }
}
