//! What a run will need, what it may use, and the refusal when the first is more than the second.
//!
//! Stages know what they cost; `pipeline` adds up. The estimate of memory is the design's budget, so a run that stays inside its
//! budget is never refused wrongly by much; the estimate of time counts what every stage has to do and divides by a rate measured
//! once (see `docs/methods.md`).

use serde::Serialize;
use sysinfo::System;

use crate::config::{Auto, Plan};
use crate::failure::{Category, Failure};

/// What a run will need.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// Peak memory in bytes.
    pub memory_bytes: u64,
    /// Wall time in seconds; right within a factor of two where there are clusters.
    pub seconds: f64,
    /// What the memory is for, largest first.
    pub parts: Vec<(String, u64)>,
}

impl Estimate {
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
                "cluster fewer columns (source.features), turn DBSCAN off (cluster.dbscan.enabled), or allow more with \
                 limits.memory"
                    .into()
            }
            Refusal::Time { .. } => {
                "give cluster.kmeans.k a number, fit DBSCAN on a sample (cluster.dbscan.rows), or allow more with limits.time".into()
            }
        })
    }
}
