//! What may be shown of the run that is continued.

use serde::Serialize;

use super::crossing::{Crossing, Parts};
use super::drifted::{SharedDrift, drifted};
use super::migration::SharedMigration;
use super::months::Months;
use super::named::SharedName;
use super::settled::{Line, Settled};
use super::sums::{Cells, all_cells, told_beside};
use super::{Screen, SharedAccount, Shown};
use crate::Text;
use crate::compare::Told;
use crate::refit::drift::{ChangedGroup, TwoSample};
use crate::refit::{Event, Fate, Flag, Gate, Refit, Rule, RuleName, SegmentHistory, SegmentId, ViewKind, ViewRecord};

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
    /// Per segment of either run, where its customers come from and went; empty where nobody can be found again, as without ids.
    pub accounts: Vec<SharedAccount>,
    /// By how much more all customers bring than before, as a share of that; null without a money column.
    pub value_change: Shown<Option<f64>>,
    /// Customers before and now.
    pub n_customers: [u64; 2],
    /// Customers of both runs.
    pub n_shared: Shown<u64>,
    /// How many of them are in another segment than before.
    pub n_moved: Shown<u64>,
    /// Their share of those in both.
    pub moved_share: Shown<Option<f64>>,
    /// The share of all customers who are elsewhere than the old segments would have them, in whole percent where more would tell too
    /// much; null where the old segments have nobody anywhere.
    pub redefined_share: Shown<Option<f64>>,
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
    /// Rules of the gate whose value is held back.
    #[serde(skip)]
    pub gate_held_back: Vec<RuleName>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedEvent {
    /// What.
    pub kind: Fate,
    /// Segments before.
    pub from: Vec<SharedName>,
    /// Segments now.
    pub to: Vec<SharedName>,
    /// Of 100 customers of `from`, how many are in `to`.
    pub forward: Shown<Option<u64>>,
    /// Whether so few customers decide that it may be chance, or another view says otherwise.
    pub is_doubtful: bool,
    /// Which of the two.
    pub flags: Vec<Flag>,
}

impl SharedRefit {
    /// What may be shown of `refit`, the run of `screen` held against an earlier one.
    pub(super) fn of(refit: &Refit, screen: &Screen<'_>) -> SharedRefit {
        let months = Months::of(refit, screen);
        let migration = months.migration(refit);
        let chosen = refit.views.iter().find(|view| view.chosen);
        let mut table = chosen.map(|view| ViewTable::of(view, &migration, &months));
        let redefined = redefined_share(refit, &months, table.as_mut());
        let gate = refit.gate.as_ref().map(|gate| shared_gate(gate, refit, screen, &months, redefined));
        let (gate, gate_held_back) = gate.map_or((None, Vec::new()), |(gate, rules)| (Some(gate), rules));
        let named = |id| name_of(refit, id);
        SharedRefit {
            against: refit.against.clone(),
            view: chosen.map(|view| view.view),
            events: refit.events.iter().map(|event| shared_event(event, refit, table.as_ref())).collect(),
            accounts: months.accounts(refit, &migration, named),
            nearer: refit
                .lineage
                .ids
                .iter()
                .filter_map(|history| Some((history.segment_id, history.nearer.as_ref()?.name.clone())))
                .collect(),
            n_shared: migration.n_shared,
            n_moved: migration.n_moved,
            moved_share: migration.moved_share,
            redefined_share: redefined,
            value_change: months.value_change(refit),
            n_customers: months.n_customers(),
            migration,
            drifted: drifted(refit, &months, named),
            changed: refit.drift.iter().flat_map(|found| changed(found.two_sample.as_ref(), &months)).collect(),
            gate,
            gate_held_back,
        }
    }

    /// What did not hold, each in a sentence.
    pub fn failed(&self) -> Vec<Text> {
        let is_held_back = |rule: &Rule| self.gate_held_back.contains(&rule.rule);
        self.gate.iter().flat_map(Gate::failed).map(|rule| rule.said(is_held_back(rule))).collect()
    }

    /// Whether a figure of it is held back.
    pub fn holds_back(&self) -> bool {
        let is_whole = |account: &SharedAccount| {
            [account.before, account.moved, account.joined, account.left, account.redefined, account.after]
                .iter()
                .all(Shown::is_shown)
        };
        !self.accounts.iter().all(is_whole) || self.migration.holds_back() || !self.gate_held_back.is_empty()
    }
}

/// Who there is more of and less of, where neither part of the customers of either time that this was found in is a handful.
fn changed(found: Option<&TwoSample>, months: &Months) -> Vec<Text> {
    let Some(found) = found else { return Vec::new() };
    let n = found.n_held_out as f64 / 2.0;
    let is_told = |group: &&ChangedGroup| {
        let parts = [group.before, group.now].into_iter().flat_map(|share| [share * n, (1.0 - share) * n]);
        parts.into_iter().all(|part| months.is_no_handful(part.round() as u64))
    };
    found.more.iter().chain(&found.fewer).filter(is_told).map(ChangedGroup::text).collect()
}

/// The gate without values that tell of a handful of customers, or of what is held back elsewhere, and the rules whose values these are.
fn shared_gate(
    gate: &Gate,
    refit: &Refit,
    screen: &Screen<'_>,
    months: &Months,
    redefined: Shown<Option<f64>>,
) -> (Gate, Vec<RuleName>) {
    let mut gate = gate.clone();
    let mut held_back = Vec::new();
    for rule in gate.rules.iter_mut().filter(|rule| rule.value.is_some()) {
        let customers = rule.value.map_or(0, |share| (share.abs() * rule.sample as f64).round() as u64);
        let no_handful = [customers, rule.sample.saturating_sub(customers)].iter().all(|&n| months.is_no_handful(n));
        let is_told = match rule.rule {
            RuleName::Carried => no_handful && carried_is_told(refit, months),
            RuleName::Redefined => redefined.is_shown(),
            RuleName::VanishedValue => vanished_is_told(refit, months),
            RuleName::MissingRise => missing_rise_is_told(rule, screen, months),
            _ => true,
        };
        if !is_told {
            rule.value = None;
            held_back.push(rule.rule);
        } else if rule.rule == RuleName::Redefined {
            rule.value = redefined.known().or(rule.value);
        }
    }
    (gate, held_back)
}

/// The share of all customers who are elsewhere by definition alone; takes it for told.
fn redefined_share(refit: &Refit, months: &Months, table: Option<&mut ViewTable<'_>>) -> Shown<Option<f64>> {
    let Some(table) = table.filter(|table| table.settled.is_some()) else { return Shown::Value(None) };
    let (n, all) = (refit.movement.n_redefined, months.now.n_customers.max(1));
    let no_handful = [n, all.saturating_sub(n)].iter().all(|&n| months.is_no_handful(n));
    let share = n as f64 / all as f64;
    match table.tell_redefined() {
        Told::Sum if no_handful => Shown::Value(Some(share)),
        // Half a step to either side is no handful.
        Told::Sum | Told::Share if all >= 200 * months.min_cell => {
            Shown::Value(Some((100.0 * share).round_ties_even() / 100.0))
        }
        _ => Shown::HeldBack,
    }
}

/// Whether the sizes of all segments that went on may be told together, before and now.
fn carried_is_told(refit: &Refit, months: &Months) -> bool {
    let old: Vec<SegmentId> = refit.before.groups.iter().filter_map(|group| group.segment_id).collect();
    let now = refit.lineage.ids.iter().map(|history| history.segment_id);
    let both: Vec<SegmentId> = now.filter(|id| old.contains(id)).collect();
    months.before.tells_sum(&both) && months.now.tells_sum(&both)
}

/// Whether neither size nor value of a segment that vanished is held back.
fn vanished_is_told(refit: &Refit, months: &Months) -> bool {
    let vanished = refit.events.iter().filter(|event| event.kind == Fate::Vanished);
    let is_told = |&id: &SegmentId| months.before.is_shown(Some(id)) && months.before.value_share(Some(id)).is_shown();
    vanished.flat_map(|event| &event.from).all(is_told)
}

/// Whether neither those without a value before nor those now are a handful, nor leave one.
fn missing_rise_is_told(rule: &Rule, screen: &Screen<'_>, months: &Months) -> bool {
    let Some(feature) = rule.about.first() else { return true };
    let audit = &screen.run.record.input.audit;
    let Some(column) = audit.numeric.iter().find(|column| column.name == *feature) else { return false };
    let n_rows = audit.n_rows.max(1) as f64;
    let now = column.n_missing() as f64 / n_rows;
    let before = now - rule.value.unwrap_or(0.0);
    let parts = |share: f64, n: f64| [share * n, (1.0 - share) * n].map(|part| part.max(0.0).round() as u64);
    let n_before = months.before.n_customers as f64;
    parts(now, n_rows).into_iter().chain(parts(before, n_before)).all(|n| months.is_no_handful(n))
}

/// The customers of the view that decided, old segment by new one, and which of them may be told.
struct ViewTable<'a> {
    view: &'a ViewRecord,
    shown: Vec<Vec<bool>>,
    /// What may be told beside, where customers are not those of the migration.
    settled: Option<Settled>,
}

impl<'a> ViewTable<'a> {
    fn of(view: &'a ViewRecord, migration: &SharedMigration, months: &Months) -> Self {
        let n_rows = view.from.len();
        if view.view == ViewKind::People {
            // They are the customers of the migration.
            let place = |labels: &[Option<String>], id: SegmentId| {
                labels.iter().position(|label| label.as_deref() == Some(id.to_string().as_str()))
            };
            let cell = |&a: &SegmentId, &b: &SegmentId| {
                let (a, b) = (place(&migration.from, a), place(&migration.to, b));
                a.zip(b).is_some_and(|(a, b)| migration.counts[a][b].is_shown() && migration.left[a].is_shown())
            };
            let row = |a: &SegmentId| view.to.iter().map(|b| cell(a, b)).collect();
            return ViewTable { view, shown: view.from.iter().map(row).collect(), settled: None };
        }
        // Who is in no old segment, or is like nobody of them, completes the sizes of the new ones.
        let columns: Vec<(u64, Line)> = view.to.iter().map(|&id| months.now.line(Some(id))).collect();
        let mut counts = view.counts.clone();
        let of_column = |c: usize| counts.iter().map(|row| row.get(c).copied().unwrap_or(0)).sum::<u64>();
        let rest = columns.iter().enumerate().map(|(c, (n, _))| n.saturating_sub(of_column(c))).collect();
        counts.push(rest);
        let totals = counts.iter().map(|row| row.iter().sum::<u64>());
        let rows = Parts::of(totals.enumerate(), months.min_cell).all();
        let settled = Crossing { counts, rows, columns }.settled(months.min_cell);
        ViewTable { view, shown: settled.shown[..n_rows].to_vec(), settled: Some(settled) }
    }

    /// What may be told of those who are elsewhere than where the old segments have them; takes it for told.
    fn tell_redefined(&mut self) -> Told {
        let view = self.view;
        let all = all_cells(view.from.len() + 1, view.to.len());
        let is_elsewhere = |&(a, b): &(usize, usize)| view.from.get(a).is_none_or(|id| *id != view.to[b]);
        let elsewhere: Cells = all.iter().copied().filter(is_elsewhere).collect();
        self.settled.as_mut().map_or(Told::Sum, |settled| told_beside(settled, &elsewhere, &all))
    }

    /// Of 100 customers of `from`, how many are in `to`, where all that takes may be told.
    fn forward(&self, event: &Event) -> Shown<Option<u64>> {
        let places = |ids: &[SegmentId], of: &[SegmentId]| -> Vec<usize> {
            of.iter().enumerate().filter(|(_, id)| ids.contains(id)).map(|(place, _)| place).collect()
        };
        let (rows, columns) = (places(&event.from, &self.view.from), places(&event.to, &self.view.to));
        let is_told = rows.iter().all(|&row| columns.iter().all(|&column| self.shown[row][column]));
        Shown::maybe(is_told, event.forward.map(|share| (100.0 * share).round() as u64))
    }
}

/// What a segment is called.
fn name_of(refit: &Refit, id: SegmentId) -> SharedName {
    let lineage = &refit.lineage;
    let asleep = lineage.sleepers.iter().map(|sleeper| &sleeper.history);
    let known = lineage.ids.iter().chain(asleep).find(|history| history.segment_id == id);
    let name = known.map_or_else(|| Text::new("", ""), |history: &SegmentHistory| history.name().name.clone());
    SharedName { segment_id: id, name }
}

fn shared_event(event: &Event, refit: &Refit, table: Option<&ViewTable<'_>>) -> SharedEvent {
    let named = |ids: &[SegmentId]| ids.iter().map(|&id| name_of(refit, id)).collect();
    SharedEvent {
        kind: event.kind,
        from: named(&event.from),
        to: named(&event.to),
        forward: table.map_or(Shown::Value(None), |table| table.forward(event)),
        is_doubtful: !event.flags.is_empty(),
        flags: event.flags.clone(),
    }
}
