//! What a run found, and the files it becomes.

use std::collections::BTreeMap;

use super::clusters::{Clusters, Density};
use super::tiers::Tiers;
use super::{Clock, PipelineError};
use crate::compare::{Comparisons, Moves};
use crate::config::{Algorithm, Plan};
use crate::label::{ClusterLabel, Labelled, Profiles};
use crate::limits::peak_memory;
use crate::load::{LoadError, Loaded, Reading};
use crate::model::{ClusterName, FittedPipeline, SegmentName};
use crate::normalize::Normalized;
use crate::registry::{
    Assigned, ChartInput, Charts, CommittedRun, DbscanRecord, GmmRecord, InputRecord, KMeansRecord, PendingRun,
    RUN_FORMAT, RunRecord, SegmentRecord, Software, segments_document, write_disagreements, write_json, write_segments,
    write_text,
};
use crate::report::{REPORT_FILE, Report};

/// Everything a run found.
pub(super) struct Results<'a> {
    pub(super) plan: &'a Plan,
    pub(super) loaded: Loaded,
    pub(super) normalized: Normalized,
    pub(super) clusters: Clusters,
    pub(super) profiles: Profiles,
    pub(super) labelled: Labelled,
    pub(super) tiers: Tiers,
}

impl Results<'_> {
    /// Writes every file of the run into its pending folder and makes the run appear.
    pub(super) fn write(self, pending: PendingRun, mut clock: Clock) -> Result<CommittedRun, PipelineError> {
        let folder = pending.path().to_owned();
        let failed = |name: &str| {
            let path = folder.join(name);
            move |source| PipelineError::Table { path, source }
        };
        let segments: Vec<SegmentName> = self.segments().map(|cluster| self.segment_name(cluster)).collect();
        let primary = self.plan.cluster.primary;
        // The one waits for the disk while the other computes.
        let (assignments, charts) =
            rayon::join(|| self.assigned(&segments).write(&folder.join("assignments.parquet")), || self.charts());
        assignments.map_err(failed("assignments.parquet"))?;
        write_segments(&folder.join("segments.parquet"), &self.profiles, primary, &segments)
            .map_err(failed("segments.parquet"))?;
        let comparison = self.tiers.disagreements_of.map(|position| &self.tiers.comparisons[position]);
        write_disagreements(
            &folder.join("disagreements.parquet"),
            &self.loaded.table.ids,
            &segments,
            self.plan.label.language,
            comparison,
            &self.tiers.disagreements,
        )
        .map_err(failed("disagreements.parquet"))?;
        write_json(&folder.join("segments.json"), &segments_document(&self.labelled, &self.loaded.table.ids))?;
        write_json(&folder.join("charts.json"), &charts?)?;
        self.fitted().save(&folder.join("model.segmint"))?;
        let ids = &self.loaded.table.ids;
        let comparisons = Comparisons {
            moves: comparison
                .and_then(|comparison| Moves::of(comparison, &self.tiers.disagreements, |row| ids.text(row))),
            comparisons: self.tiers.comparisons.clone(),
            tiers: self.tiers.reports.clone(),
            tier_pairs: self.tiers.tier_pairs.clone(),
            targets: self.tiers.targets.clone(),
            outcome: self.tiers.outcome.clone(),
        };
        write_json(&folder.join("comparison.json"), &comparisons)?;
        clock.lap("write");
        let record = self.record(pending.id().to_string(), clock);
        write_json(&folder.join("run.json"), &record)?;
        let page = Report::read(&folder)?.html()?;
        write_text(&folder.join(REPORT_FILE), &page)?;
        Ok(pending.commit(self.plan.registry.keep)?)
    }

    /// The clusters of the primary clustering, without noise.
    fn segments(&self) -> impl Iterator<Item = &ClusterLabel> {
        self.clusters_of(self.plan.cluster.primary)
    }

    fn clusters_of(&self, algorithm: Algorithm) -> impl Iterator<Item = &ClusterLabel> {
        let found = self.labelled.clusterings.iter().filter(move |clustering| clustering.algorithm == algorithm);
        found.flat_map(|clustering| &clustering.clusters).filter(|cluster| cluster.cluster.is_some())
    }

    fn segment_name(&self, cluster: &ClusterLabel) -> SegmentName {
        SegmentName {
            segment_id: cluster.id.clone().unwrap_or_default(),
            segment: cluster.name.get(self.plan.label.language).to_owned(),
            archetype: cluster.archetype.clone(),
        }
    }

    fn assigned<'a>(&'a self, segments: &[SegmentName]) -> Assigned<'a> {
        let Clusters { kmeans, assignment, dbscan, gmm, .. } = &self.clusters;
        Assigned {
            table: &self.loaded.table,
            rows: &self.normalized.rows,
            segments: segments.to_vec(),
            primary: self.clusters.primary(self.plan),
            kmeans: &kmeans.fit.partition,
            runners_up: assignment.runners_up.as_ref().map(|second| (&second.margins[..], &second.clusters[..])),
            dbscan: dbscan.as_ref().map(|dbscan| (&dbscan.fit.partition, &dbscan.fit.core[..])),
            gmm: gmm.as_ref().map(|gmm| (&gmm.clusters[..], &gmm.probability[..])),
        }
    }

    fn charts(&self) -> Result<Charts, LoadError> {
        Charts::of(&ChartInput {
            table: &self.loaded.table,
            rows: &self.normalized.rows,
            matrix: &self.normalized.matrix,
            normalizer: &self.normalized.normalizer,
            primary: self.clusters.primary(self.plan),
            kmeans: &self.clusters.kmeans.fit.partition,
            dbscan: self.clusters.dbscan.as_ref().map(|dbscan| &dbscan.fit.partition),
            runners_up: self.clusters.assignment.runners_up.as_ref(),
        })
    }

    fn fitted(&self) -> FittedPipeline {
        let names = |algorithm| {
            let name = |cluster: &ClusterLabel| ClusterName {
                segment_id: cluster.id.clone(),
                name: cluster.name.clone(),
                archetype: cluster.archetype.clone(),
            };
            self.clusters_of(algorithm).map(name).collect()
        };
        let source = &self.plan.source;
        FittedPipeline {
            id_column: source.id.clone(),
            tier_column: source.tier.clone(),
            duplicates: source.duplicates,
            readings: self.readings(),
            language: self.plan.label.language,
            normalizer: self.normalized.normalizer.clone(),
            kmeans: self.clusters.kmeans.fit.model.clone(),
            density: crate::model::Density::of(self.clusters.dbscan.as_ref().map(|dbscan| dbscan.fit.model.clone())),
            primary: self.plan.cluster.primary,
            kmeans_names: names(Algorithm::KMeans),
            dbscan_names: names(Algorithm::Dbscan),
        }
    }

    /// Of the features and of the tier: what scoring and explaining read again.
    fn readings(&self) -> BTreeMap<String, Reading> {
        let columns = self.normalized.normalizer.names();
        let is_read = |name: &str| self.plan.source.tier.as_deref() == Some(name) || columns.contains(&name);
        let readings = self.loaded.readings.iter().filter(|(name, _)| is_read(name));
        readings.map(|(name, reading)| (name.clone(), reading.clone())).collect()
    }

    fn record(&self, run_id: String, clock: Clock) -> RunRecord {
        let (plan, loaded, clusters) = (self.plan, &self.loaded, &self.clusters);
        let features = self.normalized.normalizer.names().into_iter().map(str::to_owned).collect();
        let mut warnings = loaded.warnings.clone();
        warnings.extend_from_slice(&self.normalized.warnings);
        warnings.extend(clusters.warnings(self.plan));
        warnings.extend_from_slice(&self.labelled.warnings);
        warnings.extend_from_slice(&self.tiers.warnings);
        let (stages, seconds) = clock.stop();
        RunRecord {
            format: RUN_FORMAT.to_owned(),
            run_id,
            software: Software::current(),
            seed: plan.cluster.seed,
            plan: plan.clone(),
            origins: plan.origins.clone(),
            input: InputRecord {
                path: plan.source.path.display().to_string(),
                id: plan.source.id.clone(),
                n_customers: loaded.table.ids.len(),
                n_clustered: self.normalized.rows.n_matrix(),
                features,
                fingerprint: loaded.fingerprint.clone(),
                audit: loaded.audit.clone(),
            },
            normalization: self.normalized.choices.clone(),
            categories: self.normalized.normalizer.categories().to_vec(),
            primary: plan.cluster.primary,
            structure: clusters.kmeans.structure.clone(),
            kmeans: self.kmeans_record(),
            dbscan: clusters.dbscan.as_ref().map(dbscan_record),
            gmm: clusters.gmm.as_ref().map(|gmm| GmmRecord::of(&gmm.clusters, &gmm.probability)),
            reconciliation: clusters.reconciliation.clone(),
            segments: self.segments().map(|cluster| self.segment_record(cluster)).collect(),
            warnings,
            stages,
            seconds,
            peak_memory: peak_memory(),
        }
    }

    fn kmeans_record(&self) -> KMeansRecord {
        let chosen = &self.clusters.kmeans;
        KMeansRecord {
            requested: self.plan.cluster.kmeans.k,
            k: chosen.fit.model.k(),
            init: chosen.fit.init,
            n_iter: chosen.fit.n_iter,
            converged: chosen.fit.converged,
            inertia: chosen.fit.model.inertia,
            sizes: chosen.fit.model.sizes.clone(),
            table: chosen.table.clone(),
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

fn dbscan_record(dbscan: &Density) -> DbscanRecord {
    let partition = &dbscan.fit.partition;
    DbscanRecord {
        chosen: dbscan.chosen.clone(),
        sampled: dbscan.sampled,
        n_clusters: partition.n_clusters(),
        n_noise: partition.n_noise(),
        n_core: dbscan.fit.core.iter().filter(|&&core| core).count(),
        sizes: partition.sizes(),
        structure: dbscan.structure.clone(),
    }
}
