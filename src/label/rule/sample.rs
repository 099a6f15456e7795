use std::sync::Arc;

use super::grow::{Growth, grow};
use super::rows::Rows;
use super::tree::RuleTree;
use crate::label::LabelError;
use crate::load::{IN_FLIGHT, Levels, NumericColumns, WhyMissing, ascending, in_rounds};
use crate::monitor::Monitor;
use crate::random::sample_rows;

/// Customers to learn from, and as many to hold the result against.
const MOST_ROWS: usize = 20_000;

/// A grouping of the customers of a table, such as the clusters of a clustering.
#[derive(Clone, Copy)]
pub struct Grouping<'a> {
    /// The name of its random stream.
    pub name: &'a str,
    /// The table rows of every group; who is drawn depends on their order, so it had better be that of the matrix.
    pub members: &'a [Vec<u32>],
}

/// Customers of every group, some to learn from and others to hold the result against.
pub struct RuleSample {
    names: Vec<String>,
    pub(super) learned: Rows,
    pub(super) held_out: Rows,
}

impl RuleSample {
    /// Draws the customers and reads the columns `names` of them, two columns at a time.
    ///
    /// At most 40,000 customers: small groups whole, large ones equally, each row weighted by the customers it stands
    /// for. Half of every group is learned from, the other half held out. Who is drawn, and for which half, depends on
    /// seed, name of the grouping, group and place in the group alone.
    ///
    /// Cost: one pass over every column and a sort of its drawn values.
    ///
    /// # Errors
    /// When a column cannot be read, or the monitor says so.
    pub fn draw(
        grouping: &Grouping<'_>,
        columns: &dyn NumericColumns,
        names: &[String],
        seed: u64,
        monitor: &Monitor,
    ) -> Result<RuleSample, LabelError> {
        let mut sample = RuleSample::choose(grouping, names, seed);
        let values = in_rounds(names, IN_FLIGHT, |_, name| -> Result<([Vec<f64>; 2], bool), LabelError> {
            monitor.check()?;
            let column = columns.read(name)?;
            let drawn = [&sample.learned, &sample.held_out].map(|side| values_at(&side.rows, &column));
            let is_no_number =
                |&x: &f64| matches!(WhyMissing::of(x), Some(WhyMissing::NotANumber | WhyMissing::Infinite));
            Ok((drawn, column.iter().any(is_no_number)))
        })?;
        for (name, ([learned, held_out], not_finite)) in names.iter().zip(values) {
            sample.learned.not_finite.push(not_finite);
            sample.learned.spoken.push(columns.spoken(name));
            sample.learned.order.push(ascending(&learned));
            sample.learned.columns.push(learned);
            sample.held_out.columns.push(held_out);
            sample.learned.levels.push(None);
            sample.held_out.levels.push(None);
        }
        Ok(sample)
    }

    /// The sample with categories behind its columns.
    pub fn with_categories(mut self, categories: &[&Levels]) -> RuleSample {
        for category in categories {
            self.names.push(category.name().to_owned());
            let levels: Arc<[String]> = category.levels().into();
            for side in [&mut self.learned, &mut self.held_out] {
                let code = |&row: &u32| category.code(row as usize).map_or(f64::NAN, |code| code as f64);
                let codes: Vec<f64> = side.rows.iter().map(code).collect();
                side.order.push(ascending(&codes));
                side.columns.push(codes);
                side.levels.push(Some(Arc::clone(&levels)));
                side.not_finite.push(false);
                side.spoken.push(None);
            }
        }
        self
    }

    /// The customers of a sample, without their values.
    fn choose(grouping: &Grouping<'_>, names: &[String], seed: u64) -> RuleSample {
        let sizes: Vec<usize> = grouping.members.iter().map(Vec::len).collect();
        let (mut learned, mut held_out) = (Rows::new(), Rows::new());
        for (group, (members, wanted)) in grouping.members.iter().zip(allotments(&sizes, 2 * MOST_ROWS)).enumerate() {
            let drawn = sample_rows(members.len(), wanted, seed, &format!("rule/{}/{group}", grouping.name));
            let half = sample_rows(
                drawn.len(),
                drawn.len().div_ceil(2),
                seed,
                &format!("rule/{}/{group}/half", grouping.name),
            );
            let mut is_learned = vec![false; drawn.len()];
            half.iter().for_each(|&i| is_learned[i as usize] = true);
            let row = |i: &usize| members[drawn[*i] as usize];
            let side = |learned: bool| (0..drawn.len()).filter(move |&i| is_learned[i] == learned);
            learned.add(group, members.len(), side.clone()(true).map(|i| row(&i)));
            held_out.add(group, members.len(), side(false).map(|i| row(&i)));
        }
        RuleSample { names: names.to_vec(), learned, held_out }
    }

    /// Grows a tree that tells `n_classes` classes apart and measures it among the held-out customers.
    ///
    /// `class_of_group` says of which class a group is; `None` leaves it out, so that several questions can be asked of
    /// one sample. Cost: O(rows · columns) a level.
    ///
    /// # Panics
    /// When a group has no entry or a class is not below `n_classes`.
    pub fn learn(&self, class_of_group: &[Option<usize>], n_classes: usize, growth: &Growth) -> RuleTree {
        assert_eq!(class_of_group.len(), self.learned.weight.len(), "one class a group");
        let leaves = grow(&self.learned, &self.names, class_of_group, n_classes, growth);
        RuleTree::measured(leaves, &self.held_out, &self.names, class_of_group, n_classes)
    }
}

/// What `column` has in `rows` of the table.
fn values_at(rows: &[u32], column: &[f64]) -> Vec<f64> {
    rows.iter().map(|&row| column[row as usize]).collect()
}

/// How many of each group are drawn: all of the small ones, the others alike, `most` together.
fn allotments(sizes: &[usize], most: usize) -> Vec<usize> {
    let mut ascending: Vec<usize> = (0..sizes.len()).collect();
    ascending.sort_by_key(|&group| sizes[group]);
    let mut wanted = vec![0; sizes.len()];
    let mut left = most;
    for (done, &group) in ascending.iter().enumerate() {
        wanted[group] = sizes[group].min(left / (sizes.len() - done));
        left -= wanted[group];
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::super::rows::UNIT;
    use super::*;

    #[test]
    fn small_groups_are_drawn_whole_and_large_ones_alike() {
        assert_eq!(allotments(&[1000, 3, 500], 103), [50, 3, 50]);
        assert_eq!(allotments(&[4, 3, 5], 100), [4, 3, 5]);
        assert_eq!(allotments(&[], 100), [0; 0]);
    }

    #[test]
    fn the_halves_share_nobody_and_stand_for_everybody() {
        let n = 100_000_u32;
        let in_some = |rare: bool| (0..n).filter(|row| row % 10 < 9 && (row % 500 == 0) == rare).collect::<Vec<u32>>();
        let grouping = Grouping { name: "test", members: &[in_some(false), in_some(true)] };
        let columns = vec![("row".to_owned(), (0..n).map(f64::from).collect::<Vec<f64>>())];
        let sample = RuleSample::draw(&grouping, &columns, &["row".to_owned()], 1, &Monitor::silent()).unwrap();
        let mut seen: Vec<f64> = sample.learned.columns[0].iter().chain(&sample.held_out.columns[0]).copied().collect();
        assert_eq!(seen.len(), 2 * MOST_ROWS);
        seen.sort_by(f64::total_cmp);
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
        for side in [&sample.learned, &sample.held_out] {
            let total: u64 = side.group.iter().map(|&group| side.weight[group as usize]).sum();
            assert!((total as f64 / UNIT / (0.9 * f64::from(n)) - 1.0).abs() < 1e-5);
            assert_eq!(side.group.iter().filter(|&&group| group == 1).count(), 100);
        }
    }
}
