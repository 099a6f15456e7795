//! Columns that follow from others exactly.

use super::copies::Moments;
use super::facts::ColumnFacts;
use crate::Text;

/// Columns up to which dependences are looked for; the cost grows with their cube.
const MAX_COLUMNS: usize = 60;
/// Rows without a gap that are asked for.
const MIN_ROWS: usize = 50;
/// The share of a column's variance that follows from others when all of it does, but for rounding.
const ALL: f64 = 0.9999;
/// How far from a whole coefficient rounding may leave it.
const ROUNDING: f64 = 0.01;

/// How columns depend on one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependenceKind {
    /// The column is the sum of its parts, with any positive factors.
    Sum,
    /// The column and its parts add up to the same in every row, as shares do.
    Constant,
    /// The column is the product of its parts.
    Product,
}

/// A column that follows from others.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependence {
    /// The column; of those that add up to a constant, the first by name.
    pub column: String,
    /// The columns it follows from, in the order of the table.
    pub parts: Vec<String>,
    /// How.
    pub kind: DependenceKind,
    /// The share of its variance, or of that of its logarithm, that the other columns explain.
    pub r_squared: f64,
}

impl Dependence {
    /// It in words, with names as `quoted` writes them.
    pub fn said(&self, quoted: &dyn Fn(&str) -> String) -> Text {
        let column = quoted(&self.column);
        let parts = |sign: &str| self.parts.iter().map(|part| quoted(part)).collect::<Vec<String>>().join(sign);
        match self.kind {
            DependenceKind::Sum => Text::new(
                format!("{column} adds up {} (R² {:.4})", parts(" + "), self.r_squared),
                format!("{column} 是 {} 之和（R² {:.4}）", parts(" + "), self.r_squared),
            ),
            DependenceKind::Constant => Text::new(
                format!("{column} + {} is the same for everybody", parts(" + ")),
                format!("{column} + {} 对每位客户都相同", parts(" + ")),
            ),
            DependenceKind::Product => {
                Text::new(format!("{column} is {}", parts(" × ")), format!("{column} 等于 {}", parts(" × ")))
            }
        }
    }
}

/// What follows from what among `columns`: R² ≥ .9999 over the rows without gaps, of the values or, for products, of the
/// logarithms of the columns that are positive in these rows. By name of the column; none are looked for among more than 60.
pub fn dependences(columns: &[&ColumnFacts]) -> Vec<Dependence> {
    let varying =
        columns.iter().filter_map(|column| Some((column, column.numbers().filter(|facts| facts.min < facts.max)?)));
    let numbers: Vec<(&str, &[f64])> =
        varying.map(|(column, facts)| (column.name.as_str(), facts.compared.as_slice())).collect();
    let n_rows = numbers.iter().map(|(_, values)| values.len()).min().unwrap_or(0);
    let rows: Vec<usize> = (0..n_rows).filter(|&i| numbers.iter().all(|(_, values)| !values[i].is_nan())).collect();
    let taken = numbers.iter().map(|&(name, values)| (name, rows.iter().map(|&i| values[i]).collect()));
    let taken: Vec<(&str, Vec<f64>)> = taken.collect();
    let positive = taken.iter().filter(|(_, values)| values.iter().all(|&x| x > 0.0));
    let logarithms: Vec<(&str, Vec<f64>)> =
        positive.map(|(name, values)| (*name, values.iter().map(|&x| libm::log(x)).collect())).collect();

    let mut found: Vec<Dependence> = fits(&taken).iter().filter_map(Fit::of_values).collect();
    found.extend(fits(&logarithms).iter().filter_map(Fit::of_logarithms));
    found.sort_by(|a, b| a.column.cmp(&b.column));
    found
}

/// A column that is a straight function of others.
struct Fit<'a> {
    column: &'a str,
    /// Those with a part in it, and the coefficient of each.
    parts: Vec<(&'a str, f64)>,
    r_squared: f64,
}

impl Fit<'_> {
    fn of_values(&self) -> Option<Dependence> {
        if self.parts.iter().all(|&(_, coefficient)| coefficient > 0.0) {
            return Some(self.dependence(DependenceKind::Sum));
        }
        // Each of the columns is such a fit of the others.
        let is_first = self.parts.iter().all(|&(part, _)| self.column < part);
        (is_first && self.has_coefficients(-1.0)).then(|| self.dependence(DependenceKind::Constant))
    }

    fn of_logarithms(&self) -> Option<Dependence> {
        self.has_coefficients(1.0).then(|| self.dependence(DependenceKind::Product))
    }

    fn has_coefficients(&self, wanted: f64) -> bool {
        self.parts.iter().all(|&(_, coefficient)| (coefficient - wanted).abs() <= ROUNDING)
    }

    fn dependence(&self, kind: DependenceKind) -> Dependence {
        let parts = self.parts.iter().map(|&(part, _)| part.to_owned()).collect();
        Dependence { column: self.column.to_owned(), parts, kind, r_squared: self.r_squared.min(1.0) }
    }
}

/// The columns that are straight functions of at least two others.
fn fits<'a>(columns: &[(&'a str, Vec<f64>)]) -> Vec<Fit<'a>> {
    let d = columns.len();
    if !(3..=MAX_COLUMNS).contains(&d) || columns[0].1.len() < MIN_ROWS.max(10 * d) {
        return Vec::new();
    }
    let mut correlations = vec![vec![0.0; d]; d];
    let mut deviations = vec![0.0; d];
    for i in 0..d {
        for j in 0..=i {
            let moments = Moments::of(&columns[i].1, &columns[j].1);
            deviations[i] = moments.xx.sqrt();
            let r = if i == j { 1.0 } else { moments.correlation() };
            if !r.is_finite() {
                return Vec::new();
            }
            (correlations[i][j], correlations[j][i]) = (r, r);
        }
        // Keeps exact dependences invertible, and is far below what R² is asked to show.
        correlations[i][i] += 1e-9;
    }
    let Some(inverse) = inverse(correlations) else { return Vec::new() };
    let fit = |j: usize| {
        // In standard deviations: what one of another column adds to this one.
        let share = |i: usize| -inverse[j][i] / inverse[j][j];
        let parts = (0..d).filter(|&i| i != j && share(i).abs() >= 0.01);
        let parts = parts.map(|i| (columns[i].0, share(i) * deviations[j] / deviations[i])).collect();
        Fit { column: columns[j].0, parts, r_squared: 1.0 - 1.0 / inverse[j][j] }
    };
    (0..d).map(fit).filter(|fit| fit.r_squared >= ALL && fit.parts.len() >= 2).collect()
}

/// The inverse by Gauss and Jordan with the largest pivot; `None` when there is none.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let d = matrix.len();
    let mut inverse: Vec<Vec<f64>> = (0..d).map(|i| (0..d).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for column in 0..d {
        let pivot = (column..d).max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        if matrix[pivot][column].abs() < 1e-12 {
            return None;
        }
        matrix.swap(column, pivot);
        inverse.swap(column, pivot);
        let by = matrix[column][column];
        for x in matrix[column].iter_mut().chain(inverse[column].iter_mut()) {
            *x /= by;
        }
        for row in (0..d).filter(|&row| row != column) {
            let factor = matrix[row][column];
            if factor != 0.0 {
                for i in 0..d {
                    matrix[row][i] -= factor * matrix[column][i];
                    inverse[row][i] -= factor * inverse[column][i];
                }
            }
        }
    }
    Some(inverse)
}
