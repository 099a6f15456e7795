//! Two runs of a registry held against each other, whichever is named first.

use super::exit::Failed;
use crate::compare::{Comparison, Presence};
use crate::load::Levels;
use crate::monitor::Monitor;
use crate::refit::drift::DriftParams;
use crate::refit::{DriftRecord, Pair, Refit};
use crate::registry::{Joined, REFIT, Registry, RegistryError, Run, RunFolder, read_json};
use crate::sharing::{IdsCompared, RunsBeside, SharedRunsCompared};

/// Two runs, the earlier one first.
pub(super) struct Runs {
    runs: [Run; 2],
    ids: IdsCompared,
    /// Whether the later run was named first.
    is_turned: bool,
}

impl Runs {
    /// The runs of two folders. The earlier one is that which the other continues, else that which began earlier.
    pub(super) fn open(registry: &Registry, folders: [&RunFolder; 2]) -> Result<Runs, Failed> {
        // As they were recorded: customers are found by the names that their tables hold.
        let [first, second] = [Run::open(&folders[0].path)?, Run::open(&folders[1].path)?];
        let is_turned = match [lineage_between(registry, &first, &second), lineage_between(registry, &second, &first)] {
            [Some(ids), _] => return Ok(Runs { runs: [first, second], ids, is_turned: false }),
            [None, Some(ids)] => return Ok(Runs { runs: [second, first], ids, is_turned: true }),
            [None, None] => first.record.run_id > second.record.run_id,
        };
        let runs = if is_turned { [second, first] } else { [first, second] };
        Ok(Runs { runs, ids: IdsCompared::Matched, is_turned })
    }

    /// Whether the later run itself says what became of the segments of the earlier one.
    pub(super) fn is_continued(&self) -> bool {
        self.ids == IdsCompared::Continued
    }

    /// What may be shown of the two, whose customers are `joined` as they were named; `comparison` is of those in both.
    pub(super) fn compared(
        &self,
        joined: &Joined,
        comparison: Option<&Comparison>,
        seed: u64,
        monitor: &Monitor,
    ) -> Result<SharedRunsCompared, Failed> {
        let [earlier, later] = &self.runs;
        let recorded = later.refit.as_ref().filter(|refit| self.is_continued() && refit.before.n_customers > 0);
        let found = match recorded {
            Some(refit) => refit.clone(),
            None => self.between(joined, seed, monitor)?,
        };
        let beside = RunsBeside { earlier, later, refit: &found, ids: self.ids, is_turned: self.is_turned };
        Ok(SharedRunsCompared::of_runs(&beside, comparison)?)
    }

    fn between(&self, joined: &Joined, seed: u64, monitor: &Monitor) -> Result<Refit, Failed> {
        let [earlier, later] = &self.runs;
        let sides = [&joined.left, &joined.right];
        let [before, now] = if self.is_turned { [sides[1], sides[0]] } else { sides };
        let (gone, new) = match self.is_turned {
            true => (Presence::After, Presence::Before),
            false => (Presence::Before, Presence::After),
        };
        let clusters = [places(before, earlier), places(now, later)];
        let at = |side: usize, levels: &Levels, row: usize| clusters[side][levels.code(row)?];
        let (mut customers, mut leavers) = (Vec::new(), Vec::new());
        for (row, &seen) in joined.seen.iter().enumerate() {
            let was = at(0, before, row);
            match seen {
                _ if seen == gone => leavers.push(was),
                _ if seen == new => customers.push((None, at(1, now, row))),
                _ => customers.push((Some(was), at(1, now, row))),
            }
        }
        let (of_earlier, of_later) = (earlier.lineage()?, later.lineage()?);
        Ok(Refit::between(Pair {
            against: &earlier.record.run_id,
            before: earlier.seen_from_later(),
            earlier: &of_earlier,
            later: &of_later,
            is_one_lineage: self.ids != IdsCompared::Matched,
            customers,
            leavers,
            drift: self.drift(seed, monitor)?,
        }))
    }

    /// How the customers differ, where both runs left something behind.
    fn drift(&self, seed: u64, monitor: &Monitor) -> Result<Option<DriftRecord>, Failed> {
        let [earlier, later] = &self.runs;
        let Some((before, now)) = earlier.left_behind.as_ref().zip(later.left_behind.as_ref()) else { return Ok(None) };
        let params = DriftParams { seed, ..DriftParams::default() };
        Ok(before.drift_of_sample(now, &params, monitor)?)
    }
}

/// The clusters that the labels of a run are, by their names.
fn places(labels: &Levels, run: &Run) -> Vec<Option<usize>> {
    let place = |name: &String| run.record.segments.iter().position(|segment| segment.segment == *name);
    labels.levels().iter().map(place).collect()
}

/// Whether `later` continues `earlier`, itself or by runs that are still there.
fn lineage_between(registry: &Registry, earlier: &Run, later: &Run) -> Option<IdsCompared> {
    let continued = |refit: &Refit| (!refit.views.is_empty()).then(|| refit.against.clone());
    let mut against = later.refit.as_ref().and_then(continued)?;
    if against == earlier.record.run_id {
        return Some(IdsCompared::Continued);
    }
    let mut seen = vec![later.record.run_id.clone()];
    while against != earlier.record.run_id {
        // Files of others are not trusted to end.
        if seen.contains(&against) {
            return None;
        }
        let folder = registry.resolve(&against).ok()?;
        let refit: Result<Refit, RegistryError> = read_json(&folder.path, REFIT);
        seen.push(against);
        against = continued(&refit.ok()?)?;
    }
    Some(IdsCompared::Lineage)
}
