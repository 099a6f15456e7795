use std::ops::Range;

use rayon::prelude::*;

use super::pages::Pages;

/// Rows in a tile. A power of two that is small: features of a tile are this many values apart, and were that a large
/// power of two, they would all fall into the same few places of the first cache level.
pub const TILE_ROWS: usize = 64;

/// n_customers × n_features finite `f32` values.
///
/// Row i, feature j lives in tile ⌊i / T⌋ at `[j·T + i mod T]`, T = [`TILE_ROWS`]: a Parquet column decodes into runs of
/// T values, and T rows are T SIMD lanes. The last tile is padded with copies of its first row, which no result may
/// count. No value is NaN or infinite; [`TiledMatrixBuilder::finish`] is the only way in.
#[derive(Debug, Clone, PartialEq)]
pub struct TiledMatrix {
    n_customers: usize,
    n_features: usize,
    values: Pages,
    categories: Vec<Range<usize>>,
}

impl TiledMatrix {
    /// A zeroed matrix to fill column by column.
    ///
    /// # Panics
    /// When either size is zero; stages above refuse such tables with a message.
    pub fn builder(n_customers: usize, n_features: usize) -> TiledMatrixBuilder {
        assert!(n_customers > 0 && n_features > 0, "a feature matrix has rows and columns");
        let n_tiles = n_customers.div_ceil(TILE_ROWS);
        TiledMatrixBuilder { n_customers, n_features, values: Pages::zeroed(n_tiles * TILE_ROWS * n_features) }
    }

    /// A matrix from row-major values; `None` when a value is not finite or the sizes do not fit.
    ///
    /// ```
    /// use segmint::matrix::TiledMatrix;
    /// let matrix = TiledMatrix::from_rows(&[1.0, 2.0, 3.0, 4.0], 2).unwrap();
    /// assert_eq!((matrix.n_customers(), matrix.n_features()), (2, 2));
    /// assert_eq!(matrix.get(1, 0), 3.0);
    /// assert!(TiledMatrix::from_rows(&[f32::NAN], 1).is_none());
    /// ```
    pub fn from_rows(rows: &[f32], n_features: usize) -> Option<Self> {
        if n_features == 0 || rows.is_empty() || !rows.len().is_multiple_of(n_features) {
            return None;
        }
        let mut builder = TiledMatrix::builder(rows.len() / n_features, n_features);
        for (j, mut column) in builder.columns().into_iter().enumerate() {
            column.fill(|i| rows[i * n_features + j]);
        }
        builder.finish()
    }

    /// The matrix with the knowledge that each of these runs of columns holds the indicators of one category: in every row
    /// at most one of them is not 0.
    ///
    /// # Panics
    /// When a run is empty or beyond the columns.
    pub fn with_categories(self, categories: Vec<Range<usize>>) -> Self {
        assert!(categories.iter().all(|span| span.start < span.end && span.end <= self.n_features), "runs of columns");
        TiledMatrix { categories, ..self }
    }

    /// The runs of columns that are one category each.
    pub fn categories(&self) -> &[Range<usize>] {
        &self.categories
    }

    /// Columns of the table behind it: those of the matrix, every category counting once.
    pub fn n_table_columns(&self) -> usize {
        self.n_features - self.categories.iter().map(|span| span.len() - 1).sum::<usize>()
    }

    /// Rows.
    pub fn n_customers(&self) -> usize {
        self.n_customers
    }

    /// Columns.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Tiles, the last one perhaps not full.
    pub fn n_tiles(&self) -> usize {
        self.n_customers.div_ceil(TILE_ROWS)
    }

    /// Tile `t`, which holds rows `t·T …`.
    pub fn tile(&self, t: usize) -> Tile<'_> {
        let size = TILE_ROWS * self.n_features;
        let first = t * TILE_ROWS;
        Tile { rows: first..(first + TILE_ROWS).min(self.n_customers), values: &self.values[t * size..(t + 1) * size] }
    }

    /// The values of consecutive tiles as they lie in memory, padding included: of each tile [`Tile::values`].
    pub(crate) fn tiles(&self, tiles: Range<usize>) -> &[f32] {
        let size = TILE_ROWS * self.n_features;
        &self.values[tiles.start * size..tiles.end * size]
    }

    /// The matrix whose [`tiles`](TiledMatrix::tiles) `fill` writes; `None` when a value of them is not finite.
    ///
    /// # Errors
    /// Those of `fill`.
    pub(crate) fn of_tiles<E>(
        n_customers: usize,
        n_features: usize,
        fill: impl FnOnce(&mut [f32]) -> Result<(), E>,
    ) -> Result<Option<Self>, E> {
        let mut builder = TiledMatrix::builder(n_customers, n_features);
        fill(&mut builder.values)?;
        Ok(builder.finish())
    }

    /// The value of row `i`, feature `j`.
    #[inline]
    pub fn get(&self, i: usize, j: usize) -> f32 {
        assert!(i < self.n_customers && j < self.n_features, "row {i}, feature {j} are outside the matrix");
        self.values[(i / TILE_ROWS * self.n_features + j) * TILE_ROWS + i % TILE_ROWS]
    }

    /// The values of row `i`, in the order of the features.
    #[inline]
    pub fn row_values(&self, i: usize) -> impl Iterator<Item = f32> + Clone {
        assert!(i < self.n_customers, "row {i} is outside the matrix");
        let (tile, lane) = (i / TILE_ROWS, i % TILE_ROWS);
        let size = TILE_ROWS * self.n_features;
        // Columns of a known length: no check, and so no branch, for any of the values.
        let (columns, _) = self.values[tile * size..(tile + 1) * size].as_chunks::<TILE_ROWS>();
        columns.iter().map(move |column| column[lane])
    }

    /// Copies row `i`, widened, into `out` (n_features long).
    pub fn copy_row(&self, i: usize, out: &mut [f64]) {
        debug_assert_eq!(out.len(), self.n_features);
        let base = i / TILE_ROWS * self.n_features * TILE_ROWS + i % TILE_ROWS;
        for (j, value) in out.iter_mut().enumerate() {
            *value = f64::from(self.values[base + j * TILE_ROWS]);
        }
    }

    /// Row `i`, widened.
    pub fn row(&self, i: usize) -> Vec<f64> {
        let mut out = vec![0.0; self.n_features];
        self.copy_row(i, &mut out);
        out
    }

    /// The matrix whose row i is what was row `order[i]`; in place but for a column for each thread.
    ///
    /// # Panics
    /// When `order` has not one entry a row, or one that is no row.
    pub(super) fn reordered(self, order: &[u32]) -> TiledMatrix {
        let TiledMatrix { n_customers, n_features, values, categories } = self;
        let mut builder = TiledMatrixBuilder { n_customers, n_features, values };
        builder.columns().into_par_iter().for_each(|mut column| {
            let values: Vec<f32> = order.iter().map(|&row| column.get(row as usize)).collect();
            column.copy_from(&values);
        });
        let values = builder.padded();
        TiledMatrix { n_customers, n_features, values, categories }
    }

    /// The rows `indices`, in that order, as a matrix of their own; `None` when there are none.
    pub fn select(&self, indices: &[usize]) -> Option<TiledMatrix> {
        if indices.is_empty() {
            return None;
        }
        let mut builder = TiledMatrix::builder(indices.len(), self.n_features);
        for (j, mut column) in builder.columns().into_iter().enumerate() {
            column.fill(|i| self.get(indices[i], j));
        }
        builder.finish().map(|selected| selected.with_categories(self.categories.clone()))
    }
}

/// One tile of a [`TiledMatrix`].
#[derive(Debug, Clone)]
pub struct Tile<'a> {
    rows: Range<usize>,
    values: &'a [f32],
}

impl<'a> Tile<'a> {
    /// The matrix rows this tile holds, without padding.
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Rows without padding.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Feature `j` of the tile's rows, without padding.
    pub fn column(&self, j: usize) -> &'a [f32] {
        &self.values[j * TILE_ROWS..][..self.rows.len()]
    }

    /// All lanes of all features, padding included: feature `j` is at `[j·T ..]`, T = [`TILE_ROWS`].
    pub fn values(&self) -> &'a [f32] {
        self.values
    }

    /// Feature `j` of all [`TILE_ROWS`] lanes, padding included.
    pub fn padded_column(&self, j: usize) -> &'a [f32] {
        &self.values[j * TILE_ROWS..][..TILE_ROWS]
    }
}

/// A matrix being filled; its columns can be written from different threads.
#[derive(Debug)]
pub struct TiledMatrixBuilder {
    n_customers: usize,
    n_features: usize,
    values: Pages,
}

impl TiledMatrixBuilder {
    /// One writer per feature, in order.
    pub fn columns(&mut self) -> Vec<ColumnWriter<'_>> {
        let n_tiles = self.n_customers.div_ceil(TILE_ROWS);
        let mut columns: Vec<ColumnWriter<'_>> = (0..self.n_features)
            .map(|_| ColumnWriter { n_customers: self.n_customers, tiles: Vec::with_capacity(n_tiles) })
            .collect();
        for (c, lanes) in self.values.chunks_exact_mut(TILE_ROWS).enumerate() {
            columns[c % self.n_features].tiles.push(lanes);
        }
        columns
    }

    /// Keeps only the features whose entry in `keep` is true, in their order and in place.
    ///
    /// # Panics
    /// When `keep` has not one entry a feature, or keeps none.
    pub fn keep_features(&mut self, keep: &[bool]) {
        assert_eq!(keep.len(), self.n_features, "every feature is kept or not");
        let n_kept = keep.iter().filter(|&&k| k).count();
        assert!(n_kept > 0, "a feature matrix has columns");
        let mut end = 0;
        for c in (0..self.values.len() / TILE_ROWS).filter(|c| keep[c % keep.len()]) {
            self.values.copy_within(c * TILE_ROWS..(c + 1) * TILE_ROWS, end);
            end += TILE_ROWS;
        }
        self.values.truncate(end);
        self.n_features = n_kept;
    }

    /// The finished matrix, padded; `None` when a value is NaN or infinite.
    pub fn finish(self) -> Option<TiledMatrix> {
        let (n_customers, n_features) = (self.n_customers, self.n_features);
        let values = self.padded();
        values.iter().all(|v| v.is_finite()).then(|| TiledMatrix {
            n_customers,
            n_features,
            values,
            categories: Vec::new(),
        })
    }

    /// The values, the last tile filled up with copies of its first row.
    fn padded(mut self) -> Pages {
        let used = (self.n_customers - 1) % TILE_ROWS + 1;
        let last = self.values.len() - TILE_ROWS * self.n_features;
        for lanes in self.values[last..].chunks_exact_mut(TILE_ROWS) {
            let pad = lanes[0];
            lanes[used..].fill(pad);
        }
        self.values
    }
}

/// Writes one feature of a [`TiledMatrixBuilder`].
#[derive(Debug)]
pub struct ColumnWriter<'a> {
    n_customers: usize,
    tiles: Vec<&'a mut [f32]>,
}

impl<'a> ColumnWriter<'a> {
    /// One writer for each of the consecutive parts of `lengths` rows, so that a column can be written from different
    /// threads.
    ///
    /// # Panics
    /// When the parts have more rows than the column.
    pub fn split(self, lengths: &[usize]) -> Vec<PartWriter<'a>> {
        let mut tiles = self.tiles.into_iter();
        let mut rest: &'a mut [f32] = &mut [];
        let mut part = |length: usize| {
            let mut lanes = Vec::with_capacity(length / TILE_ROWS + 2);
            let mut missing = length;
            while missing > 0 {
                if rest.is_empty() {
                    rest = tiles.next().expect("the parts have no more rows than the column");
                }
                let n = missing.min(rest.len());
                let (now, later) = std::mem::take(&mut rest).split_at_mut(n);
                missing -= now.len();
                lanes.push(now);
                rest = later;
            }
            PartWriter { lanes: lanes.into_iter(), current: &mut [] }
        };
        lengths.iter().map(|&length| part(length)).collect()
    }

    /// What row `i` holds.
    fn get(&self, i: usize) -> f32 {
        self.tiles[i / TILE_ROWS][i % TILE_ROWS]
    }

    /// Sets every row i to `values[i]`.
    ///
    /// # Panics
    /// When there is not one value a row.
    pub fn copy_from(&mut self, values: &[f32]) {
        assert_eq!(values.len(), self.n_customers, "one value a row");
        for (lanes, values) in self.tiles.iter_mut().zip(values.chunks(TILE_ROWS)) {
            lanes[..values.len()].copy_from_slice(values);
        }
    }

    /// Sets every row i to `value(i)`.
    pub fn fill(&mut self, value: impl Fn(usize) -> f32) {
        for (t, lanes) in self.tiles.iter_mut().enumerate() {
            let first = t * TILE_ROWS;
            for (lane, row) in lanes.iter_mut().zip(first..self.n_customers) {
                *lane = value(row);
            }
        }
    }
}

/// Writes consecutive rows of one feature of a [`TiledMatrixBuilder`] from the first to the last.
#[derive(Debug)]
pub struct PartWriter<'a> {
    lanes: std::vec::IntoIter<&'a mut [f32]>,
    current: &'a mut [f32],
}

impl PartWriter<'_> {
    /// Sets the next rows to `value` of each of `values`.
    ///
    /// # Panics
    /// When there are fewer rows left.
    pub fn append<T: Copy>(&mut self, mut values: &[T], value: impl Fn(T) -> f32) {
        while !values.is_empty() {
            if self.current.is_empty() {
                self.current = self.lanes.next().expect("a part has a row for every value");
            }
            let n = values.len().min(self.current.len());
            let (lanes, later) = std::mem::take(&mut self.current).split_at_mut(n);
            let (now, rest) = values.split_at(n);
            for (lane, &x) in lanes.iter_mut().zip(now) {
                *lane = value(x);
            }
            (self.current, values) = (later, rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_any_length_fill_a_column_in_order() {
        for lengths in [vec![1300], vec![1, 511, 512, 276], vec![700, 0, 600], vec![513, 787]] {
            let mut builder = TiledMatrix::builder(1300, 2);
            for (j, column) in builder.columns().into_iter().enumerate() {
                let mut next = 0..1300_u32;
                for (mut part, &length) in column.split(&lengths).into_iter().zip(&lengths) {
                    let rows: Vec<u32> = next.by_ref().take(length).collect();
                    rows.chunks(300).for_each(|some| part.append(some, |row| (row * 2) as f32 + j as f32));
                }
            }
            let rows: Vec<f32> = (0..2600_u16).map(f32::from).collect();
            assert_eq!(builder.finish(), TiledMatrix::from_rows(&rows, 2));
        }
    }

    #[test]
    fn rows_come_back_from_tiles_whatever_the_padding() {
        for n in [1, 511, 512, 513, 1500] {
            let rows: Vec<f32> = (0..n * 3).map(|v| v as f32).collect();
            let matrix = TiledMatrix::from_rows(&rows, 3).unwrap();
            for i in 0..n {
                assert_eq!(matrix.row(i), [i * 3, i * 3 + 1, i * 3 + 2].map(|v| v as f64));
            }
            let seen: usize = (0..matrix.n_tiles()).map(|t| matrix.tile(t).n_rows()).sum();
            assert_eq!(seen, n);
        }
    }

    #[test]
    fn padding_repeats_a_real_row() {
        let matrix = TiledMatrix::from_rows(&[5.0, 6.0], 1).unwrap();
        assert!(matrix.tile(0).padded_column(0)[2..].iter().all(|&v| v == 5.0));
    }

    #[test]
    fn kept_features_keep_their_values_and_order() {
        let rows: Vec<f32> = (0..700 * 4).map(|v| v as f32).collect();
        let mut builder = TiledMatrix::builder(700, 4);
        for (j, mut column) in builder.columns().into_iter().enumerate() {
            column.fill(|i| rows[i * 4 + j]);
        }
        builder.keep_features(&[false, true, false, true]);
        let kept: Vec<f32> = rows.chunks(4).flat_map(|row| [row[1], row[3]]).collect();
        assert_eq!(builder.finish(), TiledMatrix::from_rows(&kept, 2));
    }

    #[test]
    fn infinite_values_are_refused() {
        assert!(TiledMatrix::from_rows(&[0.0, f32::INFINITY], 1).is_none());
    }
}
