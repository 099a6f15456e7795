//! How often the 95 % intervals of the agreement indices hold the truth, and how even p values are when tier and cluster
//! are independent.
//!
//! `cargo run --release --example coverage` prints both as Markdown tables, from fixed seeds. Tables are drawn from a
//! known population: a share `strength` of the customers is in the cluster that belongs to their tier, the others are in
//! a cluster drawn independently of it. The truth is the index of the population itself.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use rand_distr::{Binomial, Distribution};
use rayon::prelude::*;
use segmint::compare::{Estimate, Index, Indices, Resampling, estimate};
use segmint::metrics::Contingency;
use segmint::monitor::{Monitor, Stopped};
use segmint::random::stream;

/// Tables drawn from every population.
const TABLES: u64 = 1000;
/// Tables with the same margins behind every p.
const PERMUTATIONS: usize = 199;
/// Customers that stand for the population.
const POPULATION: f64 = 1e9;

fn main() -> Result<(), Stopped> {
    let names: Vec<&str> = Index::ALL.iter().map(|index| index.name()).collect();
    println!("Coverage of the 95 % interval, in percent of {TABLES} tables (standard error about 0.7):\n");
    println!("| tiers × clusters | strength | customers | {} |", names.join(" | "));
    println!("|{}", "---|".repeat(3 + names.len()));
    let mut uneven = Vec::new();
    for (n_tiers, n_clusters) in [(4, 3), (4, 6), (8, 6)] {
        for strength in [0.0, 0.1, 0.3, 0.7] {
            let shares = population(n_tiers, n_clusters, strength);
            let counts = shares.iter().map(|share| (share * POPULATION).round() as u64);
            let whole = Contingency::new(n_tiers, n_clusters, counts.collect());
            let ranks: Vec<usize> = (0..n_clusters).rev().collect();
            let truth = Indices::of(&whole, Some(&ranks));
            for n in [200, 1_000, 5_000, 20_000] {
                let scenario = format!("{n_tiers} × {n_clusters} | {strength} | {n}");
                let found = estimates(&shares, n_clusters, n, &ranks, &scenario)?;
                let cells = Index::ALL.map(|index| coverage(&found, index, truth.get(index).unwrap_or(0.0)));
                println!("| {scenario} | {} |", cells.map(|share| format!("{:.1}", 100.0 * share)).join(" | "));
                if strength == 0.0 {
                    let distances = Index::ALL.map(|index| distance_from_even(&found, index));
                    uneven.push(format!(
                        "| {n_tiers} × {n_clusters} | {n} | {} |",
                        distances.map(|(distance, excess)| format!("{distance:.3} ({excess:.3})")).join(" | ")
                    ));
                }
            }
        }
    }
    let critical = 1.358 / (TABLES as f64).sqrt();
    println!(
        "\nKolmogorov-Smirnov distance of p from even under independence (95 % of even ones stay below {critical:.3}),"
    );
    println!("in brackets the largest excess of small p, which alone would make a test too bold:\n");
    println!("| tiers × clusters | customers | {} |\n|{}", names.join(" | "), "---|".repeat(2 + names.len()));
    uneven.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// Shares of the cells: tiers and clusters of unequal sizes, tied to each other with `strength`.
fn population(n_tiers: usize, n_clusters: usize, strength: f64) -> Vec<f64> {
    let sizes = |n: usize| -> Vec<f64> {
        let weights: Vec<f64> = (0..n).map(|i| 1.0 + 0.6 * i as f64).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    };
    let (tiers, clusters) = (sizes(n_tiers), sizes(n_clusters));
    let cell = |tier: usize, cluster: usize| {
        let own = tier * n_clusters / n_tiers == cluster;
        tiers[tier] * ((1.0 - strength) * clusters[cluster] + if own { strength } else { 0.0 })
    };
    (0..n_tiers).flat_map(|tier| (0..n_clusters).map(move |cluster| (tier, cluster))).map(|(t, c)| cell(t, c)).collect()
}

/// The estimates of tables of `n` customers.
fn estimates(
    shares: &[f64],
    n_clusters: usize,
    n: u64,
    ranks: &[usize],
    scenario: &str,
) -> Result<Vec<Indices<Estimate>>, Stopped> {
    let one = |table: u64| {
        let mut random = stream(2025, scenario, table);
        let (mut customers, mut mass) = (n, 1.0f64);
        let mut draw = |&share: &f64| {
            let part = (share / mass).clamp(0.0, 1.0);
            let drawn = Binomial::new(customers, part).expect("a share is in 0..=1").sample(&mut random);
            customers -= drawn;
            mass -= share;
            drawn
        };
        let mut counts: Vec<u64> = shares.iter().map(&mut draw).collect();
        // what rounding of the shares left over
        *counts.last_mut().expect("a population has cells") += customers;
        let drawn = Contingency::new(shares.len() / n_clusters, n_clusters, counts);
        let resampling = Resampling { permutations: PERMUTATIONS, bootstrap: 399, seed: table, stream: scenario };
        estimate(&drawn, Some(ranks), &resampling, &Monitor::silent())
    };
    (0..TABLES).into_par_iter().map(one).collect()
}

fn coverage(found: &[Indices<Estimate>], index: Index, truth: f64) -> f64 {
    let holds = |estimate: &Estimate| {
        estimate.low.is_some_and(|low| low <= truth + 1e-7) && estimate.high.is_some_and(|high| truth - 1e-7 <= high)
    };
    found.iter().filter(|indices| holds(indices.get(index))).count() as f64 / found.len() as f64
}

/// The largest distance of the distribution of p from even, and the largest by which small p are too frequent.
fn distance_from_even(found: &[Indices<Estimate>], index: Index) -> (f64, f64) {
    let p: Vec<f64> = found.iter().filter_map(|indices| indices.get(index).p).collect();
    // p is a multiple of 1/(1 + permutations), and even on those
    let excess = |step: usize| {
        let at = step as f64 / (1 + PERMUTATIONS) as f64;
        p.iter().filter(|&&p| p <= at + 1e-12).count() as f64 / p.len() as f64 - at
    };
    let all = (1..=1 + PERMUTATIONS).map(excess);
    all.fold((0.0, 0.0), |(distance, most), excess| (distance.max(excess.abs()), most.max(excess)))
}
