//! What a run will need, what it may use, and the refusal when the first is more than the second.
//!
//! The estimate of memory is the design's budget, so a run that stays inside its budget is never refused wrongly by much;
//! the estimate of time counts what every stage has to do and divides by a rate measured once (see `docs/methods.md`).

use serde::Serialize;
use sysinfo::System;

use crate::config::{Auto, KRange, Plan};
use crate::failure::{Category, Failure};

/// What one thread does in a second, and how much there is to do, as measured (see `docs/methods.md`).
mod rate {
    /// Products of a k-means pass.
    pub(super) const LLOYD: f64 = 8.7e9;
    /// Passes a start of k-means needs on average.
    pub(super) const PASSES: f64 = 20.0;
    /// Terms of distances between sampled rows and all, in single precision.
    pub(super) const SAMPLED_SILHOUETTE: f64 = 1.8e10;
    /// Terms of distances between all rows, in double precision.
    pub(super) const EXACT_SILHOUETTE: f64 = 6e9;
    /// What a pair of rows costs beside its features, in features.
    pub(super) const PAIR: f64 = 4.0;
    /// Values that are read, audited, normalized, ranked and described.
    pub(super) const VALUES: f64 = 2.6e6;
    /// Values of rows whose neighbours DBSCAN looks for, where there are clusters.
    pub(super) const DBSCAN: f64 = 6e6;
    /// Terms of the distances between the rows from whose clusters eps is chosen.
    pub(super) const SPANNING: f64 = 1.9e9;
    /// Values of rows whose neighbour distances make the eps curve.
    pub(super) const EPS: f64 = 3.3e5;
    /// Fourth powers of the features in a search for principal axes: rotations cost d³ and are the slower the less of the
    /// matrix stays near the processor.
    pub(super) const AXES: f64 = 3.4e10;
    /// Seconds before the first row is read and after the last file is written.
    pub(super) const START: f64 = 0.02;
}
/// What a process needs before it has read a row.
const BASE_BYTES: u64 = 48 << 20;

/// What a run will need.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Peak memory in bytes.
    pub memory_bytes: u64,
    /// Wall time in seconds; right within a factor of two where there are clusters.
    pub seconds: f64,
    /// What the memory is for, largest first.
    pub parts: Vec<(String, u64)>,
}

impl Estimate {
    /// What `plan` needs for `n_customers` × `n_features` on `threads` threads.
    pub fn of(plan: &Plan, n_customers: usize, n_features: usize, threads: usize) -> Estimate {
        let (n, d) = (n_customers as u64, n_features as u64);
        let matrix = 4 * n * d;
        let dbscan = &plan.cluster.dbscan;
        let fitted = dbscan.rows.map_or(n, |rows| n.min(rows as u64));
        let dbscan = if dbscan.enabled { 4 * fitted * d } else { 0 };
        let rows = 64 * n;
        let columns = 24 * n * threads.min(n_features) as u64;
        let mut parts = vec![
            ("feature matrix".to_owned(), matrix),
            ("DBSCAN index".to_owned(), dbscan),
            ("ids, labels, attributes".to_owned(), rows),
            ("columns being read".to_owned(), columns),
            ("program".to_owned(), BASE_BYTES),
        ];
        parts.retain(|(_, bytes)| *bytes > 0);
        parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let memory_bytes = parts.iter().map(|(_, bytes)| bytes).sum();
        Estimate { memory_bytes, seconds: seconds(plan, n as f64, d as f64, threads as f64), parts }
    }

    /// Refuses a run that would exceed the limits of `plan`.
    ///
    /// # Errors
    /// [`Refusal`], with the number.
    pub fn check(&self, plan: &Plan) -> Result<(), Refusal> {
        if let Some(allowed) = allowed_memory(plan)
            && self.memory_bytes > allowed
        {
            return Err(Refusal::Memory { needed: self.memory_bytes, allowed });
        }
        match plan.limits.time {
            Some(allowed) if self.seconds > allowed => Err(Refusal::Time { needed: self.seconds, allowed }),
            _ => Ok(()),
        }
    }
}

/// What there is to do in every stage, over the rate of it.
fn seconds(plan: &Plan, n: f64, d: f64, threads: f64) -> f64 {
    let kmeans = &plan.cluster.kmeans;
    let sum_of_ks = |range: KRange| (range.low()..=range.high()).map(|k| k as f64).sum::<f64>();
    let clusters = match kmeans.k {
        Auto::Given(k) => k as f64,
        Auto::Auto => sum_of_ks(kmeans.k_range),
    };
    let passes = rate::PASSES.min(kmeans.max_iter as f64);
    let lloyd = n * d * clusters * kmeans.n_init as f64 * passes / rate::LLOYD;
    // One look at every pair serves every k.
    let silhouette = if n <= 20_000.0 {
        n * n * (d + rate::PAIR) / rate::EXACT_SILHOUETTE
    } else {
        (2e9 / n).clamp(2_000.0, 10_000.0) * n * (d + rate::PAIR) / rate::SAMPLED_SILHOUETTE
    };
    // 58 references as large as the sample of the rows; a verdict that is close asks 240 more, which nobody can foresee.
    let most = match kmeans.k {
        Auto::Given(k) => k,
        Auto::Auto => kmeans.k_range.high(),
    };
    let rows = n.min(2_000.0_f64.max(20.0 * most as f64));
    let starts = kmeans.n_init.min(2) as f64;
    let references = 58.0
        * (rows * rows * (d + rate::PAIR) / rate::EXACT_SILHOUETTE
            + rows * d * clusters * starts * passes / rate::LLOYD);
    let dbscan = if plan.cluster.dbscan.enabled {
        let fitted = plan.cluster.dbscan.rows.map_or(n, |rows| n.min(rows as f64));
        let sampled = fitted.min(10_000.0);
        let eps = match plan.cluster.dbscan.eps {
            // The spanning tree is one thread's work.
            Auto::Auto => {
                sampled * d / rate::EPS + threads * sampled * sampled / 2.0 * (d + rate::PAIR) / rate::SPANNING
            }
            Auto::Given(_) => 0.0,
        };
        n * d / rate::DBSCAN + eps
    } else {
        0.0
    };
    // Those of the sample, of its normal scores and of the map, each by one thread.
    let axes = threads * 3.0 * d.powi(4) / rate::AXES;
    // Columns are sorted; the rate is that of a million rows.
    let values = n * d * n.max(2.0).log2() / 20.0 / rate::VALUES;
    rate::START + (lloyd + silhouette + references + dbscan + stability(plan, n, d) + axes + values) / threads
}

/// Clustering the bootstrap samples again, where clusters are unmatched: with k in the middle of its range, on as many rows
/// as the samples are drawn from.
fn stability(plan: &Plan, n: f64, d: f64) -> f64 {
    let kmeans = &plan.cluster.kmeans;
    let k = match kmeans.k {
        Auto::Given(k) => k as f64,
        Auto::Auto => (kmeans.k_range.low() + kmeans.k_range.high()) as f64 / 2.0,
    };
    // A draw with replacement holds 63 % of the rows.
    let (bootstraps, drawn) = (50.0, 0.632);
    let rows = n.min(20_000.0).min(6.4e6 / (k * d));
    let refits = rows * d * k * kmeans.n_init.min(3) as f64 * rate::PASSES.min(kmeans.max_iter as f64) / rate::LLOYD;
    let dense = if plan.cluster.dbscan.enabled { n.min(5_000.0) * d / rate::DBSCAN } else { 0.0 };
    bootstraps * drawn * (refits + dense)
}

/// Bytes a run of `plan` may use: what it says, or 80 % of what the machine (or its control group) has available.
pub fn allowed_memory(plan: &Plan) -> Option<u64> {
    match plan.limits.memory {
        Auto::Given(bytes) => Some(bytes),
        Auto::Auto => available_memory().map(|bytes| bytes / 5 * 4),
    }
}

fn available_memory() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    let free = system.available_memory();
    let group = system.cgroup_limits().map(|limits| limits.total_memory);
    Some(group.map_or(free, |group| group.min(free))).filter(|&bytes| bytes > 0)
}

/// The largest resident memory of this process so far, in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Bytes as people read them: 31.2 GB.
pub fn readable_bytes(bytes: u64) -> String {
    let scaled = |unit: f64| bytes as f64 / unit;
    match bytes {
        0..1_000_000 => format!("{:.0} kB", scaled(1e3)),
        1_000_000..1_000_000_000 => format!("{:.0} MB", scaled(1e6)),
        _ => format!("{:.1} GB", scaled(1e9)),
    }
}

/// Seconds as people read them: 0.4 s, 12 s, 3 min, 2.1 h.
pub fn readable_seconds(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// A run that would exceed a limit and was not started.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Memory.
    #[error("refused: would need {}, limits.memory allows {}", readable_bytes(*.needed), readable_bytes(*.allowed))]
    Memory {
        /// Estimated bytes.
        needed: u64,
        /// Allowed bytes.
        allowed: u64,
    },
    /// Time.
    #[error("refused: would take about {}, limits.time allows {}", readable_seconds(*.needed), readable_seconds(*.allowed))]
    Time {
        /// Estimated seconds.
        needed: f64,
        /// Allowed seconds.
        allowed: f64,
    },
}

impl Failure for Refusal {
    fn category(&self) -> Category {
        Category::Refused
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Refusal::Memory { .. } => {
                "cluster fewer columns (source.features), or turn DBSCAN off (cluster.dbscan.enabled)".into()
            }
            Refusal::Time { .. } => {
                "give cluster.kmeans.k a number, or fit DBSCAN on a sample (cluster.dbscan.rows)".into()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(extra: &str) -> Plan {
        let text = format!("[source]\npath = \"a\"\n{extra}");
        Plan::parse(&text, "pipeline.toml", "".as_ref(), &[]).unwrap()
    }

    #[test]
    fn a_table_above_the_memory_limit_is_refused_with_the_number() {
        let plan = plan("[limits]\nmemory = \"1 GB\"\n");
        let refusal = Estimate::of(&plan, 100_000_000, 16, 2).check(&plan).unwrap_err();
        assert_eq!(refusal.to_string(), "refused: would need 24.1 GB, limits.memory allows 1.0 GB");
    }

    #[test]
    fn a_job_above_the_time_limit_is_refused() {
        let plan = plan("[limits]\ntime = \"1s\"\nmemory = \"100 GB\"\n");
        assert!(matches!(Estimate::of(&plan, 1_000_000, 16, 2).check(&plan), Err(Refusal::Time { .. })));
    }

    #[test]
    fn dbscan_on_a_sample_needs_the_memory_of_the_sample() {
        let bytes = |extra| Estimate::of(&plan(extra), 1_000_000, 8, 2).memory_bytes;
        let (all, sample) = (bytes(""), bytes("[cluster.dbscan]\nrows = 1000\n"));
        assert_eq!(all - sample, 4 * 8 * (1_000_000 - 1_000));
    }

    #[test]
    fn wide_tables_are_mostly_principal_axes() {
        // Measured on two cores: 7.5 s and 31 s.
        let plan = plan("[cluster.dbscan]\nenabled = false\n");
        for (d, measured) in [(400, 7.5), (700, 31.0)] {
            let estimated = Estimate::of(&plan, 600, d, 2).seconds;
            assert!((0.5..2.0).contains(&(estimated / measured)), "{d}: {estimated}");
        }
    }

    #[test]
    fn the_estimate_grows_with_every_size() {
        let plan = plan("");
        let base = Estimate::of(&plan, 1000, 4, 2);
        for larger in [Estimate::of(&plan, 2000, 4, 2), Estimate::of(&plan, 1000, 8, 2)] {
            assert!(larger.memory_bytes > base.memory_bytes && larger.seconds > base.seconds);
        }
    }
}
