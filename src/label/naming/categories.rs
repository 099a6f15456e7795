//! What a name says of categories that count in distances: the level most members have and the others mostly have not.

use crate::Text;
use crate::label::catalog::Level;
use crate::label::profile::{ClusterProfile, Profiles};

/// Levels in a name without any feature, at most.
const NAMED_LEVELS: usize = 2;

/// `name` with the levels that set the cluster apart before it: the most telling one before the features, up to two in
/// their place when `name` has none.
///
/// A level is spoken of when half of the members or more have it and its share among them is above that among everybody
/// else by what makes a feature high: for an indicator |2A − 1| is the difference of the shares.
pub(super) fn with_levels(name: Text, has_features: bool, cluster: &ClusterProfile, profiles: &Profiles) -> Text {
    let n_others = profiles.n_customers - cluster.size;
    let mut marks: Vec<(f64, Text)> = Vec::new();
    for (attribute, levels) in profiles.attributes.iter().zip(&cluster.attributes).filter(|(a, _)| a.clustered) {
        let Some(most) = levels.iter().max_by(|a, b| a.n.cmp(&b.n).then(b.level.cmp(&a.level))) else { continue };
        let overall = &attribute.levels[most.level];
        let others_share = (overall.n - most.n) as f64 / n_others.max(1) as f64;
        let strength = most.share - others_share;
        if 2 * most.n >= cluster.size && strength >= 2.0 * Level::High.band().0 - 1.0 {
            let column = &attribute.name;
            let text = match &overall.level {
                Some(level) => Text::new(format!("{column} = {level}"), format!("{column} = {level}")),
                None => Text::new(format!("without {column}"), format!("无 {column}")),
            };
            marks.push((strength, text));
        }
    }
    // Stable, so that equal ones stay in the order of the table.
    marks.sort_by(|a, b| b.0.total_cmp(&a.0));
    if marks.is_empty() {
        return name;
    }
    marks.truncate(if has_features { 1 } else { NAMED_LEVELS });
    let (mut en, mut zh): (Vec<String>, Vec<String>) = marks.into_iter().map(|(_, text)| (text.en, text.zh)).unzip();
    if has_features {
        en.push(name.en);
        zh.push(name.zh);
    }
    Text::new(en.join(", "), zh.join("、"))
}
