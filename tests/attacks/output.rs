//! What leaves the program: no character of the data acts on a terminal, no output takes the place of what is no file, and what
//! could not be written is said.
#![cfg(unix)]

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use segmint::random::stream;

use crate::program::{Bench, is_orderly, text};

/// Every character that acts on a terminal or hides, of each kind some.
const ACTING: &str = "\u{0}\u{7}\u{8}\u{9}\u{a}\u{b}\u{d}\u{1b}\u{7f}\u{80}\u{85}\u{9b}\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\
                      \u{202a}\u{202d}\u{202e}\u{2066}\u{2067}\u{2069}\u{e0041}";

/// A name that tries to forge a line, a colour and a title.
fn hostile(name: &str) -> String {
    format!("{name}{ACTING}\nFORGED\r\u{1b}]0;PWNED\u{7}\u{1b}[31m")
}

/// A table of which every name, id, level and tier is hostile.
fn write_hostile(path: &Path) {
    use rand::RngExt;
    let mut draw = stream(1, "attacks.output", 0);
    let n = 240;
    let centre = |i: usize, of: [f64; 4]| of[i % 4];
    let mut near = |of: [f64; 4]| -> ArrayRef {
        Arc::new((0..n).map(|i| Some(centre(i, of) + draw.random_range(-1.0..1.0))).collect::<Float64Array>())
    };
    let (a, b) = (near([10.0, 100.0, 300.0, 50.0]), near([10.0, 5.0, 30.0, 50.0]));
    let texts =
        |of: &dyn Fn(usize) -> String| -> ArrayRef { Arc::new((0..n).map(|i| Some(of(i))).collect::<StringArray>()) };
    let batch = RecordBatch::try_from_iter([
        (hostile("id"), texts(&|i| hostile(&format!("C{i}")))),
        (hostile("spent"), a),
        ("b".to_owned(), b),
        (hostile("region"), texts(&|i| hostile(["x", "y", "z"][i % 3]))),
        (hostile("tier"), texts(&|i| hostile(["A", "B", "C", "D"][i % 4]))),
    ])
    .unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// A text as a string of TOML.
fn toml(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn hostile_bench() -> Bench {
    let bench = Bench::new(300);
    write_hostile(&bench.at("t.parquet"));
    let plan = format!(
        "[source]\npath = \"t.parquet\"\nid = {}\ntier = {}\n[cluster.kmeans]\nk = 4\n[report]\nmin_cell = 0\n[registry]\npath = \"h\"\n",
        toml(&hostile("id")),
        toml(&hostile("tier"))
    );
    fs::write(bench.at("p.toml"), plan).unwrap();
    let name = |id: &str| format!("name = {{ en = {}, zh = {} }}", toml(&hostile(id)), toml(&hostile(id)));
    let catalog = format!(
        "id = \"e\"\n{}\n[[archetypes]]\nid = \"x\"\n{}\nprofile = {{ b = \"high\" }}\n[[archetypes]]\nid = \"y\"\n{}\nprofile = {{ b = \"low\" }}\n",
        name("e"),
        name("x"),
        name("y")
    );
    fs::write(bench.at("cat.toml"), catalog).unwrap();
    bench
}

/// That nothing in what was said acts on a terminal, and no line of it is forged.
fn assert_harmless(command: &[String], output: &Output, may_escape: bool) {
    assert!(is_orderly(output), "{command:?}: {}", text(output));
    for said in [&output.stdout, &output.stderr] {
        let said = String::from_utf8_lossy(said);
        let acts = |c: char| c != '\n' && ACTING.contains(c) || (c.is_control() && c != '\n');
        let found = said.chars().find(|&c| acts(c) && !(may_escape && c == '\t'));
        assert_eq!(found, None, "{command:?}: {said}");
        let forged = said.lines().find(|line| line.trim_start().starts_with("FORGED"));
        assert_eq!(forged, None, "{command:?}: {said}");
    }
}

#[test]
fn no_command_lets_a_character_of_the_data_act_on_a_terminal() {
    let bench = hostile_bench();
    let id = hostile("C7");
    let words = |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
    let odd = hostile("odd");
    let commands: Vec<Vec<String>> = [
        &["run", "-c", "p.toml"][..],
        &["run", "-c", "p.toml", "--full"],
        &["run", "-c", "p.toml", "--json"],
        &["run", "-c", "p.toml", "-vv"],
        &["run", "-c", "p.toml", "--dry-run"],
        &["check", "-c", "p.toml"],
        &["check", "-c", "p.toml", "--json"],
        &["check", "-c", "p.toml", "--set", "source.tier=nobody"],
        &["runs", "list", "-c", "p.toml"],
        &["runs", "show", "latest", "-c", "p.toml", "--full"],
        &["runs", "show", "latest", "-c", "p.toml", "--json"],
        &["runs", "show", "latest", "-c", "p.toml", "--segment", "all"],
        &["runs", "show", "latest", "-c", "p.toml", "--segment", &odd],
        &["runs", "show", "latest", "-c", "p.toml", "--sql"],
        &["runs", "show", &odd, "-c", "p.toml"],
        &["runs", "alias", &odd, "latest", "-c", "p.toml"],
        &["score", "latest", "t.parquet", "-o", "s.parquet", "-c", "p.toml"],
        &["score", "latest", &odd, "-o", "s.parquet", "-c", "p.toml"],
        &["score", "latest", "d/customers.parquet", "-o", "s.parquet", "-c", "p.toml"],
        &["explain", "latest", &id, "-c", "p.toml"],
        &["explain", "latest", &odd, "-c", "p.toml"],
        &["compare", "latest", "t.parquet", "-c", "p.toml", "--tier", &hostile("tier")],
        &["compare", "latest", "t.parquet", "-c", "p.toml", "--tier", &odd],
        &["compare", "latest", "latest", "-c", "p.toml"],
        &["compare", "latest", &odd, "-c", "p.toml"],
        &["report", "latest", "-c", "p.toml", "--format", "md"],
        &["report", "latest", "-c", "p.toml", "-o", &odd],
        &["export", "latest", "-c", "p.toml", "-o", "x.csv"],
        &["export", "latest", "-c", "p.toml", "-o", &odd],
        &["archetypes", "show", "./cat.toml"],
        &["archetypes", "check", "cat.toml"],
        &["archetypes", "check", &odd],
        &["archetypes", "add", "-c", "p.toml", "--from-run", "latest", "--segment", "S01", "--catalog", "own.toml"],
        &["init", "t.parquet", "-o", "i.toml"],
        &["init", "t.parquet", "-o", &format!("{}.toml", odd.replace('\0', ""))],
        &["features", "t.parquet", "-o", "f.parquet"],
        &["check", "-c", &odd],
        &["check", "-c", "p.toml", "--set", &odd],
        &[&odd],
        &["run", &odd],
    ]
    .iter()
    .map(|command| words(command).into_iter().map(|word| word.replace('\0', "")).collect())
    .collect();
    for command in &commands {
        let output = bench.plain(command).output().unwrap();
        assert_harmless(command, &output, false);
        if command.contains(&"--json".to_owned()) {
            let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert!(document.to_string().contains("FORGED"), "{command:?}: names are whole in JSON");
        }
    }
    let csv = fs::read_to_string(bench.at("x.csv")).unwrap();
    assert!(!csv.trim_start_matches('\u{feff}').contains(|c: char| ACTING.contains(c) && c != '\n'), "{csv}");
    let run = fs::read_dir(bench.at("h"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.join("report.html").is_file());
    let page = fs::read_to_string(run.unwrap().join("report.html")).unwrap();
    assert!(!page.contains(|c: char| ACTING.contains(c) && !['\n', '\t'].contains(&c)));
}

#[test]
fn a_hostile_line_of_a_configuration_is_quoted_on_one_line() {
    let bench = Bench::new(300);
    for line in [
        "x = \u{1b}[2J",
        "[source]\npath = \"a\u{202e}\u{1b}b\"",
        "[source]\n\"\\u001b[2J\\nFORGED\" = 1\n",
        "\u{9b}31m = \"\n",
    ] {
        fs::write(bench.at("bad.toml"), line).unwrap();
        let command = vec!["check".to_owned(), "-c".to_owned(), "bad.toml".to_owned()];
        assert_harmless(&command, &bench.plain(&command).output().unwrap(), false);
    }
}

/// The commands that write a file, without its name.
const WRITERS: [&[&str]; 5] = [
    &["score", "latest", "d/customers.parquet"],
    &["report", "latest"],
    &["report", "latest", "--format", "md"],
    &["features", "shop.parquet"],
    &["init", "d/customers.parquet", "--force"],
];

/// Purchases that `features` reads.
fn write_purchases(path: &Path) {
    let customers: ArrayRef = Arc::new((0..60).map(|i| Some(format!("C{}", i % 12))).collect::<StringArray>());
    let days: ArrayRef = Arc::new((0..60).map(|i| Some(format!("2026-01-{:02}", i % 28 + 1))).collect::<StringArray>());
    let amounts: ArrayRef = Arc::new((0..60).map(|i| Some(f64::from(i) + 1.0)).collect::<Float64Array>());
    let batch = RecordBatch::try_from_iter([("customer_id", customers), ("date", days), ("amount", amounts)]).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn with(command: &[&str], output: &str) -> Vec<String> {
    command.iter().copied().chain(["-o", output]).map(str::to_owned).collect()
}

#[test]
fn pipes_devices_and_links_stay_and_get_the_whole_output() {
    let bench = Bench::with_run(300);
    write_purchases(&bench.at("shop.parquet"));
    fs::create_dir(bench.at("far")).unwrap();
    symlink("far/target", bench.at("link")).unwrap();
    for (round, command) in WRITERS.iter().enumerate() {
        let whole = bench.output(with(command, "plain"));
        assert!(whole.status.success(), "{command:?}: {}", text(&whole));
        let plain = fs::read(bench.at("plain")).unwrap();
        // `init` names the table as its file has to, so all of them lie in one folder.
        bench.must(with(command, "link"));
        assert!(fs::symlink_metadata(bench.at("link")).unwrap().is_symlink());
        let linked = fs::read(bench.at("far/target")).unwrap();
        assert!(linked == plain || round == 4, "{command:?}");

        let pipe = bench.at(&format!("pipe{round}"));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = {
            let pipe = pipe.clone();
            std::thread::spawn(move || {
                let (mut all, mut part) = (Vec::new(), [0; 4096]);
                let mut file = File::open(pipe).unwrap();
                while let n @ 1.. = file.read(&mut part).unwrap() {
                    all.extend_from_slice(&part[..n]);
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                all
            })
        };
        bench.must(with(command, pipe.to_str().unwrap()));
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(reader.join().unwrap() == plain, "{command:?}: all of it went through the pipe");

        bench.must(with(command, "/dev/null"));
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        let through = bench.output(with(command, "/dev/stdout"));
        assert!(through.status.success(), "{}", text(&through));
        assert!(through.stdout == plain || round == 4, "{command:?}: nothing else stands in it");

        let full = bench.output(with(command, "/dev/full"));
        assert_eq!(full.status.code(), Some(1), "{command:?}: {}", text(&full));
        assert!(text(&full).contains("No space left on device") && text(&full).contains("hint: "), "{}", text(&full));

        let folder = bench.output(with(command, "far"));
        assert_eq!(folder.status.code(), Some(1), "{command:?}: {}", text(&folder));
        assert!(text(&folder).contains("hint: that is a folder"), "{}", text(&folder));
        let _ = fs::remove_file(bench.at("plain"));
    }
    let left: Vec<String> = [bench.path().to_owned(), bench.at("far"), bench.runs().remove(0)]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()))
        .filter(|name| name.starts_with(".segmint-"))
        .collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn a_reader_that_goes_away_and_a_full_disk_behind_standard_output_are_no_bugs() {
    let bench = Bench::with_run(300);
    for command in [
        &["runs", "show", "latest", "--full"][..],
        &["report", "latest", "--format", "md"],
        &["completions", "bash"],
        &["man"],
    ] {
        let mut child = bench.command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", text(&output));
        let full =
            bench.command(command).stdout(File::options().write(true).open("/dev/full").unwrap()).output().unwrap();
        assert_eq!(full.status.code(), Some(1), "{command:?}: {}", text(&full));
    }
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let deaf = bench.command(["runs", "show", "nobody"]).stderr(full()).output().unwrap();
    assert_eq!(deaf.status.code(), Some(3), "what cannot be said on standard error changes nothing");
    let deaf = bench.command(["run", "-vv"]).stderr(full()).output().unwrap();
    assert!(deaf.status.success(), "{}", text(&deaf));
    let n_runs = bench.runs().len();
    let mute = bench.command(["run", "--force"]).stdout(full()).output().unwrap();
    assert_eq!((mute.status.code(), bench.runs().len()), (Some(1), n_runs + 1), "{}", text(&mute));
    let said = String::from_utf8_lossy(&mute.stderr).into_owned();
    assert!(said.contains("the run is recorded all the same as 20"), "{said}");
}

#[test]
fn a_new_registry_is_its_owners_alone_unless_the_umask_is_to_decide() {
    let bench = Bench::new(300);
    let modes = |registry: &str| {
        let mut found = Vec::new();
        walk(&bench.at(registry), &mut found);
        found
    };
    let run = |registry: &str, permissions: &str| {
        let sets = [format!("registry.path={registry}"), format!("registry.permissions={permissions}")];
        let script = "umask 022; exec \"$0\" run -c d/pipeline.toml --set cluster.kmeans.k=4 --set \"$1\" --set \"$2\"";
        let shell = Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_segmint")])
            .args(&sets)
            .current_dir(bench.path())
            .output();
        assert!(shell.as_ref().unwrap().status.success(), "{}", text(shell.as_ref().unwrap()));
    };
    run("own", "owner");
    run("own", "umask");
    for (path, mode, is_folder) in modes("own") {
        assert_eq!(mode, if is_folder { 0o700 } else { 0o600 }, "{path}");
    }
    run("open", "umask");
    run("open", "owner");
    for (path, mode, is_folder) in modes("open") {
        assert_eq!(mode, if is_folder { 0o755 } else { 0o644 }, "{path}: one that is there keeps its permissions");
    }
}

/// Everything at and below `path` with its permissions.
fn walk(path: &Path, found: &mut Vec<(String, u32, bool)>) {
    let meta = fs::metadata(path).unwrap();
    found.push((path.display().to_string(), meta.permissions().mode() & 0o777, meta.is_dir()));
    if meta.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| walk(&entry.unwrap().path(), found));
    }
}
