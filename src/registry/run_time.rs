//! Ids and times of runs that are given as text, and what is wrong with those that are none.

use std::str::FromStr;

use jiff::Timestamp;

use super::run_id::LAST_SECOND;
use super::{RegistryError, RunId};

impl FromStr for RunId {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        RunId::read(text).ok_or_else(|| RegistryError::BadRunId { text: text.to_owned() })
    }
}

/// The time a run is said to have begun: `clock`, unless the environment pins it.
///
/// `source_date_epoch` is the value of the variable [`SOURCE_DATE_EPOCH`](https://reproducible-builds.org/specs/source-date-epoch/)
/// (whole seconds since 1970), which makes a run's files repeatable to the last byte.
///
/// # Errors
/// When the variable is set to something else.
///
/// ```
/// use segmint::registry::run_time;
/// let clock = "2026-08-01T00:00:00Z".parse().unwrap();
/// assert_eq!(run_time(None, clock).unwrap(), clock);
/// assert_eq!(run_time(Some("86400"), clock).unwrap().to_string(), "1970-01-02T00:00:00Z");
/// ```
pub fn run_time(source_date_epoch: Option<&str>, clock: Timestamp) -> Result<Timestamp, RegistryError> {
    let Some(text) = source_date_epoch else {
        return Ok(clock);
    };
    let seconds = text.parse::<i64>().ok().filter(|seconds| (0..=LAST_SECOND).contains(seconds));
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| RegistryError::BadSourceDateEpoch { value: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_date_epoch_must_be_seconds() {
        let clock = Timestamp::UNIX_EPOCH;
        for wrong in ["", "-1", "1.5", "tomorrow", "253370764800", "99999999999999999999"] {
            assert!(run_time(Some(wrong), clock).is_err(), "{wrong}");
        }
        assert!("9998-12-31T23:59:59Z".parse::<Timestamp>().unwrap() == run_time(Some("253370764799"), clock).unwrap());
    }
}
