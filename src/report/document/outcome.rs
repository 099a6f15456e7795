//! The outcome column per segment.

use super::{Block, Cell, Section, Style, Table};
use crate::Text;
use crate::sharing::SharedRun;

/// The section; `None` without an outcome.
pub(super) fn outcome(run: &SharedRun) -> Option<Section> {
    let outcome = run.outcome.as_ref()?;
    let mut table = Table::new(
        ("", ""),
        [
            ("segment", "客群"),
            ("customers", "客户"),
            ("rate", "比率"),
            ("from", "下限"),
            ("to", "上限"),
            ("lift", "提升度"),
        ],
    );
    let (column, positive) = (&outcome.column, &outcome.positive);
    table.caption = Text::new(
        format!("{column} = {positive} in every segment, with 95 % intervals; lift = rate there / rate of all"),
        format!("各客群中 {column} = {positive} 的比率（95% 区间）；提升度 = 该客群比率 / 总体比率"),
    );
    for (i, rate) in outcome.segments.iter().enumerate() {
        let source = |key: &str| format!("comparison.json#/outcome/segments/{i}/{key}");
        let figure = |value, style, key: &str| Cell::shown(value, style, source(key));
        let name = match rate.cluster {
            Some(cluster) => Cell::Segment(cluster.index(), run.id_of(cluster).to_owned(), rate.name.clone()),
            None => Cell::Text(rate.name.clone()),
        };
        table.rows.push(vec![
            name,
            Cell::shown(rate.customers, Style::Count, source("customers")),
            figure(rate.rate, Style::Percent, "rate"),
            figure(rate.low, Style::Percent, "low"),
            figure(rate.high, Style::Percent, "high"),
            figure(rate.lift, Style::Decimal(2), "lift"),
        ]);
    }
    let title = Text::new("Outcome", "结果");
    Some(Section { id: "outcome".into(), title, blocks: vec![Block::Table(table)] })
}
