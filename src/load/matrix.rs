//! Numeric columns straight into a matrix.

use rayon::prelude::*;

use super::cells::WhyMissing;
use super::{LoadError, Source};
use crate::matrix::{PartWriter, TiledMatrix};

/// The numeric `columns` of all rows of `source` as a matrix, each value rounded to `f32` and otherwise as it is in the
/// files.
///
/// n_rows × columns.len(), rows in the order of the files. Row groups × columns are decoded in parallel, straight into
/// the tiles; beside the matrix, a thread holds one batch of one column.
///
/// # Errors
/// When a column does not exist or is neither numeric nor bool, when a file is damaged, and when a cell has no value that
/// a matrix can hold: null, NaN, infinite, or infinite once rounded ([`LoadError::NoNumber`], the first one of the first
/// row group that has one).
///
/// # Panics
/// When there are no `columns`.
///
/// ```
/// use std::fs::File;
/// use std::sync::Arc;
/// use arrow::array::{Float64Array, Int32Array, RecordBatch};
/// use parquet::arrow::ArrowWriter;
/// use segmint::load::{Source, read_matrix};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("customers.parquet");
/// let batch = RecordBatch::try_from_iter([
///     ("orders", Arc::new(Int32Array::from(vec![1, 2, 3])) as _),
///     ("spent", Arc::new(Float64Array::from(vec![0.5, 20.0, 7.25])) as _),
/// ])?;
/// let mut writer = ArrowWriter::try_new(File::create(&path)?, batch.schema(), None)?;
/// writer.write(&batch)?;
/// writer.close()?;
///
/// let matrix = read_matrix(&Source::open(&path)?, &["spent", "orders"])?;
/// assert_eq!(matrix.row(1), [20.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_matrix(source: &Source, columns: &[&str]) -> Result<TiledMatrix, LoadError> {
    let positions = columns.iter().map(|name| numeric_position(source, name)).collect::<Result<Vec<_>, _>>()?;
    let row_groups: Vec<(usize, usize, usize)> = (0..source.n_files())
        .flat_map(|f| source.files[f].row_groups.iter().enumerate().map(move |(g, &rows)| (f, g, rows)))
        .collect();
    let lengths: Vec<usize> = row_groups.iter().map(|&(_, _, rows)| rows).collect();
    let mut matrix = TiledMatrix::builder(source.n_rows(), positions.len());
    let mut parts: Vec<_> = matrix.columns().into_iter().map(|column| column.split(&lengths).into_iter()).collect();
    let mut tasks = Vec::with_capacity(row_groups.len() * positions.len());
    let mut first_row = 0;
    for &(file, row_group, rows) in &row_groups {
        for (&column, parts) in positions.iter().zip(&mut parts) {
            let part = parts.next().expect("a column has a part for every row group");
            tasks.push(Task { file, row_group, first_row, column, part });
        }
        first_row += rows;
    }
    // All results are collected, so that the error is that of the first task whatever finishes first.
    let results: Vec<_> = tasks.into_par_iter().map(|task| task.run(source)).collect();
    results.into_iter().collect::<Result<(), _>>()?;
    Ok(matrix.finish().expect("every value was checked to be finite"))
}

fn numeric_position(source: &Source, name: &str) -> Result<usize, LoadError> {
    let position = source.column_or_error(name)?;
    match source.columns()[position].is_readable() {
        true => Ok(position),
        false => Err(LoadError::NoColumn {
            column: name.to_owned(),
            source_name: format!("the numeric columns of {}", source.name()),
        }),
    }
}

/// The first of `values` that has no place in a matrix, with its row; they are those of the rows from `row` on.
fn first_not_finite(values: &[f64], row: usize) -> Option<(usize, f64)> {
    let at = values.iter().position(|&x| !(x as f32).is_finite())?;
    Some((row + at, values[at]))
}

/// One column of one row group.
struct Task<'a> {
    file: usize,
    row_group: usize,
    first_row: usize,
    column: usize,
    part: PartWriter<'a>,
}

impl Task<'_> {
    fn run(mut self, source: &Source) -> Result<(), LoadError> {
        let (mut row, mut wrong) = (self.first_row, None);
        source.read_numbers(self.file, self.row_group, self.column, |values| {
            if values.iter().fold(false, |wrong, &x| wrong | !(x as f32).is_finite()) {
                wrong = wrong.or_else(|| first_not_finite(values, row));
            }
            row += values.len();
            self.part.append(values, |x| x as f32);
        })?;
        match wrong {
            None => Ok(()),
            Some((row, value)) => Err(LoadError::NoNumber {
                column: source.columns()[self.column].name.clone(),
                place: source.place(row),
                found: describe(value),
            }),
        }
    }
}

fn describe(value: f64) -> String {
    match WhyMissing::of(value) {
        Some(WhyMissing::Null) => "null".to_owned(),
        Some(WhyMissing::Infinite) => "infinite".to_owned(),
        Some(WhyMissing::Marked) => "a value that stands for a missing one".to_owned(),
        Some(WhyMissing::Unreadable) => "a text that is no number".to_owned(),
        Some(WhyMissing::NotANumber) | None => format!("{value:?}"),
    }
}
