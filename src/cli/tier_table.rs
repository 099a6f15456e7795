//! The table of tiers that `segmint compare` is given: which of its columns are ids and tiers, and its tiers by id.

use std::path::Path;

use super::exit::{CliError, Failed};
use crate::config::{Duplicates, NullValue};
use crate::load::LoadError;
use crate::recognize::Certainty;
use crate::registry::{LabelsById, TierTable};
use crate::{Text, Warning};

/// What the user says of the table.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Its id column; `None` = the run's, else the one that is judged to be it.
    pub id: Option<&'a str>,
    /// Its column of tiers; `None` = the one that is judged to be it.
    pub tier: Option<&'a str>,
    /// The sheet of an XLSX file; `None` = the only one.
    pub sheet: Option<&'a str>,
}

impl Wanted<'_> {
    /// Refuses what is said of a table where the other side is a run.
    pub(super) fn is_of_no_table(&self) -> Result<(), CliError> {
        let flags = [("--id", self.id), ("--tier", self.tier), ("--sheet", self.sheet)];
        match flags.into_iter().find(|(_, given)| given.is_some()) {
            None => Ok(()),
            Some((flag, _)) => {
                let message =
                    format!("{flag} says something of a table of tiers, and two runs are compared by their segments");
                Err(CliError::argument(message, format!("leave {flag} out, or name a table in place of the other run")))
            }
        }
    }
}

/// The tiers of a table.
pub(super) struct Tiers {
    /// Their column.
    pub(super) column: String,
    pub(super) by_id: LabelsById,
    pub(super) warnings: Vec<Warning>,
}

impl Tiers {
    /// Reads the table at `path` beside a run whose id column is `run_id`.
    pub(super) fn read<'p>(
        path: &Path,
        wanted: Wanted<'_>,
        run_id: &str,
        duplicates: Duplicates,
        null_values: impl Fn(&str) -> &'p [NullValue],
    ) -> Result<Tiers, Failed> {
        let table = TierTable::open(path, wanted.sheet)?;
        let (id, judged) = id_column(&table, path, wanted.id, run_id)?;
        let column = tier_column(&table, path, wanted.tier, &id)?;
        let (by_id, mut warnings) = table.tiers(&id, &column, duplicates, null_values(&column))?;
        warnings.splice(0..0, judged);
        let tiers = Tiers { column, by_id, warnings };
        tiers.refuse_conflicts(path, duplicates)?;
        Ok(tiers)
    }

    /// A customer with two tiers has none, unless the run was told which of two rows counts.
    fn refuse_conflicts(&self, table: &Path, duplicates: Duplicates) -> Result<(), Failed> {
        let repeats = self.by_id.repeats();
        let (Duplicates::Error, Some((id, labels))) = (duplicates, &repeats.conflict) else { return Ok(()) };
        let [first, other] = labels.each_ref().map(|label| label.as_deref().unwrap_or("none"));
        let others = match repeats.n_conflicting {
            1 => String::new(),
            n => format!(" (the first of {n} such customers)"),
        };
        Err(CliError::Input {
            message: format!(
                "{}: customer {id:?} has two different tiers, {first:?} and {other:?}{others}",
                table.display()
            ),
            hint: "keep one row a customer; a run with source.duplicates = \"first\" or \"last\" says which row counts"
                .to_owned(),
        }
        .into())
    }
}

/// The id column: the one named, else the run's, else the one that the judgement of names and values is sure of, which is
/// said.
fn id_column(
    table: &TierTable,
    path: &Path,
    named: Option<&str>,
    run_id: &str,
) -> Result<(String, Option<Warning>), Failed> {
    let columns = table.columns();
    let missing = |key: &str, column: &str| missing_column(table, path, key, column);
    if let Some(named) = named {
        return if columns.contains(&named) { Ok((named.to_owned(), None)) } else { Err(missing("--id", named)) };
    }
    if columns.contains(&run_id) {
        return Ok((run_id.to_owned(), None));
    }
    match table.judgements()?.customer_id() {
        Some((found, Certainty::Sure)) => {
            let told = Text::new(
                format!("the table has no column {run_id:?}; its ids are taken from {found:?}, name others with --id"),
                format!("表中没有列“{run_id}”；客户标识取自“{found}”，可用 --id 另行指定"),
            );
            Ok((found.to_owned(), Some(Warning::new("id_column_judged", told).with("column", found))))
        }
        _ => Err(missing("the run's id", run_id)),
    }
}

/// A column that is not there, and those that are.
fn missing_column(table: &TierTable, path: &Path, key: &str, column: &str) -> Failed {
    let columns = table.columns();
    let (nearest, first) = (crate::nearest::nearest(column, &columns), columns.iter().take(12));
    LoadError::MissingColumn {
        key: key.to_owned(),
        column: column.to_owned(),
        source_name: path.display().to_string(),
        nearest,
        columns: first.map(|&column| column.to_owned()).collect(),
    }
    .into()
}

/// The tier column: the one named, else the only column of text that is not the id, else the one that the judgement of
/// names and values finds.
fn tier_column(table: &TierTable, path: &Path, named: Option<&str>, id: &str) -> Result<String, Failed> {
    if let Some(named) = named {
        let there = table.columns().contains(&named);
        return if there { Ok(named.to_owned()) } else { Err(missing_column(table, path, "--tier", named)) };
    }
    let candidates: Vec<&str> = table.text_columns().into_iter().filter(|column| *column != id).collect();
    let refused = |message: String, hint: String| Err(CliError::Input { message, hint }.into());
    match candidates.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => refused(
            format!("{} has no column of text that could be the tier", path.display()),
            format!("it needs the id column {id:?} and the tier; name the tier with --tier COLUMN"),
        ),
        _ => match table.judgements()?.tier().filter(|tier| candidates.contains(tier)) {
            Some(tier) => Ok(tier.to_owned()),
            None => refused(
                format!("{} has several columns that could be the tier: {}", path.display(), candidates.join(", ")),
                "name it with --tier COLUMN".to_owned(),
            ),
        },
    }
}

/// Why two labellings have nobody in common, as far as their ids tell.
pub(super) fn hint_to_nobody_shared(table: &LabelsById, run: &LabelsById) -> String {
    match run.differ_in_form(table) {
        Some((run, table)) => format!(
            "the ids differ in form alone, such as {run:?} in the run and {table:?} in the table; spreadsheets take ids for \
             numbers: format the column as text and fill it again"
        ),
        None => "both need the id column of the run, under the same name and in the same form".to_owned(),
    }
}
