//! What was found in the table, counted.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::cells::WhyMissing;
use super::order::{order, value};
use super::{Column, Levels, Reading};

/// Rows up to which [`NumericAudit::merged_in_f32`] is counted; it sorts the column.
const MAX_SORTED_ROWS: usize = 1 << 22;

/// What was found in a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Audit {
    /// Rows of the table: those of the files without the removed ones.
    pub n_rows: usize,
    /// Files.
    pub n_files: usize,
    /// Row groups of all files.
    pub n_row_groups: usize,
    /// Bytes of all files.
    pub n_bytes: u64,
    /// Different ids that occur more than once.
    pub n_repeated_ids: usize,
    /// Rows taken out because another row with their id stays.
    pub n_removed_rows: usize,
    /// Features, then the value column and columns other stages need, where they are not features.
    pub numeric: Vec<NumericAudit>,
    /// Attributes, then the tier.
    pub levels: Vec<LevelsAudit>,
    /// The date ages are counted to; `None` when no column is read as one.
    #[serde(default)]
    pub as_of: Option<Date>,
    /// Columns that were left out, with the reason in a word.
    pub left_out: Vec<LeftOut>,
}

/// What was found in a column of numbers. Values are those of the rows that stay; null, NaN, ±inf, the values that stand for
/// a missing one and the texts that are no number are missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NumericAudit {
    /// The column.
    pub name: String,
    /// Its type in the files.
    #[serde(rename = "type")]
    pub type_name: String,
    /// How its cells become numbers; absent when they are the numbers they are.
    #[serde(default, skip_serializing_if = "Reading::is_stored")]
    pub reading: Reading,
    /// Whether it is clustered.
    pub is_feature: bool,
    /// Nulls, and texts of spaces alone.
    pub n_null: usize,
    /// NaN.
    pub n_nan: usize,
    /// ±inf.
    pub n_infinite: usize,
    /// Values that stand for a missing one.
    #[serde(default)]
    pub n_marked: usize,
    /// Texts that are no number or no known level.
    #[serde(default)]
    pub n_unreadable: usize,
    /// The smallest value; `None` without values.
    pub min: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
    /// The mean of the values, summed in row order.
    pub mean: Option<f64>,
    /// Whether there are values and all are equal.
    pub is_constant: bool,
    /// Different values that are lost when all are rounded to f32, as the matrix does without a transform: distinct f64
    /// values − distinct f32 values. `None` when not counted, above 4,194,304 rows.
    pub merged_in_f32: Option<usize>,
}

/// What was found in a column that describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LevelsAudit {
    /// The column.
    pub name: String,
    /// Its type in the files.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it is the tier.
    pub is_tier: bool,
    /// Rows without a value.
    pub n_missing: usize,
    /// Of them, those with a value that stands for a missing one.
    #[serde(default)]
    pub n_marked: usize,
    /// Different values.
    pub n_levels: usize,
}

/// A column that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LeftOut {
    /// The column.
    pub name: String,
    /// Its type in the files.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a column was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// Its type has no use.
    Type,
    /// It has more than 1,000 levels.
    TooManyLevels,
    /// It has no value.
    Empty,
    /// It has a level of more than 1,024 bytes.
    TextTooLong,
}

impl NumericAudit {
    /// Counts `values`, whose NaN tell by their bits why they are missing.
    pub(super) fn of(column: &Column, is_feature: bool, values: &[f64]) -> NumericAudit {
        let (mut n_null, mut n_nan, mut n_infinite, mut n_marked, mut n_unreadable) = (0, 0, 0, 0, 0);
        let (mut min, mut max, mut sum) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
        let mut is_rounded = false;
        for &x in values {
            match WhyMissing::of(x) {
                None => {
                    min = min.min(x);
                    max = max.max(x);
                    sum += x;
                    is_rounded |= f64::from(x as f32) != x;
                }
                Some(WhyMissing::Null) => n_null += 1,
                Some(WhyMissing::NotANumber) => n_nan += 1,
                Some(WhyMissing::Infinite) => n_infinite += 1,
                Some(WhyMissing::Marked) => n_marked += 1,
                Some(WhyMissing::Unreadable) => n_unreadable += 1,
            }
        }
        let n_rows = values.len();
        let n_observed = n_rows - n_null - n_nan - n_infinite - n_marked - n_unreadable;
        let merged_in_f32 = if !is_rounded {
            Some(0)
        } else if n_rows <= MAX_SORTED_ROWS {
            Some(merged(values))
        } else {
            None
        };
        let observed = |x: f64| (n_observed > 0).then_some(x);
        NumericAudit {
            name: column.name.clone(),
            type_name: column.type_name(),
            reading: column.reading.clone(),
            is_feature,
            n_null,
            n_nan,
            n_infinite,
            n_marked,
            n_unreadable,
            min: observed(min),
            max: observed(max),
            // A sum that overflows has no mean to report.
            mean: observed(sum / n_observed as f64).filter(|mean| mean.is_finite()),
            is_constant: n_observed > 0 && min == max,
            merged_in_f32,
        }
    }

    /// Cells without a value.
    pub fn n_missing(&self) -> usize {
        self.n_null + self.n_nan + self.n_infinite + self.n_marked + self.n_unreadable
    }

    /// Whether no row has a value.
    pub fn is_empty(&self) -> bool {
        self.min.is_none()
    }
}

impl LevelsAudit {
    pub(super) fn of(levels: &Levels, type_name: String, is_tier: bool, n_marked: usize) -> LevelsAudit {
        let n_missing = (0..levels.n_rows()).filter(|&row| levels.code(row).is_none()).count();
        let (name, n_levels) = (levels.name().to_owned(), levels.levels().len());
        LevelsAudit { name, type_name, is_tier, n_missing, n_marked, n_levels }
    }
}

/// Distinct f64 values − distinct f32 values; rounding keeps the order, so values that merge are neighbours once sorted. Only those
/// are sorted whose f32 some other row may have too.
fn merged(values: &[f64]) -> usize {
    let observed = || values.iter().copied().filter(|x| !x.is_nan());
    let mut seen = Seen::of_at_most(values.len());
    observed().for_each(|x| seen.add(x as f32));
    let mut orders: Vec<u64> = observed().filter(|&x| seen.more_than_once(x as f32)).map(|x| order(x + 0.0)).collect();
    orders.sort_unstable();
    orders.windows(2).filter(|pair| pair[0] != pair[1] && value(pair[0]) as f32 == value(pair[1]) as f32).count()
}

/// Bits for a value in single precision, of which few share one.
const BITS_PER_VALUE: usize = 8;

/// Which values occurred, and which more than once; a value may be taken for one that occurred, never the other way round.
struct Seen {
    once: Vec<u64>,
    more: Vec<u64>,
    shift: u32,
}

impl Seen {
    fn of_at_most(n_values: usize) -> Self {
        let n_bits = (BITS_PER_VALUE * n_values).next_power_of_two().max(64);
        Seen { once: vec![0; n_bits / 64], more: vec![0; n_bits / 64], shift: u64::BITS - n_bits.trailing_zeros() }
    }

    /// The word and the bit of a value: the upper bits of its product with 2⁶⁴ / φ; −0 is 0.
    fn place(&self, x: f32) -> (usize, u64) {
        let spread = u64::from((x + 0.0).to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift;
        ((spread / 64) as usize, 1 << (spread % 64))
    }

    fn add(&mut self, x: f32) {
        let (word, bit) = self.place(x);
        self.more[word] |= self.once[word] & bit;
        self.once[word] |= bit;
    }

    fn more_than_once(&self, x: f32) -> bool {
        let (word, bit) = self.place(x);
        self.more[word] & bit != 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::{INFINITE, MARKED, NOT_A_NUMBER, NULL, UNREADABLE};
    use super::*;

    fn column() -> Column {
        Column::new("x", arrow::datatypes::DataType::Float64, false)
    }

    #[test]
    fn cells_are_counted_by_what_they_are() {
        let values = vec![1.0, NULL, NOT_A_NUMBER, INFINITE, INFINITE, -3.0, MARKED, UNREADABLE, MARKED, MARKED];
        let audit = NumericAudit::of(&column(), true, &values);
        assert_eq!((audit.n_null, audit.n_nan, audit.n_infinite, audit.n_missing()), (1, 1, 2, 8));
        assert_eq!((audit.n_marked, audit.n_unreadable), (3, 1));
        assert_eq!((audit.min, audit.max, audit.mean), (Some(-3.0), Some(1.0), Some(-1.0)));
        assert!(!audit.is_constant && !audit.is_empty());
    }

    #[test]
    fn a_column_without_values_has_no_range_and_is_not_constant() {
        let audit = NumericAudit::of(&column(), true, &[NULL, NOT_A_NUMBER]);
        assert_eq!((audit.min, audit.max, audit.mean, audit.is_constant), (None, None, None, false));
        assert!(audit.is_empty());
    }

    #[test]
    fn values_that_merge_are_distinct_f64_less_distinct_f32() {
        let values =
            vec![16_777_216.0, 16_777_217.0, 16_777_217.0, 16_777_218.0, 0.0, -0.0, 0.1, NULL, -1.0, -1e-40, -1.1e-46];
        let audit = NumericAudit::of(&column(), true, &values);
        let distinct = |of: &dyn Fn(f64) -> f64| {
            let mut all: Vec<f64> = values.iter().filter(|x| !x.is_nan()).map(|&x| of(x) + 0.0).collect();
            all.sort_by(f64::total_cmp);
            all.dedup();
            all.len()
        };
        assert_eq!(audit.merged_in_f32, Some(distinct(&|x| x) - distinct(&|x| f64::from(x as f32))));
        assert_eq!(audit.merged_in_f32, Some(2));
        assert_eq!(NumericAudit::of(&column(), true, &[1.0, 2.0, 0.5]).merged_in_f32, Some(0));
    }
}
