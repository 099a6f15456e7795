//! Tables as the model reads them.

use std::path::Path;

use jiff::civil::Date;

use super::{FittedPipeline, ModelError};
use crate::load::Source;

impl FittedPipeline {
    /// The date to which the ages of the fit are counted; `None` when it has none.
    pub fn as_of(&self) -> Option<Date> {
        self.readings.values().find_map(|reading| reading.as_of())
    }

    /// Opens the table at `path` with its columns read as the model reads them.
    ///
    /// Ages are counted to `as_of`; without one to the latest date in the table's own columns of ages, but never to an earlier
    /// date than the fit's. So the rows of the fit, all or some, are what they were, and a newer table has its own date.
    ///
    /// # Errors
    /// When the table cannot be read, or a column of it not as the model reads it.
    pub fn open(&self, path: &Path, as_of: Option<Date>) -> Result<Source, ModelError> {
        self.read(Source::open_even_empty(path)?, as_of)
    }

    /// [`open`](FittedPipeline::open) for a source that is open.
    ///
    /// # Errors
    /// When a column of it cannot be read as the model reads it.
    pub fn read(&self, source: Source, as_of: Option<Date>) -> Result<Source, ModelError> {
        let source = source.with_readings(&self.readings, "the model")?;
        let Some(fitted) = self.as_of() else { return Ok(source) };
        let date = match as_of {
            Some(given) => given,
            None => source.latest_date()?.map_or(fitted, |latest| latest.max(fitted)),
        };
        let dated = self.readings.iter().map(|(name, reading)| (name.clone(), reading.clone().counted_to(date)));
        Ok(source.with_readings(&dated.collect(), "the model")?)
    }
}
