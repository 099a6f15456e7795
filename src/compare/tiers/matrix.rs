//! The customer matrix: customers by the levels of two columns.

use serde::{Deserialize, Serialize};

use super::TierClass;
use crate::Text;
use crate::compare::Comparison;
use crate::config::Quadrant;
use crate::metrics::ClusterId;

/// One axis of a matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Axis {
    /// The column.
    pub column: String,
    /// The values above which a customer is one level higher, ascending; empty when no value is known.
    pub cuts: Vec<f64>,
    /// What the levels are called, the lowest first.
    pub levels: Vec<Text>,
}

impl Axis {
    /// The level of a value from 0, the lowest; `None` when missing.
    pub fn level(&self, value: f64) -> Option<usize> {
        (!value.is_nan()).then(|| self.cuts.partition_point(|&cut| cut < value))
    }

    /// The levels (x, y) of every cell, the best first; this axis is x.
    pub fn cells(&self, y: &Axis) -> Vec<(usize, usize)> {
        let levels_of_y = y.levels.len();
        (0..self.levels.len()).rev().flat_map(|x| (0..levels_of_y).rev().map(move |y| (x, y))).collect()
    }

    /// The place of a cell in [`Axis::cells`].
    pub(super) fn cell(&self, y: &Axis, x_level: usize, y_level: usize) -> usize {
        (self.levels.len() - 1 - x_level) * y.levels.len() + y.levels.len() - 1 - y_level
    }
}

/// A customer matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Matrix {
    /// The axis that counts first.
    pub x: Axis,
    /// The other axis.
    pub y: Axis,
    /// Every cell, the best first.
    pub cells: Vec<MatrixCell>,
    /// How every clustering spreads over the cells.
    pub spreads: Vec<Spread>,
}

/// A cell of a matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MatrixCell {
    /// The level of x, from 0.
    pub x: usize,
    /// The level of y, from 0.
    pub y: usize,
    /// The tier of its customers in comparisons.
    pub tier: String,
    /// What it is called.
    pub name: Text,
    /// What to do about its customers; null where nobody said.
    pub action: Option<Text>,
    /// Its customers.
    pub customers: u64,
    /// Their share of those in the matrix; null when there are none.
    pub share: Option<f64>,
    /// Their summed value; null without a value column.
    pub value: Option<f64>,
    /// Their share of the value; null unless the sum is positive and little of it below zero.
    pub value_share: Option<f64>,
}

/// A clustering over the cells of a matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Spread {
    /// The clustering, such as `kmeans`.
    pub clustering: String,
    /// Its clusters; null = noise.
    pub clusters: Vec<Option<ClusterId>>,
    /// What they are called.
    pub cluster_names: Vec<Text>,
    /// Customers, cells × clusters.
    pub counts: Vec<Vec<u64>>,
}

impl Matrix {
    /// The matrix of two axes whose cells are the tiers of `classes`.
    ///
    /// `axis_pair` says whether x is the value and y the frequency: a 2 × 2 matrix of these has names and actions of its own.
    pub(super) fn of([x, y]: &[Axis; 2], given: &[Quadrant], axis_pair: AxisPair, classes: &[TierClass]) -> Self {
        let cell = |(at_x, at_y): (usize, usize)| {
            let (level_x, level_y) = (&x.levels[at_x], &y.levels[at_y]);
            let tier = format!("{} {}, {} {}", x.column, level_x.en, y.column, level_y.en);
            let given = given.iter().find(|cell| (&cell.x, &cell.y) == (&level_x.en, &level_y.en));
            let two_by_two = x.levels.len() == 2 && y.levels.len() == 2;
            let default = match axis_pair {
                AxisPair::ValueByFrequency if two_by_two => Some(quadrant(at_x, at_y)),
                AxisPair::FrequencyByValue if two_by_two => Some(quadrant(at_y, at_x)),
                _ => None,
            };
            let (name, action) = default.unzip();
            let plain = || {
                let zh = format!("{}{}·{}{}", x.column, level_x.zh, y.column, level_y.zh);
                Text::new(tier.clone(), zh)
            };
            let class = classes.iter().find(|class| class.tier == tier);
            MatrixCell {
                x: at_x,
                y: at_y,
                name: given.and_then(|cell| cell.name.clone()).or(name).unwrap_or_else(plain),
                action: given.and_then(|cell| cell.action.clone()).or(action),
                customers: class.map_or(0, |class| class.customers),
                share: class.map_or(classes.first().map(|_| 0.0), |class| class.share),
                value: class.map_or(classes.first().and_then(|other| other.value).map(|_| 0.0), |class| class.value),
                value_share: class.map_or(classes.first().and_then(|other| other.value_share).map(|_| 0.0), |class| {
                    class.value_share
                }),
                tier,
            }
        };
        let cells = x.cells(y).into_iter().map(cell).collect();
        Matrix { x: x.clone(), y: y.clone(), cells, spreads: Vec::new() }
    }

    /// Adds how the clustering of `comparison`, whose tier the matrix is, spreads over the cells.
    pub fn add_spread(&mut self, comparison: &Comparison) {
        let table = &comparison.contingency;
        let row = |cell: &MatrixCell| match table.tiers.iter().position(|tier| *tier == cell.tier) {
            Some(tier) => table.counts[tier].clone(),
            None => vec![0; table.clusters.len()],
        };
        self.spreads.push(Spread {
            clustering: comparison.clustering.clone(),
            clusters: table.clusters.clone(),
            cluster_names: table.cluster_names.clone(),
            counts: self.cells.iter().map(row).collect(),
        });
    }
}

/// Whether the axes are those that everybody draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisPair {
    /// x is the value, y the frequency.
    ValueByFrequency,
    /// The other way round.
    FrequencyByValue,
    /// Other columns.
    Neither,
}

/// Name and action of a quadrant of value by frequency.
fn quadrant(value: usize, frequency: usize) -> (Text, Text) {
    match (value, frequency) {
        (1, 1) => (
            Text::new("core customers", "核心客户"),
            Text::new(
                "keep them close: membership, benefits of their own, served first",
                "重点维系：纳入会员体系，给予专属权益并优先服务",
            ),
        ),
        (1, _) => (
            Text::new("big but rare buyers", "大额低频客户"),
            Text::new(
                "bring them back more often: personal offers at the right time",
                "提升频次：在合适时机推送个性化优惠，促其更常回购",
            ),
        ),
        (_, 1) => (
            Text::new("small but frequent buyers", "小额高频客户"),
            Text::new(
                "make each order larger: cross-selling, better versions, bundles",
                "提升客单价：交叉销售、升级推荐与组合套餐",
            ),
        ),
        _ => (
            Text::new("marginal customers", "边缘客户"),
            Text::new(
                "stay in touch cheaply; try to win a second look with a promotion",
                "低成本保持联系，定期回访并以促销活动尝试激活",
            ),
        ),
    }
}
