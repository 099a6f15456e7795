use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, DiscreteCDF};

use super::sample::Stacked;
use super::{DriftParams, FEWEST_CUSTOMERS, Finding, Sample};
use crate::Text;
use crate::label::LabelError;
use crate::label::rule::{Grouping, Growth, Leaf, RuleCondition, RuleSample, RuleTree, conjunction};
use crate::monitor::Monitor;

/// The accuracy from which a tree tells now from before well enough to be worth a sentence.
const TELLING: f64 = 0.55;
/// The part of the customers learned from that a leaf has at least.
const LEAF: usize = 40;

/// Whether a small rule tree can tell the customers of now from those of before, and by what.
///
/// As many customers of either sample, of those in both half from each; a tree of up to three conditions learns from one half of them
/// and is tried on the other. Where nothing has changed it is right about half of the time: p = P(Binomial(n, ½) ≥ right), which is
/// exact for a tree that guesses and careful for others. Drift is where p is below α and the accuracy at least 0.55: it sees what
/// features do together, and says it in a rule.
///
/// Source: Lopez-Paz and Oquab (2017), "Revisiting classifier two-sample tests", ICLR.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TwoSample {
    /// Customers of either time that the tree was learned from and tried on.
    pub n: usize,
    /// Customers that it was tried on, of both times.
    pub n_held_out: usize,
    /// The share of them whose time it gives.
    pub accuracy: f64,
    /// The probability of as many by guessing.
    pub p: f64,
    /// Whether they can be told apart.
    pub verdict: Finding,
    /// Who there is more of now; null unless they can be told apart.
    pub more: Option<ChangedGroup>,
    /// Who there is less of now; null unless they can be told apart.
    pub fewer: Option<ChangedGroup>,
}

/// Customers whose share has changed, by a rule; shares are of customers that the rule was not learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ChangedGroup {
    /// Who they are: conditions that all hold.
    pub conditions: Vec<RuleCondition>,
    /// Their share before.
    pub before: f64,
    /// Their share now.
    pub now: f64,
}

impl ChangedGroup {
    /// The group in words.
    ///
    /// `38 % of the customers now have recency > 200 and orders ≤ 1; before it was 12 %`
    pub fn text(&self) -> Text {
        let rule = conjunction(&self.conditions);
        let [before, now] = [self.before, self.now].map(|share| 100.0 * share);
        Text::new(
            format!("{now:.0} % of the customers now have {}; before it was {before:.0} %", rule.en),
            format!("现在 {now:.0}% 的客户满足 {}；此前为 {before:.0}%", rule.zh),
        )
    }
}

impl TwoSample {
    /// Of the columns that both samples have; `None` where that is none, or where either has fewer than 50 customers.
    ///
    /// Cost: a sort of every column of the samples, and three passes over them.
    ///
    /// # Errors
    /// When the monitor says so.
    pub fn of(
        before: &Sample,
        now: &Sample,
        params: &DriftParams,
        monitor: &Monitor,
    ) -> Result<Option<TwoSample>, LabelError> {
        let rows = dealt(before, now);
        let n = rows[0].len();
        let stacked = Stacked::of([before, now], [&rows[0], &rows[1]]);
        let names = crate::load::NumericColumns::names(&stacked);
        if (n as u64) < FEWEST_CUSTOMERS || names.len() + stacked.categories.len() == 0 {
            return Ok(None);
        }
        let members = [(0..n as u32).collect(), (n as u32..2 * n as u32).collect()];
        let grouping = Grouping { name: "drift", members: &members };
        let sample = RuleSample::draw(&grouping, &stacked, &names, params.seed, monitor)?;
        let sample = sample.with_categories(&stacked.categories.iter().collect::<Vec<_>>());
        let growth = Growth { min_leaf: (n / LEAF).max(10), ..Growth::default() };
        let tree = sample.learn(&[Some(0), Some(1)], 2, &growth);
        Ok(Some(TwoSample::judged(&tree, n, params.alpha)))
    }

    fn judged(tree: &RuleTree, n: usize, alpha: f64) -> TwoSample {
        let n_held_out = tree.n_held_out;
        let accuracy = tree.accuracy.unwrap_or(0.5);
        let right = (accuracy * n_held_out as f64).round() as u64;
        // A tree of one leaf says the same of everybody and is right by half, rounded.
        let p = match (tree.leaves.len(), right) {
            (0 | 1, _) | (_, 0) => 1.0,
            _ => Binomial::new(0.5, n_held_out as u64).map_or(1.0, |guessed| guessed.sf(right - 1)),
        };
        let is_told = p < alpha && accuracy >= TELLING;
        let groups = || tree.leaves.iter().filter_map(|leaf| group(leaf, tree)).filter(|_| is_told);
        let change = |group: &ChangedGroup| group.now - group.before;
        TwoSample {
            n,
            n_held_out,
            accuracy,
            p,
            verdict: if is_told { Finding::Drifted } else { Finding::None },
            more: groups().filter(|one| change(one) > 0.0).max_by(|a, b| change(a).total_cmp(&change(b))),
            fewer: groups().filter(|one| change(one) < 0.0).min_by(|a, b| change(a).total_cmp(&change(b))),
        }
    }
}

/// The held-out customers of a leaf: their shares of both times.
fn group(leaf: &Leaf, tree: &RuleTree) -> Option<ChangedGroup> {
    let (precision, recall) = (leaf.precision?, leaf.recall?);
    let of_other = (1.0 - precision) * leaf.n_held_out as f64;
    let others = tree.classes[1 - leaf.class].n_held_out;
    let other = if others == 0 { 0.0 } else { of_other / others as f64 };
    let (before, now) = if leaf.class == 1 { (other, recall) } else { (recall, other) };
    Some(ChangedGroup { conditions: leaf.conditions.clone(), before, now })
}

/// As many customers of either sample. One who is in both stands for one time only, which its hash tosses: nobody is compared with
/// himself, and who stayed as he was is as likely in one as in the other.
fn dealt(before: &Sample, now: &Sample) -> [Vec<usize>; 2] {
    let shared = before.shared(now);
    let mut rows = [before.n, now.n].map(|n| vec![true; n]);
    for (i, j) in shared {
        let key = before.keys.as_ref().map_or(0, |keys| keys[i]);
        match key & 1 {
            0 => rows[0][i] = false,
            _ => rows[1][j] = false,
        }
    }
    let mut rows = rows.map(|kept| (0..kept.len()).filter(|&row| kept[row]).collect::<Vec<usize>>());
    let n = rows[0].len().min(rows[1].len());
    rows.iter_mut().for_each(|rows| rows.truncate(n));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refit::drift::example::Customers;

    fn told(before: &Customers, now: &Customers, alpha: f64) -> TwoSample {
        let params = DriftParams { alpha, ..DriftParams::default() };
        let (before, now) = (before.sample(2_000), now.sample(2_000));
        TwoSample::of(&before, &now, &params, &Monitor::silent()).unwrap().unwrap()
    }

    #[test]
    fn what_changed_is_said_in_a_rule() {
        let before = Customers::draw(4_000, 1).with_ids(0..4_000);
        let mut now = Customers::draw(4_000, 2).with_ids(4_000..8_000);
        // A third of the customers is new: old and without orders.
        for i in (0..4_000).step_by(3) {
            now.column("age")[i] = 70.0 + (i % 90) as f64 / 10.0;
            now.column("orders")[i] = 0.0;
        }
        let found = told(&before, &now, 0.001);
        assert_eq!((found.n, found.n_held_out, found.verdict), (2_000, 2_000, Finding::Drifted));
        assert!(found.accuracy > 0.62 && found.p < 1e-10, "{found:?}");
        let more = found.more.unwrap();
        let (en, zh) = (more.text().en, more.text().zh);
        assert!(en.contains("age > ") && zh.starts_with("现在") && more.now > more.before + 0.25, "{en}");
        assert!(found.fewer.unwrap().text().en.contains("age ≤ "));
    }

    #[test]
    fn levels_tell_too() {
        let before = Customers::draw(2_000, 1);
        let mut now = Customers::draw(2_000, 2);
        now.plan.iter_mut().step_by(3).for_each(|plan| *plan = Some("team"));
        let found = told(&before, &now, 0.001);
        assert_eq!(
            found.more.unwrap().text().en.split(" have ").nth(1).unwrap().split(';').next(),
            Some("plan = team")
        );
    }

    #[test]
    fn the_same_customers_cannot_be_told_from_themselves() {
        let customers = Customers::draw(4_000, 1).with_ids(0..4_000);
        let found = told(&customers, &customers, 0.05);
        assert_eq!((found.verdict, found.more, found.fewer), (Finding::None, None, None));
        assert!(found.n > 900 && found.n <= 1_000, "half of each: {}", found.n);
    }

    #[test]
    fn shared_customers_who_change_are_told() {
        let before = Customers::draw(4_000, 1).with_ids(0..4_000);
        let mut now = before.clone();
        now.column("spend").iter_mut().for_each(|x| *x *= 4.0);
        let found = told(&before, &now, 0.001);
        assert!(found.verdict == Finding::Drifted && found.more.unwrap().text().en.contains("spend > "));
    }

    #[test]
    fn quiet_pairs_are_told_apart_no_more_often_than_stated() {
        let alarms = (0..200).filter(|&seed| {
            let (before, now) = (Customers::draw(300, 2 * seed), Customers::draw(300, 2 * seed + 1));
            let shallow = told(&before, &now, 0.05);
            shallow.p < 0.05
        });
        // 5 % of 200 and three standard errors
        let alarms = alarms.count();
        assert!(alarms <= 19, "{alarms}");
    }

    #[test]
    fn the_order_of_the_customers_and_columns_changes_nothing() {
        let before = Customers::draw(1_200, 1).with_ids(0..1_200);
        let mut now = Customers::draw(1_200, 2).with_ids(600..1_800);
        now.column("orders").iter_mut().for_each(|x| *x += 2.0);
        let mut turned = now.shuffled(4);
        turned.columns.reverse();
        assert_eq!(told(&before.shuffled(3), &turned, 0.001), told(&before, &now, 0.001));
    }

    #[test]
    fn too_few_customers_and_no_common_column_are_nothing_to_tell() {
        let of = |before: &Sample, now: &Sample| {
            TwoSample::of(before, now, &DriftParams::default(), &Monitor::silent()).unwrap()
        };
        let (few, many) = (Customers::draw(49, 1).sample(100), Customers::draw(400, 1).sample(100));
        assert_eq!(of(&few, &many), None);
        let other = Sample { columns: Vec::new(), ..many.clone() };
        assert_eq!(of(&many, &other), None);
    }
}
