//! One pass over the rows: every row to its nearest centroid, and what that changes in the sums.

use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bounds::{Bounds, CentroidDrift};
use super::kernel::{Nearby, Packed, STRIP_VECTORS, nearest};
use super::nearest::Nearest2;
use super::sums::Sums;
use super::{Centroids, FeatureStats};
use crate::matrix::simd::{Kernel, Scalar, Simd, level};
use crate::matrix::{TILE_ROWS, TiledMatrix};

/// The label of a row that has none yet.
pub(super) const UNASSIGNED: u32 = u32::MAX;

/// A strip of which at least one row in so many has to be read is read whole: a row alone costs as much as a strip.
const FEW: u32 = 4;

/// Rows of a strip on the widest level.
const STRIP_ROWS: usize = STRIP_VECTORS * 16;

/// Tiles that a thread takes at a time; their changes stay in the second cache level.
const CHUNK_TILES: usize = 16;
const CHUNK_ROWS: usize = CHUNK_TILES * TILE_ROWS;

/// Rows that are copied out of their tiles before the first of them is summed: a vector cannot be loaded before the single values
/// that were just stored in its place have reached the cache.
const COPIED_ROWS: usize = 32;

/// Where the rows are, and how sure that is, for every lane of every tile; padding means nothing.
pub(super) struct AssignedLanes {
    /// The nearest centroid of every row.
    pub(super) labels: Vec<u32>,
    pub(super) bounds: Bounds,
    /// What threads worked with in the pass before, all for as many centroids.
    scratches: Vec<Scratch>,
}

impl AssignedLanes {
    /// The rows of `matrix`, assigned to none yet.
    pub(super) fn unassigned(matrix: &TiledMatrix) -> Self {
        let lanes = matrix.n_tiles() * TILE_ROWS;
        AssignedLanes { labels: vec![UNASSIGNED; lanes], bounds: Bounds::unknown(lanes), scratches: Vec::new() }
    }

    /// Chunk by chunk.
    fn chunks_mut(&mut self) -> impl IndexedParallelIterator<Item = ChunkLanes<'_>> {
        let AssignedLanes { labels, bounds: Bounds { until, upper }, .. } = self;
        let labels = labels.par_chunks_mut(CHUNK_ROWS);
        let bounds = until.par_chunks_mut(CHUNK_ROWS).zip(upper.par_chunks_mut(CHUNK_ROWS));
        labels.zip(bounds).map(|(labels, (until, upper))| ChunkLanes { labels, until, upper })
    }

    /// Frees what only passes need.
    pub(super) fn rest(&mut self) {
        self.scratches = Vec::new();
    }

    /// The labels of the `n` rows alone.
    pub(super) fn into_labels(mut self, n: usize) -> Vec<u32> {
        self.labels.truncate(n);
        self.labels
    }
}

/// Labels and bounds of the lanes of one chunk.
struct ChunkLanes<'a> {
    labels: &'a mut [u32],
    until: &'a mut [f32],
    upper: &'a mut [f32],
}

/// A row with several nearest centroids, exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tie {
    pub(super) row: usize,
    /// All of them, ascending.
    pub(super) centroids: Vec<usize>,
}

/// Moves every row to its nearest centroid, from sum to sum of `sums`; on request gives the rows that have several.
///
/// `drift` says how the centroids moved since the bounds were taken; rows whose bounds still hold are not read. Without
/// it every row is.
pub(super) fn assign(
    matrix: &TiledMatrix,
    stats: &FeatureStats,
    centroids: &Centroids,
    drift: Option<&CentroidDrift>,
    assigned: &mut AssignedLanes,
    sums: &mut Sums,
    want_ties: bool,
) -> Vec<Tie> {
    let (k, d) = (centroids.k(), centroids.n_features());
    let (packed, level) = (Packed::new(centroids, stats), level());
    let (all, none) = (drift.is_none(), CentroidDrift::none(k));
    let drift = drift.unwrap_or(&none);
    let kept = Mutex::new(std::mem::take(&mut assigned.scratches));
    let begin = || kept.lock().expect("no thread panics with it").pop().unwrap_or_else(|| Scratch::new(k, d));
    let used = assigned.chunks_mut().enumerate().fold(begin, |mut scratch, (number, lanes)| {
        level.run(Chunk {
            matrix,
            stats,
            tiles: number * CHUNK_TILES..((number + 1) * CHUNK_TILES).min(matrix.n_tiles()),
            packed: &packed,
            all,
            drift,
            lanes,
            scratch: &mut scratch,
            want_ties,
        });
        scratch
    });
    // Whole numbers and a sorted list: how the chunks were shared out does not show.
    let (mut used, mut ties) = (used.collect::<Vec<Scratch>>(), Vec::new());
    for scratch in &mut used {
        sums.add(&scratch.sums);
        scratch.sums.clear();
        ties.append(&mut scratch.ties);
    }
    assigned.scratches = used;
    ties.sort_unstable_by_key(|tie| tie.row);
    ties
}

/// A row of a chunk with a new label.
#[derive(Clone, Copy)]
struct Changed {
    row: u32,
    from: u32,
    to: u32,
}

/// What a thread needs to work on chunks, kept from one to the next and from pass to pass: with many features it is large, and
/// new memory has to be zeroed.
struct Scratch {
    /// The rows that came and went.
    sums: Sums,
    strip: Vec<f32>,
    gathered: Vec<f32>,
    /// Rows of the chunk that are read, but not their neighbours.
    scattered: Vec<u32>,
    changed: Vec<Changed>,
    /// Some rows, one after the other.
    rows: Vec<f32>,
    ties: Vec<Tie>,
}

impl Scratch {
    fn new(k: usize, d: usize) -> Self {
        Scratch {
            sums: Sums::zero(k, d),
            strip: vec![0.0; d * STRIP_ROWS],
            gathered: vec![0.0; d * STRIP_ROWS],
            scattered: Vec::with_capacity(CHUNK_ROWS),
            changed: Vec::with_capacity(CHUNK_ROWS),
            rows: vec![0.0; d * COPIED_ROWS],
            ties: Vec::new(),
        }
    }
}

/// The pass over one chunk.
struct Chunk<'a> {
    matrix: &'a TiledMatrix,
    stats: &'a FeatureStats,
    tiles: Range<usize>,
    packed: &'a Packed<'a>,
    /// Whether every row is read.
    all: bool,
    drift: &'a CentroidDrift,
    lanes: ChunkLanes<'a>,
    scratch: &'a mut Scratch,
    want_ties: bool,
}

impl Kernel for Chunk<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let width = STRIP_VECTORS * S::LANES;
        for t in self.tiles.clone() {
            let tile = self.matrix.tile(t);
            let first = (t - self.tiles.start) * TILE_ROWS;
            let next = (self.all && t + 1 < self.tiles.end).then(|| self.matrix.tile(t + 1).values());
            for lane in (0..tile.n_rows()).step_by(width) {
                let valid = mask((tile.n_rows() - lane).min(width));
                let failing = self.failing(simd, first + lane) & valid;
                // The next tile comes from memory while this one is worked on.
                if let Some(next) = next {
                    next[lane..].chunks(TILE_ROWS).for_each(|line| simd.prefetch(line));
                }
                if FEW * failing.count_ones() >= valid.count_ones() {
                    let nearby = nearest(simd, &tile.values()[lane..], TILE_ROWS, self.packed, &mut self.scratch.strip);
                    self.take_strip(simd, &nearby, first + lane, valid);
                } else {
                    self.note_scattered(simd, &tile.values()[lane..], first + lane, failing);
                }
            }
        }
        let scattered = std::mem::take(&mut self.scratch.scattered);
        for rows in scattered.chunks(width) {
            self.gather(rows, width);
            let Scratch { gathered, strip, .. } = &mut *self.scratch;
            let nearby = nearest(simd, gathered, width, self.packed, strip);
            self.take_rows(simd, &nearby, rows);
        }
        self.scratch.scattered = scattered;
        self.scratch.scattered.clear();
        self.sum_changed();
    }
}

/// The lowest `n` bits.
fn mask(n: usize) -> u64 {
    (1 << n) - 1
}

impl Chunk<'_> {
    /// The bits of the rows `at …` of a strip that have to be read.
    #[inline(always)]
    fn failing<S: Simd>(&self, simd: S, at: usize) -> u64 {
        if self.all {
            return u64::MAX;
        }
        let mut holding = 0;
        for r in 0..STRIP_VECTORS {
            let at = at + r * S::LANES;
            let (until, upper) = (simd.load(&self.lanes.until[at..]), simd.load(&self.lanes.upper[at..]));
            let holds = self.drift.holds(simd, simd.load_u32(&self.lanes.labels[at..]), until, upper);
            holding |= holds << (r * S::LANES);
        }
        !holding
    }

    /// Remembers single rows of the strip at `at`, and fetches them: they are far apart in memory.
    #[inline(always)]
    fn note_scattered<S: Simd>(&mut self, simd: S, strip: &[f32], at: usize, mut failing: u64) {
        while failing != 0 {
            let lane = failing.trailing_zeros() as usize;
            failing &= failing - 1;
            self.scratch.scattered.push((at + lane) as u32);
            strip[lane..].chunks(TILE_ROWS).take(self.matrix.n_features()).for_each(|value| simd.prefetch(value));
        }
    }

    /// Copies scattered rows into one strip, which stays full of old rows behind them.
    #[inline(always)]
    fn gather(&mut self, rows: &[u32], width: usize) {
        let first = self.tiles.start * TILE_ROWS;
        for (lane, &row) in rows.iter().enumerate() {
            let values = self.matrix.row_values(first + row as usize);
            for (column, x) in self.scratch.gathered.chunks_exact_mut(width).zip(values) {
                column[lane] = x;
            }
        }
    }

    /// Writes down where the rows of the strip at `at` are.
    #[inline(always)]
    fn take_strip<S: Simd>(&mut self, simd: S, nearby: &Nearby<S>, at: usize, valid: u64) {
        let mut same = 0;
        for r in 0..STRIP_VECTORS {
            let at = at + r * S::LANES;
            let (until, upper) = self.fresh_bounds(simd, nearby.label[r], nearby.upper[r], nearby.lower[r]);
            simd.store(until, &mut self.lanes.until[at..]);
            simd.store(upper, &mut self.lanes.upper[at..]);
            let old = simd.load_u32(&self.lanes.labels[at..]);
            same |= u64::from(simd.equal_u32(nearby.label[r], old)) << (r * S::LANES);
        }
        let mut open = !(same & nearby.decided) & valid;
        if open == 0 {
            return;
        }
        let mut labels = [0_u32; STRIP_ROWS];
        (0..STRIP_VECTORS).for_each(|r| simd.store_u32(nearby.label[r], &mut labels[r * S::LANES..]));
        while open != 0 {
            let lane = open.trailing_zeros() as usize;
            open &= open - 1;
            let row = at + lane;
            if nearby.decided >> lane & 1 == 0 {
                (labels[lane], self.lanes.until[row], self.lanes.upper[row]) = self.decide(row as u32);
            }
            self.relabel(row as u32, labels[lane]);
        }
    }

    /// The bounds of rows that were just read.
    #[inline(always)]
    fn fresh_bounds<S: Simd>(&self, simd: S, label: S::U32, upper: S::F32, lower: S::F32) -> (S::F32, S::F32) {
        let start = simd.splat(0.0);
        if self.all {
            CentroidDrift::fresh_bounds_at(simd, start, start, upper, lower)
        } else {
            self.drift.fresh_bounds(simd, label, upper, lower)
        }
    }

    /// Writes down where scattered rows are.
    #[inline(always)]
    fn take_rows<S: Simd>(&mut self, simd: S, nearby: &Nearby<S>, rows: &[u32]) {
        let mut labels = [0_u32; STRIP_ROWS];
        let mut bounds = [[0.0_f32; STRIP_ROWS]; 2];
        for r in 0..STRIP_VECTORS {
            simd.store_u32(nearby.label[r], &mut labels[r * S::LANES..]);
            let (until, upper) = self.drift.fresh_bounds(simd, nearby.label[r], nearby.upper[r], nearby.lower[r]);
            simd.store(until, &mut bounds[0][r * S::LANES..]);
            simd.store(upper, &mut bounds[1][r * S::LANES..]);
        }
        for (lane, &row) in rows.iter().enumerate() {
            if nearby.decided >> lane & 1 == 0 {
                (labels[lane], bounds[0][lane], bounds[1][lane]) = self.decide(row);
            }
            (self.lanes.until[row as usize], self.lanes.upper[row as usize]) = (bounds[0][lane], bounds[1][lane]);
            self.relabel(row, labels[lane]);
        }
    }

    #[inline(always)]
    fn relabel(&mut self, row: u32, to: u32) {
        let label = &mut self.lanes.labels[row as usize];
        if *label != to {
            self.scratch.changed.push(Changed { row, from: *label, to });
            *label = to;
        }
    }

    /// Takes the rows with a new label from one sum to another.
    #[inline(always)]
    fn sum_changed(&mut self) {
        let (first, d) = (self.tiles.start * TILE_ROWS, self.matrix.n_features());
        let Scratch { sums, changed, rows, .. } = &mut *self.scratch;
        for some in changed.chunks(COPIED_ROWS) {
            for (changed, copy) in some.iter().zip(rows.chunks_exact_mut(d)) {
                copy.iter_mut().zip(self.matrix.row_values(first + changed.row as usize)).for_each(|(out, x)| *out = x);
            }
            for (&Changed { from, to, .. }, row) in some.iter().zip(rows.chunks_exact(d)) {
                match from {
                    UNASSIGNED => sums.add_row(to, row, self.stats),
                    from => sums.move_row(from, to, row, self.stats),
                }
            }
        }
        changed.clear();
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
            self.scratch.ties.push(Tie { row, centroids: two.all_nearest(&point, centroids) });
        }
        let [first, second] = two.distances2.map(|d2| d2.sqrt() as f32);
        let label = two.clusters[0] as u32;
        let (upper, lower) = ([first.next_up().next_up(); 8], [second.next_down().next_down(); 8]);
        let (until, upper) = self.drift.fresh_bounds(Scalar, [label; 8], upper, lower);
        (label, until[0], upper[0])
    }
}
