//! What a run will need: the costs of the stages, added up.

use crate::cluster::{choose_eps, choose_k, dbscan, further_bytes, n_further, stability};
use crate::config::{Auto, Plan};
use crate::limits::{Needs, PROCESS_BYTES};
use crate::load::TableShape;
use crate::matrix::axes_seconds;
use crate::recognize::MAX_ROWS_COMPARED;
use crate::{compare, label, refit};

/// Bytes of a customer's label, margin and runner-up in one clustering.
const ASSIGNED_BYTES: u64 = 16;
/// Bytes of a row's place in the matrix and in the table.
const ROW_PLACE_BYTES: u64 = 8;
/// Clusters that DBSCAN is taken to find before it has.
const GUESSED_CLUSTERS: u64 = 20;
/// Values that are read, audited, normalized, ranked and described in a second, of a million rows: columns are sorted.
const VALUES: f64 = 2.6e6;
/// Pairs of values that are compared in a second, of columns that may repeat each other.
const COMPARED: f64 = 1.0e9;
/// Seconds before the first row is read and after the last file is written.
const START: f64 = 0.02;

/// What `plan` needs for `table`, of which the matrix has `n_features` columns, on `threads` threads, as far as can be known
/// before anything is clustered.
pub(super) fn estimate(plan: &Plan, table: &TableShape, n_features: usize, threads: usize) -> Needs {
    let k = match plan.cluster.kmeans.k {
        Auto::Given(k) => k as u64,
        Auto::Auto => plan.cluster.kmeans.k_range.high() as u64,
    };
    let dense = if plan.cluster.dbscan.enabled { Some(GUESSED_CLUSTERS) } else { None };
    // Every further clustering has as many as k-means.
    let others = std::iter::repeat_n(k, 1 + n_further(&plan.cluster));
    let clusters: Vec<u64> = others.chain(dense).map(|clusters| clusters.min(table.n_rows)).collect();
    estimate_of(plan, table, n_features, threads, &clusters)
}

/// [`estimate`] when it is known how many `clusters` every clustering has.
pub(super) fn estimate_of(
    plan: &Plan,
    table: &TableShape,
    n_features: usize,
    threads: usize,
    clusters: &[u64],
) -> Needs {
    let (n, d, threads) = (table.n_rows, n_features as u64, threads as u64);
    let staying = [
        ("program", PROCESS_BYTES),
        ("ids, attributes", table.kept_bytes()),
        ("decoded columns", table.decoded_bytes()),
        ("feature matrix", 4 * n * d),
        ("order of rows", ROW_PLACE_BYTES * n),
        ("customers of the run before", if plan.refit.against.is_some() { refit::bytes(n) } else { 0 }),
    ];
    // One stage after the other gives back what it needed.
    let clustering = clustering(plan, n, d, threads);
    let labels = ASSIGNED_BYTES * n * clusters.len() as u64;
    let stages = [
        vec![("columns being read", table.reading_bytes(threads))],
        clustering,
        vec![
            ("labels", labels),
            ("columns being ranked", label::ranking_bytes(n)),
            ("descriptions of clusters", clusters.iter().map(|&k| label::bytes(table, table.n_numeric, k)).sum()),
            ("tiers by clusters", compare::bytes(table.n_tiers, clusters.iter().sum())),
        ],
    ];
    let largest = stages.into_iter().max_by_key(|parts| parts.iter().map(|(_, bytes)| bytes).sum::<u64>());
    let all = staying.into_iter().chain(largest.unwrap_or_default());
    let mut parts: Vec<(String, u64)> = all.map(|(part, bytes)| (part.to_owned(), bytes)).collect();
    parts.retain(|(_, bytes)| *bytes > 0);
    parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let memory_bytes = parts.iter().map(|(_, bytes)| bytes).sum();
    let draws = plan.compare.permutations + plan.compare.bootstrap;
    let described = table.describing_seconds()
        + clusters.iter().map(|&k| label::seconds(table, k)).sum::<f64>()
        + compare::seconds(table.n_tiers, clusters.iter().sum(), draws);
    let seconds = seconds(plan, n as f64, d as f64, threads as f64) + described / threads as f64;
    Needs { memory_bytes, seconds, parts }
}

/// Bytes while clusters are looked for: k-means and DBSCAN side by side, or what comes after them.
fn clustering(plan: &Plan, n: u64, d: u64, threads: u64) -> Vec<(&'static str, u64)> {
    let cluster = &plan.cluster;
    let dbscan = if cluster.dbscan.enabled { dbscan::bytes(fitted(plan, n), d) } else { 0 };
    let found = vec![("choice of k", choose_k::bytes(&cluster.kmeans, n, d, threads)), ("DBSCAN index", dbscan)];
    let k = match cluster.kmeans.k {
        Auto::Given(k) => k as u64,
        Auto::Auto => cluster.kmeans.k_range.high() as u64,
    };
    let further = further_bytes(cluster, n, d, k);
    match further > found.iter().map(|(_, bytes)| bytes).sum() {
        true => vec![("further clusterings", further)],
        false => found,
    }
}

/// The rows that DBSCAN is fitted on.
fn fitted(plan: &Plan, n: u64) -> u64 {
    plan.cluster.dbscan.rows.map_or(n, |rows| n.min(rows as u64))
}

/// What there is to do in every stage, shared out among the threads.
fn seconds(plan: &Plan, n: f64, d: f64, threads: f64) -> f64 {
    let cluster = &plan.cluster;
    let mut dense = 0.0;
    if cluster.dbscan.enabled {
        dense = dbscan::seconds(n, d);
        if cluster.dbscan.eps == Auto::Auto {
            dense += choose_eps::seconds(fitted(plan, n as u64) as f64, d, threads);
        }
    }
    // Of the map.
    let axes = axes_seconds(n, d, 2.0);
    let copies = n.min(MAX_ROWS_COMPARED as f64) * d * d / 2.0 / COMPARED;
    let values = n * d * n.max(2.0).log2() / 20.0 / VALUES;
    let work =
        choose_k::seconds(&cluster.kmeans, n, d) + dense + stability::seconds(cluster, n, d) + axes + copies + values;
    let before = if plan.refit.against.is_some() { refit::seconds(n) } else { 0.0 };
    START + work / threads + before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Refusal;
    use crate::load::LevelsShape;

    fn plan(extra: &str) -> Plan {
        let text = format!("[source]\npath = \"a\"\n{extra}");
        Plan::parse(&text, "pipeline.toml", "".as_ref(), &[]).unwrap()
    }

    /// What `plan` needs for n rows and d features alone.
    fn estimate(plan: &Plan, n: usize, d: usize, threads: usize) -> Needs {
        super::estimate(plan, &numbers(n, d), d, threads)
    }

    fn numbers(n: usize, d: usize) -> TableShape {
        TableShape { n_rows: n as u64, n_numeric: d as u64, ..TableShape::default() }
    }

    #[test]
    fn a_table_above_the_memory_limit_is_refused_with_the_number() {
        let plan = plan("[limits]\nmemory = \"1 GB\"\n");
        let estimate = estimate(&plan, 100_000_000, 16, 2);
        let refusal = estimate.check(&plan).unwrap_err();
        let needed = crate::limits::readable_bytes(estimate.memory_bytes);
        assert_eq!(refusal.to_string(), format!("refused: would need {needed}, limits.memory allows 1.0 GB"));
    }

    #[test]
    fn whatever_grows_counts() {
        let plan = plan("");
        let bytes = |table: &TableShape, clusters: &[u64]| estimate_of(&plan, table, 4, 2, clusters).memory_bytes;
        let base = numbers(200_000, 4);
        let column = |n_levels, text_bytes| LevelsShape { n_levels, text_bytes };
        let described = |described: Vec<LevelsShape>| TableShape { described, ..base.clone() };
        let few = bytes(&base, &[5, 20]);
        for (what, more) in [
            ("ids", bytes(&TableShape { id_bytes: 10_000_000, ..base.clone() }, &[5, 20])),
            ("attributes", bytes(&described(vec![column(2, 4); 9]), &[5, 20])),
            ("tiers", bytes(&TableShape { n_tiers: 900, ..base.clone() }, &[100, 20])),
            ("clusters", bytes(&base, &[5, 20_000])),
        ] {
            assert!(more > few + 1_000_000, "{what}: {few} and {more}");
        }
        let levels = |n, length, clusters| bytes(&described(vec![column(n, length); 50]), &[clusters]);
        assert!(levels(900, 10, 12) > levels(90, 10, 12) + 10_000_000);
        assert!(levels(900, 900, 12) > levels(900, 10, 12) + 10_000_000);
        assert!(levels(900, 10, 100) > levels(900, 10, 12) + 10_000_000);
    }

    #[test]
    fn a_job_above_the_time_limit_is_refused() {
        let plan = plan("[limits]\ntime = \"1s\"\nmemory = \"100 GB\"\n");
        assert!(matches!(estimate(&plan, 1_000_000, 16, 2).check(&plan), Err(Refusal::Time { .. })));
    }

    #[test]
    fn dbscan_on_a_sample_needs_the_memory_of_the_sample() {
        let bytes = |extra| estimate(&plan(extra), 1_000_000, 8, 2).memory_bytes;
        let (all, sample) = (bytes(""), bytes("[cluster.dbscan]\nrows = 1000\n"));
        assert!(all - sample >= 4 * 8 * (1_000_000 - 1_000));
    }

    #[test]
    fn wide_tables_are_estimated_within_a_factor_of_two() {
        // Measured: 34 s of processor time, which two threads share.
        let estimated = estimate(&plan(""), 600, 700, 2).seconds;
        assert!((0.5..2.0).contains(&(estimated / 17.0)), "{estimated}");
    }

    #[test]
    fn the_estimate_grows_with_every_size() {
        let plan = plan("");
        let base = estimate(&plan, 1000, 4, 2);
        for larger in [estimate(&plan, 2000, 4, 2), estimate(&plan, 1000, 8, 2)] {
            assert!(larger.memory_bytes > base.memory_bytes && larger.seconds > base.seconds);
        }
    }

    #[test]
    fn an_estimate_is_the_sum_of_what_its_stages_cost() {
        // Pinned; a change of a formula changes these on purpose.
        for (extra, n, d, threads, seconds) in [
            ("[cluster.kmeans]\nn_init = 10\n", 20000, 9, 2, 1.8227717746162917),
            ("[cluster.kmeans]\nn_init = 10\n", 1000000, 16, 2, 21.63045438895926),
            ("[cluster.kmeans]\nk = 6\nn_init = 10\n[cluster.dbscan]\nrows = 5000\n", 300000, 8, 4, 1.082650555737803),
            (
                "[cluster.kmeans]\nk_range = [2, 130]\nn_init = 1\nmax_iter = 5\n[cluster.dbscan]\nenabled = false\n",
                50000,
                5,
                1,
                5.962072150708288,
            ),
        ] {
            let found = estimate(&plan(extra), n, d, threads).seconds;
            assert!((found - seconds).abs() <= 0.02 * seconds, "{extra} {n} {d} {threads}: {found}");
        }
    }
}
