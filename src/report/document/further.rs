//! What other algorithms than k-means and DBSCAN found beside the segments.

use super::{Block, Cell, Section, Style, Table, in_both};
use crate::sharing::{SharedClustering, SharedComparison, SharedRun, SharedSize};
use crate::{Language, Text};

/// Each of their clusterings below a line that opens it.
pub(super) fn folds(run: &SharedRun) -> impl Iterator<Item = Block> {
    run.further.iter().map(|found| Block::Fold(title(found), blocks(run, found)))
}

/// Each of their clusterings in a section of its own.
pub(super) fn sections(run: &SharedRun) -> impl Iterator<Item = Section> {
    run.further.iter().map(|found| {
        let blocks = blocks(run, found);
        Section { id: found.algorithm.name().to_owned(), title: title(found), blocks }
    })
}

fn title(found: &SharedClustering) -> Text {
    in_both(|language| match (language, found.algorithm.words(language)) {
        (Language::En, words) => format!("{words} beside the segments"),
        (Language::Zh, words) => format!("{words}与客群对照"),
    })
}

fn blocks(run: &SharedRun, found: &SharedClustering) -> Vec<Block> {
    let mut blocks = vec![Block::Facts(facts(found)), Block::Table(clusters(found))];
    blocks.extend(agreement(run, found).map(Block::Table));
    blocks
}

fn facts(found: &SharedClustering) -> Vec<(Text, Vec<Cell>)> {
    let at = |key: &str| format!("run.json#/{}/{key}", found.algorithm.name());
    let mut facts = vec![(Text::new("clusters", "聚类"), Cell::number(Some(found.n_clusters() as f64), Style::Count))];
    if found.mean_probability.is_some() {
        let name = Text::new("mean probability of the likeliest cluster", "最可能聚类的平均概率");
        facts.push((name, Cell::of(found.mean_probability, Style::Decimal(2), at("mean_probability"))));
    }
    if found.log_likelihood.is_some() {
        let name = Text::new("mean log-likelihood of a customer", "客户的平均对数似然");
        facts.push((name, Cell::of(found.log_likelihood, Style::Decimal(2), at("log_likelihood"))));
    }
    if let Some(n) = found.n_fitted {
        let name = Text::new("customers it was learned from", "用于训练的客户");
        facts.push((name, Cell::of(Some(n as f64), Style::Count, at("n_fitted"))));
    }
    facts.into_iter().map(|(name, value)| (name, vec![value])).collect()
}

fn clusters(found: &SharedClustering) -> Table {
    let mut table = Table::new(
        ("Customers of every cluster", "各聚类的客户"),
        [("cluster", "聚类"), ("name", "名称"), ("customers", "客户"), ("share", "占比")],
    );
    let row = |one: &SharedSize| {
        let at = |key: &str| format!("{}/{key}", one.pointer);
        vec![
            one.cluster.map_or(Cell::Empty, |cluster| Cell::Data(format!("#{}", cluster.index()))),
            Cell::Text(one.name.clone()),
            Cell::shown(one.size, Style::Count, at("size")),
            Cell::shown(one.share, Style::Percent, at("share")),
        ]
    };
    table.rows = found.clusters.iter().map(row).collect();
    table
}

/// How far every tier agrees with these clusters, and with the segments; `None` without tiers.
fn agreement(run: &SharedRun, found: &SharedClustering) -> Option<Table> {
    let mut table = Table::new(
        (
            "How far tiers agree with these clusters and with the segments; AMI, 0 = what chance gives",
            "等级与这些聚类、与客群的一致程度；AMI，0 = 随机水平",
        ),
        [("tier", "等级"), ("with these clusters", "与这些聚类"), ("with the segments", "与客群")],
    );
    let ami = |one: &SharedComparison| {
        Cell::of(one.indices.ami.value, Style::Decimal(3), format!("{}/ami/value", one.pointer))
    };
    let of_segments = run.comparisons_of_segments();
    for own in run.comparisons_of(found.algorithm) {
        let beside = of_segments.iter().find(|one| one.tier == own.tier);
        table.rows.push(vec![Cell::Data(own.tier.clone()), ami(own), beside.map_or(Cell::Empty, |one| ami(one))]);
    }
    (!table.rows.is_empty()).then_some(table)
}
