//! Dates and times as people and programs write them.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::DateTimeParser;

use super::names::half_width;

static PARSER: DateTimeParser = DateTimeParser::new();

/// The months as they may be cut to three letters or more.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The first day of the calendar that counts days from 1970.
const EPOCH: Date = Date::constant(1970, 1, 1);
/// The day before the first of spreadsheets' serial numbers, as far as they count since March 1900.
const SPREADSHEET_EPOCH: Date = Date::constant(1899, 12, 30);

/// The calendar time that `text` writes, year first: ISO 8601 (`2024-01-31`, `2024-01-31T08:30:00+08:00`, `20240131`), or with
/// other separators and without zeros (`2024/1/31 8:30`, `2024.01.31`, `2024年1月31日`). A zone or an offset behind it says
/// where that calendar hangs; the time is the one written.
///
/// `31/01/2024` is none: nobody can tell the day from the month in all of a column.
pub fn written_time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let local = text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")).map_or(text, str::trim_end);
    iso(local).or_else(|| iso(&as_iso(local)?))
}

/// The date that `text` writes: year first as [`written_time`] reads it, or year last (`31/1/2024`, `31.01.2024 8:30`,
/// `01-31-2024`), where `day_first` says which of the others is the day, or with an English month (`31 Jan 2024`). A time
/// behind the date is not looked at. A year of two digits is one of 1970 to 2069.
///
/// ```
/// use segmint::recognize::written_date;
/// let date = |text, day_first| written_date(text, day_first).map(|date| date.to_string());
/// assert_eq!(date("2021年3月4日", true).as_deref(), Some("2021-03-04"));
/// assert_eq!(date("04/03/2021", true).as_deref(), Some("2021-03-04"));
/// assert_eq!(date("04/03/2021", false).as_deref(), Some("2021-04-03"));
/// assert_eq!(date("31/01/2021", false), None);
/// ```
pub fn written_date(text: &str, day_first: bool) -> Option<Date> {
    let text = folded(text);
    certain_date(&text).or_else(|| YearLast::of(&text)?.date(day_first))
}

/// A date in which the order of day and month is no question.
fn certain_date(text: &str) -> Option<Date> {
    written_time(text).map(DateTime::date).or_else(|| with_month_name(text))
}

/// `31 Jan 2024`, `31-Jan-24`, `January 31, 2024 8:30`.
fn with_month_name(text: &str) -> Option<Date> {
    let mut parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let [first, second, last] = [parts.next()?, parts.next()?, parts.next()?];
    let month = |word: &str| {
        let word = word.to_ascii_lowercase();
        let place = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(&word))?;
        i8::try_from(place + 1).ok()
    };
    let (day, month) = month(first).map(|month| (second, month)).or_else(|| Some((first, month(second)?)))?;
    let is_over = parts.next().is_none_or(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    Date::new(year_of(last)?, month, day.parse().ok()?).ok().filter(|_| is_over)
}

/// The year that four digits write, or two.
fn year_of(digits: &str) -> Option<i16> {
    let year: i16 = digits.parse().ok()?;
    match digits.len() {
        4 => Some(year),
        2 => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

/// The days from 1970-01-01 to `date`.
pub fn day_of(date: Date) -> i64 {
    i64::from((date - EPOCH).get_days())
}

/// The date of a day, counted from 1970-01-01, that is on the calendar: years −9999 to 9999.
pub fn date_of(day: i64) -> Option<Date> {
    let span = jiff::Span::new().try_days(day).ok()?;
    EPOCH.checked_add(span).ok()
}

/// The day, counted from 1970-01-01, that a number writes: as `20240131`, as the serial number of a spreadsheet from 1900
/// on (45322), or as seconds or milliseconds since 1970 (from 1973 on). What is none of these is `None`; the last day is
/// the last of 2100.
///
/// ```
/// use segmint::recognize::day_of_number;
/// assert_eq!([20240131.0, 45322.0, 1706659200.0, 1706659200000.0].map(day_of_number), [Some(19753); 4]);
/// assert_eq!(day_of_number(20241331.0), None);
/// ```
pub fn day_of_number(x: f64) -> Option<i64> {
    match x {
        1.0..=73_415.0 => Some(x.floor() as i64 + day_of(SPREADSHEET_EPOCH)),
        19_000_101.0..=21_001_231.0 if x.fract() == 0.0 => {
            let day = x as i32;
            Date::new((day / 10_000) as i16, (day / 100 % 100) as i8, (day % 100) as i8).ok().map(day_of)
        }
        1e8..4_133_980_800.0 => Some((x / 86_400.0).floor() as i64),
        1e11..4_133_980_800_000.0 => Some((x / 86_400_000.0).floor() as i64),
        _ => None,
    }
}

/// What the texts of a column say about the order of day and month.
///
/// A text with the year last decides when only one order is a date (`31/01/2024`), or by its points (`04.03.2021`, written so
/// only where the day comes first). Counts only, so that parts of a column can be added up in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayEvidence {
    /// Texts that are dates whatever the order.
    pub n_certain: usize,
    /// Texts that are dates only with the day before the month.
    pub n_day_first: usize,
    /// Texts that are dates only with the month before the day.
    pub n_month_first: usize,
    /// Texts that are two different dates.
    pub n_open: usize,
}

impl DayEvidence {
    /// Takes one text into account.
    pub fn add(&mut self, text: &str) {
        let text = folded(text);
        if certain_date(&text).is_some() {
            self.n_certain += 1;
            return;
        }
        let Some(written) = YearLast::of(&text) else { return };
        match (written.date(true), written.date(false)) {
            (Some(_), None) => self.n_day_first += 1,
            (None, Some(_)) => self.n_month_first += 1,
            (Some(day_first), Some(month_first)) if day_first != month_first => match written.mark {
                '.' => self.n_day_first += 1,
                _ => self.n_open += 1,
            },
            _ => {}
        }
    }

    /// Adds what another part of the column says.
    pub fn merge(self, other: DayEvidence) -> DayEvidence {
        DayEvidence {
            n_certain: self.n_certain + other.n_certain,
            n_day_first: self.n_day_first + other.n_day_first,
            n_month_first: self.n_month_first + other.n_month_first,
            n_open: self.n_open + other.n_open,
        }
    }

    /// Whether some text has the year last.
    pub fn has_year_last(&self) -> bool {
        self.n_day_first + self.n_month_first + self.n_open > 0
    }

    /// Whether the day comes first where the year comes last; `None` when it cannot be told. Texts that decide otherwise are
    /// at most one in twenty of those that decide; without any open text it does not matter, and is false.
    pub fn day_first(&self) -> Option<bool> {
        let decided = self.n_day_first + self.n_month_first;
        if decided == 0 {
            return (self.n_open == 0).then_some(false);
        }
        let outvoted = |n: usize| n * 20 <= decided;
        match (outvoted(self.n_month_first), outvoted(self.n_day_first)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

/// A date with the year last, before anybody knows which number is the day.
struct YearLast {
    numbers: [i8; 2],
    year: i16,
    mark: char,
}

impl YearLast {
    fn of(text: &str) -> Option<YearLast> {
        let (first, rest) = digits(text, 2)?;
        let mark = rest.chars().next().filter(|mark| matches!(mark, '/' | '-' | '.'))?;
        let (second, rest) = digits(&rest[1..], 2)?;
        let (year, rest) = digits(rest.strip_prefix(mark)?, 4)?;
        let is_over = rest.is_empty() || rest.starts_with([' ', 'T']) && rest.contains(':');
        let number = |text: &str| text.parse::<i8>().ok();
        is_over.then(|| Some(YearLast { numbers: [number(first)?, number(second)?], year: year_of(year)?, mark }))?
    }

    fn date(&self, day_first: bool) -> Option<Date> {
        let [first, second] = self.numbers;
        let (day, month) = if day_first { (first, second) } else { (second, first) };
        Date::new(self.year, month, day).ok()
    }
}

/// The text without spaces around it, with digits and signs in their plain width.
fn folded(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{3000}' | '\u{a0}' => ' ',
        c => half_width(c),
    };
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').chars().map(plain).collect()
}

fn iso(text: &str) -> Option<DateTime> {
    let pieces = PARSER.parse_pieces(text).ok()?;
    Some(pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight())))
}

/// The text with its date and time in the form of ISO 8601.
fn as_iso(text: &str) -> Option<String> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix(['-', '/', '.', '年'])?, 2)?;
    let (day, rest) = digits(rest.strip_prefix(['-', '/', '.', '月'])?, 2)?;
    let rest = rest.strip_prefix('日').unwrap_or(rest).trim_start_matches([' ', 'T']);
    let date = format!("{year:0>4}-{month:0>2}-{day:0>2}");
    if rest.is_empty() {
        return (year.len() == 4).then_some(date);
    }
    let time = rest.replace(['时', '分'], ":").replace('秒', "").replace(" +", "+").replace(" -", "-");
    let time = time.trim_end_matches(':');
    let (hour, rest) = digits(time, 2)?;
    (year.len() == 4).then(|| format!("{date}T{hour:0>2}{rest}"))
}

/// Up to `most` digits at the beginning of `text`, at least one, and what follows.
fn digits(text: &str, most: usize) -> Option<(&str, &str)> {
    let n = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (n > 0).then(|| text.split_at(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_same_however_it_is_written() {
        for text in [
            "2024-01-05",
            "2024/01/05",
            "2024/1/5",
            "2024.01.05",
            "2024-1-5",
            "20240105",
            "2024年01月05日",
            "2024年1月5日",
            "2024-01-05 00:00:00 UTC",
            "2024-01-05T00:00Z",
            " 2024/1/5 0:00 ",
            "2024-01-05 00:00:00+00",
        ] {
            assert_eq!(written_time(text).unwrap().to_string(), "2024-01-05T00:00:00", "{text}");
        }
    }

    #[test]
    fn a_time_is_the_one_written() {
        for text in [
            "2024-01-31 08:30:00",
            "2024-01-31T08:30:00+08:00",
            "2024-01-31T08:30:00Z",
            "2024/01/31 8:30",
            "2024年1月31日 8时30分",
            "2024年01月31日8:30:00",
            "2024-01-31 08:30:00 UTC",
            "2024-01-31 08:30:00 +0800",
            "2024-01-31T08:30[Asia/Shanghai]",
        ] {
            assert_eq!(written_time(text).unwrap().to_string(), "2024-01-31T08:30:00", "{text}");
        }
        assert_eq!(written_time("2024-01-31 08:30:00.250 UTC").unwrap().to_string(), "2024-01-31T08:30:00.25");
    }

    #[test]
    fn what_may_mean_another_day_is_no_date() {
        for text in
            ["31/01/2024", "01/02/2024", "2024-13-01", "2024/02/30", "24/01/31", "2024", "2024-01", "5", "x", ""]
        {
            assert_eq!(written_time(text), None, "{text}");
        }
    }

    #[test]
    fn dates_with_the_year_last_are_read_in_the_order_of_the_column() {
        for text in [
            "04/03/2021",
            "4/3/2021",
            "04-03-2021",
            "04.03.2021",
            "4/3/2021 5:30:00 PM",
            "04/03/21",
            "０４/０３/２０２１",
        ] {
            assert_eq!(written_date(text, true), Some(Date::constant(2021, 3, 4)), "{text}");
            assert_eq!(written_date(text, false), Some(Date::constant(2021, 4, 3)), "{text}");
        }
        for text in ["04/03/121", "04/03-2021", "4/3/2021x", "32/01/2021", "04/2021", "1.2", "1.234.5678"] {
            assert_eq!(written_date(text, true), None, "{text}");
        }
    }

    #[test]
    fn english_months_leave_no_question() {
        for text in ["4 Mar 2021", "04-MAR-21", "March 4, 2021", "Mar 04 2021 08:30", "4 march 2021"] {
            assert_eq!(written_date(text, false), Some(Date::constant(2021, 3, 4)), "{text}");
        }
        for text in ["4 Ma 2021", "Mary 4 2021", "4 Mar", "4 Mar 2021 or so", "31 Feb 2021"] {
            assert_eq!(written_date(text, false), None, "{text}");
        }
    }

    #[test]
    fn the_order_of_day_and_month_is_that_of_the_texts_that_decide() {
        let order = |texts: &[&str]| {
            let mut evidence = DayEvidence::default();
            texts.iter().for_each(|text| evidence.add(text));
            evidence.day_first()
        };
        assert_eq!(order(&["04/03/2021", "31/12/2020"]), Some(true));
        assert_eq!(order(&["04/03/2021", "12/31/2020"]), Some(false));
        assert_eq!(order(&["04.03.2021"]), Some(true));
        assert_eq!(order(&["04/03/2021", "01/02/2021"]), None);
        assert_eq!(order(&["13/01/2021", "01/13/2021"]), None);
        assert_eq!(order(&["2021-03-04", "05/05/2021", "no date"]), Some(false));
    }
}
