//! One pass over the rows: every row to its nearest centroid, and what that changes in the sums.

use std::ops::Range;

use rayon::prelude::*;

use super::bounds::{Bounds, Steps};
use super::kernel::{Nearby, Packed, STRIP_VECTORS, nearest};
use super::nearest::Nearest2;
use super::sums::Sums;
use super::{Centroids, Frame};
use crate::matrix::simd::{Kernel, Simd, level};
use crate::matrix::{TILE_ROWS, TiledMatrix};

/// The label of a row that has none yet.
pub(super) const NOBODY: u32 = u32::MAX;

/// A strip of which at least one row in so many has to be read is read whole: a row alone costs as much as a strip.
const FEW: u32 = 4;

/// Rows of a strip on the widest level.
const STRIP_ROWS: usize = STRIP_VECTORS * 16;

/// Tiles that a thread takes at a time; their changes stay in the second cache level.
const CHUNK_TILES: usize = 16;
const CHUNK_ROWS: usize = CHUNK_TILES * TILE_ROWS;

/// Where the rows are, and how sure that is, for every lane of every tile; padding means nothing.
pub(super) struct Assigned {
    /// The nearest centroid of every row.
    pub(super) labels: Vec<u32>,
    pub(super) bounds: Bounds,
}

impl Assigned {
    /// The rows of `matrix`, nowhere yet.
    pub(super) fn nowhere(matrix: &TiledMatrix) -> Self {
        let lanes = matrix.n_tiles() * TILE_ROWS;
        Assigned { labels: vec![NOBODY; lanes], bounds: Bounds::unknown(lanes) }
    }

    /// The labels of the `n` rows alone.
    pub(super) fn into_labels(mut self, n: usize) -> Vec<u32> {
        self.labels.truncate(n);
        self.labels
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
    steps: Option<&Steps>,
    assigned: &mut Assigned,
    want_ties: bool,
) -> Changes {
    let (k, d) = (centroids.k(), centroids.n_features());
    let (packed, level) = (Packed::new(centroids, frame), level());
    let Assigned { labels, bounds: Bounds { upper, lower } } = assigned;
    let begin = || (Changes { sums: Sums::zero(k, d), ties: Vec::new() }, Room::new(d));
    let chunks = labels
        .par_chunks_mut(CHUNK_ROWS)
        .zip(upper.par_chunks_mut(CHUNK_ROWS))
        .zip(lower.par_chunks_mut(CHUNK_ROWS))
        .enumerate();
    let parts = chunks.fold(begin, |(mut changes, mut room), (c, ((labels, upper), lower))| {
        let tiles = c * CHUNK_TILES..((c + 1) * CHUNK_TILES).min(matrix.n_tiles());
        level.run(Chunk { matrix, tiles, packed: &packed, steps, labels, upper, lower, room: &mut room, want_ties });
        for Changed { row, from, to } in room.changed.drain(..) {
            let values = matrix.row_values(c * CHUNK_ROWS + row as usize);
            match from {
                NOBODY => changes.sums.come(to, values, frame),
                from => changes.sums.change(from, to, values, frame),
            }
        }
        changes.ties.append(&mut room.ties);
        (changes, room)
    });
    // Whole numbers and a sorted list: how the chunks were shared out does not show.
    let merge = |a: Changes, mut b: Changes| {
        b.ties.extend(a.ties);
        Changes { sums: b.sums.add(&a.sums), ties: b.ties }
    };
    let mut changes = parts.map(|(changes, _)| changes).reduce_with(merge).expect("a matrix has rows");
    changes.ties.sort_unstable_by_key(|tie| tie.row);
    changes
}

/// A row of a chunk with a new label.
#[derive(Clone, Copy)]
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
}

impl Room {
    fn new(d: usize) -> Self {
        Room {
            strip: vec![0.0; d * STRIP_ROWS],
            gathered: vec![0.0; d * STRIP_ROWS],
            scattered: Vec::with_capacity(CHUNK_ROWS),
            changed: Vec::with_capacity(CHUNK_ROWS),
            ties: Vec::new(),
        }
    }
}

/// The pass over one chunk.
struct Chunk<'a> {
    matrix: &'a TiledMatrix,
    tiles: Range<usize>,
    packed: &'a Packed<'a>,
    steps: Option<&'a Steps>,
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
        for t in self.tiles.clone() {
            let tile = self.matrix.tile(t);
            let first = (t - self.tiles.start) * TILE_ROWS;
            let next = (self.steps.is_none() && t + 1 < self.tiles.end).then(|| self.matrix.tile(t + 1).values());
            for lane in (0..tile.n_rows()).step_by(width) {
                let valid = mask((tile.n_rows() - lane).min(width));
                let failing = self.move_bounds(simd, first + lane) & valid;
                // The next tile comes from memory while this one is worked on.
                if let Some(next) = next {
                    next[lane..].chunks(TILE_ROWS).for_each(|line| simd.prefetch(line));
                }
                if FEW * failing.count_ones() >= valid.count_ones() {
                    let nearby = nearest(simd, &tile.values()[lane..], TILE_ROWS, self.packed, &mut self.room.strip);
                    self.take_strip(simd, &nearby, first + lane, valid);
                } else {
                    self.note_scattered(simd, &tile.values()[lane..], first + lane, failing);
                }
            }
        }
        let scattered = std::mem::take(&mut self.room.scattered);
        for rows in scattered.chunks(width) {
            self.gather(rows, width);
            let Room { gathered, strip, .. } = &mut *self.room;
            let nearby = nearest(simd, gathered, width, self.packed, strip);
            self.take_rows(simd, &nearby, rows);
        }
        self.room.scattered = scattered;
        self.room.scattered.clear();
    }
}

/// The lowest `n` bits.
fn mask(n: usize) -> u64 {
    (1 << n) - 1
}

impl Chunk<'_> {
    /// Moves the bounds of the rows `at …` of a strip; the bits of those that have to be read.
    #[inline(always)]
    fn move_bounds<S: Simd>(&mut self, simd: S, at: usize) -> u64 {
        let Some(steps) = self.steps else { return u64::MAX };
        let mut holding = 0;
        for r in 0..STRIP_VECTORS {
            let at = at + r * S::LANES;
            let (label, upper, lower) = (&self.labels[at..], &mut self.upper[at..], &mut self.lower[at..]);
            let (new_upper, new_lower) = steps.apply(simd, simd.load_u32(label), simd.load(upper), simd.load(lower));
            simd.store(new_upper, upper);
            simd.store(new_lower, lower);
            holding |= u64::from(simd.bits(simd.less(new_upper, new_lower))) << (r * S::LANES);
        }
        !holding
    }

    /// Remembers single rows of the strip at `at`, and fetches them: they are far apart in memory.
    #[inline(always)]
    fn note_scattered<S: Simd>(&mut self, simd: S, strip: &[f32], at: usize, mut failing: u64) {
        while failing != 0 {
            let lane = failing.trailing_zeros() as usize;
            failing &= failing - 1;
            self.room.scattered.push((at + lane) as u32);
            strip[lane..].chunks(TILE_ROWS).take(self.matrix.n_features()).for_each(|value| simd.prefetch(value));
        }
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

    /// Writes down where the rows of the strip at `at` are.
    #[inline(always)]
    fn take_strip<S: Simd>(&mut self, simd: S, nearby: &Nearby<S>, at: usize, valid: u64) {
        let mut same = 0;
        for r in 0..STRIP_VECTORS {
            let at = at + r * S::LANES;
            simd.store(nearby.upper[r], &mut self.upper[at..]);
            simd.store(nearby.lower[r], &mut self.lower[at..]);
            let old = simd.load_u32(&self.labels[at..]);
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
                (labels[lane], self.upper[row], self.lower[row]) = self.decide(row as u32);
            }
            self.relabel(row as u32, labels[lane]);
        }
    }

    /// Writes down where scattered rows are.
    #[inline(always)]
    fn take_rows<S: Simd>(&mut self, simd: S, nearby: &Nearby<S>, rows: &[u32]) {
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
            (self.upper[row as usize], self.lower[row as usize]) = (bounds[0][lane], bounds[1][lane]);
            self.relabel(row, labels[lane]);
        }
    }

    #[inline(always)]
    fn relabel(&mut self, row: u32, to: u32) {
        let label = &mut self.labels[row as usize];
        if *label != to {
            self.room.changed.push(Changed { row, from: *label, to });
            *label = to;
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
