//! How the cells of a column become numbers.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::cells::{MARKED, NULL, UNREADABLE, decode};
use super::days::{date_of, day_of, days, is_calendar};
use super::kind::{Kind, unpacked};
use super::text::as_text;
use crate::Text;
use crate::config::{DecimalMark, NullValue};
use crate::recognize::{day_of_number, number, written_date};

/// Bytes of the longest text that is looked at for a number or a date.
pub(super) const LONGEST_NUMBER: usize = 1_024;

/// Days of a year: the mean over the leap years of the Julian calendar.
pub(super) const YEAR_DAYS: f64 = 365.25;

/// How the cells of a column become numbers, and which of them are missing.
///
/// A reading is complete: it holds the decimal mark and the as-of date that were found, so that it reads the same cell as the
/// same number whatever table the cell is in. A fitted model stores the readings of its columns.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reading {
    /// What a cell becomes.
    #[serde(flatten)]
    pub form: Form,
    /// Cells that stand for a missing value. A number is compared with the number of a cell (of years: before they become
    /// ages), a text with its text without spaces around it, or as a date such as `1900-01-01` with its day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub null_values: Vec<NullValue>,
}

/// What a cell becomes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "read", rename_all = "snake_case")]
pub enum Form {
    /// The number it is.
    #[default]
    Stored,
    /// The number that its text writes; see [`number`].
    Number {
        /// The decimal mark of the texts.
        decimal: DecimalMark,
    },
    /// The days from its date to `as_of`; negative when it is later. Texts and numbers may write the date.
    AgeDays {
        /// The date the age is counted to.
        as_of: Date,
        /// Whether the day comes before the month in a text with the year last.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        day_first: bool,
    },
    /// The years from it to `as_of`: of a date, days / 365.25; of a number up to 9999, the difference of the years.
    AgeYears {
        /// The date the age is counted to.
        as_of: Date,
        /// As of ages in days.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        day_first: bool,
    },
    /// The position of its text among `levels`, from 0.
    Levels {
        /// The levels, low to high.
        levels: Vec<String>,
    },
}

impl Reading {
    /// Whether cells are the numbers they are and only null, NaN and ±inf are missing.
    pub fn is_stored(&self) -> bool {
        self.form == Form::Stored && self.null_values.is_empty()
    }

    /// The date ages are counted to; `None` for what is no age.
    pub fn as_of(&self) -> Option<Date> {
        match self.form {
            Form::AgeDays { as_of, .. } | Form::AgeYears { as_of, .. } => Some(as_of),
            _ => None,
        }
    }

    /// The same reading with ages counted to `date`.
    #[must_use]
    pub fn counted_to(mut self, date: Date) -> Reading {
        if let Form::AgeDays { as_of, .. } | Form::AgeYears { as_of, .. } = &mut self.form {
            *as_of = date;
        }
        self
    }

    /// What the name of the column stands for where its numbers are spoken of; `None` when they are what is stored.
    pub fn meaning(&self) -> Option<Text> {
        let (en, zh) = match &self.form {
            Form::Stored if self.null_values.is_empty() => return None,
            Form::Stored => ("its number".to_owned(), "其数值".to_owned()),
            Form::Number { .. } => ("the number its text writes".to_owned(), "其文本所写的数值".to_owned()),
            Form::AgeDays { as_of, .. } => {
                (format!("the days from it to {as_of}"), format!("从该日期到 {as_of} 的天数"))
            }
            Form::AgeYears { as_of, .. } => {
                (format!("the years from it to {as_of}"), format!("从该年份到 {as_of} 的年数"))
            }
            Form::Levels { levels } => {
                let levels: Vec<String> =
                    levels.iter().enumerate().map(|(at, level)| format!("{at} = {level}")).collect();
                (levels.join(", "), levels.join("，"))
            }
        };
        let markers: Vec<String> = self.null_values.iter().map(ToString::to_string).collect();
        Some(match markers.is_empty() {
            true => Text::new(en, zh),
            false => Text::new(
                format!("{en}; missing where it is {}", markers.join(" or ")),
                format!("{zh}；取值为 {} 时视为缺失", markers.join("、")),
            ),
        })
    }

    /// What the numbers of `column` are called where the name of the column would say the opposite: those of a later date are
    /// lower ages. `None` when they are called by its name.
    pub fn spoken(&self, column: &str) -> Option<Text> {
        match self.form {
            Form::AgeDays { .. } => Some(Text::new(format!("days since {column}"), format!("{column} 距今天数"))),
            Form::AgeYears { .. } => Some(Text::new(format!("years since {column}"), format!("{column} 距今年数"))),
            _ => None,
        }
    }

    /// What a column must be to be read so, in words; `None` when `data_type` is that.
    pub(super) fn wants(&self, data_type: &DataType) -> Option<&'static str> {
        let data_type = unpacked(data_type);
        let kind = Kind::of(data_type);
        let is_number = matches!(kind, Kind::Number | Kind::Bool) || *data_type == DataType::Null;
        let (fits, wanted) = match self.form {
            Form::Stored => (true, ""),
            Form::Number { .. } => (is_number || kind == Kind::Text, "text or a number"),
            Form::AgeDays { .. } | Form::AgeYears { .. } => (
                is_calendar(data_type) || kind == Kind::Text || (is_number && kind != Kind::Bool),
                "a date, a timestamp of a known time zone, or text or numbers that write dates",
            ),
            Form::Levels { .. } => (!matches!(kind, Kind::Bytes | Kind::Other), "text, a number, bool or a date"),
        };
        (!fits).then_some(wanted)
    }

    /// What a column of kind `kind` is for those who ask what it can be used as.
    pub(super) fn kind(&self, kind: Kind) -> Kind {
        match self.form {
            Form::Stored | Form::Levels { .. } => kind,
            Form::Number { .. } if kind == Kind::Bool => kind,
            Form::Number { .. } | Form::AgeDays { .. } | Form::AgeYears { .. } => Kind::Number,
        }
    }

    /// Writes the numbers of `array` to `out`, which is as long; what is missing is a NaN whose bits tell why.
    pub(super) fn numbers(&self, array: &ArrayRef, out: &mut [f64]) -> Result<(), String> {
        let data_type = unpacked(array.data_type());
        match &self.form {
            Form::Number { decimal } if data_type.is_string() => {
                return self.texts(array, out, |text| number(text, *decimal));
            }
            Form::Levels { levels } => {
                return self
                    .texts(array, out, |text| levels.iter().position(|level| level == text).map(|at| at as f64));
            }
            Form::AgeDays { as_of, .. } if is_calendar(data_type) => return self.ages(array, out, *as_of, 1.0),
            Form::AgeYears { as_of, .. } if is_calendar(data_type) => return self.ages(array, out, *as_of, YEAR_DAYS),
            &(Form::AgeDays { day_first, .. } | Form::AgeYears { day_first, .. }) if data_type.is_string() => {
                let days_marked: Vec<i64> = self.marked_dates().map(day_of).collect();
                return self.texts(array, out, |text| match written_date(text, day_first).map(day_of) {
                    Some(day) if days_marked.contains(&day) => Some(MARKED),
                    Some(day) => self.age_of_day(day),
                    None => self.age_of_number(number(text, DecimalMark::Point)?),
                });
            }
            _ => decode(array, out)?,
        }
        self.mark(out);
        if self.as_of().is_some() {
            // Of what is missing there is no age: its bits tell why.
            for x in out.iter_mut().filter(|x| !x.is_nan()) {
                *x = self.age_of_number(*x).unwrap_or(UNREADABLE);
            }
        }
        Ok(())
    }

    /// The age of a day, counted from 1970; `None` unless ages are read.
    fn age_of_day(&self, day: i64) -> Option<f64> {
        match self.form {
            Form::AgeDays { as_of, .. } => Some((day_of(as_of) - day) as f64),
            Form::AgeYears { as_of, .. } => Some((day_of(as_of) - day) as f64 / YEAR_DAYS),
            _ => None,
        }
    }

    /// The age of what a number writes: a year, where years are read, or a day; `None` for what is neither.
    fn age_of_number(&self, x: f64) -> Option<f64> {
        match self.form {
            Form::AgeYears { as_of, .. } if x < 10_000.0 => Some(f64::from(as_of.year()) - x),
            _ => self.age_of_day(day_of_number(x)?),
        }
    }

    /// Takes the numbers that stand for a missing value out of `values`.
    pub(super) fn mark(&self, values: &mut [f64]) {
        for marker in &self.null_values {
            if let NullValue::Number(marker) = marker {
                values.iter_mut().filter(|x| **x == *marker).for_each(|x| *x = MARKED);
            }
        }
    }

    /// Whether the text of a cell stands for a missing value. `kind` is that of the column's type.
    pub(super) fn marks_text(&self, text: &str, kind: Kind) -> bool {
        self.null_values.iter().any(|marker| match marker {
            NullValue::Number(marker) => kind == Kind::Number && text.parse() == Ok(*marker),
            NullValue::Text(marker) if kind == Kind::Date => text.get(..10).is_some_and(|day| day == marker.trim()),
            NullValue::Text(marker) => text.trim() == marker.trim(),
        })
    }

    fn texts(&self, array: &ArrayRef, out: &mut [f64], read: impl Fn(&str) -> Option<f64>) -> Result<(), String> {
        let kind = Kind::of(unpacked(array.data_type()));
        let texts = as_text(array)?;
        for (out, text) in out.iter_mut().zip(texts.as_string_view().iter()) {
            *out = match text.map(without_mark).filter(|text| !text.is_empty()) {
                None => NULL,
                Some(text) if self.marks_text(text, kind) => MARKED,
                Some(text) if text.len() > LONGEST_NUMBER && !self.is_ordinal() => UNREADABLE,
                Some(text) => read(text).unwrap_or(UNREADABLE),
            };
        }
        if matches!(self.form, Form::Number { .. }) {
            self.mark(out);
        }
        Ok(())
    }

    fn is_ordinal(&self) -> bool {
        matches!(self.form, Form::Levels { .. })
    }

    fn ages(&self, array: &ArrayRef, out: &mut [f64], as_of: Date, unit: f64) -> Result<(), String> {
        let days_marked: Vec<i64> = self.marked_dates().map(day_of).collect();
        let to = day_of(as_of);
        for (out, day) in out.iter_mut().zip(days(array)?) {
            *out = match day {
                None => NULL,
                Some(day) if days_marked.contains(&day) => MARKED,
                // Databases write "never" and "always" as days that no calendar has.
                Some(day) if date_of(day).is_none() => UNREADABLE,
                Some(day) => (to - day) as f64 / unit,
            };
        }
        Ok(())
    }

    /// The dates that stand for a missing one.
    fn marked_dates(&self) -> impl Iterator<Item = Date> {
        self.null_values.iter().filter_map(|marker| match marker {
            NullValue::Text(text) => text.trim().parse().ok(),
            NullValue::Number(_) => None,
        })
    }
}

/// The text without a byte-order mark and without spaces around it.
pub(super) fn without_mark(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}
