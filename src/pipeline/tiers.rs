//! Every tier, the manual one and those by rule, against every clustering and against the first of them; the segments as
//! targets.

use super::PipelineError;
use crate::Text;
use crate::Warning;
use crate::cluster::{Clustering, Clusterings};
use crate::compare::{
    AxisPair, Comparison, Concentration, Disagreement, NoisePolicy, OutcomeReport, Pairing, ReachColumn, TargetSegment,
    Targets, TierFacts, TierReport, compare, compare_assignments, disagreements, explain_cells, rule_cells, targets,
    tier_is_outcome, tiers_by_rule,
};
use crate::config::{Algorithm, Plan, TierRule};
use crate::label::{self, CONTACT, Labelled};
use crate::load::{CustomerTable, Levels, LoadError};
use crate::metrics::ClusterId;
use crate::monitor::Monitor;
use crate::normalize::Normalized;

/// The share of the value above which one customer is spoken of.
const MOST: f64 = 0.5;

/// What came of all comparisons.
pub(super) struct Tiers {
    pub(super) comparisons: Vec<Comparison>,
    /// Every tier by itself.
    pub(super) reports: Vec<TierReport>,
    /// The first tier against the others.
    pub(super) tier_pairs: Vec<Comparison>,
    /// The segments, ranked.
    pub(super) targets: Option<Targets>,
    /// The outcome per segment.
    pub(super) outcome: Option<OutcomeReport>,
    /// Who disagrees: the manual tier (or, without one, the first rule) against the segments.
    pub(super) disagreements: Vec<Disagreement>,
    /// The comparison they belong to.
    pub(super) disagreements_of: Option<usize>,
    pub(super) warnings: Vec<Warning>,
}

/// What the comparisons are made from.
#[derive(Clone, Copy)]
pub(super) struct Compared<'a> {
    pub(super) plan: &'a Plan,
    pub(super) table: &'a CustomerTable,
    pub(super) normalized: &'a Normalized,
    pub(super) roles: &'a label::Roles,
    pub(super) clusterings: &'a Clusterings,
    pub(super) labelled: &'a Labelled,
}

/// A tier of every customer.
struct Tier<'a> {
    levels: Levels,
    /// The tiers that have a place, best first.
    order: Vec<String>,
    report: TierReport,
    rule: Option<&'a TierRule>,
}

impl Tiers {
    pub(super) fn compare(compared: Compared<'_>, monitor: &Monitor) -> Result<Self, PipelineError> {
        let Compared { plan, table, .. } = compared;
        let value = table.value.as_deref().map(|column| table.numeric.read(column)).transpose()?;
        let value = value.as_deref().map(Vec::as_slice);
        let mut warnings: Vec<Warning> = table.tier.as_ref().and_then(tier_is_outcome).into_iter().collect();
        warnings.extend(table.value.as_deref().zip(value).and_then(|(column, value)| one_holds_all(column, value)));
        let mut tiers = compared.tiers(value, &mut warnings)?;
        let mut found = Tiers {
            comparisons: Vec::new(),
            reports: Vec::new(),
            tier_pairs: Vec::new(),
            targets: None,
            outcome: compared.outcome(),
            disagreements: Vec::new(),
            disagreements_of: None,
            warnings,
        };
        let task = monitor.task("compare", tiers.len() as u64);
        for tier in &mut tiers {
            for clustering in &compared.clusterings.all {
                found.hold_against(tier, clustering, &compared, value, monitor)?;
            }
            task.advance(1);
        }
        if let [first, others @ ..] = &tiers[..] {
            for other in others {
                let (plan, seed) = (&plan.compare, plan.cluster.seed);
                let pair = compare_assignments(&first.levels, &first.order, &other.levels, value, plan, seed, monitor)?;
                found.tier_pairs.push(pair);
            }
        }
        found.warnings.extend(unused_services(plan, &tiers));
        let manual = found.disagreements_of.map(|at| &found.comparisons[at]);
        found.targets = Some(compared.targets(value, manual, tiers.first())?);
        found.reports = tiers.into_iter().map(|tier| tier.report).collect();
        Ok(found)
    }

    /// Compares one tier with one clustering, under every policy for its noise.
    fn hold_against(
        &mut self,
        tier: &mut Tier<'_>,
        clustering: &Clustering,
        compared: &Compared<'_>,
        value: Option<&[f64]>,
        monitor: &Monitor,
    ) -> Result<(), PipelineError> {
        let Compared { plan, table, normalized, .. } = *compared;
        let (numeric, categories) = table.part(&normalized.feature_names());
        let (algorithm, seed) = (clustering.algorithm, plan.cluster.seed);
        let names = cluster_names(compared.labelled, algorithm);
        for &noise in policies(algorithm) {
            let pairing = Pairing {
                tier: &tier.levels,
                tier_order: &tier.order,
                clustering: algorithm.name(),
                noise,
                partition: &clustering.partition,
                rows: &normalized.rows,
                cluster_names: &names,
                value,
            };
            let mut comparison = compare(&pairing, &plan.compare, seed, monitor)?;
            explain_cells(&mut comparison, &pairing, &*table.numeric, &numeric, monitor)?;
            rule_cells(&mut comparison, &pairing, &*table.numeric, &numeric, &categories, seed, monitor)?;
            if noise != NoisePolicy::Excluded {
                tier.report.add_spread(&comparison);
            }
            if self.disagreements_of.is_none() && algorithm == plan.cluster.primary {
                self.disagreements = disagreements(&comparison, &pairing);
                self.disagreements_of = Some(self.comparisons.len());
            }
            for warning in &comparison.warnings {
                // What is said of one noise policy holds for the other.
                if !self.warnings.contains(warning) {
                    self.warnings.push(warning.clone());
                }
            }
            self.comparisons.push(comparison);
        }
        Ok(())
    }
}

impl<'a> Compared<'a> {
    /// The manual tier, then those by rule.
    fn tiers(&self, value: Option<&[f64]>, warnings: &mut Vec<Warning>) -> Result<Vec<Tier<'a>>, PipelineError> {
        let (numeric, compare) = (&*self.table.numeric, &self.plan.compare);
        let spread = |column: &str| -> Result<Option<Concentration>, PipelineError> {
            Ok(Concentration::of(column, &numeric.read(column)?))
        };
        let of_value = self.table.value.as_deref().map(spread).transpose()?.flatten();
        let mut tiers = Vec::new();
        if let Some(levels) = &self.table.tier {
            let report = TierReport::of(TierFacts {
                tier: levels,
                scale: &compare.tier_order,
                rule: None,
                axes: None,
                axis_pair: AxisPair::Neither,
                value,
                concentration: of_value.clone(),
                services: &compare.service,
            });
            tiers.push(Tier { levels: levels.clone(), order: compare.tier_order.clone(), report, rule: None });
        }
        for rule in &compare.rules {
            let by_rule = tiers_by_rule(rule, numeric)?;
            warnings.extend(by_rule.warnings);
            let concentration = match rule {
                TierRule::Abc { column, .. } | TierRule::Quantile { column, .. } => spread(column)?,
                TierRule::Abcd { value, .. } => spread(value)?,
                TierRule::Matrix { .. } | TierRule::Rfm { .. } => of_value.clone(),
            };
            let report = TierReport::of(TierFacts {
                tier: &by_rule.levels,
                scale: by_rule.levels.levels(),
                rule: Some(rule),
                axes: by_rule.axes.as_ref(),
                axis_pair: self.usual(rule),
                value,
                concentration,
                services: &compare.service,
            });
            tiers.push(Tier { levels: by_rule.levels, order: by_rule.order, report, rule: Some(rule) });
        }
        Ok(tiers)
    }

    /// The outcome in the clusters of the primary clustering.
    fn outcome(&self) -> Option<OutcomeReport> {
        let names = cluster_names(self.labelled, self.plan.cluster.primary);
        let of =
            |outcome| OutcomeReport::of(outcome, &self.clusterings.primary().partition, &self.normalized.rows, &names);
        self.table.outcome.as_ref().map(of)
    }

    /// Whether a matrix is that of value and frequency.
    fn usual(&self, rule: &TierRule) -> AxisPair {
        let TierRule::Matrix { x, y, .. } = rule else { return AxisPair::Neither };
        let is_value = |column: &String| {
            [self.table.value.as_deref(), self.roles.column("monetary")].contains(&Some(column.as_str()))
        };
        let is_frequency = |column: &String| self.roles.column("frequency") == Some(column.as_str());
        match (is_value(x) && is_frequency(y), is_frequency(x) && is_value(y)) {
            (true, _) => AxisPair::ValueByFrequency,
            (_, true) => AxisPair::FrequencyByValue,
            _ => AxisPair::Neither,
        }
    }

    /// The segments as targets; `first` is the first tier and `comparison` that tier against the segments.
    fn targets(
        &self,
        value: Option<&[f64]>,
        comparison: Option<&Comparison>,
        first: Option<&Tier<'_>>,
    ) -> Result<Targets, PipelineError> {
        let expected = |cluster: ClusterId| {
            let place = comparison?.contingency.clusters.iter().position(|&other| other == Some(cluster))?;
            comparison?.expected_tiers[place].clone()
        };
        let found = self.labelled.primary().into_iter().flat_map(|clustering| &clustering.clusters);
        let offers: Vec<TargetSegment> = found
            .filter_map(|cluster| {
                let expected_tier = expected(cluster.cluster?);
                Some(TargetSegment {
                    segment_id: cluster.id.clone().unwrap_or_default(),
                    segment: cluster.name.clone(),
                    service: expected_tier.as_deref().and_then(|tier| first?.report.service(tier)).cloned(),
                    expected_tier,
                    action: cluster.action.clone(),
                })
            })
            .collect();
        let role = |role: &str| -> Result<_, PipelineError> {
            let column = self.roles.column(role);
            Ok(column.map(|column| Ok::<_, LoadError>((column, self.table.numeric.read(column)?))).transpose()?)
        };
        let (contact, recency) = (role(CONTACT)?, role("recency")?);
        let contact = contact.as_ref().map(|(column, flags)| ReachColumn::Contact(column, flags));
        let spoken = recency.as_ref().and_then(|(column, _)| self.table.numeric.spoken(column));
        let recency = recency.as_ref().map(|(column, days)| ReachColumn::Recency(column, spoken.as_ref(), days));
        Ok(targets(&self.clusterings.primary().partition, &self.normalized.rows, value, contact.or(recency), &offers))
    }
}

/// That one customer has most of the value, so that every share of it is that customer's.
fn one_holds_all(column: &str, values: &[f64]) -> Option<Warning> {
    let positive = || values.iter().copied().filter(|value| *value > 0.0);
    let (largest, total) = (positive().fold(0.0, f64::max), positive().sum::<f64>());
    let share = largest / total;
    if values.len() < 10 || share.is_nan() || share <= MOST {
        return None;
    }
    // The share itself is not told: it is what one customer brings.
    let percent = 100.0 * MOST;
    let message = Text::new(
        format!(
            "one customer has more than {percent} % of {column:?}; shares of value are the shares of that customer"
        ),
        format!("一位客户占“{column}”的 {percent}% 以上；金额占比几乎只反映这一位客户"),
    );
    Some(Warning::new("one_holds_the_value", message).with("column", column).with("share", share))
}

/// Services for tiers that nobody has: mostly a typing mistake.
fn unused_services(plan: &Plan, tiers: &[Tier<'_>]) -> Vec<Warning> {
    let known = |name: &String| {
        tiers
            .iter()
            .any(|tier| tier.levels.levels().contains(name) || (tier.rule.is_none() && tier.order.contains(name)))
    };
    let unused = plan.compare.service.keys().filter(|name| !known(name));
    let warning = |name: &String| {
        let message = Text::new(
            format!("compare.service names the tier {name:?}, which no tier column or rule has"),
            format!("compare.service 中的等级“{name}”不属于任何等级列或等级规则"),
        );
        Warning::new("unused_service", message).with("tier", name.as_str())
    };
    unused.map(warning).collect()
}

fn policies(algorithm: Algorithm) -> &'static [NoisePolicy] {
    match algorithm.leaves_noise() {
        true => &[NoisePolicy::Excluded, NoisePolicy::OwnCluster],
        false => &[NoisePolicy::None],
    }
}

fn cluster_names(labelled: &Labelled, algorithm: Algorithm) -> Vec<Text> {
    let clustering = labelled.clusterings.iter().find(|clustering| clustering.algorithm == algorithm);
    let clusters = clustering.into_iter().flat_map(|clustering| &clustering.clusters);
    clusters.filter(|cluster| cluster.cluster.is_some()).map(|cluster| cluster.name.clone()).collect()
}
