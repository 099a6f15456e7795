//! Runs with a date: made once, made again, made up for, and never out of order.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::months::{A, B, C, FAR, Group, champion, id_near, id_of, json, month, run, shop};
use super::shop::{Said, Shop};

const D: Group = ("d", [150.0, 2500.0], 60);

/// The month of a date, run with it.
fn of(shop: &Shop, date: &str, groups: &[Group], seed: usize) -> (Said, PathBuf) {
    month(shop, groups, seed);
    run(shop, &["--as-of", date])
}

fn reused(said: &Said) -> bool {
    serde_json::from_str::<Value>(&said.stdout).unwrap()["reused"].as_bool().unwrap()
}

fn against(folder: &Path) -> String {
    json(folder, "refit.json")["against"].as_str().unwrap().to_owned()
}

fn point(shop: &Shop, alias: &str, run: &str) {
    fs::write(shop.path("runs/.aliases").join(alias), format!("{run}\n")).unwrap();
}

#[test]
fn the_same_plan_input_and_date_give_the_finished_run_back() {
    let shop = shop();
    let (said, first) = of(&shop, "2024-01-31", &[A, B, C], 1);
    assert!(!reused(&said));
    let (said, again) = run(&shop, &["--as-of", "2024-01-31"]);
    assert_eq!((reused(&said), &again, shop.runs().len()), (true, &first, 1), "{}", said.stderr);
    let (said, _) = run(&shop, &["--set", "source.as_of=2024-01-31", "--set", "cluster.threads=1"]);
    assert!(reused(&said), "however the date is said, and with any number of threads");
    let told = shop.segmint(&["run", "--as-of", "2024-01-31"]);
    assert!(told.stdout.contains("--force computes it again"), "{}", told.stdout);

    let (said, forced) = run(&shop, &["--as-of", "2024-01-31", "--force"]);
    assert!(!reused(&said) && forced != first);
    let (said, _) = run(&shop, &["--as-of", "2024-01-31", "--set", "cluster.seed=7"]);
    assert!(!reused(&said), "another plan");
    let (said, _) = of(&shop, "2024-01-31", &[A, B, C], 2);
    assert!(!reused(&said), "another table");
    let (said, _) = run(&shop, &["--as-of", "2024-02-29"]);
    assert!(!reused(&said), "another date");
    let (said, _) = run(&shop, &[]);
    assert!(!reused(&said), "no date");
}

#[test]
fn a_held_run_is_given_back_as_held_until_it_is_promoted() {
    let shop = shop();
    of(&shop, "2024-01-31", &[A, B, C], 1);
    let (said, held) = of(&shop, "2024-02-29", &[A, ("b", B.1, 20), ("c", C.1, 20)], 2);
    assert_eq!(said.code, 5, "{}", said.stdout);
    let (said, again) = run(&shop, &["--as-of", "2024-02-29"]);
    assert_eq!((said.code, reused(&said), &again), (5, true, &held));
    let promoted = shop.segmint(&["runs", "promote", &id_of(&held)]);
    assert_eq!((promoted.code, champion(&shop)), (0, id_of(&held)), "{}", promoted.stderr);
    let (said, _) = run(&shop, &["--as-of", "2024-02-29", "--metrics", "figures.prom"]);
    assert_eq!((said.code, reused(&said)), (0, true), "{}", said.stderr);
    assert!(said.stdout.contains("was held, and somebody has promoted it since"), "{}", said.stdout);
    assert!(fs::read_to_string(shop.path("figures.prom")).unwrap().contains("\nsegmint_gate_passed 1\n"));
}

#[test]
fn a_run_killed_before_its_page_was_made_has_one_when_it_is_asked_for_again() {
    let shop = shop();
    let (_, first) = of(&shop, "2024-01-31", &[A, B, C], 1);
    fs::remove_file(first.join("report.html")).unwrap();
    let (said, again) = run(&shop, &["--as-of", "2024-01-31"]);
    assert_eq!((reused(&said), &again, first.join("report.html").exists()), (true, &first, true), "{}", said.stderr);
}

#[test]
fn an_id_is_not_given_again_when_an_alias_goes_back_or_is_gone() {
    let shop = shop();
    let (_, january) = of(&shop, "2024-01-31", &[A, B, C], 1);
    let (said, february) = of(&shop, "2024-02-29", &[A, B, C, FAR], 2);
    assert_eq!((said.code, id_near(&february, 3000.0)), (0, "S04".to_owned()), "{}", said.stderr);
    let back = shop.segmint(&["runs", "alias", "champion", &id_of(&january)]);
    assert_eq!(back.code, 0, "{}", back.stderr);
    let (_, march) = of(&shop, "2024-03-31", &[A, B, C, D], 3);
    assert_eq!((against(&march), id_near(&march, 2500.0)), (id_of(&january), "S05".to_owned()));
    let index: Value = serde_json::from_slice(&fs::read(shop.path("runs/lineage.json")).unwrap()).unwrap();
    let runs = index["aliases"]["champion"]["runs"].as_array().unwrap().clone();
    let runs: Vec<&str> = runs.iter().map(|run| run["run_id"].as_str().unwrap()).collect();
    assert_eq!(runs, [&january, &february, &march].map(|run| id_of(run)));

    fs::remove_file(shop.path("runs/.aliases/champion")).unwrap();
    let (said, anew) = of(&shop, "2024-04-30", &[A, B, C], 4);
    assert!(said.stdout.contains("begun_anew"), "{}", said.stdout);
    assert_eq!([900.0, 500.0, 100.0].map(|middle| *id_near(&anew, middle) >= *"S06"), [true; 3]);
}

#[test]
fn a_date_with_a_time_is_refused_since_the_time_would_be_lost() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    for wrong in ["2024-01-31T23:30:00-05:00", "2024-01-31 10:00", "20240131"] {
        for arguments in [["run", "--as-of", wrong], ["run", "--set", &format!("source.as_of={wrong}")]] {
            let said = shop.segmint(&arguments);
            assert_eq!((said.code, shop.runs().len()), (2, 0), "{wrong}: {}", said.stdout);
            assert!(said.stderr.contains("2024-01-31"), "{}", said.stderr);
        }
    }
}

#[test]
fn a_night_of_before_is_given_back_as_it_was_and_no_alias_goes_back() {
    let shop = shop();
    of(&shop, "2024-01-31", &[A, B, C], 1);
    of(&shop, "2024-02-29", &[A, B, C], 2);
    let (_, march) = of(&shop, "2024-03-31", &[A, B, C], 3);
    for (date, seed) in [("2024-01-31", 1), ("2024-02-29", 2)] {
        let (said, _) = of(&shop, date, &[A, B, C], seed);
        assert_eq!((said.code, reused(&said), champion(&shop)), (0, true, id_of(&march)), "{}", said.stderr);
    }
    // A version whose place another one took.
    let (_, again) = of(&shop, "2024-03-31", &[A, B, C], 4);
    let (said, first) = of(&shop, "2024-03-31", &[A, B, C], 3);
    assert_eq!((said.code, first, champion(&shop)), (0, march, id_of(&again)), "{}", said.stderr);
}

#[test]
fn a_damaged_finished_run_is_computed_again() {
    let shop = shop();
    let (_, first) = of(&shop, "2024-01-31", &[A, B, C], 1);
    let file = first.join("segments.parquet");
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, bytes).unwrap();
    let said = shop.segmint(&["run", "--as-of", "2024-01-31"]);
    assert_eq!(said.code, 3, "the run that is to be continued is damaged: {}", said.stderr);
    let (said, second) =
        run(&shop, &["--as-of", "2024-01-31", "--set", "refit.against=\"\"", "--set", "gate.promote=\"\""]);
    assert!(!reused(&said) && second != first);
}

#[test]
fn a_run_killed_before_its_alias_moved_is_finished_when_it_is_asked_for_again() {
    let shop = shop();
    let (_, first) = of(&shop, "2024-01-31", &[A, B, C], 1);
    let (_, second) = of(&shop, "2024-02-29", &[A, B, C], 2);
    point(&shop, "champion", &id_of(&first));
    let (said, again) = run(&shop, &["--as-of", "2024-02-29"]);
    assert_eq!((said.code, reused(&said), &again, champion(&shop)), (0, true, &second, id_of(&second)));
    fs::remove_file(shop.path("runs/.aliases/champion")).unwrap();
    month(&shop, &[A, B, C], 1);
    let (said, again) = run(&shop, &["--as-of", "2024-01-31"]);
    assert_eq!(
        (said.code, reused(&said), &again, champion(&shop)),
        (0, true, &first, id_of(&first)),
        "the first night too"
    );
}

#[test]
fn a_backfill_continues_what_was_before_its_date_and_takes_no_later_place() {
    let shop = shop();
    let (_, january) = of(&shop, "2024-01-31", &[A, B, C], 1);
    let (_, march) = of(&shop, "2024-03-31", &[A, B, C], 3);
    let (said, february) = of(&shop, "2024-02-29", &[A, B, C], 2);
    assert_eq!((said.code, against(&february), champion(&shop)), (5, id_of(&january), id_of(&march)));
    assert!(said.stderr.contains("a run of a later date is promoted already"), "{}", said.stderr);
    let rules = json(&february, "refit.json")["gate"]["rules"].as_array().unwrap().clone();
    let failed: Vec<&Value> = rules.iter().filter(|rule| rule["passed"] == false).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!((&failed[0]["rule"], &failed[0]["about"][0]), (&"out_of_order".into(), &id_of(&march).into()));
    let said = shop.segmint(&["runs", "promote", &id_of(&february)]);
    assert_eq!((said.code, champion(&shop)), (5, id_of(&march)), "{}", said.stderr);
    assert!(said.stderr.contains("it stays beside the promoted runs"), "{}", said.stderr);
    // Before everything there is nothing to be held against.
    let (said, december) = of(&shop, "2023-12-31", &[A, B, C], 4);
    assert_eq!((said.code, champion(&shop)), (5, id_of(&march)), "{}", said.stderr);
    assert!(!december.join("refit.json").exists());
    let (said, _) = run(&shop, &["--as-of", "2023-12-31"]);
    assert_eq!((said.code, reused(&said)), (5, true), "{}", said.stderr);
    // The next night goes on from March.
    let (said, april) = of(&shop, "2024-04-30", &[A, B, C], 5);
    assert_eq!((said.code, against(&april)), (0, id_of(&march)), "{}", said.stderr);
}

#[test]
fn a_month_made_again_continues_the_month_before_and_gives_no_id_twice() {
    let shop = shop();
    let (_, january) = of(&shop, "2024-01-31", &[A, B, C], 1);
    let (said, february) = of(&shop, "2024-02-29", &[A, B, C, FAR], 2);
    assert_eq!((said.code, id_near(&february, 3000.0)), (0, "S04".to_owned()), "{}", said.stderr);
    let (said, again) = of(&shop, "2024-02-29", &[A, B, C, D], 2);
    assert_eq!((said.code, against(&again)), (0, id_of(&january)), "{}", said.stderr);
    assert_eq!(json(&again, "refit.json")["instead_of"], id_of(&february));
    assert_eq!((id_near(&again, 2500.0), champion(&shop)), ("S05".to_owned(), id_of(&again)));
    let history = shop.segmint(&["runs", "history"]);
    assert!(history.stdout.contains("2024-01-31") && history.stdout.contains("2024-02-29"), "{}", history.stdout);
    assert!(history.stdout.ends_with("\n– not in that run\n"), "{}", history.stdout);
    let history = shop.segmint(&["runs", "history", "--json"]);
    let history: Value = serde_json::from_str(&history.stdout).unwrap();
    let runs: Vec<&str> =
        history["runs"].as_array().unwrap().iter().map(|run| run["run_id"].as_str().unwrap()).collect();
    assert_eq!(runs, [id_of(&january), id_of(&again)]);
}

#[test]
fn the_first_date_made_again_continues_itself() {
    let shop = shop();
    let (_, first) = of(&shop, "2024-01-31", &[A, B, C], 1);
    let (said, second) = of(&shop, "2024-01-31", &[A, B, (C.0, C.1, 95)], 2);
    assert_eq!((said.code, against(&second)), (0, id_of(&first)), "{}", said.stderr);
    assert_eq!([900.0, 100.0, 500.0].map(|middle| id_near(&second, middle)), ["S01", "S02", "S03"]);
}

#[test]
fn a_date_to_come_is_refused_where_runs_have_an_order() {
    let shop = shop();
    month(&shop, &[A, B, C], 1);
    let said = shop.segmint(&["run", "--as-of", "2999-01-01"]);
    assert_eq!((said.code, shop.runs().len()), (2, 0), "{}", said.stderr);
    assert!(said.stderr.contains("source.as_of (--as-of) is 2999-01-01, and today is"), "{}", said.stderr);
    let alone = ["--as-of", "2999-01-01", "--set", "refit.against=\"\"", "--set", "gate.promote=\"\""];
    assert_eq!(run(&shop, &alone).0.code, 0, "ages may be counted to any day");
}

#[test]
fn what_was_promoted_before_a_date_and_is_deleted_is_named() {
    let shop = shop();
    let (_, january) = of(&shop, "2024-01-31", &[A, B, C], 1);
    of(&shop, "2024-02-29", &[A, B, C], 2);
    fs::remove_dir_all(&january).unwrap();
    month(&shop, &[A, B, C], 4);
    let said = shop.segmint(&["run", "--as-of", "2024-01-15"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    assert!(said.stderr.contains(&id_of(&january)) && said.stderr.contains("2024-01-15"), "{}", said.stderr);
    let history = shop.segmint(&["runs", "history"]);
    assert!(
        history.stdout.contains(&format!("before them: {}; it is not in the registry", id_of(&january))),
        "{}",
        history.stdout
    );
}
