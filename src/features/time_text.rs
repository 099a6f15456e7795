//! Dates and times as people and programs write them.

use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::DateTimeParser;

static PARSER: DateTimeParser = DateTimeParser::new();

/// The calendar time that `text` writes, year first: ISO 8601 (`2024-01-31`, `2024-01-31T08:30:00+08:00`, `20240131`), or with
/// other separators and without zeros (`2024/1/31 8:30`, `2024.01.31`, `2024年1月31日`). A zone or an offset behind it says
/// where that calendar hangs; the time is the one written.
///
/// `31/01/2024` is none: nobody can tell the day from the month in all of a column.
pub(super) fn parse(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let local = text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")).map_or(text, str::trim_end);
    iso(local).or_else(|| iso(&as_iso(local)?))
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
            assert_eq!(parse(text).unwrap().to_string(), "2024-01-05T00:00:00", "{text}");
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
            assert_eq!(parse(text).unwrap().to_string(), "2024-01-31T08:30:00", "{text}");
        }
        assert_eq!(parse("2024-01-31 08:30:00.250 UTC").unwrap().to_string(), "2024-01-31T08:30:00.25");
    }

    #[test]
    fn what_may_mean_another_day_is_no_date() {
        for text in
            ["31/01/2024", "01/02/2024", "2024-13-01", "2024/02/30", "24/01/31", "2024", "2024-01", "5", "x", ""]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
