//! Sums of Euclidean distances from measured rows to every cluster of several partitions.
//!
//! Measured rows are the lanes of vectors. The other rows are taken chunk by chunk, ordered by their clusters in all the
//! partitions at once: neighbours in that order mostly share every cluster (they are in one *cell*), so a distance is
//! added once, to the sum of its cell, and only that sum goes into every partition.

use std::ops::Range;

use rayon::prelude::*;

use super::float::Float;
use crate::matrix::simd::{Kernel, Simd, level};
use crate::matrix::{TILE_ROWS, TiledMatrix};
use crate::metrics::{ClusterId, Partition};
use crate::monitor::{Monitor, Stopped};

/// Measured rows that share a pass over the others; a multiple of the lanes of every vector.
const BLOCK: usize = 32;
/// Other rows whose distances to a block are computed before any is added up; they fit the first cache level.
const STRIP: usize = 64;
/// Other rows whose distances are computed side by side in registers.
const GROUP: usize = 4;
/// Other rows ordered together: as many as the cache holds, since the more there are, the longer a cell is.
const CHUNK: usize = 64 * TILE_ROWS;
/// Values of a column that are next to each other in the cache.
const LINE: usize = 16;
/// Chunks ordered side by side before the blocks pass over them.
const CHUNKS: usize = 8;

/// Where the sums of the clusters of several partitions stand.
#[derive(Debug)]
pub(super) struct Slots {
    /// Of every partition the slot of its noise, which the slots of its clusters follow.
    first: Vec<usize>,
    n: usize,
}

impl Slots {
    pub(super) fn of(partitions: &[&Partition]) -> Self {
        let mut n = 0;
        let first = partitions.iter().map(|p| {
            n += 1 + p.n_clusters();
            n - 1 - p.n_clusters()
        });
        Slots { first: first.collect(), n }
    }

    /// Slots of one measured row.
    pub(super) fn n(&self) -> usize {
        self.n
    }

    /// The slot of cluster `c` of partition `p`.
    pub(super) fn of_cluster(&self, p: usize, c: usize) -> usize {
        self.first[p] + 1 + c
    }
}

/// Sums of distances by measured row and slot.
#[derive(Debug)]
pub(super) struct DistanceSums {
    /// Slot-major, [`BLOCK`] lanes.
    blocks: Vec<Vec<f64>>,
}

impl DistanceSums {
    /// The sum of the measured row at position `i` in `slot`.
    pub(super) fn get(&self, i: usize, slot: usize) -> f64 {
        self.blocks[i / BLOCK][slot * BLOCK + i % BLOCK]
    }
}

/// The number of a label among those of its partition, noise first.
fn number(label: Option<ClusterId>) -> usize {
    label.map_or(0, |cluster| cluster.index() + 1)
}

/// For every measured row and slot the Σ of the distances to the rows there.
///
/// A distance has the precision `P`; up to [`STRIP`] distances are added in it, what goes on top is `f64`. The order of
/// the additions depends on the partitions alone, so a row gets the same bits whichever rows are measured beside it,
/// on every level and for any number of threads.
///
/// # Errors
/// [`Stopped`].
pub(super) fn distance_sums<P: Float>(
    matrix: &TiledMatrix,
    rows: &[usize],
    partitions: &[&Partition],
    slots: &Slots,
    monitor: &Monitor,
) -> Result<DistanceSums, Stopped> {
    let mut blocks: Vec<Block<P>> = rows.chunks(BLOCK).map(|rows| Block::of(matrix, rows, slots.n)).collect();
    let n = matrix.n_customers();
    let starts: Vec<usize> = (0..n).step_by(CHUNK).collect();
    for starts in starts.chunks(CHUNKS) {
        let chunk = |&start: &usize| Chunk::<P>::of(matrix, start..(start + CHUNK).min(n), partitions, slots);
        let chunks: Vec<Chunk<P>> = starts.par_iter().map(chunk).collect();
        blocks.par_iter_mut().try_for_each(|block| {
            monitor.check()?;
            chunks.iter().for_each(|chunk| level().run(AddDistances { chunk, block }));
            Ok(())
        })?;
    }
    Ok(DistanceSums { blocks: blocks.into_iter().map(|block| block.sums).collect() })
}

/// Measured rows, and their sums so far.
struct Block<P: Float> {
    /// Feature-major, [`BLOCK`] lanes; those without a row repeat the first one and are never read.
    measured: Vec<P::Value>,
    /// Slot-major, [`BLOCK`] lanes.
    sums: Vec<f64>,
}

impl<P: Float> Block<P> {
    fn of(matrix: &TiledMatrix, rows: &[usize], n_slots: usize) -> Self {
        let mut measured = Vec::with_capacity(matrix.n_features() * BLOCK);
        for j in 0..matrix.n_features() {
            let lane = |lane: usize| P::value(matrix.get(rows.get(lane).copied().unwrap_or(rows[0]), j));
            measured.extend((0..BLOCK).map(lane));
        }
        // Written now: pages that are zero until somebody writes would be fetched twice, since sums are read first.
        Block { measured, sums: std::iter::repeat_n(0.0, n_slots * BLOCK).collect() }
    }
}

/// Rows in the order of their cells.
struct Chunk<P: Float> {
    n_features: usize,
    /// Group after group, feature-major inside, the last group padded.
    values: Vec<P::Value>,
    runs: Vec<Run>,
    /// Run-major, the slot of the run in every partition.
    slots: Vec<u32>,
}

/// Neighbouring rows of one cell, all in one strip.
struct Run {
    strip: u32,
    /// Rows of the strip.
    rows: Range<u32>,
}

impl<P: Float> Chunk<P> {
    fn of(matrix: &TiledMatrix, rows: Range<usize>, partitions: &[&Partition], slots: &Slots) -> Self {
        let order = by_cell(rows.clone(), partitions);
        let d = matrix.n_features();
        let mut values = vec![P::ZERO; order.len().next_multiple_of(GROUP) * d];
        let mut place = vec![0; order.len()];
        order
            .iter()
            .enumerate()
            .for_each(|(at, &row)| place[row as usize - rows.start] = at / GROUP * GROUP * d + at % GROUP);
        for (t, places) in (rows.start / TILE_ROWS..).zip(place.chunks(TILE_ROWS)) {
            let tile = matrix.tile(t);
            for (first, places) in (0..TILE_ROWS).step_by(LINE).zip(places.chunks(LINE)) {
                for j in 0..d {
                    for (&place, &x) in places.iter().zip(&tile.column(j)[first..]) {
                        values[place + j * GROUP] = P::value(x);
                    }
                }
            }
        }
        let mut chunk = Chunk { n_features: d, values, runs: Vec::new(), slots: Vec::new() };
        for (strip, rows) in order.chunks(STRIP).enumerate() {
            let mut start = 0;
            for run in
                rows.chunk_by(|&a, &b| partitions.iter().all(|p| p.labels()[a as usize] == p.labels()[b as usize]))
            {
                let end = start + run.len() as u32;
                chunk.runs.push(Run { strip: strip as u32, rows: start..end });
                let labels = partitions.iter().map(|p| number(p.labels()[run[0] as usize]));
                chunk.slots.extend(labels.zip(&slots.first).map(|(number, first)| (first + number) as u32));
                start = end;
            }
        }
        chunk
    }
}

/// `rows` ordered by their labels in the first partition, then in the second …, then ascending.
fn by_cell(rows: Range<usize>, partitions: &[&Partition]) -> Vec<u32> {
    let mut order: Vec<u32> = rows.map(|row| row as u32).collect();
    let mut sorted = order.clone();
    for partition in partitions.iter().rev() {
        let number = |row: u32| number(partition.labels()[row as usize]);
        let mut next = vec![0; partition.n_clusters() + 2];
        order.iter().for_each(|&row| next[number(row) + 1] += 1);
        (1..next.len()).for_each(|c| next[c] += next[c - 1]);
        for &row in &order {
            let at = &mut next[number(row)];
            sorted[*at] = row;
            *at += 1;
        }
        std::mem::swap(&mut order, &mut sorted);
    }
    order
}

/// Adds the distances of the rows of a block to those of a chunk to the sums of the block.
struct AddDistances<'a, P: Float> {
    chunk: &'a Chunk<P>,
    block: &'a mut Block<P>,
}

impl<P: Float> Kernel for AddDistances<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let AddDistances { chunk, block } = self;
        let d = chunk.n_features;
        let n_partitions = chunk.slots.len() / chunk.runs.len();
        let mut distances = [P::ZERO; STRIP * BLOCK];
        let mut runs = chunk.runs.iter().zip(chunk.slots.chunks_exact(n_partitions)).peekable();
        for (strip, others) in chunk.values.chunks(STRIP * d).enumerate() {
            for (group, out) in others.chunks_exact(GROUP * d).zip(distances.chunks_exact_mut(GROUP * BLOCK)) {
                for lane in (0..BLOCK).step_by(P::lanes::<S>()) {
                    fill_distances::<S, P>(s, &block.measured, lane, group, out);
                }
            }
            while let Some((run, slots)) = runs.next_if(|(run, _)| run.strip as usize == strip) {
                let rows = &distances[run.rows.start as usize * BLOCK..run.rows.end as usize * BLOCK];
                for lane in (0..BLOCK).step_by(P::lanes::<S>()) {
                    let sum = sum_rows::<S, P>(s, rows, lane);
                    for &slot in slots {
                        P::add_to(s, sum, &mut block.sums[slot as usize * BLOCK..][..BLOCK][lane..]);
                    }
                }
            }
        }
    }
}

/// The distances from the measured rows of one vector, which begins at `lane`, to the rows of a group.
#[inline(always)]
fn fill_distances<S: Simd, P: Float>(
    s: S,
    measured: &[P::Value],
    lane: usize,
    group: &[P::Value],
    out: &mut [P::Value],
) {
    let mut sums = [P::splat(s, P::ZERO); GROUP];
    for (x, others) in measured.chunks_exact(BLOCK).zip(group.chunks_exact(GROUP)) {
        let x = P::load(s, &x[lane..]);
        for r in 0..GROUP {
            sums[r] = P::add_square(s, sums[r], P::sub(s, x, P::splat(s, others[r])));
        }
    }
    for (out, sum) in out.chunks_exact_mut(BLOCK).zip(sums) {
        P::store(s, P::sqrt(s, sum), &mut out[lane..]);
    }
}

/// The sum of the vectors that begin at `lane` of every row.
#[inline(always)]
fn sum_rows<S: Simd, P: Float>(s: S, distances: &[P::Value], lane: usize) -> P::Vector<S> {
    let mut rows = distances.chunks_exact(BLOCK);
    let first = rows.next().map(|row| P::load(s, &row[lane..]));
    let mut sum = first.unwrap_or(P::splat(s, P::ZERO));
    for row in rows {
        sum = P::add(s, sum, P::load(s, &row[lane..]));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::float::{Double, Single};
    use super::*;
    use crate::matrix::simd::InstructionSet;

    fn tables() -> (TiledMatrix, [Partition; 2]) {
        let value = |i: usize| ((i * 7919) % 1009) as f32 / 64.0 + if i.is_multiple_of(5) { 1e4 } else { 0.0 };
        let matrix = TiledMatrix::from_rows(&(0..1030 * 5).map(value).collect::<Vec<_>>(), 5).unwrap();
        let labels = |k: i64| (0..1030).map(|i| i * i % (k + 1) - 1).collect::<Vec<_>>();
        (matrix, [3, 40].map(|k| Partition::from_signed(&labels(k))))
    }

    fn sums<P: Float>(level: InstructionSet) -> Vec<Vec<f64>> {
        let (matrix, partitions) = tables();
        let partitions: Vec<&Partition> = partitions.iter().collect();
        let slots = Slots::of(&partitions);
        let rows: Vec<usize> = (0..1030).step_by(17).collect();
        let mut blocks: Vec<Block<P>> = rows.chunks(BLOCK).map(|rows| Block::of(&matrix, rows, slots.n)).collect();
        let chunk = Chunk::<P>::of(&matrix, 0..1030, &partitions, &slots);
        blocks.iter_mut().for_each(|block| level.run(AddDistances { chunk: &chunk, block }));
        blocks.into_iter().map(|block| block.sums).collect()
    }

    #[test]
    fn sums_have_the_same_bits_on_every_level() {
        for &level in InstructionSet::available() {
            assert!(sums::<Single>(level) == sums::<Single>(InstructionSet::Scalar), "single, {level}");
            assert!(sums::<Double>(level) == sums::<Double>(InstructionSet::Scalar), "double, {level}");
        }
    }

    #[test]
    fn every_distance_is_added_once_a_partition() {
        let (matrix, partitions) = tables();
        let partitions: Vec<&Partition> = partitions.iter().collect();
        let slots = Slots::of(&partitions);
        let rows = [0, 513, 1029];
        let sums = distance_sums::<Double>(&matrix, &rows, &partitions, &slots, &Monitor::silent()).unwrap();
        for (i, &row) in rows.iter().enumerate() {
            for (p, partition) in partitions.iter().enumerate() {
                for c in 0..partition.n_clusters() {
                    let members = (0..1030).filter(|&m| partition.labels()[m].is_some_and(|id| id.index() == c));
                    let distance = |m: usize| -> f64 {
                        matrix.row(row).iter().zip(matrix.row(m)).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
                    };
                    let expected: f64 = members.map(distance).sum();
                    let got = sums.get(i, slots.of_cluster(p, c));
                    assert!((got - expected).abs() <= 1e-12 * expected, "row {row}, cluster {c}: {got}, {expected}");
                }
            }
        }
    }
}
