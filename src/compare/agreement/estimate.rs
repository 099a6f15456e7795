use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Indices;
use super::interval::interval;
use super::resample::{multinomial, with_margins};
use crate::metrics::Contingency;
use crate::monitor::{Monitor, Stopped};
use crate::random::stream;

/// An index with its uncertainty; what is undefined, or was not asked for, is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Estimate {
    /// The index of the table.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval; the clustering is held fixed.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// Probability of at least this much agreement when tier and cluster are independent.
    pub p: Option<f64>,
}

/// How often tables are drawn again, and from which streams.
#[derive(Debug, Clone, Copy)]
pub struct Resampling<'a> {
    /// Tables with the same margins, for the p values; 0 = none.
    pub permutations: usize,
    /// Multinomial resamples, for the intervals; 0 = none.
    pub bootstrap: usize,
    /// The seed of the run.
    pub seed: u64,
    /// What tells these streams from those of other tables.
    pub stream: &'a str,
}

/// Every index of `table` with a 95 % interval and a p value.
///
/// *Interval*: customers are drawn again into the cells of the table with the cells' shares, which leaves the clustering
/// and the order of the clusters as they are; so it says how far the index depends on which customers were seen, not on
/// where another clustering would have drawn its borders. Where p > .05, the interval
/// reaches to the value that chance gives.
///
/// *p*: (1 + #{tables at least as extreme}) / (1 + permutations) over tables with the same margins, one-sided, for tau-b
/// two-sided. With fixed margins AMI, NMI, homogeneity, completeness and V all rise with Σ n_tc ln n_tc, ARI and
/// Fowlkes-Mallows with Σ n_tc²; each group shares its p.
///
/// A resample costs a pass over the cells whatever the number of customers (a table with fixed margins: √n a cell). The
/// same seed and stream give the same result at any number of threads.
///
/// # Errors
/// [`Stopped`] when the monitor says so.
///
/// ```
/// use segmint::compare::{Resampling, estimate};
/// use segmint::metrics::Contingency;
/// use segmint::monitor::Monitor;
/// let table = Contingency::new(2, 2, vec![40, 10, 5, 45]);
/// let resampling = Resampling { permutations: 999, bootstrap: 999, seed: 42, stream: "example" };
/// let indices = estimate(&table, Some(&[1, 0]), &resampling, &Monitor::silent())?;
/// assert_eq!(indices.purity.value, Some(0.85));
/// assert_eq!(indices.ari.p, Some(0.001));
/// assert!(indices.ari.low < indices.ari.value && indices.ari.value < indices.ari.high);
/// # Ok::<(), segmint::monitor::Stopped>(())
/// ```
pub fn estimate(
    table: &Contingency,
    cluster_ranks: Option<&[usize]>,
    resampling: &Resampling<'_>,
    monitor: &Monitor,
) -> Result<Indices<Estimate>, Stopped> {
    let values = Indices::of(table, cluster_ranks);
    let n_bootstrap = if table.n() > 0 { resampling.bootstrap } else { 0 };
    let n_permutations = if table.n() > 0 { resampling.permutations } else { 0 };
    let task = monitor.task("agreement", (n_bootstrap + n_permutations) as u64);
    let random = |kind: &str, index: usize| {
        stream(resampling.seed, &format!("compare.{kind}/{}", resampling.stream), index as u64)
    };
    let one_more = || {
        task.advance(1);
        monitor.check()
    };

    let observed = Statistics::of(table, cluster_ranks);
    let more_extreme = (0..n_permutations).into_par_iter().map(|index| {
        one_more()?;
        let drawn = with_margins(table, &mut random("permutation", index));
        Ok(observed.reached_by(&Statistics::of(&drawn, cluster_ranks)))
    });
    let more_extreme: Vec<Indices<bool>> = more_extreme.collect::<Result<_, Stopped>>()?;

    let resamples = (0..n_bootstrap).into_par_iter().map(|index| {
        one_more()?;
        let drawn = multinomial(table, &mut random("bootstrap", index));
        Ok(Indices::of_resample(&drawn, cluster_ranks))
    });
    let resamples: Vec<Indices<Option<f64>>> = resamples.collect::<Result<_, Stopped>>()?;

    Ok(Indices::from_fn(|index| {
        let Some(value) = *values.get(index) else {
            return Estimate::default();
        };
        let reached = more_extreme.iter().filter(|reached| *reached.get(index)).count();
        let p = (n_permutations > 0).then(|| (1 + reached) as f64 / (1 + n_permutations) as f64);
        let chance = p.filter(|&p| p > 0.05).and_then(|_| index.by_chance(table));
        let draws = resamples.iter().filter_map(|resample| *resample.get(index)).collect();
        let (low, high) = interval(index, value, draws, n_bootstrap, chance).unzip();
        Estimate { value: Some(value), low, high, p }
    }))
}

/// What the indices rise with when the margins are fixed.
struct Statistics {
    pairs: u128,
    information: f64,
    contingency: f64,
    majority: u64,
    inverse_majority: u64,
    concordance: u128,
}

impl Statistics {
    fn of(table: &Contingency, cluster_ranks: Option<&[usize]>) -> Self {
        let occupied = table.counts().iter().filter(|&&count| count > 0).map(|&count| count as f64);
        Statistics {
            pairs: table.pairs().both(),
            information: occupied.map(|count| count * count.ln()).sum(),
            contingency: table.mean_square_contingency().unwrap_or(0.0),
            majority: table.majority(),
            inverse_majority: table.inverse_majority(),
            concordance: cluster_ranks.map_or(0, |ranks| table.concordance(ranks).unsigned_abs()),
        }
    }

    /// For every index, whether `drawn` shows at least as much agreement as this.
    fn reached_by(&self, drawn: &Statistics) -> Indices<bool> {
        // equal tables up to names can differ in the rounding of their sums
        let reaches = |drawn: f64, observed: f64| drawn >= observed - 1e-13 * observed.abs().max(1e-3);
        let pairs = drawn.pairs >= self.pairs;
        let information = reaches(drawn.information, self.information);
        Indices {
            ari: pairs,
            ami: information,
            nmi: information,
            homogeneity: information,
            completeness: information,
            v_measure: information,
            fowlkes_mallows: pairs,
            purity: drawn.majority >= self.majority,
            inverse_purity: drawn.inverse_majority >= self.inverse_majority,
            cramers_v: reaches(drawn.contingency, self.contingency),
            kendall_tau_b: drawn.concordance >= self.concordance,
        }
    }
}
