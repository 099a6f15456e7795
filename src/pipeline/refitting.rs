//! The run that is continued, beside the stages of a new one.

use std::sync::Arc;

use super::PipelineError;
use super::continued::{Beside, Held};
use crate::cluster::Clusterings;
use crate::cluster::kmeans::Centroids;
use crate::cluster::stability::Stability;
use crate::config::{Algorithm, Plan};
use crate::label::{self, ClusterLabel};
use crate::language::{counted, noun};
use crate::load::{CustomerTable, Ids};
use crate::model::ROW_NUMBER;
use crate::monitor::Monitor;
use crate::normalize::Normalized;
use crate::refit::drift::ReferenceInput;
use crate::refit::{Baseline, DriftRecord, LeftBehind, Lineage, Movement, People, SegmentId};
use crate::{Text, Warning};

/// One customer in so many was in the run before where hardly anybody was.
const FEW: usize = 10;

/// What is known of the run that is continued, stage by stage; nothing of all that where none is.
pub(super) struct Refitting {
    /// The lowest id that no run before gave.
    next_id: SegmentId,
    beside: Option<Beside>,
    held: Option<Held>,
    lineage: Option<Lineage>,
    warnings: Vec<Warning>,
}

/// What became of the run that was to be continued, and what is left for the one after it.
pub(super) struct Refitted {
    /// What became of its segments; `None` without one, and where it could not be continued.
    pub(super) continued: Option<ContinuedRun>,
    /// What later runs are compared with, where there will be some.
    pub(super) left_behind: Option<LeftBehind>,
    /// How steadily every segment comes back in samples, where that was measured.
    pub(super) stability: Vec<Option<Stability>>,
    pub(super) warnings: Vec<Warning>,
}

/// What became of the segments of the run that is continued.
pub(super) struct ContinuedRun {
    pub(super) held: Held,
    pub(super) lineage: Lineage,
    pub(super) movement: Movement,
    pub(super) drift: Option<DriftRecord>,
}

impl Refitting {
    /// How `table` looks to `baseline`, before it is clustered; ids begin at `first_id` where there is none.
    pub(super) fn of(
        baseline: Option<&Arc<Baseline>>,
        first_id: SegmentId,
        table: &CustomerTable,
        monitor: &Monitor,
    ) -> Result<Refitting, PipelineError> {
        let next_id = baseline.map_or(first_id, |baseline| baseline.lineage.next_id);
        let mut refitting = Refitting { next_id, beside: None, held: None, lineage: None, warnings: Vec::new() };
        let Some(baseline) = baseline else { return Ok(refitting) };
        let _stage = monitor.stage("refit");
        match Beside::look(baseline, table, monitor)? {
            Ok(beside) => {
                if let Some(found_again) = beside.seen.people.as_ref().map(People::n_shared) {
                    refitting.warnings.extend(few_found_again(baseline, table, found_again));
                }
                refitting.beside = Some(beside);
            }
            Err(warning) => refitting.warnings.push(*warning),
        }
        Ok(refitting)
    }

    /// Where the old segments are in the new matrix; one start more for k-means.
    pub(super) fn warm_start(&self, normalized: &Normalized) -> Option<Centroids> {
        self.beside.as_ref()?.warm_start(normalized)
    }

    /// Holds the new segments against the old ones.
    pub(super) fn hold(&mut self, normalized: &Normalized, clusterings: &Clusterings) {
        match self.beside.take().map(|beside| beside.held(normalized, clusterings)) {
            Some(Ok(held)) => self.held = Some(held),
            Some(Err(warning)) => self.warnings.push(*warning),
            None => {}
        }
    }

    /// Gives the segments their ids, and names that last.
    pub(super) fn identify(&mut self, clusters: &mut [ClusterLabel], grace: usize) {
        match &self.held {
            Some(held) => self.lineage = Some(held.identify(clusters, grace)),
            None => label::number(clusters, self.next_id),
        }
    }

    /// Who moved, what drifted, how steady the segments are. `ages` are features that are counted to a date.
    pub(super) fn conclude(
        self,
        plan: &Plan,
        table: &CustomerTable,
        normalized: &Normalized,
        clusterings: &Clusterings,
        ages: Vec<String>,
        monitor: &Monitor,
    ) -> Result<Refitted, PipelineError> {
        let mut continued = None;
        if let Some((held, lineage)) = self.held.zip(self.lineage) {
            let _stage = monitor.stage("movement");
            let movement = held.movement(table, normalized, clusterings)?;
            continued = Some(ContinuedRun { held, lineage, movement, drift: None });
        }
        let is_one_of_many = plan.gate.promote.is_some() || plan.refit.against.is_some();
        let mut left_behind = None;
        if is_one_of_many {
            left_behind = Some(leave_behind(plan, table, normalized, clusterings, continued.as_mut(), monitor)?);
        }
        if let Some(drift) = continued.as_mut().and_then(|run| run.drift.as_mut()) {
            let more: Vec<String> = ages.into_iter().filter(|age| !drift.running.contains(age)).collect();
            drift.running.extend(more);
        }
        let mut stability = Vec::new();
        if plan.gate.promote.is_some() {
            let _stage = monitor.stage("stability");
            stability = clusterings.primary().stability(&normalized.matrix, &plan.cluster, monitor)?;
        }
        Ok(Refitted { continued, left_behind, stability, warnings: self.warnings })
    }
}

/// Says where at most one in [`FEW`] of those who could be in both tables is.
fn few_found_again(baseline: &Baseline, table: &CustomerTable, found_again: usize) -> Option<Warning> {
    let run = &baseline.run;
    let could_be = table.ids.len().min(baseline.facts.n_customers);
    if FEW * found_again > could_be {
        return None;
    }
    let column = match &table.ids {
        Ids::Column { name, .. } => name.as_str(),
        Ids::RowNumber(_) => ROW_NUMBER,
    };
    let (who, whom) = match found_again {
        0 => ("nobody in the table was".to_owned(), "表中没有任何客户".to_owned()),
        n => (
            format!(
                "of the table only {} {}",
                counted(n as u64, "customer", "customers"),
                noun(n as u64, "was", "were")
            ),
            format!("表中仅有 {n} 位客户"),
        ),
    };
    let message = Text::new(
        format!(
            "{who} in the run {run}, by {column:?}: if they are the same customers, ids were written in another way"
        ),
        format!("按“{column}”列，{whom}出现在运行 {run} 中：若客户相同，则标识的写法已改变"),
    );
    let code = if found_again == 0 { "nobody_found_again" } else { "few_found_again" };
    Some(Warning::new(code, message).with("run", run.as_str()).with("column", column).with("n", found_again))
}

/// What the run leaves behind; notes in `continued` how its customers differ from those of the run before.
fn leave_behind(
    plan: &Plan,
    table: &CustomerTable,
    normalized: &Normalized,
    clusterings: &Clusterings,
    continued: Option<&mut ContinuedRun>,
    monitor: &Monitor,
) -> Result<LeftBehind, PipelineError> {
    let _stage = monitor.stage("drift");
    let features = normalized.feature_names();
    let centroids = (clusterings.primary == Algorithm::KMeans).then(|| &clusterings.kmeans().model.centroids);
    let input = ReferenceInput {
        table,
        rows: &normalized.rows,
        features: &features,
        matrix: &normalized.matrix,
        partition: &clusterings.primary().partition,
        centroids,
    };
    let left_behind = LeftBehind::of(&input, plan.cluster.seed, monitor)?;
    if let Some(run) = continued {
        run.drift = run.held.drift(&input, &left_behind.sample, plan, monitor)?;
    }
    Ok(left_behind)
}
