//! Facts of the columns of a source, for those who judge what they are.

use arrow::array::{Array, AsArray};

use super::batch::MAX_VALUE_BYTES;
use super::days::{date_of, day_of, days, is_calendar};
use super::kind::Kind;
use super::order::in_rounds;
use super::text::as_text;
use super::{LoadError, Source};
use crate::config::{NullValue, SourcePlan};
use crate::monitor::Monitor;
use crate::recognize::{
    ColumnFacts, MAX_ROWS_COMPARED, MAX_ROWS_LOOKED_AT, NumberCounter, TextFacts, Values, rows_looked_at,
};

/// Texts that are looked at of a column.
const MAX_TEXTS: usize = 20_000;
/// Bytes that are looked at of a text.
const MAX_TEXT_BYTES: usize = 1_024;

impl Source {
    /// Counts the values of the columns that have to be judged under `plan`: the features it names that are numbers or that
    /// it says how to read, or, when it names none, every column but those it gives another role. Its markers of missing count as missing.
    ///
    /// Numbers and dates are read once, of texts at most 20,000: the first of every row group, of each as many.
    ///
    /// # Errors
    /// When a column cannot be read, and when `monitor` stops the work.
    pub fn facts(&self, plan: &SourcePlan, monitor: &Monitor) -> Result<Vec<ColumnFacts>, LoadError> {
        let is_judged = |position: &usize| {
            let column = &self.columns()[*position];
            let name = &column.name;
            if !plan.features.is_empty() {
                let is_read = plan.columns.get(name).is_some_and(|given| given.read.is_some());
                return (column.kind == Kind::Number || is_read) && plan.features.contains(name);
            }
            let roles = plan.id.iter().chain(&plan.tier).chain(&plan.outcome).chain(&plan.attributes);
            !column.is_partition && roles.chain(&plan.exclude).all(|taken| taken != name)
        };
        let positions: Vec<usize> = (0..self.columns().len()).filter(is_judged).collect();
        self.facts_of(&positions, plan, monitor)
    }

    /// Counts the values of the columns at `positions`, as [`facts`](Source::facts).
    ///
    /// # Errors
    /// As [`facts`](Source::facts).
    pub fn facts_of(
        &self,
        positions: &[usize],
        plan: &SourcePlan,
        monitor: &Monitor,
    ) -> Result<Vec<ColumnFacts>, LoadError> {
        let looked_at = rows_looked_at(self.n_rows(), MAX_ROWS_LOOKED_AT);
        let compared = rows_looked_at(self.n_rows(), MAX_ROWS_COMPARED);
        let task = monitor.task("judge", positions.len() as u64);
        in_rounds(positions, rayon::current_num_threads(), |_, &position| {
            monitor.check()?;
            let column = &self.columns()[position];
            let markers = plan.null_values_of(&column.name);
            let counter = NumberCounter::new(&looked_at, &compared);
            let values = match column.kind {
                Kind::Number => self.count_numbers(position, markers, counter)?,
                Kind::Date => self.count_days(position, markers, counter)?,
                // What is too long to be decoded is nothing that can be judged.
                Kind::Text if self.mean_text_bytes(position) > MAX_VALUE_BYTES => Values::Other,
                Kind::Bytes if self.mean_text_bytes(position) > MAX_TEXT_BYTES => Values::Other,
                Kind::Text | Kind::Bytes => Values::Texts(self.count_texts(position, markers)?),
                Kind::Bool => Values::Bools,
                Kind::Other => Values::Other,
            };
            task.advance(1);
            Ok(ColumnFacts { name: column.name.clone(), n_rows: self.n_rows(), values })
        })
    }

    fn count_numbers(
        &self,
        position: usize,
        markers: &[NullValue],
        mut counter: NumberCounter<'_>,
    ) -> Result<Values, LoadError> {
        let is_marked = |x: f64| markers.iter().any(|marker| matches!(marker, NullValue::Number(value) if *value == x));
        let mut kept = Vec::new();
        for (file, group) in self.groups() {
            self.read_numbers(file, group, position, |values| {
                if markers.is_empty() {
                    return counter.push(values);
                }
                kept.clear();
                kept.extend(values.iter().map(|&x| if is_marked(x) { f64::NAN } else { x }));
                counter.push(&kept);
            })?;
        }
        Ok(Values::Numbers(counter.finish()))
    }

    fn count_days(
        &self,
        position: usize,
        markers: &[NullValue],
        mut counter: NumberCounter<'_>,
    ) -> Result<Values, LoadError> {
        let marked: Vec<i64> = markers
            .iter()
            .filter_map(|marker| match marker {
                NullValue::Text(text) => text.trim().parse().ok().map(day_of),
                NullValue::Number(_) => None,
            })
            .collect();
        if !is_calendar(&self.columns()[position].data_type) {
            return Ok(Values::Other);
        }
        for (file, group) in self.groups() {
            self.read_row_group(file, group, position, |array| {
                let known = |day: &i64| !marked.contains(day) && date_of(*day).is_some();
                let days = days(array)?.into_iter().map(|day| day.filter(known).map_or(f64::NAN, |day| day as f64));
                counter.push(&days.collect::<Vec<f64>>());
                Ok(true)
            })?;
        }
        Ok(Values::Dates(counter.finish()))
    }

    fn count_texts(&self, position: usize, markers: &[NullValue]) -> Result<TextFacts, LoadError> {
        let groups: Vec<(usize, usize)> = self.groups().collect();
        let each = MAX_TEXTS.div_ceil(groups.len().max(1));
        let is_marked =
            |text: &str| markers.iter().any(|m| matches!(m, NullValue::Text(value) if value.trim() == text.trim()));
        let mut texts: Vec<String> = Vec::new();
        for (file, group) in groups {
            let before = texts.len();
            self.read_row_group(file, group, position, |array| {
                let wanted = (each - (texts.len() - before)).min(array.len());
                let array = as_text(&array.slice(0, wanted))?;
                // A missing text keeps its place, so that as many rows are looked at whatever they hold.
                texts.extend(array.as_string_view().iter().map(|text| beginning(text.unwrap_or_default()).to_owned()));
                Ok(texts.len() - before < each)
            })?;
        }
        Ok(TextFacts::of(texts.iter().map(String::as_str).filter(|text| !is_marked(text))))
    }
}

/// What is looked at of a text: all of it, unless it is longer than any number, date or category.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT_BYTES)]
}
