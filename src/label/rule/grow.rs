use rayon::prelude::*;

use super::condition::{RuleCondition, readable_between};
use super::rows::Rows;

/// How far a tree grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Conditions from root to leaf at most.
    pub max_depth: usize,
    /// Sampled customers in a leaf at least.
    pub min_leaf: usize,
    /// The part of the whole impurity that a split removes at least.
    pub min_gain: f64,
    /// Whether every class counts alike when the tree is grown, so that a rare class is told apart too; what is measured
    /// always counts customers.
    pub balanced: bool,
}

impl Default for Growth {
    fn default() -> Self {
        Growth { max_depth: 3, min_leaf: 10, min_gain: 0.01, balanced: false }
    }
}

/// Leaves as (conditions, class, rows). Greedy: every node is split where the Gini impurity falls most, Σ over the sides of
/// W(1 − Σ p_c²); ties go to the first column, then to the lower threshold. A threshold lies between two neighbouring
/// values and has the fewest digits that part them; of a category one level is parted from the others. Missing values go where the impurity falls more; when the node has
/// none but the sample has, to the heavier side; when the sample has none, to neither. Two leaves of a split that
/// come to the same class become one.
///
/// All sums are of whole numbers, so the order of the rows changes nothing.
///
/// Source: Breiman, Friedman, Olshen and Stone (1984), "Classification and Regression Trees".
pub(super) fn grow(
    rows: &Rows,
    names: &[String],
    class_of_group: &[Option<usize>],
    n_classes: usize,
    growth: &Growth,
) -> Vec<(Vec<RuleCondition>, usize, usize)> {
    let class: Vec<Option<usize>> = rows.group.iter().map(|&group| class_of_group[group as usize]).collect();
    let known = |row: &u32| class[*row as usize].is_some();
    let members: Vec<u32> = (0..rows.len() as u32).filter(known).collect();
    let order = rows.order.iter().map(|order| order.iter().copied().filter(known).collect()).collect();
    let mut weight: Vec<u64> =
        class_of_group.iter().zip(&rows.weight).map(|(class, &w)| class.map_or(0, |_| w)).collect();
    let masses = |weight: &[u64]| {
        let mut mass = vec![0u64; n_classes];
        rows.group.iter().zip(&class).for_each(|(&group, class)| {
            if let Some(class) = class {
                mass[*class] += weight[group as usize];
            }
        });
        mass
    };
    if growth.balanced {
        let mass = masses(&weight);
        let all: u64 = mass.iter().sum();
        for (weight, class) in weight.iter_mut().zip(class_of_group) {
            if let Some(class) = class.filter(|&class| mass[class] > 0) {
                *weight = (*weight as f64 * (all as f64 / mass[class] as f64)).round() as u64;
            }
        }
    }
    let mass = masses(&weight);
    let missing_seen =
        rows.columns.iter().map(|column| members.iter().any(|&row| column[row as usize].is_nan())).collect();
    let tree = Tree { rows, names, class, weight, missing_seen, growth, whole: impurity(&mass) };
    let root = Node { members, order, mass };
    tree.leaves(root, Vec::new(), growth.max_depth)
}

/// What every node needs.
struct Tree<'a> {
    rows: &'a Rows,
    names: &'a [String],
    class: Vec<Option<usize>>,
    /// Per group.
    weight: Vec<u64>,
    /// Per column, whether anybody misses a value.
    missing_seen: Vec<bool>,
    growth: &'a Growth,
    whole: f64,
}

/// Some of the rows: all of them, by column in ascending order of observed values, and their mass by class.
struct Node {
    members: Vec<u32>,
    order: Vec<Vec<u32>>,
    mass: Vec<u64>,
}

struct Split {
    column: usize,
    /// The highest value of the low side; of a category the level that is the low side.
    threshold: f64,
    missing_low: Option<bool>,
    gain: f64,
}

impl Tree<'_> {
    fn leaves(&self, node: Node, path: Vec<RuleCondition>, depth: usize) -> Vec<(Vec<RuleCondition>, usize, usize)> {
        let class = heaviest(&node.mass);
        let split = if depth == 0 { None } else { self.best_split(&node) };
        let Some(split) = split else { return vec![(path, class, node.members.len())] };
        let n = node.members.len();
        let (low, high) = self.divide(node, &split);
        let level = self.rows.levels[split.column].as_ref().map(|levels| levels[split.threshold as usize].clone());
        let end = Some(split.threshold).filter(|_| level.is_none());
        let condition = |is_low: bool| RuleCondition {
            column: self.names[split.column].clone(),
            above: end.filter(|_| !is_low),
            at_most: end.filter(|_| is_low),
            missing: split.missing_low == Some(is_low),
            level: level.clone().filter(|_| is_low),
            not_levels: level.clone().filter(|_| !is_low).into_iter().collect(),
            not_finite: self.rows.not_finite[split.column],
            spoken: self.rows.spoken[split.column].clone(),
        };
        let mut leaves = self.leaves(low, with(&path, condition(true)), depth - 1);
        leaves.extend(self.leaves(high, with(&path, condition(false)), depth - 1));
        match leaves.as_slice() {
            [(_, a, _), (_, b, _)] if a == b => vec![(path, *a, n)],
            _ => leaves,
        }
    }

    fn best_split(&self, node: &Node) -> Option<Split> {
        let before = impurity(&node.mass);
        let columns = (0..node.order.len()).into_par_iter();
        let found: Vec<Option<Split>> = columns.map(|column| self.best_of_column(node, column, before)).collect();
        let best = found.into_iter().flatten().reduce(|best, split| if split.gain > best.gain { split } else { best });
        best.filter(|split| split.gain > 0.0 && split.gain >= self.growth.min_gain * self.whole)
    }

    fn best_of_column(&self, node: &Node, column: usize, before: f64) -> Option<Split> {
        let values = &self.rows.columns[column];
        let observed = &node.order[column];
        let mut missing = node.mass.clone();
        observed.iter().for_each(|&row| missing[self.class_of(row)] -= self.weight_of(row));
        let n_missing = node.members.len() - observed.len();
        let is_category = self.rows.levels[column].is_some();
        let mut low = vec![0u64; node.mass.len()];
        let mut sides = [vec![0u64; node.mass.len()], vec![0u64; node.mass.len()]];
        // Beside the best split the lowest value of its high side.
        let (mut n_observed_low, mut best): (usize, Option<(Split, f64)>) = (0, None);
        // Of a category the last level may be the low side too; of a number somebody must be above.
        let end = observed.len() + usize::from(is_category);
        for i in 1..end {
            let row = observed[i - 1];
            low[self.class_of(row)] += self.weight_of(row);
            n_observed_low += 1;
            let (below, above) =
                (values[row as usize], observed.get(i).map_or(f64::INFINITY, |&row| values[row as usize]));
            if below == above {
                continue;
            }
            for missing_low in if n_missing > 0 { &[true, false][..] } else { &[false][..] } {
                let with_missing = usize::from(*missing_low) * n_missing;
                let n_low = n_observed_low + with_missing;
                if n_low < self.growth.min_leaf || node.members.len() - n_low < self.growth.min_leaf {
                    continue;
                }
                let [low_side, high_side] = &mut sides;
                for class in 0..node.mass.len() {
                    low_side[class] = low[class] + u64::from(*missing_low) * missing[class];
                    high_side[class] = node.mass[class] - low_side[class];
                }
                let gain = before - impurity(low_side) - impurity(high_side);
                if best.as_ref().is_none_or(|(best, _)| gain > best.gain) {
                    let missing_low = match (n_missing > 0, self.missing_seen[column]) {
                        (true, _) => Some(*missing_low),
                        (false, true) => Some(low_side.iter().sum::<u64>() >= high_side.iter().sum()),
                        (false, false) => None,
                    };
                    best = Some((Split { column, threshold: below, missing_low, gain }, above));
                }
            }
            if is_category {
                low.fill(0);
                n_observed_low = 0;
            }
        }
        best.map(|(split, above)| match is_category {
            true => split,
            false => Split { threshold: readable_between(split.threshold, above), ..split },
        })
    }

    fn divide(&self, node: Node, split: &Split) -> (Node, Node) {
        let values = &self.rows.columns[split.column];
        let is_category = self.rows.levels[split.column].is_some();
        let is_low = |row: &u32| match values[*row as usize] {
            value if value.is_nan() => split.missing_low == Some(true),
            value if is_category => value == split.threshold,
            value => value <= split.threshold,
        };
        let side = |rows: &[u32]| -> (Vec<u32>, Vec<u32>) { rows.iter().partition(|row| is_low(row)) };
        let (low_members, high_members) = side(&node.members);
        let (low_order, high_order) = node.order.iter().map(|rows| side(rows)).unzip();
        let mut low_mass = vec![0u64; node.mass.len()];
        low_members.iter().for_each(|&row| low_mass[self.class_of(row)] += self.weight_of(row));
        let high_mass = node.mass.iter().zip(&low_mass).map(|(all, low)| all - low).collect();
        (
            Node { members: low_members, order: low_order, mass: low_mass },
            Node { members: high_members, order: high_order, mass: high_mass },
        )
    }

    fn class_of(&self, row: u32) -> usize {
        self.class[row as usize].expect("rows without a class are in no node")
    }

    fn weight_of(&self, row: u32) -> u64 {
        self.weight[self.rows.group[row as usize] as usize]
    }
}

/// W(1 − Σ p_c²).
fn impurity(mass: &[u64]) -> f64 {
    let all: u64 = mass.iter().sum();
    if all == 0 {
        return 0.0;
    }
    let squares: f64 = mass.iter().map(|&m| m as f64 * (m as f64 / all as f64)).sum();
    all as f64 - squares
}

/// The class with the largest mass, the first of equal ones.
fn heaviest(mass: &[u64]) -> usize {
    (0..mass.len()).max_by_key(|&class| (mass[class], std::cmp::Reverse(class))).unwrap_or(0)
}

/// A path with one more condition, joined with an earlier one on the same column.
fn with(path: &[RuleCondition], condition: RuleCondition) -> Vec<RuleCondition> {
    let mut longer = path.to_vec();
    match longer.iter_mut().find(|earlier| earlier.column == condition.column) {
        Some(earlier) => *earlier = earlier.and(&condition),
        None => longer.push(condition),
    }
    longer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::label::rule::conjunction;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|j| format!("x{j}")).collect()
    }

    fn texts(leaves: &[(Vec<RuleCondition>, usize, usize)]) -> Vec<(String, usize)> {
        leaves.iter().map(|(conditions, class, _)| (conjunction(conditions).en, *class)).collect()
    }

    /// The leaves for classes that are the groups, every row counting once.
    fn leaves(columns: Vec<Vec<f64>>, group: Vec<u32>, growth: &Growth) -> Vec<(Vec<RuleCondition>, usize, usize)> {
        let n_classes = group.iter().max().map_or(0, |&g| g as usize + 1);
        let classes: Vec<Option<usize>> = (0..n_classes).map(Some).collect();
        let names = names(columns.len());
        grow(&Rows::given(columns, group, vec![65_536; n_classes]), &names, &classes, n_classes, growth)
    }

    #[test]
    fn planted_boxes_are_found() {
        let (mut x, mut y, mut class) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..40 {
            for j in 0..40 {
                x.push(f64::from(i));
                y.push(f64::from(j) * 10.0);
                class.push(if i >= 25 { 2 } else { u32::from((10..30).contains(&j)) });
            }
        }
        let found = leaves(vec![x, y], class, &Growth::default());
        let expected =
            [("x0 ≤ 24 and x1 ≤ 90", 0), ("x0 ≤ 24 and 90 < x1 ≤ 290", 1), ("x0 ≤ 24 and x1 > 290", 0), ("x0 > 24", 2)];
        let mut found = texts(&found);
        found.sort();
        let mut expected = expected.map(|(text, class)| (text.to_owned(), class));
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn constants_and_single_classes_are_one_leaf_for_everybody() {
        let everybody = [("everybody".to_owned(), 0)];
        assert_eq!(
            texts(&leaves(vec![vec![7.0; 100]], (0..100).map(|i| u32::from(i > 60)).collect(), &Growth::default())),
            everybody
        );
        assert_eq!(
            texts(&leaves(vec![(0..100).map(f64::from).collect()], vec![0; 100], &Growth::default())),
            everybody
        );
        assert_eq!(
            texts(&leaves(
                vec![vec![f64::NAN; 100]],
                (0..100).map(|i| u32::from(i > 60)).collect(),
                &Growth::default()
            )),
            everybody
        );
    }

    #[test]
    fn equal_values_stay_together() {
        // Of the customers with x = 1 half are of each class; no threshold may part them.
        let x: Vec<f64> = (0..300).map(|i| f64::from(i / 100)).collect();
        let class: Vec<u32> = (0..300).map(|i| u32::from(i >= 150)).collect();
        for (conditions, _, n) in leaves(vec![x], class, &Growth { max_depth: 2, ..Growth::default() }) {
            assert!([100, 200, 300].contains(&n), "{conditions:?} {n}");
        }
    }

    #[test]
    fn missing_values_go_where_they_belong_and_nowhere_when_never_seen() {
        let x: Vec<f64> = (0..200).map(|i| if i % 4 == 0 { f64::NAN } else { f64::from(i) }).collect();
        let class: Vec<u32> = (0..200).map(|i| u32::from(i % 4 == 0 || i >= 120)).collect();
        let found = leaves(vec![x], class.clone(), &Growth::default());
        assert_eq!(texts(&found), [("x0 ≤ 120".to_owned(), 0), ("x0 > 120 or missing".to_owned(), 1)]);
        let found = leaves(
            vec![(0..200).map(f64::from).collect()],
            (0..200).map(|i| u32::from(i >= 120)).collect(),
            &Growth::default(),
        );
        assert!(found.iter().all(|(conditions, ..)| !conditions[0].holds(f64::NAN)));
    }

    #[test]
    fn a_rare_class_is_told_apart_when_classes_count_alike() {
        // 5 % of the customers above 90 are of class 1, nobody below.
        let x: Vec<f64> = (0..4000).map(|i| f64::from(i % 100)).collect();
        let class: Vec<u32> = (0..4000).map(|i| u32::from(i % 100 > 90 && i / 100 % 20 == 0)).collect();
        assert_eq!(texts(&leaves(vec![x.clone()], class.clone(), &Growth::default())), [("everybody".to_owned(), 0)]);
        let balanced = Growth { balanced: true, ..Growth::default() };
        assert_eq!(texts(&leaves(vec![x], class, &balanced)), [("x0 ≤ 90".to_owned(), 0), ("x0 > 90".to_owned(), 1)]);
    }

    proptest! {
        #[test]
        fn the_order_of_the_rows_changes_nothing(
            rows in prop::collection::vec((0u8..12, 0u8..40, 0u32..3), 30..200),
            seed in any::<u64>(),
        ) {
            let mut shuffled = rows.clone();
            // a fixed shuffle of the case
            for i in (1..shuffled.len()).rev() {
                let j = (seed.wrapping_mul(i as u64 * 2 + 1) >> 17) as usize % (i + 1);
                shuffled.swap(i, j);
            }
            let of = |rows: &[(u8, u8, u32)]| {
                let value = |x: u8| if x == 0 { f64::NAN } else { f64::from(x) };
                let columns = vec![rows.iter().map(|r| value(r.0)).collect(), rows.iter().map(|r| f64::from(r.1)).collect()];
                let group: Vec<u32> = rows.iter().map(|r| r.2).collect();
                let sample = Rows::given(columns, group, vec![70_001, 131_072, 99_999]);
                grow(&sample, &names(2), &[Some(0), Some(1), Some(2)], 3, &Growth { min_leaf: 3, ..Growth::default() })
            };
            prop_assert_eq!(of(&rows), of(&shuffled));
        }

        #[test]
        fn exactly_one_leaf_holds_for_every_row(
            rows in prop::collection::vec((0u8..9, 0u8..30, 0u32..3), 30..200),
        ) {
            let value = |x: u8| if x == 0 { f64::NAN } else { f64::from(x) };
            let columns = vec![rows.iter().map(|r| value(r.0)).collect::<Vec<f64>>(), rows.iter().map(|r| f64::from(r.1)).collect()];
            let group: Vec<u32> = rows.iter().map(|r| r.2).collect();
            let sample = Rows::given(columns.clone(), group, vec![65_536; 3]);
            let found = grow(&sample, &names(2), &[Some(0), Some(1), Some(2)], 3, &Growth { min_leaf: 2, min_gain: 0.0, ..Growth::default() });
            let mut members = vec![0; found.len()];
            for row in 0..rows.len() {
                let holds = |conditions: &[RuleCondition]| conditions.iter().all(|c| c.holds(columns[usize::from(c.column == "x1")][row]));
                let leaf: Vec<usize> = (0..found.len()).filter(|&leaf| holds(&found[leaf].0)).collect();
                prop_assert_eq!(leaf.len(), 1, "{:?}", found);
                members[leaf[0]] += 1;
            }
            prop_assert_eq!(members, found.iter().map(|(_, _, n)| *n).collect::<Vec<_>>());
        }
    }
}
