//! Times one kernel on the `f*` columns of a Parquet file and prints one line of JSON.
//!
//! ```text
//! cargo run --release --example time_kernel -- kmeans FILE.parquet K PASSES
//! cargo run --release --example time_kernel -- dbscan FILE.parquet EPS MIN_SAMPLES
//! cargo run --release --example time_kernel -- load FILE.parquet
//! cargo run --release --example time_kernel -- cut FILE.parquet SMALLER.parquet --rows N --columns N
//! cargo run --release --example time_kernel -- roofline
//! ```
//!
//! `s` is seconds from the finished matrix to the result (for `load`: from the file to the finished matrix), `load_s`
//! from the file to the finished matrix, `rss_mb` the most memory the process has held, in MiB. `labels_hash` is a hash
//! of the labels in row order as little-endian i32, −1 for noise, clusters renumbered by first appearance: equal hashes
//! are equal clusterings, whatever program made them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its result")]

#[path = "time_kernel/cut.rs"]
mod cut;
#[path = "time_kernel/roofline.rs"]
mod roofline;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use cut::Cut;
use segmint::cli::Exit;
use segmint::cluster::dbscan::DbscanParams;
use segmint::cluster::kmeans::KMeansParams;
use segmint::failure::Failure;
use segmint::limits::peak_memory;
use segmint::load::{Kind, Source, read_matrix};
use segmint::matrix::TiledMatrix;
use segmint::matrix::simd::{InstructionSet, set_level};
use segmint::metrics::Partition;
use segmint::monitor::Monitor;
use serde_json::{Value, json};

/// The program's allocator.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Times one kernel and prints one line of JSON.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    kernel: Kernel,
    /// Threads; 0 = all.
    #[arg(long, global = true, default_value_t = 0)]
    threads: usize,
    /// Instruction set: scalar, avx2, avx512, neon or auto = the widest.
    #[arg(long, global = true, default_value = "auto", value_parser = level_named)]
    simd: InstructionSet,
}

#[derive(Subcommand)]
enum Kernel {
    /// PASSES × (assign, update) from the rows (i·7919 + 13) mod n, then one assignment.
    #[command(name = "kmeans")]
    KMeans {
        file: PathBuf,
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        k: u32,
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        passes: u32,
    },
    /// Exact DBSCAN.
    Dbscan { file: PathBuf, eps: f64, min_samples: usize },
    /// From the file to the matrix.
    Load { file: PathBuf },
    /// A smaller table, that a kernel holds in as little memory as its size needs.
    Cut(Cut),
    /// What the machine can do: GB/s read from memory, GFLOP/s of fused multiplications and additions.
    Roofline,
}

/// Why there is no result, and how to end.
struct Failed(String, Exit);

impl<F: Failure> From<F> for Failed {
    fn from(failure: F) -> Self {
        Failed(failure.to_string(), failure.category().into())
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    set_level(arguments.simd);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build();
    let result = match pool {
        Ok(pool) => pool.install(|| time(&arguments)),
        Err(error) => Err(Failed(error.to_string(), Exit::Unexpected)),
    };
    match result {
        Ok(line) => {
            println!("{line}");
            Exit::Done.into()
        }
        Err(Failed(message, exit)) => {
            eprintln!("time_kernel: {message}");
            exit.into()
        }
    }
}

fn level_named(name: &str) -> Result<InstructionSet, String> {
    let available = InstructionSet::available();
    match name {
        "auto" => Ok(available[available.len() - 1]),
        _ => InstructionSet::named(name).ok_or_else(|| {
            let names: Vec<&str> = available.iter().map(|level| level.name()).collect();
            format!("this processor has {}", names.join(", "))
        }),
    }
}

fn time(arguments: &Arguments) -> Result<Value, Failed> {
    let mut line = match &arguments.kernel {
        Kernel::KMeans { file, k, passes } => {
            let (matrix, load_s) = load(file)?;
            let n = matrix.n_customers();
            let rows: Vec<usize> = (0..*k as usize).map(|i| (i * 7919 + 13) % n).collect();
            let params = KMeansParams::new(rows.len()).max_iter(*passes as usize).tol(0.0).check()?;
            let start = Instant::now();
            let fit = params.fit_from_rows(&matrix, &rows, &Monitor::silent())?;
            let s = start.elapsed().as_secs_f64();
            let hash = labels_hash(&fit.partition);
            json!({"s": s, "load_s": load_s, "inertia": fit.model.inertia, "iters": fit.n_iter, "labels_hash": hash})
        }
        Kernel::Dbscan { file, eps, min_samples } => {
            let params = DbscanParams::new(*eps, *min_samples).check()?;
            let (matrix, load_s) = load(file)?;
            let start = Instant::now();
            let fit = params.fit(&matrix, &Monitor::silent())?;
            let s = start.elapsed().as_secs_f64();
            let (clusters, noise) = (fit.partition.n_clusters(), fit.partition.n_noise());
            let hash = labels_hash(&fit.partition);
            json!({"s": s, "load_s": load_s, "clusters": clusters, "noise": noise, "labels_hash": hash})
        }
        Kernel::Load { file } => {
            let (matrix, s) = load(file)?;
            let sum: f64 = (0..matrix.n_tiles())
                .flat_map(|t| (0..matrix.n_features()).map(move |j| (t, j)))
                .map(|(t, j)| matrix.tile(t).column(j).iter().map(|&x| f64::from(x)).sum::<f64>())
                .sum();
            json!({"s": s, "load_s": s, "shape": [matrix.n_customers(), matrix.n_features()], "sum": sum})
        }
        Kernel::Cut(cut) => json!({"shape": cut.write().map_err(|message| Failed(message, Exit::Input))?}),
        Kernel::Roofline => roofline::measure(arguments.simd),
    };
    line["rss_mb"] = json!(peak_memory().map(|bytes| bytes >> 20));
    Ok(line)
}

/// The matrix of the numeric columns whose names begin with f, in the order of the file, and the seconds it took.
fn load(file: &Path) -> Result<(TiledMatrix, f64), Failed> {
    let start = Instant::now();
    let source = Source::open(file)?;
    let is_feature = |name: &str, kind| name.starts_with('f') && kind == Kind::Number;
    let columns = source.columns().iter().filter(|column| is_feature(&column.name, column.kind));
    let names: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
    if names.is_empty() {
        return Err(Failed(format!("{} has no numeric column whose name begins with f", file.display()), Exit::Input));
    }
    Ok((read_matrix(&source, &names)?, start.elapsed().as_secs_f64()))
}

fn labels_hash(partition: &Partition) -> String {
    let mut renumbered = vec![None; partition.n_clusters()];
    let mut next = 0_i32;
    let mut hasher = blake3::Hasher::new();
    for label in partition.labels() {
        let number = label.map_or(-1, |cluster| {
            *renumbered[cluster.index()].get_or_insert_with(|| {
                next += 1;
                next - 1
            })
        });
        hasher.update(&number.to_le_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
