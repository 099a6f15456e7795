//! What the machine is and can do, and which programs were built.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::entrant::Segmint;
use super::rounds::Rounds;
use crate::command::output;

/// The machine and the programs of a run.
#[derive(Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    /// Instruction sets that matter here.
    pub features: Vec<String>,
    pub threads: usize,
    pub memory_gib: Option<f64>,
    /// Read from memory by all threads, GB/s.
    pub read_gb_s: f64,
    /// Fused f32 multiplications and additions of all threads, each counted as two, GFLOP/s.
    pub fma_gflop_s: f64,
    /// The instruction set segmint uses here.
    pub simd: String,
    pub rustc: String,
    pub commit: String,
}

impl Machine {
    /// Asks the machine, and measures what it can do: the best round counts.
    pub fn measure(root: &Path, segmint: &Segmint, rounds: &Rounds) -> Result<Self, String> {
        println!("── roofline");
        let entries = rounds.measure(&[segmint.roofline()]);
        if let Some(failure) = &entries[0].failure {
            return Err(format!("roofline: {failure}"));
        }
        let best = |name: &str| {
            entries[0]
                .lines
                .iter()
                .filter_map(|line| line[name].as_f64())
                .fold(0.0, |best: f64, figure| best.max(figure))
        };
        let (read_gb_s, fma_gflop_s) = (best("read_gb_s"), best("fma_gflop_s"));
        println!("   {read_gb_s:.1} GB/s, {fma_gflop_s:.0} GFLOP/s");
        Ok(Machine {
            processor: after("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            features: features(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: after("/proc/meminfo", "MemTotal").and_then(|text| {
                text.strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kib| kib / f64::from(1 << 20))
            }),
            read_gb_s,
            fma_gflop_s,
            simd: entries[0].found("simd").as_str().unwrap_or_default().to_owned(),
            rustc: output(Command::new("rustc").arg("--version").current_dir(root))?.trim().to_owned(),
            commit: commit(root),
        })
    }
}

/// The value behind `key` in a file of lines `key: value`.
fn after(path: &str, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

fn features() -> Vec<String> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! detect {
            ($($name:tt)*) => { $(if is_x86_feature_detected!($name) { found.push($name.to_owned()); })* };
        }
        detect!("avx" "avx2" "fma" "avx512f" "avx512bw" "avx512dq" "avx512vl");
    }
    #[cfg(target_arch = "aarch64")]
    found.push("neon".to_owned());
    found
}

/// The commit at hand, and whether files differ from it.
fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(root));
    let Ok(commit) = git(&["rev-parse", "--short=10", "HEAD"]) else { return "unknown".to_owned() };
    let differs = git(&["status", "--porcelain", "--", "src", "examples", "Cargo.toml", "Cargo.lock"]);
    let differs = differs.is_ok_and(|files| !files.trim().is_empty());
    format!("{}{}", commit.trim(), if differs { " with changes" } else { "" })
}
