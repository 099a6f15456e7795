use serde::Serialize;

use super::{Screen, Shown};
use crate::Text;
use crate::label::{
    AttributeEffect, CatalogMatch, ClusterLabel, ConditionEvidence, FeatureEffect, MatrixPlace, MatrixSide,
    NeighbourContrast, PairEffect, Portrait, ScoredArchetype, SegmentRule, Strength, Test,
};
use crate::metrics::ClusterId;

/// What a person wants to read about a segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedPortrait {
    /// How its members differ from everybody else, strongest first.
    pub features: Vec<SharedFeature>,
    /// Levels of attributes that are visibly more or less common than elsewhere, strongest first.
    pub attributes: Vec<SharedLevel>,
    /// Its stage of life.
    pub lifecycle: Option<CatalogMatch>,
    /// The cell of value and frequency.
    pub matrix: Option<SharedPlace>,
    /// What to do about these customers.
    pub action: Option<Text>,
    /// The nearest other segment and in what it differs.
    pub neighbour: Option<SharedNeighbour>,
    /// Who is in it, as conditions.
    pub rule: Option<SharedRule>,
    /// Typical customers, the most typical first.
    pub representatives: Shown<Vec<SharedTypical>>,
}

/// How a cluster differs in a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedFeature {
    /// The column.
    pub feature: String,
    /// Whether it was clustered.
    pub clustered: bool,
    /// The members' median.
    pub median: Shown<f64>,
    /// The median of all customers.
    pub overall_median: f64,
    /// The members' mean.
    pub mean: Shown<f64>,
    /// The mean of everybody else.
    pub others_mean: Shown<Option<f64>>,
    /// Cliff's delta.
    pub delta: f64,
    /// The difference of the means over the common standard deviation.
    pub standardized_difference: Shown<Option<f64>>,
    /// |delta| in a word.
    pub strength: Strength,
    /// The same for people.
    pub words: Text,
    /// The share of the members whose value is missing.
    pub missing_share: Shown<f64>,
}

/// A level of an attribute in a cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedLevel {
    /// The column.
    pub attribute: String,
    /// Whether its levels counted in distances.
    pub clustered: bool,
    /// The level; null where the text is missing.
    pub level: Option<String>,
    /// Members with it.
    pub n: Shown<usize>,
    /// Their share of the cluster.
    pub share: Shown<f64>,
    /// The share among everybody else.
    pub others_share: Shown<f64>,
    /// The share over the share among all customers.
    pub lift: Shown<f64>,
    /// Cohen's h.
    pub h: Shown<f64>,
    /// |h| in a word.
    pub strength: Strength,
    /// The same for people.
    pub words: Text,
}

/// A place in the matrix of value and frequency.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedPlace {
    /// Along the value.
    pub value: SharedSide,
    /// Along the frequency.
    pub frequency: SharedSide,
    /// The cell for people.
    pub name: Text,
}

/// A place along one side of the matrix.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedSide {
    /// The column.
    pub column: String,
    /// The cut: the median of all customers.
    pub cut: f64,
    /// The cluster's median.
    pub median: Shown<f64>,
    /// Whether it is above the cut.
    pub high: bool,
}

/// The nearest other segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedNeighbour {
    /// Its number.
    pub cluster: ClusterId,
    /// `S01` ….
    pub id: Option<String>,
    /// Its name.
    pub name: Text,
    /// The distance of the two means.
    pub distance: f64,
    /// The columns that separate the two most, strongest first.
    pub features: Vec<SharedPair>,
}

/// How two segments differ in a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedPair {
    /// The column.
    pub feature: String,
    /// Of a category the level in whose share the two differ most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// P(member > member of the neighbour) + ½ P(equal).
    pub position: f64,
    /// The members' median.
    pub median: Shown<Option<f64>>,
    /// The neighbour's.
    pub neighbour_median: Shown<Option<f64>>,
    /// The difference in a word.
    pub strength: Strength,
    /// The same for people.
    pub words: Text,
    /// What they differ in, for people.
    #[serde(skip)]
    pub subject: Text,
}

/// Who is in a segment, as conditions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedRule {
    /// The conditions for people; a customer of the segment fulfils one of them.
    pub any_of: Vec<Text>,
    /// The same as an SQL condition.
    pub sql: String,
    /// P(in the segment | the rule holds).
    pub precision: Shown<Option<f64>>,
    /// P(the rule holds | in the segment).
    pub recall: Shown<Option<f64>>,
    /// Customers of the segment it was measured on.
    pub n_held_out: Shown<usize>,
}

/// A typical customer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedTypical {
    /// The row of the table from 0; held back where ids are hashed.
    pub row: Shown<usize>,
    /// What the customer has in every column of [`SharedPortrait::features`].
    pub values: Vec<Option<f64>>,
}

impl SharedPortrait {
    pub(super) fn of(screen: &Screen<'_>, cluster: &ClusterLabel, portrait: &Portrait) -> Self {
        let small = screen.is_small(cluster);
        // Shares tell a size to who knows one of their numbers.
        let whole = !small && screen.cluster_is_shown(cluster);
        let typical = portrait.representatives.iter().map(|typical| SharedTypical {
            row: Shown::when(!screen.rules.ids.are_hashed(), typical.row),
            values: typical.values.clone(),
        });
        SharedPortrait {
            features: portrait.features.iter().map(|effect| SharedFeature::of(screen, cluster, effect)).collect(),
            attributes: portrait
                .attributes
                .iter()
                .map(|effect| SharedLevel::of(effect, screen.level_is_shown(cluster, effect)))
                .collect(),
            lifecycle: portrait.lifecycle.as_ref().map(|said| shared_match(screen, cluster, said)),
            matrix: portrait.matrix.as_ref().map(|place| SharedPlace::of(place, small)),
            action: portrait.action.clone(),
            neighbour: portrait.neighbour.as_ref().map(|neighbour| SharedNeighbour::of(screen, cluster, neighbour)),
            rule: portrait.rule.as_ref().map(|rule| SharedRule::of(screen, rule, whole)),
            representatives: Shown::when(!small, typical.collect()),
        }
    }
}

impl SharedFeature {
    fn of(screen: &Screen<'_>, cluster: &ClusterLabel, effect: &FeatureEffect) -> Self {
        let small = screen.is_small(cluster);
        // Means of members and of the others weigh the mean of all: they tell of how many.
        let is_value = screen.run.labelled.value_column.as_ref() == Some(&effect.feature);
        let whole = !small && screen.cluster_is_shown(cluster) && (!is_value || screen.value_is_shown(cluster));
        SharedFeature {
            feature: effect.feature.clone(),
            clustered: effect.clustered,
            median: Shown::when(!small, effect.median),
            overall_median: effect.overall_median,
            mean: Shown::when(whole, effect.mean),
            others_mean: Shown::maybe(whole, effect.others_mean),
            delta: screen.coarse(cluster, effect.delta),
            standardized_difference: Shown::maybe(whole, effect.standardized_difference),
            strength: effect.strength,
            words: effect.words.clone(),
            missing_share: Shown::when(
                whole && screen.missing_is_shown(cluster, &effect.feature),
                effect.missing_share,
            ),
        }
    }
}

impl SharedLevel {
    fn of(effect: &AttributeEffect, shown: bool) -> Self {
        SharedLevel {
            attribute: effect.attribute.clone(),
            clustered: effect.clustered,
            level: effect.level.clone(),
            n: Shown::when(shown, effect.n),
            share: Shown::when(shown, effect.share),
            others_share: Shown::when(shown, effect.others_share),
            lift: Shown::when(shown, effect.lift),
            h: Shown::when(shown, effect.h),
            strength: effect.strength,
            words: effect.words.clone(),
        }
    }
}

impl SharedPlace {
    fn of(place: &MatrixPlace, small: bool) -> Self {
        let side = |side: &MatrixSide| SharedSide {
            column: side.column.clone(),
            cut: side.cut,
            median: Shown::when(!small, side.median),
            high: side.high,
        };
        SharedPlace { value: side(&place.value), frequency: side(&place.frequency), name: place.name.clone() }
    }
}

impl SharedNeighbour {
    fn of(screen: &Screen<'_>, cluster: &ClusterLabel, neighbour: &NeighbourContrast) -> Self {
        let small = screen.is_small(cluster);
        let other = screen.clusters().iter().find(|cluster| cluster.cluster == Some(neighbour.cluster));
        let other_is_small = other.is_none_or(|other| screen.is_small(other));
        let pair = |pair: &PairEffect| SharedPair {
            feature: pair.feature.clone(),
            level: pair.level.clone(),
            position: screen.coarse(cluster, other.map_or(pair.position, |other| screen.coarse(other, pair.position))),
            median: Shown::maybe(!small, pair.median),
            neighbour_median: Shown::maybe(!other_is_small, pair.neighbour_median),
            strength: pair.strength,
            words: pair.words.clone(),
            subject: screen.run.labelled.subject(pair),
        };
        SharedNeighbour {
            cluster: neighbour.cluster,
            id: neighbour.id.clone(),
            name: neighbour.name.clone(),
            distance: neighbour.distance,
            features: neighbour.features.iter().map(pair).collect(),
        }
    }
}

impl SharedRule {
    fn of(screen: &Screen<'_>, rule: &SegmentRule, whole: bool) -> Self {
        let [precision, recall] = screen.fidelity(rule.precision, rule.recall, rule.n_held_out);
        SharedRule {
            any_of: rule.any_of.clone(),
            sql: rule.sql.clone(),
            precision: if whole { precision } else { Shown::maybe(false, rule.precision) },
            recall: if whole { recall } else { Shown::maybe(false, rule.recall) },
            n_held_out: Shown::when(whole && screen.is_no_handful(rule.n_held_out as u64), rule.n_held_out),
        }
    }
}

/// What a catalog says; of members whose number is held back without what it observed. Every field is named, so that a new one is not shared
/// before somebody has thought of it.
pub(super) fn shared_match(screen: &Screen<'_>, cluster: &ClusterLabel, said: &CatalogMatch) -> CatalogMatch {
    // A share of members is a count of a level, so it may be told where that may.
    let is_whole = screen.cluster_is_shown(cluster) && !screen.is_small(cluster);
    let is_count = |evidence: &ConditionEvidence| matches!(evidence.condition.test, Test::Share { .. });
    let is_told = |evidence: &ConditionEvidence| is_whole && !is_count(evidence);
    let coarse = |figure: f64| screen.coarse(cluster, figure);
    let evidence = |evidence: &ConditionEvidence| ConditionEvidence {
        condition: evidence.condition.clone(),
        column: evidence.column.clone(),
        observed: evidence.observed.filter(|_| is_told(evidence)),
        extreme: evidence.extreme,
        membership: evidence.membership.filter(|_| is_told(evidence)).map(coarse),
        left_out: evidence.left_out,
    };
    let candidate = |candidate: &ScoredArchetype| ScoredArchetype {
        archetype: candidate.archetype.clone(),
        name: candidate.name.clone(),
        score: match candidate.evidence.iter().any(is_count) {
            true => (10.0 * candidate.score).round() / 10.0,
            false => coarse(candidate.score),
        },
        evidence: candidate.evidence.iter().map(evidence).collect(),
    };
    let counts = [Some(&said.best), said.runner_up.as_ref()];
    let counts = counts.into_iter().flatten().any(|candidate| candidate.evidence.iter().any(is_count));
    CatalogMatch {
        catalog: said.catalog.clone(),
        verdict: said.verdict,
        best: candidate(&said.best),
        runner_up: said.runner_up.as_ref().map(candidate),
        margin: match counts {
            true => (10.0 * said.margin).round() / 10.0,
            false => coarse(said.margin),
        },
    }
}
