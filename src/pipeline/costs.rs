//! What a run will need: the costs of the stages, added up.

use crate::cluster::{choose_eps, choose_k, dbscan, stability};
use crate::config::{Auto, Plan};
use crate::limits::Estimate;

/// What a process needs before it has read a row.
const BASE_BYTES: u64 = 48 << 20;
/// Bytes of a customer's id, labels and attributes.
const ROW_BYTES: u64 = 64;
/// Bytes of a value while its column is read.
const READING_BYTES: u64 = 24;
/// Values that are read, audited, normalized, ranked and described in a second, of a million rows: columns are sorted.
const VALUES: f64 = 2.6e6;
/// Fourth powers of the features in a search for principal axes, in a second: rotations cost d³ and are the slower the less
/// of the matrix stays near the processor.
const AXES: f64 = 3.4e10;
/// Searches for principal axes, each by one thread: those of the sample, of its normal scores and of the map.
const AXES_SEARCHES: f64 = 3.0;
/// Seconds before the first row is read and after the last file is written.
const START: f64 = 0.02;

/// What `plan` needs for `n_customers` × `n_features` on `threads` threads.
pub(super) fn estimate(plan: &Plan, n_customers: usize, n_features: usize, threads: usize) -> Estimate {
    let (n, d) = (n_customers as u64, n_features as u64);
    let dbscan = if plan.cluster.dbscan.enabled { dbscan::bytes(fitted(plan, n), d) } else { 0 };
    let mut parts = vec![
        ("feature matrix".to_owned(), 4 * n * d),
        ("DBSCAN index".to_owned(), dbscan),
        ("ids, labels, attributes".to_owned(), ROW_BYTES * n),
        ("columns being read".to_owned(), READING_BYTES * n * threads.min(n_features) as u64),
        ("program".to_owned(), BASE_BYTES),
    ];
    parts.retain(|(_, bytes)| *bytes > 0);
    parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let memory_bytes = parts.iter().map(|(_, bytes)| bytes).sum();
    Estimate { memory_bytes, seconds: seconds(plan, n as f64, d as f64, threads as f64), parts }
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
    let axes = threads * AXES_SEARCHES * d.powi(4) / AXES;
    let values = n * d * n.max(2.0).log2() / 20.0 / VALUES;
    let work = choose_k::seconds(&cluster.kmeans, n, d) + dense + stability::seconds(cluster, n, d) + axes + values;
    START + work / threads
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Refusal;

    fn plan(extra: &str) -> Plan {
        let text = format!("[source]\npath = \"a\"\n{extra}");
        Plan::parse(&text, "pipeline.toml", "".as_ref(), &[]).unwrap()
    }

    #[test]
    fn a_table_above_the_memory_limit_is_refused_with_the_number() {
        let plan = plan("[limits]\nmemory = \"1 GB\"\n");
        let refusal = estimate(&plan, 100_000_000, 16, 2).check(&plan).unwrap_err();
        assert_eq!(refusal.to_string(), "refused: would need 24.1 GB, limits.memory allows 1.0 GB");
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
        assert_eq!(all - sample, 4 * 8 * (1_000_000 - 1_000));
    }

    #[test]
    fn wide_tables_are_mostly_principal_axes() {
        // Measured on two cores: 7.5 s and 31 s.
        let plan = plan("[cluster.dbscan]\nenabled = false\n");
        for (d, measured) in [(400, 7.5), (700, 31.0)] {
            let estimated = estimate(&plan, 600, d, 2).seconds;
            assert!((0.5..2.0).contains(&(estimated / measured)), "{d}: {estimated}");
        }
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
        // Of the formulas before they were shared out among the stages.
        for (extra, n, d, threads, seconds) in [
            ("", 20000, 9, 2, 1.8227717746162917),
            ("", 1000000, 16, 2, 21.63045438895926),
            ("[cluster.kmeans]\nk = 6\n[cluster.dbscan]\nrows = 5000\n", 300000, 8, 4, 1.082650555737803),
            (
                "[cluster.kmeans]\nk_range = [2, 130]\nn_init = 1\nmax_iter = 5\n[cluster.dbscan]\nenabled = false\n",
                50000,
                5,
                1,
                5.962072150708288,
            ),
        ] {
            let found = estimate(&plan(extra), n, d, threads).seconds;
            assert!((found - seconds).abs() <= 1e-9 * seconds, "{extra} {n} {d} {threads}: {found}");
        }
    }
}
