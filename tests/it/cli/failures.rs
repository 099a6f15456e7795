//! Wrong input: each with its message and exit code, and nothing written.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

use super::shop::{Shop, columns, listing, said};

/// The columns of the shop with one replaced or added.
fn with(n: usize, name: &'static str, column: ArrayRef) -> Vec<(&'static str, ArrayRef)> {
    let mut all: Vec<(&'static str, ArrayRef)> = columns(n).into_iter().filter(|(other, _)| *other != name).collect();
    all.push((name, column));
    all
}

fn floats(n: usize, of: impl Fn(usize) -> Option<f64>) -> ArrayRef {
    Arc::new((0..n).map(of).collect::<Float64Array>())
}

#[test]
fn what_is_written_is_named_as_what_it_is() {
    let shop = Shop::new();
    shop.run(&[]);
    let message = "segmint: --output out.csv: what is written is Parquet, not csv\n\n\
                   hint: let the name end in .parquet, as in out.parquet";
    for verb in [&["score", "latest"][..], &["features"]] {
        let said = shop.segmint(&[verb, &["customers.parquet", "-o", "out.csv"]].concat());
        assert_eq!((said.code, said.stderr.trim_end()), (2, message), "{verb:?}");
    }
    assert!(!shop.path("out.csv").exists());
    let said = shop.segmint(&["export", "latest", "-o", "out.pdf"]);
    let hint = "hint: an .xlsx holds every table on a sheet of its own, a .csv one of them (--table)";
    assert!(said.code == 2 && said.stderr.contains(hint), "{}", said.stderr);
    let nowhere = ["score", "latest", "customers.parquet", "-o", "nowhere/out.parquet"];
    let said = shop.segmint(&nowhere);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("hint: the folder it is to lie in does not exist; create it first"),
        "{}",
        said.stderr
    );
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let shop = Shop::new();
    let [path, id] = [&b"K\xfcche"[..], b"caf\xe9"].map(std::ffi::OsStr::from_bytes);
    let said = said(shop.command().args(["explain", "latest", "--from"]).args([path, id]).output().unwrap());
    let message = "segmint: argument \"caf\\xE9\" is not text in UTF-8\n\n\
                   hint: give it in UTF-8, which a terminal or script in another encoding does not write";
    assert_eq!((said.code, said.stderr.trim_end()), (2, message));
}

#[test]
fn made_up_customers_replace_nothing_unless_asked() {
    let shop = Shop::new();
    let make = ["simulate", "--customers", "50", "-o", "."];
    fs::write(shop.path("pipeline.toml"), "# mine").unwrap();
    fs::remove_file(shop.path("customers.parquet")).unwrap();
    shop.fails(
        &make,
        2,
        "segmint: ./pipeline.toml exists\n\nhint: name another place with --output, or replace what is there with --force",
    );
    assert_eq!(fs::read_to_string(shop.path("pipeline.toml")).unwrap(), "# mine");
    assert!(!shop.path("customers.parquet").exists());
    assert_eq!(shop.segmint(&[&make[..], &["--force"]].concat()).code, 0);
}

#[test]
fn wrong_configurations_are_exit_2_whatever_the_data() {
    let shop = Shop::new();
    fs::remove_file(shop.path("customers.parquet")).unwrap();
    let set = |key: &'static str| ["run", "--set", key];
    shop.fails(
        &set("cluster.kmean.k=3"),
        2,
        "segmint: unknown key cluster.kmean (--set)\n\nhint: did you mean cluster.kmeans?",
    );
    shop.fails(
        &set("cluster.kmeans.k=three"),
        2,
        "segmint: cluster.kmeans.k must be \"auto\" or a whole number from 1, got \"three\" (--set)\n\n\
         hint: for example `--set cluster.kmeans.k=auto` or `--set cluster.kmeans.k=6`",
    );
    shop.fails(
        &set("cluster.dbscan.eps=nan"),
        2,
        "segmint: cluster.dbscan.eps must be \"auto\" or a number > 0, got nan (--set)\n\n\
         hint: for example `--set cluster.dbscan.eps=auto` or `--set cluster.dbscan.eps=0.5`",
    );
    shop.fails(
        &set("cluster.kmeans.k=0"),
        2,
        "segmint: cluster.kmeans.k must be \"auto\" or a whole number from 1, got 0 (--set)\n\n\
         hint: for example `--set cluster.kmeans.k=auto` or `--set cluster.kmeans.k=6`",
    );
    shop.fails(
        &set("normalize.clip=0.5"),
        2,
        "segmint: normalize.clip must be a number ≥ 0 and < 0.5, got 0.5 (--set)\n\n\
         hint: for example `--set normalize.clip=0.0`",
    );
    shop.fails(
        &set("limits.memory=lots"),
        2,
        "segmint: limits.memory must be \"auto\" or a size such as \"8 GB\", got \"lots\" (--set)\n\n\
         hint: for example `--set limits.memory=auto` or `--set 'limits.memory=\"8 GB\"'`",
    );
    shop.fails(
        &["run", "-c", "nowhere.toml"],
        2,
        "segmint: cannot read the configuration nowhere.toml: No such file or directory (os error 2)\n\n\
         hint: write one with `segmint init FILE.parquet`, or name one with --config",
    );
    fs::write(shop.path("latin1.toml"), b"[source]\npath = \"k\xe4ufer.parquet\"\n").unwrap();
    shop.fails(
        &["run", "-c", "latin1.toml"],
        2,
        "segmint: latin1.toml:2: not text in UTF-8\n\nhint: save it in an editor as UTF-8",
    );
    shop.fails(
        &set("label.catalogs=[\"./nowhere.toml\"]"),
        2,
        "segmint: label.catalogs: cannot read the catalog ./nowhere.toml: No such file or directory (os error 2)\n\n\
         hint: a path is relative to the folder of the configuration, in a flag to the working folder; \
         `segmint archetypes list` names the catalogs that are built in",
    );
    shop.fails(
        &["run", "--set", "cluster.primary=dbscan", "--set", "cluster.dbscan.enabled=false"],
        2,
        "segmint: cluster.primary is \"dbscan\", but cluster.dbscan.enabled is false (--set)\n\n\
         hint: set cluster.dbscan.enabled = true, or leave cluster.primary out, which is \"kmeans\" then",
    );
    let said = shop.segmint(&["run", "--no-such-flag"]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    let said = shop.segmint(&set("label.catalogs=[\"rfm-9\"]"));
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("rfm-9") && said.stderr.contains("rfm-8"), "{}", said.stderr);
}

#[test]
fn wrong_tables_are_exit_3_and_named() {
    let shop = Shop::new();
    let whole = fs::read(shop.path("customers.parquet")).unwrap();
    let fails = |message: &[&str]| {
        let said = shop.segmint(&["run", "--set", "source.features=[\"recency_days\", \"frequency\", \"monetary\"]"]);
        assert_eq!(said.code, 3, "{message:?}: {}", said.stderr);
        for part in message {
            assert!(said.stderr.contains(part), "{part:?} is not in {:?}", said.stderr);
        }
        assert!(shop.runs().is_empty());
    };
    fs::write(shop.path("customers.parquet"), &whole[..whole.len() / 2]).unwrap();
    fails(&["customers.parquet"]);
    fs::write(shop.path("customers.parquet"), "customer,monetary\n1,2\n").unwrap();
    fails(&["customers.parquet"]);
    fs::remove_file(shop.path("customers.parquet")).unwrap();
    fails(&["customers.parquet"]);

    shop.table(&crate::parquet_table::emptied(&columns(4)));
    fails(&["customers.parquet has no rows"]);
    shop.table(&columns(1));
    fails(&["1 row"]);
    shop.table(&with(240, "monetary", floats(240, |_| None)));
    fails(&["monetary"]);
    let constant = |name: &'static str| (name, floats(240, |_| Some(1.0)));
    let [id, .., region, tier]: [(&str, ArrayRef); 6] = columns(240).try_into().ok().unwrap();
    shop.table(&[id, constant("recency_days"), constant("frequency"), constant("monetary"), region, tier]);
    fails(&["constant"]);
    shop.table(&with(240, "customer", Arc::new((0..240).map(|i| Some(i.max(1))).collect::<Int64Array>())));
    fails(&["customer", "1", "twice"]);
    shop.table(&with(240, "customer", Arc::new((0..240).map(|i| (i != 7).then_some(i)).collect::<Int64Array>())));
    fails(&["customer", "7"]);
}

#[test]
fn corrupt_bytes_give_one_message_and_no_panic_text() {
    let shop = Shop::new();
    let whole = fs::read(shop.path("customers.parquet")).unwrap();
    // Bytes of pages and footer in turn; a decoder may refuse them, read them, or panic.
    for at in (4..whole.len()).step_by(whole.len() / 60) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x5a;
        fs::write(shop.path("customers.parquet"), &damaged).unwrap();
        let said = shop.segmint(&["run", "--set", "cluster.kmeans.k=2"]);
        assert!(said.code == 0 || said.code == 3, "byte {at}: exit {} {}", said.code, said.stderr);
        assert!(said.stderr.is_empty() || said.stderr.starts_with("segmint: "), "byte {at}: {}", said.stderr);
    }
}

#[test]
fn a_configuration_that_does_not_fit_the_table_is_exit_3() {
    let shop = Shop::new();
    let fails = |key: &str, parts: &[&str]| {
        let said = shop.segmint(&["run", "--set", key]);
        assert_eq!(said.code, 3, "{key}: {}", said.stderr);
        for part in parts {
            assert!(said.stderr.contains(part), "{part:?} is not in {:?}", said.stderr);
        }
        assert!(shop.runs().is_empty());
    };
    fails("source.id=costumer", &["costumer", "hint", "customer"]);
    fails("source.tier=teir", &["teir", "tier"]);
    fails("source.features=[\"monetary\", \"region\"]", &["region", "number"]);
    fails("source.features=[\"money\"]", &["money"]);
    fails("source.exclude=[\"nothing\"]", &["nothing"]);
    fails("cluster.kmeans.k=241", &["241", "240"]);
    fails("label.roles.monetary=money", &["money"]);
    fails("normalize.features.money.scale=none", &["money"]);
    fails("compare.rules=[{ kind = \"abc\", column = \"money\" }]", &["money"]);
}

#[test]
fn a_table_above_a_limit_is_refused_with_the_number() {
    let shop = Shop::new();
    let said = shop.segmint(&["run", "--set", "limits.memory=1 MB"]);
    assert_eq!(said.code, 4, "{}", said.stderr);
    assert!(
        said.stderr.starts_with("segmint: refused: would need ") && said.stderr.contains("allows 1 MB"),
        "{}",
        said.stderr
    );
    assert!(shop.runs().is_empty());
}

#[test]
fn infinite_and_missing_values_are_counted_and_the_run_goes_on() {
    let shop = Shop::new();
    let holes = |i: usize| match i % 40 {
        0 => None,
        1 => Some(f64::INFINITY),
        2 => Some(f64::NAN),
        _ => Some(100.0 * (1 + i % 3) as f64 + (i % 7) as f64),
    };
    shop.table(&with(240, "monetary", floats(240, holes)));
    let run = shop.run(&[]);
    let record: serde_json::Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
    let audit = record["input"]["audit"]["numeric"].as_array().unwrap();
    let monetary = audit.iter().find(|column| column["name"] == "monetary").unwrap();
    let counts = ["n_null", "n_nan", "n_infinite"].map(|key| monetary[key].as_u64());
    assert_eq!(counts, [Some(6), Some(6), Some(6)], "{monetary}");
    let warnings = record["warnings"].to_string();
    assert!(warnings.contains("has 6 infinite values, missing ones to every stage"), "{warnings}");
}

#[test]
fn values_too_large_to_be_summed_are_refused_and_large_ones_make_a_run_that_can_be_read() {
    let shop = Shop::new();
    let huge = |i: usize| Some(if i < 2 { f64::MAX } else { 100.0 + (i % 7) as f64 });
    shop.table(&with(240, "monetary", floats(240, huge)));
    let said = shop.segmint(&["run"]);
    assert_eq!(said.code, 3, "{}", said.stdout);
    assert!(said.stderr.contains("column \"monetary\"") && said.stderr.contains("1.797"), "{}", said.stderr);
    shop.table(&with(240, "monetary", floats(240, |i| if i == 0 { Some(1e150) } else { huge(i.max(2)) })));
    shop.run(&[]);
    for arguments in [&["runs", "show", "latest"][..], &["report", "latest"]] {
        let said = shop.segmint(arguments);
        assert_eq!(said.code, 0, "{}", said.stderr);
    }
}

#[test]
fn ids_of_text_and_a_table_without_ids_both_work() {
    let shop = Shop::new();
    let ids: StringArray = (0..240).map(|i| Some(format!("客户{i}"))).collect();
    shop.table(&with(240, "customer", Arc::new(ids)));
    shop.run(&[]);
    let said = shop.segmint(&["explain", "latest", "客户5"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    shop.run(&["--set", "source.id=", "--set", "source.exclude=[\"customer\"]"]);
}

#[test]
fn a_tier_outside_the_order_is_a_warning_and_takes_the_rank_measure() {
    let shop = Shop::new();
    let said = shop.segmint(&["run", "--json", "--set", "compare.tier_order=[\"A\", \"B\"]"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let document: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert!(document["comparisons"][0]["indices"]["kendall_tau_b"]["value"].is_null());
    let warnings = document["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["message"]["en"].as_str().unwrap().contains('C')), "{warnings:?}");
}

#[test]
fn an_attribute_with_too_many_levels_is_left_out_with_a_warning() {
    let shop = Shop::new();
    let n = 1_500;
    let names: StringArray = (0..n).map(|i| Some(format!("name {i}"))).collect();
    shop.table(&with(n, "region", Arc::new(names)));
    let said = shop.segmint(&["run", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("1,000") || said.stdout.contains("1000"), "{}", said.stdout);
}

#[test]
fn a_target_that_cannot_be_written_is_exit_1() {
    let shop = Shop::new();
    fs::write(shop.path("runs"), "a file in the way").unwrap();
    let said = shop.segmint(&["run"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    let hint =
        "a file has the name of a folder that is needed; name another place; registry.path says where runs are kept";
    assert!(said.stderr.contains("runs") && said.stderr.contains(hint), "{}", said.stderr);
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_no_run() {
    let shop = Shop::new();
    // Files may not grow beyond 4 KiB: what a full disk looks like from inside.
    let line = format!("trap '' XFSZ; ulimit -f 4; exec {} run", env!("CARGO_BIN_EXE_segmint"));
    let mut command = std::process::Command::new("sh");
    let output = command.args(["-c", &line]).current_dir(shop.path("")).output().unwrap();
    let said = said(output);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.starts_with("segmint: cannot write "), "{}", said.stderr);
    assert!(shop.runs().is_empty());
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_with_130_and_a_second_run_meanwhile_with_75() {
    let shop = Shop::new();
    // Enough work to be caught in the middle.
    shop.table(&columns(60_000));
    shop.configure("[normalize]\nscale = \"none\"\n");
    let slow = ["run", "--set", "cluster.kmeans.n_init=500", "--set", "cluster.dbscan.enabled=false"];
    let mut child = shop.command().args(slow).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while listing(&shop.path("runs")).iter().all(|path| !path.ends_with(".lock")) {
        assert!(began.elapsed() < Duration::from_secs(60), "the run did not begin");
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be interrupted");
        std::thread::sleep(Duration::from_millis(10));
    }
    let second = shop.segmint(&["run"]);
    assert_eq!(second.code, 75, "{}", second.stderr);
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let said = said(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.stderr.trim_end()), (130, "segmint: interrupted"));
    assert!(shop.runs().is_empty());
}
