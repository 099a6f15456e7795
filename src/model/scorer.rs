//! Consecutive rows of a table into the clusters of a fit.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{DataType, Field};
use rayon::prelude::*;

use super::assignments::{assignment_columns, row_number_field, row_numbers};
use super::unseen::{Unseen, read_categories};
use super::{AssignmentRows, BesideRows, ClusteringRows, FittedPipeline, ModelError, TableColumn};
use crate::cluster::Assigned;
use crate::config::Algorithm;
use crate::load::{Chunk, RowStream, Source};
use crate::matrix::{RowMap, TILE_ROWS, TiledMatrix};
use crate::metrics::Partition;
use crate::monitor::{Monitor, Stopped};
use crate::normalize::{CategoryEncoder, FeatureNormalizer, NormalizeError, RowOutcome};

/// Scores the rows of a source chunk by chunk.
pub(super) struct Scorer<'a> {
    model: &'a FittedPipeline,
    source: Arc<Source>,
    stream: RowStream,
    monitor: &'a Monitor,
}

/// Consecutive rows with their clusters; what was read of them too, for who counts.
pub(super) struct Scored {
    pub(super) chunk: Chunk,
    pub(super) rows: ScoredChunk,
    /// Per category, what the fit has not seen.
    pub(super) unseen: Vec<Unseen>,
}

impl<'a> Scorer<'a> {
    /// Of the rows of `source`, whose columns are read as the model reads them.
    ///
    /// # Errors
    /// When a column of the model is missing or has another kind of type, and when the segments are DBSCAN's and the model
    /// holds no core rows.
    pub(super) fn new(
        model: &'a FittedPipeline,
        source: &Arc<Source>,
        monitor: &'a Monitor,
    ) -> Result<Self, ModelError> {
        if let (Algorithm::Dbscan, Err(off)) = (model.primary, model.dbscan()) {
            return Err(ModelError::NoDensity { off });
        }
        model.check_columns(source)?;
        let numeric: Vec<&str> = model.normalizer.features().iter().map(FeatureNormalizer::name).collect();
        let categories = model.normalizer.categories().iter().map(CategoryEncoder::name);
        let arrays: Vec<&str> = categories.chain(model.id_column.as_deref()).collect();
        let stream = RowStream::new(source, &arrays, &numeric)?;
        Ok(Scorer { model, source: Arc::clone(source), stream, monitor })
    }

    /// The columns of what is scored.
    pub(super) fn columns(&self) -> Vec<TableColumn<AssignmentRows>> {
        let (model, source) = (self.model, &self.source);
        let column = model.id_column.as_deref().and_then(|name| source.position(name));
        let id = column.map_or_else(row_number_field, |position| {
            let column = &source.columns()[position];
            Field::new(&column.name, column.data_type.clone(), true)
        });
        let algorithms = model.clusterings.iter().map(|clustering| clustering.algorithm);
        assignment_columns(&id, model.segment_names(), model.primary, algorithms)
    }

    fn score(&self, mut chunk: Chunk) -> Result<Scored, ModelError> {
        let unseen = read_categories(self.model, &self.source, &mut chunk)?;
        let rows = ScoredChunk::of(self.model, &self.source, &chunk, self.monitor)?;
        Ok(Scored { chunk, rows, unseen })
    }
}

impl FittedPipeline {
    /// The Euclidean distance of every row of `source`, which the model [reads](FittedPipeline::read), to every k-means centroid, in
    /// normalized units: row-major, n × k; NaN in the rows that are dropped for missing values.
    ///
    /// # Errors
    /// As [`score`](super::score()).
    pub fn centroid_distances(&self, source: &Arc<Source>, monitor: &Monitor) -> Result<Vec<f64>, ModelError> {
        let k = self.kmeans().k();
        let mut distances = vec![f64::NAN; source.n_rows() * k];
        let mut scorer = Scorer::new(self, source, monitor)?;
        for chunk in scorer.stream.by_ref() {
            let mut chunk = chunk?;
            read_categories(self, source, &mut chunk)?;
            let (kept, matrix) = normalized(self, source, &chunk, monitor)?;
            let found = matrix.map(|matrix| self.kmeans().distances(&matrix)).unwrap_or_default();
            for (i, of_row) in found.chunks_exact(k).enumerate() {
                let row = chunk.first_row + kept.table_row(i);
                distances[row * k..(row + 1) * k].copy_from_slice(of_row);
            }
        }
        Ok(distances)
    }
}

impl Iterator for Scorer<'_> {
    type Item = Result<Scored, ModelError>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = self.stream.next()?;
        Some(chunk.map_err(ModelError::from).and_then(|chunk| self.score(chunk)))
    }
}

impl Scored {
    /// As rows of `assignments.parquet`.
    pub(super) fn assignments(&self) -> AssignmentRows {
        let Chunk { first_row, n_rows, arrays, .. } = &self.chunk;
        let ids: ArrayRef = arrays.first().map_or_else(|| row_numbers(*first_row, *n_rows), Arc::clone);
        AssignmentRows {
            ids,
            tier: new_null_array(&DataType::Utf8, *n_rows),
            clusterings: self.rows.in_table(0..*n_rows),
            beside: BesideRows::unknown(*n_rows),
        }
    }
}

/// Consecutive rows and their clusters; rows that were dropped have none.
pub(super) struct ScoredChunk {
    kept: RowMap,
    /// The kept rows in every clustering that places rows; none where every row was dropped.
    assigned: Vec<(Algorithm, Assigned)>,
}

impl ScoredChunk {
    fn of(model: &FittedPipeline, source: &Source, chunk: &Chunk, monitor: &Monitor) -> Result<Self, ModelError> {
        let (kept, matrix) = normalized(model, source, chunk, monitor)?;
        let Some(matrix) = matrix else { return Ok(ScoredChunk { kept, assigned: Vec::new() }) };
        let quiet = monitor.without_progress();
        let placing =
            model.clusterings.iter().filter_map(|fitted| Some((fitted.algorithm, fitted.model.as_ref().ok()?)));
        let assigned = placing.map(|(algorithm, model)| Ok((algorithm, model.assign(&matrix, &quiet)?)));
        Ok(ScoredChunk { kept, assigned: assigned.collect::<Result<_, Stopped>>()? })
    }

    /// The rows that were dropped.
    pub(super) fn n_dropped(&self) -> usize {
        self.kept.n_table() - self.kept.n_matrix()
    }

    /// The clusters of the kept rows in the clustering of `algorithm`, if it places rows.
    pub(super) fn partition(&self, algorithm: Algorithm) -> Option<&Partition> {
        self.assigned.iter().find(|(found, _)| *found == algorithm).map(|(_, assigned)| &assigned.partition)
    }

    fn in_table(&self, range: Range<usize>) -> Vec<ClusteringRows> {
        let of = |(algorithm, assigned): &(Algorithm, Assigned)| {
            ClusteringRows::of(*algorithm, &assigned.partition, &assigned.facts, &self.kept, range.clone())
        };
        self.assigned.iter().map(of).collect()
    }
}

/// The rows of a chunk that are kept, and their matrix; `None` where every row was dropped.
fn normalized(
    model: &FittedPipeline,
    source: &Source,
    chunk: &Chunk,
    monitor: &Monitor,
) -> Result<(RowMap, Option<TiledMatrix>), ModelError> {
    let n_columns = model.normalizer.n_matrix_columns();
    let first_rows: Vec<usize> = (0..chunk.n_rows).step_by(TILE_ROWS).collect();
    let blocks: Vec<Result<Block, ModelError>> = first_rows
        .into_par_iter()
        .map(|first| {
            monitor.check()?;
            let rows = first..(first + TILE_ROWS).min(chunk.n_rows);
            Block::of(model, chunk, rows).map_err(|(row, error)| ModelError::Row {
                source_name: source.name(),
                row: chunk.first_row + row,
                error: Box::new(error),
            })
        })
        .collect();
    let (mut values, mut keep) = (Vec::with_capacity(chunk.n_rows * n_columns), Vec::with_capacity(chunk.n_rows));
    for block in blocks {
        // In the order of the rows, so that the first bad row is the one named.
        let block = block?;
        values.extend(block.values);
        keep.extend(block.keep);
    }
    // The normalizer lets no row through that is not finite.
    Ok((RowMap::kept(&keep), TiledMatrix::from_rows(&values, n_columns)))
}

/// A few hundred rows of a chunk, normalized by one thread.
struct Block {
    /// The kept rows, row-major.
    values: Vec<f32>,
    keep: Vec<bool>,
}

impl Block {
    /// The rows `rows` of the chunk; on failure the row in the chunk.
    fn of(model: &FittedPipeline, chunk: &Chunk, rows: Range<usize>) -> Result<Self, (usize, NormalizeError)> {
        let (n_raw, n_columns) = (chunk.numbers.len(), model.normalizer.n_matrix_columns());
        let mut block = Block { values: Vec::new(), keep: Vec::new() };
        let (mut raw, mut row) = (vec![0.0; n_raw], vec![0.0; n_columns]);
        for i in rows {
            raw.iter_mut().zip(&chunk.numbers).for_each(|(value, column)| *value = column[i]);
            let outcome = model.normalizer.apply(&raw, &mut row).map_err(|error| (i, error))?;
            let is_kept = outcome == RowOutcome::Normalized;
            block.keep.push(is_kept);
            if is_kept {
                block.values.extend_from_slice(&row);
            }
        }
        Ok(block)
    }
}
