use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{ReportError, suppress};
use crate::cluster::choose_k::{KRow, Structure};
use crate::compare::{Comparison, Comparisons, Moves, Targets, TierReport};
use crate::label::Labelled;
use crate::registry::{SegmentRecord, StageSeconds};
use crate::{Language, Warning};

/// What a summary needs of `run.json`; other keys are not looked at, so a newer run can still be shown.
#[derive(Debug, Clone, Deserialize)]
pub struct RunFacts {
    /// The run.
    pub run_id: String,
    /// What it was asked to do.
    plan: PlanFacts,
    /// What it read.
    pub input: InputFacts,
    /// Whether there is anything to find.
    pub structure: Structure,
    /// The k-means clustering.
    pub kmeans: KMeansFacts,
    /// The DBSCAN clustering.
    pub dbscan: Option<DbscanFacts>,
    /// The segments in order.
    pub segments: Vec<SegmentRecord>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// Wall seconds per stage.
    pub stages: Vec<StageSeconds>,
    /// Wall seconds of the run.
    pub seconds: f64,
    /// Peak memory in bytes.
    pub peak_memory: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
struct PlanFacts {
    label: LabelFacts,
    report: ReportFacts,
}

#[derive(Debug, Clone, Deserialize)]
struct LabelFacts {
    language: Language,
}

#[derive(Debug, Clone, Deserialize)]
struct ReportFacts {
    min_cell: u64,
}

/// What was read.
#[derive(Debug, Clone, Deserialize)]
pub struct InputFacts {
    /// The source.
    pub path: String,
    /// Customers in the table.
    pub n_customers: u64,
    /// Customers that were clustered.
    pub n_clustered: u64,
    /// The features.
    pub features: Vec<String>,
}

/// The k-means clustering.
#[derive(Debug, Clone, Deserialize)]
pub struct KMeansFacts {
    /// `"auto"`, or the number.
    pub requested: Value,
    /// Clusters.
    pub k: usize,
    /// The criteria of every k.
    pub table: Vec<KRow>,
}

/// The DBSCAN clustering.
#[derive(Debug, Clone, Deserialize)]
pub struct DbscanFacts {
    /// The radius.
    pub eps: f64,
    /// What makes a customer core.
    pub min_samples: usize,
    /// Clusters.
    pub n_clusters: usize,
    /// Customers in none.
    pub n_noise: u64,
}

/// A run, read from its folder for people. Small cells of tables are held back.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The run's folder.
    pub folder: PathBuf,
    /// `run.json`.
    pub run: RunFacts,
    /// `segments.json`.
    pub labelled: Labelled,
    /// `comparison.json`.
    pub comparisons: Vec<Comparison>,
    /// Every tier by itself.
    pub tiers: Vec<TierReport>,
    /// The first tier against every other.
    pub tier_pairs: Vec<Comparison>,
    /// The segments, ranked as targets.
    pub targets: Option<Targets>,
    /// Whose tier to look at first.
    pub moves: Option<Moves>,
}

impl Summary {
    /// Reads the run in `folder`.
    ///
    /// # Errors
    /// When a file is missing or was written by a version that is too different.
    pub fn read(folder: &Path) -> Result<Summary, ReportError> {
        let comparisons: Comparisons = read(&folder.join("comparison.json"))?;
        Ok(Summary {
            folder: folder.to_owned(),
            run: read(&folder.join("run.json"))?,
            labelled: read(&folder.join("segments.json"))?,
            comparisons: comparisons.comparisons,
            tiers: comparisons.tiers,
            tier_pairs: comparisons.tier_pairs,
            targets: comparisons.targets,
            moves: comparisons.moves,
        })
    }

    /// The language of the run.
    pub fn language(&self) -> Language {
        self.run.plan.label.language
    }

    /// Cells with fewer customers are held back.
    pub fn min_cell(&self) -> u64 {
        self.run.plan.report.min_cell
    }

    /// The counts of a comparison as they may be shown.
    pub fn shown_counts(&self, comparison: &Comparison) -> Vec<Vec<Option<u64>>> {
        suppress(&comparison.contingency.counts, self.min_cell())
    }

    /// The summary as one JSON document, small cells held back.
    pub fn to_json(&self) -> Value {
        let run = &self.run;
        let comparisons: Vec<Value> = self.comparisons.iter().map(|comparison| self.comparison(comparison)).collect();
        json!({
            "run_id": run.run_id,
            "path": self.folder,
            "n_customers": run.input.n_customers,
            "n_clustered": run.input.n_clustered,
            "features": run.input.features,
            "structure": run.structure,
            "k": run.kmeans.k,
            "k_table": run.kmeans.table,
            "dbscan": run.dbscan.as_ref().map(|dbscan| json!({
                "eps": dbscan.eps,
                "min_samples": dbscan.min_samples,
                "n_clusters": dbscan.n_clusters,
                "n_noise": dbscan.n_noise,
            })),
            "segments": run.segments.iter().map(|segment| self.segment(segment)).collect::<Vec<_>>(),
            "comparisons": comparisons,
            "tiers": self.tiers.iter().map(|report| self.tier_json(report)).collect::<Vec<_>>(),
            "tier_pairs": self.tier_pairs.iter().map(|pair| self.comparison(pair)).collect::<Vec<_>>(),
            "targets": self.targets_json(),
            "moves": self.moves_json(),
            "warnings": run.warnings,
            "seconds": run.seconds,
            "peak_memory": run.peak_memory,
        })
    }

    /// A segment's facts; those of a handful of people stay in the run folder.
    fn segment(&self, segment: &SegmentRecord) -> Value {
        let small = (segment.size as u64) < self.min_cell();
        json!({
            "segment_id": segment.segment_id,
            "segment": segment.segment,
            "archetype": segment.archetype,
            "score": segment.score,
            "size": (!small).then_some(segment.size),
            "share": (!small).then_some(segment.share),
            "value_share": segment.value_share.filter(|_| !small),
        })
    }

    fn comparison(&self, comparison: &Comparison) -> Value {
        let counts = self.shown_counts(comparison);
        let value = comparison.contingency.value.as_ref().map(|value| {
            let row = |(value, shown): (&Vec<f64>, &Vec<Option<u64>>)| -> Vec<Option<f64>> {
                value.iter().zip(shown).map(|(&value, shown)| shown.map(|_| value)).collect()
            };
            value.iter().zip(&counts).map(row).collect::<Vec<_>>()
        });
        json!({
            "tier": comparison.tier,
            "clustering": comparison.clustering,
            "noise_policy": comparison.noise_policy,
            "n": comparison.n,
            "n_without_tier": comparison.n_without_tier,
            "coverage": comparison.coverage,
            "contingency": {
                "tiers": comparison.contingency.tiers,
                "clusters": comparison.contingency.clusters,
                "cluster_names": comparison.contingency.cluster_names,
                "counts": counts,
                "value": value,
            },
            "indices": comparison.indices,
            "disagreements": self.shown_disagreements(comparison),
            "sentences": comparison.sentences,
        })
    }
}

/// Reads a JSON file of a run.
fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ReportError> {
    let text = fs::read(path).map_err(|source| ReportError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_slice(&text)
        .map_err(|error| ReportError::Format { path: path.to_owned(), message: error.to_string() })
}
