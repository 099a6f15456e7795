//! How well clusters fit archetypes, and which archetype a cluster gets.

use serde::{Deserialize, Serialize};

use super::one_to_one::assign;
use crate::Text;
use crate::config::LabelPlan;
use crate::label::Roles;
use crate::label::catalog::{Archetype, Catalog, Condition, Test, settle, spelling};
use crate::label::profile::{ClusterProfile, ColumnFigures, Extreme, LevelProfile, Profiles};

/// What a catalog says of one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CatalogMatch {
    /// The catalog's id.
    pub catalog: String,
    /// Whether the best archetype matches, and if not, why.
    pub verdict: MatchVerdict,
    /// The archetype with the highest score; under `one_to_one` the one this cluster was given, if it was given one.
    pub best: ScoredArchetype,
    /// The strongest other archetype; null when the catalog has no other that can be told.
    pub runner_up: Option<ScoredArchetype>,
    /// Score of `best` minus score of `runner_up` (0 without one). Negative only under `one_to_one`.
    pub margin: f64,
}

/// Whether an archetype matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MatchVerdict {
    /// It does.
    Matched,
    /// Its score is below `min_score`.
    LowScore,
    /// A condition has a membership below ½.
    ConditionFailed,
    /// The cluster holds nearly everyone, and the archetype asks where it stands among the customers: that would be said
    /// against the few others.
    NearlyEveryone,
    /// The next archetype is closer than `min_margin`.
    Ambiguous,
    /// Under `one_to_one`: it fits, but the sum of scores is larger when other clusters get the archetypes.
    Taken,
    /// The clusters show no structure, so no archetype is given.
    NoStructure,
}

/// A cluster with more than this share of the customers is nearly everyone: it has no position among them.
pub const NEARLY_EVERYONE: f64 = 0.9;

/// The least membership of every condition of a match.
const LEAST_MEMBERSHIP: f64 = 0.5;

/// An archetype held against a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScoredArchetype {
    /// The archetype's id.
    pub archetype: String,
    /// Its name.
    pub name: Text,
    /// Weighted mean of the memberships, 0 … 1.
    pub score: f64,
    /// What every condition observed.
    pub evidence: Vec<ConditionEvidence>,
}

/// What one condition observed in a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConditionEvidence {
    /// What was asked.
    #[serde(flatten)]
    pub condition: Condition,
    /// The column that shows the role, or the attribute; null when a role has none.
    pub column: Option<String>,
    /// The figure: position of the cluster (level), median (range), share (share).
    pub observed: Option<f64>,
    /// Where the position says nothing because the cluster is at an end of the column, that end, which is asked instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extreme: Option<Extreme>,
    /// The degree to which the figure passes, 0 … 1; null when the condition is left out of the score.
    pub membership: Option<f64>,
    /// Why the condition is left out, if it is.
    pub left_out: Option<SkipReason>,
}

/// Why a condition cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The role has no column.
    Missing,
    /// The column is equal for all customers.
    Constant,
    /// Half of the cluster's customers or more have no value.
    Unobserved,
}

impl ScoredArchetype {
    /// Whether it could match `cluster` were it the only one.
    fn fits(&self, cluster: &ClusterProfile, plan: &LabelPlan) -> bool {
        self.failure(cluster, plan).is_none()
    }

    fn failure(&self, cluster: &ClusterProfile, plan: &LabelPlan) -> Option<MatchVerdict> {
        let by_position =
            |e: &ConditionEvidence| e.membership.is_some() && matches!(e.condition.test, Test::Level { .. });
        if self.score < plan.min_score {
            Some(MatchVerdict::LowScore)
        } else if self.evidence.iter().any(|e| e.membership.is_some_and(|degree| degree < LEAST_MEMBERSHIP)) {
            Some(MatchVerdict::ConditionFailed)
        } else if cluster.share > NEARLY_EVERYONE && self.evidence.iter().any(by_position) {
            Some(MatchVerdict::NearlyEveryone)
        } else {
            None
        }
    }
}

/// Holds one archetype against one cluster: score = Σ weight · membership / Σ weight over the conditions that can be
/// asked.
///
/// Conditions on a role without a column, on a constant column, or on a column in which less than half of the cluster have
/// a value are left out. A level is asked of the position, or of the [`Extreme`] the cluster stands at. `None` when none is left, or when the table does not have an attribute that the archetype asks a share of
/// by its column: without it, the archetype would be somebody else.
pub fn score(
    archetype: &Archetype,
    profiles: &Profiles,
    cluster: &ClusterProfile,
    roles: &Roles,
) -> Option<ScoredArchetype> {
    let mut evidence = Vec::with_capacity(archetype.conditions.len());
    for condition in &archetype.conditions {
        evidence.push(observe(condition, profiles, cluster, roles)?);
    }
    let (mut sum, mut weights) = (0.0, 0.0);
    for (membership, weight) in evidence.iter().filter_map(|e| Some((e.membership?, e.condition.weight))) {
        sum += weight * membership;
        weights += weight;
    }
    (weights > 0.0).then(|| ScoredArchetype {
        archetype: archetype.id.clone(),
        name: archetype.name.clone(),
        score: settle(sum / weights),
        evidence,
    })
}

/// `None` only for an attribute, asked for by its column, that the table does not have.
fn observe(
    condition: &Condition,
    profiles: &Profiles,
    cluster: &ClusterProfile,
    roles: &Roles,
) -> Option<ConditionEvidence> {
    let mut extreme = None;
    let (column, seen) = match &condition.test {
        Test::Level { role, .. } => {
            let seen = observe_role(role, profiles, cluster, roles, |figures| figures.position);
            let j = column_of(role, profiles, roles).ok();
            extreme = j.and_then(|j| Extreme::of(&profiles.columns[j].figures, &cluster.columns[j]));
            (roles.column(role).map(str::to_owned), seen)
        }
        Test::Range { role, .. } => {
            let seen = observe_role(role, profiles, cluster, roles, ColumnFigures::median);
            (roles.column(role).map(str::to_owned), seen)
        }
        Test::Share { attribute, value, spellings, .. } if spellings.is_empty() => {
            let a = profiles.attribute(attribute)?;
            (Some(attribute.clone()), Ok(share(profiles, cluster, a, |level| level == value)))
        }
        Test::Share { attribute, spellings, .. } => {
            let is_level = |level: &str| spellings.contains(&spelling(level));
            let found = attribute_of(attribute, profiles, roles).map(|a| share(profiles, cluster, a, is_level));
            (roles.attribute(attribute).map(str::to_owned), found)
        }
    };
    let asked = |figure| extreme.map_or(figure, Extreme::position);
    Some(ConditionEvidence {
        column,
        observed: seen.ok(),
        extreme,
        membership: seen.ok().map(|figure| condition.test.membership(asked(figure))),
        left_out: seen.err(),
        condition: condition.clone(),
    })
}

/// The share of the cluster's customers whose level of attribute `a` passes.
fn share(profiles: &Profiles, cluster: &ClusterProfile, a: usize, passes: impl Fn(&str) -> bool) -> f64 {
    let text = |level: &LevelProfile| profiles.attributes[a].levels[level.level].level.as_deref();
    let counted = cluster.attributes[a].iter().filter(|level| text(level).is_some_and(&passes));
    settle(counted.map(|level| level.share).sum())
}

/// A figure of the role's column. Without a position, too few of the cluster have a value for any of its figures.
fn observe_role(
    role: &str,
    profiles: &Profiles,
    cluster: &ClusterProfile,
    roles: &Roles,
    figure: impl Fn(&ColumnFigures) -> Option<f64>,
) -> Result<f64, SkipReason> {
    let figures = &cluster.columns[column_of(role, profiles, roles)?];
    figures.position.and_then(|_| figure(figures)).ok_or(SkipReason::Unobserved)
}

/// The column of a role, when it tells customers apart.
pub(super) fn column_of(role: &str, profiles: &Profiles, roles: &Roles) -> Result<usize, SkipReason> {
    let j = roles.column(role).and_then(|column| profiles.column(column)).ok_or(SkipReason::Missing)?;
    if profiles.columns[j].constant { Err(SkipReason::Constant) } else { Ok(j) }
}

/// The number of the attribute that shows a categorical role.
pub(super) fn attribute_of(role: &str, profiles: &Profiles, roles: &Roles) -> Result<usize, SkipReason> {
    roles.attribute(role).and_then(|column| profiles.attribute(column)).ok_or(SkipReason::Missing)
}

/// Holds a catalog against every cluster (noise is no cluster).
///
/// Per cluster: `None` when no archetype can be scored; else the archetypes with the highest and the next score; equal
/// scores go to one without a failed condition, then to the earlier in the catalog. The best matches when its score is
/// at least `min_score`, each of its conditions has a membership of ½ or more, and it leads the next by at least
/// `min_margin`, whatever the conditions of the next. A cluster of more than nine tenths of the customers matches nothing that asks
/// for a level. Under `one_to_one` margins do not count: of all pairs that fit, those with the
/// largest sum of scores match, every cluster and every archetype in at most one of them.
pub fn match_catalog(
    catalog: &Catalog,
    profiles: &Profiles,
    clusters: &[ClusterProfile],
    roles: &Roles,
    plan: &LabelPlan,
) -> Vec<Option<CatalogMatch>> {
    // Every cluster's candidates by catalog order; `None` where an archetype cannot be told.
    let candidates: Vec<Vec<Option<ScoredArchetype>>> = clusters
        .iter()
        .map(|cluster| catalog.archetypes.iter().map(|a| score(a, profiles, cluster, roles)).collect())
        .collect();
    let given: Option<Vec<Option<usize>>> =
        plan.one_to_one.then(|| assign(&fitting_scores(&candidates, clusters, plan)));
    let one = |(c, row): (usize, &Vec<Option<ScoredArchetype>>)| {
        let cluster = &clusters[c];
        let mut order = ranked(row, cluster, plan);
        let given = given.as_ref().map(|given| given[c]);
        if let Some(Some(archetype)) = given {
            let at = order.iter().position(|&(a, _)| a == archetype).expect("a given archetype was scored");
            let chosen = order.remove(at);
            order.insert(0, chosen);
        }
        let (_, best) = order.first()?;
        let runner_up = order.get(1).map(|(_, candidate)| *candidate);
        let margin = settle(best.score - runner_up.map_or(0.0, |next| next.score));
        let verdict = match (best.failure(cluster, plan), given) {
            (_, Some(Some(_))) => MatchVerdict::Matched,
            (Some(failure), _) => failure,
            (None, Some(None)) => MatchVerdict::Taken,
            (None, None) if margin < plan.min_margin => MatchVerdict::Ambiguous,
            (None, None) => MatchVerdict::Matched,
        };
        let (best, runner_up) = ((*best).clone(), runner_up.cloned());
        Some(CatalogMatch { catalog: catalog.id.clone(), verdict, best, runner_up, margin })
    };
    candidates.iter().enumerate().map(one).collect()
}

/// Per cluster the scores of the candidates that fit it; `None` for the others.
fn fitting_scores(
    candidates: &[Vec<Option<ScoredArchetype>>],
    clusters: &[ClusterProfile],
    plan: &LabelPlan,
) -> Vec<Vec<Option<f64>>> {
    let score = |candidate: &Option<ScoredArchetype>, cluster: &ClusterProfile| {
        let candidate = candidate.as_ref()?;
        candidate.fits(cluster, plan).then_some(candidate.score)
    };
    let rows = candidates.iter().zip(clusters);
    rows.map(|(row, cluster)| row.iter().map(|candidate| score(candidate, cluster)).collect()).collect()
}

/// The candidates that can be told, with their places in the catalog: by score; of equal scores one that fits first, then the
/// earlier in the catalog.
fn ranked<'c>(
    row: &'c [Option<ScoredArchetype>],
    cluster: &ClusterProfile,
    plan: &LabelPlan,
) -> Vec<(usize, &'c ScoredArchetype)> {
    let told = row.iter().enumerate().filter_map(|(a, candidate)| Some((a, candidate.as_ref()?)));
    let mut ranked: Vec<(usize, &ScoredArchetype)> = told.collect();
    let fits = |candidate: &ScoredArchetype| candidate.fits(cluster, plan);
    ranked.sort_by(|(_, x), (_, y)| y.score.total_cmp(&x.score).then_with(|| fits(y).cmp(&fits(x))));
    ranked
}
