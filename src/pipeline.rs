//! The stages in order, readable from top to bottom.
//!
//! [`check`] is what can be known before anything is computed; [`run`] is the whole job.

mod candidates;
mod clusters;
mod costs;
mod error;
mod results;
mod tiers;

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::Warning;
use crate::cluster::ClusterError;
use crate::config::{Algorithm, Auto, LabelPlan, Plan};
use crate::label::{self, Catalog, Profiles};
use crate::limits::Estimate;
use crate::load::{self, Extra, LoadError, Source};
use crate::monitor::Monitor;
use crate::normalize::{self, MAX_CATEGORY_LEVELS, Normalized};
use crate::recognize::Judgements;
use crate::registry::{CommittedRun, Registry, RunRecord, StageSeconds, run_time};
use candidates::Search;
use clusters::Clusters;
pub use error::PipelineError;
use results::Results;
use tiers::{Compared, Tiers};

/// What is known of a job before anything is computed.
pub struct Checked {
    /// The opened source.
    pub source: Arc<Source>,
    /// Which column plays which role.
    pub roles: load::Roles,
    /// What was judged of the columns.
    pub judgements: Judgements,
    /// What the user should know of how the columns are read.
    pub warnings: Vec<Warning>,
    /// The catalogs in order.
    pub catalogs: Vec<Catalog>,
    /// What the job will need.
    pub estimate: Estimate,
}

/// Checks a plan against its catalogs, the schema of its source, the number of its customers and its limits, in this order.
///
/// The columns are read once, to judge what they are.
///
/// # Errors
/// [`PipelineError`], with the first thing that is wrong; when `monitor` stops the work.
pub fn check(plan: &Plan, monitor: &Monitor) -> Result<Checked, PipelineError> {
    let checked = inspect(plan, monitor)?;
    checked.estimate.check(plan)?;
    Ok(checked)
}

/// [`check`] without the limits, for who wants to see by how much they are exceeded.
///
/// # Errors
/// As [`check`].
pub fn inspect(plan: &Plan, monitor: &Monitor) -> Result<Checked, PipelineError> {
    let catalogs = label::load_catalogs(&plan.label.catalogs)?;
    refuse_runs_in_source(plan)?;
    let source = Source::open(&plan.source.path)?;
    let judgements = Judgements::of(&source.facts(&plan.source, monitor)?, &plan.source);
    let source_plan = judgements.complete(&plan.source);
    let (source, found) = source.read_as(&source_plan)?;
    let warnings = judgements.warnings().into_iter().chain(found).collect();
    let source = Arc::new(source);
    let roles = load::Roles::assign_judged(
        &source_plan,
        Some(&judgements),
        plan.normalize.categories,
        &extras(plan, &catalogs),
        &source,
    )?;
    let n = source.n_rows();
    if n < 2 {
        return Err(PipelineError::TooFewCustomers { source_name: source.name(), n });
    }
    if let Auto::Given(k) = plan.cluster.kmeans.k
        && k > n
    {
        return Err(ClusterError::TooManyClusters { key: "cluster.kmeans.k", k, n_customers: n }.into());
    }
    let categories = source.facts_of(&roles.categories, &source_plan, monitor)?;
    let n_indicators: usize = categories.iter().map(|facts| facts.n_levels().min(MAX_CATEGORY_LEVELS)).sum();
    let estimate = costs::estimate(plan, n, roles.features.len() + n_indicators, threads(plan));
    Ok(Checked { source, roles, judgements, warnings, catalogs, estimate })
}

/// Refuses a registry whose runs the source would read as customers the next time.
fn refuse_runs_in_source(plan: &Plan) -> Result<(), PipelineError> {
    let file = plan.registry.path.join("run").join("assignments.parquet");
    load::refuse_overwriting(&file, &plan.source.path).map_err(|error| match error {
        LoadError::OutputInInput { source_name, .. } => {
            PipelineError::RunsInSource { registry: plan.registry.path.clone(), source_name }
        }
        other => other.into(),
    })
}

/// Runs the whole job and records it.
///
/// # Errors
/// [`PipelineError`]; the registry is as it was.
pub fn run(plan: &Plan, monitor: &Monitor) -> Result<CommittedRun, PipelineError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(plan.cluster.threads)
        .build()
        .map_err(|error| PipelineError::Threads { wanted: plan.cluster.threads, message: error.to_string() })?;
    pool.install(|| stages(plan, monitor))
}

fn stages(plan: &Plan, monitor: &Monitor) -> Result<CommittedRun, PipelineError> {
    let mut clock = Clock::start();
    let Checked { source, roles, judgements, warnings, catalogs, .. } = check(plan, monitor)?;

    let mut loaded = load::open_source(&source, &roles, plan.source.duplicates, monitor)?;
    loaded.warnings.splice(0..0, warnings);
    // Portraits ask one more catalog, so its roles get columns too.
    let asked: Vec<Catalog> = catalogs.iter().cloned().chain(label::lifecycle_catalog(&catalogs)).collect();
    let numeric = loaded.table.numeric.names();
    let attributes: Vec<String> = loaded.table.attributes.iter().map(|levels| levels.name().to_owned()).collect();
    let label_plan = with_ages(&plan.label, &judgements, &numeric);
    let label_roles = label::Roles::resolve(&label_plan, &plan.origins, &asked, &numeric, &attributes)?;
    clock.lap("load");

    // The lock comes before the heavy work: a second run at the same time ends here.
    let now = run_time(std::env::var("SOURCE_DATE_EPOCH").ok().as_deref(), Timestamp::now())?;
    let registry = Registry::open(&plan.registry.path);
    let pending = registry.begin(now, &RunRecord::work(plan, &loaded.fingerprint))?;

    let normalized = normalize::fit(&loaded.table, &plan.normalize, monitor)?;
    clock.lap("normalize");

    let Normalized { matrix, normalizer, rows, .. } = &normalized;
    let clusters = Clusters::find(plan, matrix, monitor)?;
    clock.skip(&clusters.seconds);

    let features: Vec<String> = normalizer.names().into_iter().map(str::to_owned).collect();
    let structure = clusters.structured(plan.cluster.primary);
    let search = Search { plan, matrix, clusters: &clusters };
    let noise = search.noise(monitor)?;
    clock.lap("noise");

    let mut partitions = clusters.partitions();
    let n_clusterings = partitions.len();
    partitions.extend(noise.as_ref().ok().map(|groups| (Algorithm::Dbscan, &groups.partition)));
    let mut profiles = label::profile(&loaded.table, rows, matrix, &features, &label_roles, &partitions, monitor)?;
    // The groups of the noise are described and named like clusters, but they are none.
    let of_noise = profiles.clusterings.split_off(n_clusterings);
    let name = |profiles: &Profiles, primary: Algorithm, structure: bool| {
        label::label(profiles, &catalogs, &label_roles, &plan.label, primary, structure)
    };
    let mut labelled = name(&profiles, plan.cluster.primary, structure);
    let other = name(&profiles, plan.cluster.primary, !structure);
    for (clustering, otherwise) in labelled.clusterings.iter_mut().zip(other.clusterings) {
        // A clustering is named by its own evidence, whatever the other one shows.
        if clusters.structured(clustering.algorithm) != structure {
            *clustering = otherwise;
        }
    }
    label::portray(&mut labelled, &profiles, &catalogs, &label_roles, &plan.label, structure);
    let groups = name(&Profiles { clusterings: of_noise, ..profiles.clone() }, Algorithm::KMeans, structure);
    let groups = groups.clusterings.first().map_or(Vec::new(), |groups| groups.without_noise().cloned().collect());
    let (primary, seed) = (clusters.primary(plan), plan.cluster.seed);
    label::add_rules(&mut labelled, &loaded.table, rows, &features, primary, seed, monitor)?;
    clock.lap("label");

    labelled.new_segments = search.candidates(&labelled, noise, &groups, monitor)?;
    clock.lap("candidates");

    let table = &loaded.table;
    let (roles, features) = (&label_roles, &features);
    let compared = Compared { plan, table, rows, features, roles, clusters: &clusters, labelled: &labelled };
    let tiers = Tiers::compare(compared, monitor)?;
    clock.lap("compare");

    Results { plan, loaded, normalized, clusters, profiles, labelled, tiers }.write(pending, clock)
}

/// Numeric columns that keys outside `[source]` name.
fn extras<'a>(plan: &'a Plan, catalogs: &[Catalog]) -> Vec<Extra<'a>> {
    let numeric = plan.label.roles.iter().filter(|(role, _)| !label::is_categorical(role, catalogs));
    let roles = numeric.map(|(_, column)| Extra { key: "label.roles", column });
    let rules = plan.compare.rules.iter().flat_map(|rule| rule.columns());
    roles.chain(rules.map(|column| Extra { key: "compare.rules", column })).collect()
}

/// The plan with the roles of columns that were judged to be ages, where it gives those roles no column.
fn with_ages(plan: &LabelPlan, judgements: &Judgements, numeric: &[String]) -> LabelPlan {
    let mut plan = plan.clone();
    for (role, column) in judgements.ages().filter(|(_, column)| numeric.iter().any(|name| name == column)) {
        plan.roles.entry(role.to_owned()).or_insert_with(|| column.to_owned());
    }
    plan
}

fn threads(plan: &Plan) -> usize {
    match plan.cluster.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

/// Wall seconds per stage.
struct Clock {
    start: Instant,
    last: Instant,
    stages: Vec<StageSeconds>,
}

impl Clock {
    fn start() -> Self {
        let now = Instant::now();
        Clock { start: now, last: now, stages: Vec::new() }
    }

    /// Ends a stage.
    fn lap(&mut self, stage: &str) {
        let seconds = self.last.elapsed().as_secs_f64();
        self.stages.push(StageSeconds { stage: stage.to_owned(), seconds });
        self.last = Instant::now();
    }

    /// Adds stages that ran side by side and timed themselves.
    fn skip(&mut self, stages: &[StageSeconds]) {
        self.stages.extend_from_slice(stages);
        self.last = Instant::now();
    }

    fn stop(self) -> (Vec<StageSeconds>, f64) {
        (self.stages, self.start.elapsed().as_secs_f64())
    }
}
