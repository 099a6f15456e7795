//! `segmint score`: new customers into the segments of a run.

use std::path::Path;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::args::Arguments;
use super::exit::Failed;
use super::output::{print_json, print_text};
use super::{plain_monitor, registry_of};
use crate::language::counted;
use crate::load::refuse_writing_into;
use crate::model::{FittedPipeline, ScoreSummary, score};
use crate::registry::Run;
use crate::report::Table;
use crate::sharing::Rules;

pub(super) fn run(
    arguments: &Arguments,
    run: &str,
    input: &Path,
    output: &Path,
    as_of: Option<Date>,
) -> Result<(), Failed> {
    let (registry, _) = registry_of(arguments)?;
    let run = registry.resolve(run)?;
    refuse_writing_into(output, &run.path)?;
    let sharing = Rules::of(&Run::record_of(&run.path)?.plan.report)?;
    let model = FittedPipeline::load(&run.file("model.segmint"))?;
    let summary = score(&model, input, output, as_of, &plain_monitor(arguments))?;
    let sizes = shown_sizes(&summary, &sharing);
    if arguments.json {
        return print_json(&shared(&summary, &sizes, &sharing));
    }
    let mut table = Table::new(["", "segment", "customers", "share"]);
    for (segment, size) in summary.segments.iter().zip(&sizes) {
        table.row([
            segment.segment_id.clone(),
            segment.name.get(model.language).to_owned(),
            size.map_or_else(|| "*".to_owned(), |size| size.to_string()),
            size.map_or_else(
                || "–".to_owned(),
                |size| format!("{:.1} %", 100.0 * size as f64 / summary.n_customers.max(1) as f64),
            ),
        ]);
    }
    let as_of = summary.as_of.map_or_else(String::new, |date| format!(", ages as of {date}"));
    let mut lines =
        vec![format!("{}{as_of}", counted(summary.n_customers as u64, "customer", "customers")), table.to_string()];
    lines.extend(summary.warnings.iter().map(|warning| format!("! {}", warning.message.get(model.language))));
    lines.push(format!("written to {}", output.display()));
    print_text(&lines.join("\n"))
}

/// The sizes of the segments as they may be shown. What is in no segment is the last part of the total.
fn shown_sizes(summary: &ScoreSummary, sharing: &Rules) -> Vec<Option<u64>> {
    let mut sizes: Vec<u64> = summary.segments.iter().map(|segment| segment.size as u64).collect();
    let rest = summary.n_customers as u64 - sizes.iter().sum::<u64>();
    sizes.push(rest);
    let mut shown = sharing.counts(&sizes);
    shown.truncate(summary.segments.len());
    shown
}

/// The summary with small segments held back.
fn shared(summary: &ScoreSummary, sizes: &[Option<u64>], sharing: &Rules) -> Value {
    let mut document = serde_json::to_value(summary).expect("a summary has text keys");
    for (segment, size) in sizes.iter().enumerate() {
        document["segments"][segment]["size"] = json!(size);
    }
    for outside in document["outside"].as_array_mut().into_iter().flatten() {
        for key in ["n_below", "n_above"] {
            outside[key] = json!(outside[key].as_u64().and_then(|count| sharing.count(count)));
        }
    }
    let rest_is_hidden = sizes.iter().filter(|size| size.is_none()).count() == 1;
    for key in ["n_dropped", "n_noise"] {
        let count = document[key].as_u64();
        document[key] = json!(count.filter(|_| !rest_is_hidden).and_then(|count| sharing.count(count)));
    }
    document
}
