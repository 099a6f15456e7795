//! A table of tiers that people keep beside a run: Parquet, CSV or XLSX, read alike.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::LabelsById;
use crate::config::{Duplicates, NullValue, SourcePlan};
use crate::load::{Kind, LoadError, MissingWords, Source, TextTable, TextTableError, alike_tiers};
use crate::monitor::Monitor;
use crate::recognize::{ColumnFacts, Judgements, TextFacts, Values};
use crate::{Text, Warning};

/// A table that is opened but not yet read.
#[derive(Debug)]
pub struct TierTable {
    path: PathBuf,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Parquet(Arc<Source>),
    Text(TextTable),
}

impl TierTable {
    /// Opens the table at `path`, by its ending as [`TextTable::is_one`] says, else as Parquet; of a workbook the sheet
    /// `sheet`, else the first.
    ///
    /// # Errors
    /// When it cannot be read, or is asked for a sheet it cannot have.
    pub fn open(path: &Path, sheet: Option<&str>) -> Result<TierTable, LoadError> {
        let rows = if TextTable::is_one(path) {
            Rows::Text(TextTable::read(path, sheet)?)
        } else if let Some(sheet) = sheet {
            let (file, sheet) = (path.display().to_string(), sheet.to_owned());
            return Err(TextTableError::NoSheets { file, sheet }.into());
        } else {
            Rows::Parquet(Arc::new(Source::open(path)?))
        };
        Ok(TierTable { path: path.to_owned(), rows })
    }

    /// Its columns in order.
    pub fn columns(&self) -> Vec<&str> {
        match &self.rows {
            Rows::Parquet(source) => source.columns().iter().map(|column| column.name.as_str()).collect(),
            Rows::Text(table) => table.columns().iter().map(String::as_str).collect(),
        }
    }

    /// The columns of text, without those that write numbers, dates or true and false.
    pub fn text_columns(&self) -> Vec<&str> {
        match &self.rows {
            Rows::Parquet(source) => {
                let texts = source.columns().iter().filter(|column| column.kind == Kind::Text);
                texts.map(|column| column.name.as_str()).collect()
            }
            Rows::Text(table) => {
                let facts = text_facts(table);
                let named = table.columns().iter().zip(&facts).filter(|(_, facts)| are_words(facts));
                named.map(|(name, _)| name.as_str()).collect()
            }
        }
    }

    /// What the columns are, judged by their names and values.
    ///
    /// # Errors
    /// When a column of a Parquet file cannot be read.
    pub fn judgements(&self) -> Result<Judgements, LoadError> {
        let plan = SourcePlan::new(&self.path);
        let facts = match &self.rows {
            Rows::Parquet(source) => source.facts(&plan, &Monitor::silent())?,
            Rows::Text(table) => {
                let facts = table.columns().iter().zip(text_facts(table));
                let values = |facts: TextFacts| match facts.as_numbers {
                    Some(numbers) if !facts.has_leading_zeros => Values::Numbers(*numbers),
                    _ => Values::Texts(facts),
                };
                let facts = facts.map(|(name, facts)| (name.clone(), values(facts)));
                facts.map(|(name, values)| ColumnFacts { name, n_rows: table.n_rows(), values }).collect()
            }
        };
        Ok(Judgements::of(&facts, &plan))
    }

    /// The tiers by id, as [`LabelsById::read`], and what a user should know of the rows. Words for a missing value are no
    /// tiers. Rows without an id are left out of a CSV or XLSX table; where every id there ends in `.0`, as programs write
    /// whole numbers with gaps, the end is cut off.
    ///
    /// # Errors
    /// When one of the columns does not exist or cannot be read.
    pub fn tiers(
        &self,
        id: &str,
        tier: &str,
        duplicates: Duplicates,
        null_values: &[NullValue],
    ) -> Result<(LabelsById, Vec<Warning>), LoadError> {
        let (labels, mut warnings) = self.labels(id, tier, duplicates, null_values)?;
        let n_rows = labels.len();
        let (labels, words, n) = labels.without_missing_words();
        let words = MissingWords { column: tier, words: &words, n, n_rows };
        warnings.extend(MissingWords::warning([words].into_iter()));
        warnings.extend(alike_tiers(tier, labels.levels().into_iter()));
        Ok((labels, warnings))
    }

    /// The cells of the column `tier` by id.
    fn labels(
        &self,
        id: &str,
        tier: &str,
        duplicates: Duplicates,
        null_values: &[NullValue],
    ) -> Result<(LabelsById, Vec<Warning>), LoadError> {
        let table = match &self.rows {
            Rows::Parquet(_) => {
                return Ok((LabelsById::read(&self.path, id, tier, duplicates, null_values)?, Vec::new()));
            }
            Rows::Text(table) => table,
        };
        let position = |name: &str| {
            let no_column =
                || LoadError::NoColumn { column: name.to_owned(), source_name: self.path.display().to_string() };
            table.columns().iter().position(|column| column == name).ok_or_else(no_column)
        };
        let (id_at, tier_at) = (position(id)?, position(tier)?);
        let mut warnings = table.warnings().to_vec();
        let n_nameless = table.cells(id_at).filter(Option::is_none).count();
        if n_nameless > 0 {
            warnings.push(without_id(id, n_nameless));
        }
        let is_of_digits = |id: &str| id.bytes().all(|byte| byte.is_ascii_digit());
        let whole = |id: &str| id.strip_suffix(".0").is_some_and(is_of_digits);
        let ends_in_zero = table.cells(id_at).flatten().all(whole);
        let of_form = |id: &str| if ends_in_zero { id.trim_end_matches(".0") } else { id }.to_owned();
        let pairs = table.cells(id_at).zip(table.cells(tier_at));
        let rows = pairs.filter_map(|(id, tier)| Some((of_form(id?), tier.map(str::to_owned))));
        Ok((LabelsById::of_rows(rows, duplicates, null_values), warnings))
    }
}

fn text_facts(table: &TextTable) -> Vec<TextFacts> {
    (0..table.columns().len()).map(|column| TextFacts::of(table.cells(column).flatten())).collect()
}

/// Whether the texts are words: codes with leading zeros are, numbers, dates and true and false are not.
fn are_words(facts: &TextFacts) -> bool {
    let are_numbers = facts.as_numbers.is_some() && !facts.has_leading_zeros;
    let are_truths = facts.levels.iter().all(|level| ["true", "false"].contains(&level.to_lowercase().as_str()));
    facts.n_texts > 0 && !are_numbers && facts.as_days.is_none() && !are_truths
}

fn without_id(id: &str, n: usize) -> Warning {
    let rows = crate::language::counted(n as u64, "row", "rows");
    Warning::new(
        "rows_without_id",
        Text::new(
            format!("{rows} of the table without a value in {id:?} left out"),
            format!("已略去表中“{id}”为空的 {n} 行"),
        ),
    )
    .with("column", id)
    .with("rows", n)
}
