//! The parts of the document, each from the results alone.

use super::results::{Entry, Failure, Measured, Results};
use super::workload::{Kind, thousands};

/// A Markdown table.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    // Everything but the first column is a figure.
    let rule: Vec<&str> = (0..head.len()).map(|i| if i == 0 { "---" } else { "---:" }).collect();
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    format!("{}|{}|\n{rows}", line(&head), rule.join("|")).trim_end().to_owned()
}

/// Every workload in one line.
pub fn summary(results: &Results) -> String {
    let row = |measured: &Measured| {
        let (segmint, rival) = (measured.segmint(), measured.fastest_rival());
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        vec![
            measured.workload.name(),
            or_none(segmint.seconds().map(seconds)),
            or_none(rival.and_then(|rival| Some(format!("{} ({})", seconds(rival.seconds()?), rival.name)))),
            or_none(rival.and_then(|rival| measured.ratio(rival)).map(times)),
            or_none(segmint.mebibytes().map(mebibytes)),
            or_none(rival.and_then(Entry::mebibytes).map(mebibytes)),
        ]
    };
    let head = ["workload", "segmint, s", "fastest correct rival, s", "ratio", "segmint, MiB", "rival, MiB"];
    table(&head, results.workloads.iter().map(row))
}

/// The workloads where segmint is not ahead, and those that say nothing about it.
pub fn not_ahead(results: &Results) -> String {
    if results.workloads.iter().all(|measured| measured.entries.len() == 1) {
        return "segmint was measured alone.".to_owned();
    }
    let list = |lines: Vec<String>| lines.into_iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n");
    let (ahead, behind): (Vec<&Measured>, Vec<&Measured>) =
        results.workloads.iter().partition(|measured| measured.is_ahead());
    let is_alone = |measured: &&&Measured| measured.fastest_rival().is_none();
    let alone: Vec<String> = ahead.iter().filter(is_alone).map(|measured| measured.workload.name()).collect();
    let mut text = match behind.len() {
        0 => "segmint is ahead of every correct rival on every workload of this run.".to_owned(),
        _ => {
            let line = |measured: &&Measured| format!("{}: {}.", measured.workload.name(), why_behind(measured));
            format!("segmint is not ahead on these workloads:\n\n{}", list(behind.iter().map(line).collect()))
        }
    };
    if !alone.is_empty() {
        text += "\n\nNo rival gave a correct result within the limit on these workloads:\n\n";
        text += &list(alone);
    }
    text
}

fn why_behind(measured: &Measured) -> String {
    let segmint = measured.segmint();
    if let Some(failure) = &segmint.failure {
        return format!("segmint took {}", without_details(failure));
    }
    if !measured.is_correct(segmint) {
        return format!("its result is not that of {}", measured.reference().name);
    }
    match measured.fastest_rival().and_then(|rival| Some((rival, measured.ratio(rival)?))) {
        Some((rival, ratio)) => format!("{} takes {} as long as segmint", rival.name, times(ratio)),
        None => "there is no time to compare".to_owned(),
    }
}

/// The entrants of every workload of a kind.
pub fn workloads(results: &Results, kind: Kind) -> String {
    let of_kind = results.workloads.iter().filter(|measured| measured.workload.kind == kind);
    let parts = of_kind.map(|measured| format!("### {}\n\n{}", measured.workload.name(), entrants(measured)));
    parts.collect::<Vec<_>>().join("\n\n")
}

fn entrants(measured: &Measured) -> String {
    let mut entries: Vec<&Entry> = measured.entries.iter().collect();
    let order = |entry: &Entry| entry.seconds().unwrap_or(f64::INFINITY);
    entries.sort_by(|a, b| order(a).total_cmp(&order(b)));
    let fastest = measured.fastest_rival().map(|entry| &entry.name);
    let row = |entry: &Entry| {
        let is_marked = entry.is_segmint() || Some(&entry.name) == fastest;
        let name = if is_marked { format!("**{}**", entry.name) } else { entry.name.clone() };
        let (Some(median), Some((least, most))) = (entry.seconds(), entry.range()) else {
            let why = entry.failure.as_ref().map_or("no seconds".to_owned(), without_details);
            return vec![name, why, String::new(), String::new(), String::new(), String::new()];
        };
        vec![
            name,
            seconds(median),
            format!("{} – {}", seconds(least), seconds(most)),
            measured.ratio(entry).map_or_else(String::new, times),
            entry.mebibytes().map_or_else(String::new, mebibytes),
            found(measured, entry),
        ]
    };
    let found_head = match measured.workload.kind {
        Kind::KMeans => "inertia",
        Kind::Dbscan => "clusters, noise",
        Kind::Load => "sum",
        Kind::Job => "k, DBSCAN clusters, noise",
    };
    table(&["entrant", "median, s", "least – most", "ratio", "MiB", found_head], entries.into_iter().map(row))
}

fn found(measured: &Measured, entry: &Entry) -> String {
    let count = |name: &str| entry.found(name).as_u64().map_or("–".to_owned(), |count| thousands(count as usize));
    let figure = |name: &str| entry.found(name).as_f64().unwrap_or(f64::NAN);
    let text = match measured.workload.kind {
        Kind::KMeans => format!("{:.2}", figure("inertia")),
        Kind::Dbscan => format!("{}, {}", count("clusters"), count("noise")),
        Kind::Load => format!("{:.4}", figure("sum")),
        Kind::Job if measured.workload.has_dbscan() => {
            format!("{}, {}, {}", count("k"), count("clusters"), count("noise"))
        }
        Kind::Job => count("k"),
    };
    if measured.is_correct(entry) { text } else { format!("{text} (inexact)") }
}

/// How near k-means comes to what the machine can do.
pub fn roofline(results: &Results) -> String {
    let row = |measured: &Measured| {
        let (workload, segmint) = (&measured.workload, measured.segmint());
        let taken = segmint.seconds()?;
        let k = workload.arguments[0].parse::<f64>().ok()?;
        let passes = segmint.found("iters").as_f64()? + 1.0;
        let (n, d) = (workload.n as f64, workload.d as f64);
        let reading = passes * 4.0 * n * d / (results.machine.read_gb_s * 1e9);
        let computing = passes * 2.0 * n * k * d / (results.machine.fma_gflop_s * 1e9);
        let (roof, bound) = if reading > computing { (reading, "reading") } else { (computing, "computing") };
        let share = format!("{:.0} %", 100.0 * roof / taken);
        Some(vec![workload.name(), seconds(reading), seconds(computing), bound.to_owned(), seconds(taken), share])
    };
    let k_means = results.workloads.iter().filter(|measured| measured.workload.kind == Kind::KMeans);
    table(
        &["workload", "reading, s", "computing, s", "bound by", "segmint, s", "share of the roof"],
        k_means.filter_map(row),
    )
}

/// Why there are no figures, without the words of the program.
fn without_details(failure: &Failure) -> String {
    match failure {
        Failure::Limit(_) => failure.to_string(),
        Failure::Error(_) => "failed".to_owned(),
    }
}

/// Seconds with three digits.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s >= 100.0 => format!("{s:.0}"),
        s if s >= 10.0 => format!("{s:.1}"),
        s if s >= 1.0 => format!("{s:.2}"),
        s if s >= 0.1 => format!("{s:.3}"),
        s => format!("{s:.4}"),
    }
}

fn times(ratio: f64) -> String {
    if ratio >= 10.0 { format!("{ratio:.0}×") } else { format!("{ratio:.2}×") }
}

fn mebibytes(mebibytes: f64) -> String {
    thousands(mebibytes.round() as usize)
}
