//! New customers into the clusters of a fit.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{DataType, Field};
use jiff::civil::Date;
use parquet::errors::ParquetError;
use rayon::prelude::*;
use serde::Serialize;

use super::assignments::{row_number_field, row_numbers};
use super::gaps::{many_missing, unreadable};
use super::unseen::{read_categories, unseen_levels};
use super::{
    AssignmentRows, AssignmentWriter, Density, DensityOff, FeatureGaps, FittedPipeline, ModelError, UnseenLevels,
    drift, whole_file,
};
use crate::config::Algorithm;
use crate::language::noun;
use crate::load::{Chunk, LoadError, RowStream, Source, as_of_unused, refuse_overwriting};
use crate::matrix::{RowMap, TILE_ROWS, TiledMatrix};
use crate::metrics::ClusterId;
use crate::monitor::Monitor;
use crate::normalize::{CategoryEncoder, FeatureNormalizer, NormalizeError, RowOutcome};
use crate::{Text, Warning};

/// What became of the customers that were scored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreSummary {
    /// Customers: rows of the input and of the output.
    pub n_customers: usize,
    /// The date ages are counted to; null when no feature is one.
    pub as_of: Option<Date>,
    /// Those in no cluster because a value is missing that the plan asks for (`missing = "drop"`).
    pub n_dropped: usize,
    /// Those that DBSCAN calls noise; null when the model holds no core rows.
    pub n_noise: Option<usize>,
    /// The segments in order.
    pub segments: Vec<SegmentCount>,
    /// Features with missing values, in the order of the model.
    pub missing: Vec<FeatureGaps>,
    /// Categories with levels that the fit has not seen, in the order of the model.
    pub unseen: Vec<UnseenLevels>,
    /// Features of which many values lie outside the range that the model knows well.
    pub outside: Vec<OutsideRange>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// How many customers a segment got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentCount {
    /// `S01` ….
    pub segment_id: String,
    /// Its name.
    pub name: Text,
    /// Its customers among those scored.
    pub size: usize,
}

/// How many values of a feature lie outside the range between the 1 % and the 99 % quantile of the fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutsideRange {
    /// The column.
    pub feature: String,
    /// Values below the 1 % quantile.
    pub n_below: usize,
    /// Values above the 99 % quantile.
    pub n_above: usize,
    /// Values that are not missing.
    pub n_observed: usize,
}

/// Gives every customer of `input` (file, folder or glob) its segment and writes them to `output`, in the order of the
/// input and with the columns of `assignments.parquet`. `dbscan_core` and `tier` are null: the one is known of fitted
/// customers only, the other is not scored.
///
/// Rows of the fit get the labels of the fit. The table is read, scored and written in chunks of at most 65,536 rows, so
/// memory does not grow with it. Repeated ids are scored like any row. Columns are read as at the fit;
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
    if let (Algorithm::Dbscan, Density::Off(off)) = (model.primary, &model.density) {
        return Err(ModelError::NoDensity { off: *off });
    }
    refuse_overwriting(output, input)?;
    let source = Arc::new(model.open(input, as_of)?);
    model.check_columns(&source)?;
    let mut tally = Tally::new(model);
    whole_file::write(output, |temporary| {
        let failed = |error: ParquetError| {
            let source = std::io::Error::other(error);
            ModelError::Io { action: "write", path: output.to_owned(), source }
        };
        let id = id_field(model, &source);
        let mut writer = AssignmentWriter::create(temporary, id, model.segment_names(), false).map_err(failed)?;
        let task = monitor.task("score", source.n_rows() as u64);
        let numeric: Vec<&str> = model.normalizer.features().iter().map(FeatureNormalizer::name).collect();
        let categories = model.normalizer.categories().iter().map(CategoryEncoder::name);
        let arrays: Vec<&str> = categories.chain(model.id_column.as_deref()).collect();
        for chunk in RowStream::new(&source, &arrays, &numeric)? {
            let mut chunk = chunk?;
            tally.add_levels(&read_categories(model, &source, &mut chunk)?);
            let scored = ScoredChunk::of(model, &source, &chunk, monitor)?;
            tally.add(&chunk, &scored);
            let ids = chunk.arrays.first().map_or_else(|| row_numbers(chunk.first_row, chunk.n_rows), Arc::clone);
            writer.write(&scored.rows(model.primary, ids)).map_err(failed)?;
            task.advance(chunk.n_rows as u64);
        }
        writer.finish().map_err(failed)
    })?;
    let mut summary = tally.summary(model, &source)?;
    summary.warnings.extend(as_of.filter(|_| summary.as_of.is_none()).map(as_of_unused));
    Ok(summary)
}

fn id_field(model: &FittedPipeline, source: &Source) -> Field {
    let column = model.id_column.as_deref().and_then(|name| source.position(name));
    column.map_or_else(row_number_field, |position| {
        let column = &source.columns()[position];
        Field::new(&column.name, column.data_type.clone(), true)
    })
}

/// Consecutive rows and their clusters; rows that were dropped have none.
struct ScoredChunk {
    kept: RowMap,
    kmeans: Vec<Option<ClusterId>>,
    margin: Vec<Option<f32>>,
    runner_up: Vec<Option<ClusterId>>,
    dbscan: Vec<Option<ClusterId>>,
    /// Nobody asked which rows are core, and nobody gave a tier.
    unknown_core: Vec<Option<bool>>,
}

impl ScoredChunk {
    fn of(model: &FittedPipeline, source: &Source, chunk: &Chunk, monitor: &Monitor) -> Result<Self, ModelError> {
        let n_columns = model.normalizer.n_matrix_columns();
        let first_rows: Vec<usize> = (0..chunk.n_rows).step_by(TILE_ROWS).collect();
        let blocks: Vec<Result<Block, ModelError>> = first_rows
            .into_par_iter()
            .map(|first| {
                monitor.check()?;
                Block::of(model, chunk, first).map_err(|(row, error)| ModelError::Row {
                    source_name: source.name(),
                    row: chunk.first_row + row,
                    error: Box::new(error),
                })
            })
            .collect();
        let mut values = Vec::with_capacity(chunk.n_rows * n_columns);
        let (mut keep, mut dbscan) = (Vec::with_capacity(chunk.n_rows), Vec::with_capacity(chunk.n_rows));
        for block in blocks {
            // In the order of the rows, so that the first bad row is the one named.
            let block = block?;
            values.extend(block.values);
            keep.extend(block.keep);
            dbscan.extend(block.dbscan);
        }
        let kept = RowMap::kept(&keep);
        let n = chunk.n_rows;
        let none = || vec![None; n];
        let Some(matrix) = TiledMatrix::from_rows(&values, n_columns) else {
            // Every row was dropped; the normalizer lets no other row through that is not finite.
            let (kmeans, runner_up) = (none(), none());
            return Ok(ScoredChunk {
                kept,
                kmeans,
                margin: vec![None; n],
                runner_up,
                dbscan,
                unknown_core: vec![None; n],
            });
        };
        let assigned = model.kmeans.assign(&matrix);
        let (mut margin, mut runner_up) = (vec![None; n], none());
        if let Some(second) = &assigned.runners_up {
            let some = |clusters: &[ClusterId]| clusters.iter().copied().map(Some).collect::<Vec<_>>();
            runner_up = kept.scatter(&some(&second.clusters), None);
            margin = kept.scatter(&second.margins.iter().copied().map(Some).collect::<Vec<_>>(), None);
        }
        let kmeans = kept.scatter(assigned.partition.labels(), None);
        Ok(ScoredChunk { kept, kmeans, margin, runner_up, dbscan, unknown_core: vec![None; n] })
    }

    fn primary(&self, algorithm: Algorithm) -> &[Option<ClusterId>] {
        match algorithm {
            Algorithm::KMeans => &self.kmeans,
            Algorithm::Dbscan => &self.dbscan,
        }
    }

    fn rows(&self, primary: Algorithm, ids: ArrayRef) -> AssignmentRows<'_> {
        AssignmentRows {
            ids,
            primary: self.primary(primary),
            kmeans_cluster: &self.kmeans,
            kmeans_margin: &self.margin,
            runner_up: &self.runner_up,
            dbscan_cluster: &self.dbscan,
            dbscan_core: &self.unknown_core,
            tier: new_null_array(&DataType::Utf8, self.kmeans.len()),
            gmm: None,
        }
    }
}

/// A few hundred rows of a chunk, normalized by one thread.
struct Block {
    /// The kept rows, row-major.
    values: Vec<f32>,
    keep: Vec<bool>,
    dbscan: Vec<Option<ClusterId>>,
}

impl Block {
    /// The rows from `first` on; on failure the row in the chunk.
    fn of(model: &FittedPipeline, chunk: &Chunk, first: usize) -> Result<Self, (usize, NormalizeError)> {
        let rows = first..(first + TILE_ROWS).min(chunk.n_rows);
        let (n_raw, n_columns) = (chunk.numbers.len(), model.normalizer.n_matrix_columns());
        let mut block = Block { values: Vec::new(), keep: Vec::new(), dbscan: Vec::new() };
        let (mut raw, mut row) = (vec![0.0; n_raw], vec![0.0; n_columns]);
        for i in rows {
            raw.iter_mut().zip(&chunk.numbers).for_each(|(value, column)| *value = column[i]);
            let outcome = model.normalizer.apply(&raw, &mut row).map_err(|error| (i, error))?;
            let is_kept = outcome == RowOutcome::Normalized;
            block.keep.push(is_kept);
            block.dbscan.push(model.density.model().filter(|_| is_kept).and_then(|density| density.score(&row)));
            if is_kept {
                block.values.extend_from_slice(&row);
            }
        }
        Ok(block)
    }
}

/// Counts what goes by.
struct Tally {
    n_customers: usize,
    n_dropped: usize,
    n_noise: usize,
    sizes: Vec<usize>,
    missing: Vec<FeatureGaps>,
    /// Per category: how many levels were not seen in the fit, and one of them.
    unseen: Vec<(usize, Option<String>)>,
    /// Per feature, values below and above its usual range.
    outside: Vec<(usize, usize)>,
    /// Per feature, its usual range.
    usual: Vec<Option<(f64, f64)>>,
    primary: Algorithm,
}

impl Tally {
    fn new(model: &FittedPipeline) -> Self {
        let sizes = vec![0; model.names(model.primary).len()];
        let gaps = |feature: &str| FeatureGaps { feature: feature.to_owned(), ..FeatureGaps::default() };
        let features = model.normalizer.features();
        Tally {
            n_customers: 0,
            n_dropped: 0,
            n_noise: 0,
            sizes,
            missing: features.iter().map(|feature| gaps(feature.name())).collect(),
            outside: vec![(0, 0); features.len()],
            unseen: vec![(0, None); model.normalizer.categories().len()],
            usual: features.iter().map(FeatureNormalizer::usual).collect(),
            primary: model.primary,
        }
    }

    fn add(&mut self, chunk: &Chunk, scored: &ScoredChunk) {
        self.n_customers += chunk.n_rows;
        self.n_dropped += scored.kept.n_table() - scored.kept.n_matrix();
        self.n_noise +=
            (0..scored.kept.n_matrix()).filter(|&i| scored.dbscan[scored.kept.table_row(i)].is_none()).count();
        for cluster in scored.primary(self.primary).iter().flatten() {
            self.sizes[cluster.index()] += 1;
        }
        for (missing, column) in self.missing.iter_mut().zip(&chunk.numbers) {
            missing.add(column);
        }
        for ((outside, usual), column) in self.outside.iter_mut().zip(&self.usual).zip(&chunk.numbers) {
            let Some((low, high)) = *usual else { continue };
            outside.0 += column.iter().filter(|&&value| value < low).count();
            outside.1 += column.iter().filter(|&&value| value > high).count();
        }
    }

    fn add_levels(&mut self, unseen: &[(usize, Option<String>)]) {
        for ((n, example), (more, first)) in self.unseen.iter_mut().zip(unseen) {
            if *n == 0 {
                example.clone_from(first);
            }
            *n += more;
        }
    }

    fn summary(self, model: &FittedPipeline, source: &Source) -> Result<ScoreSummary, LoadError> {
        let segments = model.names(model.primary).iter().zip(self.sizes).map(|(name, size)| SegmentCount {
            segment_id: name.segment_id.clone().unwrap_or_default(),
            name: name.name.clone(),
            size,
        });
        let found = model.normalizer.categories().iter().zip(self.unseen).filter(|(_, (n_unseen, _))| *n_unseen > 0);
        let unseen: Vec<UnseenLevels> = found
            .map(|(category, (n_unseen, example))| UnseenLevels {
                feature: category.name().to_owned(),
                n_unseen,
                example,
            })
            .collect();
        let counted = self.outside.iter().zip(&self.missing);
        let outside: Vec<OutsideRange> = counted
            .map(|(&(n_below, n_above), gaps)| OutsideRange {
                feature: gaps.feature.clone(),
                n_below,
                n_above,
                n_observed: self.n_customers - gaps.n_missing,
            })
            .filter(OutsideRange::is_many)
            .collect();
        let segments: Vec<SegmentCount> = segments.collect();
        let missing: Vec<FeatureGaps> = self.missing.into_iter().filter(|gaps| gaps.n_missing > 0).collect();
        let mut warnings: Vec<Warning> = unreadable(&missing, self.n_customers, source)?.into_iter().collect();
        if let Density::Off(off @ DensityOff::TooLarge { .. }) = &model.density {
            warnings.push(density_off(*off));
        }
        if self.n_dropped > 0 {
            warnings.push(rows_dropped(self.n_dropped, self.n_customers));
        }
        let mostly_missing = missing.iter().filter(|gaps| gaps.n_missing > self.n_customers / 2);
        warnings.extend(mostly_missing.map(|gaps| many_missing(gaps, self.n_customers)));
        warnings.extend(unseen.iter().map(|found| unseen_levels(found, self.n_customers)));
        warnings.extend(drift::outside(&outside));
        warnings.extend(drift::moved(model, &segments));
        Ok(ScoreSummary {
            n_customers: self.n_customers,
            as_of: source.columns().iter().find_map(|column| column.reading.as_of()),
            n_dropped: self.n_dropped,
            n_noise: model.density.model().map(|_| self.n_noise),
            segments,
            missing,
            unseen,
            outside,
            warnings,
        })
    }
}

fn density_off(off: DensityOff) -> Warning {
    let (en, zh) = off.sentence();
    let message =
        Text::new(format!("no customer gets a DBSCAN cluster: {en}"), format!("未为任何客户给出 DBSCAN 聚类：{zh}"));
    Warning::new("density_scoring_off", message)
}

fn rows_dropped(n_dropped: usize, n_customers: usize) -> Warning {
    let message = Text::new(
        format!(
            "{n_dropped} of {n_customers} customers {} a value the model needs and {} in no segment",
            noun(n_dropped as u64, "misses", "miss"),
            noun(n_dropped as u64, "is", "are")
        ),
        format!("{n_customers} 位客户中有 {n_dropped} 位缺少模型所需的值，未归入任何分群"),
    );
    Warning::new("rows_dropped", message).with("n_dropped", n_dropped).with("n_customers", n_customers)
}
