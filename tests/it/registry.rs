//! The registry keeps whole runs only, whatever happens to the processes that write them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use segmint::failure::{Category, Failure};
use segmint::registry::{AliasName, Registry, RegistryError, RunFacts, RunId, replace_file};
use tempfile::TempDir;

/// Names the registry for the processes these tests start.
const REGISTRY: &str = "SEGMINT_TEST_REGISTRY";

/// Files of a run beside `run.json` and `checksums.txt`.
const N_TABLES: usize = 12;

fn registry() -> (TempDir, Registry) {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::open(folder.path().join("runs"));
    (folder, registry)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(n: usize) -> Timestamp {
    at(&format!("2026-08-{n:02}T02:00:00Z"))
}

fn alias(name: &str) -> AliasName {
    name.parse().unwrap()
}

/// Writes a run of a few files and commits it.
fn add(registry: &Registry, now: Timestamp, keep: usize) -> RunId {
    let pending = registry.begin(now, b"plan").unwrap();
    write_files(pending.path(), pending.id(), N_TABLES);
    pending.commit(keep).unwrap().folder.id.unwrap()
}

/// A run's files; `run.json` comes first, so that a half written run has one.
fn write_files(folder: &Path, id: RunId, n_files: usize) {
    fs::write(folder.join("run.json"), format!(r#"{{"run_id":"{id}","kmeans":{{"k":4}}}}"#)).unwrap();
    for i in 0..n_files {
        fs::write(folder.join(format!("table-{i}.parquet")), vec![b'x'; 10_000]).unwrap();
    }
}

/// Everything in the registry's folder that is neither a run nor one of the permanent files.
fn unfinished(registry: &Registry) -> Vec<String> {
    let names = fs::read_dir(registry.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.parse::<RunId>().is_err() && ![".lock", ".edit.lock", ".aliases"].contains(&name.as_str()))
        .collect()
}

#[test]
fn a_committed_run_is_listed_and_latest() {
    let (_folder, registry) = registry();
    assert!(registry.list().unwrap().is_empty(), "a registry that does not exist has no runs");
    let first = add(&registry, day(1), 50);
    let second = add(&registry, day(2), 50);
    let runs = registry.list().unwrap();
    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!(runs[1].aliases, ["latest"]);
    assert_eq!((runs[0].facts.k, runs[0].facts.n_segments), (Some(4), None));
    let latest = registry.resolve("latest").unwrap();
    assert_eq!(latest.id, Some(second));
    assert_eq!(fs::read(latest.file("table-2.parquet")).unwrap().len(), 10_000);
    assert!(unfinished(&registry).is_empty());
}

#[test]
fn a_dropped_run_leaves_nothing() {
    let (_folder, registry) = registry();
    let pending = registry.begin(day(1), b"").unwrap();
    write_files(pending.path(), pending.id(), 1);
    assert!(registry.list().unwrap().is_empty(), "a pending run is not listed");
    drop(pending);
    assert!(unfinished(&registry).is_empty());
    add(&registry, day(1), 50);
}

#[test]
fn a_run_without_a_whole_record_cannot_be_committed() {
    let (_folder, registry) = registry();
    let pending = registry.begin(day(1), b"").unwrap();
    fs::write(pending.path().join("run.json"), r#"{"run_id":"#).unwrap();
    assert!(matches!(pending.commit(50), Err(RegistryError::NotARun { .. })));
    assert!(registry.resolve("latest").is_err());
    assert!(unfinished(&registry).is_empty());
}

#[test]
fn a_folder_without_a_whole_record_is_not_a_run() {
    let (_folder, registry) = registry();
    let whole = add(&registry, day(1), 50);
    let damaged = RunId::new(day(2), b"");
    fs::create_dir(registry.path().join(damaged.to_string())).unwrap();
    assert_eq!(registry.ids().unwrap(), [whole]);
    fs::write(registry.path().join(damaged.to_string()).join("run.json"), r#"{"k":"#).unwrap();
    assert_eq!(registry.ids().unwrap(), [whole]);
    assert!(registry.prune(1, None, false).unwrap().is_empty(), "what is not a run does not count");
}

#[test]
fn runs_of_the_same_millisecond_get_ids_of_their_own() {
    let (_folder, registry) = registry();
    let ids: Vec<RunId> = (0..3).map(|_| add(&registry, at("2026-08-01T00:00:00.999Z"), 50)).collect();
    assert_eq!(registry.ids().unwrap(), ids);
    assert!(ids[2].to_string().starts_with("20260801T000001.001Z-"));
}

#[test]
fn a_second_run_is_refused_at_once_and_named() {
    let (_folder, registry) = registry();
    let holder = Holder::start(&registry, "a_process_that_holds_a_pending_run");
    let error = registry.begin(day(2), b"").unwrap_err();
    assert_eq!(error.category(), Category::Locked);
    let place = registry.path().display();
    if cfg!(unix) {
        assert_eq!(error.to_string(), format!("registry {place} is in use by another run (process {})", holder.id()));
    }
    assert!(error.hint().unwrap().contains("registry.path"));
    holder.kill();
    let pending = registry.begin(day(2), b"").unwrap();
    assert!(registry.begin(day(3), b"").is_err(), "two handles of one process exclude each other as well");
    drop(pending);
}

#[test]
fn aliases_can_be_set_while_a_run_goes_on() {
    let (_folder, registry) = registry();
    let run = add(&registry, day(1), 50);
    let pending = registry.begin(day(2), b"").unwrap();
    registry.set_alias(&alias("champion"), "latest").unwrap();
    registry.prune(1, None, false).unwrap();
    assert_eq!(registry.resolve("champion").unwrap().id, Some(run));
    assert!(pending.path().is_dir());
}

#[test]
fn a_killed_process_leaves_no_half_run() {
    let (_folder, registry) = registry();
    let previous = add(&registry, day(1), 50);
    let holder = Holder::start(&registry, "a_process_that_holds_a_pending_run");
    holder.kill();
    assert_eq!(unfinished(&registry).len(), 1, "the killed process had begun to write");
    assert_eq!(registry.ids().unwrap(), [previous]);
    assert_eq!(registry.resolve("latest").unwrap().id, Some(previous));
    let pending = registry.begin(day(2), b"").unwrap();
    assert_eq!(unfinished(&registry), [pending.path().file_name().unwrap().to_str().unwrap()]);
}

#[test]
fn a_kill_at_any_moment_keeps_every_run_and_alias_whole() {
    let (_folder, registry) = registry();
    add(&registry, day(1), 4);
    for round in 0..8 {
        let holder = Holder::start(&registry, "a_process_that_commits_without_end");
        std::thread::sleep(Duration::from_millis(round * 5));
        holder.kill();
        let runs = registry.list().unwrap();
        for run in &runs {
            let record: serde_json::Value =
                serde_json::from_slice(&fs::read(run.path.join("run.json")).unwrap()).unwrap();
            assert_eq!(record["run_id"], run.id.to_string());
            assert_eq!(fs::read_dir(&run.path).unwrap().count(), 2 + N_TABLES, "every file of a listed run is there");
        }
        let latest = registry.resolve("latest").unwrap();
        assert!(runs.iter().any(|run| Some(run.id) == latest.id));
        drop(registry.begin(day(2), b"").unwrap());
        assert!(unfinished(&registry).is_empty());
        let aliases: Vec<_> = fs::read_dir(registry.path().join(".aliases")).unwrap().collect();
        assert_eq!(aliases.len(), 1, "temporary alias files are cleared away");
        // A run committed just before the kill may not have pruned yet.
        registry.prune(4, None, false).unwrap();
        assert!(registry.ids().unwrap().len() <= 5);
    }
    assert!(registry.ids().unwrap().len() >= 4, "the processes did commit runs");
}

#[test]
fn an_alias_moves_in_one_step_and_protects_its_run() {
    let (_folder, registry) = registry();
    let ids: Vec<RunId> = (1..=3).map(|n| add(&registry, day(n), 50)).collect();
    let champion = alias("champion");
    assert_eq!(registry.set_alias(&champion, &ids[1].to_string()).unwrap(), ids[1]);
    assert_eq!(registry.set_alias(&champion, &ids[0].to_string()).unwrap(), ids[0]);
    assert_eq!(registry.prune(1, None, true).unwrap(), [ids[1]]);
    assert_eq!(registry.ids().unwrap(), ids, "a dry run deletes nothing");
    assert_eq!(registry.prune(1, None, false).unwrap(), [ids[1]]);
    assert_eq!(registry.ids().unwrap(), [ids[0], ids[2]]);
    assert_eq!(registry.resolve("champion").unwrap().id, Some(ids[0]));
    registry.set_alias(&champion, "latest").unwrap();
    assert_eq!(registry.prune(1, None, false).unwrap(), [ids[0]]);
    assert!(unfinished(&registry).is_empty());
}

#[test]
fn a_commit_keeps_the_newest_runs_and_always_itself() {
    let (_folder, registry) = registry();
    let ids: Vec<RunId> = (2..=5).map(|n| add(&registry, day(n), 2)).collect();
    assert_eq!(registry.ids().unwrap(), ids[2..]);
    let pending = registry.begin(day(1), b"plan").unwrap();
    write_files(pending.path(), pending.id(), 0);
    let committed = pending.commit(2).unwrap();
    assert!(committed.removed.is_empty() && committed.warnings.is_empty());
    assert!(committed.folder.path.is_dir(), "a clock that was set back does not cost the run just made");
}

#[test]
fn a_run_in_its_place_that_is_not_the_latest_says_so() {
    let (_folder, registry) = registry();
    let pending = registry.begin(day(1), b"plan").unwrap();
    write_files(pending.path(), pending.id(), 0);
    let id = pending.id();
    fs::write(registry.path().join(".aliases"), "a file in the way").unwrap();
    let error = pending.commit(50).unwrap_err();
    let said = format!("the run is recorded as {id}, but the alias \"latest\" was not moved to it: cannot create ");
    assert!(error.to_string().starts_with(&said), "{error}");
    assert_eq!(error.category(), Category::Io);
    assert_eq!(registry.ids().unwrap(), [id]);
}

#[test]
fn a_run_gets_its_name_only_under_the_lock_that_a_prune_takes() {
    let (_folder, registry) = registry();
    let first = add(&registry, day(1), 50);
    let pending = registry.begin(day(2), b"plan").unwrap();
    write_files(pending.path(), pending.id(), 0);
    let prune = fs::File::options().write(true).open(registry.path().join(".edit.lock")).unwrap();
    prune.lock().unwrap();
    let committing = std::thread::spawn(move || pending.commit(50).unwrap().folder.id.unwrap());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(registry.ids().unwrap(), [first], "no prune can meet a run that is not yet the latest");
    prune.unlock().unwrap();
    let second = committing.join().unwrap();
    assert_eq!(registry.resolve("latest").unwrap().id, Some(second));
}

#[test]
fn a_damaged_run_is_refused_by_every_name_with_the_file() {
    let (_folder, registry) = registry();
    let id = add(&registry, day(1), 50);
    let run = registry.path().join(id.to_string());
    let names = ["latest".to_owned(), id.to_string(), id.to_string()[..12].to_owned()];
    let refused = |file: &str| {
        for name in &names {
            let error = registry.resolve(name).unwrap_err();
            assert!(error.to_string().contains(file), "{name}: {error}");
            assert_eq!(error.category(), Category::Input);
        }
        assert!(registry.list().unwrap()[0].damage.as_ref().unwrap().contains(file));
    };
    fs::remove_file(run.join("table-3.parquet")).unwrap();
    refused("table-3.parquet is missing");
    fs::write(run.join("table-3.parquet"), "").unwrap();
    fs::write(run.join("run.json"), r#"{"kmeans":{"k":5}}"#).unwrap();
    refused("run.json is damaged");
    assert!(registry.list().unwrap()[0].facts == RunFacts::default(), "no figure of a damaged record is shown");
}

#[test]
fn a_run_that_is_deleted_while_its_page_is_made_says_so() {
    let (_folder, registry) = registry();
    let id = add(&registry, day(1), 5);
    let run = registry.resolve(&id.to_string()).unwrap();
    // The alias `latest` keeps the newest run.
    add(&registry, day(2), 5);
    assert_eq!(registry.prune(0, None, false).unwrap(), [id]);
    let error = replace_file(&run.path, "report.html", "page").unwrap_err();
    assert!(matches!(&error, RegistryError::Deleted { path } if *path == run.path), "{error}");
    assert_eq!(error.category(), Category::Input);
}

#[test]
fn runs_answer_to_ids_prefixes_and_folders() {
    let (folder, registry) = registry();
    let first = add(&registry, day(1), 50);
    let second = add(&registry, day(2), 50);
    for text in [first.to_string(), "20260801".into(), registry.path().join(first.to_string()).display().to_string()] {
        assert_eq!(registry.resolve(&text).unwrap().id, Some(first), "{text}");
    }
    let error = registry.resolve("202608").unwrap_err();
    assert!(error.to_string().starts_with("\"202608\" is the beginning of 2 run ids"));
    assert_eq!(error.hint().unwrap(), format!("it could be {second}, {first}"));

    let copy = folder.path().join("copied");
    fs::rename(registry.path().join(first.to_string()), &copy).unwrap();
    assert_eq!(registry.resolve(copy.to_str().unwrap()).unwrap().id, Some(first));
    let error = registry.set_alias(&alias("champion"), copy.to_str().unwrap()).unwrap_err();
    assert!(matches!(error, RegistryError::NotARun { .. }), "an alias names a run of its registry");
    let error = registry.resolve(folder.path().to_str().unwrap()).unwrap_err();
    assert!(error.to_string().contains("is not a run: run.json: "), "{error}");
    assert_eq!(error.category(), Category::Input);
}

#[test]
fn an_unknown_run_is_answered_with_the_runs_there_are() {
    let (_folder, registry) = registry();
    let error = registry.resolve("latest").unwrap_err();
    assert_eq!(error.to_string(), format!("no run \"latest\" in registry {}", registry.path().display()));
    assert!(error.hint().unwrap().contains("no runs yet"));
    let ids: Vec<RunId> = (1..=6).map(|n| add(&registry, day(n), 50)).collect();
    let error = registry.resolve("champion").unwrap_err();
    assert_eq!(error.category(), Category::Input);
    let hint = error.hint().unwrap();
    assert!(hint.starts_with(&format!("newest runs: {}, {}", ids[5], ids[4])), "{hint}");
    assert!(hint.ends_with("… (6 in all); aliases: latest"), "{hint}");
    assert!(registry.resolve("").is_err());
}

#[test]
fn an_alias_says_when_its_run_is_gone_or_its_file_damaged() {
    let (_folder, registry) = registry();
    let run = add(&registry, day(1), 50);
    registry.set_alias(&alias("champion"), "latest").unwrap();
    fs::remove_dir_all(registry.path().join(run.to_string())).unwrap();
    let error = registry.resolve("champion").unwrap_err();
    assert!(error.to_string().starts_with(&format!("alias \"champion\" points to run {run}, which is not in")));
    add(&registry, day(2), 50);
    fs::write(registry.path().join(".aliases/champion"), "yesterday").unwrap();
    let error = registry.resolve("champion").unwrap_err();
    assert!(error.to_string().ends_with("champion does not hold a run id"));
    assert!(registry.prune(1, None, false).is_err(), "nothing is deleted while an alias cannot be read");
    registry.set_alias(&alias("champion"), "latest").unwrap();
    assert!(registry.resolve("champion").is_ok());
}

#[test]
fn a_registry_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs");
    fs::write(&path, "a file").unwrap();
    let error = Registry::open(&path).begin(day(1), b"").unwrap_err();
    assert_eq!(error.category(), Category::Io);
    assert!(error.to_string().starts_with(&format!("cannot create {}: ", path.display())), "{error}");
}

/// A process of this test binary that runs one of the tests below, killed at the latest when dropped.
struct Holder(Child);

impl Holder {
    /// Starts `test` and waits until it says that it is at work.
    fn start(registry: &Registry, test: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("registry::{test}"), "--ignored", "--nocapture"])
            .env(REGISTRY, registry.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("at work")), "the process began");
        Holder(child)
    }

    fn id(&self) -> u32 {
        self.0.id()
    }

    /// SIGKILL: no destructor runs.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Says that the process is at work, past the test harness.
fn tell_parent() {
    std::io::stdout().write_all(b"\nat work\n").unwrap();
}

#[test]
#[ignore = "a process that other tests start and kill"]
fn a_process_that_holds_a_pending_run() {
    let registry = Registry::open(std::env::var_os(REGISTRY).unwrap());
    let pending = registry.begin(day(2), b"").unwrap();
    write_files(pending.path(), pending.id(), 2);
    tell_parent();
    std::thread::sleep(Duration::from_secs(60));
    unreachable!("the parent kills this process");
}

#[test]
#[ignore = "a process that other tests start and kill"]
fn a_process_that_commits_without_end() {
    let registry = Registry::open(std::env::var_os(REGISTRY).unwrap());
    for second in 0..60_000 {
        let pending = registry.begin(Timestamp::from_second(2_000_000_000 + second).unwrap(), b"").unwrap();
        write_files(pending.path(), pending.id(), N_TABLES);
        pending.commit(4).unwrap();
        // Once: nobody reads after that.
        if second == 0 {
            tell_parent();
        }
    }
    unreachable!("the parent kills this process");
}
