//! How far two groupings of the same customers agree.

use super::{Cell, Style, Table};
use crate::Text;
use crate::compare::{Estimate, Index, Indices};

/// The indices that are defined, under `caption`.
pub(super) fn agreement(caption: (&str, &str), indices: &Indices<Estimate>) -> Table {
    let mut table =
        Table::new(caption, [("measure", "指标"), ("value", "值"), ("from", "下限"), ("to", "上限"), ("p", "p")]);
    for index in Index::ALL {
        let estimate = indices.get(index);
        if estimate.value.is_some() {
            let figures = [estimate.value, estimate.low, estimate.high, estimate.p];
            let figures = figures.map(|figure| Cell::number(figure, Style::Decimal(3)));
            table.rows.push([Cell::Text(name(index))].into_iter().chain(figures).collect());
        }
    }
    table
}

/// What an index is called.
pub(super) fn name(index: Index) -> Text {
    let (en, zh) = match index {
        Index::Ari => ("ARI", "ARI"),
        Index::Ami => ("AMI", "AMI"),
        Index::Nmi => ("NMI", "NMI"),
        Index::Homogeneity => ("homogeneity", "同质性"),
        Index::Completeness => ("completeness", "完整性"),
        Index::VMeasure => ("V-measure", "V 度量"),
        Index::FowlkesMallows => ("Fowlkes-Mallows", "Fowlkes-Mallows"),
        Index::Purity => ("purity", "纯度"),
        Index::InversePurity => ("inverse purity", "逆纯度"),
        Index::CramersV => ("Cramér's V", "Cramér V"),
        Index::KendallTauB => ("Kendall's tau-b", "Kendall tau-b"),
    };
    Text::new(en, zh)
}
