use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::DateTimeParser;

/// When customers are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The end of this day, which belongs to it whole. Where no time of the table has a time of day, days are counted from
    /// the day itself.
    Day(Date),
    /// This moment.
    Moment(DateTime),
}

impl FromStr for AsOf {
    type Err = jiff::Error;

    /// `2024-12-31` is a day, `2024-12-31T18:00` a moment. An offset is not allowed: the time is that of the time column.
    fn from_str(text: &str) -> Result<AsOf, jiff::Error> {
        static PARSER: DateTimeParser = DateTimeParser::new();
        let moment: DateTime = text.parse()?;
        let pieces = PARSER.parse_pieces(text)?;
        if pieces.offset().is_some() || pieces.time_zone_annotation().is_some() {
            return Err(jiff::Error::from_args(format_args!("{text:?} has a zone, and times of the table have none")));
        }
        Ok(match pieces.time() {
            Some(_) => AsOf::Moment(moment),
            None => AsOf::Day(moment.date()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_is_a_moment_and_a_date_is_a_day() {
        assert_eq!("2024-12-31".parse::<AsOf>().unwrap(), AsOf::Day(jiff::civil::date(2024, 12, 31)));
        let midnight = jiff::civil::date(2024, 12, 31).at(0, 0, 0, 0);
        assert_eq!("2024-12-31 00:00".parse::<AsOf>().unwrap(), AsOf::Moment(midnight));
        for text in ["yesterday", "2024-13-01", "2024-12-31T18:00Z", "2024-12-31T18:00+02:00", "31/12/2024", ""] {
            assert!(text.parse::<AsOf>().is_err(), "{text}");
        }
    }
}
