//! How it was done, and how it can be done again.

use super::{Block, Cell, Section, Table};
use crate::Text;
use crate::sharing::{SharedProvenance, SharedRun};

/// A formula in one line, and the chapter of `docs/methods.md` that says the rest.
const FORMULAS: [(&str, &str, &str); 8] = [
    (
        "k-means: minimises Σ ‖x − c(x)‖² over the normalized features",
        "k-means：使归一化特征上的 Σ ‖x − c(x)‖² 最小",
        "k-means",
    ),
    (
        "silhouette of a customer: (b − a) / max(a, b); a = mean distance within the cluster, b = to the nearest other",
        "客户的轮廓系数：(b − a) / max(a, b)；a 为与同群的平均距离，b 为与最近他群的平均距离",
        "How many clusters",
    ),
    (
        "structure: the silhouette exceeds what any reference without clusters has at this k, by a margin; of DBSCAN, its mass apart",
        "结构：轮廓系数高于所有无群参照在此 k 下的值并留有余量；DBSCAN 则看最大聚类之外的占比",
        "How many clusters",
    ),
    (
        "DBSCAN: core customers have min_samples customers within eps; clusters are the connected core customers",
        "DBSCAN：核心客户在 eps 内至少有 min_samples 位客户；相连的核心客户构成聚类",
        "DBSCAN",
    ),
    (
        "position: P(member > non-member) + ½ P(equal); Cliff δ = 2 · position − 1",
        "位置：P(群内 > 群外) + ½ P(相等)；Cliff δ = 2 · 位置 − 1",
        "Profiles and archetypes",
    ),
    (
        "score of an archetype: weighted mean of how well its conditions hold",
        "原型得分：各条件符合度的加权平均",
        "Profiles and archetypes",
    ),
    (
        "agreement: 1 = the same grouping, 0 = what chance gives; intervals by resampling the table",
        "一致性：1 为完全一致，0 为随机水平；区间由列联表重抽样得到",
        "Agreement with tiers",
    ),
    ("map: the first two principal axes of the normalized features", "地图：归一化特征的前两个主轴", "Pictures"),
];

pub(super) fn method(run: &SharedRun) -> Section {
    let (run_id, provenance) = (&run.run_id, &run.provenance);
    let blocks = vec![
        Block::Aside(vec![
            (Text::new("segmint", "segmint"), vec![Cell::Data(provenance.version.clone())]),
            (Text::new("platform", "平台"), vec![Cell::Data(provenance.platform.clone())]),
            (Text::new("seed", "随机种子"), vec![Cell::Data(provenance.seed.to_string())]),
            (Text::new("fingerprint of the input", "输入指纹"), vec![Cell::Data(provenance.fingerprint.clone())]),
        ]),
        Block::Table(formulas().closed()),
        Block::Fold(
            Text::new("How to repeat it", "如何复现"),
            vec![
                Block::Paragraph(Text::new(
                    "The same plan, input and version give the same bits, on any number of threads. The plan is below; the model of this \
             run scores new customers:",
                    "相同的计划、输入与版本在任意线程数下给出逐位相同的结果。计划见下表；本次运行的模型可为新客户打分：",
                )),
                Block::Code(format!(
                    "segmint run --config pipeline.toml\nsegmint score {run_id} new.parquet -o scored.parquet\nsegmint explain {run_id} CUSTOMER"
                )),
            ],
        ),
        Block::Table(plan(provenance).closed()),
    ];
    Section { id: "method".into(), title: Text::new("Method", "方法"), blocks }
}

fn formulas() -> Table {
    let mut table = Table::new(
        ("What the figures are", "各指标的含义"),
        [("formula", "公式"), ("more in docs/methods.md", "详见 docs/methods.md")],
    );
    let row = |(en, zh, chapter): &(&str, &str, &str)| vec![Cell::text(en, zh), Cell::Data((*chapter).to_owned())];
    table.rows = FORMULAS.iter().map(row).collect();
    table
}

/// Every key of the plan, its value, and where that comes from.
fn plan(provenance: &SharedProvenance) -> Table {
    let mut table = Table::new(("The plan", "计划"), [("key", "键"), ("value", "值"), ("from", "来源")]);
    for setting in &provenance.settings {
        table.rows.push([&setting.key, &setting.value, &setting.origin].map(|text| Cell::Data(text.clone())).to_vec());
    }
    table.filter = true;
    table
}
