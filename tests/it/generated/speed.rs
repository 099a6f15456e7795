//! How fast the READMEs say the program is: what docs/performance.md measured.

use segmint::Language;

/// How many times as long as segmint the fastest correct rival takes on the workloads called `kind` in `performance`, the text of
/// docs/performance.md: the least and the most.
fn ratios(performance: &str, kind: &str) -> [f64; 2] {
    let rows = performance.lines().filter(|line| line.starts_with(&format!("| {kind} ")));
    let ratio = |row: &str| row.split(" | ").nth(3)?.strip_suffix('×')?.parse::<f64>().ok();
    let measured: Vec<f64> = rows.filter_map(ratio).collect();
    assert!(!measured.is_empty(), "docs/performance.md has no rival of {kind}");
    [f64::INFINITY, 0.0].map(|end| measured.iter().copied().fold(end, if end > 0.0 { f64::min } else { f64::max }))
}

/// A ratio as it is told.
fn told(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.1}") } else { format!("{ratio:.0}") }
}

/// The sentence of a README.
pub(super) fn sentence(performance: &str, language: Language) -> String {
    let [kmeans, dbscan] = ["k-means", "DBSCAN"].map(|kind| ratios(performance, kind).map(told));
    let ([a, b], [c, d]) = (kmeans, dbscan);
    match language {
        Language::En => {
            format!("k-means is {a} to {b} times, DBSCAN {c} to {d} times as fast as the fastest exact rival")
        }
        Language::Zh => format!("k-means 的速度是同场最快精确对手的 {a} 至 {b} 倍，DBSCAN 为 {c} 至 {d} 倍"),
    }
}
