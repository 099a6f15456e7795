//! Why a customer is in its segment.

use super::{Block, Cell, Document, Section, Style, Table, in_both};
use crate::config::Algorithm;
use crate::figures::{count, decimal, percent, plain, signed};
use crate::label::rule::{RuleCondition, conjunction};
use crate::language::noun;
use crate::model::{CategoryTerm, CentroidReason, FeatureChange, NamedCluster, Term};
use crate::report::Explanation;
use crate::{Language, Text};

/// Features shown that could move the customer, or nearly.
const CHANGES: usize = 5;

impl Document {
    /// The explanation of a customer in `language`.
    pub fn explanation(explained: &Explanation<'_>, language: Language) -> Document {
        let reason = explained.reason;
        let mut sections = Vec::new();
        if !reason.dropped_for.is_empty() {
            sections.push(Section::untitled("dropped", vec![Block::Paragraph(dropped(explained))]));
        }
        if let Some(kmeans) = &reason.kmeans {
            sections.extend(segment(explained));
            sections.push(home(explained, kmeans));
            sections.extend(votes(explained, kmeans));
            sections.extend(changes(explained, kmeans));
        }
        let mut elsewhere: Vec<(Text, Vec<Cell>)> = rule(explained).into_iter().chain(density(explained)).collect();
        elsewhere.extend(likeliest(explained));
        if !elsewhere.is_empty() {
            sections.push(Section::untitled("elsewhere", vec![Block::Facts(elsewhere)]));
        }
        sections.extend(tier(explained));
        if !explained.warnings.is_empty() {
            let said = explained.warnings.iter().map(|warning| warning.message.clone()).collect();
            sections.push(Section::untitled("warnings", vec![Block::Warnings(said)]));
        }
        Document::untitled(language, sections)
    }
}

fn dash() -> String {
    "–".to_owned()
}

/// `S01` or `#0`, and the name.
fn named(cluster: &NamedCluster, language: Language) -> String {
    let id = cluster.segment_id.clone().unwrap_or_else(|| format!("#{}", cluster.cluster.index()));
    format!("{id} {}", cluster.name.get(language))
}

fn dropped(explained: &Explanation<'_>) -> Text {
    in_both(|language| {
        let why = language.say("is in no segment, these values are missing: ", "不属于任何客群，缺失以下数值：");
        format!("{} {why}{}", explained.id, explained.reason.dropped_for.join(language.say(", ", "、")))
    })
}

/// The customer's segment where k-means does not make the segments; without it what follows would read as such.
fn segment(explained: &Explanation<'_>) -> Option<Section> {
    let primary = explained.reason.primary;
    let title = in_both(|language| match explained.reason.segment() {
        Some(segment) => format!("{} → {}", explained.id, named(segment, language)),
        None => {
            let (found_by, id) = (primary.words(language), explained.id);
            match language {
                Language::En => format!("{id} is in no segment: {found_by} counts it as noise"),
                Language::Zh => format!("{id} 不属于任何客群：{found_by} 将其视为噪声"),
            }
        }
    });
    (primary != Algorithm::KMeans).then(|| Section { id: "segment".into(), title, blocks: Vec::new() })
}

/// Where k-means puts the customer, and how clearly.
fn home(explained: &Explanation<'_>, kmeans: &CentroidReason) -> Section {
    let archetype = kmeans.cluster.archetype.as_ref();
    let title = in_both(|language| {
        let archetype = archetype.map(|id| language.say(" (§)", "（§）").replace('§', id)).unwrap_or_default();
        let found_by = match explained.reason.primary {
            Algorithm::KMeans => String::new(),
            _ => format!("{}{}", Algorithm::KMeans.words(language), language.say(": ", "：")),
        };
        format!("{found_by}{} → {}{archetype}", explained.id, named(&kmeans.cluster, language))
    });
    let blocks = nearness(kmeans).map(Block::Paragraph).into_iter().collect();
    Section { id: "home".into(), title, blocks }
}

/// How much farther the next cluster is; `None` where there is no other.
fn nearness(kmeans: &CentroidReason) -> Option<Text> {
    let (runner_up, margin) = (kmeans.runner_up.as_ref()?, kmeans.margin?);
    let (near, far) = (kmeans.distance2.sqrt(), kmeans.runner_up_distance2.map_or(0.0, f64::sqrt));
    let times = Some(far / near).filter(|times| times.is_finite()).map(|times| decimal(Some(times), 2));
    let margin = decimal(Some(f64::from(margin)), 3);
    Some(in_both(|language| {
        let next = named(runner_up, language);
        match (language, &times) {
            (Language::En, Some(times)) => format!("the next, {next}, is {times} times as far (margin {margin})"),
            (Language::En, None) => format!("on its centroid; the next is {next} (margin {margin})"),
            (Language::Zh, Some(times)) => format!("到次近客群 {next} 的距离是到本客群的 {times} 倍（间隔 {margin}）"),
            (Language::Zh, None) => format!("位于本客群质心；次近为 {next}（间隔 {margin}）"),
        }
    }))
}

/// How much every feature speaks for the cluster.
fn votes(explained: &Explanation<'_>, kmeans: &CentroidReason) -> Option<Section> {
    let gap = decimal(Some(kmeans.gap?), 3);
    let mut table = Table::new(
        ("", ""),
        [
            ("feature", "特征"),
            ("value", "数值"),
            ("own centroid", "所属质心"),
            ("next centroid", "次近质心"),
            ("vote", "投票"),
            ("share of gap", "占差额"),
        ],
    );
    table.rows = kmeans.features.iter().map(|term| vote(explained, term)).collect();
    let mut blocks = vec![Block::Paragraph(Text::new(
        format!("votes of the features for it over the next; they add up to the gap of {gap}"),
        format!("各特征对本客群（相对次近客群）的投票，合计即差额 {gap}"),
    ))];
    if kmeans.features.iter().any(|term| term.category.is_some()) {
        blocks.push(Block::Paragraph(Text::new(
            "a percentage is the share of that level in the segment",
            "百分数为该类别在客群中的占比",
        )));
    }
    blocks.push(Block::Table(table));
    Some(Section::new("why", ("Why", "原因"), blocks))
}

fn vote(explained: &Explanation<'_>, term: &Term) -> Vec<Cell> {
    let value = match (&term.category, term.value, term.imputed) {
        (Some(_), ..) => level(explained, &term.feature),
        (None, None, Some(imputed)) => Cell::Text(in_both(|language| {
            let missing = language.say(" (missing)", "（缺失）");
            format!("{}{missing}", plain(imputed))
        })),
        (None, value, _) => Cell::number(value, Style::Plain),
    };
    let [own, next] = match &term.category {
        Some(CategoryTerm { centroid_share, runner_up_share, .. }) => {
            [Some(*centroid_share), *runner_up_share].map(|share| Cell::number(share, Style::Percent))
        }
        None => [term.centroid, term.runner_up_centroid].map(|centre| Cell::number(centre, Style::Plain)),
    };
    vec![
        Cell::Text(words(explained, &term.feature)),
        value,
        own,
        next,
        Cell::Data(term.term.map_or_else(dash, |term| signed(term, 3))),
        Cell::Data(term.share.map_or_else(dash, |share| format!("{} %", decimal(Some(100.0 * share), 1)))),
    ]
}

/// What would have to be different for the customer to be elsewhere.
fn changes(explained: &Explanation<'_>, kmeans: &CentroidReason) -> Option<Section> {
    let first = explained.changes.first()?;
    let lead = match &first.cluster {
        Some(cluster) => in_both(|language| smallest(explained, first, cluster, language)),
        None => none_alone(explained, kmeans)?,
    };
    let mut table = Table::new(
        ("", ""),
        [
            ("feature", "特征"),
            ("now", "当前"),
            ("needed", "需达到"),
            ("then in", "将归入"),
            ("closes at most", "最多弥合差额"),
            ("observed", "观测范围"),
        ],
    );
    table.rows = explained.changes.iter().take(CHANGES).map(|change| change_row(explained, change)).collect();
    let title = ("What would have to change", "怎样才会改变客群");
    Some(Section::new("change", title, vec![Block::Paragraph(lead), Block::Table(table)]))
}

fn change_row(explained: &Explanation<'_>, change: &FeatureChange) -> Vec<Cell> {
    let range = match &change.levels {
        Some(_) => Cell::text("every level", "全部类别"),
        None => Cell::Data(format!("{} – {}", plain(change.range[0]), plain(change.range[1]))),
    };
    let then_in = |cluster: &NamedCluster| Cell::Text(in_both(|language| named(cluster, language)));
    vec![
        Cell::Text(words(explained, &change.feature)),
        now(explained, change).map_or(missing(), Cell::Text),
        needed(change).map_or(Cell::Empty, Cell::Text),
        change.cluster.as_ref().map_or(Cell::Empty, then_in),
        Cell::number(change.closes, Style::Percent),
        range,
    ]
}

/// What the numbers of a feature are called.
fn words(explained: &Explanation<'_>, feature: &str) -> Text {
    explained.labelled.words(feature)
}

fn missing() -> Cell {
    Cell::text("missing", "缺失")
}

/// The customer's text in a category.
fn level(explained: &Explanation<'_>, feature: &str) -> Cell {
    level_text(explained, feature).map_or(missing(), Cell::Data)
}

fn level_text(explained: &Explanation<'_>, feature: &str) -> Option<String> {
    let Explanation { customer, features, .. } = explained;
    let first = features.len() - customer.levels.len();
    let place = features.iter().position(|other| *other == feature).and_then(|f| f.checked_sub(first))?;
    customer.levels[place].clone()
}

/// What the customer has; `None` where a number is missing.
fn now(explained: &Explanation<'_>, change: &FeatureChange) -> Option<Text> {
    match &change.levels {
        Some(_) => Some(level_text(explained, &change.feature).map_or(Text::new("missing", "缺失"), same)),
        None => change.from.map(plain).map(same),
    }
}

/// What it takes to be elsewhere; `None` when nothing does.
fn needed(change: &FeatureChange) -> Option<Text> {
    match &change.levels {
        Some(levels) => change.cluster.as_ref().map(|_| {
            let to = levels.to_level.clone();
            in_both(|language| format!("= {}", to.as_deref().unwrap_or(language.say("missing", "缺失"))))
        }),
        None => change.to.map(|to| same(limit(to, change))),
    }
}

fn same(text: String) -> Text {
    Text::new(text.clone(), text)
}

fn smallest(explained: &Explanation<'_>, change: &FeatureChange, cluster: &NamedCluster, language: Language) -> String {
    let (feature, cluster) = (words(explained, &change.feature), named(cluster, language));
    let feature = feature.get(language);
    let needed = needed(change).unwrap_or_else(|| same(dash()));
    let (to, now) = (needed.get(language), now(explained, change));
    match (language, now.as_ref().map(|now| now.get(language))) {
        (Language::En, Some(now)) => {
            format!("the smallest change of one feature: {feature} {to} instead of {now} moves it to {cluster}")
        }
        (Language::En, None) => {
            format!("the smallest change of one feature: {feature}, which is missing, {to} moves it to {cluster}")
        }
        (Language::Zh, Some(now)) => format!("最小的单一变化：{feature} 由 {now} 变为 {to}，即归入 {cluster}"),
        (Language::Zh, None) => format!("最小的单一变化：缺失的 {feature} 若为 {to}，即归入 {cluster}"),
    }
}

fn none_alone(explained: &Explanation<'_>, kmeans: &CentroidReason) -> Option<Text> {
    let most = explained.changes.iter().max_by(|a, b| a.closes.unwrap_or(0.0).total_cmp(&b.closes.unwrap_or(0.0)))?;
    let (feature, part) = (words(explained, &most.feature), percent(most.closes?));
    let next = kmeans.runner_up.as_ref()?;
    let (next_en, next_zh) = (named(next, Language::En), named(next, Language::Zh));
    Some(Text::new(
        format!(
            "no single feature moves it within what was observed; {} closes most of the gap to {next_en}: {part}",
            feature.en
        ),
        format!("在观测范围内，任何单一特征都不足以改变归属；{} 最多可弥合与 {next_zh} 之间差额的 {part}", feature.zh),
    ))
}

/// The leaf of the segments' tree that holds for the customer.
fn rule(explained: &Explanation<'_>) -> Option<(Text, Vec<Cell>)> {
    let (rules, features) = (explained.labelled.rules.as_ref()?, &explained.features);
    let (raw, levels) = (&explained.customer.raw, &explained.customer.levels);
    let first = features.len() - levels.len();
    let holds = |condition: &RuleCondition| match features.iter().position(|feature| *feature == condition.column) {
        Some(position) if position >= first => condition.holds_text(levels[position - first].as_deref()),
        position => condition.holds(position.map_or(f64::NAN, |position| raw[position])),
    };
    let leaf = rules.tree.leaf_where(holds)?;
    let (conditions, says) = (conjunction(&leaf.conditions), &rules.segments[leaf.class]);
    let right = leaf.precision.map_or_else(dash, percent);
    let said = Text::new(
        format!("{} → {says}, right for {right} of such customers", conditions.en),
        format!("{} → {says}，对此类客户的准确率为 {right}", conditions.zh),
    );
    Some((Text::new("Rule", "规则"), vec![Cell::Text(said)]))
}

/// Where DBSCAN puts the customer.
fn density(explained: &Explanation<'_>) -> Option<(Text, Vec<Cell>)> {
    let dbscan = explained.reason.dbscan.as_ref()?;
    let (eps, min_samples) = (decimal(Some(dbscan.eps), 3), dbscan.min_samples);
    let said = in_both(|language| {
        let noise = || language.say("noise", "噪声").to_owned();
        let cluster = dbscan.cluster.as_ref().map_or_else(noise, |cluster| named(cluster, language));
        match language {
            Language::En => format!("{cluster} (eps {eps}, min_samples {min_samples})"),
            Language::Zh => format!("{cluster}（eps {eps}，min_samples {min_samples}）"),
        }
    });
    Some((Text::new("DBSCAN", "DBSCAN"), vec![Cell::Text(said)]))
}

/// Where every other algorithm puts the customer, and how surely.
fn likeliest(explained: &Explanation<'_>) -> Vec<(Text, Vec<Cell>)> {
    let found = |algorithm: Algorithm| {
        let likeliest = explained.reason.likeliest.get(algorithm.name())?.as_ref()?;
        let probability = decimal(Some(likeliest.probability), 3);
        let said = in_both(|language| match (language, named(&likeliest.cluster, language)) {
            (Language::En, cluster) => format!("{cluster} (probability {probability})"),
            (Language::Zh, cluster) => format!("{cluster}（概率 {probability}）"),
        });
        Some((in_both(|language| algorithm.words(language).to_owned()), vec![Cell::Text(said)]))
    };
    Algorithm::ALL.into_iter().filter_map(found).collect()
}

/// The customer's tier beside the one expected of its segment.
fn tier(explained: &Explanation<'_>) -> Option<Section> {
    let tier = explained.customer.tier.as_ref()?;
    let (en, zh) = match (explained.disagreement, explained.expected_tier) {
        (Some(found), _) => {
            let (expected, many) = (&found.expected_tier, found.customers.map(like_that));
            let many = many.unwrap_or(Text::new("", ""));
            (
                format!(", but {expected} is expected of this segment{}", many.en),
                format!("，但该客群的预期等级为 {expected}{}", many.zh),
            )
        }
        (None, Some(expected)) if expected == tier => {
            (", as expected of this segment".to_owned(), "，与该客群的预期等级一致".to_owned())
        }
        (None, Some(expected)) => {
            (format!("; expected of this segment: {expected}"), format!("；该客群的预期等级：{expected}"))
        }
        (None, None) => ("; no tier is typical of this segment".to_owned(), "；该客群没有典型等级".to_owned()),
    };
    let title = Text::new(format!("Tier {tier}{en}"), format!("等级 {tier}{zh}"));
    let why = explained.disagreement.map(|found| Block::Paragraph(found.reason.clone()));
    Some(Section { id: "tier".into(), title, blocks: why.into_iter().collect() })
}

fn like_that(customers: u64) -> Text {
    let (n, nouns) = (count(customers), noun(customers, "customer", "customers"));
    Text::new(format!(" ({n} {nouns} like that)"), format!("（此类客户共 {n} 位）"))
}

/// `≥ 24` or `≤ 96.5`, in the digits of the figure itself: rounded further it would not move the customer.
fn limit(to: f64, change: &FeatureChange) -> String {
    let sign = if change.from.is_some_and(|from| to < from) { "≤" } else { "≥" };
    let digits = if to.abs() >= 1000.0 && to.fract() == 0.0 && to.abs() < 1e15 { plain(to) } else { format!("{to}") };
    format!("{sign} {}", digits.replace('-', "−"))
}
