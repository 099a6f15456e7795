//! A finished run instead of the same work again.

use super::PipelineError;
use super::turn::later;
use crate::config::Plan;
use crate::load::{Covers, Fingerprint};
use crate::refit::{Decision, Gate, Refit};
use crate::registry::{CommittedRun, PromotedRun, Promotion, Registry, Run, RunFolder, RunId, RunRecord};
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
        let Ok(PromotedRun { against, instead_of, .. }) = registry.in_line(&id.to_string()) else { continue };
        let work_of = |plan: &Plan, fingerprint: &Fingerprint| {
            RunRecord::work(plan, fingerprint, against.as_deref(), instead_of.as_deref())
        };
        // Its id tells others apart before every file of theirs is read.
        let work = work_of(plan, fingerprint);
        if id != RunId::new(id.began(), &work) {
            continue;
        }
        let folder = registry.resolve(&id.to_string());
        let opened = folder.and_then(|folder| Ok((Run::open(&folder.path)?, folder)));
        let Ok((run, folder)) = opened else { continue };
        if work == work_of(&run.record.plan, &run.record.input.fingerprint) {
            return promoted(plan, registry, run, folder).map(Some);
        }
    }
    Ok(None)
}

/// The finished `run`, after the alias of its gate has moved as it was to, unless it has moved on since.
fn promoted(plan: &Plan, registry: &Registry, run: Run, folder: RunFolder) -> Result<CommittedRun, PipelineError> {
    let mut reused = CommittedRun::reused(folder, said(&run.record.run_id));
    let Some(alias) = plan.gate.promote.as_deref() else { return Ok(reused) };
    let line = registry.promoted(alias)?.runs;
    if line.iter().any(|promoted| promoted.id.to_string() == run.record.run_id) {
        let gate = run.refit.and_then(|refit| refit.gate);
        let was_held = gate.is_some_and(|gate| gate.decision == Decision::Hold);
        reused.warnings.extend(was_held.then(|| promoted_since(&run.record.run_id, alias)));
        return Ok(reused);
    }
    let from = run.refit.as_ref().map(|refit| refit.instead_of.as_ref().unwrap_or(&refit.against).clone());
    reused.gate = match run.refit {
        Some(Refit { gate, .. }) => gate,
        None => later(plan, registry)?.map(|later| Gate::late(alias, &later, run.record.input.n_customers)),
    };
    let passed = reused.gate.as_ref().is_none_or(|gate| gate.decision == Decision::Promote);
    if passed && line.first().map(|champion| champion.id.to_string()) == from {
        registry.promote(&Promotion { alias: alias.parse()?, from }, &run.record.run_id)?;
    }
    Ok(reused)
}

/// A gate that held is not the last word.
fn promoted_since(run: &str, alias: &str) -> Warning {
    let message = Text::new(
        format!("{run} was held, and somebody has promoted it since: it is one of the runs of {alias:?}"),
        format!("运行 {run} 曾被保留，此后已由人工采用，属于“{alias}”的运行"),
    );
    Warning::new("promoted_since", message).with("run", run).with("alias", alias)
}

fn said(run: &str) -> Warning {
    let message = Text::new(
        format!("the finished run {run} is of the same plan, input, version and date; --force computes it again"),
        format!("已完成的运行 {run} 的方案、输入、版本和日期均相同；--force 可重新计算"),
    );
    Warning::new("reused", message).with("run", run)
}
