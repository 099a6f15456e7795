use std::sync::Arc;

use super::cut::{coinciding_cuts, cut_values, known_ascending};
use super::matrix::Axis;
use crate::Warning;
use crate::compare::CompareError;
use crate::config::{Cuts, RfmCuts, TierRule};
use crate::load::{Levels, LoadError, NumericColumns, ascending};
use crate::stats::quantile_of;

/// Tiers that a rule gave.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RuleTiers {
    /// The tier of every table row, under the name of the rule.
    pub levels: Levels,
    /// The tiers that occur, best first.
    pub order: Vec<String>,
    /// The axes of a matrix, x then y; `None` for other rules.
    pub axes: Option<[Axis; 2]>,
    /// What a reader should know, such as quantiles that coincide.
    pub warnings: Vec<Warning>,
}

/// Gives every customer a tier.
///
/// - `abc`: customers in descending order of the column; A while the share of the total before the customer is below the
///   first cut, B below the second, C the rest. Equal values take the tier of the first of them; D is ≤ 0 or missing.
/// - `abcd`: the smaller of the two mid-rank shares (rank − ½)/n of value and loyalty, equal values alike: A above the first
///   cut, B above the second, C above the third, else D; a value of 0 or less is D. A missing value or loyalty gives no tier.
/// - `quantile`: Q1 … Qq by the quantiles of the known values (linear), Qq the highest and best; a customer is above a
///   cut when the value is greater, so equal values share a tier. Missing values give no tier.
/// - `matrix`: the level of x by the level of y, one level higher above every cut; best first by x, then by y: high/high,
///   high/low, low/high, low/low.
/// - `rfm`: three digits, the scores (1 … q, q best) of recency, which counts backwards, frequency and monetary, by
///   quantiles or own cuts; the better tier has the larger sum of digits, then the larger number.
///
/// # Errors
/// [`CompareError::Rule`] when a column does not exist.
///
/// ```
/// use segmint::compare::tiers_by_rule;
/// use segmint::config::TierRule;
/// let columns = vec![("monetary".to_owned(), vec![5.0, 80.0, 15.0, 0.0])];
/// let rule = TierRule::Abc { column: "monetary".to_owned(), cuts: [0.8, 0.95] };
/// let tiers = tiers_by_rule(&rule, &columns)?;
/// let of_row: Vec<_> = (0..4).map(|row| tiers.levels.text(row).unwrap()).collect();
/// assert_eq!(of_row, ["C", "A", "B", "D"]);
/// # Ok::<(), segmint::compare::CompareError>(())
/// ```
pub fn tiers_by_rule(rule: &TierRule, columns: &dyn NumericColumns) -> Result<RuleTiers, CompareError> {
    let mut giving = Giving { rule, columns, warnings: Vec::new() };
    let (scale, axes) = match rule {
        TierRule::Abc { column, cuts } => (Scale::letters(abc(&giving.read(column)?, *cuts)), None),
        TierRule::Abcd { value, loyalty, cuts } => {
            (Scale::letters(abcd(&giving.read(value)?, &giving.read(loyalty)?, *cuts)), None)
        }
        TierRule::Quantile { column, q } => (giving.quantiles(column, *q)?, None),
        TierRule::Matrix { x, y, cut, .. } => {
            let (scale, axes) = giving.matrix([x, y], cut)?;
            (scale, Some(axes))
        }
        TierRule::Rfm { recency, frequency, monetary, q, cuts } => {
            (giving.rfm([recency, frequency, monetary], *q, cuts.as_ref())?, None)
        }
    };
    let Scale { names, codes } = scale;
    let mut occurs = vec![false; names.len()];
    codes.iter().flatten().for_each(|&code| occurs[code] = true);
    let order = names.iter().zip(&occurs).filter(|&(_, &occurs)| occurs).map(|(name, _)| name.clone()).collect();
    let levels = Levels::new(rule.name(), names, codes.into_iter().map(|code| code.map(|code| code as u16)));
    Ok(RuleTiers { levels, order, axes, warnings: giving.warnings })
}

/// The tiers of a rule, best first, and the one of every row.
struct Scale {
    names: Vec<String>,
    codes: Vec<Option<usize>>,
}

impl Scale {
    /// 0 = A … 3 = D.
    fn letters(codes: Vec<Option<usize>>) -> Self {
        Scale { names: ["A", "B", "C", "D"].map(str::to_owned).to_vec(), codes }
    }
}

/// A rule at work.
struct Giving<'a> {
    rule: &'a TierRule,
    columns: &'a dyn NumericColumns,
    warnings: Vec<Warning>,
}

impl Giving<'_> {
    fn read(&self, column: &str) -> Result<Arc<Vec<f64>>, CompareError> {
        let wrong = |source: LoadError| CompareError::Rule { rule: self.rule.name(), source: source.into() };
        self.columns.read(column).map_err(wrong)
    }

    /// [`quantile_scores`], with a warning where fewer than `q` occur.
    fn scores(&mut self, column: &str, values: &[f64], q: usize) -> Vec<Option<usize>> {
        let (scores, distinct) = quantile_scores(values, q);
        if distinct < q && distinct > 0 {
            self.warnings.push(coinciding_cuts(&self.rule.name(), column, q, distinct));
        }
        scores
    }

    fn quantiles(&mut self, column: &str, q: usize) -> Result<Scale, CompareError> {
        let values = self.read(column)?;
        let scores = self.scores(column, &values, q);
        let best_first = scores.into_iter().map(|score| score.map(|score| q - score));
        Ok(Scale { names: (1..=q).rev().map(|score| format!("Q{score}")).collect(), codes: best_first.collect() })
    }

    fn matrix(&self, [x, y]: [&String; 2], cut: &Cuts) -> Result<(Scale, [Axis; 2]), CompareError> {
        let (of_x, of_y) = (self.read(x)?, self.read(y)?);
        let x_axis = Axis { column: x.clone(), cuts: cut_values(&of_x, &cut.x), levels: cut.x.levels() };
        let y_axis = Axis { column: y.clone(), cuts: cut_values(&of_y, &cut.y), levels: cut.y.levels() };
        let name = |(x, y): (usize, usize)| {
            let (x_level, y_level) = (&x_axis.levels[x].en, &y_axis.levels[y].en);
            format!("{} {x_level}, {} {y_level}", x_axis.column, y_axis.column)
        };
        let names = x_axis.cells(&y_axis).into_iter().map(name).collect();
        let cell = |(&x, &y): (&f64, &f64)| Some(x_axis.cell(&y_axis, x_axis.level(x)?, y_axis.level(y)?));
        let codes = of_x.iter().zip(of_y.iter()).map(cell).collect();
        Ok((Scale { names, codes }, [x_axis, y_axis]))
    }

    fn rfm(
        &mut self,
        [recency, frequency, monetary]: [&String; 3],
        q: usize,
        cuts: Option<&RfmCuts>,
    ) -> Result<Scale, CompareError> {
        let backwards: Vec<f64> = self.read(recency)?.iter().map(|days| -days).collect();
        let (f, m) = (self.read(frequency)?, self.read(monetary)?);
        let (names, codes) = match cuts {
            None => {
                let r = self.scores(recency, &backwards, q);
                rfm([r, self.scores(frequency, &f, q), self.scores(monetary, &m, q)], [q; 3])
            }
            Some(own) => {
                let r = scores_within(&backwards, &own.recency);
                let scores = [r, scores_above(&f, &own.frequency), scores_above(&m, &own.monetary)];
                rfm(scores, [own.recency.len() + 1, own.frequency.len() + 1, own.monetary.len() + 1])
            }
        };
        Ok(Scale { names, codes })
    }
}

/// 0 = A … 3 = D.
fn abc(values: &[f64], cuts: [f64; 2]) -> Vec<Option<usize>> {
    let mut descending: Vec<usize> = (0..values.len()).filter(|&row| values[row] > 0.0).collect();
    descending.sort_unstable_by(|&a, &b| values[b].total_cmp(&values[a]));
    let total: f64 = descending.iter().map(|&row| values[row]).sum();
    let mut codes = vec![Some(3); values.len()];
    let mut before = 0.0;
    for equal in descending.chunk_by(|&a, &b| values[a] == values[b]) {
        let code = cuts.iter().filter(|&&cut| before / total >= cut).count();
        for &row in equal {
            codes[row] = Some(code);
            before += values[row];
        }
    }
    codes
}

/// The score of every row, 1 + cuts below the value, and how many different scores there are. The cuts are the quantiles
/// at 1/q … (q−1)/q of the known values, linear between neighbours.
fn quantile_scores(values: &[f64], q: usize) -> (Vec<Option<usize>>, usize) {
    let sorted = known_ascending(values);
    if sorted.is_empty() {
        return (vec![None; values.len()], 0);
    }
    let cuts: Vec<f64> = (1..q).map(|i| quantile_of(&sorted, i, q)).collect();
    let scores = scores_above(values, &cuts);
    let mut seen = vec![false; q + 1];
    scores.iter().flatten().for_each(|&score| seen[score] = true);
    (scores, seen.into_iter().filter(|&seen| seen).count())
}

/// 1 + cuts the value exceeds.
fn scores_above(values: &[f64], cuts: &[f64]) -> Vec<Option<usize>> {
    let score = |value: f64| 1 + cuts.partition_point(|&cut| cut < value);
    values.iter().map(|&value| (!value.is_nan()).then(|| score(value))).collect()
}

/// 1 + cuts the days do not exceed; they are given backwards, and days ≤ cut is as good as −days ≥ −cut.
fn scores_within(backwards: &[f64], cuts: &[f64]) -> Vec<Option<usize>> {
    let score = |x: f64| 1 + cuts.iter().filter(|&&cut| -x <= cut).count();
    backwards.iter().map(|&x| (!x.is_nan()).then(|| score(x))).collect()
}

/// The tiers of three scores, each 1 … its q, best first, and the tier of every row.
fn rfm(scores: [Vec<Option<usize>>; 3], [qr, qf, qm]: [usize; 3]) -> (Vec<String>, Vec<Option<usize>>) {
    let place = |r: usize, f: usize, m: usize| ((r - 1) * qf + f - 1) * qm + m - 1;
    let mut cells: Vec<[usize; 3]> = Vec::with_capacity(qr * qf * qm);
    for r in 1..=qr {
        for f in 1..=qf {
            cells.extend((1..=qm).map(|m| [r, f, m]));
        }
    }
    cells.sort_by_key(|cell| std::cmp::Reverse((cell.iter().sum::<usize>(), *cell)));
    let mut code = vec![0; cells.len()];
    cells.iter().enumerate().for_each(|(i, &[r, f, m])| code[place(r, f, m)] = i);
    let [r, f, m] = scores;
    let tier = |((r, f), m): ((Option<usize>, Option<usize>), Option<usize>)| Some(code[place(r?, f?, m?)]);
    (cells.iter().map(|[r, f, m]| format!("{r}{f}{m}")).collect(), r.into_iter().zip(f).zip(m).map(tier).collect())
}

/// 0 = A … 3 = D.
fn abcd(value: &[f64], loyalty: &[f64], cuts: [f64; 3]) -> Vec<Option<usize>> {
    let (value_share, loyalty_share) = (mid_rank_shares(value), mid_rank_shares(loyalty));
    let tier = |((&value, of_value), of_loyalty): ((&f64, f64), f64)| {
        let weaker = of_value.min(of_loyalty);
        match of_value.is_nan() || of_loyalty.is_nan() {
            true => None,
            false if value <= 0.0 => Some(cuts.len()),
            false => Some(cuts.iter().filter(|&&cut| weaker <= cut).count()),
        }
    };
    value.iter().zip(value_share).zip(loyalty_share).map(tier).collect()
}

/// (mid-rank − ½)/n of every known value, equal values alike; NaN where missing.
fn mid_rank_shares(values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let mut shares = vec![f64::NAN; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&a, &b| values[a as usize] == values[b as usize]) {
        let share = (before as f64 + equal.len() as f64 / 2.0) / order.len() as f64;
        equal.iter().for_each(|&row| shares[row as usize] = share);
        before += equal.len();
    }
    shares
}
