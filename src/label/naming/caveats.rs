//! What to know of a segment before its name is believed.

use super::matching::NEARLY_EVERYONE;
use super::names::missing_beside_others;
use crate::label::labelled::LabelledClustering;
use crate::label::profile::{ClusterProfile, Profiles};
use crate::{Text, Warning};

/// Columns named in a warning, at most.
const NAMED: usize = 6;

/// The caveats about the segments of `labelled`, which `clusters` describe in the same order.
pub(super) fn caveats(labelled: &LabelledClustering, clusters: &[ClusterProfile], profiles: &Profiles) -> Vec<Warning> {
    let segments: Vec<(&str, &ClusterProfile)> = labelled
        .clusters
        .iter()
        .zip(clusters)
        .filter_map(|(label, cluster)| Some((label.id.as_deref()?, cluster)))
        .collect();
    let mut found = Vec::new();
    if segments.len() > 1 {
        found.extend(segments.iter().filter_map(|(id, cluster)| nearly_everyone(id, cluster)));
    }
    found.extend(made_by_filling(&segments, profiles));
    found.extend(value_that_says_little(profiles, clusters));
    found
}

/// A money column that says less than it seems to.
fn value_that_says_little(profiles: &Profiles, clusters: &[ClusterProfile]) -> Option<Warning> {
    let column = profiles.value_column.as_deref()?;
    let figures = profiles.columns[profiles.column(column)?].figures.distribution;
    let warning = |code, en: String, zh: String| Some(Warning::new(code, Text::new(en, zh)).with("column", column));
    let Some(figures) = figures.filter(|figures| figures.min < 0.0 || figures.max > 0.0) else {
        return warning(
            "no_value",
            format!("no customer has a value other than zero in {column}, so nothing is said of the value"),
            format!("“{column}”中没有客户的值不为零，因此不给出任何价值信息"),
        );
    };
    if figures.max <= 0.0 && figures.min < 0.0 {
        warning(
            "negative_value",
            format!(
                "no customer has a value above zero in {column}: who spends least seems to spend most; is its sign right?"
            ),
            format!("“{column}”中没有客户的值大于零：消费最少的客户看起来消费最多，请检查正负号"),
        )
    } else if figures.min < 0.0 && profiles.value.is_some_and(|total| total <= 0.0) {
        warning(
            "no_value_shares",
            format!("the values of {column} do not add up to more than zero, so no shares of the value are given"),
            format!("“{column}”的合计不大于零，因此不给出价值占比"),
        )
    } else if figures.min < 0.0 && clusters.iter().all(|cluster| cluster.value_share.is_none()) {
        warning(
            "no_value_shares",
            format!(
                "values below zero take more than a tenth of what those above zero add up to in {column}, so no shares of the \
                 value are given"
            ),
            format!("“{column}”中负值合计超过正值合计的十分之一，因此不给出价值占比"),
        )
    } else {
        None
    }
}

/// The share itself is not told: it would give the size of the rest away.
fn nearly_everyone(id: &str, cluster: &ClusterProfile) -> Option<Warning> {
    let percent = 100.0 * NEARLY_EVERYONE;
    let message = Text::new(
        format!(
            "{id} holds more than {percent} % of the customers: it is nearly everyone, and no archetype is given by where \
             it stands against the few others"
        ),
        format!("{id} 包含超过 {percent}% 的客户，几乎就是全体客户，因此不按其相对少数其他客户的位置给出原型"),
    );
    (cluster.share > NEARLY_EVERYONE).then(|| Warning::new("nearly_everyone", message).with("segment", id))
}

/// Segments whose customers are alike in that a value was filled in for most of them.
fn made_by_filling(segments: &[(&str, &ClusterProfile)], profiles: &Profiles) -> Option<Warning> {
    let lacks = |cluster: &ClusterProfile, j: &usize| missing_beside_others(cluster, profiles, *j).is_some();
    let lacking: Vec<(&str, &str)> = segments
        .iter()
        .flat_map(|&(id, cluster)| {
            let columns = (0..profiles.columns.len()).filter(move |j| lacks(cluster, j));
            columns.map(move |j| (id, profiles.columns[j].name.as_str()))
        })
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let mut named: Vec<Text> = lacking
        .iter()
        .take(NAMED)
        .map(|(id, column)| Text::new(format!("{column} in {id}"), format!("{id} 的 {column}")))
        .collect();
    if let Some(more @ 1..) = lacking.len().checked_sub(NAMED) {
        named.push(Text::new(format!("and {more} more"), format!("另有 {more} 处")));
    }
    let list = |pick: fn(&Text) -> &str, gap: &str| named.iter().map(pick).collect::<Vec<&str>>().join(gap);
    let message = Text::new(
        format!(
            "filled-in values hold a segment together where most of its customers lack what the others have: {}",
            list(|text| &text.en, ", ")
        ),
        format!("以下取值为填补所得并促成了客群，其多数客户缺失而其他客户不缺：{}", list(|text| &text.zh, "、")),
    );
    let columns: Vec<String> = lacking.iter().map(|(id, column)| format!("{id}: {column}")).collect();
    Some(Warning::new("segments_of_missing_values", message).with("missing", columns))
}
