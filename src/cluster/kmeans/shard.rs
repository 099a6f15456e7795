//! Consecutive tiles of a matrix, and what k-means wants to know of them.
//!
//! A shard answers each [`ShardTask`] by itself: what it remembers from tasks before saves time and changes no answer, so that a
//! task may be given twice, and to a shard that was only just opened. Answers are integers, labels, or one number per tile; whoever
//! asked adds the numbers of all tiles up as it does those of its own, so that where the matrix is cut does not show.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::assigning::Assigning;
use super::distances::{farthest, tile_inertias};
use super::init::{Closest, Draw};
use super::pass::Tie;
use super::sums::Sums;
use super::{Centroids, FeatureStats};
use crate::cluster::ClusterError;
use crate::failure::Category;
use crate::matrix::{TILE_ROWS, TiledMatrix};
use crate::monitor::Monitor;

/// What is asked of every shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum ShardTask {
    /// Take every row to its nearest centroid: what do the clusters add up to?
    Sums { centroids: Centroids },
    /// Which `m` rows are then farthest from their centroid?
    Farthest { centroids: Centroids, m: usize },
    /// Which labels do the rows have then, which of them are ties, and what is the inertia of every tile?
    End { centroids: Centroids },
    /// What does every tile add up to, of the squared distances to the nearest of the points `drawn`; where there are `trials`, with
    /// each of them beside those?
    Potential { drawn: Centroids, trials: Option<Centroids> },
    /// Which rows are drawn next?
    Draw { drawn: Centroids, draw: Draw },
}

/// What a shard says to it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ShardAnswer {
    pub(crate) found: ShardFound,
    /// One number a tile, or one a tile and trial, tile by tile.
    pub(crate) per_tile: Vec<f64>,
    /// One label a row.
    pub(crate) labels: Vec<u32>,
}

/// The part of an answer that is small.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum ShardFound {
    Sums(Sums),
    /// Squared distances and rows.
    Farthest(Vec<(f64, usize)>),
    Ties(Vec<Tie>),
    Rows(Vec<usize>),
    Nothing,
}

impl From<ShardFound> for ShardAnswer {
    fn from(found: ShardFound) -> Self {
        ShardAnswer { found, per_tile: Vec::new(), labels: Vec::new() }
    }
}

/// That an answer is none to what was asked.
pub(super) fn unasked() -> ClusterError {
    let message = "a shard answered what it was not asked".to_owned();
    ClusterError::Elsewhere { message, category: Category::Io, hint: None }
}

/// Who has the rows of a matrix in shards: whole tiles in their order, all of them, none twice.
pub(crate) trait Shards: Sync {
    /// What every shard answers to `task`, in the order of the rows.
    ///
    /// # Errors
    /// When a shard cannot be made to answer, and when `monitor` ends the work.
    fn ask(&self, task: &ShardTask, monitor: &Monitor) -> Result<Vec<ShardAnswer>, ClusterError>;
}

/// What the rows nearest to each of `centroids` add up to, over all shards.
pub(super) fn sums(shards: &dyn Shards, centroids: &Centroids, monitor: &Monitor) -> Result<Sums, ClusterError> {
    let mut sums = Sums::zero(centroids.k(), centroids.n_features());
    for answer in shards.ask(&ShardTask::Sums { centroids: centroids.clone() }, monitor)? {
        match &answer.found {
            ShardFound::Sums(of_shard) if of_shard.has_shape_of(&sums) => sums.add(of_shard),
            _ => return Err(unasked()),
        }
    }
    Ok(sums)
}

/// The sums of the tiles of all shards of `matrix` that [`ShardTask::Potential`] asks for.
pub(super) fn potential(
    shards: &dyn Shards,
    matrix: &TiledMatrix,
    drawn: Centroids,
    trials: Option<Centroids>,
    monitor: &Monitor,
) -> Result<Vec<f64>, ClusterError> {
    let n_sums = matrix.n_tiles() * trials.as_ref().map_or(1, Centroids::k);
    let answers = shards.ask(&ShardTask::Potential { drawn, trials }, monitor)?;
    let per_tile: Vec<f64> = answers.into_iter().flat_map(|answer| answer.per_tile).collect();
    if per_tile.len() == n_sums { Ok(per_tile) } else { Err(unasked()) }
}

/// A matrix that is cut into shards.
pub(crate) struct ShardCut<'a> {
    matrix: &'a TiledMatrix,
    stats: FeatureStats,
    /// The tiles of every shard.
    shards: Vec<Range<usize>>,
}

/// What a shard has to know beside the values of its tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Opening {
    first_row: usize,
    pub(crate) n_rows: usize,
    pub(crate) n_features: usize,
    stats: FeatureStats,
}

impl<'a> ShardCut<'a> {
    /// Cuts `matrix` into `n` shards of about the same size; fewer where it has fewer tiles, so that none is empty.
    pub(crate) fn evenly(matrix: &'a TiledMatrix, n: usize) -> Self {
        let tiles = matrix.n_tiles();
        let n = n.clamp(1, tiles);
        ShardCut::at(matrix, &(1..n).map(|i| i * tiles / n).collect::<Vec<_>>())
    }

    /// Cuts `matrix` before each of these tiles, ascending and within.
    pub(crate) fn at(matrix: &'a TiledMatrix, tiles: &[usize]) -> Self {
        let starts = std::iter::once(0).chain(tiles.iter().copied());
        let ends = tiles.iter().copied().chain([matrix.n_tiles()]);
        ShardCut { matrix, stats: FeatureStats::of(matrix), shards: starts.zip(ends).map(|(a, b)| a..b).collect() }
    }

    /// How many shards there are.
    pub(crate) fn n_shards(&self) -> usize {
        self.shards.len()
    }

    /// What shard `shard` is opened with: what it has to know, and the values of its tiles.
    pub(crate) fn shard(&self, shard: usize) -> (Opening, &'a [f32]) {
        let tiles = self.shards[shard].clone();
        let rows = tiles.start * TILE_ROWS..(tiles.end * TILE_ROWS).min(self.matrix.n_customers());
        let opening = Opening {
            first_row: rows.start,
            n_rows: rows.len(),
            n_features: self.matrix.n_features(),
            stats: self.stats.clone(),
        };
        (opening, self.matrix.tiles(tiles))
    }
}

/// Bytes that a shard of `n` rows with `d` features needs: its tiles; labels, bounds and distances; an answer.
pub(crate) fn shard_bytes(n: u64, d: u64) -> u64 {
    n * (4 * d + 4 + 8 + 8 + 12)
}

/// Consecutive tiles, open.
pub(crate) struct Shard {
    matrix: TiledMatrix,
    opening: Opening,
    assigning: Option<Assigning>,
    closest: Option<Closest>,
}

impl Shard {
    /// The shard of `opening`, whose rows are those of `matrix`.
    pub(crate) fn open(opening: Opening, matrix: TiledMatrix) -> Self {
        Shard { matrix, opening, assigning: None, closest: None }
    }

    /// What it has to say to `task`.
    pub(crate) fn answer(&mut self, task: &ShardTask) -> ShardAnswer {
        let (n, first_row) = (self.matrix.n_customers(), self.opening.first_row);
        match task {
            ShardTask::Sums { centroids } => ShardFound::Sums(self.pass(centroids, false).0.sums().clone()).into(),
            ShardTask::Farthest { centroids, m } => {
                let labels = self.pass(centroids, false).0.labels(n).to_vec();
                let rows = farthest(&self.matrix, centroids, &labels, *m).into_iter();
                ShardFound::Farthest(rows.map(|(d2, row)| (d2, first_row + row)).collect()).into()
            }
            ShardTask::End { centroids } => {
                let (assigning, ties) = self.pass(centroids, true);
                let labels = assigning.labels(n).to_vec();
                let ties = ties.into_iter().map(|tie| Tie { row: first_row + tie.row, ..tie }).collect();
                let per_tile = tile_inertias(&self.matrix, centroids, &labels);
                ShardAnswer { found: ShardFound::Ties(ties), per_tile, labels }
            }
            ShardTask::Potential { drawn, trials } => {
                let per_tile = self.closest(drawn, trials.as_ref()).1;
                ShardAnswer { per_tile, ..ShardFound::Nothing.into() }
            }
            ShardTask::Draw { drawn, draw } => {
                let closest = self.closest(drawn, None).0;
                ShardFound::Rows(draw.rows(&closest.distances2()[..n], first_row)).into()
            }
        }
    }

    fn pass(&mut self, centroids: &Centroids, want_ties: bool) -> (&Assigning, Vec<Tie>) {
        let Shard { matrix, opening, assigning, .. } = self;
        let known = assigning.take().filter(|known| known.k() == centroids.k());
        let assigning = assigning.insert(known.unwrap_or_else(|| Assigning::begin(matrix, centroids.k())));
        let ties = assigning.pass(matrix, &opening.stats, centroids, want_ties);
        (assigning, ties)
    }

    fn closest(&mut self, drawn: &Centroids, trials: Option<&Centroids>) -> (&Closest, Vec<f64>) {
        let closest = self.closest.get_or_insert_with(|| Closest::of(&self.matrix));
        let per_tile = closest.sums(&self.matrix, None, drawn, trials);
        (closest, per_tile)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::super::rows::Rows;
    use super::super::{KMeansFit, KMeansParams};
    use super::*;
    use crate::config::Init;

    /// Shards of this process.
    struct InProcess<'a> {
        cut: ShardCut<'a>,
        shards: Mutex<Vec<Shard>>,
        /// Whether they forget everything before every third task, as those do that take the place of others, and are asked every
        /// task twice.
        is_unlucky: bool,
        n_asked: Mutex<usize>,
    }

    impl<'a> InProcess<'a> {
        fn of(cut: ShardCut<'a>, is_unlucky: bool) -> Self {
            let shards = Mutex::new(Self::opened(&cut));
            InProcess { cut, shards, is_unlucky, n_asked: Mutex::new(0) }
        }

        fn opened(cut: &ShardCut<'_>) -> Vec<Shard> {
            let open = |shard| {
                let (opening, values) = cut.shard(shard);
                let fill = |out: &mut [f32]| {
                    out.copy_from_slice(values);
                    Ok::<_, ()>(())
                };
                let matrix = TiledMatrix::of_tiles(opening.n_rows, opening.n_features, fill);
                Shard::open(opening, matrix.unwrap().unwrap())
            };
            (0..cut.n_shards()).map(open).collect()
        }
    }

    impl Shards for InProcess<'_> {
        fn ask(&self, task: &ShardTask, _: &Monitor) -> Result<Vec<ShardAnswer>, ClusterError> {
            let (mut shards, mut n_asked) = (self.shards.lock().unwrap(), self.n_asked.lock().unwrap());
            *n_asked += 1;
            // As it is after it was sent.
            let sent: ShardTask = serde_json::from_slice(&serde_json::to_vec(task).unwrap()).unwrap();
            assert_eq!(sent, *task);
            if self.is_unlucky && n_asked.is_multiple_of(3) {
                *shards = Self::opened(&self.cut);
            }
            let answers: Vec<ShardAnswer> = shards.iter_mut().map(|shard| shard.answer(&sent)).collect();
            if self.is_unlucky {
                let again: Vec<ShardAnswer> = shards.iter_mut().map(|shard| shard.answer(&sent)).collect();
                assert_eq!(again, answers, "{task:?}");
            }
            Ok(answers)
        }
    }

    /// Rows of which many are equal, and equally far from several centroids, or of which none are.
    fn rows() -> impl Strategy<Value = TiledMatrix> {
        (1_usize..4, 2_usize..900, any::<bool>(), any::<u64>()).prop_map(|(d, n, is_lattice, seed)| {
            use rand::RngExt;
            let mut rng = crate::random::stream(seed, "test", 0);
            let value = |_| match is_lattice {
                true => rng.random_range(0..4) as f32,
                false => rng.random::<f32>().powi(3) * 100.0 + 1e4,
            };
            TiledMatrix::from_rows(&(0..n * d).map(value).collect::<Vec<_>>(), d).unwrap()
        })
    }

    fn fit(rows: &Rows<'_>, k: usize, init: Init, seed: u64) -> KMeansFit {
        let k = k.min(rows.matrix.n_customers());
        let params = KMeansParams::new(k).n_init(2).max_iter(25).init(init).seed(seed).check().unwrap();
        let warm = Centroids::from_rows(rows.matrix, &vec![0; k]);
        params.fit_in(rows, Some(&warm), &Monitor::silent()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_fit_has_the_same_bits_wherever_the_rows_are_cut_and_whatever_is_lost(
            matrix in rows(),
            cuts in prop::collection::btree_set(0_usize..1000, 0..7_usize),
            k in 1_usize..12,
            is_parallel in any::<bool>(),
            is_unlucky in any::<bool>(),
        ) {
            let init = if is_parallel { Init::Parallel } else { Init::PlusPlus };
            let here = fit(&Rows::of(&matrix), k, init, 3);
            let mut tiles: Vec<usize> = cuts.into_iter().map(|at| at * matrix.n_tiles() / 1000).collect();
            tiles.dedup();
            tiles.retain(|&tile| tile > 0);
            let shards = InProcess::of(ShardCut::at(&matrix, &tiles), is_unlucky);
            let there = fit(&Rows::in_shards(&matrix, Some(&shards)), k, init, 3);
            prop_assert_eq!(there.model.inertia.to_bits(), here.model.inertia.to_bits());
            prop_assert_eq!(there, here);
            prop_assert!(*shards.n_asked.lock().unwrap() > 0);
        }

        #[test]
        fn sums_of_shards_may_be_added_in_any_order(matrix in rows(), k in 1_usize..5) {
            let shards = InProcess::of(ShardCut::evenly(&matrix, 3), false);
            let centroids = Centroids::from_rows(&matrix, &vec![0; k]);
            let answers = shards.ask(&ShardTask::Sums { centroids: centroids.clone() }, &Monitor::silent()).unwrap();
            let parts: Vec<Sums> = answers
                .into_iter()
                .map(|answer| match answer.found {
                    ShardFound::Sums(sums) => sums,
                    other => panic!("{other:?}"),
                })
                .collect();
            let added = |order: &[usize]| {
                let mut sums = Sums::zero(k, matrix.n_features());
                order.iter().filter_map(|&part| parts.get(part)).for_each(|part| sums.add(part));
                sums
            };
            let all = added(&[0, 1, 2]);
            for order in [[2, 1, 0], [1, 0, 2], [2, 0, 1]] {
                prop_assert_eq!(&added(&order), &all);
            }
            let mut grouped = added(&[1, 2]);
            grouped.add(&added(&[0]));
            prop_assert_eq!(&grouped, &all);
            let mut whole = Assigning::begin(&matrix, k);
            whole.pass(&matrix, &FeatureStats::of(&matrix), &centroids, false);
            prop_assert_eq!(whole.sums(), &all);
        }
    }

    #[test]
    fn no_shard_is_empty_and_none_has_rows_of_another() {
        for n_rows in [1, 64, 65, 500, 6400] {
            let matrix = TiledMatrix::from_rows(&vec![1.0; n_rows], 1).unwrap();
            for n in [0, 1, 2, 7, 1000] {
                let cut = ShardCut::evenly(&matrix, n);
                let shards: Vec<(Opening, &[f32])> = (0..cut.n_shards()).map(|shard| cut.shard(shard)).collect();
                assert_eq!(shards.len(), n.clamp(1, n_rows.div_ceil(TILE_ROWS)));
                let mut next = 0;
                for (opening, values) in shards {
                    assert_eq!(
                        (opening.first_row, opening.n_rows.div_ceil(TILE_ROWS) * TILE_ROWS),
                        (next, values.len())
                    );
                    assert!(opening.n_rows > 0);
                    next += opening.n_rows;
                }
                assert_eq!(next, n_rows);
            }
        }
    }
}
