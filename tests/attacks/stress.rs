//! One registry, many processes at once, some of them killed: every run stays whole, every name leads to one, nothing is left over.
//!
//! It takes a minute; `SEGMINT_STRESS_SECONDS` makes it longer, `SEGMINT_STRESS_SEED` another one.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::RngExt;
use segmint::random::stream;

use crate::program::{Bench, is_orderly, text};

/// Processes at once.
const AT_ONCE: u64 = 4;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

/// What a process is asked to do.
fn task(draw: &mut impl RngExt, worker: u64) -> Vec<String> {
    let output = format!("out/s{worker}.parquet");
    let page = format!("out/p{}.html", worker % 2);
    let keep = draw.random_range(0..3).to_string();
    let seed = format!("cluster.seed={}", draw.random_range(0..1000));
    let words: &[&str] = match draw.random_range(0..10) {
        0..=2 => &["run", "--set", &seed, "--set", "registry.keep=3", "--set", "cluster.dbscan.enabled=false"],
        3 => &["runs", "prune", "--keep", &keep],
        4 => &["runs", "alias", "champion", "latest"],
        5 => &["score", "latest", "d/customers.parquet", "-o", &output],
        6 => &["report", "latest", "-o", &page],
        7 => &["report", "latest"],
        8 => &["compare", "latest", "champion"],
        _ => &["runs", "list"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Waits for a process; kills it when its time is over. Whether it ended by itself.
fn wait(child: &mut Child, kill_after: Option<Duration>) -> bool {
    let began = Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        if kill_after.is_some_and(|after| began.elapsed() >= after) {
            // SIGKILL: no destructor runs.
            let _ = child.kill();
            child.wait().unwrap();
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What `tempfile` and the program call what is not finished.
fn is_left_over(name: &str) -> bool {
    name.starts_with(".tmp-") || name.starts_with(".segmint-")
}

fn left_over(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).filter(|name| is_left_over(name)).collect()
}

/// Every listed run opens, `latest` and every alias lead to one.
fn assert_whole(bench: &Bench) {
    let list: serde_json::Value = serde_json::from_str(&bench.must(["runs", "list", "--json"])).unwrap();
    let runs = list["runs"].as_array().unwrap();
    assert!(!runs.is_empty());
    for run in runs {
        assert!(run["damage"].is_null(), "{run}");
        bench.must(["runs", "show", run["run_id"].as_str().unwrap(), "--json"]);
    }
    bench.must(["runs", "show", "latest"]);
    if bench.at("r/.aliases/champion").exists() {
        bench.must(["runs", "show", "champion"]);
    }
}

#[test]
fn a_registry_outlives_everything_that_processes_do_to_it_at_once() {
    let bench = Bench::with_run(200);
    fs::create_dir(bench.at("out")).unwrap();
    bench.must(["runs", "alias", "champion", "latest"]);
    let end = Instant::now() + Duration::from_secs(setting("SEGMINT_STRESS_SECONDS", 60));
    let seed = setting("SEGMINT_STRESS_SEED", 1);
    let (n_done, n_killed, wrong) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    while Instant::now() < end {
        let round_end = Instant::now() + Duration::from_secs(5);
        let round = n_done.load(Ordering::Relaxed) as u64;
        std::thread::scope(|scope| {
            for worker in 0..AT_ONCE {
                let (bench, n_done, n_killed, wrong) = (&bench, &n_done, &n_killed, &wrong);
                scope.spawn(move || {
                    let mut draw = stream(seed, "attacks.stress", round * AT_ONCE + worker);
                    while Instant::now() < round_end {
                        let words = task(&mut draw, worker);
                        let kill_after =
                            draw.random_bool(0.35).then(|| Duration::from_millis(draw.random_range(0..80)));
                        let said = tempfile::NamedTempFile::new().unwrap();
                        let mut command = bench.command(&words);
                        command.stdout(Stdio::null()).stderr(said.reopen().unwrap());
                        let mut child = command.spawn().unwrap();
                        n_done.fetch_add(1, Ordering::Relaxed);
                        if !wait(&mut child, kill_after) {
                            n_killed.fetch_add(1, Ordering::Relaxed);
                            continue;
                        }
                        let status = child.wait().unwrap();
                        let stderr = fs::read(said.path()).unwrap();
                        let output = std::process::Output { status, stdout: Vec::new(), stderr };
                        // 3: the run it speaks of was deleted meanwhile; 75: another run is going on.
                        if !is_orderly(&output) || !matches!(status.code(), Some(0 | 3 | 75)) || lost(&words, &output) {
                            wrong.lock().unwrap().push(format!("{words:?}: {}", text(&output)));
                        }
                    }
                });
            }
        });
        assert_whole(&bench);
    }
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));

    // The next of each kind clears what the dead have left.
    bench.must(["run"]);
    bench.must(["score", "latest", "d/customers.parquet", "-o", "out/s0.parquet"]);
    assert_eq!(left_over(&bench.at("r")), [""; 0]);
    assert_eq!(left_over(&bench.at("r/.aliases")), [""; 0]);
    assert_eq!(left_over(&bench.at("out")), [""; 0]);
    for run in bench.runs() {
        bench.must(["report", run.to_str().unwrap()]);
        assert_eq!(left_over(&run), [""; 0]);
    }
    let (n_done, n_killed) = (n_done.into_inner(), n_killed.into_inner());
    assert!(n_killed > 0 && n_done > n_killed, "{n_done} processes, {n_killed} killed");
}

/// A finished run that was not recorded, or an alias that was lost: no other process may do that.
fn lost(words: &[String], output: &std::process::Output) -> bool {
    words[0] == "run" && output.status.code() == Some(3)
}
