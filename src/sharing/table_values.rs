//! Which sums of values a table of a run may show beside its counts.

use super::Tables;
use super::crossing::Crossing;
use super::settled::{Line, Settled};
use super::values::{Sum, Sums};
use crate::compare::Comparison;
use crate::config::Algorithm;
use crate::metrics::ClusterId;

/// Sums of values, and what is known of each.
type ValueLines = Vec<(f64, Line)>;

impl Tables {
    /// What may be shown of the value of every cell of a comparison; `crossing` also holds who is in no row or no column.
    pub(super) fn values(
        &self,
        comparison: &Comparison,
        crossing: &Crossing,
        shown: &[Vec<Option<u64>>],
    ) -> Option<Settled> {
        let table = &comparison.contingency;
        let values = table.value.as_ref()?;
        let (n_tiers, n_clusters) = (table.tiers.len(), table.clusters.len());
        let largest = |r: usize, c: usize| table.largest.as_ref().map_or(0.0, |largest| largest[r][c]);
        let mut sums: Vec<Vec<Sum>> = crossing.counts.iter().map(|row| vec![Sum::default(); row.len()]).collect();
        for (r, row) in values.iter().enumerate() {
            row.iter().enumerate().for_each(|(c, &value)| sums[r][c] = Sum { value, largest: largest(r, c) });
        }
        let (rows, columns) = self.value_lines(comparison);
        let in_row = |sums: &[Vec<Sum>], r: usize| sums[r].iter().map(|sum| sum.value).sum::<f64>();
        let in_column = |sums: &[Vec<Sum>], c: usize| sums.iter().map(|row| row[c].value).sum::<f64>();
        // What the totals leave to those in no cluster and without a tier.
        for r in 0..n_tiers.min(sums.len()) {
            let rest = (rows[r].0 - in_row(&sums, r)).max(0.0);
            sums[r].iter_mut().skip(n_clusters).for_each(|sum| sum.value = rest);
        }
        for c in 0..n_clusters {
            let rest = (columns[c].0 - in_column(&sums, c)).max(0.0);
            sums.iter_mut().skip(n_tiers).for_each(|row| row[c].value = rest);
        }
        let with_rest = |lines: Vec<(f64, Line)>, of_counts: &[(u64, Line)]| {
            let own = lines.iter().map(|(_, line)| *line);
            own.chain(of_counts.iter().skip(lines.len()).map(|(_, line)| *line)).collect::<Vec<Line>>()
        };
        let hidden = shown.iter().map(|row| row.iter().map(Option::is_none).collect()).collect();
        let (rows, columns) = (with_rest(rows, &crossing.rows), with_rest(columns, &crossing.columns));
        Some(Sums { sums, hidden, rows, columns }.settled(self.dominance))
    }

    /// The values of the tiers and of the clusters of a comparison, and what is known of each.
    fn value_lines(&self, comparison: &Comparison) -> (ValueLines, ValueLines) {
        let table = &comparison.contingency;
        let values = table.value.as_deref().unwrap_or_default();
        let listed = |totals: Vec<f64>| totals.into_iter().map(|total| (total, Line::Listed)).collect::<Vec<_>>();
        let classes = self.class_values.iter().find(|(tier, _)| *tier == comparison.tier);
        let rows = match classes {
            Some((_, classes)) => classes.lines(&table.tiers),
            None => listed(values.iter().map(|row| row.iter().sum()).collect()),
        };
        let clusters = self.cluster_values.iter().find(|(other, _)| other.name() == comparison.clustering);
        let other = self.class_values.iter().find(|(tier, _)| *tier == comparison.clustering);
        let columns = match (clusters, other) {
            (Some((_, clusters)), _) => clusters.lines(&table.clusters),
            (None, Some((_, other))) => {
                other.lines(&table.cluster_names.iter().map(|name| name.en.clone()).collect::<Vec<String>>())
            }
            _ => listed((0..table.clusters.len()).map(|c| values.iter().map(|row| row[c]).sum()).collect()),
        };
        (rows, columns)
    }

    /// Whether the value of a cell of a tier × clustering may be shown.
    pub(super) fn shows_value(&self, comparison: &Comparison, tier: &str, cluster: Option<ClusterId>) -> bool {
        let Some(table) = self.table(&comparison.tier, &comparison.clustering) else { return false };
        let row = table.tiers.iter().position(|other| other == tier);
        let column = table.clusters.iter().position(|other| *other == cluster);
        let Some((r, c)) = row.zip(column) else { return false };
        table.values().get(r).is_some_and(|row| row[c]) && table.shown[r][c].is_some()
    }

    /// Whether the value of a cluster may be shown.
    pub(super) fn shows_cluster_value(&self, algorithm: Algorithm, cluster: Option<ClusterId>) -> bool {
        let values = self.cluster_values.iter().find(|(other, _)| *other == algorithm);
        values.is_none_or(|(_, values)| values.shows(&cluster))
    }

    /// Whether the value of a class of a tier may be shown.
    pub(super) fn shows_class_value(&self, tier: &str, class: &str) -> bool {
        let values = self.class_values.iter().find(|(other, _)| other == tier);
        values.is_none_or(|(_, values)| values.shows(&class.to_owned()))
    }
}
