//! The run that a new one continues: opened, held against the new fit, and what becomes of names and customers.

use std::sync::Arc;

use super::PipelineError;
use super::turn::Turn;
use crate::cluster::Clusterings;
use crate::cluster::choose_k::{KRow, StructureVerdict};
use crate::cluster::kmeans::{Centroids, KMeansModel};
use crate::config::{Algorithm, Plan};
use crate::label::ClusterLabel;
use crate::load::CustomerTable;
use crate::metrics::{ClusterId, Partition};
use crate::model::FittedPipeline;
use crate::monitor::Monitor;
use crate::normalize::{Normalized, Normalizer};
use crate::refit::drift::{DriftParams, ReferenceInput, Sample};
use crate::refit::{
    Baseline, BaselineFacts, Continuation, CustomerThenAndNow, DriftRecord, FoundName, Leaver, LeftBehind, Lineage,
    Movement, People, Prototype, Recorded, Seen, SegmentHistory, SegmentId, ViewKind, placed_then,
};
use crate::registry::{Registry, RegistryError, Run, RunFolder, RunRecord};
use crate::{Text, Warning};

/// The run that a run of `plan` continues; `None` when it names none, or an alias that is not there yet.
///
/// # Errors
/// When there is no such run, or it cannot be read; when the gate would move an alias from another run.
pub fn baseline(plan: &Plan) -> Result<Option<Baseline>, PipelineError> {
    of_turn(&Turn::of(plan, &Registry::open(&plan.registry.path))?)
}

/// The run that is continued, opened.
pub(super) fn of_turn(turn: &Turn) -> Result<Option<Baseline>, PipelineError> {
    let Some(folder) = &turn.against else { return Ok(None) };
    let mut baseline = open(folder)?;
    if let Some(instead_of) = &turn.instead_of {
        baseline.instead_of = Some(instead_of.run.clone());
        baseline.lineage.next_id = baseline.lineage.next_id.max(instead_of.next_id);
    }
    if let Some(never_given) = turn.never_given {
        baseline.lineage.next_id = baseline.lineage.next_id.max(never_given);
    }
    Ok(Some(baseline))
}

fn open(folder: &RunFolder) -> Result<Baseline, PipelineError> {
    let run = Run::open(&folder.path)?;
    let model = FittedPipeline::load(&folder.file("model.segmint"))?;
    let name = run.record.run_id.clone();
    let lineage = run.lineage()?;
    let recorded = match &model.id_column {
        Some(id) => Some(Recorded::read(&folder.file("assignments.parquet"), id, model.primary)?),
        None => None,
    };
    refuse_misfits(folder, run.record.segments.len(), &model, recorded.as_ref())?;
    let (before, facts) = (run.seen_from_later(), facts(&run.record));
    let left_behind = run.left_behind;
    Ok(Baseline { run: name, instead_of: None, model, lineage, left_behind, recorded, before, facts })
}

/// Refuses files that fit their checksums and not each other: of a run with `n` segments, those of the model and of customers are
/// looked up by number.
fn refuse_misfits(
    folder: &RunFolder,
    n: usize,
    model: &FittedPipeline,
    recorded: Option<&Recorded>,
) -> Result<(), RegistryError> {
    let damaged = |file: &str, message: String| Err(RegistryError::Damaged { path: folder.file(file), message });
    let n_model = model.names(model.primary).len();
    if n_model != n {
        return damaged("model.segmint", format!("it has {n_model} segments, the run {n}"));
    }
    let clusters = recorded.iter().flat_map(|recorded| recorded.customers()).filter_map(|customer| customer.cluster);
    match clusters.max().filter(|&cluster| cluster as usize >= n) {
        Some(cluster) => damaged("assignments.parquet", format!("there is no cluster {cluster}")),
        None => Ok(()),
    }
}

/// What a gate holds later runs against.
pub(super) fn facts(record: &RunRecord) -> BaselineFacts {
    let audit = &record.input.audit;
    let missing = audit.numeric.iter().filter(|column| column.is_feature);
    BaselineFacts {
        n_customers: record.input.n_customers,
        stands_out: stands_out(record),
        value_shares: record.segments.iter().map(|segment| segment.value_share).collect(),
        sizes: record.segments.iter().map(|segment| segment.size as u64).collect(),
        stabilities: record.segments.iter().map(|segment| segment.stability).collect(),
        stability_errors: record.segments.iter().map(|segment| segment.stability_error).collect(),
        missing_shares: missing
            .map(|column| (column.name.clone(), column.n_missing() as f64 / audit.n_rows.max(1) as f64))
            .collect(),
        features: record.input.features.clone(),
    }
}

/// Whether the segments stand out among those of tables without clusters, by the evidence of the clustering they are. Of k-means that
/// asks for less than the verdict does, whose limit lies beyond the best of these tables: between the two nothing was lost that a few
/// other customers would not have given back.
fn stands_out(record: &RunRecord) -> bool {
    let dense = record.dbscan.as_ref().and_then(|dbscan| dbscan.structure.as_ref());
    let chosen = record.kmeans.table.iter().find(|row| row.chosen);
    match (record.primary, dense) {
        (Algorithm::Dbscan, Some(dense)) => dense.verdict == StructureVerdict::Present,
        _ => {
            record.structure.verdict == StructureVerdict::Present || chosen.and_then(KRow::stands_out).unwrap_or(false)
        }
    }
}

/// A table beside the run that is continued.
pub(super) struct Beside {
    pub(super) baseline: Arc<Baseline>,
    pub(super) seen: Seen,
}

impl Beside {
    /// How `table` looks to `baseline`; a warning when it is another table, whose segments cannot be continued.
    pub(super) fn look(
        baseline: &Arc<Baseline>,
        table: &CustomerTable,
        monitor: &Monitor,
    ) -> Result<Result<Beside, Box<Warning>>, PipelineError> {
        let (before, now) = (baseline.model.feature_names(), &table.features);
        let is_category = |name: &str| table.attributes.iter().any(|levels| levels.name() == name);
        let is_here = |name: &&&str| now.iter().any(|other| other == **name) || is_category(name);
        let n_common = before.iter().filter(is_here).count();
        if 2 * n_common < before.len().max(now.len()) {
            return Ok(Err(Box::new(another_table(&baseline.run, n_common))));
        }
        let seen = baseline.look_at(table, monitor)?;
        Ok(Ok(Beside { baseline: Arc::clone(baseline), seen }))
    }

    /// The means of the old segments among the customers of the new table; `None` when one of them has no customers or they are
    /// no centroids.
    pub(super) fn warm_start(&self, normalized: &Normalized) -> Option<Centroids> {
        if self.baseline.model.primary != Algorithm::KMeans {
            return None;
        }
        let (k, d) = (self.baseline.lineage.ids.len(), normalized.matrix.n_features());
        let (mut sums, mut sizes) = (vec![0.0; k * d], vec![0_u64; k]);
        for place in 0..normalized.matrix.n_customers() {
            let Some(cluster) = self.seen.by_rule(normalized.rows.table_row(place)) else { continue };
            let own = cluster.index() * d;
            sums[own..own + d]
                .iter_mut()
                .zip(normalized.matrix.row_values(place))
                .for_each(|(sum, x)| *sum += f64::from(x));
            sizes[cluster.index()] += 1;
        }
        if sizes.contains(&0) {
            return None;
        }
        sums.iter_mut().enumerate().for_each(|(i, sum)| *sum /= sizes[i / d] as f64);
        Centroids::new(sums, d)
    }

    /// Where the customers whom the run left behind would be in the new segments, by their values and by their standing among all.
    fn then(&self, normalized: &Normalized, clusterings: &Clusterings) -> Vec<(ViewKind, Vec<u64>)> {
        let left_behind = self.baseline.left_behind.as_ref().filter(|_| clusterings.primary == Algorithm::KMeans);
        let Some(LeftBehind { sample, .. }) = left_behind else { return Vec::new() };
        let (old, new) = (&self.baseline.model.normalizer, &normalized.normalizer);
        let centroids = &clusterings.kmeans().model.centroids;
        let standing = is_same_space(old, new).then(|| placed_then(sample, old, centroids)).flatten();
        let views = [(ViewKind::Rule, placed_then(sample, new, centroids)), (ViewKind::Standing, standing)];
        views.into_iter().filter_map(|(view, then)| Some((view, then?))).collect()
    }

    /// Holds the segments of `clusterings` against the run that is continued.
    pub(super) fn held(mut self, normalized: &Normalized, clusterings: &Clusterings) -> Result<Held, Box<Warning>> {
        self.seen.then = self.then(normalized, clusterings);
        let old = &self.baseline.model;
        let standing = (is_same_space(&old.normalizer, &normalized.normalizer) && old.primary == Algorithm::KMeans)
            .then(|| {
                let KMeansModel { centroids, .. } = old.kmeans().clone();
                let (sizes, inertia) = (vec![0; centroids.k()], 0.0);
                KMeansModel { centroids, sizes, inertia }.assign(&normalized.matrix).partition
            });
        let partition = &clusterings.primary().partition;
        let found = Continuation::of(&self.baseline, &self.seen, partition, &normalized.rows, standing.as_ref());
        match found {
            Some(continuation) => {
                let is_structured = clusterings.is_structured(clusterings.primary);
                Ok(Held { baseline: self.baseline, seen: self.seen, standing, continuation, is_structured })
            }
            None => Err(Box::new(not_comparable(&self.baseline.run))),
        }
    }
}

fn is_same_space(old: &Normalizer, new: &Normalizer) -> bool {
    old.names() == new.names() && old.n_matrix_columns() == new.n_matrix_columns()
}

/// A new fit held against the run that is continued.
pub(super) struct Held {
    pub(super) baseline: Arc<Baseline>,
    seen: Seen,
    standing: Option<Partition>,
    pub(super) continuation: Continuation,
    /// Whether the new segments are more than slices of one cloud.
    is_structured: bool,
}

impl Held {
    /// Gives clusters, in order, the ids and names of the segments they are; what that makes of the lineage.
    pub(super) fn identify(&self, clusters: &mut [ClusterLabel], grace: usize) -> Lineage {
        let (baseline, found) = (&self.baseline, &self.continuation);
        let segments = || clusters.iter().filter(|cluster| cluster.cluster.is_some());
        // What slices of one cloud look like says nothing of segments.
        let kept = |place: usize| {
            let is_known = |history: &&SegmentHistory| history.segment_id == found.identities.ids[place];
            baseline.lineage.ids.iter().find(is_known).filter(|_| !self.is_structured).map(SegmentHistory::name)
        };
        let names = segments()
            .enumerate()
            .map(|(place, cluster)| match kept(place) {
                Some(given) => FoundName { name: given.name.clone(), archetype: given.archetype.clone() },
                None => FoundName { name: cluster.name.clone(), archetype: cluster.archetype.clone() },
            })
            .collect();
        let prototype = |id: SegmentId| {
            let cluster = baseline.ids().iter().position(|old| *old == id)?;
            let is_centroid = baseline.model.primary == Algorithm::KMeans;
            let reach = baseline.reach().get(cluster).copied().flatten();
            is_centroid
                .then(|| Prototype::of(&baseline.model.normalizer, &baseline.model.kmeans().centroids, cluster, reach))
        };
        let parents = |cluster| found.parents(cluster);
        let lineage = baseline.lineage.continued(&baseline.run, &found.identities, names, parents, prototype, grace);
        for cluster in clusters.iter_mut() {
            let Some(place) = cluster.cluster else { continue };
            let history = &lineage.ids[place.index()];
            cluster.id = Some(history.segment_id.to_string());
            cluster.name = history.name().name.clone();
        }
        lineage
    }

    /// Who joined, left and moved.
    pub(super) fn movement(
        &self,
        table: &CustomerTable,
        normalized: &Normalized,
        clusterings: &Clusterings,
    ) -> Result<Movement, PipelineError> {
        let value = match &table.value {
            Some(column) => Some(table.numeric.read(column)?),
            None => None,
        };
        let rows = self.rows(normalized, clusterings);
        let customer = |row: usize| CustomerThenAndNow {
            value: value.as_ref().map_or(f64::NAN, |value| value[row]),
            ..rows.customer(row)
        };
        let old = self.baseline.ids();
        let leavers: Vec<Leaver> = self
            .seen
            .people
            .iter()
            .flat_map(|people| &people.leavers)
            .map(|leaver| Leaver {
                before: leaver.cluster.map(|cluster| old[cluster as usize]),
                value_before: leaver.value,
            })
            .collect();
        Ok(Movement::of(table.ids.len(), customer, &leavers, value.is_some()))
    }

    /// How the customers of the new table, described by `input`, differ from those of then; `None` where nothing was left behind or
    /// a feature is lacking.
    pub(super) fn drift(
        &self,
        input: &ReferenceInput<'_>,
        sample: &Sample,
        plan: &Plan,
        monitor: &Monitor,
    ) -> Result<Option<DriftRecord>, PipelineError> {
        let (Some(before), Some(placed)) = (&self.baseline.left_behind, &self.seen.rule) else { return Ok(None) };
        let of_row = |place: usize| placed.clusters[input.rows.table_row(place)];
        let old = Partition::new((0..input.rows.n_matrix()).map(of_row).collect(), self.baseline.lineage.ids.len());
        let mut params = DriftParams { seed: plan.cluster.seed, ..DriftParams::default() };
        if plan.gate.max_drift > 0.0 {
            params.tolerance = plan.gate.max_drift;
        }
        Ok(Some(before.drift(input, &old, sample, &params, monitor)?))
    }

    /// The customers of the new table, one at a time.
    pub(super) fn rows<'a>(&'a self, normalized: &'a Normalized, clusterings: &'a Clusterings) -> HeldRows<'a> {
        let border = clusterings.kmeans().runners_up.filter(|_| clusterings.primary == Algorithm::KMeans);
        HeldRows {
            held: self,
            old: self.baseline.ids(),
            normalized,
            partition: &clusterings.primary().partition,
            margins: border.map(|second| &second.margins[..]),
        }
    }
}

/// Below this margin between the nearest centroids the side of a customer is chance.
const BORDER: f32 = 0.02;

/// The customers of a new table as the run that is continued and the new one see them.
pub(super) struct HeldRows<'a> {
    held: &'a Held,
    old: Vec<SegmentId>,
    normalized: &'a Normalized,
    partition: &'a Partition,
    margins: Option<&'a [f32]>,
}

impl HeldRows<'_> {
    /// The customer of a row of the table; what the customer brings now is left out.
    pub(super) fn customer(&self, row: usize) -> CustomerThenAndNow {
        let Held { seen, standing, continuation, .. } = self.held;
        let place = self.normalized.rows.matrix_row(row);
        let old = |cluster: ClusterId| self.old[cluster.index()];
        let after = place.and_then(|place| self.partition.labels()[place]);
        let after = after.map(|cluster| continuation.identities.ids[cluster.index()]);
        let by_old = match continuation.view().kind {
            ViewKind::Rule => seen.by_rule(row).map(old),
            ViewKind::Standing => {
                let label = place.zip(standing.as_ref()).and_then(|(place, found)| found.labels()[place]);
                label.map(old)
            }
            // All that is known is who went where.
            ViewKind::People => after,
        };
        // Without ids nobody can be found again, and everybody joins.
        let before = seen.people.as_ref().and_then(|People { before, .. }| before[row]);
        CustomerThenAndNow {
            before: before.map(|recorded| recorded.cluster.map(|cluster| self.old[cluster as usize])),
            by_old,
            after,
            value_before: before.map_or(f64::NAN, |recorded| recorded.value),
            value: f64::NAN,
            is_border: place.zip(self.margins).is_some_and(|(place, margins)| margins[place] < BORDER),
        }
    }
}

fn another_table(run: &str, n_common: usize) -> Warning {
    let message = Text::new(
        format!(
            "the run {run} is of another table, with {n_common} features in common; its segments are not continued"
        ),
        format!("运行 {run} 出自另一张表，仅有 {n_common} 个特征相同，其客群不予延续"),
    );
    Warning::new("not_continued", message).with("run", run).with("n_common", n_common)
}

fn not_comparable(run: &str) -> Warning {
    let message = Text::new(
        format!(
            "the segments of {run} are not continued: a feature is lacking, and fewer than half of the customers can be found \
             again by their ids"
        ),
        format!("运行 {run} 的客群不予延续：缺少特征，且能按标识找回的客户不足一半"),
    );
    Warning::new("not_continued", message).with("run", run)
}
