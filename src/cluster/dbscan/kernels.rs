//! The computations on vectors that searches are made of.
//!
//! All are sums of squares in `f32`, held against the limits of a [`Radius`]; what lies between the limits is decided by
//! the definition, so the answers are the same on every instruction set.

use super::radius::Radius;
use super::tree::{BLOCK, FAN, NodeBox};
use crate::matrix::simd::{Kernel, Simd};

/// Features after which a pair of vectors stops when no row can be near any more.
const STEP: usize = 8;

/// A box, by feature.
pub(super) trait Sides: Copy {
    /// Whether it holds a single row.
    const IS_ROW: bool;
    /// Lowest and highest value of feature `j`.
    fn side(&self, j: usize) -> (f32, f32);
}

impl Sides for NodeBox<'_> {
    const IS_ROW: bool = false;

    #[inline(always)]
    fn side(&self, j: usize) -> (f32, f32) {
        (self.low[j][self.lane % FAN], self.high[j][self.lane % FAN])
    }
}

/// The box of one row of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowBox<'a> {
    pub(super) rows: &'a [[f32; BLOCK]],
    pub(super) lane: usize,
}

impl Sides for RowBox<'_> {
    const IS_ROW: bool = true;

    #[inline(always)]
    fn side(&self, j: usize) -> (f32, f32) {
        let value = self.rows[j][self.lane % BLOCK];
        (value, value)
    }
}

/// The boxes of a group of siblings against the box `of`.
pub(super) struct CompareBoxes<'a, B> {
    /// The one box.
    pub(super) of: B,
    /// Any of the siblings.
    pub(super) with: NodeBox<'a>,
    pub(super) radius: Radius,
}

/// What [`CompareBoxes`] finds; one bit per sibling.
pub(super) struct Compared {
    /// Siblings that may have rows near a row of the box.
    pub(super) open: u32,
    /// Siblings all of whose rows are near all rows of the box.
    pub(super) whole: u32,
}

impl<B: Sides> Kernel for CompareBoxes<'_, B> {
    type Output = Compared;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Compared {
        let CompareBoxes { of, with, radius } = self;
        let (near, far, zero) = (s.splat(radius.near), s.splat(radius.far), s.splat(0.0));
        let mut compared = Compared { open: 0, whole: 0 };
        for first in (0..FAN).step_by(S::LANES) {
            let (mut gap, mut reach) = (zero, zero);
            for (j, (low, high)) in with.low.iter().zip(with.high).enumerate() {
                let side = of.side(j);
                let (own_low, own_high) = (s.splat(side.0), s.splat(side.1));
                let (low, high) = (s.load(&low[first..]), s.load(&high[first..]));
                let (above, below) = (s.sub(low, own_high), s.sub(own_low, high));
                let apart = s.max(s.max(above, below), zero);
                let across = s.min(above, below);
                gap = s.mul_add(apart, apart, gap);
                reach = s.mul_add(across, across, reach);
            }
            compared.open |= s.bits(s.at_most(gap, far)) << first;
            compared.whole |= s.bits(s.at_most(reach, near)) << first;
        }
        compared
    }
}

/// The rows of a block against one box.
pub(super) struct RowsToBox<'a> {
    pub(super) rows: &'a [[f32; BLOCK]],
    pub(super) to: NodeBox<'a>,
    pub(super) radius: Radius,
}

/// What [`RowsToBox`] finds; one bit per row.
pub(super) struct RowsOpen {
    /// Rows that may be near a row of the box.
    pub(super) open: u32,
    /// Rows that are near all rows of the box.
    pub(super) whole: u32,
}

impl Kernel for RowsToBox<'_> {
    type Output = RowsOpen;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> RowsOpen {
        let RowsToBox { rows, to, radius } = self;
        let (near, far, zero) = (s.splat(radius.near), s.splat(radius.far), s.splat(0.0));
        let mut found = RowsOpen { open: 0, whole: 0 };
        let lane = to.lane % FAN;
        for first in (0..BLOCK).step_by(S::LANES) {
            let (mut gap, mut reach) = (zero, zero);
            for (x, (low, high)) in rows.iter().zip(to.low.iter().zip(to.high)) {
                let x = s.load(&x[first..]);
                let (above, below) = (s.sub(s.splat(low[lane]), x), s.sub(x, s.splat(high[lane])));
                let apart = s.max(s.max(above, below), zero);
                let across = s.min(above, below);
                gap = s.mul_add(apart, apart, gap);
                reach = s.mul_add(across, across, reach);
            }
            found.open |= s.bits(s.at_most(gap, far)) << first;
            found.whole |= s.bits(s.at_most(reach, near)) << first;
        }
        found
    }
}

/// Which rows of a block are near which rows of another.
pub(super) struct Neighbours<'a> {
    /// The block of the queries.
    pub(super) of: &'a [[f32; BLOCK]],
    /// The lanes of the queries, as bits.
    pub(super) queries: u32,
    /// The block their neighbours are looked for in.
    pub(super) among: &'a [[f32; BLOCK]],
    pub(super) radius: Radius,
}

impl Kernel for Neighbours<'_> {
    /// For every query lane the lanes of its neighbours, as bits; padding is included. Other lanes are 0.
    type Output = [u32; BLOCK];

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> [u32; BLOCK] {
        let Neighbours { of, mut queries, among, radius } = self;
        let mut near = [0; BLOCK];
        while queries.count_ones() >= 4 {
            let lanes = [(); 4].map(|()| take_lowest(&mut queries));
            for first in (0..BLOCK).step_by(2 * S::LANES) {
                let found = compare::<S, 4, 2>(s, (of, lanes), (among, first), radius);
                for q in 0..4 {
                    near[lanes[q] % BLOCK] |= found[q];
                }
            }
        }
        while queries != 0 {
            let lane = take_lowest(&mut queries);
            near[lane % BLOCK] = near_one(s, (of, lane), among, radius);
        }
        near
    }
}

/// Which rows of a block are near one row of another.
pub(super) struct NeighboursOfOne<'a> {
    pub(super) of: RowBox<'a>,
    pub(super) among: &'a [[f32; BLOCK]],
    pub(super) radius: Radius,
}

impl Kernel for NeighboursOfOne<'_> {
    /// The lanes of its neighbours, as bits; padding is included.
    type Output = u32;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> u32 {
        near_one(s, (self.of.rows, self.of.lane), self.among, self.radius)
    }
}

/// The squared distances of one row to the rows of a block, as [`squared_distance`](super::radius::squared_distance) sums
/// each: a plain loop, compiled for the vectors that there are.
pub(super) struct SquaresToOne<'a> {
    pub(super) of: RowBox<'a>,
    pub(super) among: &'a [[f32; BLOCK]],
}

impl Kernel for SquaresToOne<'_> {
    /// By lane; padding is included.
    type Output = [f64; BLOCK];

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> [f64; BLOCK] {
        let mut squares = [0.0; BLOCK];
        for (x, y) in self.of.rows.iter().zip(self.among) {
            let x = f64::from(x[self.of.lane % BLOCK]);
            for (square, &y) in squares.iter_mut().zip(y) {
                let difference = x - f64::from(y);
                *square += difference * difference;
            }
        }
        squares
    }
}

#[inline(always)]
fn near_one<S: Simd>(s: S, of: (&[[f32; BLOCK]], usize), among: &[[f32; BLOCK]], radius: Radius) -> u32 {
    let (of, mut near) = ((of.0, [of.1]), 0);
    // As many sums at once as keep the units busy, but not more than there are rows.
    if 4 * S::LANES <= BLOCK {
        for first in (0..BLOCK).step_by(4 * S::LANES) {
            near |= compare::<S, 1, 4>(s, of, (among, first), radius)[0];
        }
    } else {
        for first in (0..BLOCK).step_by(2 * S::LANES) {
            near |= compare::<S, 1, 2>(s, of, (among, first), radius)[0];
        }
    }
    near
}

/// For Q rows of one block, which of V vectors of rows of another are near them, as bits by lane of the block.
#[inline(always)]
fn compare<S: Simd, const Q: usize, const V: usize>(
    s: S,
    (of, lanes): (&[[f32; BLOCK]], [usize; Q]),
    (among, first): (&[[f32; BLOCK]], usize),
    radius: Radius,
) -> [u32; Q] {
    let (certain, possible) = (s.splat(radius.near), s.splat(radius.far));
    let mut sums = [[s.splat(0.0); V]; Q];
    for (step, (x, y)) in of.chunks(STEP).zip(among.chunks(STEP)).enumerate() {
        if step > 0 && !any_at_most(s, &sums, possible) {
            return [0; Q];
        }
        for (x, y) in x.iter().zip(y) {
            let mut rows = [s.splat(0.0); V];
            for v in 0..V {
                rows[v] = s.load(&y[first + v * S::LANES..]);
            }
            for q in 0..Q {
                let x = s.splat(x[lanes[q] % BLOCK]);
                for v in 0..V {
                    let difference = s.sub(x, rows[v]);
                    sums[q][v] = s.mul_add(difference, difference, sums[q][v]);
                }
            }
        }
    }
    let mut near = [0; Q];
    for q in 0..Q {
        let open = at_most_bits(s, sums[q], possible);
        if open != 0 {
            near[q] = at_most_bits(s, sums[q], certain) << first;
            let undecided = open << first & !near[q];
            if undecided != 0 {
                near[q] |= decide((of, lanes[q]), among, undecided, radius);
            }
        }
    }
    near
}

/// The lanes among `undecided` that are near the row by definition.
#[inline(never)]
fn decide(of: (&[[f32; BLOCK]], usize), among: &[[f32; BLOCK]], mut undecided: u32, radius: Radius) -> u32 {
    let mut near = 0;
    while undecided != 0 {
        let lane = take_lowest(&mut undecided);
        near |= u32::from(radius.holds(of.0, of.1, among, lane)) << lane;
    }
    near
}

/// Removes the lowest bit and returns its number.
#[inline(always)]
pub(super) fn take_lowest(bits: &mut u32) -> usize {
    let lowest = bits.trailing_zeros() as usize;
    *bits &= *bits - 1;
    lowest
}

#[inline(always)]
fn at_most_bits<S: Simd, const V: usize>(s: S, sums: [S::F32; V], limit: S::F32) -> u32 {
    let mut bits = 0;
    for v in 0..V {
        bits |= s.bits(s.at_most(sums[v], limit)) << (v * S::LANES);
    }
    bits
}

#[inline(always)]
fn any_at_most<S: Simd, const Q: usize, const V: usize>(s: S, sums: &[[S::F32; V]; Q], limit: S::F32) -> bool {
    let mut least = sums[0][0];
    for q in 0..Q {
        for v in 0..V {
            least = s.min(least, sums[q][v]);
        }
    }
    s.bits(s.at_most(least, limit)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::dbscan::radius::squared_distance;
    use crate::matrix::simd::InstructionSet;

    /// Blocks of small whole numbers: many distances are exactly eps, which `f32` must not decide.
    fn block(d: usize, salt: usize, offset: f32) -> Vec<[f32; BLOCK]> {
        let value = |j: usize, lane: usize| offset + ((lane * 7 + j * 5 + salt * 3) % 4) as f32;
        (0..d).map(|j| std::array::from_fn(|lane| value(j, lane))).collect()
    }

    #[test]
    fn neighbours_are_those_of_the_definition_on_every_level() {
        for (d, squared) in [(1, 1.0), (2, 1.0), (3, 2.0), (9, 8.0), (17, 20.0), (32, 50.0)] {
            for offset in [0.0, 1e6] {
                let (of, among) = (block(d, 1, offset), block(d, 2, offset));
                for squared in [squared, squared * (1.0 - 1e-9), squared * (1.0 + 1e-9), 1e-40, 1e40] {
                    let radius = Radius::new(squared, d);
                    let lanes =
                        |i: usize| (0..BLOCK).fold(0, |near, j| near | u32::from(radius.holds(&of, i, &among, j)) << j);
                    let expected: [u32; BLOCK] = std::array::from_fn(lanes);
                    for &level in InstructionSet::available() {
                        let (queries, among) = (u32::MAX, among.as_slice());
                        assert_eq!(level.run(Neighbours { of: &of, queries, among, radius }), expected, "{level}");
                        for (lane, &expected) in expected.iter().enumerate() {
                            let of = RowBox { rows: &of, lane };
                            assert_eq!(level.run(NeighboursOfOne { of, among, radius }), expected, "{level}");
                            let squares: [f64; BLOCK] =
                                std::array::from_fn(|j| squared_distance(of.rows, lane, among, j));
                            assert_eq!(level.run(SquaresToOne { of, among }), squares, "{level}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn boxes_never_leave_a_neighbour_out_nor_take_another_row_in() {
        let d = 5;
        let rows = block(d, 1, 0.25);
        // Boxes 16 lanes wide, each around two rows of another block.
        let other = block(d, 2, 0.0);
        let side = |pick: fn(f32, f32) -> f32| -> Vec<[f32; FAN]> {
            other.iter().map(|column| std::array::from_fn(|i| pick(column[2 * i], column[2 * i + 1]))).collect()
        };
        let (low, high) = (side(f32::min), side(f32::max));
        for squared in [0.5, 2.0, 5.3125, 9.0, 20.0] {
            let radius = Radius::new(squared, d);
            for (level, lane) in
                InstructionSet::available().iter().flat_map(|&level| (0..FAN).map(move |lane| (level, lane)))
            {
                let to = NodeBox { low: &low, high: &high, lane };
                let found = level.run(RowsToBox { rows: &rows, to, radius });
                for row in 0..BLOCK {
                    let near = [2 * lane, 2 * lane + 1].map(|j| radius.holds(&rows, row, &other, j));
                    assert!(found.open >> row & 1 == 1 || near == [false; 2], "{level}");
                    assert!(found.whole >> row & 1 == 0 || near == [true; 2], "{level}");
                    let of = RowBox { rows: &rows, lane: row };
                    let compared = level.run(CompareBoxes { of, with: to, radius });
                    assert!(compared.open >> lane & 1 == 1 || near == [false; 2], "{level}");
                    assert!(compared.whole >> lane & 1 == 0 || near == [true; 2], "{level}");
                }
            }
        }
    }
}
