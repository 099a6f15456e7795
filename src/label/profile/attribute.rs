use serde::{Deserialize, Serialize};

use super::members::Members;
use crate::load::Levels;
use crate::matrix::RowMap;

/// An attribute over all customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AttributeProfile {
    /// Its column.
    pub name: String,
    /// Whether its levels counted in distances; if not, it only describes.
    #[serde(default)]
    pub clustered: bool,
    /// Its levels in the table's order; customers without a text are a level of their own, the last one.
    pub levels: Vec<LevelShare>,
}

/// One level of an attribute over all customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LevelShare {
    /// The text; null where it is missing.
    pub level: Option<String>,
    /// Customers with it.
    pub n: usize,
    /// Their share of all customers.
    pub share: f64,
}

/// One level of an attribute that occurs in a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LevelProfile {
    /// Its number in [`AttributeProfile::levels`].
    pub level: usize,
    /// The cluster's customers with it.
    pub n: usize,
    /// Their share of the cluster.
    pub share: f64,
    /// That share over the share among all customers: 2 = twice as common here.
    pub lift: f64,
}

pub(super) fn overall(column: &Levels, clustered: bool, rows: &RowMap) -> AttributeProfile {
    let missing = column.levels().len();
    let mut counts = vec![0_usize; missing + 1];
    for row in 0..rows.n_matrix() {
        counts[column.code(rows.table_row(row)).unwrap_or(missing)] += 1;
    }
    if counts[missing] == 0 {
        counts.pop();
    }
    let share = |n: usize| n as f64 / rows.n_matrix() as f64;
    let level = |(code, n)| LevelShare { level: column.levels().get(code).cloned(), n, share: share(n) };
    let levels = counts.into_iter().enumerate().map(level).collect();
    AttributeProfile { name: column.name().to_owned(), clustered, levels }
}

/// The levels of an attribute that occur in every group: cluster by cluster, then in the noise if there is any.
pub(super) struct LevelsByGroup(Vec<Vec<LevelProfile>>);

impl LevelsByGroup {
    /// Of the groups of `members`: the levels that occur in each, in the order of `overall`.
    pub(super) fn of_column(column: &Levels, overall: &AttributeProfile, rows: &RowMap, members: &Members) -> Self {
        let missing = column.levels().len();
        // Cleared through `seen` after every cluster: many small clusters must not pay for many levels.
        let mut counts = vec![0_usize; missing + 1];
        let mut seen: Vec<usize> = Vec::new();
        let mut of_group = |group: usize| {
            let size = members.rows(group).len() as f64;
            for &row in members.rows(group) {
                let code = column.code(rows.table_row(row as usize)).unwrap_or(missing);
                if counts[code] == 0 {
                    seen.push(code);
                }
                counts[code] += 1;
            }
            seen.sort_unstable();
            let level = |level: usize| {
                let n = std::mem::take(&mut counts[level]);
                let share = n as f64 / size;
                LevelProfile { level, n, share, lift: share / overall.levels[level].share }
            };
            seen.drain(..).map(level).collect()
        };
        LevelsByGroup((0..members.n_groups()).map(&mut of_group).collect())
    }

    /// Those of one group.
    pub(super) fn of(&self, group: usize) -> &[LevelProfile] {
        &self.0[group]
    }
}
