use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::density::DbscanFacts;
use super::sharing::ReportFacts;
use super::{ReportError, Sharing};
use crate::cluster::choose_k::{KRow, Structure};
use crate::compare::{Comparison, Comparisons, Moves, OutcomeReport, Target, Targets, TierReport};
use crate::config::Algorithm;
use crate::label::{ClusterLabel, FoundIn, Labelled, NewSegment};
use crate::registry::{SegmentRecord, StageSeconds};
use crate::{Language, Text, Warning};

/// What a summary needs of `run.json`; other keys are not looked at, so a newer run can still be shown.
#[derive(Debug, Clone, Deserialize)]
pub struct RunFacts {
    /// The run.
    pub run_id: String,
    /// What it was asked to do.
    plan: PlanFacts,
    /// What it read.
    pub input: InputFacts,
    /// Which clustering the segments are; absent in runs of early versions.
    #[serde(default)]
    pub primary: Option<Algorithm>,
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
    /// The outcome per segment.
    pub outcome: Option<OutcomeReport>,
    /// Whose tier to look at first.
    pub moves: Option<Moves>,
    /// What may be shown of it.
    pub sharing: Sharing,
    /// The sizes of the clusters of every clustering, noise included, as they may be shown.
    pub(super) sizes: Vec<Vec<Option<u64>>>,
}

impl Summary {
    /// Reads the run in `folder`.
    ///
    /// # Errors
    /// When a file is missing or was written by a version that is too different; when the secret for ids is not there.
    pub fn read(folder: &Path) -> Result<Summary, ReportError> {
        let comparisons: Comparisons = read(&folder.join("comparison.json"))?;
        let run: RunFacts = read(&folder.join("run.json"))?;
        let sharing = Sharing::of(&run.plan.report)?;
        let mut moves = comparisons.moves;
        let customers = moves.iter_mut().flat_map(|moves| &mut moves.customers);
        customers.for_each(|customer| customer.id = sharing.ids.shown(&customer.id));
        let mut labelled: Labelled = read(&folder.join("segments.json"))?;
        labelled.clusterings.iter_mut().flat_map(|clustering| &mut clustering.clusters).for_each(|cluster| {
            hide_members(cluster, &sharing);
        });
        let sizes = labelled.clusterings.iter().map(|clustering| {
            sharing.counts(&clustering.clusters.iter().map(|cluster| cluster.size as u64).collect::<Vec<u64>>())
        });
        let sizes = sizes.collect();
        let mut summary = Summary {
            folder: folder.to_owned(),
            run,
            labelled,
            comparisons: comparisons.comparisons,
            tiers: comparisons.tiers,
            tier_pairs: comparisons.tier_pairs,
            targets: comparisons.targets,
            outcome: comparisons.outcome,
            moves,
            sharing,
            sizes,
        };
        summary.hide_shares_of_density();
        Ok(summary)
    }

    /// The language of the run.
    pub fn language(&self) -> Language {
        self.run.plan.label.language
    }

    /// What the numbers of `column` are called in `language`.
    pub(super) fn words(&self, column: &str, language: Language) -> String {
        self.labelled.words(column).get(language).to_owned()
    }

    /// Cells with fewer customers are held back.
    pub fn min_cell(&self) -> u64 {
        self.sharing.min_cell
    }

    /// Whether size and value of the primary cluster at `position` (noise stands last) may be shown: it is no small cell,
    /// and covers none.
    pub fn is_shown(&self, position: usize) -> bool {
        self.primary_sizes().get(position).is_none_or(Option::is_some)
    }

    fn primary_sizes(&self) -> &[Option<u64>] {
        let primary = self.labelled.clusterings.iter().position(|clustering| clustering.primary);
        primary.map_or(&[], |primary| &self.sizes[primary])
    }

    /// Whether an unmatched segment is a candidate for a new one.
    pub fn is_candidate(&self, cluster: &ClusterLabel) -> bool {
        self.labelled.new_segments.candidates.iter().any(|candidate| Some(&candidate.id) == cluster.id.as_ref())
    }

    /// [`is_shown`](Summary::is_shown) for a cluster of the primary clustering.
    pub fn cluster_is_shown(&self, cluster: &ClusterLabel) -> bool {
        let clusters = self.labelled.primary().map_or(&[][..], |primary| &primary.clusters);
        clusters.iter().position(|other| other.cluster == cluster.cluster).is_none_or(|i| self.is_shown(i))
    }

    /// [`is_shown`](Summary::is_shown) for a segment as a target.
    pub fn target_is_shown(&self, target: &Target) -> bool {
        let clusters = self.labelled.primary().map_or(&[][..], |primary| &primary.clusters);
        let segment = clusters.iter().position(|cluster| cluster.id.as_ref() == Some(&target.segment_id));
        segment.is_none_or(|position| self.is_shown(position))
    }

    /// Whether size and value of a candidate may be shown.
    pub fn candidate_is_shown(&self, candidate: &NewSegment) -> bool {
        let clusters = self.labelled.primary().map_or(&[][..], |primary| &primary.clusters);
        let segment = clusters.iter().position(|cluster| cluster.id.as_ref() == Some(&candidate.id));
        // A cluster of DBSCAN may cover another, or the noise.
        let covers = candidate.found_in == FoundIn::Dbscan
            && self.density_sizes().get(candidate.cluster.index()).is_some_and(Option::is_none);
        let alone = self.sharing.count(candidate.size as u64).is_some() && !covers;
        alone && segment.is_none_or(|position| self.is_shown(position))
    }

    /// The sentences of a comparison that give no small cell away.
    pub fn shown_sentences(&self, comparison: &Comparison) -> Vec<Text> {
        self.sharing.sentences(comparison, &self.shown_counts(comparison))
    }

    /// The counts of a comparison as they may be shown.
    pub fn shown_counts(&self, comparison: &Comparison) -> Vec<Vec<Option<u64>>> {
        self.sharing.table(comparison, &self.comparisons)
    }

    /// Every tier against the segments, once: of two noise policies the first, which leaves noise out.
    pub fn comparisons_of_segments(&self) -> Vec<&Comparison> {
        let primary = self.labelled.primary().map(|clustering| clustering.algorithm.name());
        let mut kept: Vec<&Comparison> = Vec::new();
        for comparison in &self.comparisons {
            let is_new = kept.iter().all(|other| other.tier != comparison.tier);
            if is_new && Some(comparison.clustering.as_str()) == primary {
                kept.push(comparison);
            }
        }
        kept
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
            "k_table": run.kmeans.table.iter().map(|row| self.k_row(row)).collect::<Vec<_>>(),
            "dbscan": run.dbscan.as_ref().map(|dbscan| json!({
                "eps": dbscan.eps,
                "min_samples": dbscan.min_samples,
                "n_clusters": dbscan.n_clusters,
                "n_noise": self.shown_noise(dbscan),
                "answer": dbscan.answer.as_ref().map(|answer| self.answer(answer)),
                "alternatives": dbscan.alternatives.iter().flatten().map(|other| self.answer(other)).collect::<Vec<_>>(),
            })),
            "segments":
                run.segments.iter().enumerate().map(|(i, segment)| self.segment(i, segment)).collect::<Vec<_>>(),
            "new_segments": self.new_segments(),
            "comparisons": comparisons,
            "tiers": self.tiers.iter().map(|report| self.tier_json(report)).collect::<Vec<_>>(),
            "tier_pairs": self.tier_pairs.iter().map(|pair| self.comparison(pair)).collect::<Vec<_>>(),
            "targets": self.targets_json(),
            "outcome": self.outcome_json(),
            "moves": self.moves_json(),
            "warnings": run.warnings,
            "seconds": run.seconds,
            "peak_memory": run.peak_memory,
        })
    }

    /// A segment's facts; those of a handful of people stay in the run folder.
    fn segment(&self, position: usize, segment: &SegmentRecord) -> Value {
        let small = !self.is_shown(position);
        let ids = self.labelled.primary().and_then(|primary| primary.clusters.get(position));
        json!({
            "segment_id": segment.segment_id,
            "segment": segment.segment,
            "archetype": segment.archetype,
            "score": segment.score,
            "size": (!small).then_some(segment.size),
            "share": (!small).then_some(segment.share),
            "value_share": segment.value_share.filter(|_| !small),
            "representative_ids": ids.map(|cluster| &cluster.representative_ids),
        })
    }

    /// Whether the share of the smallest cluster of a k may be shown.
    pub fn smallest_is_shown(&self, row: &KRow) -> bool {
        let customers = (row.smallest_share * self.run.input.n_clustered as f64).round() as u64;
        let is_chosen = row.k == self.run.kmeans.k && self.primary_sizes().iter().any(Option::is_none);
        self.sharing.count(customers).is_some() && !is_chosen
    }

    fn k_row(&self, row: &KRow) -> Value {
        let mut value = serde_json::to_value(row).expect("a row has text keys");
        if !self.smallest_is_shown(row) {
            value["smallest_share"] = Value::Null;
        }
        value
    }

    fn new_segments(&self) -> Value {
        let found = &self.labelled.new_segments;
        let candidate = |candidate: &NewSegment| {
            let shown = self.candidate_is_shown(candidate);
            json!({
                "id": candidate.id,
                "found_in": candidate.found_in,
                "same_as": candidate.same_as,
                "name": candidate.name,
                "size": shown.then_some(candidate.size),
                "share": shown.then_some(candidate.share),
                "value": candidate.value.filter(|_| shown),
                "value_share": candidate.value_share.filter(|_| shown),
                "stability": candidate.stability,
                "isolation": candidate.isolation,
            })
        };
        json!({
            "candidates": found.candidates.iter().map(candidate).collect::<Vec<_>>(),
            "skipped": found.skipped,
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
            "sentences": self.shown_sentences(comparison),
        })
    }
}

/// Takes members out of a cluster that may not be shown, and hides the ids of the others.
fn hide_members(cluster: &mut ClusterLabel, sharing: &Sharing) {
    if sharing.count(cluster.size as u64).is_none() {
        cluster.representatives.clear();
        cluster.representative_ids.clear();
    }
    if sharing.ids.are_hashed() {
        // Row numbers are ids too.
        cluster.representatives.clear();
        cluster.representative_ids.iter_mut().for_each(|id| *id = sharing.ids.shown(id));
    }
}

/// Reads a JSON file of a run.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ReportError> {
    let text = fs::read(path).map_err(|source| ReportError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_slice(&text)
        .map_err(|error| ReportError::Format { path: path.to_owned(), message: error.to_string() })
}
