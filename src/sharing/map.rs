use std::cmp::Reverse;

use super::Screen;
use super::covers::is_small;

/// Share of the customers that the map should show before it takes a coarser grid.
const ON_THE_MAP: f64 = 0.9;
/// Squares along a side of the coarsest grid.
const COARSEST: usize = 8;

/// Where the customers lie on the first two principal axes, on the finest grid that shows most of them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedMap {
    /// Squares along either side.
    pub bins: usize,
    /// The squares whose largest segment is no handful there; none of a segment that is held back.
    pub squares: Vec<SharedSquare>,
    /// Squares (column, row) with more than a handful of what DBSCAN calls noise; none where the noise is held back.
    pub noise: Vec<(usize, usize)>,
    /// The share of the clustered customers that are in the squares.
    pub visible_share: f64,
}

/// A square of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedSquare {
    /// Its column, from the left.
    pub x: usize,
    /// Its row, from below.
    pub y: usize,
    /// The segment of most of its customers.
    pub segment: usize,
    /// Its customers.
    pub count: u64,
}

impl SharedMap {
    pub(super) fn of(screen: &Screen<'_>) -> Self {
        let (grid, n) = (screen.run.charts.density.bins, screen.run.record.input.n_clustered);
        let share = |customers: u64| if n > 0 { customers as f64 / n as f64 } else { 0.0 };
        let mut bins = grid;
        let (squares, visible_share) = loop {
            let (squares, customers) = squares(screen, bins);
            if share(customers) >= ON_THE_MAP || bins <= COARSEST {
                break without_a_rest(squares, n as u64, screen.rules.min_cell);
            }
            bins /= 2;
        };
        SharedMap { bins, squares, noise: noise(screen, bins), visible_share: share(visible_share) }
    }
}

/// The squares without the smallest, as long as those in no square are a handful; and how many customers are in them.
fn without_a_rest(mut squares: Vec<SharedSquare>, n: u64, min_cell: u64) -> (Vec<SharedSquare>, u64) {
    let customers = |squares: &[SharedSquare]| squares.iter().map(|square| square.count).sum::<u64>();
    loop {
        let visible = customers(&squares);
        let smallest = squares.iter().enumerate().min_by_key(|(_, square)| square.count).map(|(at, _)| at);
        match smallest.filter(|_| is_small(n.saturating_sub(visible), min_cell)) {
            Some(at) => squares.remove(at),
            None => return (squares, visible),
        };
    }
}

/// The least number of customers in a square; an empty one is not drawn.
fn least(screen: &Screen<'_>) -> u64 {
    screen.rules.min_cell.max(1)
}

/// The squares of a grid of `bins` × `bins`, and how many customers are in them.
fn squares(screen: &Screen<'_>, bins: usize) -> (Vec<SharedSquare>, u64) {
    let density = &screen.run.charts.density;
    let clusters = density.clusters.iter().enumerate();
    let shown = clusters.filter(|(position, cluster)| cluster.cluster.is_some() && screen.is_shown(*position));
    let grids: Vec<(usize, Vec<u64>)> =
        shown.map(|(position, cluster)| (position, coarse(&cluster.cells, density.bins, bins))).collect();
    let mut squares = Vec::new();
    let mut customers = 0;
    for at in 0..bins * bins {
        let count: u64 = grids.iter().map(|(_, counts)| counts[at]).sum();
        let Some((segment, counts)) = grids.iter().max_by_key(|(position, counts)| (counts[at], Reverse(*position)))
        else {
            continue;
        };
        // The colour speaks of the largest segment, so that must not be a handful either.
        if counts[at] >= least(screen) {
            customers += count;
            squares.push(SharedSquare { x: at % bins, y: at / bins, segment: *segment, count });
        }
    }
    (squares, customers)
}

fn noise(screen: &Screen<'_>, bins: usize) -> Vec<(usize, usize)> {
    if screen.noise().is_none() {
        return Vec::new();
    }
    let charts = &screen.run.charts;
    let counts = coarse(&charts.noise, charts.density.bins, bins).into_iter().enumerate();
    counts.filter(|&(_, count)| count >= least(screen)).map(|(at, _)| (at % bins, at / bins)).collect()
}

/// The counts of a grid of `grid` × `grid` cells on one of `bins` × `bins`.
fn coarse(cells: &[(usize, usize, u64)], grid: usize, bins: usize) -> Vec<u64> {
    let step = grid / bins.max(1);
    let mut counts = vec![0; bins * bins];
    for &(x, y, count) in cells {
        counts[(y / step).min(bins - 1) * bins + (x / step).min(bins - 1)] += count;
    }
    counts
}
