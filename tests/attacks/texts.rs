//! The attack of [`disclosure`](crate::disclosure) by an outsider: who holds the page, Markdown, sheets, the terminal's tables, a
//! comparison with the tiers of the run and a score of its customers, and reads numbers where they stand.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use calamine::{Reader, Xlsx, open_workbook};
use parquet::arrow::ArrowWriter;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::disclosure::{MIN_CELL, Told, batch, cell, customers, facts, hidden, items, name, size};
use crate::linear::Facts;

/// Runs, each with tables of its own.
const RUNS: u64 = 100;

/// What an outsider holds of a run.
pub struct Held {
    /// Tables: rows of cells, headings first.
    pub tables: Vec<Vec<Vec<String>>>,
    /// Everything that is no table, by lines.
    lines: Vec<String>,
}

/// A run in a folder of its own.
struct Shop {
    folder: tempfile::TempDir,
    run: PathBuf,
}

impl Shop {
    fn new(seed: u64) -> Shop {
        let mut random = ChaCha8Rng::seed_from_u64(1000 + seed);
        let (customers, k) = customers(&mut random);
        let folder = tempfile::tempdir().unwrap();
        let batch = batch(&customers, &mut random);
        let file = File::create(folder.path().join("customers.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let plan = format!(
            "[source]\npath = \"customers.parquet\"\nid = \"id\"\ntier = \"tier\"\nvalue = \"monetary\"\n\
             features = [\"recency_days\", \"frequency\"]\n[normalize]\ntransform = \"none\"\nmissing = \"{}\"\n\
             [cluster]\nthreads = 1\n[cluster.kmeans]\nk = {k}\nn_init = 3\n[cluster.dbscan]\nenabled = false\n\
             [compare]\ntier_order = [\"A\", \"B\", \"C\", \"D\", \"E\"]\npermutations = 0\nbootstrap = 0\n\
             [registry]\npath = \"runs\"\n",
            if seed % 3 == 0 { "drop" } else { "median" }
        );
        fs::write(folder.path().join("pipeline.toml"), plan).unwrap();
        let mut shop = Shop { folder, run: PathBuf::new() };
        shop.said(&["run"]);
        let mut runs = fs::read_dir(shop.at("runs")).unwrap().map(|entry| entry.unwrap().path());
        shop.run = runs.find(|path| path.join("run.json").exists()).unwrap();
        shop
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn said(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segmint"));
        let output = command.current_dir(self.folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, file: &str) -> Value {
        serde_json::from_slice(&fs::read(self.run.join(file)).unwrap()).unwrap()
    }

    /// What `--json` tells, beside what the run's folder holds.
    fn told(&self) -> Told {
        Told {
            shared: serde_json::from_str(&self.said(&["runs", "show", "latest", "--json"])).unwrap(),
            portraits: Value::Null,
            comparison: self.json("comparison.json"),
            segments: self.json("segments.json"),
        }
    }

    /// What an outsider holds, by the format.
    fn held(&self) -> Vec<(&'static str, Held)> {
        let mut all = Vec::new();
        let mut read = |format: &'static str, of: &dyn Fn(&mut Held)| {
            let mut held = Held::nothing();
            of(&mut held);
            all.push((format, held));
        };
        let markdown = self.said(&["report", "latest", "--format", "md"]);
        read("Markdown", &|held| held.of_markdown(&markdown));
        self.said(&["report", "latest", "-o", "page.html"]);
        read("page", &|held| held.of_html(&fs::read_to_string(self.at("page.html")).unwrap()));
        read("sheets as CSV", &|held| {
            for table in ["segments", "tiers", "candidates"] {
                self.said(&["export", "latest", "-o", "sheet.csv", "--table", table]);
                held.of_csv(&self.at("sheet.csv"));
            }
        });
        self.said(&["export", "latest", "-o", "sheets.xlsx"]);
        read("sheets", &|held| held.of_xlsx(&self.at("sheets.xlsx")));
        let terminal = self.said(&["runs", "show", "latest", "--full"]);
        read("terminal", &|held| held.of_terminal(&terminal));
        let compared = self.said(&["compare", "latest", "customers.parquet", "--tier", "tier"]);
        read("comparison", &|held| held.of_terminal(&compared));
        let scored = self.said(&["score", "latest", "customers.parquet", "-o", "scored.parquet"]);
        read("score", &|held| held.of_terminal(&scored));
        all
    }
}

impl Held {
    pub fn nothing() -> Held {
        Held { tables: Vec::new(), lines: Vec::new() }
    }

    pub fn of_markdown(&mut self, text: &str) {
        let plain = text.replace("\\", "");
        let mut table = Vec::new();
        for line in plain.lines() {
            match line.strip_prefix('|') {
                Some(cells) if !line.starts_with("|---") => {
                    table.push(cells.trim_end_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect());
                }
                Some(_) => {}
                None => {
                    self.tables.extend((!table.is_empty()).then(|| std::mem::take(&mut table)));
                    self.lines.push(line.trim_start_matches("- ").replace("**", ""));
                }
            }
        }
    }

    pub fn of_html(&mut self, page: &str) {
        for table in page.split("<table").skip(1) {
            let table = table.split("</table>").next().unwrap();
            let row = |row: &str| row.split("<t").skip(1).map(text_of).collect::<Vec<String>>();
            let rows = table.split("<tr").skip(1).map(|text| row(text.split("</tr>").next().unwrap()));
            self.tables.push(rows.collect());
        }
        for part in page.split(['\n']).flat_map(|line| line.split("</li>")).flat_map(|line| line.split("</p>")) {
            self.lines.push(text_of(&format!(">{part}")));
        }
    }

    fn of_csv(&mut self, path: &Path) {
        let bytes = fs::read(path).unwrap();
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        self.tables.push(reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect());
    }

    fn of_xlsx(&mut self, path: &Path) {
        let mut book: Xlsx<_> = open_workbook(path).unwrap();
        for (_, range) in book.worksheets() {
            self.tables.push(range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect());
        }
    }

    /// Tables whose columns stand two blanks apart, or a sign of what is held back.
    pub fn of_terminal(&mut self, text: &str) {
        let cells =
            |line: &str| line.split("  ").flat_map(split_sign).filter(|cell| !cell.is_empty()).collect::<Vec<_>>();
        for block in text.split("\n\n") {
            let mut table: Vec<Vec<String>> = block.lines().map(cells).collect();
            let width = table.iter().map(Vec::len).max().unwrap_or(0);
            // Nothing stands above ids.
            let heads = table.iter_mut().find(|row| row.len() > 1 && row.len() + 1 == width);
            heads.into_iter().for_each(|heads| heads.insert(0, String::new()));
            self.tables.push(table);
        }
        self.lines.extend(text.lines().map(|line| line.trim().to_owned()));
    }
}

/// The cells of what stands between double blanks: a sign of what is held back may stand beside another.
fn split_sign(text: &str) -> Vec<String> {
    let text = text.trim();
    if text.split(' ').all(|word| word == "*" || number(word).is_some()) {
        return text.split(' ').map(str::to_owned).collect();
    }
    vec![text.to_owned()]
}

/// What a piece of a page says in English.
fn text_of(piece: &str) -> String {
    let piece = match piece.split_once("<span lang=\"zh-CN\">") {
        Some(_) => {
            let mut english = String::new();
            for (i, part) in piece.split("<span lang=\"zh-CN\">").enumerate() {
                english += if i == 0 { part } else { part.split_once("</span>").map_or("", |(_, rest)| rest) };
            }
            english
        }
        None => piece.to_owned(),
    };
    let mut text = String::new();
    let mut is_tag = true;
    for c in piece.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&").trim().to_owned()
}

/// A whole number as people write it.
fn number(text: &str) -> Option<f64> {
    let digits = text.replace(',', "");
    digits.chars().all(|c| c.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The number of a segment whose id begins a text.
fn segment(text: &str) -> Option<u64> {
    let id = text.split(' ').next()?.strip_prefix('S')?;
    if id.len() == 2 { id.parse::<u64>().ok()?.checked_sub(1) } else { None }
}

/// Equations from what an outsider holds.
struct Outsider<'a> {
    facts: &'a mut Facts,
    /// Names of the segments, where each is one segment's alone.
    names: Vec<String>,
    /// Customers.
    n: f64,
    /// Whether all are clustered: else a share is one of fewer than a tier or a segment has.
    is_whole: bool,
    n_facts: usize,
}

impl Outsider<'_> {
    fn known(&mut self, unknown: &str, value: f64) {
        self.facts.known(unknown, value);
        self.n_facts += 1;
    }

    /// The unknown is this share of the other, as far as its digits tell.
    fn share(&mut self, part: &str, of: &str, percent: f64, digits: i32) {
        let half = 0.5 * 10_f64.powi(-digits);
        for (end, sign) in [(percent - half, 1.0), (percent + half, -1.0)] {
            let slack = format!("share/{}", self.n_facts);
            self.n_facts += 1;
            // part − end · of is not negative, or end · of − part.
            self.facts.sum(&[(part.to_owned(), sign), (of.to_owned(), -sign * end / 100.0), (slack, -1.0)], 0.0);
        }
    }

    fn named(&self, name: &str) -> Option<u64> {
        let found: Vec<usize> = (0..self.names.len()).filter(|&c| self.names[c] == name).collect();
        if let [only] = found[..] { Some(only as u64) } else { None }
    }

    fn read(&mut self, held: &Held, tiers: &[&str]) {
        for table in &held.tables {
            self.read_table(table, tiers);
        }
        for line in &held.lines {
            self.read_line(line, tiers);
        }
    }

    fn read_table(&mut self, table: &[Vec<String>], tiers: &[&str]) {
        // Values stand in a table of the same shape; the counts of a tier are whole numbers, and so are those of all.
        let Some(at) = table
            .iter()
            .position(|row| row.iter().any(|cell| ["tier", "segment", "customers"].contains(&cell.as_str())))
        else {
            return;
        };
        let heads = &table[at];
        let columns: Vec<Option<u64>> = heads.iter().map(|head| segment(head)).collect();
        let of_tiers: Vec<bool> = heads.iter().map(|head| tiers.contains(&head.as_str())).collect();
        let customers = heads.iter().position(|head| head == "customers");
        for row in &table[at + 1..] {
            let tier = row.iter().take(2).find(|cell| tiers.contains(&cell.as_str()));
            let is_whole = |cell: &String| number(cell).filter(|n| *n <= self.n);
            // Tiers × segments, of customers: no row of values is below what all are.
            if let (Some(tier), true, None) = (tier, columns.iter().any(Option::is_some), customers) {
                let cells: Vec<&String> =
                    row.iter().skip(row.len().saturating_sub(columns.iter().flatten().count())).collect();
                let is_counts = cells.iter().all(|cell| *cell == "*" || is_whole(cell).is_some())
                    && cells.iter().filter_map(|cell| number(cell)).sum::<f64>() <= self.n;
                for (cluster, text) in columns.iter().flatten().zip(cells) {
                    if let Some(n) = number(text).filter(|_| is_counts) {
                        self.known(&cell("kmeans", tier, &json!(cluster)), n);
                    }
                }
            }
            // Segments × tiers, as a comparison writes them.
            if let (Some(cluster), true) = (row.first().and_then(|name| self.named(name)), of_tiers.contains(&true)) {
                for (c, _) in of_tiers.iter().enumerate().filter(|(_, is_tier)| **is_tier) {
                    if let Some(n) = row.get(c).and_then(|text| number(text)) {
                        self.known(&cell("kmeans", &heads[c], &json!(cluster)), n);
                    }
                }
            }
            let Some(n) = customers.and_then(|at| row.get(at)).and_then(|text| number(text)) else { continue };
            let of_segment = row.first().and_then(|first| segment(first)).filter(|_| heads.len() == row.len());
            match (tier, of_segment) {
                (Some(tier), _) if heads.iter().any(|head| head == "share") => self.known(&name(&["class", tier]), n),
                (Some(tier), _) if heads.iter().any(|head| head == "expected") => {
                    let cluster =
                        heads.iter().position(|head| head == "segment").and_then(|at| self.named(row.get(at)?));
                    if let Some(cluster) = cluster {
                        self.known(&cell("kmeans", tier, &json!(cluster)), n);
                    }
                }
                (None, Some(cluster)) => self.known(&size("kmeans", &json!(cluster)), n),
                _ => {}
            }
        }
    }

    fn read_line(&mut self, line: &str, tiers: &[&str]) {
        if let (Some(cluster), Some((_, rest))) = (segment(line), line.split_once("): customers ")) {
            if let Some(n) = rest.split(' ').next().and_then(number) {
                self.known(&size("kmeans", &json!(cluster)), n);
            }
        }
        if !self.is_whole {
            return;
        }
        let parts = |text: &str| -> Vec<(String, f64)> {
            let ends = text.split(" %)").filter_map(|part| part.rsplit_once(" ("));
            ends.filter_map(|(name, percent)| Some((name.trim_start_matches(", ").to_owned(), percent.parse().ok()?)))
                .collect()
        };
        if let Some((tier, rest)) = line.strip_prefix("tier ").and_then(|rest| rest.split_once([' ', ','])) {
            let said = rest.split_once(": ").map_or("", |(_, said)| said);
            for (named, percent) in parts(said).into_iter().filter(|_| tiers.contains(&tier)) {
                if let Some(cluster) = self.named(&named) {
                    self.share(&cell("kmeans", tier, &json!(cluster)), &name(&["class", tier]), percent, 0);
                }
            }
        }
        if let Some((named, said)) = line.split_once(" mixes tiers ") {
            if let Some(cluster) = self.named(named) {
                for (tier, percent) in parts(said).into_iter().filter(|(tier, _)| tiers.contains(&tier.as_str())) {
                    let tiers: Vec<(String, f64)> = vec![(tier, percent)];
                    for (tier, percent) in tiers {
                        self.share_of_column(&tier, cluster, percent);
                    }
                }
            }
        }
    }

    /// A tier is this share of who is compared in a cluster, who are not all of it where some have no tier.
    fn share_of_column(&mut self, tier: &str, cluster: u64, percent: f64) {
        let half = 0.5;
        let (own, all, none) = (
            cell("kmeans", tier, &json!(cluster)),
            size("kmeans", &json!(cluster)),
            cell("kmeans", "none", &json!(cluster)),
        );
        for (end, sign) in [(percent - half, 1.0), (percent + half, -1.0)] {
            let slack = format!("share/{}", self.n_facts);
            self.n_facts += 1;
            let by = -sign * end / 100.0;
            self.facts.sum(&[(own.clone(), sign), (all.clone(), by), (none.clone(), -by), (slack, -1.0)], 0.0);
        }
    }
}

/// What an outsider finds of a run: hidden counts that are less open than they should be; and how many facts every format tells, and
/// hidden counts there were.
fn recovered(seed: u64) -> (Vec<String>, BTreeMap<&'static str, usize>, usize) {
    let shop = Shop::new(seed);
    let told = shop.told();
    let (n, clustered) = (told.shared["n_customers"].as_f64().unwrap(), told.shared["n_clustered"].as_f64().unwrap());
    let hidden = hidden(&told);
    // Where somebody is dropped, only what the texts say is taken for an equation, beside the totals.
    let mut facts = if n == clustered { facts(&told) } else { Facts::default() };
    let names = items(&told.shared, "segments").map(|segment| segment["segment"].as_str().unwrap().to_owned());
    let tiers: Vec<String> =
        items(&told.shared["tiers"][0], "classes").map(|class| class["tier"].as_str().unwrap().to_owned()).collect();
    let tiers: Vec<&str> = tiers.iter().map(String::as_str).collect();
    let mut outsider = Outsider { facts: &mut facts, names: names.collect(), n, is_whole: n == clustered, n_facts: 0 };
    let mut n_facts = BTreeMap::new();
    for (format, held) in shop.held() {
        let before = outsider.n_facts;
        outsider.read(&held, &tiers);
        n_facts.insert(format, outsider.n_facts - before);
    }
    let named: Vec<String> = hidden.iter().map(|(name, _)| name.clone()).collect();
    let Some(intervals) = facts.intervals(&named) else {
        return (vec!["the texts contradict each other".to_owned()], n_facts, hidden.len());
    };
    let mut found = Vec::new();
    for ((name, count), (low, high)) in hidden.iter().zip(intervals) {
        if *count < low - 1e-3 || *count > high + 1e-3 {
            found.push(format!("{name} = {count} is not in [{low}, {high}]: a text is read wrongly"));
        } else if high - low < MIN_CELL.min(clustered) - 1e-3 {
            found.push(format!("{name} = {count} is in [{low}, {high}]"));
        }
    }
    (found, n_facts, hidden.len())
}

#[test]
fn no_hidden_count_is_recovered_from_what_is_written_in_every_format() {
    let (n_facts, n_hidden) = (Mutex::new(BTreeMap::new()), AtomicUsize::new(0));
    let work = |part: u64| {
        let mut found = Vec::new();
        for seed in (part..RUNS).step_by(2) {
            let (leaks, facts, hidden) = recovered(seed);
            let mut n_facts = n_facts.lock().unwrap();
            facts.into_iter().for_each(|(format, n)| *n_facts.entry(format).or_insert(0) += n);
            n_hidden.fetch_add(hidden, Ordering::Relaxed);
            found.extend(leaks.into_iter().map(|leak| format!("run {seed}: {leak}")));
        }
        found
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let work = &work;
        let parts = [0, 1].map(|part| scope.spawn(move || work(part)));
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    let (n_facts, n_hidden) = (n_facts.into_inner().unwrap(), n_hidden.into_inner());
    println!("{n_facts:?} facts in texts, {n_hidden} hidden counts");
    assert!(failures.is_empty(), "{} leaks, such as {:#?}", failures.len(), &failures[..failures.len().min(20)]);
    assert!(n_facts.len() == 7 && n_facts.values().all(|n| *n > 100), "what a format tells is not read: {n_facts:?}");
    assert!(n_hidden > 1000, "{n_hidden} hidden counts");
}
