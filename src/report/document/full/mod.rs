//! Every table of a run: what `--full` prints.

mod density;
mod outcome;
mod segments;
mod tiers;

use super::brief::recorded;
use super::overview::verdict_in_words;
use super::{Block, Cell, Document, Section, further, in_both, refit};
use crate::cluster::choose_k::StructureVerdict;
use crate::figures::count;
use crate::language::noun;
use crate::limits::{readable_bytes, readable_seconds};
use crate::sharing::SharedRun;
use crate::{Language, Text};

impl Document {
    /// The whole report on a run, in tables.
    pub fn full(run: &SharedRun) -> Document {
        let mut sections = vec![overview(run), segments::segments(run)];
        sections.extend(refit::refit(run));
        sections.extend(segments::distinctive(run));
        sections.extend(segments::candidates(run));
        sections.push(segments::ks(run));
        sections.extend(further::sections(run));
        sections.extend(outcome::outcome(run));
        sections.extend(tiers::tiers(run));
        let mut sections: Vec<Section> =
            sections.into_iter().map(|section| section.with_legend(run.min_cell)).collect();
        sections.extend(warnings(run));
        sections.push(files(run));
        let version = String::new();
        Document { title: run.source.clone(), language: run.language, run_id: run.run_id.clone(), version, sections }
    }
}

/// What was read and what was found, in a few lines.
fn overview(run: &SharedRun) -> Section {
    let mut blocks = vec![Block::Paragraph(in_both(|language| what_was_read(run, language)))];
    let dropped = (run.n_customers - run.n_clustered) as u64;
    if dropped > 0 {
        let n = count(dropped);
        let customers = noun(dropped, "customer with missing values was", "customers with missing values were");
        blocks.push(Block::Paragraph(Text::new(
            format!("{n} {customers} not clustered"),
            format!("{n} 位客户因缺失值未参与聚类"),
        )));
    }
    let (words, evidence) = verdict_in_words(run);
    blocks.push(Block::Lead(words, evidence));
    let mut facts = vec![(Text::new("structure", "结构"), vec![structure(run)])];
    if let Some(dbscan) = &run.dbscan {
        facts.push((Text::new("DBSCAN", "DBSCAN"), vec![density::found(run, dbscan)]));
        facts.extend(density::other_eps(dbscan).map(|said| (Text::new("", ""), vec![said])));
    }
    blocks.push(Block::Facts(facts));
    Section::untitled("overview", blocks)
}

fn what_was_read(run: &SharedRun, language: Language) -> String {
    let (customers, features) = (run.n_customers as u64, run.features.len() as u64);
    let memory = run.peak_memory.map(|bytes| format!(" · {}", readable_bytes(bytes))).unwrap_or_default();
    format!(
        "{} {} × {features} {} · {}{memory}",
        count(customers),
        language.say(noun(customers, "customer", "customers"), "位客户"),
        language.say(noun(features, "feature", "features"), "个特征"),
        readable_seconds(run.seconds),
    )
}

fn structure(run: &SharedRun) -> Cell {
    match run.verdict {
        StructureVerdict::Present => Cell::text("present", "存在"),
        StructureVerdict::None if run.segments.is_empty() => {
            Cell::text("none: there is no cluster", "不存在：没有聚类")
        }
        StructureVerdict::None if run.segments.len() == 1 => Cell::text(
            "none: there is one cluster, to which no archetype is given",
            "不存在：只有一个聚类，因此不给出原型",
        ),
        StructureVerdict::None => Cell::text(
            "none: these clusters cannot be told from one cloud, so no archetype is given",
            "不存在：这些聚类与单一云团无法区分，因此不给出原型",
        ),
    }
}

fn warnings(run: &SharedRun) -> Option<Section> {
    let messages: Vec<Text> = run.warnings.iter().map(|warning| warning.message.clone()).collect();
    (!messages.is_empty()).then(|| Section::new("warnings", ("Warnings", "警告"), vec![Block::Warnings(messages)]))
}

/// How long every stage took, and where everything is.
fn files(run: &SharedRun) -> Section {
    let stage = |name: &str, seconds: f64| {
        (Text::new("", ""), vec![Cell::Data(format!("{name} {}", readable_seconds(seconds)))])
    };
    let stages = run.stages.iter().map(|one| stage(&one.stage, one.seconds)).collect();
    let recorded = Block::Paragraph(in_both(|language| recorded(run, language)));
    Section::untitled("files", vec![Block::Aside(stages), recorded])
}
