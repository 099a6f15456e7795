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
    ColumnFacts, DrawnRows, MAX_ROWS_COMPARED, MAX_ROWS_LOOKED_AT, NumberCounter, TextFacts, Values,
};

/// Texts that are looked at of a column.
const MAX_TEXTS: usize = 20_000;
/// Bytes that are looked at of a text.
pub(super) const MAX_TEXT_BYTES: usize = 1_024;

impl Source {
    /// Counts the values of the columns that have to be judged under `plan`: the features it names that are numbers or that
    /// it says how to read, or, when it names none, every column but those it gives another role. Its markers of missing count as missing.
    ///
    /// Of numbers and dates 100,000 rows are looked at, of texts 20,000. Who they are depends on what these columns hold, not on the
    /// order of the rows. Columns are read twice.
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
        self.facts_of_at_most([MAX_ROWS_LOOKED_AT, MAX_ROWS_COMPARED, MAX_TEXTS], positions, plan, monitor)
    }

    /// [`facts_of`](Source::facts_of) where at most so many rows of numbers are looked at, compared, and looked at of texts.
    fn facts_of_at_most(
        &self,
        limits: [usize; 3],
        positions: &[usize],
        plan: &SourcePlan,
        monitor: &Monitor,
    ) -> Result<Vec<ColumnFacts>, LoadError> {
        let order = self.content_order(positions, monitor)?;
        let [looked_at, compared, read] = limits.map(|limit| DrawnRows::of(&order, limit));
        drop(order);
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
                Kind::Text | Kind::Bytes => Values::Texts(self.count_texts(position, markers, [&read, &compared])?),
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
        let is_known = |day: &i64| !marked.contains(day) && date_of(*day).is_some();
        let value = |day: Option<i64>| day.filter(is_known).map_or(f64::NAN, |day| day as f64);
        for (file, group) in self.groups() {
            self.read_row_group(file, group, position, |array| {
                counter.push(&days(array)?.into_iter().map(value).collect::<Vec<f64>>());
                Ok(true)
            })?;
        }
        Ok(Values::Dates(counter.finish()))
    }

    /// Counts the texts of the rows looked at and those of the rows compared.
    fn count_texts(
        &self,
        position: usize,
        markers: &[NullValue],
        drawn: [&DrawnRows; 2],
    ) -> Result<TextFacts, LoadError> {
        let is_marked =
            |text: &str| markers.iter().any(|m| matches!(m, NullValue::Text(value) if value.trim() == text.trim()));
        let mut rows = drawn.map(|drawn| drawn.rows().iter().peekable());
        // A missing text keeps its place, so that as many rows are looked at whatever they hold.
        let mut texts = drawn.map(|drawn| vec![String::new(); drawn.rows().len()]);
        let mut first = 0;
        for (file, group) in self.groups() {
            self.read_row_group(file, group, position, |array| {
                let array = as_text(array)?;
                let views = array.as_string_view();
                let end = first + views.len();
                for (rows, texts) in rows.iter_mut().zip(&mut texts) {
                    while let Some(&(row, place)) = rows.next_if(|&&(row, _)| (row as usize) < end) {
                        let at = row as usize - first;
                        let text = if views.is_null(at) { "" } else { beginning(views.value(at)) };
                        if !is_marked(text) {
                            text.clone_into(&mut texts[place as usize]);
                        }
                    }
                }
                first = end;
                Ok(true)
            })?;
        }
        let [looked_at, compared] = texts.each_ref().map(|texts| texts.iter().map(String::as_str));
        Ok(TextFacts::of(looked_at).comparing(compared))
    }
}

/// What is looked at of a text: all of it, unless it is longer than any number, date or category.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT_BYTES)]
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray, UInt32Array};
    use arrow::compute::take_record_batch;
    use rand::RngExt;
    use rand::seq::SliceRandom;

    use super::*;
    use crate::random::stream;
    use crate::recognize::Judgements;

    /// Customers with numbers, one of them nearly another's copy and one the sum of others, texts that are numbers, categories and dates.
    fn table(n: usize) -> RecordBatch {
        let mut random = stream(0, "test", 0);
        let mut numbers = |scale: f64| (0..n).map(|_| scale * random.random::<f64>()).collect::<Vec<f64>>();
        let (visits, spent, noise) = (numbers(40.0), numbers(900.0), numbers(9.0));
        let column =
            |of: &dyn Fn(usize) -> f64| -> ArrayRef { Arc::new((0..n).map(|i| Some(of(i))).collect::<Float64Array>()) };
        let text = |of: &dyn Fn(usize) -> String| -> ArrayRef {
            Arc::new((0..n).map(|i| Some(of(i))).collect::<StringArray>())
        };
        RecordBatch::try_from_iter([
            ("visits", column(&|i| visits[i].round())),
            ("spent", column(&|i| spent[i])),
            ("spent_gross", column(&|i| 1.2 * spent[i] + noise[i])),
            ("total", column(&|i| visits[i].round() + spent[i])),
            ("marked", column(&|i| if i % 30 == 0 { -999.0 } else { noise[i] + 1.0 })),
            ("written", text(&|i| format!("{:.2}", spent[i]))),
            ("region", text(&|i| format!("region {}", i * i % 97))),
            ("seen", Arc::new((0..n).map(|i| Some(19_000 + (i * i % 900) as i32)).collect::<Date32Array>())),
        ])
        .unwrap()
    }

    #[test]
    fn no_order_of_rows_changes_how_columns_are_judged_however_few_rows_are_drawn() {
        let table = table(6_000);
        let plan = SourcePlan::new(Path::new("t.parquet"));
        let monitor = Monitor::silent();
        let judged = |table: &RecordBatch, limits: [usize; 3]| {
            let source = Source::of_batches("t", vec![table.clone()]).unwrap();
            let positions: Vec<usize> = (0..source.columns().len()).collect();
            let facts = source.facts_of_at_most(limits, &positions, &plan, &monitor).unwrap();
            (format!("{facts:?}"), format!("{:?}", Judgements::of(&facts, &plan)))
        };
        // What is allowed, all rows, and few of them.
        for limits in [[MAX_ROWS_LOOKED_AT, MAX_ROWS_COMPARED, MAX_TEXTS], [10_000; 3], [500, 60, 200]] {
            let before = judged(&table, limits);
            assert!(before.1.contains("spent_gross"), "{}", before.1);
            // Whatever is drawn, numbers and texts that write them are of the same rows.
            assert!(before.1.contains(r#"Copied { column: "written", of: "spent""#), "{}", before.1);
            for seed in 0..3 {
                let mut rows: Vec<u32> = (0..table.num_rows() as u32).collect();
                rows.shuffle(&mut stream(seed, "rows", 0));
                let shuffled = take_record_batch(&table, &UInt32Array::from(rows)).unwrap();
                assert!(judged(&shuffled, limits) == before, "{limits:?}, {seed}");
            }
        }
    }
}
