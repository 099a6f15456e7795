//! What has to be known of whole columns before a line is read: the dates, and how numbers are written.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::chunks::each_chunk;
use super::columns::Columns;
use super::dates::Dates;
use super::figures::NumberProblem;
use super::lines::decoded_times;
use super::{AsOf, FeaturesError};
use crate::Warning;
use crate::config::DecimalMark;
use crate::load::{Kind, RowStream, Source};
use crate::monitor::Monitor;
use crate::recognize::{ColumnUnits, DecimalEvidence, UnitCounts, is_missing, number, units_mixed};

/// What one pass over the time column, and over numbers that are text, has found.
pub(super) struct Survey {
    pub dates: Dates,
    /// The decimal mark of every column of numbers that is text.
    pub marks: BTreeMap<String, DecimalMark>,
    /// The units of those columns, where they are several.
    units: Vec<(String, Vec<(String, usize)>)>,
}

impl Survey {
    /// Reads the columns once.
    pub fn of(
        source: &Arc<Source>,
        columns: &Columns,
        as_of: Option<AsOf>,
        monitor: &Monitor,
    ) -> Result<Survey, FeaturesError> {
        let is_text = |name: &&str| source.columns().iter().any(|c| c.name == *name && c.kind == Kind::Text);
        let texts: Vec<&str> = columns.numbers().into_iter().filter(is_text).collect();
        let names: Vec<&str> = std::iter::once(columns.time.as_str()).chain(texts.iter().copied()).collect();
        let mut dates = Dates::until(as_of);
        let mut found = vec![Notation::default(); texts.len()];
        let mut stream = RowStream::new(source, &names, &[])?;
        let task = monitor.task("dates", source.n_rows() as u64);
        each_chunk(&mut stream, monitor, &task, |chunk| {
            let times = decoded_times(source, columns, chunk.first_row, &chunk.arrays[0])?;
            times.into_iter().flatten().for_each(|moment| dates.enter(moment));
            for ((array, name), notation) in chunk.arrays[1..].iter().zip(&texts).zip(&mut found) {
                notation.add(array).map_err(|problem| problem.at(source, name, chunk.first_row))?;
            }
            Ok(())
        })?;
        let (mut marks, mut units) = (BTreeMap::new(), Vec::new());
        for (name, notation) in texts.into_iter().zip(found) {
            let (column, source_name) = (name.to_owned(), source.name());
            let mark = notation.decimal.mark().ok_or(FeaturesError::UnclearDecimals { column, source_name })?;
            marks.insert(name.to_owned(), mark);
            units.push((name.to_owned(), notation.units.several()));
        }
        Ok(Survey { dates, marks, units })
    }

    /// What to know of dates and numbers.
    pub fn warnings(&self) -> Vec<Warning> {
        let units: Vec<ColumnUnits<'_>> = self.units.iter().map(|(name, units)| (name.as_str(), &units[..])).collect();
        self.dates.warnings().into_iter().chain(units_mixed(&units)).collect()
    }
}

/// How the numbers of a column of text are written.
#[derive(Debug, Clone, Default)]
struct Notation {
    decimal: DecimalEvidence,
    units: UnitCounts,
}

impl Notation {
    /// Takes the texts into account, up to the first that is no number in any notation.
    fn add(&mut self, array: &ArrayRef) -> Result<(), NumberProblem> {
        let texts = cast(array, &DataType::LargeUtf8)?;
        for (row, text) in texts.as_string::<i64>().iter().enumerate() {
            let Some(text) = text.filter(|text| !is_missing(text)) else { continue };
            if number(text, DecimalMark::Point).or_else(|| number(text, DecimalMark::Comma)).is_none() {
                return Err(NumberProblem::Row(row, text.to_owned()));
            }
            self.decimal.add(text);
            self.units.add(text);
        }
        Ok(())
    }
}
