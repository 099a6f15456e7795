//! `segmint compare`: a run against another run, or against a table of tiers.

use std::path::{Path, PathBuf};

use super::args::Arguments;
use super::compared_runs::Runs;
use super::exit::{CliError, Failed};
use super::output::{print_document, print_json, say};
use super::tier_table::{Tiers, Wanted, hint_to_nobody_shared};
use super::{Answer, plain_monitor, plan_if_any, registry_of, run_of};
use crate::Language;
use crate::compare::{Comparison, compare_assignments};
use crate::config::{Auto, ClusterPlan, ComparePlan, Duplicates, Plan};
use crate::failure::Failure;
use crate::limits::check_customers;
use crate::model::{FittedPipeline, ROW_NUMBER};
use crate::monitor::Monitor;
use crate::registry::{Joined, LabelsById, Registry, RegistryError, RunFolder};
use crate::report::Document;
use crate::sharing::{Rules, RunFiles, SharedTiersCompared, TiersBeside};

pub(super) fn run(
    arguments: &Arguments,
    run: &str,
    other: &str,
    wanted: Wanted<'_>,
    language: Option<Language>,
) -> Result<(), Failed> {
    let (registry, _) = registry_of(arguments)?;
    let run = run_of(arguments, run)?;
    let plan = plan_if_any(arguments)?;
    let asked = Asked { registry: &registry, plan: plan.as_ref(), wanted, called: None, language };
    let answer = compared(&run, other, asked, &plain_monitor(arguments))?;
    if arguments.json { print_json(&answer.json) } else { print_document(&answer.document) }
}

/// What is asked of a comparison.
pub struct Asked<'a> {
    /// Where the runs are.
    pub registry: &'a Registry,
    /// What says how it is compared; `None` = the defaults.
    pub plan: Option<&'a Plan>,
    /// What is said of a table of tiers.
    pub wanted: Wanted<'a>,
    /// What that table is called; `None` = its path.
    pub called: Option<&'a Path>,
    /// The language; `None` = that of the run.
    pub language: Option<Language>,
}

/// The segments of `run` held against `other`: a run, or a table of tiers.
///
/// # Errors
/// When either cannot be read, or the two have no customer in common.
pub fn compared(run: &RunFolder, other: &str, asked: Asked<'_>, monitor: &Monitor) -> Result<Answer, Failed> {
    let Asked { registry, plan, wanted, called, language } = asked;
    // Opened first: its files are held against their checksums.
    let sharing = Rules::open(&run.path)?;
    let model = FittedPipeline::load(&run.file("model.segmint"))?;
    let id = model.id_column.as_deref().unwrap_or(ROW_NUMBER);
    let assignments = run.file("assignments.parquet");
    let needed = LabelsById::memory_bytes(&assignments, id, "segment")?;
    let memory = plan.map_or(Auto::Auto, |plan| plan.limits.memory);
    check_customers(needed, memory)?;
    let segments = LabelsById::read(&assignments, id, "segment", model.duplicates, &[])?;
    let compare = plan.map(|plan| ComparePlan { rules: Vec::new(), ..plan.compare.clone() });
    let mut settings = Settings {
        plan: compare.unwrap_or_default(),
        seed: plan.map_or_else(|| ClusterPlan::default().seed, |plan| plan.cluster.seed),
        duplicates: model.duplicates,
        sharing,
        language: language.unwrap_or(model.language),
        monitor,
    };
    let table = PathBuf::from(other);
    let is_run = table.join("run.json").is_file() || !table.exists();
    if is_run {
        wanted.is_of_no_table()?;
        let other = other_run(registry, other)?;
        // Of two rules the stricter one.
        let min_cell = Rules::open(&other.path)?.min_cell;
        settings.sharing.min_cell = settings.sharing.min_cell.max(min_cell);
        let other_model = FittedPipeline::load(&other.file("model.segmint"))?;
        if model.id_column.is_none() && other_model.id_column.is_none() {
            say("segmint: warning: the runs have no id column, so row 7 of one is taken for row 7 of the other");
        }
        let other_id = other_model.id_column.as_deref().unwrap_or(ROW_NUMBER);
        let (file, kept) = (other.file("assignments.parquet"), other_model.duplicates);
        check_customers(needed + LabelsById::memory_bytes(&file, other_id, "segment")?, memory)?;
        let other_segments = LabelsById::read(&file, other_id, "segment", kept, &[])?;
        let joined = Joined::of(&segments, &run.name(), &other_segments, &other.name());
        settings.runs(&joined, registry, [run, &other])
    } else {
        // Other formats are bounded by what is read of them.
        if table.extension().is_some_and(|end| end == "parquet") {
            let (id, tier) = (wanted.id.unwrap_or(id), wanted.tier.unwrap_or_default());
            check_customers(needed + LabelsById::memory_bytes(&table, id, tier)?, memory)?;
        }
        let null_values = |tier: &str| plan.map_or(&[][..], |plan| plan.source.null_values_of(tier));
        let tiers = Tiers::read(&table, wanted, id, model.duplicates, null_values)?;
        let joined = Joined::of(&tiers.by_id, &tiers.column, &segments, "segment");
        if joined.n_shared() == 0 {
            return Err(nobody_shared(hint_to_nobody_shared(&tiers.by_id, &segments)));
        }
        settings.tiers(&joined, &tiers, run, called.unwrap_or(&table))
    }
}

/// The run that `text` names, where there is no file of that name either.
fn other_run(registry: &Registry, text: &str) -> Result<RunFolder, Failed> {
    match registry.resolve(text) {
        Err(unknown @ RegistryError::UnknownRun { .. }) => {
            let message = format!("{text:?} is neither a file nor a run in registry {}", registry.path().display());
            let runs = unknown.hint().unwrap_or_default();
            let hint = format!("a table of tiers is a Parquet, CSV or XLSX file; {runs}");
            Err(CliError::Input { message, hint }.into())
        }
        resolved => Ok(resolved?),
    }
}

fn nobody_shared(hint: String) -> Failed {
    CliError::Input { message: "the two have no customer in common".to_owned(), hint }.into()
}

/// What a comparison needs besides the labels.
struct Settings<'a> {
    plan: ComparePlan,
    seed: u64,
    /// Which of two rows of a tier table counts.
    duplicates: Duplicates,
    sharing: Rules,
    language: Language,
    monitor: &'a Monitor,
}

impl Settings<'_> {
    fn compare(&self, joined: &Joined, order: &[String]) -> Result<Comparison, Failed> {
        if joined.n_shared() == 0 {
            let hint = "both need the id column of the run, under the same name and in the same form";
            return Err(nobody_shared(hint.to_owned()));
        }
        Ok(compare_assignments(&joined.left, order, &joined.right, None, &self.plan, self.seed, self.monitor)?)
    }

    fn runs(&self, joined: &Joined, registry: &Registry, folders: [&RunFolder; 2]) -> Result<Answer, Failed> {
        let runs = Runs::open(registry, folders)?;
        // Who continues another run can be held against it though nobody is in both.
        let comparison = match joined.n_shared() == 0 && runs.is_continued() {
            true => None,
            false => Some(self.compare(joined, &[])?),
        };
        let shared = runs.compared(joined, comparison.as_ref(), self.seed, self.monitor)?;
        Ok(Answer::of(Document::runs_compared(&shared, self.language), &shared))
    }

    fn tiers(&self, joined: &Joined, tiers: &Tiers, run: &RunFolder, table: &Path) -> Result<Answer, Failed> {
        let comparison = self.compare(joined, &self.plan.tier_order)?;
        let files = RunFiles::open(&run.path)?;
        let run = &run.name();
        let beside = TiersBeside {
            run,
            table,
            joined,
            repeats: tiers.by_id.repeats(),
            duplicates: self.duplicates,
            warnings: &tiers.warnings,
            files: Some(&files),
        };
        let shared = SharedTiersCompared::of(beside, &comparison, &self.sharing);
        Ok(Answer::of(Document::tiers_compared(&shared, self.language), &shared))
    }
}
