//! Time against the size of the work, segmint alone.

use serde::{Deserialize, Serialize};

use super::entrant::Segmint;
use super::rounds::Rounds;

/// What is varied, and on what.
pub struct CurvePlan {
    /// Its name, for --only.
    pub name: &'static str,
    /// The plot and the panel of it.
    plot: &'static str,
    panel: &'static str,
    /// The curve among those of the panel.
    series: &'static str,
    /// Words for the timing example, `{}` for what is varied.
    arguments: &'static str,
    values: &'static [usize],
}

/// A measured curve.
#[derive(Serialize, Deserialize)]
pub struct Curve {
    pub plot: String,
    pub panel: String,
    pub series: String,
    /// What was varied and the median seconds.
    pub points: Vec<(usize, f64)>,
}

/// Values above this are left out of a smoke run.
const QUICK: usize = 100_000;

/// All curves.
pub const CURVES: [CurvePlan; 6] = [
    CurvePlan {
        name: "cost of k-means against n",
        plot: "kmeans",
        panel: "n",
        series: "d = 16, k = 8",
        arguments: "kmeans km_1m_16 8 20 --rows {}",
        values: &[10_000, 30_000, 100_000, 300_000, 1_000_000],
    },
    CurvePlan {
        name: "cost of k-means against d",
        plot: "kmeans",
        panel: "d",
        series: "n = 1,000,000, k = 8",
        arguments: "kmeans km_1m_32 8 20 --columns {}",
        values: &[2, 4, 8, 16, 32],
    },
    CurvePlan {
        name: "cost of k-means against k",
        plot: "kmeans",
        panel: "k",
        series: "n = 1,000,000, d = 16",
        arguments: "kmeans km_1m_16 {} 20",
        values: &[2, 4, 8, 16, 32, 64],
    },
    CurvePlan {
        name: "cost of DBSCAN against n, d = 3",
        plot: "dbscan",
        panel: "n",
        series: "d = 3, eps 0.04",
        arguments: "dbscan db_1m_3 0.04 10 --rows {}",
        values: &[10_000, 30_000, 100_000, 300_000, 1_000_000],
    },
    CurvePlan {
        name: "cost of DBSCAN against n, d = 8",
        plot: "dbscan",
        panel: "n",
        series: "d = 8, eps 0.3",
        arguments: "dbscan db_1m_8 0.3 10 --rows {}",
        values: &[10_000, 30_000, 100_000, 300_000, 1_000_000],
    },
    CurvePlan {
        name: "cost of DBSCAN against d",
        plot: "dbscan",
        panel: "d",
        series: "n = 100,000, eps 0.7",
        arguments: "dbscan db_100k_16 0.7 10 --columns {}",
        values: &[2, 4, 6, 8, 12, 16],
    },
];

impl CurvePlan {
    /// Measures point by point, at most three rounds each; the first that takes too long ends the curve.
    pub fn measure(&self, segmint: &Segmint, rounds: &Rounds, is_quick: bool) -> Curve {
        let rounds = rounds.at_most(3);
        let mut points = Vec::new();
        for &value in self.values.iter().filter(|&&value| !is_quick || value <= QUICK) {
            let entrant = segmint.on_words(&self.arguments.replace("{}", &value.to_string()));
            let entries = rounds.measure(&[entrant]);
            println!("{} at {value}", entries[0]);
            let Some(seconds) = entries[0].seconds() else { break };
            points.push((value, seconds));
        }
        let [plot, panel, series] = [self.plot, self.panel, self.series].map(str::to_owned);
        Curve { plot, panel, series, points }
    }
}
