//! Consecutive tiles of a matrix, and what k-means wants to know of them.
//!
//! A shard answers each [`ShardTask`] by itself: what it remembers from tasks before saves time and changes no answer, so that a
//! task may be given twice, and to a shard that was only just opened. Answers are integers, labels, or one number per tile; whoever
//! asked adds the numbers of all tiles up as it does those of its own, so that where the matrix is cut does not show.
//!
//! Tasks of many fits come at once (`together.rs`), and a shard remembers something of each.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
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
    /// What is the inertia of every tile then?
    Inertia { centroids: Centroids },
    /// Which labels do the rows have then, which of them are ties, and what is the inertia of every tile?
    End { centroids: Centroids },
    /// What does every tile add up to, of the squared distances to the nearest of the points `drawn`; where there are `trials`, with
    /// each of them beside those?
    Potential { drawn: Centroids, trials: Option<Centroids> },
    /// Which rows are drawn next?
    Draw { drawn: Centroids, draw: Draw },
}

/// A task of one fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// Its number. Shards keep what they know of a fit until a message has no question of it.
    pub(crate) fit: usize,
    pub(crate) task: ShardTask,
}

/// What a shard says to a task.
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
    /// What every shard answers to each of `questions`, no two of which are of one fit: the shards are in the order of the rows, and
    /// each has an answer for every question, in their order.
    ///
    /// # Errors
    /// When a shard cannot be made to answer, and when `monitor` ends the work.
    fn ask(&self, questions: &[Question], monitor: &Monitor) -> Result<Vec<Vec<ShardAnswer>>, ClusterError>;
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

/// Consecutive tiles, open.
pub(crate) struct Shard {
    matrix: TiledMatrix,
    opening: Opening,
    /// By the numbers of the fits.
    known: BTreeMap<usize, Known>,
}

/// What a shard knows of a fit from its tasks before: one or the other, for no start is drawn while centroids move.
#[derive(Default)]
struct Known {
    assigning: Option<Assigning>,
    closest: Option<Closest>,
}

impl Shard {
    /// The shard of `opening`, whose rows are those of `matrix`.
    pub(crate) fn open(opening: Opening, matrix: TiledMatrix) -> Self {
        Shard { matrix, opening, known: BTreeMap::new() }
    }

    /// What it has to say to each of `questions`. A fit that asks nothing has ended, and is forgotten first.
    pub(crate) fn answers(&mut self, questions: &[Question]) -> Vec<ShardAnswer> {
        let mut before = std::mem::take(&mut self.known);
        let asked: Vec<(&Question, Known)> =
            questions.iter().map(|question| (question, before.remove(&question.fit).unwrap_or_default())).collect();
        drop(before);
        let answered: Vec<(usize, ShardAnswer, Known)> = asked
            .into_par_iter()
            .map(|(question, mut known)| (question.fit, self.answer(&question.task, &mut known), known))
            .collect();
        let mut answers = Vec::with_capacity(answered.len());
        for (fit, answer, known) in answered {
            self.known.insert(fit, known);
            answers.push(answer);
        }
        answers
    }

    fn answer(&self, task: &ShardTask, known: &mut Known) -> ShardAnswer {
        let (n, first_row) = (self.matrix.n_customers(), self.opening.first_row);
        match task {
            ShardTask::Sums { centroids } => {
                ShardFound::Sums(self.pass(known, centroids, false).0.sums().clone()).into()
            }
            ShardTask::Farthest { centroids, m } => {
                let labels = self.pass(known, centroids, false).0.labels(n);
                let rows = farthest(&self.matrix, centroids, labels, *m).into_iter();
                ShardFound::Farthest(rows.map(|(d2, row)| (d2, first_row + row)).collect()).into()
            }
            ShardTask::Inertia { centroids } => {
                let labels = self.pass(known, centroids, false).0.labels(n);
                let per_tile = tile_inertias(&self.matrix, centroids, labels);
                ShardAnswer { per_tile, ..ShardFound::Nothing.into() }
            }
            ShardTask::End { centroids } => {
                let (assigning, ties) = self.pass(known, centroids, true);
                let labels = assigning.labels(n).to_vec();
                let ties = ties.into_iter().map(|tie| Tie { row: first_row + tie.row, ..tie }).collect();
                let per_tile = tile_inertias(&self.matrix, centroids, &labels);
                ShardAnswer { found: ShardFound::Ties(ties), per_tile, labels }
            }
            ShardTask::Potential { drawn, trials } => {
                let per_tile = self.closest(known, drawn, trials.as_ref()).1;
                ShardAnswer { per_tile, ..ShardFound::Nothing.into() }
            }
            ShardTask::Draw { drawn, draw } => {
                let closest = self.closest(known, drawn, None).0;
                ShardFound::Rows(draw.rows(&closest.distances2()[..n], first_row)).into()
            }
        }
    }

    fn pass<'a>(&self, known: &'a mut Known, centroids: &Centroids, want_ties: bool) -> (&'a Assigning, Vec<Tie>) {
        known.closest = None;
        let before = known.assigning.take().filter(|assigning| assigning.k() == centroids.k());
        let assigning = before.unwrap_or_else(|| Assigning::begin(&self.matrix, centroids.k()));
        let assigning = known.assigning.insert(assigning);
        let ties = assigning.pass(&self.matrix, &self.opening.stats, centroids, want_ties);
        // Many fits are under way, and each has its own.
        assigning.rest();
        (assigning, ties)
    }

    fn closest<'a>(
        &self,
        known: &'a mut Known,
        drawn: &Centroids,
        trials: Option<&Centroids>,
    ) -> (&'a Closest, Vec<f64>) {
        known.assigning = None;
        let closest = known.closest.get_or_insert_with(|| Closest::of(&self.matrix));
        let per_tile = closest.sums(&self.matrix, None, drawn, trials);
        (closest, per_tile)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::super::{KMeansFit, KMeansParams, fit_each};
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
        fn ask(&self, questions: &[Question], _: &Monitor) -> Result<Vec<Vec<ShardAnswer>>, ClusterError> {
            let (mut shards, mut n_asked) = (self.shards.lock().unwrap(), self.n_asked.lock().unwrap());
            *n_asked += 1;
            // As they are after they were sent.
            let sent: Vec<Question> = serde_json::from_slice(&serde_json::to_vec(questions).unwrap()).unwrap();
            assert_eq!(sent, questions);
            if self.is_unlucky && n_asked.is_multiple_of(3) {
                *shards = Self::opened(&self.cut);
            }
            let answers: Vec<_> = shards.iter_mut().map(|shard| shard.answers(&sent)).collect();
            if self.is_unlucky {
                let again: Vec<_> = shards.iter_mut().map(|shard| shard.answers(&sent)).collect();
                assert_eq!(again, answers, "{questions:?}");
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

    /// Fits of `k` and of fewer clusters, of which one has a start more.
    fn fits(
        matrix: &TiledMatrix,
        shards: Option<&dyn Shards>,
        k: usize,
        init: Init,
        n_init: Option<usize>,
    ) -> Vec<KMeansFit> {
        let k = k.min(matrix.n_customers());
        let params = |k| {
            let params = KMeansParams::new(k).max_iter(25).init(init).seed(3);
            n_init.map_or(params.clone(), |n_init| params.n_init(n_init)).check().unwrap()
        };
        let warm = Centroids::from_rows(matrix, &vec![0; k]);
        let all = [params(1), params(k), params(k.div_ceil(2))];
        fit_each(&all, matrix, shards, Some(&warm), &Monitor::silent()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn fits_have_the_same_bits_wherever_the_rows_are_cut_and_whatever_is_lost(
            matrix in rows(),
            cuts in prop::collection::btree_set(0_usize..1000, 0..7_usize),
            k in 1_usize..12,
            n_init in prop::option::of(1_usize..4),
            is_parallel in any::<bool>(),
            is_unlucky in any::<bool>(),
        ) {
            let init = if is_parallel { Init::Parallel } else { Init::PlusPlus };
            let here = fits(&matrix, None, k, init, n_init);
            let mut tiles: Vec<usize> = cuts.into_iter().map(|at| at * matrix.n_tiles() / 1000).collect();
            tiles.dedup();
            tiles.retain(|&tile| tile > 0);
            let shards = InProcess::of(ShardCut::at(&matrix, &tiles), is_unlucky);
            let there = fits(&matrix, Some(&shards), k, init, n_init);
            let bits = |fits: &[KMeansFit]| fits.iter().map(|fit| fit.model.inertia.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&there), bits(&here));
            prop_assert_eq!(there, here);
            prop_assert!(*shards.n_asked.lock().unwrap() > 0);
        }

        #[test]
        fn sums_of_shards_may_be_added_in_any_order(matrix in rows(), k in 1_usize..5) {
            let shards = InProcess::of(ShardCut::evenly(&matrix, 3), false);
            let centroids = Centroids::from_rows(&matrix, &vec![0; k]);
            let question = Question { fit: 0, task: ShardTask::Sums { centroids: centroids.clone() } };
            let answers = shards.ask(&[question], &Monitor::silent()).unwrap();
            let parts: Vec<Sums> = answers
                .into_iter()
                .flatten()
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
