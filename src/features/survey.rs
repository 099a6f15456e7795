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
use crate::config::DecimalMark;
use crate::load::{Kind, RowStream, Source};
use crate::monitor::Monitor;
use crate::recognize::{DecimalEvidence, is_missing, number};

/// What one pass over the time column, and over numbers that are text, has found.
pub(super) struct Survey {
    pub dates: Dates,
    /// The decimal mark of every column of numbers that is text.
    pub marks: BTreeMap<String, DecimalMark>,
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
        let mut evidence = vec![DecimalEvidence::default(); texts.len()];
        let mut stream = RowStream::new(source, &names, &[])?;
        let task = monitor.task("dates", source.n_rows() as u64);
        each_chunk(&mut stream, monitor, &task, |chunk| {
            let times = decoded_times(source, columns, chunk.first_row, &chunk.arrays[0])?;
            times.into_iter().flatten().for_each(|moment| dates.enter(moment));
            for ((array, name), evidence) in chunk.arrays[1..].iter().zip(&texts).zip(&mut evidence) {
                add(array, evidence).map_err(|problem| problem.at(source, name, chunk.first_row))?;
            }
            Ok(())
        })?;
        let mut marks = BTreeMap::new();
        for (name, evidence) in texts.into_iter().zip(evidence) {
            let (column, source_name) = (name.to_owned(), source.name());
            let mark = evidence.mark().ok_or(FeaturesError::UnclearDecimals { column, source_name })?;
            marks.insert(name.to_owned(), mark);
        }
        Ok(Survey { dates, marks })
    }
}

/// Takes the texts into account, up to the first that is no number in any notation.
fn add(array: &ArrayRef, evidence: &mut DecimalEvidence) -> Result<(), NumberProblem> {
    let texts = cast(array, &DataType::LargeUtf8)?;
    for (row, text) in texts.as_string::<i64>().iter().enumerate() {
        let Some(text) = text.filter(|text| !is_missing(text)) else { continue };
        if number(text, DecimalMark::Point).or_else(|| number(text, DecimalMark::Comma)).is_none() {
            return Err(NumberProblem::Row(row, text.to_owned()));
        }
        evidence.add(text);
    }
    Ok(())
}
