use serde::{Deserialize, Serialize};

use crate::Text;
use crate::label::profile::{AttributeProfile, ClusterProfile, ColumnFigures, Distribution, LevelProfile, Profiles};

/// |δ| of Cliff below which a difference is negligible (Romano et al. 2006).
pub(crate) const NEGLIGIBLE_DELTA: f64 = 0.147;

/// How large a difference is, in a word.
///
/// For Cliff's delta the limits of Romano et al. (2006): |δ| < 0.147 negligible, < 0.33 small, < 0.474 medium, else
/// large. For Cohen's h (1988): |h| < 0.2 negligible, < 0.5 small, < 0.8 medium, else large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Nobody would notice.
    Negligible,
    /// There if one looks for it.
    Small,
    /// Visible.
    Medium,
    /// Striking.
    Large,
}

impl Strength {
    /// The strength of Cliff's delta.
    ///
    /// ```
    /// use segmint::label::Strength;
    /// assert_eq!(Strength::of_delta(-0.5), Strength::Large);
    /// assert_eq!(Strength::of_delta(0.14), Strength::Negligible);
    /// ```
    pub fn of_delta(delta: f64) -> Self {
        Self::graded(delta, [NEGLIGIBLE_DELTA, 0.33, 0.474])
    }

    /// The strength of Cohen's h.
    pub fn of_h(h: f64) -> Self {
        Self::graded(h, [0.2, 0.5, 0.8])
    }

    fn graded(effect: f64, limits: [f64; 3]) -> Self {
        match limits.iter().filter(|&&limit| effect.abs() >= limit).count() {
            0 => Strength::Negligible,
            1 => Strength::Small,
            2 => Strength::Medium,
            _ => Strength::Large,
        }
    }

    /// "much higher" and the like.
    pub(super) fn of_amount(self, higher: bool) -> Text {
        let (en, zh) = match (self, higher) {
            (Strength::Negligible, _) => ("about equal", "基本持平"),
            (Strength::Small, true) => ("slightly higher", "略高"),
            (Strength::Small, false) => ("slightly lower", "略低"),
            (Strength::Medium, true) => ("higher", "较高"),
            (Strength::Medium, false) => ("lower", "较低"),
            (Strength::Large, true) => ("much higher", "明显偏高"),
            (Strength::Large, false) => ("much lower", "明显偏低"),
        };
        Text::new(en, zh)
    }

    /// "much more common" and the like.
    pub(super) fn of_frequency(self, more: bool) -> Text {
        let (en, zh) = match (self, more) {
            (Strength::Negligible, _) => ("about as common", "占比相近"),
            (Strength::Small, true) => ("slightly more common", "占比略高"),
            (Strength::Small, false) => ("slightly less common", "占比略低"),
            (Strength::Medium, true) => ("more common", "占比较高"),
            (Strength::Medium, false) => ("less common", "占比较低"),
            (Strength::Large, true) => ("much more common", "占比明显偏高"),
            (Strength::Large, false) => ("much less common", "占比明显偏低"),
        };
        Text::new(en, zh)
    }
}

/// How the members of a cluster differ from everybody else in one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FeatureEffect {
    /// The column.
    pub feature: String,
    /// Whether it was clustered; if not, it only describes.
    pub clustered: bool,
    /// The members' median in original units.
    pub median: f64,
    /// The median of all customers.
    pub overall_median: f64,
    /// The members' mean.
    pub mean: f64,
    /// The mean of everybody else; null when nobody else is observed, or it is beyond what a number can hold.
    pub others_mean: Option<f64>,
    /// Cliff's delta δ = P(member > other) − P(member < other) = 2·position − 1, −1 … 1.
    pub delta: f64,
    /// (mean − mean of the others) / √((variance + variance of the others) / 2): says how far apart the means are, and is
    /// pulled by a few large values where δ is not. Null where both variances are 0.
    pub standardized_difference: Option<f64>,
    /// |δ| in a word.
    pub strength: Strength,
    /// The same for people: "much higher".
    pub words: Text,
    /// The share of the members whose value is missing.
    pub missing_share: f64,
}

/// A level of an attribute that is more or less common in a cluster than elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AttributeEffect {
    /// The column.
    pub attribute: String,
    /// Whether its levels counted in distances; if not, it only describes.
    #[serde(default)]
    pub clustered: bool,
    /// The level; null where the text is missing.
    pub level: Option<String>,
    /// Members with it.
    pub n: usize,
    /// Their share of the cluster.
    pub share: f64,
    /// The share among everybody else.
    pub others_share: f64,
    /// The share over the share among all customers.
    pub lift: f64,
    /// Cohen's h = 2·asin √share − 2·asin √others_share.
    pub h: f64,
    /// |h| in a word.
    pub strength: Strength,
    /// The same for people: "more common".
    pub words: Text,
}

/// The effect of every column, by |δ| descending, ties in column order; those without a position are left out.
///
/// Source of δ: Cliff (1993), "Dominance statistics: ordinal analyses to answer ordinal questions"; of the standardized
/// difference: Cohen (1988), "Statistical power analysis", for unequal variances.
pub(super) fn feature_effects(profiles: &Profiles, cluster: &ClusterProfile) -> Vec<FeatureEffect> {
    let effect = |j: usize| {
        let (overall, here) = (&profiles.columns[j], &cluster.columns[j]);
        let (all, members) = (overall.figures.distribution?, here.distribution?);
        let delta = 2.0 * here.position? - 1.0;
        let others = Others::of(&overall.figures, here);
        let strength = Strength::of_delta(delta);
        Some(FeatureEffect {
            feature: overall.name.clone(),
            clustered: overall.clustered,
            median: members.median,
            overall_median: all.median,
            mean: members.mean,
            others_mean: others.as_ref().map(|others| others.mean),
            delta,
            standardized_difference: others.and_then(|others| others.standardized_difference(&members)),
            strength,
            words: strength.of_amount(delta > 0.0),
            missing_share: here.missing_share,
        })
    };
    let mut effects: Vec<FeatureEffect> = (0..profiles.columns.len()).filter_map(effect).collect();
    effects.sort_by(|a, b| b.delta.abs().total_cmp(&a.delta.abs()));
    effects
}

/// The customers outside a cluster who are observed.
struct Others {
    mean: f64,
    variance: f64,
}

impl Others {
    /// From the figures of all and of the members: with N·V = n(v + (m − M)²) + n'(v' + (m' − M)²).
    fn of(all: &ColumnFigures, members: &ColumnFigures) -> Option<Others> {
        let (overall, inside) = (all.distribution?, members.distribution?);
        let (n, inner) = (all.n_observed as f64, members.n_observed as f64);
        let rest = n - inner;
        let away = (inside.mean - overall.mean) * inner / rest;
        let spread = n * overall.std.powi(2) - inner * (inside.std.powi(2) + (inside.mean - overall.mean).powi(2));
        let variance = (spread / rest - away.powi(2)).max(0.0);
        let mean = overall.mean - away;
        (rest > 0.0 && mean.is_finite() && variance.is_finite()).then_some(Others { mean, variance })
    }

    fn standardized_difference(&self, members: &Distribution) -> Option<f64> {
        let spread = ((members.std.powi(2) + self.variance) / 2.0).sqrt();
        Some((members.mean - self.mean) / spread).filter(|difference| difference.is_finite())
    }
}

/// The levels whose share differs from that among everybody else by more than chance (adjusted residual beyond ±2) and
/// visibly (|h| at least small), by |h| descending, ties in table order.
pub(super) fn attribute_effects(profiles: &Profiles, cluster: &ClusterProfile) -> Vec<AttributeEffect> {
    let attributes = profiles.attributes.iter().zip(&cluster.attributes);
    let mut effects: Vec<AttributeEffect> =
        attributes.flat_map(|(overall, inside)| level_effects(profiles, cluster, overall, inside)).collect();
    effects.sort_by(|a, b| b.h.abs().total_cmp(&a.h.abs()));
    effects
}

/// The levels of one attribute, of which the cluster has those `inside`, in the order of all levels.
fn level_effects(
    profiles: &Profiles,
    cluster: &ClusterProfile,
    overall: &AttributeProfile,
    inside: &[LevelProfile],
) -> Vec<AttributeEffect> {
    let mut inside = inside.iter().peekable();
    let mut members = |level: usize| inside.next_if(|inside| inside.level == level).map_or(0, |inside| inside.n);
    (0..overall.levels.len())
        .filter_map(|level| level_effect(profiles, cluster, overall, members(level), level))
        .collect()
}

/// Of the level numbered `level`, which `n` members of the cluster have.
fn level_effect(
    profiles: &Profiles,
    cluster: &ClusterProfile,
    overall: &AttributeProfile,
    n: usize,
    level: usize,
) -> Option<AttributeEffect> {
    let all = &overall.levels[level];
    let (size, total) = (cluster.size as f64, profiles.n_customers as f64);
    let (share, others_share) = (n as f64 / size, (all.n - n) as f64 / (total - size));
    if !others_share.is_finite() {
        return None;
    }
    let expected = all.share * size;
    let residual = (n as f64 - expected) / (expected * (1.0 - all.share) * (1.0 - size / total)).sqrt();
    let angle = |share: f64| 2.0 * libm::asin(share.sqrt());
    let h = angle(share) - angle(others_share);
    let strength = Strength::of_h(h);
    (residual.abs() > 2.0 && strength > Strength::Negligible).then(|| AttributeEffect {
        attribute: overall.name.clone(),
        clustered: overall.clustered,
        level: all.level.clone(),
        n,
        share,
        others_share,
        lift: share / all.share,
        h,
        strength,
        words: strength.of_frequency(h > 0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_begin_at_their_limits() {
        let words = [0.146, 0.147, 0.33, 0.473, -0.474].map(Strength::of_delta);
        assert_eq!(words, [Strength::Negligible, Strength::Small, Strength::Medium, Strength::Medium, Strength::Large]);
        let words = [0.19, 0.2, -0.5, 0.8].map(Strength::of_h);
        assert_eq!(words, [Strength::Negligible, Strength::Small, Strength::Medium, Strength::Large]);
    }

    #[test]
    fn the_others_are_computed_from_everybody_and_the_members() {
        let figures = |values: &[f64]| {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let std = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
            let distribution =
                Distribution { sum: Some(mean * n), mean, std, min: 0.0, q25: 0.0, median: mean, q75: 0.0, max: 0.0 };
            let (n_observed, position) = (values.len(), Some(0.5));
            ColumnFigures { n_observed, missing_share: 0.0, position, distribution: Some(distribution) }
        };
        let (members, others) = ([3.0, 5.0, 10.0], [1.0, 2.0, 2.0, 7.0]);
        let all: Vec<f64> = members.iter().chain(&others).copied().collect();
        let found = Others::of(&figures(&all), &figures(&members)).unwrap();
        let (by_hand, inside) = (figures(&others).distribution.unwrap(), figures(&members).distribution.unwrap());
        assert!((found.mean - by_hand.mean).abs() < 1e-12 && (found.variance - by_hand.std.powi(2)).abs() < 1e-12);
        // (6 − 3) / √((26/3 + 5.5) / 2)
        assert!((found.standardized_difference(&inside).unwrap() - 1.127_204).abs() < 1e-5);
        assert!(Others::of(&figures(&members), &figures(&members)).is_none(), "nobody is outside");
    }
}
