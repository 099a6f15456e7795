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
        let is_few = |n: usize| (n as u64) < screen.rules.min_cell;
        let leaf = |leaf: &Leaf| {
            let shown = !is_few(leaf.n_learned) && !is_few(leaf.n_held_out);
            SharedLeaf {
                conditions: leaf.conditions.clone(),
                class: leaf.class,
                n_learned: Shown::when(shown, leaf.n_learned),
                n_held_out: Shown::when(shown, leaf.n_held_out),
                precision: Shown::maybe(shown, leaf.precision),
                recall: Shown::maybe(shown, leaf.recall),
            }
        };
        let class = |class: &ClassFidelity| {
            let shown = !is_few(class.n_held_out);
            SharedFidelity {
                n_held_out: Shown::when(shown, class.n_held_out),
                share: Shown::maybe(shown, class.share),
                precision: Shown::maybe(shown, class.precision),
                recall: Shown::maybe(shown, class.recall),
            }
        };
        SharedRules {
            segments: rules.segments.clone(),
            tree: SharedTree {
                leaves: rules.tree.leaves.iter().map(leaf).collect(),
                accuracy: rules.tree.accuracy,
                classes: rules.tree.classes.iter().map(class).collect(),
                n_held_out: rules.tree.n_held_out,
            },
            sql: rules.sql.clone(),
        }
    }
}
