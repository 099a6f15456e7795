use serde::{Deserialize, Serialize};

use super::condition::{RuleCondition, sql};
use super::rows::Rows;

/// A small decision tree as its leaves: conjunctions of which exactly one holds for a customer, none where a value is
/// missing in a column that never was when the tree was grown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RuleTree {
    /// The leaves, from low to high values of the columns that split first.
    pub leaves: Vec<Leaf>,
    /// The share of customers whose class the tree gives, among those held out; `None` when nobody was.
    pub accuracy: Option<f64>,
    /// How well every class is recognised.
    pub classes: Vec<ClassFidelity>,
    /// Customers held out.
    pub n_held_out: usize,
}

/// A leaf: who fulfils its conditions is taken for one of its class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Leaf {
    /// What must hold, at most one condition a column.
    pub conditions: Vec<RuleCondition>,
    /// The class.
    pub class: usize,
    /// Customers learned from who fulfil the conditions.
    pub n_learned: usize,
    /// Customers held out who fulfil them.
    pub n_held_out: usize,
    /// P(of the class | conditions hold), among those held out; `None` when they hold for nobody.
    pub precision: Option<f64>,
    /// P(conditions hold | of the class); `None` when nobody is of the class.
    pub recall: Option<f64>,
}

/// How well a class is recognised by all its leaves together, among customers held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClassFidelity {
    /// Customers of the class that were held out.
    pub n_held_out: usize,
    /// The share of the class among all: the precision of guessing.
    pub share: Option<f64>,
    /// P(of the class | the tree says so).
    pub precision: Option<f64>,
    /// P(the tree says so | of the class).
    pub recall: Option<f64>,
}

impl RuleTree {
    /// The leaves of a class.
    pub fn leaves_of(&self, class: usize) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(move |leaf| leaf.class == class)
    }

    /// The leaf of a customer, by the value of every column, where all are numbers.
    pub fn leaf(&self, value: impl Fn(&str) -> f64) -> Option<&Leaf> {
        self.leaf_where(|condition| condition.holds(value(&condition.column)))
    }

    /// The leaf all of whose conditions hold.
    pub fn leaf_where(&self, holds: impl Fn(&RuleCondition) -> bool) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.conditions.iter().all(&holds))
    }

    /// The tree as an SQL expression that gives `results[class]`, null where no leaf holds.
    ///
    /// # Panics
    /// When a class has no result.
    pub fn sql_case(&self, results: &[String]) -> String {
        let line = |leaf: &Leaf| {
            format!("  WHEN {} THEN '{}'\n", sql(&leaf.conditions), results[leaf.class].replace('\'', "''"))
        };
        format!("CASE\n{}END", self.leaves.iter().map(line).collect::<String>())
    }

    /// The tree of `leaves` with what the held-out customers say about it.
    pub(super) fn measured(
        leaves: Vec<(Vec<RuleCondition>, usize, usize)>,
        held_out: &Rows,
        names: &[String],
        class_of_group: &[Option<usize>],
        n_classes: usize,
    ) -> RuleTree {
        let column =
            |name: &str| names.iter().position(|other| other == name).expect("conditions are on these columns");
        let (mut in_class, mut n_in_class) = (vec![0u64; n_classes], vec![0usize; n_classes]);
        let mut mass = vec![vec![0u64; n_classes]; leaves.len()];
        let mut n_in_leaf = vec![0usize; leaves.len()];
        let places: Vec<Vec<(usize, &RuleCondition)>> =
            leaves.iter().map(|(conditions, ..)| conditions.iter().map(|c| (column(&c.column), c)).collect()).collect();
        for row in 0..held_out.len() {
            let group = held_out.group[row] as usize;
            let Some(class) = class_of_group[group] else { continue };
            let weight = held_out.weight[group];
            in_class[class] += weight;
            n_in_class[class] += 1;
            let fits = |leaf: &Vec<(usize, &RuleCondition)>| leaf.iter().all(|(j, c)| held_out.fulfils(*j, row, c));
            if let Some(leaf) = places.iter().position(fits) {
                mass[leaf][class] += weight;
                n_in_leaf[leaf] += 1;
            }
        }
        let ratio = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        let all: u64 = in_class.iter().sum();
        let right: u64 = leaves.iter().zip(&mass).map(|((_, class, _), mass)| mass[*class]).sum();
        let fidelity = |class: usize| {
            let own = leaves.iter().zip(&mass).filter(|((_, of, _), _)| *of == class).map(|(_, mass)| mass);
            let said: u64 = own.clone().flatten().sum();
            let hit: u64 = own.map(|mass| mass[class]).sum();
            ClassFidelity {
                n_held_out: n_in_class[class],
                share: ratio(in_class[class], all),
                precision: ratio(hit, said),
                recall: ratio(hit, in_class[class]),
            }
        };
        let classes = (0..n_classes).map(fidelity).collect();
        let leaf = |(i, (conditions, class, n_learned)): (usize, (Vec<RuleCondition>, usize, usize))| Leaf {
            precision: ratio(mass[i][class], mass[i].iter().sum()),
            recall: ratio(mass[i][class], in_class[class]),
            n_held_out: n_in_leaf[i],
            conditions,
            class,
            n_learned,
        };
        RuleTree {
            accuracy: ratio(right, all),
            classes,
            n_held_out: n_in_class.iter().sum(),
            leaves: leaves.into_iter().enumerate().map(leaf).collect(),
        }
    }
}
