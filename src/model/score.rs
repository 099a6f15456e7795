//! New customers into the clusters of a fit.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use jiff::civil::Date;
use parquet::errors::ParquetError;

use super::scorer::{Scored, Scorer};
use super::tally::Tally;
use super::{FittedPipeline, ModelError, ScoreSummary, TableColumn, TableWriter, io_error};
use crate::load::{IN_MEMORY, Source, as_of_unused, refuse_overwriting};
use crate::monitor::Monitor;
use crate::output_file::OutputFile;

/// Gives every customer of `input` (file, folder or glob) its segment and writes them to `output`, in the order of the
/// input and with the columns of `assignments.parquet`. `dbscan_core` and `tier` are null: the one is known of fitted
/// customers only, the other is not scored.
///
/// Rows of the fit get the labels of the fit. The table is read, scored and written in chunks of at most 65,536 rows, so
/// memory does not grow with it. Repeated ids are scored like any row, which is said; from 900,000 different ones on they
/// are counted among some of them. Columns are read as at the fit;
/// ages are counted to `as_of`, see [`FittedPipeline::open`]. `output` appears when it is whole; an error leaves
/// what was there.
///
/// # Errors
/// When a column of the model is missing or has another kind of type, a value is missing where the plan rejects that
/// (the row is named), the segments are DBSCAN's and the model holds no core rows, `output` is one of the input files
/// or would become one, or cannot be written, or the monitor ends the work.
pub fn score(
    model: &FittedPipeline,
    input: &Path,
    output: &Path,
    as_of: Option<Date>,
    monitor: &Monitor,
) -> Result<ScoreSummary, ModelError> {
    refuse_overwriting(output, input)?;
    let source = Arc::new(model.read(Source::open_watched_even_empty(input, monitor)?, as_of)?);
    let scorer = Scorer::new(model, &source, monitor)?;
    let mut tally = Tally::new(model);
    let refused = |source| ModelError::Io { action: "write", path: output.to_owned(), source };
    let failed = |error: ParquetError| refused(io_error(error));
    let file = OutputFile::create(output).map_err(refused)?;
    let mut writer = TableWriter::new(file, scorer.columns()).map_err(failed)?;
    let task = monitor.task("score", source.n_rows() as u64);
    for scored in scorer {
        let scored = scored?;
        tally.add(&scored, &source)?;
        writer.write(scored.chunk.n_rows, &scored.assignments()).map_err(failed)?;
        task.advance(scored.chunk.n_rows as u64);
    }
    writer.finish().map_err(failed)?;
    let mut summary = tally.summary(model, &source)?;
    summary.warnings.extend(as_of.filter(|_| summary.as_of.is_none()).map(as_of_unused));
    Ok(summary)
}

impl FittedPipeline {
    /// Gives every row of `batch` its segment, as [`score`] does with a file: a batch with the columns of
    /// `assignments.parquet`, its rows in the same order. Ages are counted to the date of the fit.
    ///
    /// Row numbers, where there is no id column, begin at 0.
    ///
    /// # Errors
    /// As [`score`].
    pub fn score_batch(&self, batch: &RecordBatch, monitor: &Monitor) -> Result<RecordBatch, ModelError> {
        let source = Source::of_batches(IN_MEMORY, vec![batch.clone()])?;
        let source = Arc::new(source.with_readings(&self.readings, "the model")?);
        let (schema, batches) = self.score_source(&source, monitor)?;
        Ok(concat_batches(&schema, &batches).expect("batches of one schema"))
    }

    /// Gives every row of a source that the model [reads](FittedPipeline::read) its segment, as [`score`] does with a file:
    /// batches with the columns of `assignments.parquet`, whose schema they have also where there are none.
    ///
    /// # Errors
    /// As [`score`].
    pub fn score_source(
        &self,
        source: &Arc<Source>,
        monitor: &Monitor,
    ) -> Result<(SchemaRef, Vec<RecordBatch>), ModelError> {
        let scorer = Scorer::new(self, source, monitor)?;
        let columns = scorer.columns();
        let task = monitor.task("score", source.n_rows() as u64);
        let batch = |scored: Scored| {
            task.advance(scored.chunk.n_rows as u64);
            TableColumn::batch(&columns, &scored.assignments()).expect("columns have the types of their fields")
        };
        let batches = scorer.map(|scored| scored.map(batch)).collect::<Result<Vec<RecordBatch>, ModelError>>()?;
        Ok((TableColumn::schema(&columns), batches))
    }
}
