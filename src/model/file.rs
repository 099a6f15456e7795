//! The fitted pipeline as a file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::format::{self, Contents};
use super::{ClusterName, DensityOff, FittedClustering, FittedPipeline, ModelError};
use crate::Language;
use crate::cluster::ClusterModel;
use crate::cluster::dbscan::DbscanModel;
use crate::cluster::kmeans::KMeansModel;
use crate::config::{Algorithm, Duplicates};
use crate::load::Reading;
use crate::normalize::Normalizer;

/// All but the core rows, as JSON. Fields that a later minor version adds are passed over.
#[derive(Serialize, Deserialize)]
struct Header {
    written_by: String,
    id_column: Option<String>,
    tier_column: Option<String>,
    duplicates: Duplicates,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    readings: BTreeMap<String, Reading>,
    language: Language,
    primary: Algorithm,
    normalizer: Normalizer,
    kmeans: KMeansModel,
    kmeans_names: Vec<ClusterName>,
    dbscan: DbscanHeader,
    dbscan_names: Vec<ClusterName>,
    /// Since format 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<OtherClustering>,
}

/// A clustering whose model is a few numbers.
#[derive(Serialize, Deserialize)]
struct OtherClustering {
    model: ClusterModel,
    names: Vec<ClusterName>,
}

impl OtherClustering {
    fn of(fitted: &FittedClustering) -> Option<Self> {
        match &fitted.model {
            Err(_) | Ok(ClusterModel::KMeans(_) | ClusterModel::Dbscan(_)) => None,
            Ok(model) => Some(OtherClustering { model: model.clone(), names: fitted.names.clone() }),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DbscanHeader {
    On { eps: f64, min_samples: usize },
    Off(DensityOff),
}

impl FittedPipeline {
    /// Writes the pipeline to `path`, whole and durable or not at all. Equal pipelines give equal bytes.
    ///
    /// # Errors
    /// When the file cannot be written.
    ///
    /// # Panics
    /// When the parts do not fit together (names missing, features of different number): such a pipeline was put
    /// together wrongly.
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        if let Some(contradiction) = self.contradiction() {
            panic!("a fitted pipeline fits together: {contradiction}");
        }
        let (dbscan, core_rows, core_clusters) = match self.dbscan() {
            Err(off) => (DbscanHeader::Off(off), Vec::new(), Vec::new()),
            Ok(model) => {
                let params = model.params();
                let header = DbscanHeader::On { eps: params.eps(), min_samples: params.min_samples() };
                (header, model.core_rows(), model.core_clusters())
            }
        };
        let header = Header {
            written_by: format!("segmint {}", env!("CARGO_PKG_VERSION")),
            id_column: self.id_column.clone(),
            tier_column: self.tier_column.clone(),
            duplicates: self.duplicates,
            readings: self.readings.clone(),
            language: self.language,
            primary: self.primary,
            normalizer: self.normalizer.clone(),
            kmeans: self.kmeans().clone(),
            kmeans_names: self.names(Algorithm::KMeans).to_vec(),
            dbscan,
            dbscan_names: self.names(Algorithm::Dbscan).to_vec(),
            others: self.clusterings.iter().filter_map(OtherClustering::of).collect(),
        };
        let header = serde_json::to_vec(&header).expect("plain values are JSON");
        let n_features = self.normalizer.n_matrix_columns();
        format::write(path, &Contents { header, core_rows, n_features, core_clusters })
    }

    /// Reads a pipeline that [`FittedPipeline::save`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read, is another kind of file, was written in a newer format, or is damaged.
    pub fn load(path: &Path) -> Result<FittedPipeline, ModelError> {
        let contents = format::read(path)?;
        let damaged = |detail: String| ModelError::Damaged { path: path.to_owned(), detail };
        let header: Header =
            serde_json::from_slice(&contents.header).map_err(|error| damaged(format!("its header: {error}")))?;
        let Contents { core_rows, n_features, core_clusters, .. } = contents;
        let n_needed = header.normalizer.n_matrix_columns();
        if matches!(header.dbscan, DbscanHeader::On { .. }) && n_features != n_needed {
            return Err(damaged(format!("core rows of {n_features} features for {n_needed}")));
        }
        let dbscan = match header.dbscan {
            DbscanHeader::Off(off) => Err(off),
            DbscanHeader::On { eps, min_samples } => {
                let model = DbscanModel::from_parts(eps, min_samples, core_rows, &core_clusters, n_features);
                Ok(ClusterModel::Dbscan(model.map_err(|error| damaged(error.to_string()))?))
            }
        };
        let fitted = |algorithm, model, names| FittedClustering { algorithm, model, names };
        let kmeans = Ok(ClusterModel::KMeans(header.kmeans));
        let mut clusterings = vec![fitted(Algorithm::KMeans, kmeans, header.kmeans_names)];
        if !matches!(dbscan, Err(DensityOff::Disabled)) {
            clusterings.push(fitted(Algorithm::Dbscan, dbscan, header.dbscan_names));
        }
        let others = header.others.into_iter();
        clusterings.extend(others.map(|other| fitted(other.model.algorithm(), Ok(other.model), other.names)));
        let pipeline = FittedPipeline {
            id_column: header.id_column,
            tier_column: header.tier_column,
            duplicates: header.duplicates,
            readings: header.readings,
            language: header.language,
            normalizer: header.normalizer,
            clusterings,
            primary: header.primary,
        };
        match pipeline.contradiction() {
            Some(contradiction) => Err(damaged(contradiction)),
            None => Ok(pipeline),
        }
    }
}
