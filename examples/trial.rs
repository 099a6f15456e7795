//! How often the choice of k is right, beside four other rules under the same fits.
//!
//! `cargo run --release --example trial -- FOLDER [k_high]` reads every Parquet table of a folder. Tables with a column
//! `labels0` (1, 2, …; 0 = in no group) are clustered by their columns x0, x1 … with k up to `k_high` (40; 130 where there
//! are more than 50 groups) and held against the labels. Others are customers, clustered as `segmint run` would with its
//! defaults; of them it prints how well the weakest segment comes back. Ten planted families, made here, come in between.
//! Everything is from fixed seeds; single-threaded with `RAYON_NUM_THREADS=1`.
//!
//! The rules: segmint's; the largest silhouette; the gap statistic (Tibshirani, Walther & Hastie 2001: the smallest k whose gap
//! is at least that of k + 1 less its standard error, 10 uniform tables); the largest Calinski-Harabasz; prediction strength
//! (Tibshirani & Walther 2005: the largest k of at least 0.8, two random halves).
#![expect(clippy::print_stdout, reason = "an example prints its result")]

#[path = "trial/tables.rs"]
mod tables;

use std::path::Path;

use rand::RngExt;
use rand::seq::SliceRandom;
use segmint::cluster::choose_k::{ChosenK, StructureVerdict, choose_k};
use segmint::cluster::kmeans::{KMeansFit, KMeansParams};
use segmint::cluster::stability::{Effort, kmeans_stability};
use segmint::config::KMeansPlan;
use segmint::matrix::TiledMatrix;
use segmint::metrics::external::Contingency;
use segmint::monitor::Monitor;
use segmint::random::stream;
use tables::{FAMILIES, Outcome, SEED, labels, matrix, name, plan, plant, tables_of};

/// Uniform tables behind a gap.
const GAP_TABLES: u64 = 10;
/// Random halvings behind a prediction strength, and what it has to reach.
const HALVINGS: u64 = 2;
const STRENGTH: f64 = 0.8;
const RULES: [&str; 5] = ["segmint", "silhouette", "gap", "Calinski-Harabasz", "prediction strength"];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("which folder? cargo run --release --example trial -- FOLDER [k_high]")?;
    let high = arguments.get(1).map_or(Ok(40), |high| high.parse::<usize>())?;

    println!("| set | rows | groups | {} | ARI | structure |\n|{}", RULES.join(" | "), "---|".repeat(10));
    let (mut sets, mut customers) = (Score::default(), Vec::new());
    for file in tables_of(folder)? {
        match labels(&file)? {
            Some(labels) => {
                let wide = if labels.iter().max() > Some(&50) { 130 } else { high };
                let plan = plan(&file, &format!("[normalize]\ntransform = \"none\"\n{}", range(wide)), true)?;
                sets.add(&name(&file), &matrix(&plan)?, &labels, &plan.cluster.kmeans)?;
            }
            None => customers.push(file),
        }
    }
    sets.print_sum();
    let mut planted = Score::default();
    for family in FAMILIES {
        let (table, labels) = plant(family);
        let plan = plan(Path::new("none.parquet"), &range(20), false)?;
        planted.add(family.0, &table, &labels, &plan.cluster.kmeans)?;
    }
    planted.print_sum();
    if !customers.is_empty() {
        println!(
            "\n| customers | rows | features | k | weakest segment | k by silhouette | weakest segment | structure |"
        );
        println!("|{}", "---|".repeat(8));
    }
    for file in customers {
        let plan = plan(&file, "", false)?;
        print_customers(&name(&file), &matrix(&plan)?, &plan.cluster.kmeans)?;
    }
    Ok(())
}

/// |k − groups| of every rule over some sets.
#[derive(Default)]
struct Score {
    missed: [usize; RULES.len()],
    sets: usize,
}

impl Score {
    fn add(&mut self, name: &str, table: &TiledMatrix, labels: &[i64], plan: &KMeansPlan) -> Outcome<()> {
        let groups = labels.iter().max().map_or(0, |&most| most as usize);
        let chosen = choose_k(table, plan, SEED, &Monitor::silent())?;
        let k = [
            chosen.fit.model.k(),
            best(&chosen, |row| row.silhouette),
            gap(table, &chosen, plan)?,
            best(&chosen, |row| row.calinski_harabasz),
            prediction_strength(table, plan)?,
        ];
        self.missed.iter_mut().zip(k).for_each(|(missed, k)| *missed += k.abs_diff(groups));
        self.sets += 1;
        let clusters = chosen.fit.partition.labels().iter().map(|label| label.map_or(0, |label| label.index()));
        let pairs = labels.iter().zip(clusters).filter(|(label, _)| **label > 0);
        let counted = pairs.map(|(&label, cluster)| (label as usize - 1, cluster));
        let ari = Contingency::tally(groups, k[0], counted).ari().unwrap_or(0.0);
        let k = k.map(|k| k.to_string()).join(" | ");
        println!("| {name} | {} | {groups} | {k} | {ari:.3} | {} |", labels.len(), verdict(&chosen));
        Ok(())
    }

    fn print_sum(&self) {
        let missed = self.missed.map(|missed| missed.to_string()).join(" | ");
        println!("| Σ of \\|k − groups\\| over {} sets | | | {missed} | | |", self.sets);
    }
}

fn print_customers(name: &str, table: &TiledMatrix, plan: &KMeansPlan) -> Outcome<()> {
    let chosen = choose_k(table, plan, SEED, &Monitor::silent())?;
    let weakest = |fit: &KMeansFit| -> Outcome<String> {
        let found = kmeans_stability(table, &fit.partition, plan, Effort::Full, SEED, &Monitor::silent())?;
        let weakest = found.into_iter().flatten().map(|stability| stability.jaccard).reduce(f64::min);
        Ok(weakest.map_or("–".to_owned(), |weakest| format!("{weakest:.2}")))
    };
    let other = best(&chosen, |row| row.silhouette);
    let fit = KMeansParams::from_plan(plan, other, SEED).check()?.fit(table, &Monitor::silent())?;
    println!(
        "| {name} | {} | {} | {} | {} | {other} | {} | {} |",
        table.n_customers(),
        table.n_features(),
        chosen.fit.model.k(),
        weakest(&chosen.fit)?,
        weakest(&fit)?,
        verdict(&chosen)
    );
    Ok(())
}

fn verdict(chosen: &ChosenK) -> &'static str {
    if chosen.structure.verdict == StructureVerdict::Present { "present" } else { "none" }
}

/// The k with the largest value.
fn best(chosen: &ChosenK, value: impl Fn(&segmint::cluster::choose_k::KRow) -> Option<f64>) -> usize {
    let rows = chosen.table.iter().rev().filter_map(|row| Some((row.k, value(row)?)));
    rows.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(1, |(k, _)| k)
}

/// Gap statistic with uniform tables over the range of every feature; fits them until the rule has its k.
fn gap(table: &TiledMatrix, chosen: &ChosenK, plan: &KMeansPlan) -> Outcome<usize> {
    let (n, d) = (table.n_customers(), table.n_features());
    let ends: Vec<(f32, f32)> = (0..d)
        .map(|j| (0..n).map(|i| table.get(i, j)).fold((f32::MAX, f32::MIN), |(a, b), x| (a.min(x), b.max(x))))
        .collect();
    let uniform: Vec<TiledMatrix> = (0..GAP_TABLES)
        .map(|number| {
            let mut numbers = stream(SEED, "trial.gap", number);
            let rows: Vec<f32> =
                (0..n).flat_map(|_| ends.clone()).map(|(a, b)| a + (b - a) * numbers.random::<f32>()).collect();
            TiledMatrix::from_rows(&rows, d).expect("numbers within a range are finite")
        })
        .collect();
    let mut before: Option<(usize, f64)> = None;
    for row in &chosen.table {
        let params = KMeansParams::from_plan(plan, row.k, SEED).n_init(2).check()?;
        let log = |table| Ok(libm::log(params.fit(table, &Monitor::silent())?.model.inertia));
        let logs = uniform.iter().map(log).collect::<Outcome<Vec<f64>>>()?;
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / logs.len() as f64;
        let (gap, error) = (mean - libm::log(row.inertia), (variance * (1.0 + 1.0 / logs.len() as f64)).sqrt());
        if let Some((k, _)) = before.filter(|&(_, before)| before >= gap - error) {
            return Ok(k);
        }
        before = Some((row.k, gap));
    }
    Ok(before.map_or(1, |(k, _)| k))
}

/// The largest k whose prediction strength is at least [`STRENGTH`]; 1 when none is.
fn prediction_strength(table: &TiledMatrix, plan: &KMeansPlan) -> Outcome<usize> {
    let mut largest = 1;
    for k in plan.k_range.low()..=plan.k_range.high().min(table.n_customers() / 2) {
        let mut strength = 0.0;
        for number in 0..HALVINGS {
            let mut rows: Vec<usize> = (0..table.n_customers()).collect();
            rows.shuffle(&mut stream(SEED, "trial.halves", number));
            let halves = rows.split_at(rows.len() / 2);
            let [one, two] = [halves.0, halves.1].map(|half| table.select(half).expect("a half has rows"));
            let params = KMeansParams::from_plan(plan, k, SEED).n_init(3).check()?;
            let [learned, other] = [params.fit(&one, &Monitor::silent())?, params.fit(&two, &Monitor::silent())?];
            let given = learned.model.assign(&two).partition;
            let pairs = other.partition.labels().iter().zip(given.labels());
            let counted = pairs.filter_map(|(a, b)| Some(((*a)?.index(), (*b)?.index())));
            let both = Contingency::tally(k, k, counted);
            let pairs_of = |n: u64| (n * n.saturating_sub(1)) as f64;
            let together = |c: usize| {
                let kept: f64 = both.row(c).iter().map(|&n| pairs_of(n)).sum();
                (both.tier_totals()[c] > 1).then(|| kept / pairs_of(both.tier_totals()[c]))
            };
            strength += (0..k).filter_map(together).fold(1.0, f64::min) / HALVINGS as f64;
        }
        if strength >= STRENGTH {
            largest = k;
        }
    }
    Ok(largest)
}

fn range(high: usize) -> String {
    format!("[cluster.kmeans]\nk_range = [2, {high}]\n")
}
