//! A segmentation becomes a run: its files, then the commit, then the page.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;

use super::{PipelineError, Segmentation, page};
use crate::compare::{Comparisons, Moves};
use crate::label::ClusterLabel;
use crate::limits::peak_memory;
use crate::load::LoadError;
use crate::model::SegmentName;
use crate::monitor::StageSeconds;
use crate::registry::{
    ChartInput, Charts, CommittedRun, DbscanRecord, InputRecord, KMeansRecord, OtherRecords, RUN_FORMAT, Registry,
    RunLock, RunRecord, SegmentRecord, Software, segments_document, write_assignments, write_disagreements, write_json,
    write_segments,
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
        let pending = lock.begin(now, &RunRecord::work(&self.plan, &self.loaded.fingerprint))?;
        let folder = pending.path().to_owned();
        self.write_tables(&folder)?;
        write_json(&folder.join("segments.json"), &segments_document(&self.labelled, &self.loaded.table.ids))?;
        self.model().save(&folder.join("model.segmint"))?;
        write_json(&folder.join("comparison.json"), &self.comparisons())?;
        let record = self.run_record(pending.id().to_string(), began.elapsed().as_secs_f64());
        write_json(&folder.join("run.json"), &record)?;

        Ok(pending.commit(self.plan.registry.keep)?)
    }

    fn write_tables(&self, folder: &Path) -> Result<(), PipelineError> {
        let failed = |name: &str| {
            let path = folder.join(name);
            move |source| PipelineError::Table { path, source }
        };
        let (table, rows, segments) = (&self.loaded.table, &self.normalized.rows, self.segment_names());
        let path = folder.join("assignments.parquet");
        // The one waits for the disk while the other computes.
        let (assignments, charts) = rayon::join(
            || write_assignments(&path, table, rows, segments.clone(), &self.clusterings),
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
        SegmentRecord {
            segment_id,
            segment,
            archetype,
            score: cluster.score(),
            size: cluster.size,
            share: cluster.share,
            value_share: cluster.value_share,
        }
    }
}
