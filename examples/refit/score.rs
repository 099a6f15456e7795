//! One pair against its truth.

use std::collections::BTreeSet;

use segmint::refit::{Decision, Fate as Kind, SegmentId, ViewKind};
use segmint::simulate::{PlantedTable, ScenarioOptions};

use crate::lineage::Lineage;
use crate::pair::{Case, Held};
use crate::rivals::{Counts, RIVALS, Told};

/// An event by the names of groups.
pub type Event = (Kind, BTreeSet<String>, BTreeSet<String>);

/// A pair, judged.
pub struct Scored {
    pub name: String,
    pub options: ScenarioOptions,
    /// How many clusters either run has.
    pub k: [usize; 2],
    /// Whether the clusters of both runs are the planted groups, one to one.
    pub is_found: bool,
    pub truth: Vec<Event>,
    /// By segmint, then by every rival.
    pub told: Vec<Vec<Event>>,
    pub view: ViewKind,
    /// Ids that had to be carried, and those that were not.
    pub n_asked: usize,
    pub missed: Vec<String>,
    /// Ids that were carried, and those that should not have been.
    pub n_carried: usize,
    pub wrong: Vec<String>,
    /// Planted and told.
    pub moved: [f64; 2],
    pub redefined: [f64; 2],
    /// The rules of the gate that do not hold.
    pub held: Vec<String>,
    pub is_held: bool,
}

impl Scored {
    pub fn of(case: &Case, held: &Held) -> Scored {
        let (planted, refit) = (&held.planted, &held.refit);
        let view = refit.views.iter().find(|view| view.chosen).expect("one view decides");
        let names = [
            called(&planted.before, &held.clusters[0], held.k[0], "old"),
            called(&planted.after, &held.clusters[1], held.k[1], "new"),
        ];
        let event = |(kind, from, to): Told| -> Event {
            let of =
                |places: Vec<usize>, names: &[String]| places.into_iter().map(|place| names[place].clone()).collect();
            (kind, of(from, &names[0]), of(to, &names[1]))
        };
        let place = |ids: &[SegmentId], of: &[SegmentId]| -> Vec<usize> {
            ids.iter().filter_map(|id| of.iter().position(|other| other == id)).collect()
        };
        let ours = refit.events.iter().map(|e| event((e.kind, place(&e.from, &view.from), place(&e.to, &view.to))));
        let counts = Counts { cells: view.counts.clone(), outside: view.outside.clone() };
        let mut told = vec![ours.collect::<Vec<Event>>()];
        told.extend(RIVALS.map(|(_, rule)| rule(&counts).into_iter().map(event).collect()));
        let truth = planted.truth.events.iter().map(|e| {
            (e.kind, e.from.iter().cloned().collect::<BTreeSet<_>>(), e.to.iter().cloned().collect::<BTreeSet<_>>())
        });
        let is_all = |table: &PlantedTable, names: &[String]| {
            names.len() == table.group_names.len() && table.group_names.iter().all(|name| names.contains(name))
        };
        let gate = refit.gate.as_ref().expect("there is a gate");
        let mut scored = Scored {
            name: case.name.clone(),
            options: case.options.clone(),
            k: held.k,
            is_found: is_all(&planted.before, &names[0]) && is_all(&planted.after, &names[1]),
            truth: truth.collect(),
            told,
            view: view.view,
            n_asked: 0,
            missed: Vec::new(),
            n_carried: 0,
            wrong: Vec::new(),
            moved: shares(planted.truth.moved, held.n_moved, planted.truth.shared),
            redefined: [0.0, refit.movement.n_redefined as f64 / planted.after.customers.len() as f64],
            held: gate.failed().map(|rule| format!("{:?} {:.2}", rule.rule, rule.value.unwrap_or(f64::NAN))).collect(),
            is_held: gate.decision == Decision::Hold,
        };
        scored.judge_ids(held, &view.from, &view.to, &names);
        scored.redefined[0] = redefined(held);
        scored
    }

    fn judge_ids(&mut self, held: &Held, old: &[SegmentId], new: &[SegmentId], names: &[Vec<String>; 2]) {
        let planted = &held.planted;
        let clusters = Lineage::of(planted, [&held.clusters[0], &held.clusters[1]], held.k);
        let k = [planted.before.group_names.len(), planted.after.group_names.len()];
        let groups = Lineage::of(planted, [&planted.before.groups, &planted.after.groups], k);
        let group = |table: &PlantedTable, name: &String| table.group_names.iter().position(|other| other == name);
        for (a, id) in old.iter().enumerate() {
            for (b, other) in new.iter().enumerate() {
                let pair = group(&planted.before, &names[0][a]).zip(group(&planted.after, &names[1][b]));
                let planted_overlap = pair.map_or(0.0, |(g, h)| groups.overlap(g, h));
                let overlap = clusters.overlap(a, b);
                let [forward, back] = clusters.shares(a, b);
                let what = format!(
                    "{}: {} → {} (overlap {overlap:.2}, planted {planted_overlap:.2}, F {forward:.2}, G {back:.2})",
                    self.name, names[0][a], names[1][b]
                );
                if overlap >= 0.7 || planted_overlap >= 0.7 {
                    self.n_asked += 1;
                    if id != other {
                        self.missed.push(what.clone());
                    }
                }
                if id == other {
                    self.n_carried += 1;
                    let survives = self.told[0].iter().any(|event| {
                        event.0 == Kind::Survived && event.1.contains(&names[0][a]) && event.2.contains(&names[1][b])
                    });
                    if forward <= 0.45 || back <= if survives { 0.25 } else { 0.45 } {
                        self.wrong.push(what);
                    }
                }
            }
        }
    }

    /// Events told by rule `rule` that are true, that are told, and that are planted, of `kind` or of all.
    pub fn counts(&self, rule: usize, kind: Option<Kind>) -> [usize; 3] {
        let is_of = |event: &&Event| kind.is_none_or(|kind| event.0 == kind);
        let told = &self.told[rule];
        let right = told.iter().filter(is_of).filter(|event| self.truth.contains(event)).count();
        [right, told.iter().filter(is_of).count(), self.truth.iter().filter(is_of).count()]
    }

    /// What the pair is made of.
    pub fn described(&self) -> String {
        let o = &self.options;
        format!(
            "{} (n {}, shared {}, groups {}, k {} and {}, d {}, {:.1} sd{}, view {})",
            self.name,
            o.customers,
            o.shared,
            o.groups,
            self.k[0],
            self.k[1],
            o.features,
            4.0 * o.separation,
            if o.heavy_tails { ", heavy" } else { "" },
            self.view.name()
        )
    }
}

fn shares(planted: usize, told: usize, of: usize) -> [f64; 2] {
    [planted, told].map(|n| if of == 0 { 0.0 } else { n as f64 / of as f64 })
}

/// What every cluster is called: the group with which it shares more than half of both, else a name of its own.
fn called(table: &PlantedTable, clusters: &[usize], k: usize, side: &str) -> Vec<String> {
    let n_groups = table.group_names.len();
    let mut counts = vec![0_usize; k * n_groups];
    let (mut sizes, mut groups) = (vec![0_usize; k], vec![0_usize; n_groups]);
    for (&cluster, &group) in clusters.iter().zip(&table.groups).filter(|(cluster, _)| **cluster < k) {
        counts[cluster * n_groups + group] += 1;
        sizes[cluster] += 1;
        groups[group] += 1;
    }
    let of = |cluster: usize| {
        let is_same = |&g: &usize| 2 * counts[cluster * n_groups + g] > sizes[cluster].max(groups[g]);
        (0..n_groups).find(is_same).map_or_else(|| format!("{side}{cluster}"), |g| table.group_names[g].clone())
    };
    (0..k).map(of).collect()
}

/// The share of the second table's customers whose planted group does not carry the id of the one they come from.
fn redefined(held: &Held) -> f64 {
    let planted = &held.planted;
    let k = [planted.before.group_names.len(), planted.after.group_names.len()];
    let groups = Lineage::of(planted, [&planted.before.groups, &planted.after.groups], k);
    let survives = |g: usize, h: usize| {
        let [old, new] = [&planted.before.group_names[g], &planted.after.group_names[h]];
        planted.truth.events.iter().any(|e| e.kind == Kind::Survived && e.from.contains(old) && e.to.contains(new))
    };
    let kept: f64 = (0..k[1])
        .filter_map(|h| {
            let size = planted.after.groups.iter().filter(|other| **other == h).count() as f64;
            Some(groups.shares(groups.heir_of(h, survives)?, h)[1] * size)
        })
        .sum();
    1.0 - kept / planted.after.customers.len() as f64
}
