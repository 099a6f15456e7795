//! What a run will need, what it may use, and the refusal when the first is more than the second.
//!
//! Stages know what they cost; `pipeline` adds up. The estimate of memory is the design's budget, so a run that stays inside its
//! budget is never refused wrongly by much; the estimate of time counts what every stage has to do and divides by a rate measured
//! once (see `docs/methods.md`).

use std::fs;
use std::path::Path;

use serde::Serialize;
use sysinfo::System;

use crate::config::{Auto, Plan};
use crate::failure::{Category, Failure};

/// What a process needs before it has read a row.
pub(crate) const PROCESS_BYTES: u64 = 28 << 20;

/// What a run will need.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Needs {
    /// Peak memory in bytes.
    pub memory_bytes: u64,
    /// Wall time in seconds; right within a factor of two where there are clusters.
    pub seconds: f64,
    /// What the memory is for, largest first.
    pub parts: Vec<(String, u64)>,
}

impl Needs {
    /// Refuses a run that would exceed the limits of `plan`.
    ///
    /// # Errors
    /// [`Refusal`], with the number.
    pub fn check(&self, plan: &Plan) -> Result<(), Refusal> {
        self.check_memory(plan)?;
        match plan.limits.time {
            Some(allowed) if self.seconds > allowed => Err(Refusal::Time { needed: self.seconds, allowed }),
            _ => Ok(()),
        }
    }

    /// Adds memory for one more `part`.
    pub fn add(&mut self, part: &str, bytes: u64) {
        let place = self.parts.partition_point(|(_, other)| *other >= bytes);
        self.parts.insert(place, (part.to_owned(), bytes));
        self.memory_bytes += bytes;
    }

    /// [`check`](Needs::check) of the memory alone, for a run that has begun.
    ///
    /// # Errors
    /// As [`check`](Needs::check).
    pub fn check_memory(&self, plan: &Plan) -> Result<(), Refusal> {
        match allowed_memory(plan) {
            Some(allowed) if self.memory_bytes > allowed => Err(Refusal::Memory { needed: self.memory_bytes, allowed }),
            _ => Ok(()),
        }
    }
}

/// Bytes a run of `plan` may use, with what this process has already: what the plan says, or 80 % of what the machine has
/// available; in either case no more than 80 % of what control groups and limits of the process leave.
pub fn allowed_memory(plan: &Plan) -> Option<u64> {
    allowed_by(plan.limits.memory)
}

/// [`allowed_memory`] of what `limits.memory` says.
pub fn allowed_by(memory: Auto<u64>) -> Option<u64> {
    let own = status_bytes("VmRSS:").unwrap_or(0);
    let hard = group_room(Path::new("/")).into_iter().chain(process_room()).min().map(|room| room.saturating_add(own));
    let most = |bytes: u64| bytes / 5 * 4;
    match memory {
        Auto::Given(bytes) => Some(hard.map_or(bytes, |hard| most(hard).min(bytes))),
        Auto::Auto => available_memory().map(|bytes| bytes + own).into_iter().chain(hard).min().map(most),
    }
}

/// Refuses to hold two sets of customers against each other that would need more than `limits.memory` allows.
///
/// # Errors
/// [`Refusal::Customers`], with the number.
pub fn check_customers(needed: u64, memory: Auto<u64>) -> Result<(), Refusal> {
    check_held(needed, allowed_by(memory), "compare a table of fewer customers")
}

/// Refuses to hold customers for which more would be `needed` than is `allowed`; `advice` is what to do instead.
///
/// # Errors
/// [`Refusal::Customers`], with the number.
pub(crate) fn check_held(needed: u64, allowed: Option<u64>, advice: &'static str) -> Result<(), Refusal> {
    match allowed {
        Some(allowed) if needed > allowed => Err(Refusal::Customers { needed, allowed, advice }),
        _ => Ok(()),
    }
}

/// What the machine has available.
fn available_memory() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    Some(system.available_memory()).filter(|&bytes| bytes > 0)
}

/// Files of a control group: limits, what is used, and the line of `memory.stat` with what could be given back.
struct GroupFiles {
    limits: &'static [&'static str],
    used: &'static str,
    reclaimable: &'static str,
}

const FIRST_VERSION: GroupFiles = GroupFiles {
    limits: &["memory.limit_in_bytes"],
    used: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file",
};
const SECOND_VERSION: GroupFiles =
    GroupFiles { limits: &["memory.max", "memory.high"], used: "memory.current", reclaimable: "inactive_file" };

/// Bytes that the control groups of this process still leave, of either version: of its own group and of every group around it,
/// the least. `root` is `/`, or stands for it.
fn group_room(root: &Path) -> Option<u64> {
    let below_root = |path: &str| root.join(path.trim_start_matches('/'));
    let groups = fs::read_to_string(below_root("/proc/self/cgroup")).ok()?;
    let mounts = fs::read_to_string(below_root("/proc/self/mountinfo")).ok()?;
    let rooms = mounts.lines().filter_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut kind = kind.split(' ');
        let (is_second, options) = (kind.next()? == "cgroup2", kind.nth(1).unwrap_or_default());
        if !is_second && !options.split(',').any(|option| option == "memory") {
            return None;
        }
        let mut place = place.split(' ').skip(3);
        let (mounted, at) = (place.next()?, place.next()?);
        let own = own_group(&groups, is_second)?;
        // What is outside of the mounted part cannot be seen; its own group is then the mounted one.
        let within = Path::new(own).strip_prefix(mounted).unwrap_or(Path::new(""));
        let at = below_root(&at.replace("\\040", " "));
        let files = if is_second { &SECOND_VERSION } else { &FIRST_VERSION };
        within.ancestors().filter_map(|group| room_of(&at.join(group), files)).min()
    });
    rooms.min()
}

/// The path of the group of this process among its `groups`: that of the second version, or that which counts memory.
fn own_group(groups: &str, is_second: bool) -> Option<&str> {
    groups.lines().find_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let is_own = if is_second { controllers.is_empty() } else { controllers.split(',').any(|c| c == "memory") };
        is_own.then_some(path)
    })
}

/// Bytes that one control group leaves; `None` without a limit.
fn room_of(group: &Path, files: &GroupFiles) -> Option<u64> {
    let number = |file: &str| fs::read_to_string(group.join(file)).ok()?.trim().parse::<u64>().ok();
    let limit = files.limits.iter().filter_map(|file| number(file)).min()?;
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let line = stat.lines().find_map(|line| line.strip_prefix(files.reclaimable)?.strip_prefix(' '));
    let reclaimable = line.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    let used = number(files.used).unwrap_or(0).saturating_sub(reclaimable);
    Some(limit.saturating_sub(used))
}

/// Bytes that this process may still use under its resource limits of address space and data: half of what they leave,
/// since memory that an allocator or a thread holds without using it counts there too.
fn process_room() -> Option<u64> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        let limits = [(Resource::As, "VmSize:"), (Resource::Data, "VmData:")];
        let room = |(resource, held): (Resource, &str)| {
            Some(getrlimit(resource).current?.saturating_sub(status_bytes(held).unwrap_or(0)) / 2)
        };
        limits.into_iter().filter_map(room).min()
    }
    #[cfg(not(unix))]
    None
}

/// The largest resident memory of this process so far, in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
    status_bytes("VmHWM:")
}

/// What the system says of this process under `key`, in bytes.
fn status_bytes(key: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
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
    /// Memory for customers that are held by their ids.
    #[error("refused: would need {}, limits.memory allows {}", readable_bytes(*.needed), readable_bytes(*.allowed))]
    Customers {
        /// Estimated bytes.
        needed: u64,
        /// Allowed bytes.
        allowed: u64,
        /// What to do instead.
        advice: &'static str,
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
                "cluster fewer columns (source.features), turn DBSCAN off (cluster.dbscan.enabled), leave attributes out \
                 (source.exclude), or allow more: limits.memory, or the limits of the control group and of the process"
                    .into()
            }
            Refusal::Customers { advice, .. } => format!(
                "{advice}, or allow more: limits.memory, or the limits of the control group and of the process"
            ),
            Refusal::Time { .. } => {
                "give cluster.kmeans.k a number, fit DBSCAN on a sample (cluster.dbscan.rows), or allow more with limits.time".into()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system with these files.
    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const FIRST: &str = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
                         38 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n";
    const SECOND: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    const UNLIMITED: &str = "9223372036854771712\n";

    #[test]
    fn a_limit_of_a_nested_group_of_the_first_version_counts() {
        let group = "sys/fs/cgroup/memory/jobs/nightly";
        let system = system(&[
            ("proc/self/cgroup", "5:devices:/\n4:memory:/jobs/nightly\n0::/\n"),
            ("proc/self/mountinfo", FIRST),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", UNLIMITED),
            ("sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", UNLIMITED),
            (&format!("{group}/memory.limit_in_bytes"), "300000000\n"),
            (&format!("{group}/memory.usage_in_bytes"), "90000000\n"),
            (&format!("{group}/memory.stat"), "inactive_file 1\ntotal_inactive_file 60000000\n"),
        ]);
        assert_eq!(group_room(system.path()), Some(270_000_000));
    }

    #[test]
    fn the_tightest_group_around_a_process_counts_in_the_second_version() {
        let limits = [("a/b/c/memory.max", "max"), ("a/b/c/memory.high", "900"), ("a/memory.max", "700")];
        let mut files: Vec<(String, &str)> =
            limits.iter().map(|(path, text)| (format!("sys/fs/cgroup/{path}"), *text)).collect();
        files.push(("sys/fs/cgroup/a/memory.current".to_owned(), "100"));
        files.push(("proc/self/cgroup".to_owned(), "0::/a/b/c\n"));
        files.push(("proc/self/mountinfo".to_owned(), SECOND));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        assert_eq!(group_room(system(&files).path()), Some(600));
        let [(own, _), (high, _), ..] = files[..] else { unreachable!() };
        assert_eq!(group_room(system(&[&files[3..], &[(own, "max"), (high, "900")]].concat()).path()), Some(900));
    }

    #[test]
    fn a_group_that_is_mounted_as_the_root_of_a_container_counts() {
        let mount = "35 31 0:32 /docker/4f2 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
        for own in ["/docker/4f2", "/docker/4f2/inner", "/elsewhere"] {
            let system = system(&[
                ("proc/self/cgroup", &format!("4:cpu,memory:{own}\n")),
                ("proc/self/mountinfo", mount),
                ("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000"),
            ]);
            assert_eq!(group_room(system.path()), Some(5000), "{own}");
        }
    }

    #[test]
    fn without_limits_groups_leave_everything() {
        let files = [("proc/self/cgroup", "0::/a\n"), ("proc/self/mountinfo", SECOND)];
        assert_eq!(group_room(system(&files).path()), None);
        assert_eq!(group_room(system(&[]).path()), None);
        let full = [&files[..], &[("sys/fs/cgroup/a/memory.max", "10"), ("sys/fs/cgroup/a/memory.current", "20")]];
        assert_eq!(group_room(system(&full.concat()).path()), Some(0));
    }
}
