//! How many starts are enough.

use crate::config::Auto;

/// Starts that `n_init = "auto"` draws at most.
pub(super) const MOST: usize = 10;
/// How often the best end has to be found before it draws no more. A better end that starts reach as often as the one kept is
/// then missed in one of 16 cases, one that they reach twice as often in one of 81: ½⁴ and ⅓⁴.
const FOUND: usize = 4;
/// Two starts ended alike when their inertias differ by no more than this share.
const ALIKE: f64 = 1e-9;

/// Whether two starts ended alike, by their inertias.
pub(super) fn alike(a: f64, b: f64) -> bool {
    (a - b).abs() <= ALIKE * a.max(b)
}

/// The ends of the starts that were made, and whether there have to be more.
#[derive(Debug)]
pub(super) struct Ends {
    n_init: Auto<usize>,
    inertias: Vec<f64>,
}

impl Ends {
    /// None yet, of as many as `n_init` says.
    pub(super) fn of(n_init: Auto<usize>) -> Self {
        Ends { n_init, inertias: Vec::new() }
    }

    /// The number of the next start, until there were enough.
    pub(super) fn next(&self) -> Option<usize> {
        let made = self.inertias.len();
        let enough = made >= most(self.n_init) || self.n_init == Auto::Auto && self.best_found() >= FOUND;
        (!enough).then_some(made)
    }

    /// Counts a start that ended with `inertia`.
    pub(super) fn add(&mut self, inertia: f64) {
        self.inertias.push(inertia);
    }

    fn best_found(&self) -> usize {
        let best = self.inertias.iter().copied().fold(f64::INFINITY, f64::min);
        self.inertias.iter().filter(|&&inertia| alike(inertia, best)).count()
    }
}

/// The starts that are made at most.
pub(super) fn most(n_init: Auto<usize>) -> usize {
    match n_init {
        Auto::Auto => MOST,
        Auto::Given(n_init) => n_init,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts that are made where they end with these inertias.
    fn made(n_init: Auto<usize>, inertias: &[f64]) -> usize {
        let mut ends = Ends::of(n_init);
        while let Some(start) = ends.next() {
            ends.add(inertias[start]);
        }
        ends.inertias.len()
    }

    #[test]
    fn auto_ends_when_the_best_was_found_four_times_and_at_ten() {
        assert_eq!(made(Auto::Auto, &[5.0; 10]), 4);
        assert_eq!(made(Auto::Auto, &[0.0; 10]), 4);
        assert_eq!(made(Auto::Auto, &[5.0, 5.0, 5.0, 4.0, 5.0, 4.0, 4.0 + 1e-12, 4.0, 9.0, 9.0]), 8);
        assert_eq!(made(Auto::Auto, &[5.0, 4.0, 3.0, 3.0, 3.0, 2.0, 2.0, 2.0, 1.0, 1.0]), 10);
    }

    #[test]
    fn as_many_as_were_asked_for_are_made() {
        assert_eq!(made(Auto::Given(7), &[5.0; 10]), 7);
        assert_eq!(made(Auto::Given(1), &[5.0; 10]), 1);
    }
}
