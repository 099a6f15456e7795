//! What is worth saying about a column that was normalized all the same.

use crate::config::Missing;
use crate::figures::percent;
use crate::language::noun;
use crate::{Text, Warning};

/// Share of missing cells above which a column is worth a warning.
const MANY_MISSING: f64 = 0.2;

/// Whether so many missing cells are worth a warning.
pub(super) fn is_many(n_missing: usize, n_rows: usize) -> bool {
    n_missing as f64 > MANY_MISSING * n_rows as f64
}

/// Where a column was found to be constant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Constant {
    /// It has no observed value.
    Empty,
    /// In the table.
    Raw(f64),
    /// After winsorizing.
    Clipped(f64),
    /// After the transform.
    Transformed(f64),
    /// After rounding to single precision.
    Rounded(f64),
}

pub(super) fn constant(column: &str, constant: Constant) -> Warning {
    let (en, zh, value) = match constant {
        Constant::Empty => {
            let text = Text::new(
                format!("column {column:?} has no values and was left out"),
                format!("列“{column}”没有任何取值，已剔除"),
            );
            return Warning::new("empty_feature", text).with("column", column);
        }
        Constant::Raw(value) => ("is constant", "为常量", value),
        Constant::Clipped(value) => ("is constant once its ends are clipped", "缩尾之后为常量", value),
        Constant::Transformed(value) => ("is constant once transformed", "变换之后为常量", value),
        Constant::Rounded(value) => ("is constant in single precision", "在单精度下为常量", value),
    };
    let text = Text::new(
        format!("column {column:?} {en} ({value}) and was left out"),
        format!("列“{column}”{zh}（{value}），已剔除"),
    );
    Warning::new("constant_feature", text).with("column", column).with("value", value)
}

pub(super) fn many_missing(column: &str, missing: Missing, n_missing: usize, n_rows: usize) -> Warning {
    let share = n_missing as f64 / n_rows as f64;
    let percent = percent(share);
    let (en, zh) = match missing {
        Missing::Drop => ("their customers are in no cluster", "相应客户不进入任何聚类"),
        Missing::Mean => ("the mean stands in for them", "以均值填补"),
        Missing::Median => ("the median stands in for them", "以中位数填补"),
        Missing::Zero => ("zero stands in for them", "以零填补"),
        Missing::Reject => ("the table is refused", "拒绝该表"),
    };
    let text = Text::new(
        format!("{percent} of column {column:?} are missing; {en}"),
        format!("列“{column}”有 {percent} 的取值缺失，{zh}"),
    );
    Warning::new("many_missing", text)
        .with("column", column)
        .with("missing", n_missing as u64)
        .with("rows", n_rows as u64)
        .with("share", share)
}

pub(super) fn rows_dropped(n_dropped: usize, n_rows: usize) -> Warning {
    let share = n_dropped as f64 / n_rows as f64;
    let percent = percent(share);
    let text = Text::new(
        format!(
            "{n_dropped} of {n_rows} customers ({percent}) {} missing values and {} in no cluster",
            noun(n_dropped as u64, "has", "have"),
            noun(n_dropped as u64, "is", "are")
        ),
        format!("{n_rows} 位客户中有 {n_dropped} 位（{percent}）存在缺失值，未进入任何聚类"),
    );
    Warning::new("rows_dropped", text)
        .with("dropped", n_dropped as u64)
        .with("rows", n_rows as u64)
        .with("share", share)
}

pub(super) fn no_interquartile_range(column: &str, deviation: f64) -> Warning {
    let text = Text::new(
        format!(
            "the middle half of column {column:?} is one value; it is scaled by its standard deviation ({deviation})"
        ),
        format!("列“{column}”中间一半的取值相同，四分位距为零，改用标准差（{deviation}）缩放"),
    );
    Warning::new("no_interquartile_range", text).with("column", column).with("standard_deviation", deviation)
}

pub(super) fn one_level(column: &str) -> Warning {
    let text = Text::new(
        format!("column {column:?} has one level only and does not count in distances"),
        format!("列“{column}”只有一个类别，不计入距离"),
    );
    Warning::new("constant_category", text).with("column", column)
}

pub(super) fn many_levels(column: &str, n_levels: usize, limit: usize) -> Warning {
    let text = Text::new(
        format!(
            "column {column:?} has {n_levels} levels, more than {limit}, so it describes and does not count in distances"
        ),
        format!("列“{column}”有 {n_levels} 个类别，超过 {limit} 个，仅用于描述，不计入距离"),
    );
    Warning::new("many_category_levels", text)
        .with("column", column)
        .with("n_levels", n_levels as u64)
        .with("limit", limit as u64)
}
