//! Why these clusters: the number of them, the density, the map, and what became of every column.

use serde::Serialize;
use serde_json::Value;

use super::{Block, Cell, Mark, Section, Style, Table, further, in_both, pictures};
use crate::Text;
use crate::report::chart::Picture;
use crate::sharing::{SharedAnswer, SharedDensity, SharedReconciliation, SharedRun};

pub(super) fn evidence(run: &SharedRun) -> Section {
    let heading = Text::new("How many clusters, and where the customers are", "聚类数与客户分布");
    let mut shown: Vec<Picture> = pictures::k_curve(run).into_iter().chain(pictures::silhouettes(run)).collect();
    shown.push(pictures::map(run));
    shown.extend(pictures::neighbourhood(run));
    let mut blocks = vec![Block::Heading(heading), Block::Pictures(shown)];
    blocks.extend(pictures::distributions(run));
    blocks.push(Block::Table(ks(run).closed()));
    blocks.extend(run.dbscan.as_ref().map(|dbscan| density(run, dbscan)));
    blocks.extend(further::folds(run));
    blocks.push(Block::Table(normalization(run).closed()));
    blocks.push(Block::Table(audit(run).closed()));
    blocks.extend(levels(run).map(|table| Block::Table(table.closed())));
    Section { id: "evidence".into(), title: Text::new("Evidence", "依据"), blocks }
}

fn ks(run: &SharedRun) -> Table {
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
    for (i, row) in run.k_table.iter().enumerate() {
        let at = |key: &str| format!("run.json#/kmeans/table/{i}/{key}");
        let figure = |value, style, key: &str| Cell::of(value, style, at(key));
        table.rows.push(vec![
            figure(Some(row.k as f64), Style::Count, "k"),
            figure(row.silhouette, Style::Decimal(3), "silhouette"),
            figure(row.excess, Style::Decimal(3), "excess"),
            figure(row.calinski_harabasz, Style::Plain, "calinski_harabasz"),
            figure(row.davies_bouldin, Style::Decimal(3), "davies_bouldin"),
            figure(Some(row.inertia), Style::Plain, "inertia"),
            Cell::shown(row.smallest_share, Style::Percent, at("smallest_share")),
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
fn density(run: &SharedRun, dbscan: &SharedDensity) -> Block {
    let mut blocks = Vec::new();
    let figure = |value, style, key: &str| vec![Cell::of(Some(value), style, format!("run.json#/dbscan/{key}"))];
    blocks.push(Block::Facts(vec![
        (Text::new("eps", "eps"), figure(dbscan.eps, Style::Decimal(3), "eps")),
        (Text::new("min_samples", "min_samples"), figure(dbscan.min_samples as f64, Style::Count, "min_samples")),
    ]));
    blocks.extend(dbscan.answer.as_ref().map(|answer| Block::Table(eps_answers(answer, &dbscan.alternatives))));
    if dbscan.is_one_density {
        blocks.push(Block::Paragraph(Text::new(
            "No two clusters that are large enough stay apart over a range of eps; eps is at the knee of the distances, or where one \
             large cluster is left.",
            "没有哪段 eps 区间内有两个足够大且持续分离的聚类；eps 取距离曲线的拐点，或只剩一个大聚类处的值。",
        )));
    }
    blocks.extend(pictures::eps_curve(dbscan).map(|picture| Block::Pictures(vec![picture])));
    blocks.extend(run.reconciliation.iter().flat_map(reconciled));
    Block::Fold(Text::new("Density: DBSCAN beside k-means", "密度：DBSCAN 与 k-means 对照"), blocks)
}

/// What DBSCAN finds with the chosen eps and with others.
fn eps_answers(chosen: &SharedAnswer, others: &[SharedAnswer]) -> Table {
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
        let at = |key: &str| format!("run.json#/dbscan/{place}/{key}");
        let figure = |value, style, key: &str| Cell::of(Some(value), style, at(key));
        table.rows.push(vec![
            figure(answer.eps, Style::Decimal(3), "eps"),
            figure(answer.low, Style::Decimal(3), "low"),
            figure(answer.high, Style::Decimal(3), "high"),
            figure(answer.n_clusters as f64, Style::Count, "n_clusters"),
            Cell::shown(answer.noise_share, Style::Percent, at("noise_share")),
            figure(answer.evidence, Style::Decimal(2), "evidence"),
            if place == "answer" { Cell::Mark(Mark::Chosen) } else { Cell::Empty },
        ]);
    }
    table
}

/// k-means clusters × DBSCAN clusters, and what that says.
fn reconciled(found: &SharedReconciliation) -> [Block; 2] {
    let mut table =
        Table::new(("k-means clusters and DBSCAN clusters", "k-means 聚类与 DBSCAN 聚类"), [("k-means", "k-means")]);
    table.headings.extend(found.dbscan.iter().map(|cluster| match cluster {
        Some(cluster) => in_both(|_| format!("DBSCAN {}", cluster.index())),
        None => Text::new("noise", "噪声"),
    }));
    for ((cluster, counts), pointers) in found.kmeans.iter().zip(&found.counts).zip(&found.pointers) {
        let customers = counts.iter().zip(pointers).map(|(&count, pointer)| match pointer {
            Some(pointer) => Cell::shown(count, Style::Count, pointer.clone()),
            None => Cell::number(count.value().map(|&n| n as f64), Style::Count).if_shown(count.is_shown()),
        });
        table.rows.push([Cell::Data(cluster.index().to_string())].into_iter().chain(customers).collect());
    }
    [Block::Table(table), Block::List(found.findings.clone())]
}

/// The word a value has in `run.json`.
fn word(value: &impl Serialize) -> Cell {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Cell::Data(word),
        _ => Cell::Empty,
    }
}

fn normalization(run: &SharedRun) -> Table {
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
    for (i, choice) in run.normalization.iter().enumerate() {
        let at = |key: &str| format!("run.json#/normalization/{i}/{key}");
        let figure = |value, style, key: &str| Cell::of(Some(value), style, at(key));
        table.rows.push(vec![
            Cell::Data(choice.name.clone()),
            word(&choice.transform),
            figure(choice.skewness_before, Style::Decimal(2), "skewness_before"),
            figure(choice.skewness_after, Style::Decimal(2), "skewness_after"),
            word(&choice.scale),
            Cell::shown(choice.center, Style::Plain, at("center")),
            Cell::shown(choice.spread, Style::Plain, at("spread")),
            figure(choice.weight, Style::Plain, "weight"),
        ]);
    }
    table
}

fn audit(run: &SharedRun) -> Table {
    let mut table = Table::new(
        ("Numeric columns as they were read", "读取到的数值列"),
        [("column", "列"), ("type", "类型"), ("missing", "缺失"), ("mean", "均值"), ("", "")],
    );
    for (i, column) in run.audit.numeric.iter().enumerate() {
        let missing = column.n_missing.value().map(|&n| n as f64);
        table.rows.push(vec![
            Cell::Data(column.name.clone()),
            Cell::Data(column.type_name.clone()),
            Cell::number(missing, Style::Count).if_shown(column.n_missing.is_shown()),
            Cell::of(column.mean, Style::Plain, format!("run.json#/input/audit/numeric/{i}/mean")),
            if column.is_constant { Cell::text("constant", "常量") } else { Cell::Empty },
        ]);
    }
    table
}

fn levels(run: &SharedRun) -> Option<Table> {
    let mut table = Table::new(
        ("Columns with levels, and columns that were left out", "分类列与未采用的列"),
        [("column", "列"), ("type", "类型"), ("levels", "取值数"), ("missing", "缺失"), ("", "")],
    );
    for (i, column) in run.audit.levels.iter().enumerate() {
        let at = |key: &str| format!("run.json#/input/audit/levels/{i}/{key}");
        table.rows.push(vec![
            Cell::Data(column.name.clone()),
            Cell::Data(column.type_name.clone()),
            Cell::of(Some(column.n_levels as f64), Style::Count, at("n_levels")),
            Cell::shown(column.n_missing, Style::Count, at("n_missing")),
            if column.is_tier { Cell::text("tier", "等级") } else { Cell::Empty },
        ]);
    }
    for column in &run.audit.left_out {
        let (name, type_name) = (Cell::Data(column.name.clone()), Cell::Data(column.type_name.clone()));
        table.rows.push(vec![name, type_name, Cell::Empty, Cell::Empty, word(&column.reason)]);
    }
    (!table.rows.is_empty()).then_some(table)
}
