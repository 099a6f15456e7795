//! Facts of the columns of a source, for those who judge what they are.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};

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

impl Source {
    /// Counts the values of the columns that have to be judged under `plan`: the numeric features it names, or, when it
    /// names none, every column but those it gives another role. Its markers of missing count as missing.
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
                return column.kind == Kind::Number && plan.features.contains(name);
            }
            let roles = plan.id.iter().chain(&plan.tier).chain(&plan.outcome).chain(&plan.attributes);
            !column.is_partition && roles.chain(&plan.exclude).all(|taken| taken != name)
        };
        let positions: Vec<usize> = (0..self.columns().len()).filter(is_judged).collect();
        let looked_at = rows_looked_at(self.n_rows(), MAX_ROWS_LOOKED_AT);
        let compared = rows_looked_at(self.n_rows(), MAX_ROWS_COMPARED);
        let task = monitor.task("judge", positions.len() as u64);
        in_rounds(&positions, rayon::current_num_threads(), |_, &position| {
            monitor.check()?;
            let column = &self.columns()[position];
            let markers = plan.null_values_of(&column.name);
            let counter = NumberCounter::new(&looked_at, &compared);
            let values = match column.kind {
                Kind::Number => self.count_numbers(position, markers, counter)?,
                Kind::Date => self.count_days(position, markers, counter)?,
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
        for (file, group) in self.row_groups() {
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
        let marked: Vec<f64> = markers.iter().filter_map(day_of).collect();
        for (file, group) in self.row_groups() {
            self.read_row_group(file, group, position, |array| {
                let mut days = days(array)?;
                days.iter_mut().filter(|day| marked.contains(day)).for_each(|day| *day = f64::NAN);
                counter.push(&days);
                Ok(true)
            })?;
        }
        Ok(Values::Dates(counter.finish()))
    }

    fn count_texts(&self, position: usize, markers: &[NullValue]) -> Result<TextFacts, LoadError> {
        let groups: Vec<(usize, usize)> = self.row_groups().collect();
        let each = MAX_TEXTS.div_ceil(groups.len().max(1));
        let is_marked =
            |text: &str| markers.iter().any(|m| matches!(m, NullValue::Text(value) if value.trim() == text.trim()));
        let mut texts: Vec<String> = Vec::new();
        for (file, group) in groups {
            let before = texts.len();
            self.read_row_group(file, group, position, |array| {
                let wanted = (each - (texts.len() - before)).min(array.len());
                let array = as_text(&array.slice(0, wanted))?;
                let array = if array.data_type().is_string() {
                    array
                } else {
                    cast(&array, &DataType::Utf8).map_err(|error| error.to_string())?
                };
                // A missing text keeps its place, so that as many rows are looked at whatever they hold.
                texts.extend(array.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()));
                Ok(texts.len() - before < each)
            })?;
        }
        Ok(TextFacts::of(texts.iter().map(String::as_str).filter(|text| !is_marked(text))))
    }

    /// Every row group of every file, in order.
    fn row_groups(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.n_files()).flat_map(|file| (0..self.files[file].row_groups.len()).map(move |group| (file, group)))
    }
}

fn day_of(marker: &NullValue) -> Option<f64> {
    let NullValue::Text(text) = marker else { return None };
    let date: jiff::civil::Date = text.trim().parse().ok()?;
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    Some(f64::from(date.since((jiff::Unit::Day, epoch)).ok()?.get_days()))
}

/// Days since 1970-01-01, in UTC where the column has a time zone; NaN where missing.
fn days(array: &ArrayRef) -> Result<Vec<f64>, String> {
    let per_day = match array.data_type() {
        DataType::Date32 => 1,
        DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => 86_400_000,
        DataType::Timestamp(TimeUnit::Second, _) => 86_400,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 86_400_000_000,
        DataType::Timestamp(TimeUnit::Nanosecond, _) => 86_400_000_000_000,
        DataType::Dictionary(_, values) => return days(&cast(array, values).map_err(|error| error.to_string())?),
        DataType::RunEndEncoded(_, values) => {
            return days(&cast(array, values.data_type()).map_err(|error| error.to_string())?);
        }
        other => return Err(format!("{} is no date", super::kind::name(other))),
    };
    let whole = match array.data_type() {
        DataType::Date32 => cast(&cast(array, &DataType::Int32).map_err(|error| error.to_string())?, &DataType::Int64),
        _ => cast(array, &DataType::Int64),
    };
    let whole = whole.map_err(|error| error.to_string())?;
    let ticks = whole.as_primitive::<Int64Type>().iter();
    Ok(ticks.map(|tick| tick.map_or(f64::NAN, |tick| tick.div_euclid(per_day) as f64)).collect())
}
