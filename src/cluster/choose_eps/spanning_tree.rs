//! The minimum spanning tree of the mutual reachability distance.

use crate::cluster::dbscan::outward_root;
use crate::matrix::TiledMatrix;
use crate::matrix::simd::{Kernel, Simd, level};
use crate::monitor::{Monitor, Stopped};

/// Rows after which the monitor is asked whether to go on.
const ROWS_PER_STEP: usize = 256;

/// A connection of two rows, by their positions in the sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    pub(super) rows: (u32, u32),
    /// The smallest eps at which both are core rows within eps of each other.
    pub(super) eps: f64,
}

/// What every eps makes of the rows of a sample.
#[derive(Debug)]
pub(super) struct SpanningTree {
    /// Ascending in eps: cut above some eps, the trees that are left are the clusters of the core rows.
    pub(super) edges: Vec<Edge>,
    /// The smallest eps at which each row is in a cluster, as a core or a border row; ascending.
    pub(super) clustered: Vec<f64>,
}

/// The rows that are not in the tree yet, close together.
struct Outside {
    rows: Vec<u32>,
    /// Feature by feature.
    values: Vec<Vec<f32>>,
    core: Vec<f64>,
    /// The smallest squared mutual reachability distance to a row of the tree.
    nearest: Vec<f64>,
    /// The row of the tree to which it is.
    to: Vec<u32>,
    /// The smallest square at which a core row is within eps.
    reached: Vec<f64>,
}

impl Outside {
    fn remove(&mut self, at: usize) -> Row {
        let values = self.values.iter_mut().map(|column| column.swap_remove(at)).collect();
        Row {
            row: self.rows.swap_remove(at),
            values,
            core: self.core.swap_remove(at),
            nearest: self.nearest.swap_remove(at),
            to: self.to.swap_remove(at),
            reached: self.reached.swap_remove(at),
        }
    }
}

/// The row that came into the tree last.
struct Row {
    row: u32,
    values: Vec<f32>,
    core: f64,
    nearest: f64,
    to: u32,
    reached: f64,
}

/// The tree over the rows `sampled` of `matrix`, whose core distances are `core` (Prim 1957).
///
/// Squares are summed as DBSCAN sums them. O(n²·d) time in one thread, O(n·d) memory.
pub(super) fn spanning_tree(
    matrix: &TiledMatrix,
    sampled: &[usize],
    core: &[f64],
    monitor: &Monitor,
) -> Result<SpanningTree, Stopped> {
    let (n, d) = (sampled.len(), matrix.n_features());
    let mut outside = Outside {
        rows: (0..n as u32).collect(),
        values: (0..d).map(|j| sampled.iter().map(|&row| matrix.get(row, j)).collect()).collect(),
        core: core.iter().map(|core| core * core).collect(),
        nearest: vec![f64::INFINITY; n],
        to: vec![0; n],
        reached: core.iter().map(|core| core * core).collect(),
    };
    let (mut edges, mut clustered) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut squares = vec![0.0; n];
    let mut last = outside.remove(0);
    loop {
        if edges.len() % ROWS_PER_STEP == 0 {
            monitor.check()?;
        }
        let next = level().run(Visit { last: &mut last, outside: &mut outside, squares: &mut squares });
        clustered.push(outward_root(last.reached));
        let Some(next) = next else { break };
        last = outside.remove(next);
        edges.push(Edge { rows: (last.to, last.row), eps: outward_root(last.nearest) });
    }
    edges.sort_by(|a: &Edge, b| a.eps.total_cmp(&b.eps));
    clustered.sort_unstable_by(f64::total_cmp);
    Ok(SpanningTree { edges, clustered })
}

/// Tells the rows outside of the row that came in last; gives which of them comes next.
///
/// Plain loops, whose order of additions is that of the features: entered as a kernel, they are compiled for the vectors that there are.
struct Visit<'a> {
    last: &'a mut Row,
    outside: &'a mut Outside,
    squares: &'a mut [f64],
}

impl Kernel for Visit<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Option<usize> {
        let Visit { last, outside, squares } = self;
        let squares = &mut squares[..outside.rows.len()];
        squares.fill(0.0);
        for (&x, column) in last.values.iter().zip(&outside.values) {
            for (square, &y) in squares.iter_mut().zip(column) {
                let difference = f64::from(x) - f64::from(y);
                *square += difference * difference;
            }
        }
        for (square, reached) in squares.iter().zip(&mut outside.reached) {
            *reached = smaller(*reached, larger(*square, last.core));
        }
        squares.iter_mut().zip(&outside.core).for_each(|(square, &core)| *square = larger(*square, core));
        last.reached = smaller(last.reached, least(squares));
        for ((&square, nearest), to) in squares.iter().zip(&mut outside.nearest).zip(&mut outside.to) {
            let mutual = larger(square, last.core);
            *to = if mutual < *nearest { last.row } else { *to };
            *nearest = smaller(mutual, *nearest);
        }
        let least = least(&outside.nearest);
        outside.nearest.iter().position(|&nearest| nearest == least)
    }
}

/// The least of `values`, infinity without any.
#[inline(always)]
fn least(values: &[f64]) -> f64 {
    const LANES: usize = 32;
    let mut lanes = [f64::INFINITY; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    chunks.for_each(|chunk| lanes.iter_mut().zip(chunk).for_each(|(least, &value)| *least = smaller(value, *least)));
    lanes.iter().chain(rest).fold(f64::INFINITY, |least, &value| smaller(value, least))
}

/// The smaller of two numbers, neither NaN; unlike [`f64::min`] one instruction.
#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The larger of two numbers, neither NaN.
#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_are_the_smallest_that_connect_all_rows() {
        // With itself and one neighbour counted, 0, 1, 3, 7 are core at 1, 1, 2, 4.
        let matrix = TiledMatrix::from_rows(&[0.0, 7.0, 1.0, 3.0], 1).unwrap();
        let tree = spanning_tree(&matrix, &[0, 1, 2, 3], &[1.0, 4.0, 1.0, 2.0], &Monitor::silent()).unwrap();
        assert_eq!(tree.edges.iter().map(|edge| edge.eps).collect::<Vec<_>>(), [1.0, 2.0, 4.0]);
        assert_eq!(tree.clustered, [1.0, 1.0, 2.0, 4.0]);
    }

    #[test]
    fn a_border_row_is_clustered_before_it_is_core() {
        // Three neighbours: 0 and 2 see only 1 within 1, which sees both.
        let matrix = TiledMatrix::from_rows(&[0.0, 1.0, 2.0, 9.0], 1).unwrap();
        let tree = spanning_tree(&matrix, &[0, 1, 2, 3], &[2.0, 1.0, 2.0, 8.0], &Monitor::silent()).unwrap();
        assert_eq!(tree.clustered, [1.0, 1.0, 1.0, 7.0]);
        assert_eq!(tree.edges.iter().map(|edge| edge.eps).collect::<Vec<_>>(), [2.0, 2.0, 8.0]);
    }

    #[test]
    fn one_row_has_no_edge() {
        let matrix = TiledMatrix::from_rows(&[5.0], 1).unwrap();
        assert!(spanning_tree(&matrix, &[0], &[0.0], &Monitor::silent()).unwrap().edges.is_empty());
    }
}
