//! `segmint score`: new customers into the segments of a run.

use std::path::Path;

use jiff::civil::Date;

use super::args::Arguments;
use super::exit::Failed;
use super::output::{print_json, print_text, refuse_other_format};
use super::{plain_monitor, registry_of};
use crate::language::counted;
use crate::load::refuse_writing_into;
use crate::model::{FittedPipeline, score};
use crate::report::Table;
use crate::sharing::{Rules, SharedScore};

pub(super) fn run(
    arguments: &Arguments,
    run: &str,
    input: &Path,
    output: &Path,
    as_of: Option<Date>,
) -> Result<(), Failed> {
    refuse_other_format(output)?;
    let (registry, _) = registry_of(arguments)?;
    let run = registry.resolve(run)?;
    refuse_writing_into(output, &run.path)?;
    let rules = Rules::open(&run.path)?;
    let model = FittedPipeline::load(&run.file("model.segmint"))?;
    let summary = score(&model, input, output, as_of, &plain_monitor(arguments))?;
    let shared = SharedScore::of(&summary, &rules);
    if arguments.json {
        return print_json(&shared);
    }
    let mut table = Table::new(["", "segment", "customers", "share"]);
    for segment in &shared.segments {
        let size = segment.size.value();
        table.row([
            segment.segment_id.clone(),
            segment.name.get(model.language).to_owned(),
            size.map_or_else(|| "*".to_owned(), |size| size.to_string()),
            size.map_or_else(
                || "–".to_owned(),
                |&size| format!("{:.1} %", 100.0 * size as f64 / shared.n_customers.max(1) as f64),
            ),
        ]);
    }
    let as_of = shared.as_of.map_or_else(String::new, |date| format!(", ages as of {date}"));
    let mut lines =
        vec![format!("{}{as_of}", counted(shared.n_customers as u64, "customer", "customers")), table.to_string()];
    lines.extend(shared.warnings.iter().map(|warning| format!("! {}", warning.message.get(model.language))));
    lines.push(format!("written to {}", output.display()));
    print_text(&lines.join("\n"))
}
