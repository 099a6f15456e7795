use rayon::prelude::*;

use crate::matrix::TiledMatrix;

/// Rows of a block.
pub(super) const BLOCK: usize = 32;
/// Children of a node: boxes that are compared together.
pub(super) const FAN: usize = 16;

/// Up to this many rows one thread arranges them, in a copy.
const LOCAL_ROWS: usize = 4096;
/// Rows from which the widest feature of a node is judged.
const PROBES: usize = 64;
/// Groups of boxes a thread computes at a time.
const GROUPS_PER_STEP: usize = 8;

/// Rows in blocks of [`BLOCK`] that lie close together, under a tree of bounding boxes with [`FAN`] children a node.
///
/// Every block but the last is full, so there are no pointers: node i of level l + 1 has the children 16·i … 16·i + 15 of
/// level l, the nodes of level 0 are the blocks, and the top level has up to 16 nodes. Rows are arranged by splitting
/// them at block borders in the widest feature, as in a k-d tree. Memory: one copy of the values (4·n·d bytes), 4·n
/// bytes of row numbers, and a box per block (n·d/4 bytes); 8·n more while it is built.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct BlockTree {
    n_features: usize,
    /// The row at every position; position p is in block ⌊p / 32⌋, lane p mod 32.
    rows: Vec<u32>,
    /// Feature by feature, block after block; the last block is padded with its first row.
    values: Vec<[f32; BLOCK]>,
    levels: Vec<Boxes>,
}

/// The boxes of one level, in groups of siblings.
#[derive(Debug, Clone)]
struct Boxes {
    n_nodes: usize,
    /// Of every group the lowest values of each feature, then the highest; missing nodes are empty boxes.
    sides: Vec<[f32; FAN]>,
}

/// One box of a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeBox<'a> {
    /// Lowest values of the group's boxes, by feature.
    pub(super) low: &'a [[f32; FAN]],
    /// Highest values.
    pub(super) high: &'a [[f32; FAN]],
    /// Which of the group.
    pub(super) lane: usize,
}

impl NodeBox<'_> {
    /// Whether all rows in the box are equal.
    pub(super) fn is_one_point(&self) -> bool {
        self.low.iter().zip(self.high).all(|(low, high)| low[self.lane] == high[self.lane])
    }
}

impl BlockTree {
    /// A tree over the rows `rows` of `matrix`; they are called 0, 1, … in the order given.
    pub(in crate::cluster) fn over(matrix: &TiledMatrix, rows: impl Fn(usize) -> usize + Sync, n: usize) -> Self {
        BlockTree::build(n, matrix.n_features(), &|row, j| matrix.get(rows(row as usize), j))
    }

    /// A tree over row-major values.
    pub(super) fn from_rows(values: &[f32], n_features: usize) -> Self {
        BlockTree::build(values.len() / n_features, n_features, &|row, j| values[row as usize * n_features + j])
    }

    fn build(n: usize, d: usize, value: &(impl Fn(u32, usize) -> f32 + Sync)) -> Self {
        let n_rows = u32::try_from(n).expect("load refuses tables of more than u32::MAX rows");
        let mut order: Vec<u64> = (0..u64::from(n_rows)).collect();
        let mut values = vec![[0.0; BLOCK]; n.div_ceil(BLOCK) * d];
        arrange(&mut order, &mut values, d, value);
        let rows: Vec<u32> = order.into_par_iter().with_min_len(LOCAL_ROWS).map(|entry| entry as u32).collect();
        let mut tree = BlockTree { n_features: d, rows, values, levels: Vec::new() };
        let mut level = tree.boxes(n.div_ceil(BLOCK), &|block, j| {
            let column = &tree.block(block)[j];
            column.iter().fold((column[0], column[0]), |(low, high), &v| (v.min(low), v.max(high)))
        });
        while level.n_nodes > FAN {
            let above = tree.boxes(level.n_nodes.div_ceil(FAN), &|node, j| {
                let group = &level.sides[node * 2 * d..];
                let low = group[j].iter().fold(f32::INFINITY, |low, &v| v.min(low));
                (low, group[d + j].iter().fold(f32::NEG_INFINITY, |high, &v| v.max(high)))
            });
            tree.levels.push(level);
            level = above;
        }
        tree.levels.push(level);
        tree
    }

    /// The boxes of a level from the lowest and highest value `side(node, feature)`.
    fn boxes(&self, n_nodes: usize, side: &(impl Fn(usize, usize) -> (f32, f32) + Sync)) -> Boxes {
        let d = self.n_features;
        let mut sides = vec![[0.0; FAN]; n_nodes.div_ceil(FAN) * 2 * d];
        let fill = |(group, sides): (usize, &mut [[f32; FAN]])| {
            let (low, high) = sides.split_at_mut(d);
            for (j, (low, high)) in low.iter_mut().zip(high).enumerate() {
                for lane in 0..FAN {
                    let node = group * FAN + lane;
                    let empty = (f32::INFINITY, f32::NEG_INFINITY);
                    (low[lane], high[lane]) = if node < n_nodes { side(node, j) } else { empty };
                }
            }
        };
        sides.par_chunks_mut(2 * d).enumerate().with_min_len(GROUPS_PER_STEP).for_each(fill);
        Boxes { n_nodes, sides }
    }

    /// Rows.
    pub(in crate::cluster) fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Columns.
    pub(in crate::cluster) fn n_features(&self) -> usize {
        self.n_features
    }

    /// The row at a position.
    pub(super) fn row_at(&self, position: usize) -> usize {
        self.rows[position] as usize
    }

    /// All values, row-major, in the order of the rows' numbers.
    pub(super) fn to_rows(&self) -> Vec<f32> {
        let d = self.n_features;
        let mut out = vec![0.0; self.n_rows() * d];
        for (position, &row) in self.rows.iter().enumerate() {
            let block = self.block(position / BLOCK);
            out[row as usize * d..][..d].iter_mut().zip(block).for_each(|(v, column)| *v = column[position % BLOCK]);
        }
        out
    }

    /// The rows of a block, by lane.
    pub(super) fn rows_of(&self, block: usize) -> &[u32] {
        let first = block * BLOCK;
        &self.rows[first..(first + BLOCK).min(self.rows.len())]
    }

    /// The lanes of a block that hold rows, as bits.
    pub(super) fn lanes(&self, block: usize) -> u32 {
        u32::MAX >> (BLOCK - self.rows_of(block).len())
    }

    /// The values of a block: for every feature that of its 32 lanes.
    pub(super) fn block(&self, block: usize) -> &[[f32; BLOCK]] {
        &self.values[block * self.n_features..][..self.n_features]
    }

    /// Levels; level 0 are the blocks.
    pub(super) fn n_levels(&self) -> usize {
        self.levels.len()
    }

    /// Nodes of a level.
    pub(super) fn n_nodes(&self, level: usize) -> usize {
        self.levels[level].n_nodes
    }

    /// The nodes of a group of siblings.
    pub(super) fn group(&self, level: usize, group: usize) -> std::ops::Range<usize> {
        let first = group * FAN;
        first..(first + FAN).min(self.n_nodes(level))
    }

    /// Rows of a node.
    pub(super) fn len(&self, level: usize, node: usize) -> usize {
        let rows = BLOCK * FAN.pow(level as u32);
        rows.min(self.n_rows() - node * rows)
    }

    /// The box of a node, among those of its siblings.
    pub(super) fn node_box(&self, level: usize, node: usize) -> NodeBox<'_> {
        let d = self.n_features;
        let (low, high) = self.levels[level].sides[node / FAN * 2 * d..][..2 * d].split_at(d);
        NodeBox { low, high, lane: node % FAN }
    }
}

/// Orders rows (the lower halves of `order`; the upper are scratch) so that every block of 32 lies close together, and so
/// do 16 blocks, and so on, and fills the blocks.
fn arrange(order: &mut [u64], blocks: &mut [[f32; BLOCK]], d: usize, value: &(impl Fn(u32, usize) -> f32 + Sync)) {
    if order.len() > LOCAL_ROWS {
        let middle = split(order, d, value);
        let (left, right) = order.split_at_mut(middle);
        let (left_blocks, right_blocks) = blocks.split_at_mut(middle / BLOCK * d);
        rayon::join(|| arrange(left, left_blocks, d, value), || arrange(right, right_blocks, d, value));
        return;
    }
    // A copy of so few rows stays in the cache, where the values are read in any order and often.
    let rows: Vec<u32> = order.iter().map(|&entry| entry as u32).collect();
    let mut values = Vec::with_capacity(rows.len() * d);
    for &row in &rows {
        values.extend((0..d).map(|j| value(row, j)));
    }
    order.iter_mut().zip(0..).for_each(|(entry, local)| *entry = local);
    arrange_few(order, d, &|row, j| values[row as usize * d + j]);
    for (block, order) in blocks.chunks_exact_mut(d).zip(order.chunks(BLOCK)) {
        for (j, column) in block.iter_mut().enumerate() {
            let of = |entry: u64| values[entry as u32 as usize * d + j];
            column.fill(of(order[0]));
            column.iter_mut().zip(order).for_each(|(lane, &entry)| *lane = of(entry));
        }
    }
    order.iter_mut().for_each(|entry| *entry = u64::from(rows[*entry as u32 as usize]));
}
fn arrange_few(order: &mut [u64], d: usize, value: &impl Fn(u32, usize) -> f32) {
    if order.len() > BLOCK {
        let middle = split(order, d, value);
        let (left, right) = order.split_at_mut(middle);
        arrange_few(left, d, value);
        arrange_few(right, d, value);
    }
}

/// Moves the rows that are lower in the widest feature to the front, as many as fill whole nodes: the largest nodes of
/// which there is more than one.
fn split(order: &mut [u64], d: usize, value: &impl Fn(u32, usize) -> f32) -> usize {
    let n_blocks = order.len().div_ceil(BLOCK);
    let node = FAN.pow((n_blocks - 1).ilog(FAN));
    let middle = n_blocks.div_ceil(node) / 2 * node * BLOCK;
    if let Some(axis) = widest(order, d, value) {
        for entry in order.iter_mut() {
            let row = *entry as u32;
            *entry = u64::from(ascending(value(row, axis))) << 32 | u64::from(row);
        }
        order.select_nth_unstable(middle);
    }
    middle
}

/// The feature in which some of the rows are farthest apart; `None` when all rows are equal.
fn widest(order: &[u64], d: usize, value: &impl Fn(u32, usize) -> f32) -> Option<usize> {
    let width = |rows: &mut dyn Iterator<Item = &u64>, j: usize| {
        let ends = rows.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &entry| {
            let v = value(entry as u32, j);
            (v.min(low), v.max(high))
        });
        f64::from(ends.1) - f64::from(ends.0)
    };
    let step = order.len().div_ceil(PROBES);
    let first_widest = |(axis, most), j| {
        let width = width(&mut order.iter().step_by(step), j);
        if width > most { (Some(j), width) } else { (axis, most) }
    };
    let (axis, _) = (0..d).fold((None, 0.0), first_widest);
    axis.or_else(|| (0..d).find(|&j| width(&mut order.iter(), j) > 0.0))
}

/// Bits that are in the order of the values.
fn ascending(value: f32) -> u32 {
    let bits = value.to_bits();
    // Flips the sign, and of negative values all other bits too; without a branch, which would be a guess.
    bits ^ ((bits as i32 >> 31) as u32 | 1 << 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_comes_back_and_lies_in_the_boxes_above_it() {
        for (n, d, levels) in [(1, 3, 9), (32, 1, 50), (33, 2, 3), (5000, 3, 1000), (20_000, 2, 4), (17_000, 2, 1)] {
            let values: Vec<f32> = (0..n * d).map(|v| ((v * 7919 + v / d * 31) % levels) as f32 - 1.5).collect();
            let tree = BlockTree::from_rows(&values, d);
            assert_eq!(tree.to_rows(), values);
            for position in 0..n {
                let (mut node, block) = (position / BLOCK, tree.block(position / BLOCK));
                for level in 0..tree.n_levels() {
                    let NodeBox { low, high, lane } = tree.node_box(level, node);
                    for (j, column) in block.iter().enumerate() {
                        let value = column[position % BLOCK];
                        assert!(low[j][lane] <= value && value <= high[j][lane]);
                    }
                    assert!(node < tree.n_nodes(level));
                    node /= FAN;
                }
            }
            let lens = |level| (0..tree.n_nodes(level)).map(|node| tree.len(level, node)).sum::<usize>();
            assert!((0..tree.n_levels()).all(|level| lens(level) == n));
        }
    }

    #[test]
    fn bits_ascend_with_the_values() {
        let values = [f32::MIN, -1.0, -1e-45, 0.0, 1e-45, 0.5, f32::MAX];
        assert!(values.windows(2).all(|pair| ascending(pair[0]) < ascending(pair[1])));
    }
}
