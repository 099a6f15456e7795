//! A finished run instead of the same work again.

use super::PipelineError;
use super::turn::later;
use crate::config::Plan;
use crate::load::{Covers, Fingerprint};
use crate::refit::{Decision, Gate, Refit};
use crate::registry::{CommittedRun, Promotion, Registry, Run, RunFolder, RunId, RunRecord};
use crate::{Text, Warning};

/// The newest finished run of the same plan, input, version and date in `registry`; `None` where there is none, the plan names no
/// date, or the input is so large that its fingerprint does not cover every byte.
///
/// A run that was killed between its commit and the move of the alias is finished now. Runs that are damaged are not looked at.
pub(super) fn finished(
    plan: &Plan,
    fingerprint: &Fingerprint,
    registry: &Registry,
) -> Result<Option<CommittedRun>, PipelineError> {
    if plan.source.as_of.is_none() || fingerprint.covers != Covers::Content {
        return Ok(None);
    }
    for id in registry.ids()?.into_iter().rev() {
        let folder = registry.resolve(&id.to_string());
        let opened = folder.and_then(|folder| Ok((Run::open(&folder.path)?, folder)));
        let Ok((run, folder)) = opened else { continue };
        if is_same_work(plan, fingerprint, id, &run) {
            return promoted(plan, registry, run, folder).map(Some);
        }
    }
    Ok(None)
}

fn is_same_work(plan: &Plan, fingerprint: &Fingerprint, id: RunId, run: &Run) -> bool {
    let against = run.refit.as_ref().map(|refit| &*refit.against);
    let instead_of = run.refit.as_ref().and_then(|refit| refit.instead_of.as_deref());
    let work = RunRecord::work(plan, fingerprint, against, instead_of);
    let record = &run.record;
    id == RunId::new(id.began(), &work)
        && work == RunRecord::work(&record.plan, &record.input.fingerprint, against, instead_of)
}

/// The finished `run`, after the alias of its gate has moved as it was to.
fn promoted(plan: &Plan, registry: &Registry, run: Run, folder: RunFolder) -> Result<CommittedRun, PipelineError> {
    let mut reused = CommittedRun::reused(folder, said(&run.record.run_id));
    let Some(alias) = plan.gate.promote.as_deref() else { return Ok(reused) };
    if registry.aliases()?.get(alias).map(ToString::to_string).as_deref() == Some(&*run.record.run_id) {
        return Ok(reused);
    }
    let from = run.refit.as_ref().map(|refit| refit.instead_of.as_ref().unwrap_or(&refit.against).clone());
    reused.gate = match run.refit {
        Some(Refit { gate, .. }) => gate,
        None => later(plan, registry)?.map(|later| Gate::late(alias, &later, run.record.input.n_customers)),
    };
    if reused.gate.as_ref().is_none_or(|gate| gate.decision == Decision::Promote) {
        registry.promote(&Promotion { alias: alias.parse()?, from }, &run.record.run_id)?;
    }
    Ok(reused)
}

fn said(run: &str) -> Warning {
    let message = Text::new(
        format!("the finished run {run} is of the same plan, input, version and date; --force computes it again"),
        format!("已完成的运行 {run} 的方案、输入、版本和日期均相同；--force 可重新计算"),
    );
    Warning::new("reused", message).with("run", run)
}
