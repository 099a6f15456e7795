//! Whose turn it is: the run that a new one continues, and the run whose place it may take.
//!
//! Without a date in the plan that is the run `refit.against` names, and the alias of the gate has to point to it. With a date
//! (`source.as_of`, which `run --as-of` sets) it is the newest run of an earlier date that `refit.against` led through, so that a
//! month can be made again or made up for, and never takes the place of a later one.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::PipelineError;
use crate::config::Plan;
use crate::refit::{Refit, SegmentId};
use crate::registry::{AliasName, LATEST, Promoted, PromotedRun, REFIT, Registry, RegistryError, RunFolder, read_json};
use crate::{Text, Warning};

/// What a new run has before it.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The run that is continued; `None` = none.
    pub(super) against: Option<RunFolder>,
    /// The champion, where it continues the same run and is of the same date.
    pub(super) instead_of: Option<InsteadOf>,
    /// The lowest id that no run gave which the alias ever led through, those included that it was taken back from; `None` = not known.
    pub(super) never_given: Option<SegmentId>,
}

/// A promoted run of the date of a new one.
#[derive(Debug)]
pub(super) struct InsteadOf {
    pub(super) run: String,
    /// The lowest id that it did not give.
    pub(super) next_id: SegmentId,
}

impl Turn {
    /// Of a run of `plan` in `registry`.
    ///
    /// # Errors
    /// When a run that is named cannot be read; [`PipelineError::OutOfOrder`] when the alias of the gate points to another run than
    /// the one that is continued; [`PipelineError::Forgotten`] when it is not known any more what was promoted before a date.
    pub(super) fn of(plan: &Plan, registry: &Registry) -> Result<Turn, PipelineError> {
        let against = against(plan, registry)?;
        let mut turn = Turn { against, never_given: never_given(plan, registry), instead_of: None };
        let Some(alias) = plan.gate.promote.as_deref() else { return Ok(turn) };
        let promoted = registry.promoted(alias)?;
        let continued = turn.against.as_ref().and_then(|folder| folder.id).map(|id| id.to_string());
        let Some(champion) = promoted.runs.first() else {
            return match continued {
                // The night after would be held against a run that the alias does not point to.
                Some(continued) => Err(PipelineError::NotPromoted { alias: alias.to_owned(), continued }),
                None => Ok(turn),
            };
        };
        let now = champion.id.to_string();
        if continued.as_deref() == Some(&*now) {
            return Ok(turn);
        }
        match plan.source.as_of {
            // It is held against what was before it, and stays beside what came after.
            Some(date) if champion.date() > date => {}
            Some(date) if champion.date() == date && champion.against == continued => {
                turn.instead_of = Some(InsteadOf { next_id: next_id(registry, champion)?, run: now });
            }
            _ => return Err(PipelineError::OutOfOrder { alias: alias.to_owned(), now }),
        }
        Ok(turn)
    }
}

/// The run that the alias of the gate points to, where it is of a later date than a run of `plan`.
///
/// # Errors
/// When the alias or its run cannot be read.
pub(super) fn later(plan: &Plan, registry: &Registry) -> Result<Option<String>, PipelineError> {
    let Some((alias, date)) = plan.gate.promote.as_deref().zip(plan.source.as_of) else { return Ok(None) };
    let promoted = registry.promoted(alias)?;
    Ok(promoted.runs.first().filter(|run| run.date() > date).map(|run| run.id.to_string()))
}

/// The run that `plan.refit.against` means.
fn against(plan: &Plan, registry: &Registry) -> Result<Option<RunFolder>, PipelineError> {
    let Some(against) = plan.refit.against.as_deref() else { return Ok(None) };
    let is_alias = against == LATEST || against.parse::<AliasName>().is_ok();
    if let Some(date) = plan.source.as_of.filter(|_| is_alias) {
        let promoted = registry.promoted(against)?;
        return match before(&promoted, against, date)? {
            Some(run) => Ok(Some(registry.resolve(&run.id.to_string())?)),
            None => Ok(None),
        };
    }
    match registry.resolve(against) {
        Ok(folder) => Ok(Some(folder)),
        Err(RegistryError::UnknownRun { .. }) if is_alias => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The newest of the runs of an earlier date. Where there is none, but the newest of all is of that very date, that one: its ids
/// are given.
fn before<'a>(promoted: &'a Promoted, alias: &str, date: Date) -> Result<Option<&'a PromotedRun>, PipelineError> {
    if let Some(run) = promoted.runs.iter().find(|run| run.date() < date) {
        return Ok(Some(run));
    }
    if let Some(lost) = &promoted.lost {
        let (alias, lost) = (alias.to_owned(), lost.clone());
        return Err(PipelineError::Forgotten { alias, date, lost });
    }
    Ok(promoted.runs.first().filter(|run| run.date() == date))
}

/// What the index of the registry knows of the ids that were given under the alias of `plan`.
fn never_given(plan: &Plan, registry: &Registry) -> Option<SegmentId> {
    let alias = plan.gate.promote.as_deref().or(plan.refit.against.as_deref())?;
    registry.lineage_index().aliases.get(alias)?.next_id
}

fn next_id(registry: &Registry, run: &PromotedRun) -> Result<SegmentId, RegistryError> {
    let folder = registry.resolve(&run.id.to_string())?;
    Ok(read_json::<Refit>(&folder.path, REFIT)?.lineage.next_id)
}

/// What to know when `plan.refit.against` is an alias that is not there though there are runs: a name that is misspelt looks like the
/// first night.
pub(super) fn begun_anew(plan: &Plan, registry: &Registry) -> Result<Option<Warning>, RegistryError> {
    let aliases = registry.aliases()?;
    let Some(alias) = plan.refit.against.as_deref().filter(|alias| alias.parse::<AliasName>().is_ok()) else {
        return Ok(None);
    };
    if aliases.contains_key(alias) || registry.ids()?.is_empty() {
        return Ok(None);
    }
    let known = aliases.keys().cloned().collect::<Vec<_>>().join(", ");
    let message = Text::new(
        format!(
            "no run is called {alias:?} yet, so this one continues none and gives its segments new ids; there are: {known}"
        ),
        format!("尚无名为“{alias}”的运行，故本次运行不延续任何运行，客群获得新的编号；已有：{known}"),
    );
    Ok(Some(Warning::new("begun_anew", message).with("alias", alias)))
}

/// Refuses a date that has not begun anywhere on earth for a run that has a place among others: every run after it would come too
/// late.
///
/// # Errors
/// [`PipelineError::Future`].
pub(super) fn refuse_future(plan: &Plan, clock: Timestamp) -> Result<(), PipelineError> {
    let is_one_of_many = plan.refit.against.is_some() || plan.gate.promote.is_some();
    let Some(date) = plan.source.as_of.filter(|_| is_one_of_many) else { return Ok(()) };
    // Kiribati is the first to begin a day.
    let zone = TimeZone::fixed(Offset::UTC.saturating_add(14.hours()));
    let today = clock.to_zoned(zone).date();
    if date > today { Err(PipelineError::Future { date, today }) } else { Ok(()) }
}
