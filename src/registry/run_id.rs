use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The last second SOURCE_DATE_EPOCH may name: the year 9999 must stay out of reach of four digits and time zones.
pub(super) const LAST_SECOND: i64 = 253_370_764_799;

/// The name of a run: when it began, in UTC to the millisecond, and a hash of what it computes.
///
/// Written `YYYYMMDDThhmmss.mmmZ-<8 hex>`, so that names sort by time in any file listing. The hash covers the bytes the
/// caller gives (the plan without threads and registry, and the fingerprint of the input): equal hashes mean the same
/// work.
///
/// ```
/// use segmint::registry::RunId;
/// let id = RunId::new("2026-08-01T02:03:04.5678Z".parse().unwrap(), b"plan and input");
/// assert!(id.to_string().starts_with("20260801T020304.567Z-"));
/// assert_eq!(id.to_string().parse::<RunId>().unwrap(), id);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId {
    /// Whole milliseconds, never before 1970.
    began: Timestamp,
    hash: u32,
}

impl RunId {
    /// The id of a run that began at `now` and does the work described by `work`.
    ///
    /// Times before 1970 count as 1970.
    pub fn new(now: Timestamp, work: &[u8]) -> Self {
        let began = Timestamp::from_millisecond(now.as_millisecond().max(0)).expect("a rounded time is a time");
        let digest = blake3::hash(work);
        let [a, b, c, d, ..] = *digest.as_bytes();
        RunId { began, hash: u32::from_be_bytes([a, b, c, d]) }
    }

    /// When the run began.
    pub fn began(self) -> Timestamp {
        self.began
    }

    /// The id that `text` is, in the form in which ids are written and in no other.
    pub(super) fn read(text: &str) -> Option<RunId> {
        parse(text).filter(|id| id.to_string() == text)
    }

    /// The id one millisecond later, for a run that finds its own taken.
    pub(super) fn next(self) -> Self {
        RunId { began: self.began.saturating_add(SignedDuration::from_millis(1)).unwrap_or(self.began), ..self }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.began.to_zoned(TimeZone::UTC).datetime();
        let (date, time) = (t.date(), t.time());
        write!(
            f,
            "{:04}{:02}{:02}T{:02}{:02}{:02}.{:03}Z-{:08x}",
            date.year(),
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
            time.millisecond(),
            self.hash
        )
    }
}

/// The id `text` may be; the caller compares its canonical form, so shape and digits need no check of their own.
fn parse(text: &str) -> Option<RunId> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let short = |from, to| part(from, to).and_then(|n| i8::try_from(n).ok());
    let date = (part(0, 4)?, short(4, 6)?, short(6, 8)?);
    let time = (short(9, 11)?, short(11, 13)?, short(13, 15)?);
    let nanoseconds = i32::from(part(16, 19)?).checked_mul(1_000_000)?;
    let began = DateTime::new(date.0, date.1, date.2, time.0, time.1, time.2, nanoseconds).ok()?;
    let began = began.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let hash = u32::from_str_radix(text.get(21..)?, 16).ok()?;
    (began >= Timestamp::UNIX_EPOCH).then_some(RunId { began, hash })
}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(time: &str) -> RunId {
        RunId::new(time.parse().unwrap(), b"x")
    }

    #[test]
    fn only_the_canonical_form_is_a_run_id() {
        let text = id("2026-08-01T02:03:04.005Z").to_string();
        assert_eq!(text.len(), 29);
        assert!(text.parse::<RunId>().is_ok());
        for wrong in [
            "",
            "latest",
            "20260801",
            &text[..28],
            &format!("{text}0"),
            &text.to_uppercase().replace("Z-", "Z-F"),
            &text.replace('T', " "),
            &text.replace("20260801", "20260230"),
            &text.replace("20260801", "+2260801"),
            &text.replace('.', "é"),
        ] {
            assert!(wrong.parse::<RunId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_next_id_is_later_and_keeps_the_hash() {
        let first = id("2026-08-01T02:03:04.999Z");
        assert!(first.next() > first);
        assert_eq!(first.next().to_string()[20..], first.to_string()[20..]);
    }

    proptest! {
        #[test]
        fn ids_come_back_from_their_text(milliseconds in 0..=LAST_SECOND * 1000, work: [u8; 4]) {
            let id = RunId::new(Timestamp::from_millisecond(milliseconds).unwrap(), &work);
            prop_assert_eq!(id.to_string().parse::<RunId>().unwrap(), id);
        }

        #[test]
        fn text_sorts_as_ids_do(a in 0..=LAST_SECOND * 1000, b in 0..=LAST_SECOND * 1000, work: [u8; 2]) {
            let a = RunId::new(Timestamp::from_millisecond(a).unwrap(), &work[..1]);
            let b = RunId::new(Timestamp::from_millisecond(b).unwrap(), &work[1..]);
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<RunId>();
        }
    }
}
