//! What of which old group or cluster is in which new one, by what every customer was drawn as.

use segmint::refit::Fate as Kind;
use segmint::simulate::Planted;

/// Customers of the second table by what they would have been in the first, old × new; the new table also holds customers that come
/// from nowhere.
pub struct Lineage {
    n_old: usize,
    n_new: usize,
    counts: Vec<f64>,
    new: Vec<f64>,
}

impl Lineage {
    /// Of any labels of the two tables, of `k` kinds each.
    pub fn of(planted: &Planted, labels: [&[usize]; 2], k: [usize; 2]) -> Lineage {
        let [n_old, n_new] = k;
        let is_of = shares(&planted.before.groups, planted.before.group_names.len(), labels[0], n_old);
        let origins = origins(planted);
        let mut lineage = Lineage { n_old, n_new, counts: vec![0.0; n_old * n_new], new: vec![0.0; n_new] };
        for (row, &b) in labels[1].iter().enumerate().filter(|(_, b)| **b < n_new) {
            lineage.new[b] += 1.0;
            // A customer of both tables comes from where he was, if his group does so as well.
            let parts = &origins[planted.after.groups[row]];
            let own = Some(row).filter(|&row| row < planted.truth.shared).map(|row| planted.before.groups[row]);
            let own = own.filter(|own| parts.iter().any(|(g, _)| g == own));
            for &(g, share) in parts.iter().filter(|(g, _)| own.is_none_or(|own| own == *g)) {
                let share = if own.is_some() { 1.0 } else { share };
                (0..n_old).for_each(|a| lineage.counts[a * n_new + b] += share * is_of[g * n_old + a]);
            }
        }
        lineage
    }

    fn count(&self, a: usize, b: usize) -> f64 {
        self.counts[a * self.n_new + b]
    }

    fn old(&self, a: usize) -> f64 {
        (0..self.n_new).map(|b| self.count(a, b)).sum()
    }

    /// The share of a that is in b, and of b that comes from a.
    pub fn shares(&self, a: usize, b: usize) -> [f64; 2] {
        let of = |whole: f64| if whole > 0.0 { self.count(a, b) / whole } else { 0.0 };
        [of(self.old(a)), of(self.new[b])]
    }

    /// Jaccard's coefficient.
    pub fn overlap(&self, a: usize, b: usize) -> f64 {
        let union = self.old(a) + self.new[b] - self.count(a, b);
        if union > 0.0 { self.count(a, b) / union } else { 0.0 }
    }

    /// The old one whose id the rule of ids would give b.
    pub fn heir_of(&self, b: usize, survives: impl Fn(usize, usize) -> bool) -> Option<usize> {
        (0..self.n_old).find(|&a| self.shares(a, b).iter().all(|share| *share > 0.5) || survives(a, b))
    }
}

/// Per group, the share of it with each label.
fn shares(groups: &[usize], n_groups: usize, labels: &[usize], k: usize) -> Vec<f64> {
    let mut counts = vec![0.0; n_groups * k];
    let mut totals = vec![0.0_f64; n_groups];
    for (&g, &a) in groups.iter().zip(labels).filter(|(_, a)| **a < k) {
        counts[g * k + a] += 1.0;
        totals[g] += 1.0;
    }
    counts.iter_mut().enumerate().for_each(|(i, count)| *count /= totals[i / k].max(1.0));
    counts
}

/// Per new group, the old ones it comes from and their shares.
fn origins(planted: &Planted) -> Vec<Vec<(usize, f64)>> {
    let size = |g: usize| planted.before.groups.iter().filter(|other| **other == g).count() as f64;
    let place = |name: &String| planted.before.group_names.iter().position(|other| other == name);
    let of = |name: &String| {
        let event = planted.truth.events.iter().find(|event| event.to.contains(name) && event.kind != Kind::Emerged);
        let parts: Vec<usize> = event.iter().flat_map(|event| event.from.iter().filter_map(place)).collect();
        let total: f64 = parts.iter().map(|&g| size(g)).sum();
        parts.into_iter().map(|g| (g, size(g) / total.max(1.0))).collect()
    };
    planted.after.group_names.iter().map(of).collect()
}
