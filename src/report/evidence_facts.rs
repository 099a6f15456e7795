//! What a report needs of a run beyond its summary.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::summary::read;
use super::{ReportError, Summary};
use crate::cluster::choose_eps::ChosenEps;
use crate::cluster::reconcile::Reconciliation;
use crate::config::Algorithm;
use crate::load::{Audit, Fingerprint};
use crate::normalize::FeatureChoice;
use crate::registry::{Charts, Software};

/// The files of a run that figures may come from.
const SOURCES: [&str; 3] = ["run.json", "segments.json", "comparison.json"];

/// Everything a report is made of.
pub(super) struct ReportInput {
    /// What may be shown.
    pub(super) summary: Summary,
    /// More of `run.json`.
    pub(super) facts: EvidenceFacts,
    /// `charts.json`.
    pub(super) charts: Charts,
    /// The files as they are.
    pub(super) documents: BTreeMap<&'static str, Value>,
    /// The position of the primary clustering in `segments.json`.
    pub(super) primary: usize,
}

/// What `run.json` says of evidence and method.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EvidenceFacts {
    pub(super) software: Software,
    pub(super) seed: u64,
    pub(super) plan: Value,
    pub(super) origins: Map<String, Value>,
    pub(super) input: InputEvidence,
    pub(super) normalization: Vec<FeatureChoice>,
    pub(super) primary: Algorithm,
    pub(super) dbscan: Option<DbscanEvidence>,
    pub(super) reconciliation: Option<Reconciliation>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct InputEvidence {
    pub(super) fingerprint: Fingerprint,
    pub(super) audit: Audit,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DbscanEvidence {
    #[serde(flatten)]
    pub(super) chosen: ChosenEps,
}

impl ReportInput {
    pub(super) fn read(folder: &Path) -> Result<ReportInput, ReportError> {
        let summary = Summary::read(folder)?;
        let mut documents = BTreeMap::new();
        for name in SOURCES {
            documents.insert(name, read::<Value>(&folder.join(name))?);
        }
        Ok(ReportInput {
            facts: read(&folder.join("run.json"))?,
            charts: read(&folder.join("charts.json"))?,
            primary: summary.labelled.clusterings.iter().position(|clustering| clustering.primary).unwrap_or(0),
            summary,
            documents,
        })
    }

    /// The place of a cluster of the primary clustering in `segments.json`.
    pub(super) fn cluster_at(&self, position: usize, key: &str) -> String {
        format!("segments.json#/clusterings/{}/clusters/{position}/{key}", self.primary)
    }
}
