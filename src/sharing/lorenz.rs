use super::Screen;
use crate::load::NumericAudit;

/// Points of a Lorenz curve left out between two that are shared, at least: more cannot be told apart with a pointer.
const STEP: usize = 5;

/// How unequal the money is spread.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedLorenz {
    /// The money column.
    pub column: String,
    /// (share of the customers, poorest first; their share of the money), to three digits, at least a cell of customers between any two.
    pub points: Vec<(f64, f64)>,
    /// The Gini coefficient, to two digits.
    pub gini: f64,
}

impl SharedLorenz {
    pub(super) fn of(screen: &Screen<'_>) -> Option<Self> {
        let lorenz = screen.run.charts.lorenz.as_ref()?;
        let input = &screen.run.record.input;
        // The curve is of those whose value is known.
        let column = input.audit.numeric.iter().find(|column| column.name == lorenz.column);
        let n = input.n_customers.saturating_sub(column.map_or(0, NumericAudit::n_missing));
        let mut points = in_steps(&lorenz.points, n as u64, screen.rules.min_cell);
        // What the best bring must not be what one of them does.
        let total = screen.run.labelled.value.unwrap_or(0.0);
        while let [.., (_, before), (_, all)] = points[..]
            && screen.is_one_customers(&lorenz.column, (all - before) * total)
        {
            points.remove(points.len() - 2);
        }
        Some(SharedLorenz {
            column: lorenz.column.clone(),
            points: in_steps(&lorenz.points, n as u64, screen.rules.min_cell)
                .into_iter()
                .map(|(x, y)| (to(3, x), to(3, y)))
                .collect(),
            gini: to(2, lorenz.gini),
        })
    }
}

/// A figure to so many digits.
pub(super) fn to(digits: i32, figure: f64) -> f64 {
    let steps = 10_f64.powi(digits);
    (figure * steps).round() / steps
}

/// Points of a curve over shares of `n` customers, so far apart that at least `min_cell` customers lie between any two: what one
/// of them adds to the other is the money of these customers.
fn in_steps(points: &[(f64, f64)], n: u64, min_cell: u64) -> Vec<(f64, f64)> {
    let Some((&last, rest)) = points.split_last() else { return Vec::new() };
    let far = |a: f64, b: f64| ((b - a) * n as f64).round() as u64 >= min_cell;
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for &point in rest.iter().step_by(STEP) {
        if kept.last().is_none_or(|kept| far(kept.0, point.0)) && far(point.0, last.0) {
            kept.push(point);
        }
    }
    kept.push(last);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn between_two_points_of_a_lorenz_curve_lie_at_least_min_cell_customers(n in 1u64..3000, min_cell in 0u64..40) {
            let points: Vec<(f64, f64)> =
                std::iter::once(0).chain((1..=100).map(|p| n * p / 100)).map(|upto| (upto as f64 / n as f64, 0.0)).collect();
            let kept = in_steps(&points, n, min_cell);
            prop_assert_eq!(kept.last().unwrap().0, 1.0);
            for pair in kept.windows(2) {
                prop_assert!((pair[1].0 - pair[0].0) * n as f64 >= min_cell as f64 - 1e-6, "{:?}", pair);
            }
        }
    }
}
