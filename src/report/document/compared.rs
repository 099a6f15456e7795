//! A run held against another run, or against a table of tiers.

use super::agreement::agreement;
use super::{Block, Cell, Document, Section, Table, refit, shown};
use crate::config::Duplicates;
use crate::figures::count;
use crate::language::noun;
use crate::sharing::{IdsCompared, SharedMigration, SharedRefit, SharedRunsCompared, SharedTiersCompared, Shown};
use crate::{Language, Text};

impl Document {
    /// What came of holding a run against a table of tiers.
    pub fn tiers_compared(found: &SharedTiersCompared, language: Language) -> Document {
        let mut said = vec![Block::Paragraph(tiers_title(found))];
        said.extend(not_compared(found).map(Block::Paragraph));
        let warnings: Vec<Text> =
            repeated(found).into_iter().chain(found.warnings.iter().map(|warning| warning.message.clone())).collect();
        if !warnings.is_empty() {
            said.push(Block::Warnings(warnings));
        }
        let mut table = vec![Block::Table(segments_by_tier(found))];
        if found.contingency.holds_back() {
            table.push(Block::Paragraph(shown::note(found.min_cell)));
        }
        let caption = ("How far tiers and segments agree, with 95 % intervals", "等级与客群的一致程度（95% 区间）");
        let indices = Block::Table(agreement(caption, &found.indices));
        let mut sections = vec![
            Section::untitled("compared", said),
            Section::untitled("tiers", table),
            Section::untitled("agreement", vec![indices]),
        ];
        if !found.sentences.is_empty() {
            sections.push(Section::untitled("sentences", vec![Block::List(found.sentences.clone())]));
        }
        Document::untitled(language, sections)
    }

    /// What came of holding a run against another.
    pub fn runs_compared(found: &SharedRunsCompared, language: Language) -> Document {
        let (n, nouns) = told(found.n_shared.map(|n| n as u64), ["customer", "customers"]);
        let both = Text::new(format!("{n} {nouns} in both"), format!("两次运行共有 {n} 位客户"));
        let since = found.since.as_ref();
        // A text goes with time, whichever run was named first.
        let is_turned = since.is_some_and(|since| since.against == found.to);
        let migration = if is_turned { found.migration.clone().turned() } else { found.migration.clone() };
        let [first, second] = &found.names;
        let names = if is_turned { [second, first] } else { [first, second] };
        let [from, to] = if is_turned { [&found.to, &found.from] } else { [&found.from, &found.to] };
        let runs = format!("{from} → {to}");
        let mut said = vec![Block::Paragraph(Text::new(runs.clone(), runs)), Block::Paragraph(both)];
        said.extend(ids_of(found).map(Block::Paragraph));
        let mut table = vec![Block::Table(moved(&migration, names))];
        if found.migration.holds_back() || since.is_some_and(SharedRefit::holds_back) {
            table.push(Block::Paragraph(shown::note(found.min_cell)));
        }
        let caption = ("How far the two runs agree, with 95 % intervals", "两次运行的一致程度（95% 区间）");
        let mut sections = vec![Section::untitled("compared", said)];
        sections.extend(since.map(since_then));
        sections.push(Section::untitled("migration", table));
        if found.n_shared != Shown::Value(0) {
            let indices = Block::Table(agreement(caption, &found.indices));
            sections.push(Section::untitled("agreement", vec![indices]));
        }
        Document::untitled(language, sections)
    }
}

/// What became of the segments of the earlier run; who went where stands below by itself.
fn since_then(since: &SharedRefit) -> Section {
    let words = |column: &str| Text::new(column, column);
    let mut blocks = refit::blocks(since, &words, &|_| None);
    blocks.retain(|block| !matches!(block, Block::Table(table) if refit::is_migration(table)));
    Section::untitled("since", blocks)
}

/// Where the ids of the segments come from.
fn ids_of(found: &SharedRunsCompared) -> Option<Text> {
    let listed = |gap: &str| {
        let pair = |(id, own): &(String, String)| format!("{own} = {id}");
        found.matched.iter().map(pair).collect::<Vec<_>>().join(gap)
    };
    let earlier = found.since.as_ref().map_or("", |since| since.against.as_str());
    Some(match found.ids? {
        IdsCompared::Continued => Text::new(
            format!("the later run continues {earlier}: an id is the same segment in both"),
            format!("较晚的运行延续 {earlier}：同一标识即同一客群"),
        ),
        IdsCompared::Lineage => Text::new(
            "both are of one lineage, in which an id stays from run to run while most of its segment goes on; what follows holds these two \
             runs against each other, without those between",
            "两次运行属于同一谱系：相邻运行之间，客群主体延续则标识不变；下文直接比较这两次运行，不经过其间各次",
        ),
        IdsCompared::Matched if found.matched.is_empty() => Text::new(
            format!("ids are each run's own, and no segment of the later run has the customers of one of {earlier}"),
            format!("标识为各次运行自有；较晚运行的客群与 {earlier} 的客群均不对应"),
        ),
        IdsCompared::Matched => Text::new(
            format!(
                "ids are each run's own; those of the later run are matched by their customers to those of {earlier}, which are \
                 used below: {}",
                listed(", ")
            ),
            format!(
                "标识为各次运行自有；较晚运行的客群按客户对应到 {earlier} 的客群，下文用后者的标识：{}",
                listed("，")
            ),
        ),
    })
}

fn tiers_title(found: &SharedTiersCompared) -> Text {
    let (run, tier, table) = (&found.run_id, &found.tier, found.tiers.display());
    let (n, nouns) = told(found.n, ["customer", "customers"]);
    Text::new(
        format!("{run} against {tier} of {table}: {n} {nouns}"),
        format!("{run} 与 {table} 的“{tier}”对照：{n} 位客户"),
    )
}

/// A number of customers and its noun; what is held back is not given away by its noun.
fn told(n: Shown<u64>, [one, many]: [&'static str; 2]) -> (String, &'static str) {
    match n {
        Shown::Value(n) => (count(n), noun(n, one, many)),
        Shown::HeldBack => ("*".to_owned(), many),
    }
}

/// Who was on one side only, as far as it may be told.
fn not_compared(found: &SharedTiersCompared) -> Option<Text> {
    let sides = [
        (found.n_only_in_tiers, "of the table who are not in the run", "等级表有 § 位客户不在运行中"),
        (found.n_only_in_run, "of the run who are not in the table", "运行有 § 位客户不在等级表中"),
    ];
    let told: Vec<(String, String)> = sides
        .into_iter()
        .filter(|(n, ..)| *n != Shown::Value(0))
        .map(|(n, en, zh)| {
            let (n, nouns) = told(n, ["customer", "customers"]);
            (format!("{n} {nouns} {en}"), zh.replace('§', &n))
        })
        .collect();
    let (en, zh): (Vec<String>, Vec<String>) = told.into_iter().unzip();
    let text = Text::new(format!("not compared: {}", en.join(", ")), format!("未参与对照：{}", zh.join("，")));
    (!en.is_empty()).then_some(text)
}

/// Ids that stand in the table more than once.
fn repeated(found: &SharedTiersCompared) -> Option<Text> {
    let (ids, conflicting) = (count(found.n_repeated_ids as u64), count(found.n_conflicting_ids as u64));
    let (en, zh) = match found.duplicates {
        Duplicates::Last => ("last", "最后"),
        Duplicates::First | Duplicates::Error => ("first", "第"),
    };
    let text = Text::new(
        format!(
            "ids that stand in the table more than once: {ids}, with different tiers: {conflicting}; of such rows the {en} counts"
        ),
        format!("表中重复出现的客户标识：{ids} 个，其中等级不同：{conflicting} 个；重复时以{zh}一行为准"),
    );
    (found.n_repeated_ids > 0).then_some(text)
}

/// Segments and the customers of every tier in them.
fn segments_by_tier(found: &SharedTiersCompared) -> Table {
    let table_of = &found.contingency;
    let mut table =
        Table::new(("Customers of every tier in every segment", "各等级在各客群中的客户数"), [("segment", "客群")]);
    table.headings.extend(table_of.tiers.iter().map(|tier| Text::new(tier, tier)));
    table.headings.push(Text::new("expected", "预期等级"));
    for (column, segment) in table_of.names.iter().enumerate() {
        let counts = table_of.counts.iter().map(|row| shown::customers(row[column]));
        let expected = shown::name(&found.expected_tiers[column]);
        table.rows.push([Cell::Text(segment.clone())].into_iter().chain(counts).chain([expected]).collect());
    }
    table
}

/// Segments before (rows) and after (columns), those who left and the new ones.
fn moved(migration: &SharedMigration, [from, to]: [&Vec<Option<Text>>; 2]) -> Table {
    let mut table = Table::new(("Who went where", "客户去向"), [("from ↓ to →", "从 ↓ 到 →")]);
    let named = |name: &Option<Text>| name.clone().unwrap_or_else(|| Text::new("(no segment)", "（无客群）"));
    table.headings.extend(to.iter().map(named));
    table.headings.push(Text::new("left", "已离开"));
    for ((from, row), &left) in from.iter().zip(&migration.counts).zip(&migration.left) {
        let counts = row.iter().chain([&left]).map(|&n| shown::customers(n));
        table.rows.push([Cell::Text(named(from))].into_iter().chain(counts).collect());
    }
    let new = migration.new.iter().map(|&n| shown::customers(n));
    table.rows.push([Cell::text("new", "新增")].into_iter().chain(new).chain([Cell::text("", "")]).collect());
    table
}
