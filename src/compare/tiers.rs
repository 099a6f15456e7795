use super::CompareError;
use crate::config::{Cut, TierRule};
use crate::load::{Levels, NumericColumns};
use crate::{Text, Warning};

/// Tiers that a rule gave.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleTiers {
    /// The tier of every table row, under the name of the rule.
    pub levels: Levels,
    /// The tiers that occur, best first.
    pub order: Vec<String>,
    /// What a reader should know, such as quantiles that coincide.
    pub warnings: Vec<Warning>,
}

/// Gives every customer a tier.
///
/// - `abc`: customers in descending order of the column; A while the share of the total before the customer is below the
///   first cut, B below the second, C the rest. Equal values take the tier of the first of them; D is ≤ 0 or missing.
/// - `quantile`: Q1 … Qq by the quantiles of the known values (linear), Qq the highest and best; a customer is above a
///   cut when the value is greater, so equal values share a tier. Missing values give no tier.
/// - `matrix`: high or low in x and in y, high = above the cut; best first high/high, high/low, low/high, low/low.
/// - `rfm`: three digits, the quantile scores (1 … q, q best) of recency, which counts backwards, frequency and monetary;
///   the better tier has the larger sum of digits, then the larger number.
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
    let read = |column: &str| {
        columns.read(column).map_err(|source| CompareError::Rule { rule: rule.name(), source: source.into() })
    };
    let mut warnings = Vec::new();
    let mut score = |column: &str, values: &[f64], q: usize| {
        let (scores, distinct) = quantile_scores(values, q);
        if distinct < q && distinct > 0 {
            warnings.push(coinciding_cuts(&rule.name(), column, q, distinct));
        }
        scores
    };
    let (names, codes): (Vec<String>, Vec<Option<usize>>) = match rule {
        TierRule::Abc { column, cuts } => {
            (["A", "B", "C", "D"].map(str::to_owned).to_vec(), abc(&read(column)?, *cuts))
        }
        TierRule::Quantile { column, q } => {
            let scores = score(column, &read(column)?, *q);
            let best_first = scores.into_iter().map(|score| score.map(|score| q - score));
            ((1..=*q).rev().map(|score| format!("Q{score}")).collect(), best_first.collect())
        }
        TierRule::Matrix { x, y, cut } => {
            let (low_x, low_y) = (low(&read(x)?, cut.x), low(&read(y)?, cut.y));
            let both = low_x.into_iter().zip(low_y);
            let quadrant = |(x, y): (Option<usize>, Option<usize>)| Some(2 * x? + y?);
            let name = |x_is: &str, y_is: &str| format!("{x} {x_is}, {y} {y_is}");
            let names = vec![name("high", "high"), name("high", "low"), name("low", "high"), name("low", "low")];
            (names, both.map(quadrant).collect())
        }
        TierRule::Rfm { recency, frequency, monetary, q } => {
            let backwards: Vec<f64> = read(recency)?.iter().map(|days| -days).collect();
            let r = score(recency, &backwards, *q);
            let f = score(frequency, &read(frequency)?, *q);
            let m = score(monetary, &read(monetary)?, *q);
            let mut cells: Vec<[usize; 3]> =
                (0..q * q * q).map(|i| [1 + i / (q * q), 1 + i / q % q, 1 + i % q]).collect();
            cells.sort_by_key(|cell| std::cmp::Reverse((cell.iter().sum::<usize>(), *cell)));
            let mut code = vec![0; q * q * q];
            cells.iter().enumerate().for_each(|(i, &[r, f, m])| code[((r - 1) * q + f - 1) * q + m - 1] = i);
            let scores = r.into_iter().zip(f).zip(m);
            let of_customer = |((r, f), m): ((Option<usize>, Option<usize>), Option<usize>)| {
                Some(code[((r? - 1) * q + f? - 1) * q + m? - 1])
            };
            (cells.iter().map(|[r, f, m]| format!("{r}{f}{m}")).collect(), scores.map(of_customer).collect())
        }
    };
    let mut occurs = vec![false; names.len()];
    codes.iter().flatten().for_each(|&code| occurs[code] = true);
    let order = names.iter().zip(&occurs).filter(|&(_, &occurs)| occurs).map(|(name, _)| name.clone()).collect();
    let levels = Levels::new(rule.name(), names, codes.into_iter().map(|code| code.map(|code| code as u16)));
    Ok(RuleTiers { levels, order, warnings })
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
    let cuts: Vec<f64> = (1..q).map(|i| quantile(&sorted, i, q)).collect();
    let score = |&value: &f64| (!value.is_nan()).then(|| 1 + cuts.partition_point(|&cut| cut < value));
    let scores: Vec<Option<usize>> = values.iter().map(score).collect();
    let mut seen = vec![false; q + 1];
    scores.iter().flatten().for_each(|&score| seen[score] = true);
    (scores, seen.into_iter().filter(|&seen| seen).count())
}

/// 0 = above the cut, 1 = not.
fn low(values: &[f64], cut: Cut) -> Vec<Option<usize>> {
    let sorted = known_ascending(values);
    let cut = match cut {
        _ if sorted.is_empty() => return vec![None; values.len()],
        Cut::Median => quantile(&sorted, 1, 2),
        Cut::Mean => sorted.iter().sum::<f64>() / sorted.len() as f64,
        Cut::Quantile(share) => {
            let place = share * (sorted.len() - 1) as f64;
            between(sorted[place.floor() as usize], sorted[place.ceil() as usize], place.fract())
        }
        Cut::At(value) => value,
    };
    values.iter().map(|&value| (!value.is_nan()).then(|| usize::from(value <= cut))).collect()
}

fn known_ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The quantile at i/q, its place found in whole numbers so that a cut on a value is that value.
fn quantile(sorted: &[f64], i: usize, q: usize) -> f64 {
    let place = i * (sorted.len() - 1);
    between(sorted[place / q], sorted[place.div_ceil(q)], (place % q) as f64 / q as f64)
}

fn between(below: f64, above: f64, part: f64) -> f64 {
    below + (above - below) * part
}

fn coinciding_cuts(rule: &str, column: &str, q: usize, distinct: usize) -> Warning {
    let message = Text::new(
        format!("tier rule {rule}: the quantiles of {column:?} coincide, {distinct} of {q} scores occur"),
        format!("等级规则 {rule}：“{column}”的分位点重合，{q} 个分值只出现 {distinct} 个"),
    );
    Warning::new("tier_cuts_coincide", message)
        .with("rule", rule)
        .with("column", column)
        .with("wanted", q)
        .with("found", distinct)
}
