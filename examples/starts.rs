//! What `n_init = "auto"` loses against ten starts, and what it saves.
//!
//! `cargo run --release --example starts -- FOLDER` fits every k from 2 to 12 to every Parquet table of a folder (those with a
//! column `labels0` without it) and to planted ones, small and large, with several seeds, once with `auto` and once with ten starts. It
//! prints in how many of these cases the inertia of `auto` is the same to 10⁻⁹, less, and more by at most 10⁻⁴, how much more it is at
//! worst, and what share of the time it takes.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

#[path = "trial/tables.rs"]
mod tables;

use std::time::Instant;

use segmint::cluster::kmeans::KMeansParams;
use segmint::matrix::TiledMatrix;
use segmint::monitor::Monitor;
use tables::{FAMILIES, Family, Outcome, SEED, labels, matrix, name, plan, plant, tables_of};

/// Rows from which starts race for up to 16 clusters.
const RACING: usize = 262_144;
/// Large tables: groups far apart, groups that touch, one cloud.
const LARGE: [Family; 4] = [
    ("eight groups, 300,000 rows", 8, 16, 6.0, 1.0, 300_000),
    ("twenty groups, 300,000 rows", 20, 8, 4.0, 4.0, 300_000),
    ("five groups, sizes 1 to 50", 5, 4, 5.0, 50.0, 300_000),
    ("one cloud of 300,000 rows", 1, 4, 0.0, 1.0, 300_000),
];
/// The same inertia, and one that is not worth another start.
const SAME: f64 = 1e-9;
const CLOSE: f64 = 1e-4;

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).ok_or("which folder? cargo run --release --example starts -- FOLDER")?;
    println!(
        "| table | rows | features | cases | same | less | more by at most 1e-4 | worst | time |\n|{}",
        "---|".repeat(9)
    );
    let (mut small, mut large) = (Score::default(), Score::default());
    for file in tables_of(&folder)? {
        let is_labelled = labels(&file)?.is_some();
        let more = if is_labelled { "[normalize]\ntransform = \"none\"\n" } else { "" };
        // Transactions are not customers yet.
        if let Ok(table) = plan(&file, more, is_labelled).and_then(|plan| matrix(&plan)) {
            let score = if table.n_customers() < RACING { &mut small } else { &mut large };
            score.add(&name(&file), &table)?;
        }
    }
    for family in FAMILIES {
        small.add(family.0, &plant(family).0)?;
    }
    for family in LARGE {
        large.add(family.0, &plant(family).0)?;
    }
    small.print("all small ones", "", "");
    large.print("all large ones", "", "");
    Ok(())
}

/// What came out of some cases.
#[derive(Default)]
struct Score {
    cases: usize,
    same: usize,
    less: usize,
    close: usize,
    worst: f64,
    /// Of `auto` and of ten starts.
    seconds: [f64; 2],
}

impl Score {
    fn add(&mut self, name: &str, table: &TiledMatrix) -> Outcome<()> {
        let n = table.n_customers();
        let mut found = Score::default();
        for k in (2..=12).filter(|&k| k < n) {
            let seeds = if n < 5_000 {
                10
            } else if n < RACING {
                3
            } else {
                1
            };
            for seed in SEED..SEED + seeds {
                let auto = KMeansParams::new(k).seed(seed);
                let [auto, ten] = [auto.clone(), auto.n_init(10)].map(|params| -> Outcome<(f64, f64)> {
                    let begun = Instant::now();
                    let fit = params.check()?.fit(table, &Monitor::silent())?;
                    Ok((fit.model.inertia, begun.elapsed().as_secs_f64()))
                });
                let (auto, ten) = (auto?, ten?);
                found.count(auto.0, ten.0);
                found.seconds = [found.seconds[0] + auto.1, found.seconds[1] + ten.1];
            }
        }
        found.print(name, &n.to_string(), &table.n_features().to_string());
        self.cases += found.cases;
        self.same += found.same;
        self.less += found.less;
        self.close += found.close;
        self.worst = self.worst.max(found.worst);
        self.seconds = [0, 1].map(|of| self.seconds[of] + found.seconds[of]);
        Ok(())
    }

    fn count(&mut self, auto: f64, ten: f64) {
        let more = if ten > 0.0 { auto / ten - 1.0 } else { auto };
        self.cases += 1;
        self.same += usize::from(more.abs() <= SAME);
        self.less += usize::from(more < -SAME);
        self.close += usize::from(more > SAME && more <= CLOSE);
        self.worst = self.worst.max(more);
    }

    fn print(&self, name: &str, rows: &str, features: &str) {
        let Score { cases, same, less, close, worst, seconds } = self;
        let time = seconds[0] / seconds[1];
        println!("| {name} | {rows} | {features} | {cases} | {same} | {less} | {close} | {worst:.1e} | {time:.2} |");
    }
}
