//! `segmint explain`: why a customer is in its segment, exactly, and what would have to change for it to move.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::Answer;
use super::args::Arguments;
use super::exit::Failed;
use super::output::{print_document, print_json};
use super::{plan_if_any, run_of};
use crate::compare::Comparison;
use crate::label::Labelled;
use crate::load::{Fingerprint, Source};
use crate::model::{FittedPipeline, ROW_NUMBER, Reason, find_customer};
use crate::object_url::is_url;
use crate::registry::{LabelsById, Run, RunFolder};
use crate::report::{Disagreeing, Document, Explanation};
use crate::sharing::caution;
use crate::{Language, Warning};

pub(super) fn run(
    arguments: &Arguments,
    run: &str,
    customer: &str,
    from: Option<&Path>,
    language: Option<Language>,
) -> Result<(), Failed> {
    let run = run_of(arguments, run)?;
    // The recorded path is relative to where the run was started; from elsewhere the configuration knows.
    let moved = || Ok(plan_if_any(arguments)?.map(|plan| plan.source.path));
    let open = |whole: &Run, model: &FittedPipeline| match from {
        Some(table) => Ok((model.open(table, None)?, None)),
        None => recorded_source(whole, model, moved),
    };
    let answer = explained(&run, customer, open, language)?;
    if arguments.json { print_json(&answer.json) } else { print_document(&answer.document) }
}

/// The table that a run was made of, which has to be what it was; where it lies no more, `moved` may know better.
///
/// # Errors
/// When it cannot be read.
pub fn recorded_source(
    whole: &Run,
    model: &FittedPipeline,
    moved: impl FnOnce() -> Result<Option<PathBuf>, Failed>,
) -> Result<(Source, Option<Fingerprint>), Failed> {
    let input = whole.record.input.clone();
    let recorded = PathBuf::from(input.path);
    let path = if recorded.exists() || is_url(&recorded) { recorded } else { moved()?.unwrap_or(recorded) };
    Ok((model.open(&path, model.as_of())?, Some(input.fingerprint)))
}

/// Why `customer` is in its segment of `run`, from the table that `open` gives with what that table still has to be.
///
/// # Errors
/// When the run, the table or the customer in it cannot be read.
pub fn explained(
    run: &RunFolder,
    customer: &str,
    open: impl FnOnce(&Run, &FittedPipeline) -> Result<(Source, Option<Fingerprint>), Failed>,
    language: Option<Language>,
) -> Result<Answer, Failed> {
    // Opened first: its files are held against their checksums.
    let whole = Run::open(&run.path)?;
    let model = FittedPipeline::load(&run.file("model.segmint"))?;
    let (source, fingerprint) = open(&whole, &model)?;
    let mut found = find_customer(&model, &Arc::new(source), fingerprint.as_ref(), customer)?;
    if model.tier_column.is_none() && fingerprint.is_some() {
        found.tier = tier_by_rule(&model, run, customer)?;
    }
    let reason = model.reason(&found.raw)?;
    let changes = model.changes(&found.raw, &observed(&model, &whole.labelled), &found.whole)?;
    let of_segments =
        whole.comparisons.comparisons.iter().find(|comparison| comparison.clustering == reason.primary.name());
    let tiers = of_segments.zip(found.tier.as_deref());
    let expected = tiers.and_then(|(comparison, _)| expected_tier(comparison, &reason));
    let disagreement = tiers
        .and_then(|(comparison, tier)| Disagreeing::find(comparison, &reason, tier, whole.record.plan.report.min_cell));
    let warnings: Vec<Warning> = caution(&whole.record).into_iter().collect();
    let json = json!({
        "customer": customer,
        "row": found.row,
        "tier": found.tier,
        "expected_tier": expected,
        "disagreement": disagreement,
        "reason": reason,
        "changes": changes,
        "warnings": warnings,
    });
    let explained = Explanation {
        id: customer,
        customer: &found,
        features: model.feature_names(),
        reason: &reason,
        changes: &changes,
        expected_tier: expected,
        labelled: &whole.labelled,
        disagreement: disagreement.as_ref(),
        warnings: &warnings,
    };
    Ok(Answer { document: Document::explanation(&explained, language.unwrap_or(model.language)), json })
}

/// The tier a rule gave the customer, when it is not the one expected: no other is on record.
fn tier_by_rule(model: &FittedPipeline, run: &RunFolder, customer: &str) -> Result<Option<String>, Failed> {
    let id = model.id_column.as_deref().unwrap_or(ROW_NUMBER);
    let listed = LabelsById::read(&run.file("disagreements.parquet"), id, "tier", model.duplicates, &[])?;
    Ok(listed.get(customer).map(str::to_owned))
}

/// The lowest and the highest observed value of every feature of the model.
fn observed(model: &FittedPipeline, labelled: &Labelled) -> Vec<(f64, f64)> {
    let of_feature = |name: &str| {
        let column = labelled.columns.iter().find(|column| column.name == name);
        let distribution = column.and_then(|column| column.figures.distribution);
        // Without any observed value there is nothing to move to: the range is the customer's own value.
        distribution.map_or((f64::INFINITY, f64::NEG_INFINITY), |d| (d.min, d.max))
    };
    model.feature_names().into_iter().map(of_feature).collect()
}

/// The tier expected of the customer's segment.
fn expected_tier<'a>(comparison: &'a Comparison, reason: &Reason) -> Option<&'a str> {
    let cluster = reason.segment()?.cluster;
    let column = comparison.contingency.clusters.iter().position(|other| *other == Some(cluster))?;
    comparison.expected_tiers[column].as_deref()
}
