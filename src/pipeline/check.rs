//! What can be known of a job before anything is computed.

use std::sync::Arc;

use super::{PipelineError, costs};
use crate::Warning;
use crate::cluster::{ClusterError, refuse_unavailable};
use crate::config::{Auto, Plan};
use crate::label::{self, Catalog};
use crate::limits::Needs;
use crate::load::{self, CustomerTable, Extra, LoadError, Source, TableShape};
use crate::monitor::Monitor;
use crate::normalize::MAX_CATEGORY_LEVELS;
use crate::recognize::Judgements;
use crate::registry::AliasName;
use crate::workers::Workers;

/// What is known of a job before anything is computed.
pub struct Checked {
    /// The opened source.
    pub source: Arc<Source>,
    /// Which column plays which role.
    pub uses: load::ColumnUses,
    /// What was judged of the columns.
    pub judgements: Judgements,
    /// What the user should know of how the columns are read.
    pub warnings: Vec<Warning>,
    /// The catalogs in order.
    pub catalogs: Vec<Catalog>,
    /// What the job will need.
    pub estimate: Needs,
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
    let catalogs = refuse_config(plan)?;
    refuse_runs_in_source(plan)?;
    Checked::of(Source::open_watched(&plan.source.path, monitor)?, catalogs, plan, monitor)
}

/// [`check`] for a source that is open.
pub(super) fn check_source(source: Source, plan: &Plan, monitor: &Monitor) -> Result<Checked, PipelineError> {
    let catalogs = refuse_config(plan)?;
    let checked = Checked::of(source, catalogs, plan, monitor)?;
    checked.estimate.check(plan)?;
    Ok(checked)
}

/// The catalogs of a plan that can be carried out, whatever the data.
fn refuse_config(plan: &Plan) -> Result<Vec<Catalog>, PipelineError> {
    refuse_unavailable(&plan.cluster)?;
    if let Some(alias) = &plan.gate.promote {
        alias.parse::<AliasName>()?;
    }
    Ok(label::load_catalogs(&plan.label.catalogs)?)
}

impl Checked {
    /// [`inspect`] for a source that is open.
    pub(super) fn of(
        source: Source,
        catalogs: Vec<Catalog>,
        plan: &Plan,
        monitor: &Monitor,
    ) -> Result<Checked, PipelineError> {
        let mut facts = source.facts(&plan.source, monitor)?;
        let judgements = Judgements::of(&facts, &plan.source);
        let source_plan = judgements.complete(&plan.source);
        let (source, found) = source.read_as(&source_plan)?;
        // A date that no age is counted to still says where a run is among others.
        let has_order = plan.refit.against.is_some() || plan.gate.promote.is_some();
        let found = found.into_iter().filter(|warning| !(has_order && warning.code == "as_of_unused"));
        let warnings = judgements.warnings().into_iter().chain(found).collect();
        let source = Arc::new(source);
        let uses = load::ColumnUses::assign_judged(
            &source_plan,
            Some(&judgements),
            plan.normalize.categories,
            &extras(plan, &catalogs),
            &source,
        )?;
        let categories = source.facts_of(&uses.categories, &source_plan, monitor)?;
        let n_indicators: usize = categories.iter().map(|facts| facts.n_levels().min(MAX_CATEGORY_LEVELS)).sum();
        // What was named needed no judgement, but its levels cost.
        let named = uses.attributes.iter().chain(&uses.tier).chain(&uses.outcome).copied();
        let is_known = |position: &usize| {
            let column = &source.columns()[*position];
            column.is_partition || facts.iter().any(|facts| facts.name == column.name)
        };
        let unknown: Vec<usize> = named.filter(|position| !is_known(position)).collect();
        facts.extend(source.facts_of(&unknown, &source_plan, monitor)?);
        let shape = source.shape(&uses, &facts);
        let estimate = estimate(plan, &source.name(), &shape, uses.features.len() + n_indicators)?;
        Ok(Checked { source, uses, judgements, warnings, catalogs, estimate })
    }
}

/// What a job on `table` in `d` columns of the matrix will need.
///
/// # Errors
/// When a plan that a program put together is not valid, and when there are too few customers to cluster or to have the
/// clusters that it asks for.
pub(super) fn estimate(plan: &Plan, source_name: &str, table: &TableShape, d: usize) -> Result<Needs, PipelineError> {
    plan.check()?;
    let n = table.n_rows as usize;
    if n < 2 {
        return Err(PipelineError::TooFewCustomers { source_name: source_name.to_owned(), n });
    }
    if let Auto::Given(k) = plan.cluster.kmeans.k
        && k > n
    {
        return Err(ClusterError::TooManyClusters { key: "cluster.kmeans.k", k, n_customers: n }.into());
    }
    Ok(costs::estimate(plan, table, d, threads(plan)))
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

/// Numeric columns that keys outside `[source]` name.
fn extras<'a>(plan: &'a Plan, catalogs: &[Catalog]) -> Vec<Extra<'a>> {
    let numeric = plan.label.roles.iter().filter(|(role, _)| !label::is_categorical(role, catalogs));
    let roles = numeric.map(|(_, column)| Extra { key: "label.roles", column });
    let rules = plan.compare.rules.iter().flat_map(|rule| rule.columns());
    roles.chain(rules.map(|column| Extra { key: "compare.rules", column })).collect()
}

/// Refuses to describe more clusters than the limits allow: how many DBSCAN finds, and how many levels all columns have, is
/// known only now.
///
/// # Errors
/// [`Refusal`](crate::limits::Refusal), with the number.
pub(super) fn refuse_descriptions(
    plan: &Plan,
    table: &CustomerTable,
    d: usize,
    clusters: &[u64],
) -> Result<(), PipelineError> {
    let estimate = costs::estimate_of(plan, &table.shape(), d, threads(plan), clusters);
    estimate.check_memory(plan)?;
    Ok(())
}

/// Refuses workers for the `d` columns of a matrix of `table` that would need more memory than the limits allow.
///
/// # Errors
/// [`WorkerError::Memory`](crate::workers::WorkerError::Memory), with the numbers.
pub(super) fn refuse_workers(
    plan: &Plan,
    workers: &Workers,
    table: &CustomerTable,
    d: usize,
) -> Result<(), PipelineError> {
    let shape = table.shape();
    let estimate = costs::estimate(plan, &shape, d, threads(plan));
    Ok(workers.check_memory(plan, &estimate, shape.n_rows, d as u64)?)
}

pub(super) fn threads(plan: &Plan) -> usize {
    match plan.cluster.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}
