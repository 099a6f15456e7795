//! The outcome column per segment.

use super::super::{Block, Cell, Section, Style, Table, shown};
use crate::Text;
use crate::figures::percent;
use crate::sharing::{SharedRate, SharedRun, Shown};

/// How often the outcome is positive in every segment; `None` without an outcome.
pub(super) fn outcome(run: &SharedRun) -> Option<Section> {
    let outcome = run.outcome.as_ref()?;
    let all = outcome.positives.is_shown().then(|| outcome.rate.known()).flatten();
    let all = all.map_or_else(|| "*".to_owned(), percent);
    let (column, positive) = (&outcome.column, &outcome.positive);
    let said = Text::new(
        format!("{column} = {positive}: {all} of all customers"),
        format!("{column} = {positive}：占全部客户的 {all}"),
    );
    let mut table = Table::new(
        ("", ""),
        [
            ("segment", "客群"),
            ("customers", "客户"),
            ("rate", "比率"),
            ("95 % interval", "95% 区间"),
            ("lift", "提升度"),
        ],
    );
    table.rows = outcome.segments.iter().map(|of| rate(run, of)).collect();
    Some(Section::new("outcome", ("Outcome", "结果"), vec![Block::Paragraph(said), Block::Table(table)]))
}

fn rate(run: &SharedRun, rate: &SharedRate) -> Vec<Cell> {
    let name = match rate.cluster {
        Some(cluster) => Cell::Segment(cluster.index(), run.id_of(cluster).to_owned(), rate.name.clone()),
        None => Cell::Text(rate.name.clone()),
    };
    let interval = match (rate.low, rate.high) {
        (Shown::Value(Some(low)), Shown::Value(Some(high))) => {
            Cell::Data(format!("{} – {}", percent(low), percent(high)))
        }
        (Shown::HeldBack, _) | (_, Shown::HeldBack) => Cell::HeldBack,
        _ => Cell::Empty,
    };
    vec![
        name,
        shown::customers(rate.customers),
        shown::figure(rate.rate, Style::Percent),
        interval,
        shown::figure(rate.lift, Style::Decimal(2)),
    ]
}
