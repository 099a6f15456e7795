//! Why these clusters: the number of them, the density, the map, and what became of every column.

use serde::Serialize;
use serde_json::Value;

use super::{Block, Cell, Mark, Section, Style, Table, pictures};
use crate::Text;
use crate::cluster::choose_eps::EpsAnswer;
use crate::cluster::reconcile::Reconciliation;
use crate::config::Algorithm;
use crate::report::chart::Picture;
use crate::report::evidence_facts::ReportInput;
use crate::sharing::suppress;

pub(super) fn evidence(input: &ReportInput) -> Section {
    let heading = Text::new("How many clusters, and where the customers are", "聚类数与客户分布");
    let mut shown: Vec<Picture> = pictures::k_curve(input).into_iter().chain(pictures::silhouettes(input)).collect();
    shown.push(pictures::map(input));
    shown.extend(pictures::neighbourhood(input));
    let mut blocks = vec![Block::Heading(heading), Block::Pictures(shown)];
    blocks.extend(pictures::distributions(input));
    blocks.push(Block::Table(ks(input).closed()));
    blocks.extend(density(input));
    blocks.push(Block::Table(normalization(input).closed()));
    blocks.push(Block::Table(audit(input).closed()));
    blocks.extend(levels(input).map(|table| Block::Table(table.closed())));
    Section { id: "evidence".into(), title: Text::new("Evidence", "依据"), blocks }
}

fn ks(input: &ReportInput) -> Table {
    let summary = &input.summary;
    let mut table = Table::new(
        (
            "Every k that was tried; excess = silhouette − mean silhouette of tables without clusters",
            "尝试过的每个 k；超出参照 = 轮廓系数 − 无群参照数据的平均轮廓系数",
        ),
        [
            ("k", "k"),
            ("silhouette", "轮廓系数"),
            ("excess", "超出参照"),
            ("Calinski-Harabasz", "Calinski-Harabasz"),
            ("Davies-Bouldin", "Davies-Bouldin"),
            ("inertia", "惯性"),
            ("smallest", "最小占比"),
            ("weakest stability", "最低稳定性"),
            ("", ""),
        ],
    );
    for (i, row) in summary.run.kmeans.table.iter().enumerate() {
        let figure = |value, style, key: &str| Cell::of(value, style, format!("run.json#/kmeans/table/{i}/{key}"));
        table.rows.push(vec![
            figure(Some(row.k as f64), Style::Count, "k"),
            figure(row.silhouette, Style::Decimal(3), "silhouette"),
            figure(row.excess, Style::Decimal(3), "excess"),
            figure(row.calinski_harabasz, Style::Plain, "calinski_harabasz"),
            figure(row.davies_bouldin, Style::Decimal(3), "davies_bouldin"),
            figure(Some(row.inertia), Style::Plain, "inertia"),
            figure(Some(row.smallest_share), Style::Percent, "smallest_share").if_shown(summary.smallest_is_shown(row)),
            figure(row.weakest_stability, Style::Decimal(2), "weakest_stability"),
            match (row.chosen, row.admissible) {
                (true, _) => Cell::Mark(Mark::Chosen),
                (false, false) => Cell::Mark(Mark::Inadmissible),
                (false, true) => Cell::Empty,
            },
        ]);
    }
    table
}

/// DBSCAN, and how it relates to k-means.
fn density(input: &ReportInput) -> Option<Block> {
    let dbscan = input.facts.dbscan.as_ref()?;
    let mut blocks = Vec::new();
    let figure = |value, style, key: &str| vec![Cell::of(Some(value), style, format!("run.json#/dbscan/{key}"))];
    blocks.push(Block::Facts(vec![
        (Text::new("eps", "eps"), figure(dbscan.chosen.eps, Style::Decimal(3), "eps")),
        (
            Text::new("min_samples", "min_samples"),
            figure(dbscan.chosen.min_samples as f64, Style::Count, "min_samples"),
        ),
    ]));
    blocks.extend(dbscan.chosen.answer.as_ref().map(|answer| {
        Block::Table(eps_answers(input, answer, dbscan.chosen.alternatives.as_deref().unwrap_or_default()))
    }));
    if input.summary.shared.dbscan.as_ref().is_some_and(|dbscan| dbscan.is_one_density) {
        blocks.push(Block::Paragraph(Text::new(
            "No two clusters stay apart at any eps; it is at the knee of the distances, or where one large cluster is left.",
            "任何 eps 下都没有两个持续分离的聚类；eps 取距离曲线的拐点，或只剩一个大聚类处的值。",
        )));
    }
    blocks.extend(pictures::eps_curve(&dbscan.chosen).map(|picture| Block::Pictures(vec![picture])));
    if let Some(reconciliation) = &input.facts.reconciliation {
        blocks.extend(reconciled(input, reconciliation));
    }
    Some(Block::Fold(Text::new("Density: DBSCAN beside k-means", "密度：DBSCAN 与 k-means 对照"), blocks))
}

/// What DBSCAN finds with the chosen eps and with others.
fn eps_answers(input: &ReportInput, chosen: &EpsAnswer, others: &[EpsAnswer]) -> Table {
    let mut table = Table::new(
        (
            "What DBSCAN finds over the ranges of eps; clusters that are large enough and last, evidence = Σ −p ln p × how long they last",
            "DBSCAN 在各 eps 区间内的结果；只计足够大且持续存在的聚类，依据 = Σ −p ln p × 持续程度",
        ),
        [
            ("eps", "eps"),
            ("from", "起"),
            ("to", "止"),
            ("clusters", "聚类"),
            ("noise", "噪声"),
            ("evidence", "依据"),
            ("", ""),
        ],
    );
    let others = others.iter().enumerate().map(|(i, other)| (other, format!("alternatives/{i}")));
    for (answer, place) in [(chosen, "answer".to_owned())].into_iter().chain(others) {
        let figure = |value, style, key: &str| Cell::of(Some(value), style, format!("run.json#/dbscan/{place}/{key}"));
        table.rows.push(vec![
            figure(answer.eps, Style::Decimal(3), "eps"),
            figure(answer.low, Style::Decimal(3), "low"),
            figure(answer.high, Style::Decimal(3), "high"),
            figure(answer.n_clusters as f64, Style::Count, "n_clusters"),
            figure(answer.noise_share, Style::Percent, "noise_share")
                .if_shown(input.summary.noise_of_answer_is_shown(answer)),
            figure(answer.evidence, Style::Decimal(2), "evidence"),
            if place == "answer" { Cell::Mark(Mark::Chosen) } else { Cell::Empty },
        ]);
    }
    table
}

/// k-means clusters × DBSCAN clusters, and what that says of those clusters of which every cell is shown.
fn reconciled(input: &ReportInput, reconciliation: &Reconciliation) -> [Block; 2] {
    let mut rows: Vec<_> = reconciliation.cells.iter().map(|cell| cell.kmeans).collect();
    rows.sort();
    rows.dedup();
    let mut columns: Vec<_> = reconciliation.cells.iter().map(|cell| cell.dbscan).collect();
    columns.sort_by_key(|cluster| (cluster.is_none(), *cluster));
    columns.dedup();
    let mut counts = vec![vec![0; columns.len()]; rows.len()];
    let mut sources = vec![vec![None; columns.len()]; rows.len()];
    for (i, cell) in reconciliation.cells.iter().enumerate() {
        let row = rows.iter().position(|row| *row == cell.kmeans);
        let column = columns.iter().position(|column| *column == cell.dbscan);
        if let Some((row, column)) = row.zip(column) {
            counts[row][column] = cell.count;
            sources[row][column] = Some(format!("run.json#/reconciliation/cells/{i}/count"));
        }
    }
    let mut shown = suppress(&counts, input.summary.min_cell());
    // The cells of a segment that is not shown add up to its size.
    let hidden = |segment: Option<usize>| segment.is_some_and(|position| !input.summary.is_shown(position));
    for (r, row) in rows.iter().enumerate() {
        for (c, column) in columns.iter().enumerate() {
            let segment = match input.facts.primary {
                Algorithm::Dbscan => column.map(|cluster| cluster.index()),
                _ => Some(row.index()),
            };
            if hidden(segment) {
                shown[r][c] = None;
            }
        }
    }
    let mut table =
        Table::new(("k-means clusters and DBSCAN clusters", "k-means 聚类与 DBSCAN 聚类"), [("k-means", "k-means")]);
    table.headings.extend(columns.iter().map(|cluster| match cluster {
        Some(cluster) => Text::new(format!("DBSCAN {}", cluster.index()), format!("DBSCAN {}", cluster.index())),
        None => Text::new("noise", "噪声"),
    }));
    for (r, row) in rows.iter().enumerate() {
        let mut cells = vec![Cell::Data(row.index().to_string())];
        cells.extend(shown[r].iter().zip(&sources[r]).map(|(shown, source)| match (shown, source) {
            (Some(count), Some(source)) => Cell::count(Some(*count), source.clone()),
            (Some(count), None) => Cell::number(Some(*count as f64), Style::Count),
            (None, _) => Cell::HeldBack,
        }));
        table.rows.push(cells);
    }
    let whole =
        |cluster| rows.iter().position(|row| *row == cluster).is_some_and(|r| shown[r].iter().all(Option::is_some));
    let findings = reconciliation.findings.iter().filter(|finding| whole(finding.cluster));
    [Block::Table(table), Block::List(findings.map(|finding| finding.sentence.clone()).collect())]
}

/// The word a value has in `run.json`.
fn word(value: &impl Serialize) -> Cell {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Cell::Data(word),
        _ => Cell::Empty,
    }
}

fn normalization(input: &ReportInput) -> Table {
    let mut table = Table::new(
        ("How every feature was normalized", "各特征的归一化方式"),
        [
            ("feature", "特征"),
            ("transform", "变换"),
            ("skewness before", "变换前偏度"),
            ("after", "变换后"),
            ("scale", "缩放"),
            ("centre", "中心"),
            ("spread", "尺度"),
            ("weight", "权重"),
        ],
    );
    for (i, choice) in input.facts.normalization.iter().enumerate() {
        let figure =
            |value, style, key: &str| Cell::of(Some(value), style, format!("run.json#/normalization/{i}/{key}"));
        table.rows.push(vec![
            Cell::Data(choice.name.clone()),
            word(&choice.chosen),
            figure(choice.skewness_before, Style::Decimal(2), "skewness_before"),
            figure(choice.skewness_after, Style::Decimal(2), "skewness_after"),
            word(&choice.scale),
            figure(choice.center, Style::Plain, "center"),
            figure(choice.spread, Style::Plain, "spread"),
            figure(choice.weight, Style::Plain, "weight"),
        ]);
    }
    table
}

fn audit(input: &ReportInput) -> Table {
    let mut table = Table::new(
        ("Numeric columns as they were read", "读取到的数值列"),
        [("column", "列"), ("type", "类型"), ("missing", "缺失"), ("mean", "均值"), ("", "")],
    );
    let sharing = &input.summary.sharing;
    for (i, column) in input.facts.input.audit.numeric.iter().enumerate() {
        let at = |key: &str| format!("run.json#/input/audit/numeric/{i}/{key}");
        // The smallest and largest value belong to single customers, so they stay in the run's folder.
        let missing = column.n_missing() as u64;
        table.rows.push(vec![
            Cell::Data(column.name.clone()),
            Cell::Data(column.type_name.clone()),
            sharing.count(missing).map_or(Cell::HeldBack, |n| Cell::number(Some(n as f64), Style::Count)),
            Cell::of(column.mean, Style::Plain, at("mean")),
            if column.is_constant { Cell::text("constant", "常量") } else { Cell::Empty },
        ]);
    }
    table
}

fn levels(input: &ReportInput) -> Option<Table> {
    let mut table = Table::new(
        ("Columns with levels, and columns that were left out", "分类列与未采用的列"),
        [("column", "列"), ("type", "类型"), ("levels", "取值数"), ("missing", "缺失"), ("", "")],
    );
    let audit = &input.facts.input.audit;
    for (i, column) in audit.levels.iter().enumerate() {
        let at = |key: &str| format!("run.json#/input/audit/levels/{i}/{key}");
        table.rows.push(vec![
            Cell::Data(column.name.clone()),
            Cell::Data(column.type_name.clone()),
            Cell::of(Some(column.n_levels as f64), Style::Count, at("n_levels")),
            Cell::count(input.summary.sharing.count(column.n_missing as u64), at("n_missing")),
            if column.is_tier { Cell::text("tier", "等级") } else { Cell::Empty },
        ]);
    }
    for column in &audit.left_out {
        let (name, type_name) = (Cell::Data(column.name.clone()), Cell::Data(column.type_name.clone()));
        table.rows.push(vec![name, type_name, Cell::Empty, Cell::Empty, word(&column.reason)]);
    }
    (!table.rows.is_empty()).then_some(table)
}
