use serde::Serialize;

use super::{Screen, Shown};
use crate::label::SegmentRules;
use crate::label::rule::{ClassFidelity, Leaf, RuleCondition};

/// The segments as a readable rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedRules {
    /// What the classes of the tree are.
    pub segments: Vec<String>,
    /// The tree.
    pub tree: SharedTree,
    /// The tree as an SQL expression that gives the segment id.
    pub sql: String,
}

/// The tree of a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedTree {
    /// Its leaves.
    pub leaves: Vec<SharedLeaf>,
    /// The share of customers whose class it gives, among those held out.
    pub accuracy: Option<f64>,
    /// How well every class is recognised.
    pub classes: Vec<SharedFidelity>,
    /// Customers held out.
    pub n_held_out: usize,
}

/// A leaf of a tree.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedLeaf {
    /// What must hold.
    pub conditions: Vec<RuleCondition>,
    /// The class.
    pub class: usize,
    /// Customers learned from who fulfil the conditions.
    pub n_learned: Shown<usize>,
    /// Customers held out who fulfil them.
    pub n_held_out: Shown<usize>,
    /// P(of the class | conditions hold).
    pub precision: Shown<Option<f64>>,
    /// P(conditions hold | of the class).
    pub recall: Shown<Option<f64>>,
}

/// How well a class is recognised.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedFidelity {
    /// Customers of the class that were held out.
    pub n_held_out: Shown<usize>,
    /// Their share of all who were.
    pub share: Shown<Option<f64>>,
    /// P(of the class | the tree says so).
    pub precision: Shown<Option<f64>>,
    /// P(the tree says so | of the class).
    pub recall: Shown<Option<f64>>,
}

impl SharedRules {
    pub(super) fn of(screen: &Screen<'_>, rules: &SegmentRules) -> Self {
        let tree = &rules.tree;
        let count =
            |counts: Vec<usize>| screen.rules.counts(&counts.into_iter().map(|n| n as u64).collect::<Vec<u64>>());
        let learned = count(tree.leaves.iter().map(|leaf| leaf.n_learned).collect());
        let held_out = count(tree.leaves.iter().map(|leaf| leaf.n_held_out).collect());
        let of_class = count(tree.classes.iter().map(|class| class.n_held_out).collect());
        let n_of_class = |class: usize| tree.classes.get(class).map_or(0, |class| class.n_held_out);
        let class_is_shown = |class: usize| of_class.get(class).is_none_or(Option::is_some);
        let leaf = |(at, leaf): (usize, &Leaf)| {
            let shown = learned[at].is_some() && held_out[at].is_some();
            let told = shown && class_is_shown(leaf.class);
            let [precision, recall] = screen.fidelity(leaf.precision, leaf.recall, n_of_class(leaf.class));
            SharedLeaf {
                conditions: leaf.conditions.clone(),
                class: leaf.class,
                n_learned: Shown::when(shown, leaf.n_learned),
                n_held_out: Shown::when(shown, leaf.n_held_out),
                precision: if told { precision } else { Shown::maybe(false, leaf.precision) },
                recall: if told { recall } else { Shown::maybe(false, leaf.recall) },
            }
        };
        let class = |(at, class): (usize, &ClassFidelity)| {
            let shown = class_is_shown(at);
            let [precision, recall] = screen.fidelity(class.precision, class.recall, class.n_held_out);
            SharedFidelity {
                n_held_out: Shown::when(shown, class.n_held_out),
                share: Shown::maybe(shown, class.share),
                precision: if shown { precision } else { Shown::maybe(false, class.precision) },
                recall: if shown { recall } else { Shown::maybe(false, class.recall) },
            }
        };
        SharedRules {
            segments: rules.segments.clone(),
            tree: SharedTree {
                leaves: tree.leaves.iter().enumerate().map(leaf).collect(),
                accuracy: screen.ratio(tree.accuracy, tree.n_held_out).known(),
                classes: tree.classes.iter().enumerate().map(class).collect(),
                n_held_out: tree.n_held_out,
            },
            sql: rules.sql.clone(),
        }
    }
}
