//! From the plan to readings: the decimal mark and the as-of date that the plan leaves open are found in the values.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use jiff::civil::Date;
use rayon::prelude::*;

use super::column_uses::Finder;
use super::days::{date_of, day_of, is_calendar};
use super::kind::Kind;
use super::reading::{Form, LONGEST_NUMBER, Reading, YEAR_DAYS, without_mark};
use super::text::as_text;
use super::{LoadError, Source};
use crate::config::{ColumnPlan, DecimalMark, ReadAs, SourcePlan};
use crate::recognize::{DayEvidence, DecimalEvidence};
use crate::{Text, Warning};

/// The date ages are counted to while none is known.
const NO_DATE: Date = Date::constant(1970, 1, 1);

impl Source {
    /// The source with its columns read as `plan` says, and what the user should know of what was found for it.
    ///
    /// Columns whose decimal mark the plan leaves open are read once, and so are those read as ages when it names no as-of
    /// date: that is then the latest date in them, or, where there are only numbers of years, the last day of the latest.
    ///
    /// # Errors
    /// When `[source.columns]` names a column that is not there, is a partition or cannot be read so, when it gives a column
    /// two readings, when a decimal mark cannot be told, and when a column cannot be read.
    pub fn read_as(self, plan: &SourcePlan) -> Result<(Source, Vec<Warning>), LoadError> {
        let mut warnings = Vec::new();
        let mut readings = BTreeMap::new();
        for (name, column) in &plan.columns {
            let position = self.planned(name, column)?;
            let form = self.form(position, column, plan.as_of.unwrap_or(NO_DATE))?;
            readings.insert(name.clone(), Reading { form, null_values: Vec::new() });
        }
        for column in self.columns() {
            let null_values = plan.null_values_of(&column.name).to_vec();
            if !null_values.is_empty() {
                readings.entry(column.name.clone()).or_default().null_values = null_values;
            }
        }
        let source = self.with_readings(&readings, "source.columns")?;
        if let Some(as_of) = plan.as_of {
            let counts = source.columns().iter().any(|column| column.reading.as_of().is_some());
            warnings.extend((!counts).then(|| as_of_unused(as_of)));
            return Ok((source, warnings));
        }
        match source.latest()? {
            None => Ok((source, warnings)),
            Some(latest) => {
                warnings.push(as_of_found(&latest));
                let dated = |(name, reading): (String, Reading)| (name, reading.counted_to(latest.date));
                let readings = readings.into_iter().map(dated).collect();
                Ok((source.with_readings(&readings, "source.columns")?, warnings))
            }
        }
    }

    /// Where a column of `[source.columns]` is.
    fn planned(&self, name: &str, column: &ColumnPlan) -> Result<usize, LoadError> {
        let key = format!("source.columns.{name}");
        if column.read.is_some() && !column.levels.is_empty() {
            return Err(LoadError::TwoReadings { column: name.to_owned() });
        }
        let position = Finder { source: self }.named(&key, name, |_| true, "")?;
        let has_form = column.read.or(column.decimal.map(|_| ReadAs::Number)).is_some() || !column.levels.is_empty();
        if has_form && self.columns()[position].is_partition {
            return Err(LoadError::WrongType {
                key,
                column: name.to_owned(),
                source_name: self.name(),
                found: "a partition (text)".to_owned(),
                wanted: "a column of the files",
            });
        }
        Ok(position)
    }

    fn form(&self, position: usize, plan: &ColumnPlan, as_of: Date) -> Result<Form, LoadError> {
        if !plan.levels.is_empty() {
            let levels = plan.levels.iter().map(|level| without_mark(level).to_owned()).collect();
            return Ok(Form::Levels { levels });
        }
        // Who names a decimal mark means numbers.
        Ok(match plan.read.or(plan.decimal.map(|_| ReadAs::Number)) {
            None => Form::Stored,
            Some(ReadAs::AgeDays) => Form::AgeDays { as_of, day_first: self.day_first(position, plan)? },
            Some(ReadAs::AgeYears) => Form::AgeYears { as_of, day_first: self.day_first(position, plan)? },
            Some(ReadAs::Number) => {
                let is_text = self.columns()[position].kind == Kind::Text;
                let found = match plan.decimal {
                    None if is_text => self.decimal_mark(position)?,
                    given => given.unwrap_or(DecimalMark::Point),
                };
                Form::Number { decimal: found }
            }
        })
    }

    /// Whether the day comes before the month in the dates of a column: given, or found in its texts.
    fn day_first(&self, position: usize, plan: &ColumnPlan) -> Result<bool, LoadError> {
        match plan.day_first {
            Some(given) => Ok(given),
            None if self.columns()[position].kind == Kind::Text => {
                let evidence = self.evidence(position, DayEvidence::add, DayEvidence::merge)?;
                evidence.day_first().ok_or_else(|| LoadError::OpenDayOrder {
                    column: self.columns()[position].name.clone(),
                    source_name: self.name(),
                    evidence,
                })
            }
            None => Ok(false),
        }
    }

    /// What all texts of a column say together.
    fn evidence<E: Default + Send>(
        &self,
        position: usize,
        add: impl Fn(&mut E, &str) + Sync,
        merge: impl Fn(E, E) -> E,
    ) -> Result<E, LoadError> {
        let groups: Vec<(usize, usize)> = self.groups().collect();
        let of_group = |group: (usize, usize)| self.evidence_of(group, position, &add);
        // All results are collected, so that the error is that of the first row group whatever finishes first.
        let found: Vec<Result<E, LoadError>> = groups.into_par_iter().map(of_group).collect();
        found.into_iter().try_fold(E::default(), |evidence, part| Ok(merge(evidence, part?)))
    }

    /// What the texts of one row group say.
    fn evidence_of<E: Default>(
        &self,
        (file, group): (usize, usize),
        position: usize,
        add: impl Fn(&mut E, &str),
    ) -> Result<E, LoadError> {
        let mut evidence = E::default();
        self.read_row_group(file, group, position, |array| {
            let texts = as_text(array)?;
            let short = texts.as_string_view().iter().flatten().filter(|text| text.len() <= LONGEST_NUMBER);
            short.for_each(|text| add(&mut evidence, text));
            Ok(true)
        })?;
        Ok(evidence)
    }

    /// The decimal mark of a text column, from all its values.
    fn decimal_mark(&self, position: usize) -> Result<DecimalMark, LoadError> {
        let evidence = self.evidence(position, DecimalEvidence::add, DecimalEvidence::merge)?;
        evidence.mark().ok_or_else(|| LoadError::OpenDecimalMark {
            column: self.columns()[position].name.clone(),
            source_name: self.name(),
            evidence,
        })
    }

    /// The latest date in the columns read as ages, as [`read_as`](Source::read_as) finds it.
    ///
    /// # Errors
    /// When a column cannot be read.
    pub fn latest_date(&self) -> Result<Option<Date>, LoadError> {
        Ok(self.latest()?.map(|latest| latest.date))
    }

    /// The latest date in the columns read as ages; `None` when there is no such column or none has a value on the calendar.
    /// Dates go before numbers of years.
    fn latest(&self) -> Result<Option<Latest>, LoadError> {
        let mut found: Option<Latest> = None;
        for (position, column) in self.columns().iter().enumerate() {
            let Some(as_of) = column.reading.as_of() else { continue };
            let is_date = is_calendar(&column.data_type) || matches!(column.reading.form, Form::AgeDays { .. });
            if found.as_ref().is_some_and(|found| found.is_date && !is_date) {
                continue;
            }
            let mut youngest = f64::INFINITY;
            for (file, group) in self.groups() {
                self.read_numbers(file, group, position, |ages| {
                    // The minimum of a number and NaN is the number.
                    youngest = ages.iter().copied().fold(youngest, f64::min);
                })?;
            }
            let Some(date) = born(&column.reading, as_of, youngest, is_date) else { continue };
            if found.as_ref().is_none_or(|found| (is_date, date) > (found.is_date, found.date)) {
                let is_of_years = matches!(column.reading.form, Form::AgeYears { .. });
                found = Some(Latest { date, column: column.name.clone(), is_date, is_of_years });
            }
        }
        Ok(found)
    }

    /// Every row group of every file, in order.
    pub(super) fn groups(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.n_files()).flat_map(|file| (0..self.files[file].row_groups.len()).map(move |group| (file, group)))
    }
}

/// The latest date of a source.
struct Latest {
    date: Date,
    /// Where it stands.
    column: String,
    /// Whether it is a date and not the last day of a year.
    is_date: bool,
    /// Whether ages in years are counted from it, as from births.
    is_of_years: bool,
}

/// The date that is `age` before `as_of`; of years that are numbers, the last day of the year.
fn born(reading: &Reading, as_of: Date, age: f64, is_date: bool) -> Option<Date> {
    let days = match reading.form {
        _ if !age.is_finite() => return None,
        Form::AgeYears { .. } if !is_date => {
            let year = f64::from(as_of.year()) - age;
            return Date::new(i16::try_from(year.floor() as i64).ok()?, 12, 31).ok();
        }
        Form::AgeYears { .. } => (age * YEAR_DAYS).round(),
        _ => age,
    };
    date_of(day_of(as_of).checked_sub(days as i64)?)
}

/// That an as-of date was given and no age is counted to it.
pub fn as_of_unused(as_of: Date) -> Warning {
    Warning::new(
        "as_of_unused",
        Text::new(
            format!("no column is read as an age, so the as-of date {as_of} changes nothing; [source.columns.NAME] read = \"age_days\" makes an age of a date"),
            format!("没有列按年龄或天数读取，基准日期 {as_of} 不起作用；可用 [source.columns.NAME] read = \"age_days\" 将日期转换为天数"),
        ),
    )
    .with("as_of", as_of.to_string())
}

fn as_of_found(latest: &Latest) -> Warning {
    let Latest { date, column, is_date, is_of_years } = latest;
    let (what, what_zh) = if *is_date { ("date", "日期") } else { ("year", "年份") };
    // Nothing says when the table was made: births are long ago.
    let (so, so_zh) = match is_of_years {
        true => (
            ", which makes the youngest 0 years old: set source.as_of to the date of the table before ages are believed",
            "，因此最年轻者为 0 岁；在采信年龄之前，请将 source.as_of 设为数据表的日期",
        ),
        false => ("; source.as_of sets another date", "；可用 source.as_of 指定其他日期"),
    };
    Warning::new(
        "as_of_found",
        Text::new(
            format!("ages are counted to {date}, the latest {what} in column {column:?}{so}"),
            format!("年龄和天数以 {date} 为基准，即列“{column}”中最晚的{what_zh}{so_zh}"),
        ),
    )
    .with("as_of", date.to_string())
    .with("column", column.as_str())
}
