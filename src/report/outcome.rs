//! The outcome column per segment, as it may be shown.

use super::Table;
use super::figures::{count, decimal, percent};
use super::terminal::{HELD_BACK, Page};
use crate::Language;
use crate::label::segment_id;
use crate::sharing::SharedRate;

impl Page<'_> {
    /// How often the outcome is positive in every segment.
    pub(super) fn outcome(&self) -> Option<String> {
        let outcome = self.run.outcome.as_ref()?;
        let mut table = Table::new([
            self.say("segment", "客群"),
            self.say("customers", "客户"),
            self.say("rate", "比率"),
            self.say("95 % interval", "95% 区间"),
            self.say("lift", "提升度"),
        ]);
        for SharedRate { cluster, name, customers, rate, low, high, lift, .. } in &outcome.segments {
            let id = cluster.map_or_else(String::new, |cluster| segment_id(cluster) + " ");
            let figure = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
            let interval = low.known().zip(high.known());
            table.row([
                format!("{id}{}", name.get(self.language)),
                customers.value().map_or_else(|| HELD_BACK.to_owned(), |&n| count(n)),
                figure(rate.known().map(percent)),
                figure(interval.map(|(low, high)| format!("{} – {}", percent(low), percent(high)))),
                figure(lift.known().map(|lift| decimal(Some(lift), 2))),
            ]);
        }
        let all = outcome.positives.is_shown().then(|| outcome.rate.known()).flatten();
        let all = all.map_or_else(|| HELD_BACK.to_owned(), percent);
        let (column, positive) = (&outcome.column, &outcome.positive);
        let line = match self.language {
            Language::En => format!("{column} = {positive}: {all} of all customers"),
            Language::Zh => format!("{column} = {positive}：占全部客户的 {all}"),
        };
        Some(format!("{} {line}\n{table}", self.heading("Outcome", "结果")))
    }
}
