//! What linear facts say of unknown counts: how small and how large each can be.

use std::collections::BTreeMap;

/// Below this a figure is zero.
const ZERO: f64 = 1e-7;

/// Equations between counts that are not negative.
#[derive(Default)]
pub struct Facts {
    unknowns: BTreeMap<String, usize>,
    equations: Vec<(Vec<(usize, f64)>, f64)>,
}

impl Facts {
    /// The unknown of this name.
    pub fn unknown(&mut self, name: impl Into<String>) -> usize {
        let next = self.unknowns.len();
        *self.unknowns.entry(name.into()).or_insert(next)
    }

    /// Σ coefficient · unknown = total.
    pub fn sum(&mut self, terms: &[(String, f64)], total: f64) {
        let terms = terms.iter().map(|(name, coefficient)| (self.unknown(name.as_str()), *coefficient)).collect();
        self.equations.push((terms, total));
    }

    /// An unknown that is known.
    pub fn known(&mut self, name: &str, value: f64) {
        self.sum(&[(name.to_owned(), 1.0)], value);
    }

    /// The smallest and largest value of each of `names`; `None` where the facts contradict each other.
    pub fn intervals(&mut self, names: &[String]) -> Option<Vec<(f64, f64)>> {
        let wanted: Vec<usize> = names.iter().map(|name| self.unknown(name.as_str())).collect();
        let mut simplex = Simplex::feasible(self)?;
        Some(
            wanted
                .into_iter()
                .map(|unknown| (-simplex.largest(unknown, -1.0), simplex.largest(unknown, 1.0)))
                .collect(),
        )
    }
}

/// A tableau of equations, each solved for one unknown.
struct Simplex {
    /// Unknowns, then the right-hand side.
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
    n: usize,
}

impl Simplex {
    fn feasible(facts: &Facts) -> Option<Simplex> {
        let n = facts.unknowns.len();
        let m = facts.equations.len();
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for (i, (terms, total)) in facts.equations.iter().enumerate() {
            let sign = if *total < 0.0 { -1.0 } else { 1.0 };
            let mut row = vec![0.0; n + m + 1];
            for (unknown, coefficient) in terms {
                row[*unknown] += sign * coefficient;
            }
            row[n + i] = 1.0;
            row[n + m] = sign * total;
            rows.push(row);
        }
        let mut simplex = Simplex { rows, basis: (n..n + m).collect(), n: n + m };
        // Drive what does not add up to zero.
        let mut cost = vec![0.0; n + m];
        cost[n..].fill(-1.0);
        if simplex.maximize(&cost) < -1e-5 {
            return None;
        }
        for r in (0..m).rev() {
            if simplex.basis[r] >= n {
                match (0..n).find(|&c| simplex.rows[r][c].abs() > ZERO) {
                    Some(c) => simplex.pivot(r, c),
                    // It says nothing that the others do not.
                    None => {
                        simplex.rows.swap_remove(r);
                        simplex.basis.swap_remove(r);
                    }
                }
            }
        }
        for row in &mut simplex.rows {
            let total = row[n + m];
            row.truncate(n);
            row.push(total);
        }
        simplex.n = n;
        Some(simplex)
    }

    fn largest(&mut self, unknown: usize, sign: f64) -> f64 {
        let mut cost = vec![0.0; self.n];
        cost[unknown] = sign;
        self.maximize(&cost)
    }

    /// The largest value of Σ cost · unknown, by Bland's rule, which cannot go around in circles.
    fn maximize(&mut self, cost: &[f64]) -> f64 {
        let mut reduced: Vec<f64> = cost.to_vec();
        reduced.push(0.0);
        for (row, &basic) in self.rows.iter().zip(&self.basis) {
            let of_basic = cost[basic];
            if of_basic != 0.0 {
                reduced.iter_mut().zip(row).for_each(|(sum, x)| *sum -= of_basic * x);
            }
        }
        loop {
            let Some(enters) = (0..self.n).find(|&c| reduced[c] > ZERO) else { return -reduced[self.n] };
            let ratio = |r: &usize| self.rows[*r][self.n] / self.rows[*r][enters];
            let leaves = (0..self.rows.len())
                .filter(|&r| self.rows[r][enters] > ZERO)
                .min_by(|a, b| ratio(a).total_cmp(&ratio(b)).then(self.basis[*a].cmp(&self.basis[*b])));
            let Some(leaves) = leaves else { return f64::INFINITY };
            self.pivot(leaves, enters);
            let factor = reduced[enters];
            reduced.iter_mut().zip(&self.rows[leaves]).for_each(|(sum, x)| *sum -= factor * x);
        }
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let by = self.rows[row][column];
        self.rows[row].iter_mut().for_each(|x| *x /= by);
        let own = self.rows[row].clone();
        for (r, other) in self.rows.iter_mut().enumerate() {
            let factor = other[column];
            if r != row && factor != 0.0 {
                other.iter_mut().zip(&own).for_each(|(x, y)| *x -= factor * y);
            }
        }
        self.basis[row] = column;
    }
}
