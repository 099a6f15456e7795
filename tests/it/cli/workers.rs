//! Runs by several processes: the same folder, whatever happens to the processes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow::array::UInt32Array;
use segmint::config::Plan;
use segmint::failure::{Category, Failure};
use segmint::monitor::Monitor;
use segmint::pipeline::{Finished, PipelineError, run_by};
use segmint::registry::CommittedRun;
use segmint::workers::Workers;
use serde_json::Value;

use super::runs::{repeatable, without_times};
use super::shop::{Shop, columns};

/// What a run says whoever fitted it: its files, and run.json without its times.
fn content(folder: &Path) -> (BTreeMap<String, Vec<u8>>, Value) {
    (repeatable(folder), without_times(folder))
}

fn assert_same(found: &Path, expected: &Path, who: &str) {
    let ((files, record), (expected_files, expected_record)) = (content(found), content(expected));
    assert!(files.keys().eq(expected_files.keys()), "{who}");
    for (name, bytes) in &files {
        assert!(*bytes == expected_files[name], "{who}: {name} differs");
    }
    assert_eq!(record, expected_record, "{who}");
}

/// A shop of 3,000 customers, which are 47 tiles, and its run by threads.
fn busy_shop() -> (Shop, PathBuf) {
    let shop = Shop::new();
    shop.table(&columns(3000));
    // The plan is named as the library names it, since a run says where its keys come from.
    let by_threads = shop.run(&["-c", shop.path("pipeline.toml").to_str().unwrap()]);
    (shop, by_threads)
}

/// A run of `shop` by two workers that the shell starts with `script`, in which `$SEGMINT` is the program.
fn by_script(shop: &Shop, script: &str, patience: Duration) -> Result<CommittedRun, PipelineError> {
    let script = format!(
        "cd '{}'; echo >> started; SEGMINT='{}'; {script}",
        shop.path("").display(),
        env!("CARGO_BIN_EXE_segmint")
    );
    let workers = Workers::new(2, ["sh", "-c", &script]).with_patience(patience);
    let plan = Plan::load(&shop.path("pipeline.toml"), &[]).unwrap();
    run_by(&workers, &plan, Finished::Recompute, &Monitor::silent())
}

/// How many workers were started by [`by_script`].
fn n_started(shop: &Shop) -> usize {
    fs::read(shop.path("started")).unwrap().len()
}

/// Long for a worker to answer, short for a test.
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn the_sample_has_the_same_run_by_threads_and_by_one_two_and_seven_workers() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_segmint"));
        command.current_dir(folder.path()).arg("run").args(["--json", "-c"]).arg(root.join("pipeline.toml"));
        for setting in ["registry.path=runs", "cluster.kmeans.k_range=[4, 8]", "cluster.kmeans.n_init=2"] {
            command.args(["--set", setting]);
        }
        let said = super::shop::said(command.args(more).output().unwrap());
        assert_eq!(said.code, 0, "{}", said.stderr);
        let document: Value = serde_json::from_str(&said.stdout).unwrap();
        folder.path().join(document["path"].as_str().unwrap())
    };
    let by_threads = run(&[]);
    for n in ["1", "2", "7"] {
        assert_same(&run(&["--workers", n]), &by_threads, n);
    }
}

#[test]
fn workers_draw_the_starts_of_both_methods_as_threads_do() {
    let shop = Shop::new();
    shop.table(&columns(3000));
    // So many clusters that some run empty, and a run before whose centroids are one start more.
    for init in ["k-means++", "k-means||"] {
        let more =
            format!("init = \"{init}\"\nk = 40\n[refit]\nagainst = \"latest\"\n[cluster.dbscan]\nenabled = false\n");
        shop.configure(&more);
        let first = shop.run(&[]);
        let by_threads = shop.run(&["--set", &format!("refit.against={}", first.display())]);
        let by_workers = shop.run(&["--workers", "3", "--set", &format!("refit.against={}", first.display())]);
        assert_same(&by_workers, &by_threads, init);
    }
}

#[test]
fn a_table_of_few_tiles_has_fewer_workers_than_were_asked_for() {
    let shop = Shop::new();
    let by_threads = shop.run(&[]);
    assert_same(&shop.run(&["--workers", "50"]), &by_threads, "four tiles");
}

#[cfg(target_os = "linux")]
mod killed {
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// What the system says of a process that has not ended: its state, its parent.
    fn state(process: u32) -> Option<(String, u32)> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next().filter(|state| *state != "Z")?;
        Some((state.to_owned(), fields.next()?.parse().ok()?))
    }

    /// The processes whose parent is `parent`.
    fn children_of(parent: u32) -> Vec<u32> {
        let processes =
            fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        processes.filter(|&process| state(process).is_some_and(|(_, of)| of == parent)).collect()
    }

    fn kill(process: u32) {
        assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
    }

    /// A run by two workers that are both at work.
    fn at_work(shop: &Shop) -> (Child, Vec<u32>) {
        let mut command = shop.command();
        // Starts enough to be met in the middle of them.
        command.args(["run", "--json", "--workers", "2", "--set", "cluster.kmeans.n_init=60"]);
        let mut driver = command.stdout(Stdio::piped()).spawn().unwrap();
        loop {
            let workers = children_of(driver.id());
            if workers.len() == 2 {
                std::thread::sleep(Duration::from_millis(150));
                return (driver, workers);
            }
            assert_eq!(driver.try_wait().unwrap(), None, "the run ended before its workers were met");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_worker_that_is_killed_is_replaced() {
        let (shop, _) = busy_shop();
        let by_threads = shop.run(&["--set", "cluster.kmeans.n_init=60"]);
        let (mut driver, workers) = at_work(&shop);
        assert_eq!(driver.try_wait().unwrap(), None);
        kill(workers[1]);
        let said = super::super::shop::said(driver.wait_with_output().unwrap());
        assert_eq!(said.code, 0);
        let document: Value = serde_json::from_str(&said.stdout).unwrap();
        assert_same(&shop.path(document["path"].as_str().unwrap()), &by_threads, "killed");
    }

    #[test]
    fn workers_end_with_their_driver_and_no_half_run_stays() {
        let (shop, by_threads) = busy_shop();
        let (mut driver, workers) = at_work(&shop);
        kill(driver.id());
        driver.wait().unwrap();
        for worker in workers {
            let mut looks = 0;
            while state(worker).is_some() && looks < 1000 {
                std::thread::sleep(Duration::from_millis(10));
                looks += 1;
            }
            assert!(looks < 1000, "worker {worker} lives on");
        }
        assert_eq!(shop.runs(), [by_threads]);
    }
}

#[cfg(unix)]
#[test]
fn a_worker_whose_pipe_breaks_within_a_message_is_replaced() {
    let (shop, by_threads) = busy_shop();
    // The first of them is given so many bytes and no more: its shard, and a few tasks.
    let script = "if mkdir met 2>/dev/null; then dd bs=1 count=30000 2>/dev/null | \"$SEGMINT\" worker; else exec \"$SEGMINT\" worker; fi";
    let run = by_script(&shop, script, Duration::from_secs(600)).unwrap();
    assert_eq!(n_started(&shop), 3, "two, and one instead of the first");
    assert_same(&run.folder.path, &by_threads, "broken pipe");
}

#[cfg(unix)]
#[test]
fn a_worker_that_hangs_is_replaced() {
    let (shop, by_threads) = busy_shop();
    // One before it greets, one in the middle.
    let script = "if mkdir one 2>/dev/null; then exec sleep 20; fi; \
                  if mkdir two 2>/dev/null; then (dd bs=1 count=30000 2>/dev/null; sleep 20) | \"$SEGMINT\" worker; else exec \"$SEGMINT\" worker; fi";
    let run = by_script(&shop, script, PATIENCE).unwrap();
    assert_eq!(n_started(&shop), 4, "two, and two instead of the first");
    assert_same(&run.folder.path, &by_threads, "hung");
}

#[cfg(unix)]
#[test]
fn a_worker_of_another_version_is_refused() {
    let shop = Shop::new();
    let header = br#"{"Greeting":{"version":"9.9.9","is_little_endian":true}}"#;
    let lengths = [header.len() as u64, 0].map(u64::to_le_bytes).concat();
    fs::write(shop.path("greeting"), [&2_u32.to_le_bytes()[..], &lengths, header].concat()).unwrap();
    let error = by_script(&shop, "cat greeting; exec sleep 20", PATIENCE).err().unwrap();
    assert_eq!(error.message(), "a worker of segmint 9.9.9 answered, and this is 0.1.0");
    assert_eq!(
        (error.category(), error.hint()),
        (Category::Io, Some("give every worker the same version of segmint".into()))
    );
    assert_eq!(shop.runs(), Vec::<PathBuf>::new());
}

#[cfg(unix)]
#[test]
fn what_is_no_worker_is_given_up() {
    let shop = Shop::new();
    let reason = |script: &str| by_script(&shop, script, PATIENCE).err().unwrap().message();
    let lost = "worker 1 was lost 4 times, at last because";
    assert_eq!(
        reason("echo a shell says what it likes"),
        format!("{lost} its message does not begin as one of protocol 2")
    );
    assert_eq!(reason("exit 3"), format!("{lost} it ended (exit status: 3)"));
    let workers = Workers::new(1, [shop.path("nothing")]);
    let plan = Plan::load(&shop.path("pipeline.toml"), &[]).unwrap();
    let error = run_by(&workers, &plan, Finished::Recompute, &Monitor::silent()).err().unwrap();
    assert!(error.message().starts_with(&format!("cannot start a worker ({}): ", shop.path("nothing").display())));
    assert_eq!(shop.runs(), Vec::<PathBuf>::new());
}

#[cfg(unix)]
#[test]
fn a_table_that_changes_while_workers_are_at_work_is_an_error() {
    let shop = Shop::new();
    let before = fs::read(shop.path("customers.parquet")).unwrap();
    // Two customers change places in one column: whatever reads the file on the way finds nothing amiss.
    let mut changed = columns(240);
    let mut rows: Vec<u32> = (0..240).collect();
    rows.swap(0, 3);
    changed[3].1 = arrow::compute::take(&changed[3].1, &UInt32Array::from(rows), None).unwrap();
    shop.table(&changed);
    fs::rename(shop.path("customers.parquet"), shop.path("other.parquet")).unwrap();
    fs::write(shop.path("customers.parquet"), &before).unwrap();
    assert_ne!(fs::read(shop.path("other.parquet")).unwrap(), before);
    let error =
        by_script(&shop, "cp other.parquet customers.parquet; exec \"$SEGMINT\" worker", PATIENCE).err().unwrap();
    let path = shop.path("customers.parquet");
    assert_eq!(
        error.message(),
        format!("{} is not what the run has read: the file customers.parquet has other content", path.display())
    );
    assert_eq!(error.category(), Category::Input);
    assert_eq!(shop.runs(), Vec::<PathBuf>::new());
}

#[test]
fn workers_and_a_mixture_are_refused() {
    let shop = Shop::new();
    shop.configure("[cluster.gmm]\nenabled = true\n");
    let message = "segmint: cluster.gmm.enabled = true cannot be combined with workers: one process fits the mixture\n\n\
                   hint: run without --workers, or set cluster.gmm.enabled = false";
    shop.fails(&["run", "--workers", "2"], 2, message);
    shop.fails(&["run", "--workers", "2", "--dry-run"], 2, message);
}

#[test]
fn workers_that_would_need_more_memory_than_allowed_are_refused_before_they_start() {
    let shop = Shop::new();
    let limit = ["--set", "limits.memory=80 MB"];
    assert_eq!(shop.segmint(&[&["run", "--dry-run"], &limit[..]].concat()).code, 0, "enough for one process");
    let said = shop.segmint(&[&["run", "--workers", "4"], &limit[..]].concat());
    assert_eq!(said.code, 4, "{}", said.stderr);
    assert!(
        said.stderr.starts_with("segmint: refused: 4 workers would need 29 MB each, with this process "),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("limits.memory allows 80 MB\n\nhint: run without --workers"), "{}", said.stderr);
    let said = shop.segmint(&[&["run", "--dry-run", "--workers", "4"], &limit[..]].concat());
    assert_eq!(said.code, 4);
    assert!(said.stdout.contains("workers"), "{}", said.stdout);
    assert_eq!(shop.runs(), Vec::<PathBuf>::new());
}

#[test]
fn a_worker_says_who_starts_it_to_who_is_no_driver() {
    let shop = Shop::new();
    let mut command = shop.command();
    fs::write(shop.path("letter"), "Dear worker, how are you?").unwrap();
    let output = command.arg("worker").stdin(fs::File::open(shop.path("letter")).unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("segmint: standard input is not that of a worker: "), "{said}");
}
