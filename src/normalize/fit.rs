//! Learning a whole table.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::Warning;
use crate::config::{Categories, Missing, NormalizePlan};
use crate::load::{CustomerTable, Levels};
use crate::matrix::{ColumnWriter, RowMap, TiledMatrix, TiledMatrixBuilder};
use crate::monitor::Monitor;
use crate::nearest::nearest;

use super::column::{self, Column, Learned};
use super::statistics::{extremes, is_flat};
use super::warnings::{self, Constant, is_many};
use super::{CategoryEncoder, FeatureChoice, FeatureNormalizer, NormalizeError, Normalizer};

/// A normalized table.
#[derive(Debug)]
pub struct Normalized {
    /// The customers the algorithms see: rows of `rows`, columns of `normalizer`. Rows are in the order of their contents,
    /// columns in that of their names, so that it depends on neither order in the table.
    pub matrix: TiledMatrix,
    /// What was learned; applies to new customers.
    pub normalizer: Normalizer,
    /// Which rows of the table the matrix holds.
    pub rows: RowMap,
    /// What was chosen for each feature, and why.
    pub choices: Vec<FeatureChoice>,
    /// What a user should know, in column order.
    pub warnings: Vec<Warning>,
}

impl Normalized {
    /// The columns of the table that the matrix was made of, in order: features, then categories.
    pub fn feature_names(&self) -> Vec<String> {
        self.normalizer.names().into_iter().map(str::to_owned).collect()
    }
}

/// Learns how to normalize the features of `table` and normalizes them.
///
/// With `categories = "cluster"` nominal attributes count too ([`CategoryEncoder`]). Constant features and categories are
/// left out with a warning. Columns are read once each (those with `missing = "drop"` twice) and
/// learned in parallel; a thread holds one column in memory. The result is the same for any number of threads.
///
/// # Errors
/// [`NormalizeError`]: an override for a column that is no feature, missing values that are rejected, no customer or no
/// feature left, values too large for `f32`, a column that cannot be read, or a wish to stop.
///
/// ```
/// use segmint::config::{FeaturePlan, NormalizePlan, Scale};
/// use segmint::load::{CustomerTable, Ids};
/// use segmint::monitor::Monitor;
///
/// let columns = vec![("orders".to_owned(), vec![1.0, 2.0, f64::NAN, 3.0])];
/// let table = CustomerTable {
///     ids: Ids::RowNumber(4),
///     features: vec!["orders".to_owned()],
///     attributes: vec![],
///     tier: None,
///     outcome: None,
///     value: None,
///     numeric: Box::new(columns),
/// };
/// let default = FeaturePlan { scale: Scale::MinMax, ..FeaturePlan::default() };
/// let plan = NormalizePlan { default, ..NormalizePlan::default() };
/// let normalized = segmint::normalize::fit(&table, &plan, &Monitor::silent())?;
/// let column: Vec<f32> = (0..4).map(|i| normalized.matrix.get(i, 0)).collect();
/// assert_eq!(normalized.rows.scatter(&column, 0.0), [0.0, 0.5, 0.5, 1.0], "in the order of the table");
/// assert_eq!(normalized.normalizer.features()[0].invert(0.5), 2.0);
/// # Ok::<(), segmint::normalize::NormalizeError>(())
/// ```
pub fn fit(table: &CustomerTable, plan: &NormalizePlan, monitor: &Monitor) -> Result<Normalized, NormalizeError> {
    let mut nominal: Vec<&Levels> = match plan.categories {
        Categories::Describe => Vec::new(),
        Categories::Cluster => table.attributes.iter().filter(|levels| levels.is_nominal()).collect(),
    };
    nominal.sort_by_key(|levels| levels.name());
    refuse_unknown_overrides(table, &nominal, plan)?;
    let (n_customers, n_features) = (table.ids.len(), table.features.len() + nominal.len());
    if n_customers == 0 || n_features == 0 {
        return Err(NormalizeError::Empty { n_customers, n_features });
    }
    let mut numeric = Numeric::of(table, plan, monitor)?;
    loop {
        let rows = kept_rows(table, &numeric.gaps)?;
        let learned = learn_categories(&nominal, plan, &rows);
        let both = learned.iter().zip(&nominal);
        let categories: Vec<(&CategoryEncoder, &Levels)> =
            both.filter_map(|(learned, levels)| Some((learned.as_ref().ok()?, *levels))).collect();
        if numeric.active.is_empty() && categories.is_empty() {
            return Err(NormalizeError::AllConstant { n_features, n_customers });
        }
        let (matrix, columns) = fit_columns(table, plan, &numeric.active, &categories, &rows, monitor)?;
        let constant = numeric.dropping_but_constant(&columns);
        if constant.is_empty() {
            return numeric.assemble(table, rows, matrix, columns, learned);
        }
        // Rows come back, so what was learned without them is learned again.
        numeric.leave_out(constant);
    }
}

/// The numeric features while they are learned.
struct Numeric {
    /// Those that are still in, by name: their positions among the features.
    active: Vec<usize>,
    /// The rows that some of them drop.
    gaps: BTreeMap<usize, Gaps>,
    /// What is said of every feature, numeric or not.
    warnings: BTreeMap<usize, Vec<Warning>>,
}

impl Numeric {
    fn of(table: &CustomerTable, plan: &NormalizePlan, monitor: &Monitor) -> Result<Self, NormalizeError> {
        let gaps = find_gaps(table, plan, monitor)?;
        let warning = |(&j, gaps): (&usize, &Gaps)| Some((j, warnings::constant(&table.features[j], gaps.constant?)));
        let constant = gaps.iter().filter_map(warning).collect();
        let mut active: Vec<usize> = (0..table.features.len()).collect();
        active.sort_by_key(|&j| &table.features[j]);
        let mut numeric = Numeric { active, gaps, warnings: BTreeMap::new() };
        numeric.leave_out(constant);
        Ok(numeric)
    }

    /// A constant column must not drop rows: it is no part of the normalizer, so scoring could not repeat it.
    fn leave_out(&mut self, constant: Vec<(usize, Warning)>) {
        for (j, warning) in constant {
            self.gaps.remove(&j);
            self.active.retain(|&other| other != j);
            self.warnings.insert(j, vec![warning]);
        }
    }

    /// Of the columns that drop rows, those that turned out constant.
    fn dropping_but_constant(&self, columns: &[LearnedColumn]) -> Vec<(usize, Warning)> {
        let dropping = self.active.iter().zip(columns).filter(|(j, _)| self.gaps.contains_key(j));
        dropping.filter_map(|(&j, column)| Some((j, column.as_ref().err()?.clone()))).collect()
    }

    fn warn(&mut self, j: usize, warnings: impl IntoIterator<Item = Warning>) {
        self.warnings.entry(j).or_default().extend(warnings);
    }

    /// What was learned, as one table: `columns` are the active features, `learned` the categories.
    fn assemble(
        mut self,
        table: &CustomerTable,
        rows: RowMap,
        mut matrix: TiledMatrixBuilder,
        columns: Vec<LearnedColumn>,
        learned: Vec<Result<CategoryEncoder, Box<Warning>>>,
    ) -> Result<Normalized, NormalizeError> {
        let (n_customers, n_numeric) = (table.ids.len(), table.features.len());
        let n_features = n_numeric + learned.len();
        for (j, gaps) in std::mem::take(&mut self.gaps) {
            if is_many(gaps.rows.len(), n_customers) {
                self.warn(j, [warnings::many_missing(&table.features[j], Missing::Drop, gaps.rows.len(), n_customers)]);
            }
        }
        let mut keep: Vec<bool> = columns.iter().map(Result::is_ok).collect();
        let (mut features, mut choices, mut categories) = (Vec::new(), Vec::new(), Vec::new());
        for (j, column) in std::mem::take(&mut self.active).into_iter().zip(columns) {
            match column {
                Ok((feature, choice, warnings)) => {
                    features.push(feature);
                    choices.push(choice);
                    self.warn(j, warnings);
                }
                Err(warning) => self.warn(j, [warning]),
            }
        }
        for (j, learned) in learned.into_iter().enumerate() {
            match learned {
                Ok(category) => categories.push(category),
                Err(warning) => self.warn(n_numeric + j, [*warning]),
            }
        }
        if features.is_empty() && categories.is_empty() {
            return Err(NormalizeError::AllConstant { n_features, n_customers: rows.n_matrix() });
        }
        keep.extend(categories.iter().flat_map(|category| category.levels()).map(|_| true));
        matrix.keep_features(&keep);
        let matrix = matrix.finish().expect("every normalized value was checked to be finite");
        let mut warnings: Vec<Warning> = self.warnings.into_values().flatten().collect();
        if !rows.is_all() {
            warnings.push(warnings::rows_dropped(n_customers - rows.n_matrix(), n_customers));
        }
        let normalizer = Normalizer::new(features, categories);
        let spans = normalizer.spans().split_off(normalizer.features().len());
        let (matrix, before) = matrix.with_categories(spans).into_content_order();
        Ok(Normalized { matrix, normalizer, rows: rows.reordered(&before), choices, warnings })
    }
}

fn refuse_unknown_overrides(
    table: &CustomerTable,
    nominal: &[&Levels],
    plan: &NormalizePlan,
) -> Result<(), NormalizeError> {
    let nominal = nominal.iter().map(|levels| levels.name());
    let names: Vec<&str> = table.features.iter().map(String::as_str).chain(nominal).collect();
    let Some(column) = plan.features.keys().find(|name| !names.contains(&name.as_str())) else { return Ok(()) };
    Err(NormalizeError::UnknownFeature { column: column.clone(), nearest: nearest(column, names) })
}

/// A column whose rows with missing values are dropped.
struct Gaps {
    rows: Vec<u32>,
    /// Set when its observed values are all equal, so that it drops nothing.
    constant: Option<Constant>,
}

/// The columns under `missing = "drop"` that miss values, by their position among the features.
fn find_gaps(
    table: &CustomerTable,
    plan: &NormalizePlan,
    monitor: &Monitor,
) -> Result<BTreeMap<usize, Gaps>, NormalizeError> {
    let read = |(j, name): (usize, &String)| -> Result<(usize, Gaps), NormalizeError> {
        monitor.check()?;
        let values = table.numeric.read(name)?;
        let constant = match extremes(&values) {
            None => Some(Constant::Empty),
            Some(range) => is_flat(range).then_some(Constant::Raw(range.0)),
        };
        Ok((j, Gaps { rows: (0..).zip(values.iter()).filter(|(_, x)| x.is_nan()).map(|(i, _)| i).collect(), constant }))
    };
    let dropping = table.features.par_iter().enumerate().filter(|(_, name)| plan.of(name).missing == Missing::Drop);
    let all: Vec<Result<(usize, Gaps), NormalizeError>> = dropping.map(read).collect();
    let all: Vec<(usize, Gaps)> = all.into_iter().collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|(_, gaps)| !gaps.rows.is_empty()).collect())
}

/// The rows without gaps.
fn kept_rows(table: &CustomerTable, gaps: &BTreeMap<usize, Gaps>) -> Result<RowMap, NormalizeError> {
    let n_customers = table.ids.len();
    if gaps.is_empty() {
        return Ok(RowMap::all(n_customers));
    }
    let mut keep = vec![true; n_customers];
    for gaps in gaps.values() {
        for &row in &gaps.rows {
            keep[row as usize] = false;
        }
    }
    if let Some((&j, worst)) = gaps.iter().max_by_key(|(_, gaps)| gaps.rows.len())
        && !keep.contains(&true)
    {
        let column = table.features[j].clone();
        return Err(NormalizeError::AllDropped { n_customers, column, n_missing: worst.rows.len() });
    }
    Ok(RowMap::kept(&keep))
}

/// Every nominal column, learned on `rows`, or why it does not count.
fn learn_categories(
    nominal: &[&Levels],
    plan: &NormalizePlan,
    rows: &RowMap,
) -> Vec<Result<CategoryEncoder, Box<Warning>>> {
    let one = |levels: &&Levels| CategoryEncoder::learn(levels, rows, plan.of(levels.name()).weight);
    nominal.par_iter().map(one).collect()
}

/// A learned feature with its record, or why the column is none.
type LearnedColumn = Result<(FeatureNormalizer, FeatureChoice, Vec<Warning>), Warning>;

/// Learns the columns `active` on `rows` and writes them, in parallel, and behind them the indicators of `categories`.
fn fit_columns(
    table: &CustomerTable,
    plan: &NormalizePlan,
    active: &[usize],
    categories: &[(&CategoryEncoder, &Levels)],
    rows: &RowMap,
    monitor: &Monitor,
) -> Result<(TiledMatrixBuilder, Vec<LearnedColumn>), NormalizeError> {
    let task = monitor.task("normalize", active.len() as u64);
    let n_indicators: usize = categories.iter().map(|(category, _)| category.levels().len()).sum();
    let mut matrix = TiledMatrix::builder(rows.n_matrix(), active.len() + n_indicators);
    let one = |(mut writer, &j): (ColumnWriter<'_>, &usize)| -> Result<LearnedColumn, NormalizeError> {
        monitor.check()?;
        let name = &table.features[j];
        let values = table.numeric.read(name)?;
        let values = if rows.is_all() { Arc::unwrap_or_clone(values) } else { rows.gather(&values) };
        let learned = match column::learn(name, plan.of(name), values, |i| rows.table_row(i))? {
            Column::Constant(constant) => Err(warnings::constant(name, constant)),
            Column::Feature(learned) => {
                let Learned { normalizer, choice, warnings, values } = *learned;
                writer.copy_from(&values);
                Ok((normalizer, choice, warnings))
            }
        };
        task.advance(1);
        Ok(learned)
    };
    let mut numeric = matrix.columns();
    let indicators = numeric.split_off(active.len());
    let columns: Vec<Result<LearnedColumn, NormalizeError>> = numeric.into_par_iter().zip(active).map(one).collect();
    write_indicators(indicators, categories, rows);
    // The first failure in column order, whichever thread was first.
    let columns = columns.into_iter().collect::<Result<_, _>>()?;
    Ok((matrix, columns))
}

/// Writes √(w/2)·1[x = l] for every level l of every category.
fn write_indicators(writers: Vec<ColumnWriter<'_>>, categories: &[(&CategoryEncoder, &Levels)], rows: &RowMap) {
    let code = |levels: &Levels, level: &Option<String>| {
        levels.levels().iter().position(|other| Some(other) == level.as_ref())
    };
    let level_columns = categories.iter().flat_map(|&(category, levels)| {
        category.levels().iter().map(move |level| (category.height(), levels, code(levels, level)))
    });
    let tasks: Vec<_> = writers.into_iter().zip(level_columns).collect();
    tasks.into_par_iter().for_each(|(mut writer, (height, levels, code))| {
        writer.fill(|i| if levels.code(rows.table_row(i)) == code { height } else { 0.0 });
    });
}
