//! `segmint runs show RUN --segment SEGMENT` and `--sql`: what a person wants to read about a segment, and who is in it.

use std::path::Path;

use serde_json::json;

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_documents, print_json, print_text};
use crate::figures::percent;
use crate::model::FittedPipeline;
use crate::printable::{printable, printable_sql};
use crate::report::Document;
use crate::sharing::{SharedCluster, SharedFidelity, SharedRules, SharedRun};
use crate::{Language, Text};

/// Every segment of the run.
const ALL: &str = "all";

pub(super) fn show(
    arguments: &Arguments,
    folder: &Path,
    wanted: &[String],
    language: Option<Language>,
) -> Result<(), Failed> {
    let run = SharedRun::open(folder)?;
    let segments: Vec<&SharedCluster> = run.clusters.iter().filter(|cluster| cluster.id.is_some()).collect();
    let mut shown: Vec<&SharedCluster> = Vec::new();
    for wanted in wanted {
        match wanted.as_str() {
            ALL => shown.extend(&segments),
            wanted => shown.push(find(&segments, wanted, &run)?),
        }
    }
    if let Some(early) = shown.iter().find(|cluster| cluster.portrait.is_none()) {
        let message = format!("the run {} holds no portrait of {}", run.run_id, name_of(early));
        return Err(CliError::Input { message, hint: "it is of an earlier version: run the plan again".into() }.into());
    }
    if arguments.json {
        return print_json(&json!({ "run_id": run.run_id, "segments": shown, "warnings": run.caution.as_slice() }));
    }
    let language = language.unwrap_or(run.language);
    if shown.is_empty() {
        return print_text(none(&run).get(language));
    }
    let portraits: Vec<Document> = shown.iter().map(|cluster| Document::portrait(&run, cluster, language)).collect();
    print_documents(&portraits)
}

/// Prints the rule of the segments as an SQL expression, with what can be expected of it as a comment.
pub(super) fn sql(arguments: &Arguments, folder: &Path, language: Option<Language>) -> Result<(), Failed> {
    let mut run = SharedRun::open(folder)?;
    run.language = language.unwrap_or(run.language);
    let Some(rules) = &run.rules else {
        let message = format!("the run {} holds no rule of its segments", run.run_id);
        let hint = "rules are learned for 2 to 32 segments; a run of an earlier version has none".to_owned();
        return Err(CliError::Input { message, hint }.into());
    };
    if arguments.json {
        return print_json(&json!({ "run_id": run.run_id, "rules": rules, "warnings": run.caution.as_slice() }));
    }
    let model = FittedPipeline::load(&folder.join("model.segmint"))?;
    let mut conditions = rules.tree.leaves.iter().flat_map(|leaf| &leaf.conditions);
    let not_finite = conditions
        .any(|condition| condition.not_finite)
        .then(|| run.language.say("-- NaN and infinity count as missing", "-- NaN 和无穷大按缺失处理").to_owned());
    let caution = run.caution.iter().map(|caution| format!("-- {}", printable(caution.message.get(run.language))));
    let comment = caution.chain([sql_comment(&run, rules)]).chain(columns_comment(&run, &model)).chain(not_finite);
    print_text(&comment.chain([printable_sql(&rules.sql)]).collect::<Vec<String>>().join("\n"))
}

/// A comment line for every column whose numbers are not what is stored in it.
fn columns_comment(run: &SharedRun, model: &FittedPipeline) -> Vec<String> {
    let read = model.readings.iter().filter(|(name, _)| model.feature_names().contains(&name.as_str()));
    let line = |(name, meaning): (&String, Text)| {
        let name = name.replace('"', "\"\"");
        match run.language {
            Language::En => format!("-- \"{name}\" stands for {}", meaning.en),
            Language::Zh => format!("-- \"{name}\" 表示：{}", meaning.zh),
        }
    };
    let line = |column| printable(&line(column)).into_owned();
    read.filter_map(|(name, reading)| Some((name, reading.meaning()?))).map(line).collect()
}

/// Comment lines: the names of the segments, and how often the rule is right.
fn sql_comment(run: &SharedRun, rules: &SharedRules) -> String {
    let told = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percent);
    let (accuracy, n) = (told(rules.tree.accuracy), rules.tree.n_held_out);
    let first = match run.language {
        Language::En => format!("-- gives the segment of {accuracy} of {n} customers it was not learned from"),
        Language::Zh => format!("-- 对 {n} 位未参与学习的客户，{accuracy} 的客群判断正确"),
    };
    let named = rules.segments.iter().zip(&run.clusters).zip(&rules.tree.classes);
    let line = |((id, cluster), fidelity): ((&String, &SharedCluster), &SharedFidelity)| {
        // A line end in a name would end the comment.
        let name = printable(cluster.name.get(run.language));
        let (precision, recall) = (told(fidelity.precision.known()), told(fidelity.recall.known()));
        match run.language {
            Language::En => format!("-- {id} {name}: precision {precision}, recall {recall}"),
            Language::Zh => format!("-- {id} {name}：准确率 {precision}，覆盖率 {recall}"),
        }
    };
    [first].into_iter().chain(named.map(line)).collect::<Vec<String>>().join("\n")
}

/// The segment with the id or the name `wanted`.
fn find<'a>(segments: &[&'a SharedCluster], wanted: &str, run: &SharedRun) -> Result<&'a SharedCluster, CliError> {
    let is_it = |cluster: &&&SharedCluster| {
        let id = cluster.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(wanted));
        id || cluster.name.en == wanted || cluster.name.zh == wanted
    };
    let known = || segments.iter().map(|cluster| name_of(cluster)).collect::<Vec<String>>().join(", ");
    segments.iter().find(is_it).copied().ok_or_else(|| match segments {
        [] => CliError::Input {
            message: format!("{}, so none is {wanted:?}", none(run).en),
            hint: "`segmint runs show RUN` says what was found; cluster.primary = \"kmeans\" puts every customer in a segment"
                .into(),
        },
        _ => CliError::Input {
            message: format!("the run {} has no segment {wanted:?}", run.run_id),
            hint: format!("its segments are {}; {ALL} shows every one", known()),
        },
    })
}

/// That a run has no segments.
fn none(run: &SharedRun) -> Text {
    let id = &run.run_id;
    Text::new(format!("the run {id} has no segments"), format!("运行 {id} 没有客群"))
}

fn name_of(cluster: &SharedCluster) -> String {
    [cluster.id.as_deref().unwrap_or_default(), &cluster.name.en].join(" ")
}
