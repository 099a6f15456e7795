//! The outcome column per segment, as it may be shown.

use serde_json::{Value, json};

use super::figures::{count, decimal, percent};
use super::terminal::{HELD_BACK, Page};
use super::{Summary, Table, suppress};
use crate::Language;
use crate::compare::OutcomeRate;
use crate::label::segment_id;

impl Summary {
    /// The segments of the outcome, and whether each may be shown: neither those with the level nor those without are a
    /// handful, and they cover none.
    pub(super) fn outcome_rates(&self) -> Vec<(&OutcomeRate, bool)> {
        let Some(outcome) = &self.outcome else { return Vec::new() };
        let counts: Vec<Vec<u64>> =
            outcome.segments.iter().map(|s| vec![s.positives, s.customers - s.positives]).collect();
        let shown = suppress(&counts, self.min_cell());
        let is_shown = |(i, cells): (usize, &Vec<Option<u64>>)| cells.iter().all(Option::is_some) && self.is_shown(i);
        outcome.segments.iter().zip(shown.iter().enumerate().map(is_shown)).collect()
    }

    /// The outcome as JSON, small cells held back.
    pub(super) fn outcome_json(&self) -> Value {
        let Some(outcome) = &self.outcome else { return Value::Null };
        let segment = |(rate, shown): (&OutcomeRate, bool)| {
            let mut value = json!({ "cluster": rate.cluster, "name": rate.name });
            let figures = serde_json::to_value(rate).expect("a rate has text keys");
            for key in ["customers", "positives", "rate", "low", "high", "lift"] {
                value[key] = if shown { figures[key].clone() } else { Value::Null };
            }
            value
        };
        let positives = self.sharing.counts(&[outcome.positives, outcome.customers - outcome.positives])[0];
        json!({
            "column": outcome.column,
            "positive": outcome.positive,
            "negative": outcome.negative,
            "customers": outcome.customers,
            "positives": positives,
            "rate": outcome.rate.filter(|_| positives.is_some()),
            "segments": self.outcome_rates().into_iter().map(segment).collect::<Vec<_>>(),
        })
    }
}

impl Page<'_> {
    /// How often the outcome is positive in every segment.
    pub(super) fn outcome(&self) -> Option<String> {
        let outcome = self.summary.outcome.as_ref()?;
        let mut table = Table::new([
            self.say("segment", "客群"),
            self.say("customers", "客户"),
            self.say("rate", "比率"),
            self.say("95 % interval", "95% 区间"),
            self.say("lift", "提升度"),
        ]);
        for (rate, shown) in self.summary.outcome_rates() {
            let OutcomeRate { cluster, name, customers, rate, low, high, lift, .. } = rate;
            let id = cluster.map_or_else(String::new, |cluster| segment_id(cluster) + " ");
            let show = |text: Option<String>| text.filter(|_| shown).unwrap_or_else(|| "–".to_owned());
            table.row([
                format!("{id}{}", name.get(self.language)),
                if shown { count(*customers) } else { HELD_BACK.to_owned() },
                show(rate.map(percent)),
                show(low.zip(*high).map(|(low, high)| format!("{} – {}", percent(low), percent(high)))),
                show(lift.map(|lift| decimal(Some(lift), 2))),
            ]);
        }
        let all = self.summary.sharing.counts(&[outcome.positives, outcome.customers - outcome.positives])[0];
        let all = all.and(outcome.rate).map_or_else(|| HELD_BACK.to_owned(), percent);
        let (column, positive) = (&outcome.column, &outcome.positive);
        let line = match self.language {
            Language::En => format!("{column} = {positive}: {all} of all customers"),
            Language::Zh => format!("{column} = {positive}：占全部客户的 {all}"),
        };
        Some(format!("{} {line}\n{table}", self.heading("Outcome", "结果")))
    }
}
