//! eps and min_samples of a plan.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::answers::{EpsAnswer, answers, best_first};
use super::curve::{curve, knee, knee_interval};
use super::dimension::{as_a_whole, near_rows, nearer};
use super::hierarchy::Hierarchy;
use super::spanning_tree::spanning_tree;
use super::warnings;
use crate::cluster::ClusterError;
use crate::cluster::dbscan::{BlockTree, fitted_rows, kth_distances, smallest_gap};
use crate::config::{Auto, DbscanPlan};
use crate::matrix::TiledMatrix;
use crate::monitor::{Monitor, Stopped};
use crate::random::sample_rows;
use crate::stats::quantile;
use crate::{Text, Warning};

/// Rows whose distances make the curve, and whose clusters make the hierarchy.
pub const SAMPLE_ROWS: usize = 10_000;
/// A cluster counts with this share of the rows,
const SMALLEST_SHARE: f64 = 0.01;
/// and with as many times min_samples,
const SMALLEST_NEIGHBOURHOODS: usize = 3;
/// but a quarter of a small table is enough.
const LARGEST_PART: usize = 4;
/// Fewer rows are enough where there are many clusters: where the mean one holds at most as many times the rows.
const LARGEST_MEAN: f64 = 3.0;
/// Clusters that last for less than this are not looked at, whatever they do by chance.
const LEAST_PERSISTENCE: f64 = 0.1;
/// The quantile of the core distances below which births are not told apart.
const FLOOR: f64 = 0.05;
/// The ends between which core distances of the sample are compared with those of all rows.
const COMPARED: (f64, f64) = (0.01, 0.99);
/// The power of the number of rows with which the eps shrinks at which clusters merge: the more rows, the more ways there
/// are between two clusters.
const MORE_WAYS: f64 = 0.02;
/// Other answers that are kept.
const ALTERNATIVES: usize = 5;

/// The parameters DBSCAN runs with, and the evidence for eps when it was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChosenEps {
    /// The radius, given or chosen; > 0.
    pub eps: f64,
    /// The neighbours that make a core row, given or max(5, 2 × features).
    pub min_samples: usize,
    /// (quantile, distance) along the sorted distances, at most 200 points; empty when eps was given.
    pub curve: Vec<(f64, f64)>,
    /// The distance at the knee of the curve; `None` when eps was given.
    pub knee: Option<f64>,
    /// The 2.5 % quantile of the knee over resamples of the rows.
    pub low: Option<f64>,
    /// The 97.5 % quantile of the knee over resamples of the rows.
    pub high: Option<f64>,
    /// The rows whose distances make the curve; 0 when eps was given.
    pub n_sample: usize,
    /// What eps was chosen for; `None` when it was given, and when no two clusters are apart at any eps: then it is at the
    /// knee, or where one cluster is left.
    #[serde(default)]
    pub answer: Option<EpsAnswer>,
    /// The best of what DBSCAN would find with another eps, one for each number of clusters, most evidence first; at
    /// most 5. `None` of a run of an earlier version, which did not look.
    #[serde(default)]
    pub alternatives: Option<Vec<EpsAnswer>>,
    /// What is doubtful about the choice.
    pub warnings: Vec<Warning>,
}

/// Settles eps and min_samples of a plan for the rows of `matrix`; numbers in the plan are taken as they are.
///
/// min_samples = "auto" is max(5, 2·n_features) (Sander, Ester, Kriegel, Xu 1998). eps = "auto" is chosen from the
/// hierarchy of the clusterings of all eps on a fixed sample of min(n, 10,000) rows, as the module says; the answer with the
/// most evidence, in the middle of its range.
///
/// A sample is sparser than all rows DBSCAN will fit, so eps is not taken over but the density is: with c the share of the
/// sample that is core at eps, eps is multiplied by the c-quantile of the distances of the sampled rows to their
/// (min_samples − 1)-th neighbour among all rows, over that of the same distances within the sample. And a hundredfold of
/// rows has more ways between two clusters: the range is taken to end at (n / sampled)^−0.02 of the eps at which they merge.
///
/// Where no two clusters are apart, eps is the knee of the sorted distances to the (min_samples − 1)-th neighbour among
/// all rows: between the 1 % and the 99 % quantile, with both axes scaled to 0 … 1, the point farthest below the chord
/// (Satopää, Albrecht, Irwin, Raghavan 2011), or the next eps with one large cluster. A knee at 0 means that most rows have
/// min_samples equal rows. eps is then the smallest positive distance of the curve; without one, half the smallest distance
/// between two different points, which keeps them apart; and 1 when all rows are equal. Each case is warned.
///
/// Cost: one tree over the rows, one search in it for every sampled row, and the distances of all pairs of sampled rows.
///
/// # Errors
/// When the monitor ends the computation.
///
/// ```
/// use segmint::cluster::choose_eps::choose_eps;
/// use segmint::config::{Auto, DbscanPlan};
/// use segmint::{matrix::TiledMatrix, monitor::Monitor};
/// let matrix = TiledMatrix::from_rows(&[0.0, 0.1, 0.2, 0.3, 9.0, 9.1, 9.2, 9.3, 30.0], 1).unwrap();
/// let plan = DbscanPlan { min_samples: Auto::Given(3), ..DbscanPlan::default() };
/// let chosen = choose_eps(&matrix, &plan, 42, &Monitor::silent()).unwrap();
/// assert_eq!(chosen.answer.unwrap().n_clusters, 2);
/// assert!((0.2..8.0).contains(&chosen.eps));
/// ```
pub fn choose_eps(
    matrix: &TiledMatrix,
    plan: &DbscanPlan,
    seed: u64,
    monitor: &Monitor,
) -> Result<ChosenEps, ClusterError> {
    let min_samples = match plan.min_samples {
        Auto::Given(given) => given,
        Auto::Auto => (2 * matrix.n_features()).max(5),
    };
    let mut chosen = ChosenEps {
        eps: 0.0,
        min_samples,
        curve: Vec::new(),
        knee: None,
        low: None,
        high: None,
        n_sample: 0,
        answer: None,
        alternatives: Some(Vec::new()),
        warnings: Vec::new(),
    };
    if let Auto::Given(eps) = plan.eps {
        return Ok(ChosenEps { eps, ..chosen });
    }
    let fitted = fitted_rows(matrix.n_customers(), plan.rows, seed);
    let n = fitted.len();
    let tree = BlockTree::over(matrix, |i| fitted[i] as usize, n);
    let sampled = sample_rows(n, SAMPLE_ROWS, seed, "dbscan.eps.sample");
    // Two at least: the nearest row is the row itself.
    let neighbours = min_samples.max(2);
    let among_all = kth_distances(&tree, &sampled, with_nearer(neighbours, n), monitor)?;
    let rows: Vec<usize> = sampled.iter().map(|&row| fitted[row as usize] as usize).collect();
    let levels = Levels::of(matrix, &tree, &rows, among_all, neighbours, monitor)?;
    let found = knee(&levels.among_all);
    let (low, high) = knee_interval(&levels.among_all, seed);
    chosen.curve = curve(&levels.among_all);
    (chosen.knee, chosen.low, chosen.high) = (Some(found), Some(low), Some(high));
    chosen.n_sample = sampled.len();
    let mut answers = levels.answers.iter().map(|answer| levels.of_all_rows(answer)).filter(|answer| answer.eps > 0.0);
    if let Some(answer) = answers.next() {
        chosen.eps = answer.eps;
        let others = alternatives(&answer, answers);
        chosen.warnings.extend(warnings::ambiguous(&answer, &others));
        chosen.alternatives = Some(others);
        chosen.answer = Some(answer);
    } else if found > 0.0 {
        chosen.eps = levels.one_cluster_from(found);
    } else {
        let (eps, warning) = without_knee(&tree, &sampled, &levels.among_all, monitor)?;
        chosen.eps = eps;
        chosen.warnings.push(warning);
    }
    Ok(chosen)
}

/// The hierarchies of the sample, and what their eps mean for all rows.
struct Levels {
    /// That of clusters of half the size, which their border rows may make as large.
    halves: Hierarchy,
    answers: Vec<EpsAnswer>,
    /// The core distances of the sampled rows in the sample, ascending.
    among_sample: Vec<f64>,
    /// The core distances of the sampled rows among all rows, ascending.
    among_all: Vec<f64>,
}

impl Levels {
    /// Of the `rows` of `matrix` that are sampled of those in `tree`.
    fn of(
        matrix: &TiledMatrix,
        tree: &BlockTree,
        rows: &[usize],
        [mut among_all, near_all]: [Vec<f64>; 2],
        neighbours: usize,
        monitor: &Monitor,
    ) -> Result<Self, Stopped> {
        let (n, n_fitted) = (rows.len(), tree.n_rows());
        let (mut among_sample, near) = if n < n_fitted {
            let sample = BlockTree::over(matrix, |i| rows[i], n);
            let all: Vec<u32> = (0..n as u32).collect();
            kth_distances(&sample, &all, with_nearer(neighbours, n), &monitor.without_progress())?.into()
        } else {
            (among_all.clone(), near_all)
        };
        let near_rows = near_rows(&among_sample, &near, neighbours, matrix.n_features());
        let dimension = near_rows.min(as_a_whole(matrix, rows));
        let spanning = spanning_tree(matrix, rows, &among_sample, monitor)?;
        among_sample.par_sort_unstable_by(f64::total_cmp);
        among_all.par_sort_unstable_by(f64::total_cmp);
        let floor = Some(quantile(&among_sample, FLOOR)).filter(|&floor| floor > 0.0);
        let smallest_edge = || spanning.edges.iter().map(|edge| edge.eps).find(|&eps| eps > 0.0);
        let floor = floor.or_else(smallest_edge).unwrap_or(1.0);
        let of_size = |smallest: usize| {
            let persistence = persistence_by_chance(n, dimension, smallest);
            Hierarchy::new(&spanning.edges, n, smallest.min(n / LARGEST_PART).max(2) as u32, persistence, floor)
        };
        let slack = libm::pow(n as f64 / n_fitted as f64, MORE_WAYS);
        let sizes = sizes(n, neighbours);
        let mut found = answers(&of_size(sizes[0]), &spanning.clustered, slack, f64::INFINITY);
        for &smaller in &sizes[1..] {
            let largest_mean = LARGEST_MEAN * smaller as f64;
            found.extend(answers(&of_size(smaller), &spanning.clustered, slack, largest_mean));
        }
        Ok(Levels { halves: of_size(sizes[0] / 2), answers: best_first(found), among_sample, among_all })
    }

    /// What an eps of the sample is multiplied with, so that it is at the same density among all rows.
    fn scale(&self, eps: f64) -> f64 {
        let core =
            self.among_sample.partition_point(|&distance| distance <= eps) as f64 / self.among_sample.len() as f64;
        let at = core.clamp(COMPARED.0, COMPARED.1);
        match quantile(&self.among_sample, at) {
            0.0 => 1.0,
            sample => quantile(&self.among_all, at) / sample,
        }
    }

    fn of_all_rows(&self, answer: &EpsAnswer) -> EpsAnswer {
        let scale = self.scale(answer.eps);
        EpsAnswer { eps: scale * answer.eps, low: scale * answer.low, high: scale * answer.high, ..answer.clone() }
    }

    /// The smallest eps from `eps` on that leaves one large cluster.
    fn one_cluster_from(&self, eps: f64) -> f64 {
        let core = self.among_all.partition_point(|&distance| distance <= eps) as f64 / self.among_all.len() as f64;
        let of_sample = quantile(&self.among_sample, core.min(1.0));
        let one = self.halves.one_cluster_from(of_sample);
        if one > of_sample { eps.max(one * self.scale(one)) } else { eps }
    }
}

/// The neighbours whose distances are looked at in a table of `n` rows.
fn with_nearer(neighbours: usize, n: usize) -> [usize; 2] {
    [neighbours.min(n), nearer(neighbours).min(n)]
}

/// The rows from which on a cluster counts, largest first: the share, its half, its quarter and so on.
fn sizes(n: usize, neighbours: usize) -> Vec<usize> {
    let least = SMALLEST_NEIGHBOURHOODS * neighbours;
    let share = least.max((SMALLEST_SHARE * n as f64) as usize);
    let halved = |&size: &usize| (size > least).then(|| least.max(size / 2));
    std::iter::successors(Some(share), halved).collect()
}

/// How long clusters of `smallest` rows last by chance, as ln(death / birth), in a table of n rows without any that fills
/// `dimension` dimensions.
///
/// The power of the size is that of percolation; the other constants were measured on uniform, normal and log-normal tables
/// (docs/methods.md).
fn persistence_by_chance(n: usize, dimension: f64, smallest: usize) -> f64 {
    let (n, smallest) = (n as f64, smallest as f64);
    let chances = libm::pow(n / smallest, 0.15);
    (4.2 * libm::pow(dimension, -2.2) * libm::pow(smallest, -0.4) * chances).max(LEAST_PERSISTENCE)
}

/// The best answers with other numbers of clusters.
fn alternatives(chosen: &EpsAnswer, answers: impl Iterator<Item = EpsAnswer>) -> Vec<EpsAnswer> {
    let mut others: Vec<EpsAnswer> = Vec::new();
    for answer in answers {
        let known = others.iter().chain([chosen]).any(|other| other.n_clusters == answer.n_clusters);
        if !known && others.len() < ALTERNATIVES {
            others.push(answer);
        }
    }
    others
}

/// eps when the knee is at 0, and the warning that says so.
fn without_knee(
    tree: &BlockTree,
    sampled: &[u32],
    ascending: &[f64],
    monitor: &Monitor,
) -> Result<(f64, Warning), Stopped> {
    let smallest = ascending.iter().copied().find(|&distance| distance > 0.0);
    let half = || Ok(smallest_gap(tree, sampled, monitor)? / 2.0);
    let (eps, en, zh) = if let Some(eps) = smallest {
        (eps, "is the smallest distance above 0", "取大于 0 的最小距离")
    } else if let Some(eps) = Some(half()?).filter(|half| half.is_finite() && *half > 0.0) {
        (eps, "is half the smallest distance between two different customers", "取不同客户间最小距离的一半")
    } else {
        (1.0, "is 1, because all customers are equal", "取 1，因为所有客户都相同")
    };
    let equal = ascending.iter().filter(|&&distance| distance == 0.0).count() as f64 / ascending.len() as f64;
    let message = Text::new(
        format!("most customers have enough exact duplicates to be dense at distance 0; eps {en} ({eps:.4})"),
        format!("多数客户的重复记录已足以在距离 0 处构成密集点；eps {zh}（{eps:.4}）"),
    );
    Ok((eps, Warning::new("eps_from_duplicates", message).with("eps", eps).with("share_at_zero", equal)))
}
