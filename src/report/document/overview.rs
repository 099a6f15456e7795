//! The first screen: what was segmented, what came of it, and the segments.

use super::{Block, Card, Cell, Section, ShareRow, Shares, Style, Table, in_both, shown, words};
use crate::Text;
use crate::cluster::choose_k::StructureVerdict;
use crate::config::Algorithm;
use crate::language::{counted, noun};
use crate::registry::RunId;
use crate::report::candidates::{found_by, steadiness};
use crate::report::verdict::evidence;
use crate::sharing::{SharedCandidate, SharedCluster, SharedRun};

/// Features on a card.
const FEATURES: usize = 3;

/// The file or folder at the end of a path.
pub(super) fn source_name(path: &str) -> &str {
    path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What came of the run, and what to know before relying on it.
fn lead(run: &SharedRun) -> Vec<Block> {
    let (words, evidence) = verdict_in_words(run);
    let mut blocks = vec![Block::Lead(words, evidence)];
    if !run.warnings.is_empty() {
        blocks.push(Block::Warnings(run.warnings.iter().map(|warning| warning.message.clone()).collect()));
    }
    blocks
}

/// What came of the run, and the segments as cards.
pub(super) fn at_a_glance(run: &SharedRun) -> Vec<Block> {
    let mut blocks = lead(run);
    blocks.push(Block::Cards(cards(run)));
    if blocks.iter().any(Block::holds_back) {
        blocks.push(Block::Paragraph(shown::note(run.min_cell)));
    }
    blocks
}

pub(super) fn overview(run: &SharedRun) -> Section {
    let mut blocks = lead(run);
    blocks.push(Block::Shares(shares(run)));
    blocks.push(Block::Cards(cards(run)));
    blocks.push(Block::Aside(facts(run)));
    blocks.extend(candidates(run).map(|table| Block::Table(table.closed())));
    Section { id: "overview".into(), title: Text::new("At a glance", "概览"), blocks }
}

/// How many segments and whether they are any, and how sure that is.
pub(super) fn verdict_in_words(run: &SharedRun) -> (Text, Text) {
    let (n, matched) = (run.segments.len() as u64, run.segments.iter().filter(|s| s.archetype.is_some()).count());
    let words = match run.verdict {
        StructureVerdict::Present => {
            let (known_en, known_zh) = match matched {
                0 => ("none".to_owned(), "均不符合已知原型".to_owned()),
                _ => (matched.to_string(), format!("其中 {matched} 个符合已知原型")),
            };
            Text::new(
                format!(
                    "The customers fall into {}, {known_en} with a known archetype.",
                    counted(n, "segment", "segments")
                ),
                format!("客户分为 {n} 个客群，{known_zh}。"),
            )
        }
        StructureVerdict::None => dense_groups_alone(run, n).unwrap_or_else(|| without_structure(n)),
    };
    (words, in_both(|language| evidence(run, language)))
}

/// What the `n` clusters are where nothing tells them from one cloud.
fn without_structure(n: u64) -> Text {
    match n {
        0 => Text::new(
            "No structure, and no segment: no customer is in a cluster.",
            "未发现结构，也没有客群：没有客户属于任何聚类。",
        ),
        1 => Text::new(
            "No structure: one cluster alone, which tells no customers apart; there is nothing to hold it against.",
            "未发现结构：只有一个聚类，不区分客户，也无从比较。",
        ),
        n => Text::new(
            format!(
                "No structure: the {n} clusters below are slices of one cloud; do not act on them as if customers came in kinds."
            ),
            format!("未发现结构：下列 {n} 个聚类只是同一团数据的切片；请勿当作不同类型的客户。"),
        ),
    }
}

/// What to say where the `n` clusters of k-means are slices, but DBSCAN finds groups beside each other: more of them, or of other
/// forms, than k-means was asked for.
fn dense_groups_alone(run: &SharedRun, n: u64) -> Option<Text> {
    let density = run.dbscan.as_ref().filter(|_| run.primary == Algorithm::KMeans)?;
    let has_groups = density.structure.as_ref().is_some_and(|found| found.verdict == StructureVerdict::Present);
    let (groups, most) = (density.n_clusters, run.k_table.last()?.k);
    has_groups.then(|| {
        Text::new(
            format!(
                "k-means finds no structure up to k = {most}, and DBSCAN finds {groups} dense groups: do not act on the {} below; \
                 try cluster.primary = \"dbscan\", or a wider cluster.kmeans.k_range.",
                counted(n, "cluster", "clusters"),
            ),
            format!(
                "k-means 在 k ≤ {most} 时未发现结构，而 DBSCAN 发现 {groups} 个密集群组：请勿依据下列 {n} 个聚类行动；\
                 可尝试 cluster.primary = \"dbscan\"，或扩大 cluster.kmeans.k_range。"
            ),
        )
    })
}

/// How customers and value are divided, those in no segment last.
pub(super) fn shares(run: &SharedRun) -> Shares {
    let rows = run.clusters.iter().enumerate().map(|(position, cluster)| ShareRow {
        segment: cluster.id.clone().map(|id| (position, id)),
        name: cluster.name.clone(),
        customers: Cell::shown(cluster.share, Style::Percent, format!("{}/share", cluster.pointer)),
        value: Cell::shown(cluster.value_share, Style::Percent, format!("{}/value_share", cluster.pointer)),
    });
    let with_value = run.clusters.iter().any(|cluster| cluster.value_share.exists());
    let caption = match with_value {
        true => Text::new("Customers and their value", "客户与价值的分布"),
        false => Text::new("Customers", "客户的分布"),
    };
    Shares { caption, with_value, rows: rows.collect() }
}

fn facts(run: &SharedRun) -> Vec<(Text, Vec<Cell>)> {
    let figure = |value: f64, pointer: &str| Cell::of(Some(value), Style::Count, format!("run.json#/{pointer}"));
    let n_features = run.features.len();
    let mut facts = vec![
        (Text::new("customers", "客户"), vec![figure(run.n_customers as f64, "input/n_customers")]),
        (
            Text::new(noun(n_features as u64, "feature", "features"), "特征"),
            vec![Cell::number(Some(n_features as f64), Style::Count)],
        ),
        (Text::new("run", "运行"), vec![Cell::Data(run.run_id.clone())]),
    ];
    if run.n_clustered < run.n_customers {
        let clustered = figure(run.n_clustered as f64, "input/n_clustered");
        facts.insert(1, (Text::new("clustered", "参与聚类"), vec![clustered]));
    }
    if let Ok(id) = run.run_id.parse::<RunId>() {
        let began = id.began().strftime("%Y-%m-%d %H:%M UTC").to_string();
        facts.insert(0, (Text::new("date", "日期"), vec![Cell::Data(began)]));
    }
    if let Some(dbscan) = &run.dbscan {
        facts.push((
            Text::new("DBSCAN clusters", "DBSCAN 聚类"),
            vec![figure(dbscan.n_clusters as f64, "dbscan/n_clusters")],
        ));
        let noise = Cell::shown(dbscan.n_noise, Style::Count, "run.json#/dbscan/n_noise");
        facts.push((Text::new("noise customers", "噪声客户"), vec![noise]));
    }
    facts
}

fn cards(run: &SharedRun) -> Vec<Card> {
    let segments = run.clusters.iter().enumerate().filter(|(_, cluster)| cluster.id.is_some());
    segments.map(|(position, cluster)| card(run, position, cluster)).collect()
}

fn card(run: &SharedRun, position: usize, cluster: &SharedCluster) -> Card {
    // The label is read from segments.json and held against run.json.
    let source = |key: &str| format!("run.json#/segments/{position}/{key}");
    let customers = Cell::shown(cluster.size, Style::Count, source("size"));
    let share = Cell::shown(cluster.share, Style::Percent, source("share"));
    let mut shares = vec![(Text::new("", ""), share)];
    if cluster.value_share.exists() {
        let share = Cell::shown(cluster.value_share, Style::Percent, source("value_share"));
        shares.push((Text::new("of the value", "价值占比"), share));
    }
    Card {
        segment: position,
        id: cluster.id.clone().unwrap_or_default(),
        name: cluster.name.clone(),
        archetype: archetype(run, cluster.id.as_deref().unwrap_or_default(), cluster.archetype.as_deref()),
        score: cluster.score.map(|score| Cell::of(Some(score), Style::Decimal(2), source("score"))),
        catalog: cluster.archetype.as_deref().and_then(|archetype| Some(archetype.split_once('/')?.0.to_owned())),
        customers,
        shares,
        features: card_features(run, cluster),
        action: cluster.portrait.as_ref().and_then(|portrait| portrait.action.clone()).or(cluster.action.clone()),
    }
}

/// The archetype of the segment `id`, or what stands for it.
pub(super) fn archetype(run: &SharedRun, id: &str, archetype: Option<&str>) -> Text {
    if let Some(archetype) = archetype {
        return Text::new(archetype, archetype);
    }
    match run.verdict {
        StructureVerdict::Present if run.is_candidate(Some(id)) => {
            Text::new("unmatched: candidate", "未匹配：候选新客群")
        }
        StructureVerdict::Present => Text::new("unmatched", "未匹配"),
        StructureVerdict::None => Text::new("no archetype", "无原型"),
    }
}

/// The columns that set a segment apart most, categories by a level, and where it stands in each.
fn card_features(run: &SharedRun, cluster: &SharedCluster) -> Vec<(Text, f64)> {
    let mut features: Vec<(Text, f64)> =
        cluster.top_features.iter().map(|top| (words(run, &top.feature), top.position)).collect();
    let effects = cluster.portrait.iter().flat_map(|portrait| &portrait.attributes).filter(|effect| effect.clustered);
    let levels: Vec<(Text, f64)> = effects
        .filter_map(|effect| {
            let (share, others_share) = effect.share.value().zip(effect.others_share.value())?;
            let word = format!("{} = {}", effect.attribute, effect.level.as_ref()?);
            Some((Text::new(word.clone(), word), 0.5 + 0.5 * (share - others_share)))
        })
        .collect();
    if !levels.is_empty() {
        features.extend(levels);
        features.sort_by(|a, b| (b.1 - 0.5).abs().total_cmp(&(a.1 - 0.5).abs()));
    }
    features.truncate(FEATURES);
    features
}

/// What may be segments that no catalog knows.
fn candidates(run: &SharedRun) -> Option<Table> {
    let found = &run.new_segments.candidates;
    if !found.iter().any(SharedCandidate::is_news) {
        return None;
    }
    let caption = ("Candidates for new segments", "候选新客群");
    let mut table = Table::new(
        caption,
        [
            ("", ""),
            ("name", "名称"),
            ("found by", "来源"),
            ("customers", "客户"),
            ("share", "占比"),
            ("stability (Jaccard)", "稳定性（Jaccard）"),
            ("", ""),
        ],
    );
    for (i, candidate) in found.iter().enumerate().filter(|(_, candidate)| candidate.is_news()) {
        let at = |key: &str| format!("segments.json#/new_segments/candidates/{i}/{key}");
        let stability = candidate.stability;
        table.rows.push(vec![
            Cell::Data(candidate.id.clone()),
            Cell::Text(candidate.name.clone()),
            Cell::Text(in_both(|language| found_by(candidate.found_in, language).to_owned())),
            Cell::shown(candidate.size, Style::Count, at("size")),
            Cell::shown(candidate.share, Style::Percent, at("share")),
            Cell::of(stability.map(|s| s.jaccard), Style::Decimal(2), at("stability/jaccard")),
            stability.map_or(Cell::Empty, |s| Cell::Text(in_both(|language| steadiness(s, language).to_owned()))),
        ]);
    }
    table.filter = table.rows.len() > 12;
    Some(table)
}

/// Where whose tier looks wrong is to be found, when how many they are would tell of cells that are held back.
pub(super) fn moves_held_back(tier: &str) -> Text {
    Text::new(
        format!(
            "{tier}: who looks too low or too high is ranked in disagreements.parquet; how many would tell of cells held back"
        ),
        format!("“{tier}”：等级偏低或偏高的客户排序见 disagreements.parquet；其人数会透露隐去的单元格，故不显示"),
    )
}
