use serde::Serialize;

use super::agreement::{no_indices, shown_indices};
use super::migration::SharedMigration;
use super::refit::SharedRefit;
use super::{Rules, Screen, SharingError, Shown};
use crate::Text;
use crate::compare::{Comparison, Estimate, Indices, Migration};
use crate::refit::Refit;
use crate::registry::Run;

/// What may be shown of a run held against another run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedRunsCompared {
    /// The run.
    pub from: String,
    /// The other run.
    pub to: String,
    /// Customers in both.
    pub n_shared: Shown<usize>,
    /// How the segments of the two agree.
    pub indices: Indices<Estimate>,
    /// Who went where.
    pub migration: SharedMigration,
    /// Where the ids of the two come from; null of labels alone.
    pub ids: Option<IdsCompared>,
    /// The names in both languages of the segments of the migration, those of `from` and those of `to`.
    #[serde(skip)]
    pub names: [Vec<Option<Text>>; 2],
    /// The segments of the later run that were matched to those of the earlier one: the id of the earlier and of the later.
    pub matched: Vec<(String, String)>,
    /// What became of the segments of the earlier run in the later one; null of labels alone.
    pub since: Option<SharedRefit>,
    /// Counts below this are held back.
    #[serde(skip)]
    pub min_cell: u64,
}

/// Where the ids of the segments of two runs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IdsCompared {
    /// The later run continues the earlier one.
    Continued,
    /// The later run continues runs that continue the earlier one: an id is the same segment in both.
    Lineage,
    /// Each run has ids of its own; the segments of the later one are matched to those of the earlier one by their customers.
    Matched,
}

/// A run held against an earlier one.
#[derive(Debug, Clone, Copy)]
pub struct RunsBeside<'a> {
    /// The earlier run.
    pub earlier: &'a Run,
    /// The later run.
    pub later: &'a Run,
    /// What became of the segments of the earlier one.
    pub refit: &'a Refit,
    /// Where ids come from.
    pub ids: IdsCompared,
    /// Whether the later run is told first.
    pub is_turned: bool,
}

impl SharedRunsCompared {
    /// What `rules` let be shown of the runs `[from, to]`, whose segments agree as `comparison` says.
    pub fn of([from, to]: [String; 2], comparison: &Comparison, moved: &Migration, rules: &Rules) -> Self {
        Self::with(SharedMigration::alone(moved, rules.min_cell), [from, to], Some(comparison), rules)
    }

    /// What the rules of both runs let be shown of them. It does not depend on which of them is told first. `comparison` is of the
    /// segments of the customers in both, of the run that is told first against the other; `None` when nobody is in both.
    ///
    /// # Errors
    /// When the secret for ids is not there.
    pub fn of_runs(beside: &RunsBeside<'_>, comparison: Option<&Comparison>) -> Result<Self, SharingError> {
        let RunsBeside { earlier, later, refit, ids, is_turned } = *beside;
        let mut rules = Rules::of(&later.record.plan.report)?;
        let since = SharedRefit::of(refit, &Screen::of(later, &rules));
        rules.min_cell = rules.min_cell.max(refit.before.min_cell);
        let given: Vec<String> = refit.lineage.ids.iter().map(|history| history.segment_id.to_string()).collect();
        let own = |run: &Run| run.record.segments.iter().map(|one| one.segment_id.clone()).collect::<Vec<String>>();
        let name = |run: &Run, ids: &[String], label: &Option<String>| {
            let at = ids.iter().position(|id| Some(id) == label.as_ref())?;
            run.record.segments.get(at).map(|segment| segment.segment.clone())
        };
        let mut migration = since.migration.clone();
        let of_earlier = own(earlier);
        migration.from.iter_mut().for_each(|label| *label = name(earlier, &of_earlier, label));
        migration.to.iter_mut().for_each(|label| *label = name(later, &given, label));
        let in_both = |run: &Run, labels: &[Option<String>]| {
            labels.iter().map(|label| run.segment_name(label.as_deref()?).cloned()).collect::<Vec<Option<Text>>>()
        };
        let mut names = [in_both(earlier, &migration.from), in_both(later, &migration.to)];
        let mut runs = [&earlier.record.run_id, &later.record.run_id].map(Clone::clone);
        if is_turned {
            migration = migration.turned();
            names.reverse();
            runs.reverse();
        }
        let pairs = given.into_iter().zip(own(later)).filter(|(id, _)| of_earlier.contains(id));
        let matched = if ids == IdsCompared::Matched { pairs.collect() } else { Vec::new() };
        let found = Self::with(migration, runs, comparison, &rules);
        Ok(SharedRunsCompared { names, ids: Some(ids), matched, since: Some(since), ..found })
    }

    fn with(
        migration: SharedMigration,
        [from, to]: [String; 2],
        comparison: Option<&Comparison>,
        rules: &Rules,
    ) -> Self {
        let indices = comparison.map_or_else(no_indices, |comparison| {
            let cells = migration.cells_of(comparison);
            shown_indices(comparison, &comparison.contingency.counts, &cells, None, rules.min_cell)
        });
        let same = |label: &Option<String>| label.as_ref().map(|label| Text::new(label, label));
        SharedRunsCompared {
            names: [&migration.from, &migration.to].map(|labels| labels.iter().map(same).collect()),
            from,
            to,
            n_shared: migration.n_shared.map(|n| n as usize),
            indices,
            migration,
            ids: None,
            matched: Vec::new(),
            since: None,
            min_cell: rules.min_cell,
        }
    }
}
