//! `segmint score`: new customers into the segments of a run.

use std::path::Path;

use super::args::Arguments;
use super::exit::Failed;
use super::output::{print_json, print_text};
use super::{plain_monitor, registry_of};
use crate::model::{FittedPipeline, score};
use crate::report::Table;

pub(super) fn run(arguments: &Arguments, run: &str, input: &Path, output: &Path) -> Result<(), Failed> {
    let (registry, _) = registry_of(arguments)?;
    let model = FittedPipeline::load(&registry.resolve(run)?.file("model.segmint"))?;
    let summary = score(&model, input, output, &plain_monitor())?;
    if arguments.json {
        return print_json(&summary);
    }
    let mut table = Table::new(["", "segment", "customers", "share"]);
    for segment in &summary.segments {
        table.row([
            segment.segment_id.clone(),
            segment.name.get(model.language).to_owned(),
            segment.size.to_string(),
            format!("{:.1} %", 100.0 * segment.size as f64 / summary.n_customers.max(1) as f64),
        ]);
    }
    let mut lines = vec![format!("{} customers", summary.n_customers), table.to_string()];
    lines.extend(summary.warnings.iter().map(|warning| format!("! {}", warning.message.get(model.language))));
    lines.push(format!("written to {}", output.display()));
    print_text(&lines.join("\n"))
}
