//! What is segmented.

use std::sync::Arc;

use arrow::array::RecordBatch;

use super::PipelineError;
use super::check::{self, Checked};
use super::continued::of_turn;
use super::pool::in_pool;
use super::turn::Turn;
use crate::config::Plan;
use crate::label::{self, Catalog};
use crate::load::{self, CustomerTable, IN_MEMORY, Loaded, Source};
use crate::monitor::{Monitor, StageSeconds};
use crate::refit::{Baseline, SegmentId};

/// Customers with their columns judged, read and audited, and the catalogs their segments are named from.
///
/// The same customers give the same bits, whether they come from a file, from batches in memory or as a table.
pub struct Input {
    pub(super) name: String,
    pub(super) loaded: Arc<Loaded>,
    /// Role → column of what was judged to be an age.
    pub(super) ages: Vec<(String, String)>,
    pub(super) catalogs: Vec<Catalog>,
    pub(super) baseline: Option<Arc<Baseline>>,
    /// The id of the first segment where no baseline says it.
    pub(super) first_id: SegmentId,
    pub(super) stages: Vec<StageSeconds>,
    pub(super) seconds: f64,
}

impl Input {
    /// The source and the catalogs of a plan. Ids, attributes and the tier are read; numeric columns are read again when a
    /// stage asks for one.
    ///
    /// # Errors
    /// As [`check`](super::check()), and when a column cannot be read.
    pub fn open(plan: &Plan, monitor: &Monitor) -> Result<Input, PipelineError> {
        in_pool(plan, || {
            let job = monitor.for_job();
            Input::of_checked(check::check(plan, monitor)?, plan, &job)
        })
    }

    /// Batches in memory, as a data frame hands them over; `plan.source` says what its columns are, its path is not looked
    /// at.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow::array::{Float64Array, RecordBatch};
    /// use segmint::config::Plan;
    /// use segmint::monitor::Monitor;
    /// use segmint::pipeline::{Input, segment};
    ///
    /// let spread = |base: f64, step: f64| (0..60).map(move |i| base + step * f64::from(i % 10));
    /// let visits: Float64Array = spread(1.0, 0.1).chain(spread(30.0, 0.2)).collect();
    /// let spend: Float64Array = spread(900.0, 3.0).chain(spread(20.0, 1.0)).collect();
    /// let batch = RecordBatch::try_from_iter([("visits", Arc::new(visits) as _), ("spend", Arc::new(spend) as _)])?;
    ///
    /// let plan = Plan::new("-");
    /// let input = Input::of_batches(vec![batch], &plan, &Monitor::silent())?;
    /// let found = segment(&input, &plan, &Monitor::silent())?;
    /// assert_eq!(found.segments().map(|segment| segment.size).collect::<Vec<_>>(), [60, 60]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn of_batches(batches: Vec<RecordBatch>, plan: &Plan, monitor: &Monitor) -> Result<Input, PipelineError> {
        Input::of_source(Source::of_batches(IN_MEMORY, batches)?, plan, monitor)
    }

    /// A source that is open; `plan.source` says what its columns are, its path is not looked at.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn of_source(source: Source, plan: &Plan, monitor: &Monitor) -> Result<Input, PipelineError> {
        in_pool(plan, || {
            let job = monitor.for_job();
            let checked = check::check_source(source, plan, monitor)?;
            Input::of_checked(checked, plan, &job)
        })
    }

    /// Customers whose table is put together already; its columns are taken as what it says they are.
    ///
    /// # Errors
    /// As [`Input::open`], as far as it concerns catalogs, counts and limits.
    pub fn of_table(table: CustomerTable, plan: &Plan, monitor: &Monitor) -> Result<Input, PipelineError> {
        let job = monitor.for_job();
        let stage = job.stage("load");
        let catalogs = label::load_catalogs(&plan.label.catalogs)?;
        let loaded = Loaded::of_table(table)?;
        let n_columns = loaded.table.features.len() + loaded.table.attributes.len();
        check::estimate(plan, IN_MEMORY, &loaded.table.shape(), n_columns)?.check(plan)?;
        stage.end();
        Ok(Input {
            name: IN_MEMORY.to_owned(),
            loaded: Arc::new(loaded),
            ages: Vec::new(),
            catalogs,
            baseline: None,
            first_id: SegmentId::FIRST,
            stages: job.stage_seconds(),
            seconds: job.job_seconds(),
        })
    }

    /// The same customers, with segments named from `catalogs` instead of those of the plan.
    #[must_use]
    pub fn with_catalogs(self, catalogs: Vec<Catalog>) -> Input {
        Input { catalogs, ..self }
    }

    /// The same customers, whose segments are those of `baseline` as far as they go on.
    #[must_use]
    pub fn continuing(self, baseline: Option<Baseline>) -> Input {
        Input { baseline: baseline.map(Arc::new), ..self }
    }

    /// The same customers, whose segments are those that `turn` has before them as far as they go on.
    ///
    /// # Errors
    /// When the run that is continued cannot be read.
    pub(super) fn in_turn(self, turn: &Turn) -> Result<Input, PipelineError> {
        let first_id = turn.never_given.unwrap_or(SegmentId::FIRST);
        Ok(Input { first_id, ..self.continuing(of_turn(turn)?) })
    }

    /// The customers as they were read, with what was counted and noticed.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Reads what was checked; `job` began before the check, which is part of this stage.
    fn of_checked(checked: Checked, plan: &Plan, job: &Monitor) -> Result<Input, PipelineError> {
        let Checked { source, uses, judgements, warnings, catalogs, .. } = checked;
        let mut loaded = load::open_source(&source, &uses, plan.source.duplicates, job)?;
        loaded.warnings.splice(0..0, warnings);
        let seconds = job.job_seconds();
        Ok(Input {
            name: source.name(),
            loaded: Arc::new(loaded),
            ages: judgements.ages().map(|(role, column)| (role.to_owned(), column.to_owned())).collect(),
            catalogs,
            baseline: None,
            first_id: SegmentId::FIRST,
            stages: vec![StageSeconds { stage: "load".to_owned(), seconds }],
            seconds,
        })
    }
}
