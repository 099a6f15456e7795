//! The attack of [`disclosure`](crate::disclosure) on two months: somebody holds what is shared of a run and of the run it continues, in
//! every format, and what `compare` tells of the two in either order, and takes all of it for one system of equations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use segmint::config::Plan;
use segmint::monitor::Monitor;
use segmint::pipeline::{Input, baseline, segment};
use segmint::registry::{Registry, Run};
use segmint::sharing::{Rules, SharedRun};
use serde_json::{Value, json};

use crate::disclosure::{Customer, MIN_CELL, Told, batch_of, customers, facts, hidden, items, name, position, size};
use crate::linear::Facts;
use crate::texts::Held;

/// Pairs of months.
const PAIRS: u64 = 240;

/// Who is in a table: ids and customers.
type Table = (Vec<String>, Vec<Customer>);

/// Two months in a registry.
struct Months {
    folder: tempfile::TempDir,
    runs: Vec<PathBuf>,
    told: Vec<Told>,
}

/// The second month of a table: some customers leave, some come, a few change their group or tier, and a group may come or go.
fn next_month((ids, before): &Table, k: usize, random: &mut ChaCha8Rng) -> (Table, usize) {
    let shared = [0.0, 0.3, 0.7, 0.95, 0.95, 1.0][random.random_range(0..6)];
    let moves = [0.0, 0.01, 0.03, 0.2][random.random_range(0..4)];
    let k_now = (k + random.random_range(0..3)).saturating_sub(1).clamp(2, 6);
    let (mut now_ids, mut now) = (Vec::new(), Vec::new());
    for (id, &(tier, group, region, missing, value)) in ids.iter().zip(before) {
        if !random.random_bool(shared) {
            continue;
        }
        let is_new_group = k_now > k && group == 0 && random.random_bool(0.3);
        let moved = if random.random_bool(moves) { random.random_range(0..k_now) } else { group.min(k_now - 1) };
        let tier = if random.random_bool(0.02) { Some(random.random_range(0..2)) } else { tier };
        now_ids.push(id.clone());
        now.push((tier, if is_new_group { k } else { moved }, region, missing, value * random.random_range(0.9..1.1)));
    }
    let n_new = if random.random_bool(0.3) {
        random.random_range(0..6)
    } else {
        (before.len() as f64 * (1.0 - shared)) as usize
    };
    for i in 0..n_new {
        let like = before[random.random_range(0..before.len())];
        now_ids.push(format!("N{i:04}"));
        now.push((like.0, like.1.min(k_now - 1), like.2, like.3, like.4));
    }
    for group in 0..k_now {
        // k-means needs somebody of everybody.
        let present = now.iter().filter(|one| one.1 == group).count();
        for i in present..3 {
            now_ids.push(format!("M{group}{i:03}"));
            now.push((Some(0), group, 0, false, 50.0));
        }
    }
    ((now_ids, now), k_now)
}

impl Months {
    fn new(seed: u64) -> Option<Months> {
        let mut random = ChaCha8Rng::seed_from_u64(7000 + seed);
        let (before, k) = customers(&mut random);
        let ids = (0..before.len()).map(|i| format!("C{i:04}")).collect();
        let first = (ids, before);
        let (second, k_now) = next_month(&first, k, &mut random);
        let mut months = Months { folder: tempfile::tempdir().unwrap(), runs: Vec::new(), told: Vec::new() };
        for (month, ((ids, customers), k)) in [(first, k), (second, k_now)].into_iter().enumerate() {
            months.run(month, &batch_of(&ids, &customers, &mut random), k)?;
        }
        Some(months)
    }

    /// Runs over a table; `None` where it cannot be segmented.
    fn run(&mut self, month: usize, table: &arrow::array::RecordBatch, k: usize) -> Option<()> {
        let plan = format!(
            "[source]\npath = \"-\"\nid = \"id\"\ntier = \"tier\"\nvalue = \"monetary\"\n\
             features = [\"recency_days\", \"frequency\"]\n[normalize]\ntransform = \"none\"\n[cluster]\nthreads = 1\n\
             [cluster.kmeans]\nk = {k}\nn_init = 3\n[cluster.dbscan]\nenabled = false\n\
             [compare]\ntier_order = [\"A\", \"B\", \"C\", \"D\", \"E\"]\npermutations = 0\nbootstrap = 0\n\
             [refit]\nagainst = \"champion\"\n[gate]\npromote = \"champion\"\nmax_drift = 0.25\n[registry]\npath = {:?}\n",
            self.folder.path().join("runs")
        );
        let file = self.folder.path().join("pipeline.toml");
        std::fs::write(&file, plan).unwrap();
        let plan = Plan::load(&file, &[]).unwrap();
        let monitor = Monitor::silent();
        let input = Input::of_batches(vec![table.clone()], &plan, &monitor).unwrap();
        let input = input.continuing(baseline(&plan).unwrap());
        let found = segment(&input, &plan, &monitor).ok()?;
        let now = format!("2026-0{}-01T02:00:00Z", 8 + month).parse().unwrap();
        let folder = found.record(&Registry::open(self.folder.path().join("runs")), now).unwrap().folder.path;
        let run = Run::open(&folder).unwrap();
        let shared = SharedRun::of(&run, &Rules::of(&plan.report).unwrap());
        self.told.push(Told {
            portraits: json!(shared.clusters),
            shared: json!(shared),
            comparison: json!(run.comparisons),
            segments: json!(run.labelled),
        });
        self.runs.push(folder);
        Some(())
    }

    fn said(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segmint"));
        let output = command.current_dir(self.folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn id(&self, month: usize) -> &str {
        self.runs[month].file_name().unwrap().to_str().unwrap()
    }

    fn refit(&self) -> &Value {
        &self.told[1].shared["refit"]
    }

    /// What the folder of the second month holds of the two.
    fn truth(&self) -> Value {
        json_of(&self.runs[1].join("refit.json"))
    }

    /// What `compare` tells, the first month first or last.
    fn compared(&self, backwards: bool) -> Value {
        let (from, to) = if backwards { (1, 0) } else { (0, 1) };
        serde_json::from_str(&self.said(&["compare", self.id(from), self.id(to), "--json"])).unwrap()
    }

    /// The unknown of a segment's size.
    fn size(&self, month: usize, id: &str) -> Option<String> {
        let at = position(&self.told[month].shared, id)?;
        Some(format!("{month}/{}", size("kmeans", &json!(at))))
    }
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn label(value: &Value) -> String {
    value.as_str().unwrap_or("none").to_owned()
}

fn went(from: &str, to: &str) -> String {
    name(&["went", from, to])
}

fn labels(value: &Value, key: &str) -> Vec<String> {
    items(value, key).map(label).collect()
}

/// Every equation of the two months.
fn joint(months: &Months) -> Facts {
    let mut all = Facts::default();
    for (month, told) in months.told.iter().enumerate() {
        all.join(facts(told).called(&format!("{month}/")));
    }
    let refit = months.refit();
    let (from, to) = (labels(&refit["migration"], "from"), labels(&refit["migration"], "to"));
    migrated(&mut all, &refit["migration"], &from, &to);
    let n = |month: usize| months.told[month].shared["n_customers"].as_f64().unwrap();
    // Everybody of a month is in one line.
    for (month, lines, others) in [(0, &from, &to), (1, &to, &from)] {
        for line in lines {
            let own = |other: &String| if month == 0 { went(line, other) } else { went(other, line) };
            let mut sum: Vec<(String, f64)> = others.iter().map(|other| (own(other), 1.0)).collect();
            sum.push((own(&"absent".to_owned()), 1.0));
            sum.extend(months.size(month, line).map(|size| (size, -1.0)));
            all.sum(&sum, 0.0);
        }
    }
    let old: Vec<String> = items(&months.told[0].shared, "segments").map(|one| label(&one["segment_id"])).collect();
    crossed(&mut all, months, [&from, &to], &old);
    accounts(&mut all, months, &old);
    events(&mut all, months, &old, &to);
    gate(&mut all, months, &old, &to, [n(0), n(1)]);
    for backwards in [false, true] {
        compared(&mut all, months, backwards);
    }
    all
}

fn migrated(all: &mut Facts, table: &Value, from: &[String], to: &[String]) {
    for (a, from) in from.iter().enumerate() {
        for (b, to) in to.iter().enumerate() {
            if let Some(n) = table["counts"][a][b].as_f64() {
                all.known(&went(from, to), n);
            }
        }
        if let Some(n) = table["left"][a].as_f64() {
            all.known(&went(from, "absent"), n);
        }
    }
    for (b, to) in to.iter().enumerate() {
        if let Some(n) = table["new"][b].as_f64() {
            all.known(&went("absent", to), n);
        }
    }
}

/// Customers by where they were, where the old segments would have them, and where they are.
fn crossed(all: &mut Facts, months: &Months, [from, to]: [&[String]; 2], old: &[String]) {
    let is_people = months.refit()["view"] == "people";
    for before in from.iter().map(String::as_str).chain(["absent"]) {
        for after in to {
            let by_old = |q: &String| (name(&["by", before, q, after]), 1.0);
            let mut sum: Vec<(String, f64)> = if is_people { Vec::new() } else { old.iter().map(by_old).collect() };
            sum.push((went(before, after), -1.0));
            if !is_people {
                all.sum(&sum, 0.0);
            }
        }
    }
}

/// The customers of both months whom the old segments have in `by_old` now.
fn shared_by_old(months: &Months, by_old: &str) -> Vec<(String, f64)> {
    let migration = &months.refit()["migration"];
    let (from, to) = (labels(migration, "from"), labels(migration, "to"));
    let cells = from.iter().flat_map(|p| to.iter().map(move |r| (name(&["by", p, by_old, r]), 1.0)));
    cells.collect()
}

fn accounts(all: &mut Facts, months: &Months, old: &[String]) {
    let is_people = months.refit()["view"] == "people";
    for account in items(months.refit(), "accounts").filter(|account| !account["segment"].is_null()) {
        let id = label(&account["segment"]["segment_id"]);
        for (month, key) in [(0, "before"), (1, "after")] {
            if let (Some(size), Some(n)) = (months.size(month, &id), account[key].as_f64()) {
                all.known(&size, n);
            }
        }
        let is_there = |month| months.size(month, &id).is_some();
        if let Some(n) = account["left"].as_f64().filter(|_| is_there(0)) {
            all.known(&went(&id, "absent"), -n);
        }
        if let Some(n) = account["joined"].as_f64().filter(|_| is_there(1)) {
            all.known(&went("absent", &id), n);
        }
        // Who was here and is in the table still, and whoever of those the old segments have here now.
        let mut moved: Vec<(String, f64)> = Vec::new();
        if !is_people && old.contains(&id) {
            moved.extend(shared_by_old(months, &id));
        }
        let stayed = months.size(0, &id).map(|size| [(size, 1.0), (went(&id, "absent"), -1.0)]);
        if is_people {
            let now = months.size(1, &id).map(|size| [(size, 1.0), (went("absent", &id), -1.0)]);
            moved.extend(now.into_iter().flatten());
        }
        moved.extend(stayed.into_iter().flatten().map(|(name, sign)| (name, -sign)));
        if let Some(n) = account["moved"].as_f64() {
            all.sum(&moved, n);
        }
        if let Some(n) = account["redefined"].as_f64() {
            let now = months.size(1, &id).map(|size| [(size, 1.0), (went("absent", &id), -1.0)]);
            let mut terms: Vec<(String, f64)> = now.into_iter().flatten().collect();
            if is_people {
                continue;
            }
            terms.extend(shared_by_old(months, &id).into_iter().map(|(name, sign)| (name, -sign)));
            all.sum(&terms, n);
        }
    }
}

/// Shares of events, of customers the old segments have somewhere who are like them.
fn events(all: &mut Facts, months: &Months, old: &[String], to: &[String]) {
    let view = months.refit()["view"].as_str().unwrap_or_default();
    let from = labels(&months.refit()["migration"], "from");
    let cell = |q: &str, r: &str| if view == "people" { went(q, r) } else { name(&["view", q, r]) };
    if view != "people" {
        for q in old {
            for r in to {
                let mut sum: Vec<(String, f64)> =
                    from.iter().map(String::as_str).chain(["absent"]).map(|p| (name(&["by", p, q, r]), 1.0)).collect();
                sum.push((cell(q, r), -1.0));
                // Who is like nobody of the old run does not count.
                sum.push((name(&["outside", q, r]), -1.0));
                all.sum(&sum, 0.0);
            }
        }
    }
    for (at, event) in items(months.refit(), "events").enumerate() {
        let Some(percent) = event["forward"].as_f64() else { continue };
        let ids = |key: &str| items(event, key).map(|one| label(&one["segment_id"])).collect::<Vec<_>>();
        let (event_from, event_to) = (ids("from"), ids("to"));
        for (end, sign) in [(percent - 0.5, 1.0), (percent + 0.5, -1.0)] {
            let mut sum = vec![(name(&["event", &at.to_string(), &end.to_string()]), -1.0)];
            for q in &event_from {
                for r in to {
                    let own = if event_to.contains(r) { 1.0 } else { 0.0 };
                    sum.push((cell(q, r), sign * (own - end / 100.0)));
                }
            }
            all.sum(&sum, 0.0);
        }
    }
}

fn gate(all: &mut Facts, months: &Months, old: &[String], to: &[String], n: [f64; 2]) {
    let migration = &months.refit()["migration"];
    for rule in items(&months.refit()["gate"], "rules") {
        let Some(value) = rule["value"].as_f64() else { continue };
        match rule["rule"].as_str().unwrap() {
            "carried" => {
                let went_on: Vec<&String> = old.iter().filter(|id| to.contains(id)).collect();
                for month in [0, 1] {
                    let truth: f64 = went_on.iter().map(|id| months.true_size(month, id)).sum();
                    // It is the smaller one; whoever tries both sees which.
                    if (truth / n[month] - value).abs() < 1e-9 {
                        let sizes = went_on.iter().filter_map(|id| months.size(month, id));
                        all.sum(&sizes.map(|size| (size, 1.0)).collect::<Vec<_>>(), (value * n[month]).round());
                    }
                }
            }
            // Of fewer than two thousand it is not rounded.
            "redefined" if months.refit()["view"] != "people" => {
                let mut sum = Vec::new();
                for p in labels(migration, "from").iter().map(String::as_str).chain(["absent"]) {
                    for (q, r) in old.iter().flat_map(|q| to.iter().map(move |r| (q, r))).filter(|(q, r)| q != r) {
                        sum.push((name(&["by", p, q, r]), 1.0));
                    }
                }
                all.sum(&sum, (value * n[1]).round());
            }
            _ => {}
        }
    }
}

impl Months {
    fn true_size(&self, month: usize, id: &str) -> f64 {
        let at = position(&self.told[month].shared, id).unwrap();
        self.told[month].segments["clusterings"][0]["clusters"][at]["size"].as_f64().unwrap()
    }
}

/// What `compare` tells: segments go by their names there.
fn compared(all: &mut Facts, months: &Months, backwards: bool) {
    let told = months.compared(backwards);
    let ids = |month: usize, names: Vec<String>| -> Vec<String> {
        let segments: Vec<&Value> = items(&months.told[month].shared, "segments").collect();
        let id = |name: &String| {
            let named: Vec<&&Value> = segments.iter().filter(|one| one["segment"] == *name.as_str()).collect();
            assert_eq!(named.len(), 1, "{name} is no one's name alone");
            label(&named[0]["segment_id"])
        };
        names.iter().map(|name| if name == "none" { name.clone() } else { id(name) }).collect()
    };
    let table = &told["migration"];
    let (first, second) = if backwards { ("to", "from") } else { ("from", "to") };
    let (from, to) = (ids(0, labels(table, first)), ids(1, labels(table, second)));
    if !backwards {
        migrated(all, table, &from, &to);
    } else {
        let turned: Vec<Vec<Value>> =
            (0..from.len()).map(|a| (0..to.len()).map(|b| table["counts"][b][a].clone()).collect()).collect();
        migrated(all, &json!({ "counts": turned, "left": table["new"], "new": table["left"] }), &from, &to);
    }
    if let Some(n) = told["n_shared"].as_f64() {
        let cells = from.iter().flat_map(|a| to.iter().map(move |b| (went(a, b), 1.0)));
        all.sum(&cells.collect::<Vec<_>>(), n);
    }
}

/// The counts that are hidden in the shared document of either month, with their names here.
fn hidden_of_both(months: &Months) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    for (month, told) in months.told.iter().enumerate() {
        found.extend(hidden(told).into_iter().map(|(name, n)| (format!("{month}/{name}"), n)));
    }
    let (table, truth) = (&months.refit()["migration"], months.truth());
    let mut lines: BTreeMap<String, f64> = BTreeMap::new();
    let place = |value: &Value| match value.as_str() {
        Some(text) => text.to_owned(),
        None => value["segment"].as_str().unwrap().to_owned(),
    };
    for line in items(&truth["movement"], "migration") {
        lines.insert(went(&place(&line["from"]), &place(&line["to"])), line["customers"].as_f64().unwrap());
    }
    let (from, to) = (labels(table, "from"), labels(table, "to"));
    let mut see = |cell: String, shown: &Value| {
        let count = lines.get(&cell).copied().unwrap_or(0.0);
        match shown.as_f64() {
            Some(shown) => assert!(shown == count && (count == 0.0 || count >= MIN_CELL), "{cell} is {count}: {table}"),
            None => found.push((cell, count)),
        }
    };
    for (a, from) in from.iter().enumerate() {
        to.iter().enumerate().for_each(|(b, to)| see(went(from, to), &table["counts"][a][b]));
        see(went(from, "absent"), &table["left"][a]);
    }
    to.iter().enumerate().for_each(|(b, to)| see(went("absent", to), &table["new"][b]));
    found
}

/// What is written of the accounts adds up and is what the folder says.
fn wrong_accounts(months: &Months) -> Vec<String> {
    let mut found = Vec::new();
    for account in items(months.refit(), "accounts") {
        let terms = ["before", "moved", "joined", "left", "redefined"].map(|key| account[key].as_f64());
        let both = terms.into_iter().sum::<Option<f64>>().zip(account["after"].as_f64());
        found.extend(both.filter(|(sum, after)| sum != after).map(|_| format!("{account} does not add up")));
    }
    found
}

/// Numbers of the accounts and of who went where that a text tells and the document does not, by the format; and how many are read.
fn told_otherwise(months: &Months) -> (Vec<String>, usize) {
    let run = months.id(1);
    let mut texts: Vec<(&str, Held)> = Vec::new();
    let mut read = |format: &'static str, of: &dyn Fn(&mut Held)| {
        let mut held = Held::nothing();
        of(&mut held);
        texts.push((format, held));
    };
    let markdown = months.said(&["report", run, "--format", "md"]);
    read("Markdown", &|held| held.of_markdown(&markdown));
    months.said(&["report", run, "-o", "page.html"]);
    read("page", &|held| held.of_html(&std::fs::read_to_string(months.folder.path().join("page.html")).unwrap()));
    let compared = months.said(&["compare", months.id(0), run]);
    read("comparison", &|held| held.of_terminal(&compared));
    let (mut found, mut n_read) = (Vec::new(), 0);
    for (format, held) in texts {
        let is_of_two = |table: &&Vec<Vec<String>>| {
            let heads = table.iter().take(3).flatten();
            heads.into_iter().any(|cell| ["moved", "from"].contains(&cell.trim()))
        };
        for row in held.tables.iter().filter(is_of_two).flatten() {
            let Some(id) = row.first().and_then(|cell| cell.split(' ').next()).filter(|id| is_id(id)) else { continue };
            for expected in rows_of(months, id).into_iter().filter(|expected| expected.len() + 1 == row.len()) {
                let numbers = row[1..].iter().map(|cell| signed(cell));
                for (cell, shown) in numbers.zip(expected) {
                    n_read += usize::from(cell.is_some());
                    if cell.is_some() && shown.is_none() {
                        found.push(format!("{format} tells {row:?}"));
                    }
                }
            }
        }
    }
    (found, n_read)
}

fn is_id(text: &str) -> bool {
    text.len() == 3 && text.starts_with('S') && text[1..].parse::<u32>().is_ok()
}

/// A number as it is written in an account or a table.
fn signed(cell: &str) -> Option<f64> {
    cell.replace(',', "").replace('−', "-").trim_start_matches('+').parse().ok()
}

/// The lines of tables that begin with a segment, as the document has them.
fn rows_of(months: &Months, id: &str) -> Vec<Vec<Option<f64>>> {
    let refit = months.refit();
    let account = items(refit, "accounts").find(|account| account["segment"]["segment_id"] == id);
    let keys = ["before", "moved", "joined", "left", "redefined", "after"];
    let of_account = account.map(|account| {
        let shares = ["value_share_before", "value_share"].map(|key| account[key].as_f64());
        keys.map(|key| account[key].as_f64()).into_iter().chain(shares).collect()
    });
    let table = &refit["migration"];
    let at = labels(table, "from").iter().position(|from| from == id);
    let of_table = at.map(|at| {
        let cells = table["counts"][at].as_array().unwrap().iter().chain([&table["left"][at]]);
        cells.map(Value::as_f64).collect()
    });
    of_account.into_iter().chain(of_table).collect()
}

/// What somebody with both months finds; how many hidden counts there are, and how many numbers are read in texts.
fn recovered(seed: u64) -> Option<(Vec<String>, usize, usize)> {
    let months = Months::new(seed)?;
    if months.refit()["view"].is_null() {
        return None;
    }
    let hidden = hidden_of_both(&months);
    let mut found = wrong_accounts(&months);
    found.extend(single_values(&months));
    let mut n_read = 0;
    if seed.is_multiple_of(4) {
        let (told, n) = told_otherwise(&months);
        found.extend(told);
        n_read = n;
    }
    let names: Vec<String> = hidden.iter().map(|(name, _)| name.clone()).collect();
    match joint(&months).intervals(&names) {
        None => found.push("the facts contradict each other".to_owned()),
        Some(intervals) => {
            for ((name, count), (low, high)) in hidden.iter().zip(intervals) {
                if *count < low - 1e-3 || *count > high + 1e-3 {
                    found.push(format!("{name} = {count} is not in [{low}, {high}]: a fact is read wrongly"));
                } else if high - low < MIN_CELL.min(fewest(&months)) - 1e-3 {
                    found.push(format!("{name} = {count} is in [{low}, {high}]"));
                }
            }
        }
    }
    Some((found, hidden.len(), n_read))
}

/// The customers of the smaller month: of fewer than are shown nothing can be more open than that.
fn fewest(months: &Months) -> f64 {
    let n = months.told.iter().map(|told| told.shared["n_customers"].as_f64().unwrap());
    n.fold(f64::INFINITY, f64::min)
}

/// The gate tells the value of a segment that vanished, which the month before held back.
fn single_values(months: &Months) -> Option<String> {
    let refit = months.refit();
    let vanished: Vec<String> = items(refit, "events")
        .filter(|event| event["kind"] == "vanished")
        .flat_map(|event| items(event, "from").map(|one| label(&one["segment_id"])).collect::<Vec<_>>())
        .collect();
    let rule = items(&refit["gate"], "rules").find(|rule| rule["rule"] == "vanished_value")?;
    rule["value"].as_f64()?;
    let hidden = vanished.iter().find(|id| {
        let at = position(&months.told[0].shared, id).unwrap();
        months.told[0].shared["segments"][at]["value_share"].is_null()
    })?;
    Some(format!("the gate tells the value of {hidden} and of {} others", vanished.len() - 1))
}

#[test]
fn no_hidden_count_is_recovered_from_two_months_together() {
    let [attacked, n_hidden, n_read] = [const { AtomicUsize::new(0) }; 3];
    let work = |part: u64| {
        let mut found = Vec::new();
        for seed in (part..PAIRS).step_by(2) {
            let Some((leaks, hidden, read)) = recovered(seed) else { continue };
            n_read.fetch_add(read, Ordering::Relaxed);
            attacked.fetch_add(1, Ordering::Relaxed);
            n_hidden.fetch_add(hidden, Ordering::Relaxed);
            found.extend(leaks.into_iter().map(|leak| format!("months {seed}: {leak}")));
        }
        found
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let work = &work;
        let parts = [0, 1].map(|part| scope.spawn(move || work(part)));
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    let [attacked, n_hidden, n_read] = [attacked, n_hidden, n_read].map(AtomicUsize::into_inner);
    println!("{attacked} pairs of months, {n_hidden} hidden counts, {n_read} numbers read, {} leaks", failures.len());
    let some: Vec<&String> = failures.iter().take(40).collect();
    assert!(failures.is_empty(), "{} leaks of {n_hidden}, such as {some:#?}", failures.len());
    assert!(n_read > 1000, "{n_read} numbers read");
    assert!(attacked as u64 > PAIRS / 2 && n_hidden > 10 * attacked, "{attacked} pairs, {n_hidden} hidden counts");
}
