//! What may be shown of the run that is continued.

use serde::Serialize;

use super::migration::SharedMigration;
use super::{Rules, Shown};
use crate::Text;
use crate::compare::Migration;
use crate::metrics::ClusterId;
use crate::refit::drift::{ChangedGroup, Measure};
use crate::refit::{
    Account, Event, Gate, Migrated, Outcome, Place, Refit, RuleName, SegmentHistory, SegmentId, ViewKind,
};

/// What may be shown of what became of the segments of the run before.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedRefit {
    /// The run before.
    pub against: String,
    /// The view that decided; null when the runs could not be held against each other.
    pub view: Option<ViewKind>,
    /// What happened to every segment.
    pub events: Vec<SharedEvent>,
    /// Per segment of either run, where its customers come from and went.
    pub accounts: Vec<SharedAccount>,
    /// Who went where.
    pub migration: SharedMigration,
    /// Segments whose customers fit another archetype than the one their name is of, and what they would be called.
    pub nearer: Vec<(SegmentId, Text)>,
    /// Features that have drifted beyond chance and tolerance, the largest effect first.
    pub drifted: Vec<SharedDrift>,
    /// Who there is more of and less of now, by a rule, where one tells.
    pub changed: Vec<Text>,
    /// Whether the run took the place of the one before; null when nothing asked that.
    pub gate: Option<Gate>,
}

/// A feature that has drifted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedDrift {
    /// The column.
    pub feature: String,
    /// Among the customers of this old segment; null = among all.
    pub segment: Option<SharedName>,
    /// What was measured.
    pub measure: Measure,
    /// Its value.
    pub value: Option<f64>,
    /// By how much: standard deviations of before, or Cramér's V.
    pub effect: Option<f64>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedEvent {
    /// What.
    pub kind: Outcome,
    /// Segments before.
    pub from: Vec<SharedName>,
    /// Segments now.
    pub to: Vec<SharedName>,
    /// Of 100 customers of `from`, how many are in `to`.
    pub forward: Shown<Option<u64>>,
    /// Whether so few customers decide that it may be chance, or another view says otherwise.
    pub is_doubtful: bool,
}

/// A segment by its id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SharedName {
    /// Its id.
    pub segment_id: SegmentId,
    /// Its name.
    pub name: Text,
}

/// The customers of a segment before and now: before + moved + joined − left + redefined = after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedAccount {
    /// The segment; null = in none.
    pub segment: Option<SharedName>,
    /// Its customers before.
    pub before: Shown<i64>,
    /// By customers who changed.
    pub moved: Shown<i64>,
    /// By new customers.
    pub joined: Shown<i64>,
    /// By customers who left.
    pub left: Shown<i64>,
    /// By a new definition alone.
    pub redefined: Shown<i64>,
    /// Its customers now.
    pub after: Shown<i64>,
}

impl SharedRefit {
    /// What `rules` let be shown of `refit`.
    pub fn of(refit: &Refit, rules: &Rules) -> SharedRefit {
        let names = Names(refit);
        let moved = migration(&refit.movement.migration);
        let migration = SharedMigration::of(&moved, rules);
        let account = |of: &crate::refit::SegmentMovement| {
            let label = of.segment_id.map(|id| id.to_string());
            let at = |labels: &[Option<String>]| labels.iter().position(|other| *other == label);
            let left = at(&migration.from).map_or(Shown::Value(0), |place| migration.left[place]);
            let joined = at(&migration.to).map_or(Shown::Value(0), |place| migration.new[place]);
            shared_account(of.segment_id.map(|id| names.of(id)), &of.customers, joined, left, rules)
        };
        SharedRefit {
            against: refit.against.clone(),
            view: refit.views.iter().find(|view| view.chosen).map(|view| view.view),
            events: refit.events.iter().map(|event| shared_event(event, refit, &names, rules)).collect(),
            accounts: refit.movement.segments.iter().map(account).collect(),
            nearer: refit
                .lineage
                .ids
                .iter()
                .filter_map(|history| Some((history.segment_id, history.nearer.as_ref()?.name.clone())))
                .collect(),
            migration,
            drifted: drifted(refit, &names, rules),
            changed: refit
                .drift
                .iter()
                .filter_map(|found| found.two_sample.as_ref())
                .flat_map(|found| found.more.iter().chain(&found.fewer))
                .map(ChangedGroup::text)
                .collect(),
            gate: refit.gate.as_ref().map(|gate| shared_gate(gate, rules)),
        }
    }

    /// Whether a figure of it is held back.
    pub fn holds_back(&self) -> bool {
        self.accounts
            .iter()
            .any(|account| !(account.moved.is_shown() && account.joined.is_shown() && account.left.is_shown()))
    }
}

/// The gate without values that are the share of a handful of customers, or leave one.
fn shared_gate(gate: &Gate, rules: &Rules) -> Gate {
    let mut gate = gate.clone();
    for rule in &mut gate.rules {
        let is_share = matches!(rule.rule, RuleName::Carried | RuleName::Redefined | RuleName::MissingRise);
        let customers = rule.value.map(|share| (share.abs() * rule.sample as f64).round() as u64);
        let is_told = |n: u64| rules.count(n).is_some();
        if is_share && !customers.is_none_or(|n| is_told(n) && is_told(rule.sample.saturating_sub(n))) {
            rule.value = None;
        }
    }
    gate
}

/// What has drifted, of groups that may be told of; segments are those of the run before.
fn drifted(refit: &Refit, names: &Names<'_>, rules: &Rules) -> Vec<SharedDrift> {
    let Some(found) = &refit.drift else { return Vec::new() };
    let old = refit.views.first().map_or(&[][..], |view| &view.from);
    let is_told = |cluster: Option<ClusterId>| {
        let segment = cluster.and_then(|cluster| found.drift.segments.iter().find(|one| one.cluster == cluster));
        segment.is_none_or(|one| rules.count(one.before).is_some() && rules.count(one.now).is_some())
    };
    let told = found.drift.found().into_iter().filter(|(cluster, _)| is_told(*cluster));
    told.map(|(cluster, drift)| SharedDrift {
        feature: drift.feature.clone(),
        segment: cluster.and_then(|cluster| old.get(cluster.index())).map(|&id| names.of(id)),
        measure: drift.measure,
        value: drift.value,
        effect: drift.effect,
    })
    .collect()
}

/// What segments are called.
struct Names<'a>(&'a Refit);

impl Names<'_> {
    fn of(&self, id: SegmentId) -> SharedName {
        let lineage = &self.0.lineage;
        let asleep = lineage.sleepers.iter().map(|sleeper| &sleeper.history);
        let known = lineage.ids.iter().chain(asleep).find(|history| history.segment_id == id);
        let name = known.map_or_else(|| Text::new("", ""), |history: &SegmentHistory| history.name().name.clone());
        SharedName { segment_id: id, name }
    }
}

fn shared_event(event: &Event, refit: &Refit, names: &Names<'_>, rules: &Rules) -> SharedEvent {
    let named = |ids: &[SegmentId]| ids.iter().map(|&id| names.of(id)).collect();
    // Both who went along and who did not are counts of customers.
    let parts = refit.views.iter().find(|view| view.chosen).map(|view| {
        let places = |ids: &[SegmentId], of: &[SegmentId]| -> Vec<usize> {
            of.iter().enumerate().filter(|(_, id)| ids.contains(id)).map(|(place, _)| place).collect()
        };
        let (rows, columns) = (places(&event.from, &view.from), places(&event.to, &view.to));
        let all: u64 = rows.iter().flat_map(|&row| &view.counts[row]).sum();
        let along: u64 = rows
            .iter()
            .flat_map(|&row| columns.iter().map(move |&column| (row, column)))
            .map(|(row, column)| view.counts[row][column])
            .sum();
        [along, all - along]
    });
    let is_safe = parts.is_some_and(|parts| parts.iter().all(|&part| rules.count(part).is_some()));
    SharedEvent {
        kind: event.kind,
        from: named(&event.from),
        to: named(&event.to),
        forward: Shown::maybe(is_safe, event.forward.map(|share| (100.0 * share).round() as u64)),
        is_doubtful: !event.flags.is_empty(),
    }
}

fn shared_account(
    segment: Option<SharedName>,
    account: &Account<i64>,
    joined: Shown<u64>,
    left: Shown<u64>,
    rules: &Rules,
) -> SharedAccount {
    let is_told = |n: i64| rules.count(n.unsigned_abs()).is_some();
    // Either tells the other, since their sum is what the rest leaves.
    let both = joined.is_shown() && left.is_shown() && is_told(account.moved) && is_told(account.redefined);
    let total = |n: i64| Shown::when(is_told(n), n);
    SharedAccount {
        segment,
        before: total(account.before),
        moved: Shown::when(both, account.moved),
        joined: joined.map(|n| n as i64),
        left: left.map(|n| -(n as i64)),
        redefined: Shown::when(both, account.redefined),
        after: total(account.after),
    }
}

/// The lines of a movement as a table.
fn migration(lines: &[Migrated]) -> Migration {
    let label = |place: Place| match place {
        Place::Segment(id) => Some(id.to_string()),
        Place::None | Place::Absent => None,
    };
    let labels = |places: Vec<Place>| -> Vec<Place> {
        let mut places: Vec<Place> = places.into_iter().filter(|place| *place != Place::Absent).collect();
        places.sort();
        places.dedup();
        places
    };
    let from = labels(lines.iter().map(|line| line.from).collect());
    let to = labels(lines.iter().map(|line| line.to).collect());
    let count = |a: Place, b: Place| {
        lines.iter().filter(|line| line.from == a && line.to == b).map(|line| line.customers).sum::<u64>()
    };
    Migration {
        counts: from.iter().map(|&a| to.iter().map(|&b| count(a, b)).collect()).collect(),
        shares: Vec::new(),
        value: None,
        left: from.iter().map(|&a| count(a, Place::Absent)).collect(),
        new: to.iter().map(|&b| count(Place::Absent, b)).collect(),
        from: from.into_iter().map(label).collect(),
        to: to.into_iter().map(label).collect(),
    }
}
