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
    /// The table, whole or cut to as many rows or columns as the value says.
    table: &'static str,
    varied: Varied,
    /// What is timed on it, in words for the timing example; `K` is the value.
    kernel: &'static str,
    values: &'static [usize],
}

/// What a curve varies.
enum Varied {
    Rows,
    Columns,
    Clusters,
}

/// A measured curve.
#[derive(Serialize, Deserialize)]
pub struct Curve {
    pub plot: String,
    pub panel: String,
    pub series: String,
    pub points: Vec<Point>,
}

/// One measurement of a curve.
#[derive(Serialize, Deserialize)]
pub struct Point {
    /// What was varied.
    pub size: usize,
    /// Median seconds.
    pub seconds: f64,
    /// The median of the most memory held, in MiB.
    pub mebibytes: Option<f64>,
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
        table: "km_1m_16",
        varied: Varied::Rows,
        kernel: "kmeans TABLE 8 20",
        values: &[10_000, 30_000, 100_000, 300_000, 1_000_000],
    },
    CurvePlan {
        name: "cost of k-means against d",
        plot: "kmeans",
        panel: "d",
        series: "n = 1,000,000, k = 8",
        table: "km_1m_32",
        varied: Varied::Columns,
        kernel: "kmeans TABLE 8 20",
        values: &[2, 4, 8, 16, 32],
    },
    CurvePlan {
        name: "cost of k-means against k",
        plot: "kmeans",
        panel: "k",
        series: "n = 1,000,000, d = 16",
        table: "km_1m_16",
        varied: Varied::Clusters,
        kernel: "kmeans TABLE K 20",
        values: &[2, 4, 8, 16, 32, 64],
    },
    CurvePlan {
        name: "cost of DBSCAN against n, d = 3",
        plot: "dbscan",
        panel: "n",
        series: "d = 3, eps 0.04",
        table: "db_1m_3",
        varied: Varied::Rows,
        kernel: "dbscan TABLE 0.04 10",
        values: &[10_000, 30_000, 100_000, 300_000, 1_000_000],
    },
    CurvePlan {
        name: "cost of DBSCAN against n, d = 8",
        plot: "dbscan",
        panel: "n",
        series: "d = 8, eps 0.3",
        table: "db_1m_8",
        varied: Varied::Rows,
        kernel: "dbscan TABLE 0.3 10",
        values: &[10_000, 30_000, 100_000, 300_000, 1_000_000],
    },
    CurvePlan {
        name: "cost of DBSCAN against d",
        plot: "dbscan",
        panel: "d",
        series: "n = 100,000, eps 0.7",
        table: "db_100k_16",
        varied: Varied::Columns,
        kernel: "dbscan TABLE 0.7 10",
        values: &[2, 4, 6, 8, 12, 16],
    },
];

impl CurvePlan {
    /// Measures point by point, at most three rounds each; the first that takes too long ends the curve.
    pub fn measure(&self, segmint: &Segmint, rounds: &Rounds, is_quick: bool) -> Result<Curve, String> {
        let rounds = rounds.at_most(3);
        let mut points = Vec::new();
        for &value in self.values.iter().filter(|&&value| !is_quick || value <= QUICK) {
            // A table of its own: whoever reads a larger one first has held that.
            let table = match self.varied {
                Varied::Rows => segmint.cut(self.table, "--rows", value)?,
                Varied::Columns => segmint.cut(self.table, "--columns", value)?,
                Varied::Clusters => segmint.table(self.table),
            };
            let kernel = self.kernel.replace('K', &value.to_string());
            let entries = rounds.measure(&[segmint.on_words(&kernel, &table)]);
            println!("{} at {value}", entries[0]);
            let Some(seconds) = entries[0].seconds() else { break };
            points.push(Point { size: value, seconds, mebibytes: entries[0].mebibytes() });
        }
        let [plot, panel, series] = [self.plot, self.panel, self.series].map(str::to_owned);
        Ok(Curve { plot, panel, series, points })
    }
}

impl Curve {
    /// The exponent e with which seconds grow as size^e, by least squares of the logarithms; `None` for fewer than two points.
    pub fn growth_of_seconds(&self) -> Option<f64> {
        slope(self.points.iter().map(|point| (point.size as f64, point.seconds)))
    }

    /// The same of the memory.
    pub fn growth_of_memory(&self) -> Option<f64> {
        slope(self.points.iter().filter_map(|point| Some((point.size as f64, point.mebibytes?))))
    }
}

/// The slope of the line through the logarithms of points, all positive.
fn slope(points: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let points: Vec<(f64, f64)> = points.map(|(x, y)| (x.ln(), y.ln())).collect();
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let products: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let squares: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    (squares > 0.0).then(|| products / squares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_of_a_power_is_found_and_one_point_has_none() {
        let squares = [1.0, 10.0, 50.0].map(|x: f64| (x, 3.0 * x * x));
        assert!((slope(squares.into_iter()).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(slope([(5.0, 1.0)].into_iter()), None);
        assert_eq!(slope(std::iter::empty()), None);
    }
}
