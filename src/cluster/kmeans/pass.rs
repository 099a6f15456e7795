//! One pass over the rows: every row to its nearest centroid, and what that changes in the sums.

use std::ops::Range;

use rayon::prelude::*;

use super::bounds::{Bounds, Step};
use super::kernel::{Nearby, Packed, STRIP_VECTORS, nearest};
use super::nearest::Nearest2;
use super::sums::{CHUNK_ROWS, ChunkSums, Sums, in_units};
use super::{Centroids, Frame};
use crate::matrix::simd::{Kernel, Simd, level};
use crate::matrix::{TILE_ROWS, TiledMatrix};

/// The label of a row that has none yet.
pub(super) const NOBODY: u32 = u32::MAX;

/// Rows of a strip on the widest level.
const STRIP_ROWS: usize = STRIP_VECTORS * 16;

const CHUNK_TILES: usize = CHUNK_ROWS / TILE_ROWS;

/// Where the rows are, and how sure that is.
pub(super) struct Assigned {
    /// The nearest centroid of every row.
    pub(super) labels: Vec<u32>,
    pub(super) bounds: Bounds,
}

impl Assigned {
    pub(super) fn nowhere(n: usize) -> Self {
        Assigned { labels: vec![NOBODY; n], bounds: Bounds::unknown(n) }
    }
}

/// A row with several nearest centroids, exactly.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tie {
    pub(super) row: usize,
    /// All of them, ascending.
    pub(super) centroids: Vec<usize>,
}

/// What a pass changed.
pub(super) struct Changes {
    /// The rows that came and went.
    pub(super) sums: Sums,
    /// Rows with a new label.
    pub(super) n_changed: usize,
    /// Rows between several centroids; collected on request.
    pub(super) ties: Vec<Tie>,
}

/// Moves every row to its nearest centroid.
///
/// `steps` say how the centroids moved since the bounds were taken; rows whose bounds still hold are not read. Without
/// steps every row is.
pub(super) fn assign(
    matrix: &TiledMatrix,
    frame: &Frame,
    centroids: &Centroids,
    steps: Option<&[Step]>,
    assigned: &mut Assigned,
    want_ties: bool,
) -> Changes {
    let (k, d) = (centroids.k(), centroids.n_features());
    let (packed, level) = (Packed::new(centroids, frame), level());
    let Assigned { labels, bounds: Bounds { upper, lower } } = assigned;
    let begin = || (Changes { sums: Sums::zero(k, d), n_changed: 0, ties: Vec::new() }, Room::new(k, d));
    let chunks = labels
        .par_chunks_mut(CHUNK_ROWS)
        .zip(upper.par_chunks_mut(CHUNK_ROWS))
        .zip(lower.par_chunks_mut(CHUNK_ROWS))
        .enumerate();
    let parts = chunks.fold(begin, |(mut changes, mut room), (c, ((labels, upper), lower))| {
        let tiles = c * CHUNK_TILES..((c + 1) * CHUNK_TILES).min(matrix.n_tiles());
        level.run(Chunk { matrix, tiles, packed: &packed, steps, labels, upper, lower, room: &mut room, want_ties });
        changes.n_changed += room.changed.len();
        room.settle(matrix, frame, c * CHUNK_ROWS);
        room.sums.flush(&mut changes.sums);
        changes.ties.append(&mut room.ties);
        (changes, room)
    });
    // Whole numbers and a sorted list: how the chunks were shared out does not show.
    let merge = |a: Changes, mut b: Changes| {
        b.ties.extend(a.ties);
        Changes { sums: b.sums.add(&a.sums), n_changed: a.n_changed + b.n_changed, ties: b.ties }
    };
    let mut changes = parts.map(|(changes, _)| changes).reduce_with(merge).expect("a matrix has rows");
    changes.ties.sort_unstable_by_key(|tie| tie.row);
    changes
}

/// A row of a chunk with a new label.
struct Changed {
    row: u32,
    from: u32,
    to: u32,
}

/// What a thread needs to work on chunks, kept from one to the next.
struct Room {
    strip: Vec<f32>,
    gathered: Vec<f32>,
    /// Rows of the chunk that are read, but not their neighbours.
    scattered: Vec<u32>,
    changed: Vec<Changed>,
    ties: Vec<Tie>,
    sums: ChunkSums,
}

impl Room {
    fn new(k: usize, d: usize) -> Self {
        Room {
            strip: vec![0.0; d * STRIP_ROWS],
            gathered: vec![0.0; d * STRIP_ROWS],
            scattered: Vec::with_capacity(CHUNK_ROWS),
            changed: Vec::with_capacity(CHUNK_ROWS),
            ties: Vec::new(),
            sums: ChunkSums::zero(k, d),
        }
    }

    /// Carries the rows that changed over to the sums; `first` is the first row of the chunk.
    fn settle(&mut self, matrix: &TiledMatrix, frame: &Frame, first: usize) {
        for &Changed { row, from, to } in &self.changed {
            let integers =
                matrix.row_values(first + row as usize).zip(&frame.units).map(|(x, &unit)| in_units(x, unit));
            if from == NOBODY {
                self.sums.come(to, integers);
            } else {
                self.sums.change(from, to, integers);
            }
        }
        self.changed.clear();
    }
}

/// The pass over one chunk.
struct Chunk<'a> {
    matrix: &'a TiledMatrix,
    tiles: Range<usize>,
    packed: &'a Packed<'a>,
    steps: Option<&'a [Step]>,
    labels: &'a mut [u32],
    upper: &'a mut [f32],
    lower: &'a mut [f32],
    room: &'a mut Room,
    want_ties: bool,
}

impl Kernel for Chunk<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let width = STRIP_VECTORS * S::LANES;
        let mut failing = [0; STRIP_ROWS];
        for t in self.tiles.clone() {
            let tile = self.matrix.tile(t);
            for lane in (0..tile.n_rows()).step_by(width) {
                let at = (t - self.tiles.start) * TILE_ROWS + lane;
                let rows = at..(at + width).min(self.labels.len());
                let n_failing = self.move_bounds(rows.clone(), &mut failing);
                if 2 * n_failing >= rows.len() {
                    let nearby = nearest(simd, &tile.values()[lane..], TILE_ROWS, self.packed, &mut self.room.strip);
                    for (i, row) in rows.enumerate() {
                        failing[i] = row as u32;
                    }
                    self.take(simd, &nearby, &failing[..width.min(self.labels.len() - at)]);
                } else {
                    self.room.scattered.extend_from_slice(&failing[..n_failing]);
                }
            }
        }
        let scattered = std::mem::take(&mut self.room.scattered);
        for rows in scattered.chunks(width) {
            self.gather(rows, width);
            let Room { gathered, strip, .. } = &mut *self.room;
            let nearby = nearest(simd, gathered, width, self.packed, strip);
            self.take(simd, &nearby, rows);
        }
        self.room.scattered = scattered;
        self.room.scattered.clear();
    }
}

impl Chunk<'_> {
    /// Moves the bounds of some rows of the chunk; writes those that have to be read to the front of `failing`.
    #[inline(always)]
    fn move_bounds(&mut self, rows: Range<usize>, failing: &mut [u32; STRIP_ROWS]) -> usize {
        let Some(steps) = self.steps else { return rows.len() };
        let mut n_failing = 0;
        let first = rows.start as u32;
        let labels = &self.labels[rows.clone()];
        let (uppers, lowers) = (&mut self.upper[rows.clone()], &mut self.lower[rows]);
        for (i, ((&label, upper), lower)) in (0..).zip(labels.iter().zip(uppers).zip(lowers)) {
            (*upper, *lower) = steps[label as usize].apply(*upper, *lower);
            failing[n_failing] = first + i;
            n_failing += usize::from(!(*upper < *lower));
        }
        n_failing
    }

    /// Copies scattered rows into one strip, which stays full of old rows behind them.
    #[inline(always)]
    fn gather(&mut self, rows: &[u32], width: usize) {
        let first = self.tiles.start * TILE_ROWS;
        for (lane, &row) in rows.iter().enumerate() {
            let values = self.matrix.row_values(first + row as usize);
            for (out, x) in self.room.gathered[lane..].iter_mut().step_by(width).zip(values) {
                *out = x;
            }
        }
    }

    /// Writes down where the rows of a strip are; decides in `f64` what the kernel could not.
    #[inline(always)]
    fn take<S: Simd>(&mut self, simd: S, nearby: &Nearby<S>, rows: &[u32]) {
        let mut labels = [0_u32; STRIP_ROWS];
        let mut bounds = [[0.0_f32; STRIP_ROWS]; 2];
        for r in 0..STRIP_VECTORS {
            simd.store_u32(nearby.label[r], &mut labels[r * S::LANES..]);
            simd.store(nearby.upper[r], &mut bounds[0][r * S::LANES..]);
            simd.store(nearby.lower[r], &mut bounds[1][r * S::LANES..]);
        }
        for (lane, &row) in rows.iter().enumerate() {
            if nearby.decided >> lane & 1 == 0 {
                (labels[lane], bounds[0][lane], bounds[1][lane]) = self.decide(row);
            }
            let i = row as usize;
            (self.upper[i], self.lower[i]) = (bounds[0][lane], bounds[1][lane]);
            let (from, to) = (self.labels[i], labels[lane]);
            if from != to {
                self.labels[i] = to;
                self.room.changed.push(Changed { row, from, to });
            }
        }
    }

    /// Label and bounds of one row, computed in `f64`.
    #[cold]
    #[inline(never)]
    fn decide(&mut self, row: u32) -> (u32, f32, f32) {
        let row = self.tiles.start * TILE_ROWS + row as usize;
        let centroids = self.packed.exact();
        let point = self.matrix.row(row);
        let two = Nearest2::of(&point, centroids);
        if self.want_ties && two.distances2[0] == two.distances2[1] {
            self.room.ties.push(Tie { row, centroids: two.all_nearest(&point, centroids) });
        }
        let [first, second] = two.distances2.map(|d2| d2.sqrt() as f32);
        (two.clusters[0] as u32, first.next_up().next_up(), second.next_down().next_down())
    }
}
