//! The stages in order, readable from top to bottom.
//!
//! [`check`] is what can be known before a row is read; [`run`] is the whole job.

mod candidates;
mod clusters;
mod error;
mod results;
mod tiers;

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::cluster::ClusterError;
use crate::config::{Algorithm, Auto, Plan};
use crate::label::{self, Catalog, Profiles};
use crate::limits::Estimate;
use crate::load::{self, Extra, Source};
use crate::monitor::Monitor;
use crate::normalize::{self, Normalized};
use crate::registry::{CommittedRun, Registry, RunRecord, StageSeconds, run_time};
use candidates::Search;
use clusters::Clusters;
pub use error::PipelineError;
use results::Results;
use tiers::{Compared, Tiers};

/// What is known of a job before a row is read.
pub struct Checked {
    /// The opened source.
    pub source: Arc<Source>,
    /// Which column plays which role.
    pub roles: load::Roles,
    /// The catalogs in order.
    pub catalogs: Vec<Catalog>,
    /// What the job will need.
    pub estimate: Estimate,
}

/// Checks a plan against its catalogs, the schema of its source, the number of its customers and its limits, in this order.
///
/// # Errors
/// [`PipelineError`], with the first thing that is wrong.
pub fn check(plan: &Plan) -> Result<Checked, PipelineError> {
    let checked = inspect(plan)?;
    checked.estimate.check(plan)?;
    Ok(checked)
}

/// [`check`] without the limits, for who wants to see by how much they are exceeded.
///
/// # Errors
/// As [`check`].
pub fn inspect(plan: &Plan) -> Result<Checked, PipelineError> {
    let catalogs = label::load_catalogs(&plan.label.catalogs)?;
    let source = Arc::new(Source::open(&plan.source.path)?);
    let roles = load::Roles::assign(&plan.source, &extras(plan, &catalogs), &source)?;
    let (n, d) = (source.n_rows(), roles.features.len());
    if n < 2 {
        return Err(PipelineError::TooFewCustomers { source_name: source.name(), n });
    }
    if let Auto::Given(k) = plan.cluster.kmeans.k
        && k > n
    {
        return Err(ClusterError::TooManyClusters { key: "cluster.kmeans.k", k, n_customers: n }.into());
    }
    let estimate = Estimate::of(plan, n, d, threads(plan));
    Ok(Checked { source, roles, catalogs, estimate })
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
    let Checked { source, roles, catalogs, .. } = check(plan)?;

    let loaded = load::open_source(&source, &roles, plan.source.duplicates, monitor)?;
    // Portraits ask one more catalog, so its roles get columns too.
    let asked: Vec<Catalog> = catalogs.iter().cloned().chain(label::lifecycle_catalog(&catalogs)).collect();
    let numeric = loaded.table.numeric.names();
    let attributes: Vec<String> = loaded.table.attributes.iter().map(|levels| levels.name().to_owned()).collect();
    let label_roles = label::Roles::resolve(&plan.label, &plan.origins, &asked, &numeric, &attributes)?;
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

    let features: Vec<String> = normalizer.features().iter().map(|feature| feature.name().to_owned()).collect();
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
