use std::path::{Path, PathBuf};

use serde::Serialize;

use super::caution::caution;
use super::cluster::shared_ids;
use super::warnings;
use super::{
    Rules, Screen, SharedAudit, SharedCandidates, SharedCharts, SharedCluster, SharedClustering, SharedComparison,
    SharedDensity, SharedK, SharedMoves, SharedNormalization, SharedOutcome, SharedProvenance, SharedReconciliation,
    SharedRefit, SharedRules, SharedTargets, SharedTier, SharingError, Shown,
};
use crate::cluster::choose_k::{Structure, StructureVerdict};
use crate::compare::Comparison;
use crate::config::Algorithm;
use crate::label::ClusterLabel;
use crate::metrics::ClusterId;
use crate::monitor::StageSeconds;
use crate::refit::Refit;
use crate::registry::{Registry, RegistryError, Run, SegmentRecord};
use crate::{Language, Text, Warning};

/// Everything that may be shown of a run.
///
/// It is made by allow-list: what is not written here is not shared. Serialized it is the document of `--json`, so the place of
/// a figure in that document is its name; what has no place there is what only pages for people need.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SharedRun {
    /// The run.
    pub run_id: String,
    /// Its folder.
    pub path: PathBuf,
    /// Customers in the table.
    pub n_customers: usize,
    /// Customers that were clustered.
    pub n_clustered: usize,
    /// The features.
    pub features: Vec<String>,
    /// Whether there is anything to find.
    pub structure: Structure,
    /// Clusters of k-means.
    pub k: usize,
    /// What was measured of every k.
    pub k_table: Vec<SharedK>,
    /// The DBSCAN clustering; null when it is off.
    pub dbscan: Option<SharedDensity>,
    /// The segments in order.
    pub segments: Vec<SharedSegment>,
    /// What may be segments that no catalog knows.
    pub new_segments: SharedCandidates,
    /// Every tier against every clustering.
    pub comparisons: Vec<SharedComparison>,
    /// Every tier by itself.
    pub tiers: Vec<SharedTier>,
    /// The first tier against every other.
    pub tier_pairs: Vec<SharedComparison>,
    /// The segments, ranked as targets.
    pub targets: Option<SharedTargets>,
    /// The outcome per segment.
    pub outcome: Option<SharedOutcome>,
    /// What became of the segments of the run before; null when the run continues none.
    pub refit: Option<SharedRefit>,
    /// Whose tier to look at first.
    pub moves: Option<SharedMoves>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// Wall seconds of the run.
    pub seconds: f64,
    /// Peak memory in bytes, where the system tells.
    pub peak_memory: Option<u64>,
    /// The verdict that decides on names, that of the clustering whose clusters are the segments.
    #[serde(skip)]
    pub verdict: StructureVerdict,
    /// What to know before anybody acts on the segments; `None` where there is structure.
    #[serde(skip)]
    pub caution: Option<Warning>,
    /// The clusters of the primary clustering with their portraits, noise last if there is any.
    #[serde(skip)]
    pub clusters: Vec<SharedCluster>,
    /// The segments as a readable rule.
    #[serde(skip)]
    pub rules: Option<SharedRules>,
    /// Counts below this are held back.
    #[serde(skip)]
    pub min_cell: u64,
    /// The language of the run.
    #[serde(skip)]
    pub language: Language,
    /// The source as the plan names it.
    #[serde(skip)]
    pub source: String,
    /// Which clustering the segments are.
    #[serde(skip)]
    pub primary: Algorithm,
    /// What the numbers of the described columns are called, by column.
    #[serde(skip)]
    pub words: Vec<(String, Text)>,
    /// Wall seconds per stage.
    #[serde(skip)]
    pub stages: Vec<StageSeconds>,
    /// The categories that count in distances.
    #[serde(skip)]
    pub categories: Vec<String>,
    /// What pictures may show.
    #[serde(skip)]
    pub charts: SharedCharts,
    /// What was found in the columns of the table.
    #[serde(skip)]
    pub audit: SharedAudit,
    /// How every feature was normalized.
    #[serde(skip)]
    pub normalization: Vec<SharedNormalization>,
    /// The k-means clusters held against those of DBSCAN.
    #[serde(skip)]
    pub reconciliation: Option<SharedReconciliation>,
    /// The clusterings beside those of k-means and DBSCAN.
    #[serde(skip)]
    pub further: Vec<SharedClustering>,
    /// What computed the run, and how it can be repeated.
    #[serde(skip)]
    pub provenance: SharedProvenance,
}

/// What became of the run before, where it is kept what that run tells of itself.
fn known_of_both(run: &Run) -> Option<&Refit> {
    run.refit.as_ref().filter(|refit| refit.before.n_customers > 0)
}

/// The run in `folder`, whose segments are called as people want it who use the registry.
pub(crate) fn open_named(folder: &Path) -> Result<Run, RegistryError> {
    let run = Run::open(folder)?;
    let Some(registry) = folder.parent() else { return Ok(run) };
    match Registry::open(registry).pinned_names() {
        Ok(pinned) => run.called(&pinned),
        Err(error) => {
            let mut run = run;
            run.record.warnings.push(names_unread(&error));
            Ok(run)
        }
    }
}

/// Names change nothing but what segments are called, so a run can be seen without them.
fn names_unread(error: &RegistryError) -> Warning {
    let message = Text::new(
        format!("{error}; segments are called as the run called them"),
        format!("{error}；客群沿用运行记录的名称"),
    );
    Warning::new("names_unread", message).with("error", error.to_string())
}

/// A segment, in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedSegment {
    /// `S01` …
    pub segment_id: String,
    /// Its name in the language of the run.
    pub segment: String,
    /// `catalog/id`; null = unmatched.
    pub archetype: Option<String>,
    /// The score of the best archetype.
    pub score: Option<f64>,
    /// Its customers.
    pub size: Shown<usize>,
    /// Their share.
    pub share: Shown<f64>,
    /// Their share of the value.
    pub value_share: Shown<Option<f64>>,
    /// Ids of typical customers; none of a handful of people.
    pub representative_ids: Option<Vec<String>>,
}

impl SharedRun {
    /// The id of the segment that a cluster of the primary clustering is.
    ///
    /// # Panics
    /// When there is no such segment.
    pub fn id_of(&self, cluster: ClusterId) -> &str {
        &self.segments[cluster.index()].segment_id
    }

    /// What may be shown of the run in `folder`, by the rules it was recorded with.
    ///
    /// # Errors
    /// When the run cannot be read, or the secret for ids is not there.
    pub fn open(folder: &Path) -> Result<SharedRun, SharingError> {
        let run = open_named(folder)?;
        Ok(SharedRun::of(&run, &Rules::of(&run.record.plan.report)?))
    }

    /// What `rules` let be shown of `run`.
    pub fn of(run: &Run, rules: &Rules) -> SharedRun {
        let screen = &Screen::of(run, rules);
        let (record, compared) = (&run.record, &run.comparisons);
        SharedRun {
            run_id: record.run_id.clone(),
            path: run.folder.clone(),
            n_customers: record.input.n_customers,
            n_clustered: record.input.n_clustered,
            features: record.input.features.clone(),
            structure: record.structure.clone(),
            k: record.kmeans.k,
            k_table: record.kmeans.table.iter().map(|row| SharedK::of(screen, row)).collect(),
            dbscan: record.dbscan.as_ref().map(|dbscan| SharedDensity::of(screen, dbscan)),
            segments: segments(screen),
            new_segments: SharedCandidates::of(screen),
            comparisons: comparisons(screen, "comparisons", &compared.comparisons),
            tiers: compared.tiers.iter().map(|report| SharedTier::of(screen, report)).collect(),
            tier_pairs: comparisons(screen, "tier_pairs", &compared.tier_pairs),
            targets: SharedTargets::of(screen),
            outcome: SharedOutcome::of(screen),
            refit: known_of_both(run).map(|refit| SharedRefit::of(refit, screen)),
            moves: SharedMoves::of(screen),
            warnings: warnings::of_run(screen, &record.warnings),
            seconds: record.seconds,
            peak_memory: record.peak_memory,
            verdict: record.verdict(),
            caution: caution(record),
            clusters: clusters(screen),
            rules: run.labelled.rules.as_ref().map(|rules| SharedRules::of(screen, rules)),
            min_cell: rules.min_cell,
            language: record.plan.label.language,
            source: record.input.path.clone(),
            primary: record.primary,
            words: run.labelled.columns.iter().map(|column| (column.name.clone(), column.words())).collect(),
            stages: record.stages.clone(),
            categories: screen.categories().map(str::to_owned).collect(),
            charts: SharedCharts::of(screen),
            audit: SharedAudit::of(screen),
            normalization: record.normalization.iter().map(SharedNormalization::of).collect(),
            reconciliation: record.reconciliation.as_ref().map(|found| SharedReconciliation::of(screen, found)),
            further: SharedClustering::all(screen),
            provenance: SharedProvenance::of(screen),
        }
    }

    /// What the numbers of `column` are called in `language`; the name itself for what is no described column.
    pub fn words<'a>(&'a self, column: &'a str, language: Language) -> &'a str {
        let described = self.words.iter().find(|(name, _)| name == column);
        described.map_or(column, |(_, words)| words.get(language))
    }

    /// Every tier against the segments, once: of two noise policies the first, which leaves noise out.
    pub fn comparisons_of_segments(&self) -> Vec<&SharedComparison> {
        self.comparisons_of(self.primary)
    }

    /// Every tier against the clusters of `algorithm`, once likewise.
    pub fn comparisons_of(&self, algorithm: Algorithm) -> Vec<&SharedComparison> {
        let mut kept: Vec<&SharedComparison> = Vec::new();
        for comparison in self.comparisons.iter().filter(|one| one.clustering == algorithm.name()) {
            if kept.iter().all(|other| other.tier != comparison.tier) {
                kept.push(comparison);
            }
        }
        kept
    }

    /// Whether an unmatched segment is a candidate for a new one.
    pub fn is_candidate(&self, id: Option<&str>) -> bool {
        self.new_segments.candidates.iter().any(|candidate| Some(candidate.id.as_str()) == id)
    }
}

fn comparisons(screen: &Screen<'_>, list: &str, compared: &[Comparison]) -> Vec<SharedComparison> {
    let pointer = |at: usize| format!("comparison.json#/{list}/{at}");
    compared.iter().enumerate().map(|(at, one)| SharedComparison::of(screen, one, pointer(at))).collect()
}

fn clusters(screen: &Screen<'_>) -> Vec<SharedCluster> {
    let primary = screen.run.labelled.clusterings.iter().position(|clustering| clustering.primary).unwrap_or(0);
    let pointer = |at: usize| format!("segments.json#/clusterings/{primary}/clusters/{at}");
    screen.clusters().iter().enumerate().map(|(at, one)| SharedCluster::of(screen, one, pointer(at))).collect()
}

fn segments(screen: &Screen<'_>) -> Vec<SharedSegment> {
    let segment = |(position, segment): (usize, &SegmentRecord)| {
        let shown = screen.is_shown(position);
        let ids = |cluster: &ClusterLabel| shared_ids(screen, cluster);
        SharedSegment {
            segment_id: segment.segment_id.clone(),
            segment: segment.segment.clone(),
            archetype: segment.archetype.clone(),
            score: screen.coarse_score(screen.clusters().get(position), segment.score),
            size: Shown::when(shown, segment.size),
            share: Shown::when(shown, segment.share),
            value_share: Shown::maybe(shown && screen.segment_value_is_shown(&segment.segment_id), segment.value_share),
            representative_ids: screen.clusters().get(position).map(ids),
        }
    };
    screen.run.record.segments.iter().enumerate().map(segment).collect()
}
