//! From the plan to a table: the steps of this stage in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::alike_tiers::alike_tiers;
use super::audit::{Audit, LeftOut, LeftOutReason, LevelsAudit, NumericAudit};
use super::ids::{IdReading, read_ids};
use super::kind::Kind;
use super::levels::{self, LevelsRead, MAX_LEVEL_BYTES, MAX_LEVELS, read_levels};
use super::missing_words::MissingWords;
use super::order::in_rounds;
use super::unreadable::{marked_names, nameless, negative_ages, unreadable};
use super::{Column, ColumnUses, CustomerTable, Extra, Fingerprint, LoadError, ParquetColumns, Reading, Source};
use crate::config::{Duplicates, SourcePlan};
use crate::language::{counted, noun};
use crate::monitor::Monitor;
use crate::{Text, Warning};

/// Values beyond it cannot be summed and squared.
const LARGEST_VALUE: f64 = 1e150;

/// A table, and what was noticed while it was read.
pub struct Loaded {
    /// The customers.
    pub table: CustomerTable,
    /// What was found in the table, counted.
    pub audit: Audit,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// What identifies the source.
    pub fingerprint: Fingerprint,
    /// How the columns are read that are not read as they are, by name.
    pub readings: BTreeMap<String, Reading>,
}

/// Reads the source of `plan`; see [`ColumnUses::assign`] for which column becomes what.
///
/// Every feature is read once, for the audit. `extras` are numeric columns that other stages need by name; they are
/// checked and audited, and can be read from the table like every numeric column.
///
/// Rows that repeat an id are refused or removed, as the plan says. Columns without any value and columns of levels with
/// more than 1,000 of them or with one of more than 1,024 bytes are left out with a warning; a feature without values that the plan names is an error. Constant
/// columns stay.
///
/// # Errors
/// When the source or a column of it cannot be read, when a role cannot be filled, when an id is null or occurs twice,
/// and when `monitor` stops the work.
pub fn open(plan: &SourcePlan, extras: &[Extra<'_>], monitor: &Monitor) -> Result<Loaded, LoadError> {
    let (source, mut warnings) = Source::open_watched(&plan.path, monitor)?.read_as(plan)?;
    let source = Arc::new(source);
    let uses = ColumnUses::assign(plan, extras, &source)?;
    let mut loaded = open_source(&source, &uses, plan.duplicates, monitor)?;
    warnings.append(&mut loaded.warnings);
    Ok(Loaded { warnings, ..loaded })
}

/// [`open`] for a source and uses of columns that were checked before.
///
/// # Errors
/// As [`open`].
pub fn open_source(
    source: &Arc<Source>,
    uses: &ColumnUses,
    duplicates: Duplicates,
    monitor: &Monitor,
) -> Result<Loaded, LoadError> {
    let mut warnings = told_of_columns(source, uses);
    let unused = uses.unused.iter().map(|&position| &source.columns()[position]);
    let mut left_out: Vec<LeftOut> = unused.map(|column| left_out_for(column, LeftOutReason::Type)).collect();
    let IdReading { ids, removed, n_repeated_ids } = read_ids(source, uses.id, duplicates)?;
    if !removed.is_empty() {
        warnings.push(removed_rows(source.n_rows(), removed.len(), n_repeated_ids, duplicates));
    }
    monitor.check()?;

    let described = read_described(source, uses, &removed, monitor)?;
    warnings.extend(described.warnings());
    let Described { attributes, tier, outcome, undescribed } = described;
    left_out.extend(undescribed.into_iter().map(|(column, _)| column));
    let levels = audit_levels(source, &attributes, tier.as_ref());
    let removed: Arc<[u32]> = removed.into();
    let numeric = ParquetColumns::new(Arc::clone(source), Arc::clone(&removed), uses.numeric.clone());
    let (audits, fingerprint) =
        rayon::join(|| audit_numeric(source, uses, &numeric, monitor), || Fingerprint::of(source));
    let mut audits = audits?;
    let empty = refuse_without_values(source, uses, &audits, ids.len())?;
    warnings.extend(empty.iter().map(|column| empty_column(&column.name, ids.len())));
    left_out.extend(empty);
    for audit in &mut audits {
        audit.is_feature &= !audit.is_empty();
    }
    let features = audits.iter().filter(|audit| audit.is_feature).map(|audit| audit.name.clone()).collect();
    warnings.extend(unreadable(source, &audits)?);
    warnings.extend(negative_ages(&audits));
    warnings.extend(audits.iter().filter_map(infinite_values));
    let value = uses.value.map(|position| source.columns()[position].name.clone());
    refuse_endless(source, value.as_deref(), &audits)?;

    let audit = Audit {
        n_rows: ids.len(),
        n_files: source.n_files(),
        n_row_groups: source.n_row_groups(),
        n_bytes: source.bytes(),
        n_repeated_ids,
        n_removed_rows: removed.len(),
        numeric: audits,
        levels,
        as_of: source.columns().iter().find_map(|column| column.reading.as_of()),
        left_out,
    };
    let attributes = attributes.into_iter().map(|read| read.levels).collect();
    let tier = tier.map(|read| read.levels);
    let outcome = outcome.map(|read| read.levels);
    let table = CustomerTable { ids, features, attributes, tier, outcome, value, numeric: Box::new(numeric) };
    let readings = source.columns().iter().filter(|column| !column.reading.is_stored());
    let readings = readings.map(|column| (column.name.clone(), column.reading.clone())).collect();
    Ok(Loaded { table, audit, warnings, fingerprint: fingerprint?, readings })
}

/// What is to be known of the names and types of columns before one is read.
fn told_of_columns(source: &Source, uses: &ColumnUses) -> Vec<Warning> {
    let mut warnings = marked_names(source);
    warnings.extend(nameless(source));
    warnings.extend(source.warning());
    warnings.extend(uses.unused.iter().map(|&position| type_without_use(&source.columns()[position])));
    warnings
}

/// Columns that describe.
struct Described {
    attributes: Vec<LevelsRead>,
    tier: Option<LevelsRead>,
    outcome: Option<LevelsRead>,
    /// Columns with too many levels for an attribute, or with one that is too long.
    undescribed: Vec<(LeftOut, Warning)>,
}

impl Described {
    fn warnings(&self) -> Vec<Warning> {
        let Described { attributes, tier, outcome, undescribed } = self;
        let mut warnings: Vec<Warning> = undescribed.iter().map(|(_, warning)| warning.clone()).collect();
        let words = attributes.iter().chain(tier).chain(outcome).map(LevelsRead::missing_words);
        warnings.extend(MissingWords::warning(words));
        let levels = tier.as_ref().map(|read| &read.levels);
        warnings.extend(levels.and_then(|tier| alike_tiers(tier.name(), tier.levels().iter().map(String::as_str))));
        warnings
    }
}

fn read_described(
    source: &Source,
    uses: &ColumnUses,
    removed: &[u32],
    monitor: &Monitor,
) -> Result<Described, LoadError> {
    let positions: Vec<usize> = uses.attributes.iter().chain(&uses.tier).chain(&uses.outcome).copied().collect();
    let task = monitor.task("describe", positions.len() as u64);
    let read: Vec<Result<levels::Described, LoadError>> = positions
        .par_iter()
        .map(|&position| {
            monitor.check()?;
            let levels = read_levels(source, removed, position);
            task.advance(1);
            levels
        })
        .collect();
    let mut described = Described { attributes: Vec::new(), tier: None, outcome: None, undescribed: Vec::new() };
    for (position, levels) in positions.into_iter().zip(read) {
        let column = &source.columns()[position];
        let levels = match levels? {
            levels::Described::Levels(levels) => Some(levels),
            levels::Described::TooMany => None,
            levels::Described::TooLong(bytes) if uses.attributes.contains(&position) => {
                let left_out = left_out_for(column, LeftOutReason::TextTooLong);
                described.undescribed.push((left_out, too_long_level(column, bytes)));
                continue;
            }
            levels::Described::TooLong(bytes) => {
                let (column, limit) = (column.name.clone(), MAX_LEVEL_BYTES);
                return Err(LoadError::TextTooLong { column, source_name: source.name(), bytes, limit });
            }
        };
        match levels {
            Some(levels) if uses.tier == Some(position) => described.tier = Some(levels),
            levels if uses.outcome == Some(position) => {
                let occurring = levels.as_ref().map_or(MAX_LEVELS, |read| read.levels.levels().len());
                described.outcome = levels.filter(|_| occurring == 2);
                if described.outcome.is_none() {
                    let (column, source_name) = (column.name.clone(), source.name());
                    return Err(LoadError::NotTwoLevels { column, source_name, n_levels: occurring });
                }
            }
            Some(levels) if uses.categories.contains(&position) => described.attributes.push(levels),
            Some(read) => described.attributes.push(read.described_only()),
            None if uses.tier == Some(position) => {
                return Err(LoadError::TooManyTiers { column: column.name.clone(), limit: MAX_LEVELS });
            }
            None => {
                let left_out = left_out_for(column, LeftOutReason::TooManyLevels);
                described.undescribed.push((left_out, too_many_levels(column)));
            }
        }
    }
    Ok(described)
}

/// Attributes, then the tier.
fn audit_levels(source: &Source, attributes: &[LevelsRead], tier: Option<&LevelsRead>) -> Vec<LevelsAudit> {
    let type_of = |name: &str| source.position(name).map_or_else(String::new, |p| source.columns()[p].type_name());
    let audited = |(read, is_tier): (&LevelsRead, bool)| {
        LevelsAudit::of(&read.levels, type_of(read.levels.name()), is_tier, read.n_marked)
    };
    let attributes = attributes.iter().map(|read| (read, false));
    attributes.chain(tier.map(|read| (read, true))).map(audited).collect()
}

/// Features, then the value and extra columns that are none.
fn audit_numeric(
    source: &Source,
    uses: &ColumnUses,
    numeric: &ParquetColumns,
    monitor: &Monitor,
) -> Result<Vec<NumericAudit>, LoadError> {
    let mut positions = uses.features.clone();
    for &other in uses.value.iter().chain(&uses.extras) {
        if !positions.contains(&other) {
            positions.push(other);
        }
    }
    let task = monitor.task("audit", positions.len() as u64);
    in_rounds(&positions, rayon::current_num_threads(), |i, &position| {
        monitor.check()?;
        let column = &source.columns()[position];
        let values = numeric.read_position(position)?;
        let audit = NumericAudit::of(column, i < uses.features.len(), &values);
        task.advance(1);
        Ok(audit)
    })
}

/// The features without a single value, which are left out; an error where they were asked for by name, or no feature is
/// left.
fn refuse_without_values(
    source: &Source,
    uses: &ColumnUses,
    audits: &[NumericAudit],
    n_rows: usize,
) -> Result<Vec<LeftOut>, LoadError> {
    let features = || audits.iter().filter(|audit| audit.is_feature);
    let empty: Vec<&NumericAudit> = features().filter(|audit| audit.is_empty()).collect();
    if let Some(first) = empty.first().filter(|_| uses.features_are_named) {
        return Err(LoadError::NoValue { column: first.name.clone(), source_name: source.name(), n_rows });
    }
    if empty.len() == features().count() && uses.categories.is_empty() {
        return Err(LoadError::NoFeature { source_name: source.name(), left_out: Vec::new() });
    }
    let left_out = |audit: &NumericAudit| LeftOut {
        name: audit.name.clone(),
        type_name: audit.type_name.clone(),
        reason: LeftOutReason::Empty,
    };
    Ok(empty.into_iter().map(left_out).collect())
}

fn left_out_for(column: &Column, reason: LeftOutReason) -> LeftOut {
    LeftOut { name: column.name.clone(), type_name: column.type_name(), reason }
}

/// That a column has no use, for its type.
pub(crate) fn type_without_use(column: &Column) -> Warning {
    let (name, found) = (&column.name, column.type_name());
    Warning::new(
        "column_left_out",
        Text::new(
            format!("column {name:?} was left out: its type {found} is neither a number nor text, bool or date"),
            format!("列“{name}”未使用：其类型 {found} 既不是数值，也不是文本、布尔或日期"),
        ),
    )
    .with("column", name.as_str())
    .with("type", found)
}

fn removed_rows(n_rows: usize, n_removed: usize, n_ids: usize, duplicates: Duplicates) -> Warning {
    let (kept, kept_zh) = if duplicates == Duplicates::First { ("first", "第一") } else { ("last", "最后一") };
    Warning::new(
        "duplicate_rows_removed",
        Text::new(
            format!(
                "{n_removed} of {n_rows} rows {} removed: {} more than once, the {kept} row of each stays",
                noun(n_removed as u64, "was", "were"),
                counted(n_ids as u64, "id occurs", "ids occur")
            ),
            format!("共 {n_rows} 行，已去除 {n_removed} 行：有 {n_ids} 个 ID 重复出现，每个 ID 保留{kept_zh}行"),
        ),
    )
    .with("n_rows", n_rows)
    .with("n_removed", n_removed)
    .with("n_repeated_ids", n_ids)
    .with("kept", kept)
}

fn too_many_levels(column: &Column) -> Warning {
    let name = &column.name;
    let advice = if column.kind == Kind::Date { " (dates describe better by month or year)" } else { "" };
    Warning::new(
        "too_many_levels",
        Text::new(
            format!("column {name:?} was left out: it has more than {MAX_LEVELS} different values{advice}"),
            format!("列“{name}”未使用：不同取值超过 {MAX_LEVELS} 个"),
        ),
    )
    .with("column", name.as_str())
    .with("limit", MAX_LEVELS)
}

fn too_long_level(column: &Column, bytes: usize) -> Warning {
    let name = &column.name;
    Warning::new(
        "text_too_long",
        Text::new(
            format!(
                "column {name:?} was left out: it has a text of {bytes} bytes, and a level may have {MAX_LEVEL_BYTES}"
            ),
            format!("列“{name}”未使用：其中有长达 {bytes} 字节的文本，而类别取值最多 {MAX_LEVEL_BYTES} 字节"),
        ),
    )
    .with("column", name.as_str())
    .with("bytes", bytes)
    .with("limit", MAX_LEVEL_BYTES)
}

/// Infinite values of a column, which are missing ones.
fn infinite_values(audit: &NumericAudit) -> Option<Warning> {
    let (name, n) = (&audit.name, audit.n_infinite);
    let message = Text::new(
        format!(
            "column {name:?} has {}, missing ones to every stage",
            counted(n as u64, "infinite value", "infinite values")
        ),
        format!("列“{name}”中有 {n} 个无穷值，按缺失处理"),
    );
    (n > 0 && !audit.is_empty())
        .then(|| Warning::new("infinite_values", message).with("column", name.as_str()).with("n", n))
}

/// Refuses a value column whose values are too large to be summed and squared.
fn refuse_endless(source: &Source, value: Option<&str>, audits: &[NumericAudit]) -> Result<(), LoadError> {
    let Some(audit) = audits.iter().find(|audit| value == Some(&audit.name)) else { return Ok(()) };
    match audit.min.into_iter().chain(audit.max).find(|x| x.abs() > LARGEST_VALUE) {
        Some(x) => Err(LoadError::Endless { column: audit.name.clone(), source_name: source.name(), value: x }),
        None => Ok(()),
    }
}

fn empty_column(name: &str, n_rows: usize) -> Warning {
    Warning::new(
        "empty_column",
        Text::new(
            format!("column {name:?} was left out: none of {n_rows} rows has a value"),
            format!("列“{name}”未使用：{n_rows} 行中没有任何有效值"),
        ),
    )
    .with("column", name)
    .with("n_rows", n_rows)
}
