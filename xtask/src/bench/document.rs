//! `performance.md` and its plots from the results of one run.

use std::path::Path;

use super::cost::Curve;
use super::plot;
use super::results::Results;
use super::section::{not_ahead, roofline, summary, table, workloads};
use super::workload::{Kind, thousands};

const NOTES_BEGIN: &str = "<!-- notes: what stands between these two lines is kept -->";
const NOTES_END: &str = "<!-- end of notes -->";

/// Kinds of work in order, with title and what their figures mean.
const SECTIONS: [(Kind, &str, &str); 4] = [
    (
        Kind::KMeans,
        "k-means",
        "Starting centroids are the rows (i·7919 + 13) mod n. Time runs from the finished matrix to labels and inertia of the \
         centroids after the last pass. A rival is correct when its inertia is within 1e-5 of scikit-learn's in double \
         precision; others are marked as inexact. The number behind a rival's name is its precision.",
    ),
    (
        Kind::Dbscan,
        "DBSCAN",
        "All entrants see the same f32 values. A rival is correct when its numbers of clusters and of noise rows are \
         scikit-learn's, or segmint's where scikit-learn has no result; others are marked as inexact.",
    ),
    (
        Kind::Load,
        "Parquet to a dense matrix",
        "From the zstd-compressed file of f64 columns to one dense f32 matrix, the file in the system's cache.",
    ),
    (
        Kind::Job,
        "The whole job",
        "Load, standardise, k-means for k = 2 … 10 with three starts each and the choice of k, DBSCAN with eps from the \
         distance curve where it is named, agreement with the column of true clusters, profiles, assignments written. \
         segmint also compares k with structureless references, matches archetypes and records model, charts and \
         comparisons; its time is that of the process from start to end. The rival is a script in pandas and scikit-learn, \
         whose time begins after its imports. The rules by which k and eps are chosen differ.",
    ),
];

/// Writes document and plots into `folder`; the notes of a document that is there are kept.
pub fn write(results: &Results, folder: &Path) -> Result<(), String> {
    let path = folder.join("performance.md");
    let earlier = std::fs::read_to_string(&path).unwrap_or_default();
    let plots = plot::write(&results.curves, folder)?;
    std::fs::write(&path, document(results, &plots, notes_of(&earlier)))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    println!("── written: {}", path.display());
    Ok(())
}

/// What people have written between the markers of a document.
fn notes_of(document: &str) -> &str {
    let after = document.split_once(NOTES_BEGIN).map(|(_, after)| after);
    after.and_then(|after| after.split_once(NOTES_END)).map_or("\n", |(notes, _)| notes)
}

fn document(results: &Results, plots: &[String], notes: &str) -> String {
    let Results { runs, limit_s, machine, .. } = results;
    let rounds = if *runs == 1 { "one round".to_owned() } else { format!("{runs} rounds") };
    let mut parts = vec![
        "# Performance".to_owned(),
        paragraph(&format!(
            "Written by `cargo xtask bench`. All figures are from one run on one machine: every measurement is a process \
             of its own, the entrants of a workload take turns, and the median of {rounds} is shown. A ratio says how many \
             times as long as segmint somebody takes. A process that needed more than {limit_s} s was ended, and its program not measured again. \
             Machines are noisy: only the ratios of one run say anything."
        )),
    ];
    if !results.is_whole {
        parts.push("This is a part of the workloads or a smoke run, not for publication.".to_owned());
    }
    parts.push(summary(results));
    parts.extend(["## Where segmint is not ahead".to_owned(), not_ahead(results)]);
    parts.extend(["## Machine and versions".to_owned(), machine_table(results)]);
    for (kind, title, text) in SECTIONS {
        let tables = workloads(results, kind);
        if tables.is_empty() {
            continue;
        }
        parts.extend([format!("## {title}"), paragraph(text), tables]);
        if kind == Kind::KMeans {
            let rates = paragraph(&format!(
                "A pass of the plain algorithm reads every value once (4 bytes) and does one multiplication and one \
                 addition for every value and centroid. The roof of a workload is whichever takes longer for its passes \
                 and the last assignment at the rates of this machine: {:.1} GB/s and {:.0} GFLOP/s, measured in the same \
                 run. Work that bounds make unnecessary, and tables that stay in the cache, can lift a share above 100 %.",
                machine.read_gb_s, machine.fma_gflop_s
            ));
            parts.extend(["### Share of the roof".to_owned(), rates, roofline(results)]);
        }
    }
    if !plots.is_empty() {
        parts.push("## Cost against n, d and k".to_owned());
        parts.push(paragraph(
            "segmint alone, on tables of the first rows or columns of those above: k-means of at most 20 passes, fewer \
             when it converges before, and DBSCAN with min_samples 10. Points are medians of at most three rounds.",
        ));
        parts.extend(plots.iter().map(|plot| format!("![{}]({plot})", alternative(plot))));
        parts.push(paragraph(
            "Seconds grow as the size to the power of the exponent below, memory likewise, both fitted by least squares to the \
             logarithms of all points. Memory is the most of the whole process, reading the table included, and has a part that \
             does not grow, the program itself; seconds of the smallest tables are those of starting threads.",
        ));
        parts.push(growth(&results.curves));
    }
    parts.extend(["## Notes".to_owned(), format!("{NOTES_BEGIN}{notes}{NOTES_END}\n")]);
    parts.join("\n\n")
}

/// The words of `text` in lines of at most 120 characters.
fn paragraph(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is always a line");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= 120 {
            *last += &format!(" {word}");
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

fn alternative(plot: &str) -> String {
    let name = if plot.contains("kmeans") { "k-means" } else { "DBSCAN" };
    format!("Seconds of {name} against the size of the work, on logarithmic axes")
}

/// How seconds and memory grow along each curve.
fn growth(curves: &[Curve]) -> String {
    let exponent = |found: Option<f64>| found.map_or_else(|| "–".to_owned(), |exponent| format!("{exponent:.2}"));
    let sizes = |curve: &Curve| {
        Some(format!("{} – {}", thousands(curve.points.first()?.size), thousands(curve.points.last()?.size)))
    };
    let rows = curves.iter().filter_map(|curve| {
        let name = if curve.plot == "kmeans" { "k-means" } else { "DBSCAN" };
        Some(vec![
            format!("{name}, {}", curve.series),
            curve.panel.clone(),
            sizes(curve)?,
            exponent(curve.growth_of_seconds()),
            exponent(curve.growth_of_memory()),
        ])
    });
    table(&["work", "varied", "from – to", "seconds", "memory"], rows)
}

fn machine_table(results: &Results) -> String {
    let machine = &results.machine;
    let mut rows = vec![
        vec!["processor".to_owned(), machine.processor.clone()],
        vec!["instruction sets".to_owned(), format!("{}; segmint uses {}", machine.features.join(", "), machine.simd)],
        vec!["threads".to_owned(), machine.threads.to_string()],
    ];
    rows.extend(machine.memory_gib.map(|gib| vec!["memory".to_owned(), format!("{gib:.0} GiB")]));
    rows.push(vec!["read from memory, all threads".to_owned(), format!("{:.1} GB/s", machine.read_gb_s)]);
    rows.push(vec!["f32 multiply-add, all threads".to_owned(), format!("{:.0} GFLOP/s", machine.fma_gflop_s)]);
    rows.push(vec!["segmint".to_owned(), format!("commit {}, {}", machine.commit, machine.rustc)]);
    rows.extend(results.versions.iter().map(|(name, version)| vec![name.clone(), version.clone()]));
    table(&["what", "which"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_kept_and_a_new_document_has_none() {
        let document = format!("# Performance\n\n{NOTES_BEGIN}\nMind the cache.\n{NOTES_END}\n");
        assert_eq!(notes_of(&document), "\nMind the cache.\n");
        assert_eq!(notes_of(""), "\n");
    }
}
