//! What a report is made of.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::{ReportError, Summary};
use crate::registry::{Charts, RunRecord, read_json};

/// The files of a run that figures may come from.
const SOURCES: [&str; 3] = ["run.json", "segments.json", "comparison.json"];

/// Everything a report is made of.
pub(super) struct ReportInput {
    /// What may be shown.
    pub(super) summary: Summary,
    /// `run.json`.
    pub(super) facts: RunRecord,
    /// The plan in it, by key.
    pub(super) plan: Value,
    /// `charts.json`.
    pub(super) charts: Charts,
    /// The files as they are.
    pub(super) documents: BTreeMap<&'static str, Value>,
    /// The position of the primary clustering in `segments.json`.
    pub(super) primary: usize,
}

impl ReportInput {
    pub(super) fn read(folder: &Path) -> Result<ReportInput, ReportError> {
        let summary = Summary::read(folder)?;
        let mut documents = BTreeMap::new();
        for name in SOURCES {
            documents.insert(name, read_json::<Value>(folder, name)?);
        }
        Ok(ReportInput {
            facts: summary.run.clone(),
            plan: documents["run.json"]["plan"].clone(),
            charts: summary.charts.clone(),
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
