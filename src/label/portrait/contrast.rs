use super::{NeighbourContrast, PairEffect, Strength};
use crate::label::ClusterLabel;
use crate::label::profile::{AttributeProfile, ClusterProfile, LevelProfile, Profiles};

/// Features named against a neighbour, at most.
const SEPARATING: usize = 5;

/// The contrast of `cluster` with its neighbour among `clusters`, whose labels are `labels`.
pub(super) fn contrast(
    profiles: &Profiles,
    cluster: &ClusterProfile,
    clusters: &[ClusterProfile],
    labels: &[ClusterLabel],
) -> Option<NeighbourContrast> {
    let neighbour = cluster.neighbour.as_ref()?;
    let (other, label) = (&clusters[neighbour.cluster.index()], &labels[neighbour.cluster.index()]);
    let effect = |(j, position): (usize, &Option<f64>)| {
        let position = (*position)?;
        let delta = 2.0 * position - 1.0;
        let strength = Strength::of_delta(delta);
        (strength > Strength::Negligible).then(|| PairEffect {
            feature: profiles.columns[j].name.clone(),
            level: None,
            position,
            median: cluster.columns[j].median(),
            neighbour_median: other.columns[j].median(),
            strength,
            words: strength.of_amount(delta > 0.0),
        })
    };
    let mut features: Vec<PairEffect> = neighbour.positions.iter().enumerate().filter_map(effect).collect();
    let clustered = (0..profiles.attributes.len()).filter(|&a| profiles.attributes[a].clustered);
    features.extend(
        clustered.filter_map(|a| level_effect(&profiles.attributes[a], &cluster.attributes[a], &other.attributes[a])),
    );
    features.sort_by(|a, b| (b.position - 0.5).abs().total_cmp(&(a.position - 0.5).abs()));
    features.truncate(SEPARATING);
    Some(NeighbourContrast {
        cluster: neighbour.cluster,
        id: label.id.clone(),
        name: label.name.clone(),
        distance: neighbour.distance,
        features,
    })
}

/// The level of a category in whose share the two differ most, the first of equals.
fn level_effect(attribute: &AttributeProfile, here: &[LevelProfile], there: &[LevelProfile]) -> Option<PairEffect> {
    let share = |levels: &[LevelProfile], level: usize| {
        levels.iter().find(|found| found.level == level).map_or(0.0, |found| found.share)
    };
    let known = (0..attribute.levels.len()).filter(|&level| attribute.levels[level].level.is_some());
    let deltas = known.map(|level| (share(here, level) - share(there, level), level));
    let (delta, level) = deltas.max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()).then(b.1.cmp(&a.1)))?;
    let strength = Strength::of_delta(delta);
    (strength > Strength::Negligible).then(|| PairEffect {
        feature: attribute.name.clone(),
        level: attribute.levels[level].level.clone(),
        position: 0.5 + 0.5 * delta,
        median: None,
        neighbour_median: None,
        strength,
        words: strength.of_frequency(delta > 0.0),
    })
}
