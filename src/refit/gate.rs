//! Whether a run may take the place of the one before.

use serde::{Deserialize, Serialize};

use super::drift::{FeatureDrift, Finding, Measure};
use super::{BaselineFacts, Continuation, DriftRecord, Fate, Flag, Movement, SegmentId};
use crate::Text;
use crate::config::{GateColumns, GatePlan};

/// Whether the alias moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Every rule that applies holds.
    Promote,
    /// One does not.
    Hold,
}

/// What a run is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleName {
    /// Whether it could be held against the run before at all.
    Continued,
    /// The share of customers in segments whose id went on, the smaller one of before and after.
    Carried,
    /// Events whose shares may be chance.
    Uncertain,
    /// Ids that another view gives to another cluster.
    Contested,
    /// The share whose segment changed by definition alone; none when standing or people decide, since the table changed then.
    Redefined,
    /// The share of value in segments that vanished, or of customers where there is no money column.
    VanishedValue,
    /// The largest PSI of a feature that is significantly above the limit, else the largest there is; features that run on by
    /// themselves are not asked.
    Drift,
    /// The stability of the segment that lost most of what it had, tested against the limit.
    Stability,
    /// Whether the segments stand out among those of tables without clusters, where they did.
    Structure,
    /// Customers against the run before.
    Rows,
    /// The largest rise of the missing share of a feature.
    MissingRise,
    /// Features that came or went.
    Columns,
    /// Whether a run of a later date is promoted already; asked of a run with a date.
    OutOfOrder,
}

impl RuleName {
    /// What is asked, in words.
    pub fn words(self) -> Text {
        let (en, zh) = match self {
            RuleName::Continued => ("could be held against the run before", "能与上次运行对照"),
            RuleName::Carried => ("share of customers in segments that went on", "客群得以延续的客户占比"),
            RuleName::Uncertain => ("events that few customers decide", "由少数客户判定的事件"),
            RuleName::Contested => ("events that another view contests", "另一种对照有异议的事件"),
            RuleName::Redefined => ("share elsewhere by definition alone", "仅因定义改变而换客群的占比"),
            RuleName::VanishedValue => ("share of value in segments that vanished", "消失客群的金额占比"),
            RuleName::Drift => ("PSI of a feature, tested", "特征的 PSI（经检验）"),
            RuleName::Stability => ("stability of what was stable", "原先稳定客群的稳定度"),
            RuleName::Structure => ("structure", "客群结构"),
            RuleName::Rows => ("customers against the run before", "客户数与上次之比"),
            RuleName::MissingRise => ("largest rise of a missing share", "缺失占比的最大上升"),
            RuleName::Columns => ("features that came or went", "增减的特征数"),
            RuleName::OutOfOrder => ("a run of a later date that is promoted", "已有更晚日期的运行上位"),
        };
        Text::new(en, zh)
    }
}

/// One rule and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Rule {
    /// The rule.
    pub rule: RuleName,
    /// What was measured; null where it could not be, or the rule does not apply.
    pub value: Option<f64>,
    /// The limit.
    pub limit: f64,
    /// The customers it was measured on.
    pub sample: u64,
    /// Whether it holds; null where it does not apply. What could not be measured does not hold.
    pub passed: Option<bool>,
    /// What it is about: segments or features by name.
    pub about: Vec<String>,
}

/// What the gate says of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Gate {
    /// The alias that moves.
    pub alias: String,
    /// Whether it does.
    pub decision: Decision,
    /// The rules in order.
    pub rules: Vec<Rule>,
}

/// What is known of a new run when the gate is asked.
#[derive(Debug, Clone, Copy)]
pub struct Challenger<'a> {
    /// The run that is continued.
    pub before: &'a BaselineFacts,
    /// Its ids, in the order of its segments.
    pub old: &'a [SegmentId],
    /// The same figures of the new run.
    pub now: &'a BaselineFacts,
    /// What became of the segments; `None` where the runs could not be held against each other.
    pub continuation: Option<&'a Continuation>,
    /// Who moved.
    pub movement: Option<&'a Movement>,
    /// How the customers differ, with the limit of the gate as tolerance where there is one.
    pub drift: Option<&'a DriftRecord>,
    /// Whether the plan names a date.
    pub has_date: bool,
    /// The run of a later date that is promoted already.
    pub later: Option<&'a str>,
}

impl Gate {
    /// Holds `candidate` against the rules of `plan`, for the alias `alias`.
    pub fn of(alias: &str, plan: &GatePlan, candidate: &Challenger<'_>) -> Gate {
        let rules = candidate.rules(plan);
        let holds = rules.iter().all(|rule| rule.passed != Some(false));
        let decision = if holds { Decision::Promote } else { Decision::Hold };
        Gate { alias: alias.to_owned(), decision, rules }
    }

    /// Of a run of `n_customers` that continues none and comes after the promoted run `later` of a later date.
    pub fn late(alias: &str, later: &str, n_customers: usize) -> Gate {
        let rules = vec![out_of_order(Some(later), n_customers as u64, true)];
        Gate { alias: alias.to_owned(), decision: Decision::Hold, rules }
    }

    /// The rules that do not hold.
    pub fn failed(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.passed == Some(false))
    }
}

/// By how many standard errors a stability is below a limit beyond chance.
const CHANCE: f64 = 2.0;

/// What a rule is about and how that compares.
struct Found {
    value: Option<f64>,
    about: Vec<String>,
}

impl Found {
    fn of(value: f64) -> Found {
        Found { value: Some(value), about: Vec::new() }
    }
}

impl Challenger<'_> {
    fn rules(&self, plan: &GatePlan) -> Vec<Rule> {
        let n = self.now.n_customers as u64;
        let rule = |rule, found: Found, limit: f64, holds: &dyn Fn(f64) -> bool, applies: bool| Rule {
            rule,
            passed: applies.then(|| found.value.is_some_and(holds)),
            value: found.value.filter(|_| applies),
            limit,
            sample: n,
            about: found.about,
        };
        let is_continued = self.continuation.is_some();
        let at_least = |limit: f64| move |value: f64| value >= limit;
        let at_most = |limit: f64| move |value: f64| value <= limit;
        let continued = Found::of(f64::from(u8::from(is_continued)));
        let structure = Found::of(f64::from(u8::from(self.now.stands_out)));
        vec![
            rule(RuleName::Continued, continued, 1.0, &at_least(1.0), true),
            rule(RuleName::Carried, self.carried(), plan.min_carried, &at_least(plan.min_carried), is_continued),
            rule(RuleName::Uncertain, self.flagged(Flag::Uncertain), 0.0, &at_most(0.0), is_continued),
            rule(RuleName::Contested, self.flagged(Flag::Contested), 0.0, &at_most(0.0), is_continued),
            rule(RuleName::Redefined, self.redefined(), plan.max_redefined, &at_most(plan.max_redefined), is_continued),
            rule(
                RuleName::VanishedValue,
                self.vanished(),
                plan.max_vanished_value,
                &at_most(plan.max_vanished_value),
                is_continued,
            ),
            self.drift(plan.max_drift),
            self.stability(plan.min_stability),
            rule(RuleName::Structure, structure, 1.0, &at_least(1.0), self.before.stands_out),
            rule(RuleName::Rows, self.rows(), plan.min_rows, &at_least(plan.min_rows), true),
            rule(
                RuleName::MissingRise,
                self.missing_rise(),
                plan.max_missing_rise,
                &at_most(plan.max_missing_rise),
                true,
            ),
            rule(RuleName::Columns, self.columns(), 0.0, &at_most(0.0), plan.columns == GateColumns::Same),
            out_of_order(self.later, n, self.has_date),
        ]
    }

    fn carried(&self) -> Found {
        let Some(found) = self.continuation else { return Found { value: None, about: Vec::new() } };
        let ids = &found.identities.ids;
        let gone: Vec<String> = self.old.iter().filter(|id| !ids.contains(id)).map(ToString::to_string).collect();
        let before = share(&self.before.sizes, |place| ids.contains(&self.old[place]));
        let now = share(&self.now.sizes, |cluster| self.old.contains(&ids[cluster]));
        Found { value: Some(before.min(now)), about: gone }
    }

    fn flagged(&self, flag: Flag) -> Found {
        let events = self.continuation.map_or(&[][..], |found| &found.events);
        let flagged = || events.iter().filter(|event| event.flags.contains(&flag));
        let about = flagged().flat_map(|event| event.from.iter().map(ToString::to_string)).collect();
        Found { value: Some(flagged().count() as f64), about }
    }

    fn redefined(&self) -> Found {
        let share = |movement: &Movement| movement.n_redefined as f64 / self.now.n_customers.max(1) as f64;
        Found { value: self.movement.map(share), about: Vec::new() }
    }

    fn vanished(&self) -> Found {
        let events = self.continuation.map_or(&[][..], |found| &found.events);
        let gone: Vec<SegmentId> =
            events.iter().filter(|event| event.kind == Fate::Vanished).flat_map(|event| event.from.clone()).collect();
        let total: u64 = self.before.sizes.iter().sum();
        let of = |id: &SegmentId| {
            let place = self.old.iter().position(|old| old == id)?;
            let customers = self.before.sizes[place] as f64 / total.max(1) as f64;
            Some(self.before.value_shares.get(place).copied().flatten().unwrap_or(customers))
        };
        Found {
            value: Some(gone.iter().filter_map(of).fold(0.0, |sum, share| sum + share)),
            about: gone.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether no feature of the whole has drifted beyond `limit`; it does not apply at 0, nor where the run before left nothing
    /// behind.
    fn drift(&self, limit: f64) -> Rule {
        let drift = self.drift.filter(|_| limit > 0.0);
        let asked: Vec<&FeatureDrift> = drift
            .iter()
            .flat_map(|found| found.drift.features.iter().filter(|one| !found.running.contains(&one.feature)))
            .filter(|one| one.measure == Measure::Psi)
            .collect();
        let drifted: Vec<&FeatureDrift> = asked.iter().copied().filter(|one| one.verdict == Finding::Drifted).collect();
        let told = if drifted.is_empty() { &asked } else { &drifted };
        let value = told.iter().filter_map(|one| one.value).reduce(f64::max);
        Rule {
            rule: RuleName::Drift,
            value,
            limit,
            sample: self.now.n_customers as u64,
            passed: (!asked.is_empty()).then(|| drifted.is_empty() && value.is_some()),
            about: drifted.iter().map(|one| one.feature.clone()).collect(),
        }
    }

    /// Whether every segment that had the `limit` before has it still, told of the one that is furthest from it; a stability has
    /// the limit unless it is below it beyond chance. It does not apply where no segment had it.
    fn stability(&self, limit: f64) -> Rule {
        let highest = |facts: &BaselineFacts, place: usize| {
            let of = |values: &[Option<f64>]| values.get(place).copied().flatten();
            Some(of(&facts.stabilities)? + CHANCE * of(&facts.stability_errors).unwrap_or(0.0))
        };
        let ids = self.continuation.map_or(&[][..], |found| &found.identities.ids);
        let had = ids.iter().enumerate().filter(|(_, id)| {
            let place = self.old.iter().position(|old| old == *id);
            place.and_then(|place| highest(self.before, place)).is_some_and(|before| before >= limit)
        });
        let now = had.map(|(cluster, id)| (highest(self.now, cluster), cluster, id));
        let furthest = now.min_by(|a, b| a.0.unwrap_or(-1.0).total_cmp(&b.0.unwrap_or(-1.0)));
        Rule {
            rule: RuleName::Stability,
            value: furthest.and_then(|(_, cluster, _)| self.now.stabilities.get(cluster).copied().flatten()),
            limit,
            sample: self.now.n_customers as u64,
            passed: furthest.map(|(highest, _, _)| highest.is_some_and(|highest| highest >= limit)),
            about: furthest.iter().map(|(_, _, id)| id.to_string()).collect(),
        }
    }

    fn rows(&self) -> Found {
        Found::of(self.now.n_customers as f64 / self.before.n_customers.max(1) as f64)
    }

    fn missing_rise(&self) -> Found {
        let before = |name: &str| self.before.missing_shares.iter().find(|(other, _)| other == name);
        let rises = self.now.missing_shares.iter().filter_map(|(name, now)| Some((name, now - before(name)?.1)));
        match rises.max_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((name, rise)) => Found { value: Some(rise), about: vec![name.clone()] },
            None => Found::of(0.0),
        }
    }

    fn columns(&self) -> Found {
        let (before, now) = (&self.before.features, &self.now.features);
        let came = now.iter().filter(|name| !before.contains(name));
        let went = before.iter().filter(|name| !now.contains(name));
        let about: Vec<String> = came.chain(went).cloned().collect();
        Found { value: Some(about.len() as f64), about }
    }
}

/// Whether no run of a later date is promoted; it applies to runs with a date.
fn out_of_order(later: Option<&str>, n_customers: u64, has_date: bool) -> Rule {
    Rule {
        rule: RuleName::OutOfOrder,
        value: has_date.then_some(f64::from(u8::from(later.is_some()))),
        limit: 0.0,
        sample: n_customers,
        passed: has_date.then_some(later.is_none()),
        about: later.into_iter().map(str::to_owned).collect(),
    }
}

/// The share of customers in the groups where `counts` is true; 1 where there are none.
fn share(sizes: &[u64], counts: impl Fn(usize) -> bool) -> f64 {
    let all: u64 = sizes.iter().sum();
    let some: u64 = sizes.iter().enumerate().filter(|(place, _)| counts(*place)).map(|(_, size)| size).sum();
    if all == 0 { 1.0 } else { some as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refit::Identities;

    fn facts() -> BaselineFacts {
        BaselineFacts {
            n_customers: 1000,
            stands_out: true,
            value_shares: vec![Some(0.9), Some(0.1)],
            sizes: vec![600, 400],
            stabilities: vec![Some(0.9), None],
            stability_errors: vec![Some(0.02), None],
            missing_shares: vec![("spend".to_owned(), 0.1)],
            features: vec!["spend".to_owned(), "visits".to_owned()],
        }
    }

    fn old() -> [SegmentId; 2] {
        ["S01", "S02"].map(|id| id.parse().unwrap())
    }

    fn gate(before: &BaselineFacts, now: &BaselineFacts, continuation: Option<&Continuation>) -> Gate {
        let old = old();
        let (movement, drift, later) = (None, None, None);
        let candidate = Challenger { before, old: &old, now, continuation, movement, drift, has_date: false, later };
        Gate::of("champion", &GatePlan::default(), &candidate)
    }

    fn failed(before: &BaselineFacts, now: &BaselineFacts) -> Vec<RuleName> {
        let gate = gate(before, now, None);
        assert_eq!(gate.decision, Decision::Hold);
        gate.failed().map(|rule| rule.rule).collect()
    }

    /// What the gate says of the stability of segments that went on, by mean and standard error before and now.
    fn stability(before: [Option<(f64, f64)>; 2], now: [Option<(f64, f64)>; 2]) -> Rule {
        let of = |pairs: [Option<(f64, f64)>; 2]| BaselineFacts {
            stabilities: pairs.iter().map(|pair| pair.map(|pair| pair.0)).collect(),
            stability_errors: pairs.iter().map(|pair| pair.map(|pair| pair.1)).collect(),
            ..facts()
        };
        let ids = old().to_vec();
        let next = "S03".parse().unwrap();
        let identities = Identities { ids, inherited: vec![true; 2], revived: Vec::new(), next };
        let continuation = Continuation { views: Vec::new(), chosen: 0, identities, events: Vec::new() };
        let gate = gate(&of(before), &of(now), Some(&continuation));
        gate.rules.into_iter().find(|rule| rule.rule == RuleName::Stability).unwrap()
    }

    #[test]
    fn a_stability_is_lost_only_beyond_chance_and_what_was_let_through_is_asked_again() {
        let sure = Some((0.9, 0.01));
        let passed = |before, now| stability([sure, before], [sure, now]).passed;
        assert_eq!(passed(Some((0.76, 0.02)), Some((0.72, 0.02))), Some(true));
        assert_eq!(passed(Some((0.76, 0.02)), Some((0.70, 0.02))), Some(false));
        assert_eq!(passed(Some((0.72, 0.02)), Some((0.70, 0.02))), Some(false), "it had it by chance");
        assert_eq!(passed(Some((0.70, 0.02)), Some((0.50, 0.02))), Some(true), "it never had it");
        assert_eq!(passed(Some((0.76, 0.02)), None), Some(false), "it was not measured");
        assert_eq!(stability([None; 2], [sure; 2]).passed, None);
        let told = stability([sure, sure], [sure, Some((0.74, 0.02))]);
        assert_eq!((told.value, told.about), (Some(0.74), vec!["S02".to_owned()]));
    }

    #[test]
    fn a_run_that_cannot_be_held_against_the_one_before_is_held() {
        assert_eq!(failed(&facts(), &facts()), [RuleName::Continued]);
    }

    #[test]
    fn a_table_of_fewer_customers_more_gaps_other_columns_and_no_structure_is_held() {
        let now = BaselineFacts {
            n_customers: 690,
            stands_out: false,
            missing_shares: vec![("spend".to_owned(), 0.21)],
            features: vec!["spend".to_owned(), "age".to_owned()],
            ..facts()
        };
        use RuleName::*;
        assert_eq!(failed(&facts(), &now), [Continued, Structure, Rows, MissingRise, Columns]);
        let never = BaselineFacts { stands_out: false, ..facts() };
        assert_eq!(failed(&never, &now), [Continued, Rows, MissingRise, Columns]);
    }
}
