//! A segmentation becomes a run: its files, then the commit, then the page.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{Float64Array, StringArray};
use jiff::Timestamp;

use super::continued::{HeldRows, facts};
use super::refitting::ContinuedRun;
use super::turn::later;
use super::{PipelineError, Segmentation, page};
use crate::compare::{Comparisons, Moves};
use crate::label::ClusterLabel;
use crate::limits::peak_memory;
use crate::load::LoadError;
use crate::model::{BesideRows, SegmentName};
use crate::monitor::StageSeconds;
use crate::refit::{Baseline, Challenger, CustomerThenAndNow, Decision, FoundName, Gate, Lineage, Refit, SegmentId};
use crate::registry::{
    ChartInput, Charts, CommittedRun, DbscanRecord, InputRecord, KMeansRecord, OtherRecords, Promotion, REFERENCE,
    REFIT, RUN_FORMAT, Registry, RunLock, RunRecord, SegmentRecord, Software, segments_document, write_assignments,
    write_disagreements, write_json, write_segments,
};

impl Segmentation {
    /// Writes every file of a run that began at `now` into `registry` and makes the run appear, whole or not at all; then
    /// renders its page. Of the runs of the registry the newest stay, as many as the plan says.
    ///
    /// A page that cannot be rendered or written is a warning of a run that exists.
    ///
    /// # Errors
    /// When another run of the registry is going on, or a file cannot be written; the registry is as it was.
    pub fn record(&self, registry: &Registry, now: Timestamp) -> Result<CommittedRun, PipelineError> {
        let mut run = self.record_under(registry.lock()?, now)?;
        run.warnings.extend(page::write(&run.folder.path));
        Ok(run)
    }

    /// [`record`](Segmentation::record) for who holds the registry's lock already, but for the page.
    pub(super) fn record_under(&self, lock: RunLock, now: Timestamp) -> Result<CommittedRun, PipelineError> {
        let began = Instant::now();
        let later = later(&self.plan, lock.registry())?;
        let baseline = self.baseline.as_ref();
        let against = baseline.map(|baseline| baseline.run.as_str());
        let instead_of = baseline.and_then(|baseline| baseline.instead_of.as_deref());
        let pending = lock.begin(now, &RunRecord::work(&self.plan, &self.loaded.fingerprint, against, instead_of))?;
        let folder = pending.path().to_owned();
        self.write_tables(&folder)?;
        write_json(&folder.join("segments.json"), &segments_document(&self.labelled, &self.loaded.table.ids))?;
        self.model().save(&folder.join("model.segmint"))?;
        write_json(&folder.join("comparison.json"), &self.comparisons())?;
        let record = self.run_record(pending.id().to_string(), began.elapsed().as_secs_f64());
        write_json(&folder.join("run.json"), &record)?;
        let refit = self.refit_record(&record, later.as_deref());
        if let Some(refit) = &refit {
            write_json(&folder.join(REFIT), refit)?;
        }
        if let Some(left_behind) = &self.refit.left_behind {
            write_json(&folder.join(REFERENCE), left_behind)?;
        }
        let late = || Some(Gate::late(self.plan.gate.promote.as_deref()?, &later?, record.input.n_customers));
        let gate = refit.map_or_else(late, |refit| refit.gate);
        let promotion = self.promotion(gate.as_ref())?;
        let mut run = pending.commit_and_promote(
            self.plan.registry.keep,
            self.plan.refit.against.as_deref(),
            promotion.as_ref(),
        )?;
        run.gate = gate;
        Ok(run)
    }

    /// What became of the run that was to be continued; `None` when there is none. The run `later` of a later date is promoted.
    fn refit_record(&self, record: &RunRecord, later: Option<&str>) -> Option<Refit> {
        let baseline = self.baseline.as_ref()?;
        let (old, now) = (baseline.ids(), facts(record));
        let found = self.refit.continued.as_ref();
        let candidate = Challenger {
            before: &baseline.facts,
            old: &old,
            now: &now,
            continuation: found.map(|found| &found.held.continuation),
            movement: found.map(|found| &found.movement),
            drift: found.and_then(|found| found.drift.as_ref()),
            has_date: self.plan.source.as_of.is_some(),
            later,
        };
        let gate = &self.plan.gate;
        let gate = gate.promote.as_ref().map(|alias| Gate::of(alias, gate, &candidate));
        Some(match found {
            Some(ContinuedRun { held, lineage, movement, drift }) => {
                Refit::of(baseline, &held.continuation, lineage.clone(), movement.clone(), drift.clone(), gate)
            }
            None => Refit::of_none(baseline, self.own_lineage(baseline), gate),
        })
    }

    /// The lineage of a run that could not continue `baseline`, and gives none of the ids of before.
    fn own_lineage(&self, baseline: &Baseline) -> Lineage {
        let id = |cluster: &ClusterLabel| cluster.id.as_deref().and_then(|id| id.parse().ok());
        let ids: Vec<SegmentId> = self.segments().filter_map(id).collect();
        let found = self
            .segments()
            .map(|cluster| FoundName { name: cluster.name.clone(), archetype: cluster.archetype.clone() });
        let lineage = Lineage::first(&ids, found.collect());
        Lineage { next_id: lineage.next_id.max(baseline.lineage.next_id), ..lineage }
    }

    /// The alias that moves to the run: when the gate says so, and to the first run there is.
    fn promotion(&self, gate: Option<&Gate>) -> Result<Option<Promotion>, PipelineError> {
        let Some(alias) = self.plan.gate.promote.as_deref() else { return Ok(None) };
        if gate.is_some_and(|gate| gate.decision == Decision::Hold) {
            return Ok(None);
        }
        let from = self.baseline.as_ref().map(|baseline| baseline.instead_of.as_ref().unwrap_or(&baseline.run).clone());
        Ok(Some(Promotion { alias: alias.parse()?, from }))
    }

    fn write_tables(&self, folder: &Path) -> Result<(), PipelineError> {
        let failed = |name: &str| {
            let path = folder.join(name);
            move |source| PipelineError::Table { path, source }
        };
        let (table, rows, segments) = (&self.loaded.table, &self.normalized.rows, self.segment_names());
        let path = folder.join("assignments.parquet");
        let beside = Recording::of(self)?;
        // The one waits for the disk while the other computes.
        let (assignments, charts) = rayon::join(
            || write_assignments(&path, table, rows, segments.clone(), &self.clusterings, |rows| beside.of_rows(rows)),
            || self.charts(),
        );
        assignments.map_err(failed("assignments.parquet"))?;
        write_json(&folder.join("charts.json"), &charts?)?;
        let path = folder.join("segments.parquet");
        write_segments(&path, &self.profiles, self.clusterings.primary, &segments)
            .map_err(failed("segments.parquet"))?;
        let comparison = self.tiers.disagreements_of.map(|position| &self.tiers.comparisons[position]);
        let (language, path) = (self.plan.label.language, folder.join("disagreements.parquet"));
        write_disagreements(&path, &table.ids, &segments, language, comparison, &self.tiers.disagreements)
            .map_err(failed("disagreements.parquet"))
    }

    fn charts(&self) -> Result<Charts, LoadError> {
        let kmeans = self.clusterings.kmeans();
        Charts::of(&ChartInput {
            table: &self.loaded.table,
            rows: &self.normalized.rows,
            matrix: &self.normalized.matrix,
            normalizer: &self.normalized.normalizer,
            primary: &self.clusterings.primary().partition,
            kmeans: kmeans.partition,
            dbscan: self.clusterings.dbscan().map(|dbscan| dbscan.partition),
            runners_up: kmeans.runners_up,
        })
    }

    fn comparisons(&self) -> Comparisons {
        let (tiers, ids) = (&self.tiers, &self.loaded.table.ids);
        let comparison = tiers.disagreements_of.map(|position| &tiers.comparisons[position]);
        Comparisons {
            moves: comparison.and_then(|found| Moves::of(found, &tiers.disagreements, |row| ids.text(row))),
            comparisons: tiers.comparisons.clone(),
            tiers: tiers.reports.clone(),
            tier_pairs: tiers.tier_pairs.clone(),
            targets: tiers.targets.clone(),
            outcome: tiers.outcome.clone(),
        }
    }

    /// `run.json`; writing what stands beside it took `write_seconds`.
    fn run_record(&self, run_id: String, write_seconds: f64) -> RunRecord {
        let (plan, loaded) = (&self.plan, &self.loaded);
        let kmeans = self.clusterings.kmeans();
        let write = StageSeconds { stage: "write".to_owned(), seconds: write_seconds };
        RunRecord {
            format: RUN_FORMAT.to_owned(),
            run_id,
            software: Software::current(),
            seed: plan.cluster.seed,
            plan: plan.clone(),
            origins: plan.origins.clone(),
            input: InputRecord {
                path: self.source.clone(),
                id: plan.source.id.clone(),
                n_customers: loaded.table.ids.len(),
                n_clustered: self.normalized.rows.n_matrix(),
                features: self.normalized.feature_names(),
                fingerprint: loaded.fingerprint.clone(),
                audit: loaded.audit.clone(),
            },
            normalization: self.normalized.choices.clone(),
            categories: self.normalized.normalizer.categories().to_vec(),
            primary: self.clusterings.primary,
            structure: kmeans.evidence.structure.clone(),
            kmeans: KMeansRecord::of(kmeans, plan.cluster.kmeans.k),
            dbscan: self.clusterings.dbscan().map(DbscanRecord::of),
            others: OtherRecords::of(&self.clusterings),
            reconciliation: self.clusterings.reconciliation.clone(),
            segments: self.segments().map(|cluster| self.segment_record(cluster)).collect(),
            warnings: self.warnings(),
            stages: self.stages.iter().cloned().chain([write]).collect(),
            seconds: self.seconds + write_seconds,
            peak_memory: peak_memory(),
        }
    }

    fn segment_record(&self, cluster: &ClusterLabel) -> SegmentRecord {
        let SegmentName { segment_id, segment, archetype } = self.segment_name(cluster);
        let stability = cluster.cluster.and_then(|place| self.refit.stability.get(place.index()).copied().flatten());
        SegmentRecord {
            segment_id,
            segment,
            archetype,
            score: cluster.score(),
            size: cluster.size,
            share: cluster.share,
            value_share: cluster.value_share,
            stability: stability.map(|stability| stability.jaccard),
            stability_error: stability.map(|stability| stability.standard_error),
        }
    }
}

/// What is recorded of customers beside their clusters.
struct Recording<'a> {
    value: Option<Arc<Vec<f64>>>,
    held: Option<HeldRows<'a>>,
}

impl<'a> Recording<'a> {
    fn of(found: &'a Segmentation) -> Result<Self, PipelineError> {
        let table = &found.loaded.table;
        let value = table.value.as_ref().map(|column| table.numeric.read(column)).transpose()?;
        let held = found.refit.continued.as_ref().map(|run| run.held.rows(&found.normalized, &found.clusterings));
        Ok(Recording { value, held })
    }

    fn of_rows(&self, rows: Range<usize>) -> BesideRows {
        let mut beside = BesideRows::unknown(rows.len());
        if let Some(value) = &self.value {
            let known = value[rows.clone()].iter().map(|value| Some(*value).filter(|value| !value.is_nan()));
            beside.value = Arc::new(known.collect::<Float64Array>());
        }
        if let Some(held) = &self.held {
            let customers: Vec<CustomerThenAndNow> = rows.map(|row| held.customer(row)).collect();
            let before = customers.iter().map(|customer| customer.before.flatten().map(|id| id.to_string()));
            beside.previous_segment_id = Arc::new(before.collect::<StringArray>());
            let change = customers.iter().map(|customer| Some(customer.change().name()));
            beside.change = Arc::new(change.collect::<StringArray>());
        }
        beside
    }
}
