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

    /// The same facts, their unknowns called `prefix` and their name.
    pub fn called(self, prefix: &str) -> Facts {
        let unknowns = self.unknowns.into_iter().map(|(name, at)| (format!("{prefix}{name}"), at)).collect();
        Facts { unknowns, ..self }
    }

    /// The facts of both.
    pub fn join(&mut self, other: Facts) {
        let mut names: Vec<(usize, String)> = other.unknowns.into_iter().map(|(name, at)| (at, name)).collect();
        names.sort();
        let places: Vec<usize> = names.into_iter().map(|(_, name)| self.unknown(name)).collect();
        let moved = |(terms, total): (Vec<(usize, f64)>, f64)| {
            (terms.into_iter().map(|(unknown, coefficient)| (places[unknown], coefficient)).collect(), total)
        };
        self.equations.extend(other.equations.into_iter().map(moved));
    }

    /// An unknown that is known.
    pub fn known(&mut self, name: &str, value: f64) {
        self.sum(&[(name.to_owned(), 1.0)], value);
    }

    /// The smallest and largest value of each of `names`; `None` where the facts contradict each other.
    pub fn intervals(&mut self, names: &[String]) -> Option<Vec<(f64, f64)>> {
        let wanted: Vec<usize> = names.iter().map(|name| self.unknown(name.as_str())).collect();
        let known = self.solved()?;
        let mut open: Vec<usize> = (0..known.len()).filter(|&unknown| known[unknown].is_none()).collect();
        open.retain(|unknown| self.equations.iter().any(|(terms, _)| terms.iter().any(|(other, _)| other == unknown)));
        let mut simplex = Simplex::feasible(&self.equations, &open)?;
        let interval = |unknown: usize| match (known[unknown], open.binary_search(&unknown)) {
            (Some(value), _) => (value, value),
            (None, Ok(at)) => (-simplex.largest(at, -1.0), simplex.largest(at, 1.0)),
            (None, Err(_)) => (0.0, f64::INFINITY),
        };
        Some(wanted.into_iter().map(interval).collect())
    }

    /// Takes what is known out of all other equations, until no equation is left with one unknown; `None` for contradictions.
    fn solved(&mut self) -> Option<Vec<Option<f64>>> {
        let mut known: Vec<Option<f64>> = vec![None; self.unknowns.len()];
        loop {
            let mut found = false;
            for (terms, total) in &mut self.equations {
                terms.retain(|&(unknown, coefficient)| {
                    known[unknown].inspect(|value| *total -= coefficient * value).is_none()
                });
                if let [(unknown, coefficient)] = terms[..] {
                    known[unknown] = Some(*total / coefficient);
                    found = true;
                }
            }
            if !found {
                break;
            }
        }
        let contradicts = |(terms, total): &(Vec<(usize, f64)>, f64)| terms.is_empty() && total.abs() > 1e-5;
        if self.equations.iter().any(contradicts) || known.iter().flatten().any(|&value| value < -1e-5) {
            return None;
        }
        self.equations.retain(|(terms, _)| !terms.is_empty());
        Some(known)
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
    /// A solution of `equations` between the `open` unknowns, which stand in ascending order.
    fn feasible(equations: &[(Vec<(usize, f64)>, f64)], open: &[usize]) -> Option<Simplex> {
        let (n, m) = (open.len(), equations.len());
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for (i, (terms, total)) in equations.iter().enumerate() {
            let sign = if *total < 0.0 { -1.0 } else { 1.0 };
            let mut row = vec![0.0; n + m + 1];
            for (unknown, coefficient) in terms {
                let at = open.binary_search(unknown).expect("what is not known is open");
                row[at] += sign * coefficient;
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

    /// The largest value of Σ cost · unknown: the steepest unknown enters, after many steps by Bland's rule, which cannot go
    /// around in circles.
    fn maximize(&mut self, cost: &[f64]) -> f64 {
        let mut reduced: Vec<f64> = cost.to_vec();
        reduced.push(0.0);
        for (row, &basic) in self.rows.iter().zip(&self.basis) {
            let of_basic = cost[basic];
            if of_basic != 0.0 {
                reduced.iter_mut().zip(row).for_each(|(sum, x)| *sum -= of_basic * x);
            }
        }
        for step in 0.. {
            let mut rising = (0..self.n).filter(|&c| reduced[c] > ZERO);
            let enters = match step < 4 * self.n {
                true => rising.max_by(|&a, &b| reduced[a].total_cmp(&reduced[b])),
                false => rising.next(),
            };
            let Some(enters) = enters else { return -reduced[self.n] };
            let ratio = |r: &usize| self.rows[*r][self.n] / self.rows[*r][enters];
            let leaves = (0..self.rows.len())
                .filter(|&r| self.rows[r][enters] > ZERO)
                .min_by(|a, b| ratio(a).total_cmp(&ratio(b)).then(self.basis[*a].cmp(&self.basis[*b])));
            let Some(leaves) = leaves else { return f64::INFINITY };
            self.pivot(leaves, enters);
            let factor = reduced[enters];
            reduced.iter_mut().zip(&self.rows[leaves]).for_each(|(sum, x)| *sum -= factor * x);
        }
        unreachable!("Bland's rule ends")
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
