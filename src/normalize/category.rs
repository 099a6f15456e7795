//! Categories as points: what lets the levels of a nominal column count in distances.

use serde::{Deserialize, Serialize};

use super::warnings;
use crate::Warning;
use crate::load::Levels;
use crate::matrix::RowMap;

/// Levels that a category may have; a column with more, or with more than half as many as customers, only describes.
pub const MAX_CATEGORY_LEVELS: usize = 50;
/// The largest weight of a category, so that a level nearly everybody has does not make the few others far away.
const MAX_WEIGHT: f64 = 4.0;

/// What [`CategoryEncoder::code`] gives for a level that the fit has not seen.
const UNSEEN: f64 = -1.0;

/// A nominal column in the matrix: one indicator column a level, √(w/2)·1\[x = l\].
///
/// Two customers of different levels are w apart in squared distance, two of the same level 0. With
/// w = 2/(1 − Σ p²), p the shares of the levels, the squared distance of two customers drawn at random is 2, as that of a
/// standardized number; w is at most 4, the value of an even flag, times the weight of the plan. A missing text is a level
/// of its own. The mean of indicators over a cluster is √(w/2) times the shares of the levels in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CategoryEncoder {
    /// The column.
    name: String,
    /// In the order of the matrix columns; null is the missing text, the last one.
    levels: Vec<Option<String>>,
    /// w.
    weight: f64,
}

impl CategoryEncoder {
    /// Learns a column on the customers `rows`; else the reason why it does not count in distances.
    pub(super) fn learn(column: &Levels, rows: &RowMap, weight: f64) -> Result<CategoryEncoder, Box<Warning>> {
        let n = rows.n_matrix();
        let missing = column.levels().len();
        let mut counts = vec![0_u64; missing + 1];
        (0..n).for_each(|i| counts[column.code(rows.table_row(i)).unwrap_or(missing)] += 1);
        let seen: Vec<usize> = (0..=missing).filter(|&code| counts[code] > 0).collect();
        let limit = MAX_CATEGORY_LEVELS.min(n / 2);
        if seen.len() < 2 {
            return Err(Box::new(warnings::one_level(column.name())));
        }
        if seen.len() > limit {
            return Err(Box::new(warnings::many_levels(column.name(), seen.len(), limit)));
        }
        // The sum is of whole numbers, so it does not depend on the order of the levels.
        let squares: u128 = seen.iter().map(|&code| u128::from(counts[code]).pow(2)).sum();
        let share_of_equal_pairs = squares as f64 / (n as f64 * n as f64);
        Ok(CategoryEncoder {
            name: column.name().to_owned(),
            levels: seen.into_iter().map(|code| column.levels().get(code).cloned()).collect(),
            weight: (2.0 / (1.0 - share_of_equal_pairs)).min(MAX_WEIGHT) * weight,
        })
    }

    /// The column.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The levels of the fit, one matrix column each; `None` is the missing text.
    pub fn levels(&self) -> &[Option<String>] {
        &self.levels
    }

    /// The squared distance of customers with different levels.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// The number of a level as a raw value of [`Normalizer::apply`](super::Normalizer::apply); −1 for one that the fit has
    /// not seen, which is in none of the matrix columns.
    pub fn code(&self, level: Option<&str>) -> f64 {
        self.levels.iter().position(|other| other.as_deref() == level).map_or(UNSEEN, |code| code as f64)
    }

    /// The matrix column of a raw value; `None` for a level that the fit has not seen.
    pub fn column(&self, raw: f64) -> Option<usize> {
        (raw >= 0.0).then_some(raw as usize).filter(|&column| column < self.levels.len())
    }

    /// What the matrix column of a customer's level holds.
    pub fn height(&self) -> f32 {
        (self.weight / 2.0).sqrt() as f32
    }

    /// The share of a level in a point of the matrix, such as a centroid, from the value of its column.
    pub fn share(&self, value: f64) -> f64 {
        (value / f64::from(self.height())).clamp(0.0, 1.0)
    }
}
