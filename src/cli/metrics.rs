//! `segmint run --metrics FILE`: figures of a run as Prometheus reads them from a text file.

use std::fmt::Write;
use std::path::Path;

use super::args::Arguments;
use super::exit::Failed;
use super::output::{refuse_impossible, write_output};
use crate::config::Plan;
use crate::load::{refuse_overwriting, refuse_writing_into};
use crate::refit::RuleName;
use crate::refit::drift::Measure;
use crate::sharing::SharedRun;

/// Refuses to write figures over the table, the configuration, or anything in the registry, and where no file can be written.
pub(super) fn refuse_unwritable(path: &Path, arguments: &Arguments, plan: &Plan) -> Result<(), Failed> {
    refuse_overwriting(path, &plan.source.path)?;
    refuse_overwriting(path, &arguments.config)?;
    // A registry that is not there yet has nothing to lose, but would be no registry afterwards.
    refuse_writing_into(path, &plan.registry.path)?;
    refuse_impossible("--metrics", path)
}

/// Writes the figures of `run`, which began at the second `timestamp`, to `path`, whole; `is_promoted` = its gate let it take the place
/// of the one before, or somebody has since.
pub(super) fn write(path: &Path, run: &SharedRun, timestamp: i64, is_promoted: bool) -> Result<(), Failed> {
    write_output(path, text(run, timestamp, is_promoted).as_bytes()).map_err(|failed| failed.after_run(&run.run_id))
}

/// One family of figures: its name, what it is, and its lines.
fn family(text: &mut String, name: &str, help: &str, lines: impl IntoIterator<Item = (String, f64)>) {
    let lines: Vec<(String, f64)> = lines.into_iter().collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in lines {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

fn text(run: &SharedRun, timestamp: i64, is_promoted: bool) -> String {
    let mut text = String::new();
    let plain = |value: f64| [(String::new(), value)];
    family(&mut text, "segmint_run_timestamp_seconds", "When the run began.", plain(timestamp as f64));
    family(&mut text, "segmint_run_seconds", "How long the run took.", plain(run.seconds));
    family(&mut text, "segmint_customers", "Customers of the table.", plain(run.n_customers as f64));
    let sizes = run.segments.iter().filter_map(|segment| {
        let size = *segment.size.value()?;
        Some((label("segment_id", &segment.segment_id), size as f64))
    });
    family(&mut text, "segmint_segment_customers", "Customers of a segment; none below report.min_cell.", sizes);
    let refit = run.refit.as_ref();
    let gate = refit.and_then(|refit| refit.gate.as_ref());
    let passed = gate.map(|_| (String::new(), f64::from(u8::from(is_promoted))));
    family(&mut text, "segmint_gate_passed", "1 = the run took the place of the one before.", passed);
    let redefined = gate.iter().flat_map(|gate| &gate.rules).filter(|rule| rule.rule == RuleName::Redefined);
    let redefined = redefined.filter_map(|rule| Some((String::new(), rule.value?)));
    let help = "Share of the customers elsewhere by definition alone.";
    family(&mut text, "segmint_redefined_share", help, redefined);
    let drifted = refit.iter().flat_map(|refit| &refit.drifted);
    let psi = drifted.filter(|one| one.segment.is_none() && one.measure == Measure::Psi);
    let psi = psi.filter_map(|one| Some((label("feature", &one.feature), one.value.known()?)));
    family(&mut text, "segmint_psi", "PSI of a feature that has drifted beyond chance and tolerance.", psi);
    text
}

fn label(name: &str, value: &str) -> String {
    format!("{{{name}=\"{}\"}}", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_quoted_as_the_format_asks() {
        assert_eq!(label("feature", "a\"b\\c\nd"), "{feature=\"a\\\"b\\\\c\\nd\"}");
    }

    #[test]
    fn a_family_without_figures_is_not_there() {
        let mut text = String::new();
        family(&mut text, "segmint_psi", "help", []);
        assert_eq!(text, "");
        family(&mut text, "segmint_psi", "help", [(label("feature", "a"), 0.25)]);
        assert_eq!(text, "# HELP segmint_psi help\n# TYPE segmint_psi gauge\nsegmint_psi{feature=\"a\"} 0.25\n");
    }
}
