//! Files that somebody has damaged or made up, read by the library: whatever is in them, the answer is a value or an error.
//!
//! Every target mutates the files of its corpus (`tests/fuzz/corpus/TARGET`) from a fixed stream: the same tries in the same
//! order, as many as there is time for. `SEGMINT_FUZZ_SECONDS` is the time of each target, `SEGMINT_FUZZ_SEED` another stream.
//! A file that breaks the promise stays in `target/fuzz`; it belongs into the corpus, with what it showed.

mod mutate;
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::RngExt;
use segmint::failure::Failure;
use segmint::random::stream;

use mutate::mutated;

/// Seconds of a target when nobody asks for more.
const SECONDS: u64 = 6;
/// Bytes that the process may have at its most, of all targets together.
const MOST_BYTES: u64 = 2 << 30;

/// Reads the file at a path, in a folder of its own.
type Target = fn(&Path) -> Result<(), Box<dyn Failure>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The number that an environment variable gives.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The files of a corpus in order, by name.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(root().join("tests/fuzz/corpus").join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "the corpus {name} has files");
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

/// Tries a target on its corpus as it is and on mutants of it, until the time is over.
fn fuzz(name: &str, target: Target) {
    let files = corpus(name);
    let folder = tempfile::tempdir().unwrap();
    for (file, bytes) in &files {
        fs::write(folder.path().join(file), bytes).unwrap();
    }
    let kept = root().join("target/fuzz").join(name);
    fs::create_dir_all(&kept).unwrap();
    let attempt = |file: &str, bytes: &[u8]| {
        let (path, copy) = (folder.path().join(file), kept.join(file));
        fs::write(&path, bytes).unwrap();
        // What ends the process leaves its input too.
        fs::write(&copy, bytes).unwrap();
        let answer = catch_unwind(AssertUnwindSafe(|| target(&path)));
        match answer {
            Err(_) => panic!("{name} panics on {}", copy.display()),
            Ok(Err(error)) => assert!(!error.to_string().is_empty(), "{name}: {:?}", error.category()),
            Ok(Ok(())) => {}
        }
    };
    files.iter().for_each(|(file, bytes)| attempt(file, bytes));
    let time = Duration::from_secs(setting("SEGMINT_FUZZ_SECONDS").unwrap_or(SECONDS));
    let (began, mut tries) = (Instant::now(), 0);
    while began.elapsed() < time {
        let mut random = stream(setting("SEGMINT_FUZZ_SEED").unwrap_or(1), name, tries);
        let (file, bytes) = &files[random.random_range(0..files.len())];
        let other = &files[random.random_range(0..files.len())].1;
        attempt(file, &mutated(bytes, other, &mut random));
        fs::write(folder.path().join(file), bytes).unwrap();
        tries += 1;
    }
    files.iter().for_each(|(file, _)| fs::remove_file(kept.join(file)).unwrap());
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    let most = most.map_or(0, |kilobytes: u64| kilobytes * 1024);
    assert!(most < MOST_BYTES, "{name}: {} MB after {tries} tries", most >> 20);
    assert!(tries > 0, "there was time for a try");
}

#[test]
fn parquet_files_are_read_or_refused() {
    fuzz("parquet", targets::parquet);
}

#[test]
fn model_files_are_read_or_refused() {
    fuzz("model", targets::model);
}

#[test]
fn runs_are_read_or_refused() {
    fuzz("run", targets::run);
}

#[test]
fn plans_are_read_or_refused() {
    fuzz("plan", targets::plan);
}

#[test]
fn catalogs_are_read_or_refused() {
    fuzz("catalog", targets::catalog);
}

#[test]
fn transactions_are_read_or_refused() {
    fuzz("transactions", targets::transactions);
}

#[test]
fn tier_tables_are_read_or_refused() {
    fuzz("tiers", targets::tiers);
}
