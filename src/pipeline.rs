//! The stages in order, readable from top to bottom.
//!
//! [`Input`] is what is segmented: the file of a plan, batches in memory, or a table of customers. [`segment`] is the work:
//! it names no file, asks neither clock nor environment, and gives a value, the [`Segmentation`]; only an input that lies in a
//! file decodes its columns from there when a stage asks for one. [`Segmentation::record`]
//! makes that a run in a registry. [`run`] is the whole job, [`run_by`] the same by several processes; [`check`] is what can be
//! known before anything is computed.

mod candidates;
mod check;
mod continued;
mod costs;
mod error;
mod input;
mod naming;
mod page;
mod pool;
mod record;
mod refitting;
mod reuse;
mod segmentation;
mod tiers;
mod turn;

use jiff::Timestamp;

use crate::cluster::kmeans::Centroids;
use crate::cluster::{Clusterings, refuse_in_shards};
use crate::config::Plan;
use crate::label::{self, Catalog, ClusterLabel};
use crate::load::{CustomerTable, Source};
use crate::monitor::Monitor;
use crate::normalize::{self, Normalized};
use crate::registry::{CommittedRun, Registry, run_time};
use crate::workers::{self, Workers};
use candidates::Search;
pub use check::{Checked, check, inspect};
pub use continued::baseline;
pub use error::PipelineError;
pub use input::Input;
use naming::Named;
use pool::in_pool;
use refitting::Refitting;
pub use segmentation::Segmentation;
use tiers::{Compared, Tiers};
use turn::{Turn, begun_anew, refuse_future};

/// Roles whose columns are counted in days up to the date of the table.
const AGES: [&str; 2] = ["recency", "tenure"];

/// What becomes of a run that is finished already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Finished {
    /// It is given back: same plan, input, version and date, same result. A plan without a date is computed.
    #[default]
    Reuse,
    /// It stays, and everything is computed again.
    Recompute,
}

/// Runs the whole job of a plan and records it, or gives back the run in which that was done already.
///
/// # Errors
/// [`PipelineError`]; the registry is as it was.
pub fn run(plan: &Plan, finished: Finished, monitor: &Monitor) -> Result<CommittedRun, PipelineError> {
    in_pool(plan, || recorded(|| Input::open(plan, monitor), None, plan, finished, monitor))
}

/// [`run`] with k-means fitted by `workers`; the run is the same, bit for bit.
///
/// # Errors
/// As [`run`]; also when the plan asks for a Gaussian mixture, when the workers would need more memory than the limits allow, when they
/// cannot be made to answer, and when the source changed while it was read.
pub fn run_by(
    workers: &Workers,
    plan: &Plan,
    finished: Finished,
    monitor: &Monitor,
) -> Result<CommittedRun, PipelineError> {
    refuse_in_shards(&plan.cluster)?;
    let by = By { workers, is_watched: true };
    in_pool(plan, || recorded(|| Input::open(plan, monitor), Some(by), plan, finished, monitor))
}

/// [`run`] on a source that is open, such as a table in memory; the path of the plan is not looked at.
///
/// # Errors
/// As [`run`].
pub fn run_on(
    source: Source,
    plan: &Plan,
    finished: Finished,
    monitor: &Monitor,
) -> Result<CommittedRun, PipelineError> {
    in_pool(plan, || recorded(|| Input::of_source(source, plan, monitor), None, plan, finished, monitor))
}

/// [`run_on`] with k-means fitted by `workers`; the run is the same, bit for bit.
///
/// # Errors
/// As [`run_by`]; whoever opened the source says whether it changed.
pub fn run_on_by(
    workers: &Workers,
    source: Source,
    plan: &Plan,
    finished: Finished,
    monitor: &Monitor,
) -> Result<CommittedRun, PipelineError> {
    refuse_in_shards(&plan.cluster)?;
    let by = By { workers, is_watched: false };
    in_pool(plan, || recorded(|| Input::of_source(source, plan, monitor), Some(by), plan, finished, monitor))
}

/// Who fits k-means, where it is not this process.
struct By<'a> {
    workers: &'a Workers,
    /// Whether the files of the plan are held against what they were when the run began.
    is_watched: bool,
}

fn recorded(
    open: impl FnOnce() -> Result<Input, PipelineError>,
    by: Option<By<'_>>,
    plan: &Plan,
    finished: Finished,
    monitor: &Monitor,
) -> Result<CommittedRun, PipelineError> {
    refuse_future(plan, Timestamp::now())?;
    let input = open()?;
    // The lock comes before the heavy work: a second run at the same time ends here.
    let now = run_time(std::env::var("SOURCE_DATE_EPOCH").ok().as_deref(), Timestamp::now())?;
    let lock = Registry::open(&plan.registry.path).with_permissions(plan.registry.permissions).lock()?;
    let fingerprint = &input.loaded.fingerprint;
    if finished == Finished::Reuse
        && let Some(mut run) = reuse::finished(plan, fingerprint, lock.registry())?
    {
        run.warnings.extend(page::write_missing(&run.folder.path));
        return Ok(run);
    }
    // Under the lock, so that no other run takes its place meanwhile.
    let turn = Turn::of(plan, lock.registry())?;
    let begun_anew = begun_anew(plan, lock.registry())?;
    let input = input.in_turn(&turn)?;
    let found = segmented(&input, by.as_ref().map(|by| by.workers), plan, monitor)?;
    if by.is_some_and(|by| by.is_watched) {
        // What takes more than one process takes long enough for somebody to write the next table over this one.
        input.loaded.fingerprint.verify(&Source::open(&plan.source.path)?)?;
    }
    let mut run = found.record_under(lock, now)?;
    // The page is made from the run's files alone; what they were made from needs no memory meanwhile.
    drop(input);
    run.warnings.extend(begun_anew);
    run.warnings.extend(page::write(&run.folder.path));
    Ok(run)
}

/// Finds the segments of `input`: normalize, cluster, label, compare.
///
/// The result depends on input and plan alone. Of the plan everything after `[source]` counts; that table was for whoever
/// made the input.
///
/// # Errors
/// [`PipelineError`], with the stage that could not do its part; when `monitor` stops the work.
pub fn segment(input: &Input, plan: &Plan, monitor: &Monitor) -> Result<Segmentation, PipelineError> {
    in_pool(plan, || segmented(input, None, plan, monitor))
}

fn segmented(
    input: &Input,
    workers: Option<&Workers>,
    plan: &Plan,
    monitor: &Monitor,
) -> Result<Segmentation, PipelineError> {
    // A plan that was read is valid; one that a program changed may not be.
    plan.check()?;
    let monitor = &monitor.for_job();
    let (table, catalogs) = (&input.loaded.table, &input.catalogs);
    let roles = roles(input, plan)?;

    let mut refit = Refitting::of(input.baseline.as_ref(), input.first_id, table, monitor)?;

    let stage = monitor.stage("normalize");
    let normalized = normalize::fit(table, &plan.normalize, monitor)?;
    stage.end();

    let warm = refit.warm_start(&normalized);
    let clusterings = clustered(&normalized, workers, table, plan, warm.as_ref(), monitor)?;
    refit.hold(&normalized, &clusterings);

    let stage = monitor.stage("noise");
    let search = Search { plan, matrix: &normalized.matrix, clusterings: &clusterings };
    let noise = search.noise(monitor)?;
    stage.end();

    let stage = monitor.stage("label");
    let identify = |clusters: &mut [ClusterLabel]| refit.identify(clusters, plan.refit.grace);
    let groups = noise.groups.as_ref().map(|groups| &groups.partition);
    let Named { profiles, mut labelled, groups } =
        Named::of(table, &normalized, &clusterings, groups, catalogs, &roles, plan, identify, monitor)?;
    stage.end();

    let stage = monitor.stage("candidates");
    labelled.new_segments = search.candidates(&labelled, noise, &groups, monitor)?;
    stage.end();

    let stage = monitor.stage("compare");
    let compared = Compared {
        plan,
        table,
        normalized: &normalized,
        roles: &roles,
        clusterings: &clusterings,
        labelled: &labelled,
    };
    let tiers = Tiers::compare(compared, monitor)?;
    stage.end();

    let ages = AGES.iter().filter_map(|role| roles.column(role).map(str::to_owned)).collect();
    let refit = refit.conclude(plan, table, &normalized, &clusterings, ages, monitor)?;

    Ok(Segmentation {
        plan: plan.clone(),
        source: input.name.clone(),
        loaded: input.loaded.clone(),
        normalized,
        clusterings,
        profiles,
        labelled,
        tiers,
        baseline: input.baseline.clone(),
        refit,
        stages: [&input.stages[..], &monitor.stage_seconds()].concat(),
        seconds: input.seconds + monitor.job_seconds(),
    })
}

/// Clusters what was normalized, k-means by `workers` where there are any; refuses more clusters than can be described.
fn clustered(
    normalized: &Normalized,
    workers: Option<&Workers>,
    table: &CustomerTable,
    plan: &Plan,
    warm: Option<&Centroids>,
    monitor: &Monitor,
) -> Result<Clusterings, PipelineError> {
    let matrix = &normalized.matrix;
    let crew = match workers {
        Some(workers) => {
            check::refuse_workers(plan, workers, table, matrix.n_features())?;
            Some(workers::start(workers, matrix, &plan.cluster.kmeans, check::threads(plan), monitor)?)
        }
        None => None,
    };
    let shards = crew.as_deref();
    let clusterings = Clusterings::find_in(matrix, shards, &plan.cluster, warm, monitor)?;
    let found: Vec<u64> = clusterings.all.iter().map(|one| one.partition.n_clusters() as u64).collect();
    check::refuse_descriptions(plan, table, matrix.n_features(), &found)?;
    Ok(clusterings)
}

/// Which column shows which role: as the plan says, else as the columns are called or were judged to be.
fn roles(input: &Input, plan: &Plan) -> Result<label::Roles, PipelineError> {
    let (table, catalogs) = (&input.loaded.table, &input.catalogs);
    // Portraits ask one more catalog, so its roles get columns too.
    let asked: Vec<Catalog> = catalogs.iter().cloned().chain(label::lifecycle_catalog(catalogs)).collect();
    let numeric = table.numeric.names();
    let attributes: Vec<String> = table.attributes.iter().map(|levels| levels.name().to_owned()).collect();
    let mut label_plan = plan.label.clone();
    for (role, column) in input.ages.iter().filter(|(_, column)| numeric.contains(column)) {
        label_plan.roles.entry(role.clone()).or_insert_with(|| column.clone());
    }
    Ok(label::Roles::resolve(&label_plan, &plan.origins, &asked, &numeric, &attributes)?)
}
