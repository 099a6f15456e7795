//! `segmint runs show RUN --segment SEGMENT`: what a person wants to read about a segment.

use std::path::Path;

use serde_json::{Value, json};

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text};
use crate::Language;
use crate::label::ClusterLabel;
use crate::report::{Summary, portrait, portrait_json};

/// Every segment of the run.
const ALL: &str = "all";

pub(super) fn show(
    arguments: &Arguments,
    folder: &Path,
    wanted: &[String],
    language: Option<Language>,
) -> Result<(), Failed> {
    let summary = Summary::read(folder)?;
    let clusters = summary.labelled.primary().map_or(&[][..], |primary| &primary.clusters);
    let segments: Vec<&ClusterLabel> = clusters.iter().filter(|cluster| cluster.id.is_some()).collect();
    let mut shown: Vec<&ClusterLabel> = Vec::new();
    for wanted in wanted {
        match wanted.as_str() {
            ALL => shown.extend(&segments),
            wanted => shown.push(find(&segments, wanted, &summary)?),
        }
    }
    if let Some(early) = shown.iter().find(|cluster| cluster.portrait.is_none()) {
        let message = format!("the run {} holds no portrait of {}", summary.run.run_id, name_of(early));
        return Err(CliError::Input { message, hint: "it is of an earlier version: run the plan again".into() }.into());
    }
    if arguments.json {
        let segments: Vec<Value> = shown.iter().map(|cluster| portrait_json(&summary, cluster)).collect();
        return print_json(&json!({ "run_id": summary.run.run_id, "segments": segments }));
    }
    let language = language.unwrap_or(summary.language());
    let pages: Vec<String> = shown.iter().map(|cluster| portrait(&summary, cluster, language)).collect();
    print_text(&pages.join("\n\n\n"))
}

/// The segment with the id or the name `wanted`.
fn find<'a>(segments: &[&'a ClusterLabel], wanted: &str, summary: &Summary) -> Result<&'a ClusterLabel, CliError> {
    let is_it = |cluster: &&&ClusterLabel| {
        let id = cluster.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(wanted));
        id || cluster.name.en == wanted || cluster.name.zh == wanted
    };
    let known = || segments.iter().map(|cluster| name_of(cluster)).collect::<Vec<String>>().join(", ");
    segments.iter().find(is_it).copied().ok_or_else(|| CliError::Input {
        message: format!("the run {} has no segment {wanted:?}", summary.run.run_id),
        hint: format!("its segments are {}; {ALL} shows every one", known()),
    })
}

fn name_of(cluster: &ClusterLabel) -> String {
    [cluster.id.as_deref().unwrap_or_default(), &cluster.name.en].join(" ")
}
