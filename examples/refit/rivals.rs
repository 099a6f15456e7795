//! Other rules for the same table of counts, from the papers they come from.

use pathfinding::prelude::{Matrix, kuhn_munkres};
use segmint::refit::Fate as Kind;

/// Customers, old × new, and per new cluster those who are like none of the old run.
pub struct Counts {
    pub cells: Vec<Vec<u64>>,
    pub outside: Vec<u64>,
}

/// What happened: kind, rows, columns.
pub type Told = (Kind, Vec<usize>, Vec<usize>);

/// What a rule makes of customers by old segment and new one.
type Rule = fn(&Counts) -> Vec<Told>;

/// The rules, and what they are called.
pub const RIVALS: [(&str, Rule); 6] = [
    ("MONIC .7/.3 (clusTransition)", monic),
    ("Greene, Jaccard .1", |counts| greene(counts, 0.1)),
    ("Greene, Jaccard .3", |counts| greene(counts, 0.3)),
    ("Hungarian", hungarian),
    ("GED 50/50", ged),
    ("facets' top event", facets),
];

impl Counts {
    fn n_old(&self) -> usize {
        self.cells.len()
    }

    fn n_new(&self) -> usize {
        self.outside.len()
    }

    fn count(&self, a: usize, b: usize) -> f64 {
        self.cells[a][b] as f64
    }

    fn size_before(&self, a: usize) -> f64 {
        self.cells[a].iter().sum::<u64>() as f64
    }

    fn size_now(&self, b: usize) -> f64 {
        (self.cells.iter().map(|row| row[b]).sum::<u64>() + self.outside[b]) as f64
    }

    fn forward(&self, a: usize, b: usize) -> f64 {
        self.count(a, b) / self.size_before(a).max(1.0)
    }

    fn back(&self, a: usize, b: usize) -> f64 {
        self.count(a, b) / self.size_now(b).max(1.0)
    }

    /// What vanished and emerged where `told` says nothing of it.
    fn completed(&self, mut told: Vec<Told>) -> Vec<Told> {
        let lost = (0..self.n_old()).filter(|a| !told.iter().any(|event| event.1.contains(a)));
        let fresh = (0..self.n_new()).filter(|b| !told.iter().any(|event| event.2.contains(b)));
        let more: Vec<Told> = lost
            .map(|a| (Kind::Vanished, vec![a], vec![]))
            .chain(fresh.map(|b| (Kind::Emerged, vec![], vec![b])))
            .collect();
        told.extend(more);
        told
    }

    /// Events of the pairs that belong together: a row with several is split, a column with several merged.
    fn joined(&self, belong: impl Fn(usize, usize) -> bool) -> Vec<Told> {
        let to = |a: usize| (0..self.n_new()).filter(|&b| belong(a, b)).collect::<Vec<_>>();
        let from = |b: usize| (0..self.n_old()).filter(|&a| belong(a, b)).collect::<Vec<_>>();
        let splits = (0..self.n_old()).filter(|&a| to(a).len() > 1).map(|a| (Kind::Split, vec![a], to(a)));
        let merges = (0..self.n_new()).filter(|&b| from(b).len() > 1).map(|b| (Kind::Merged, from(b), vec![b]));
        let ones = (0..self.n_old()).filter(|&a| to(a).len() == 1 && from(to(a)[0]).len() == 1);
        let went_on = ones.map(|a| (Kind::Survived, vec![a], to(a)));
        let told = splits.chain(merges).chain(went_on).collect();
        self.completed(told)
    }
}

/// Spiliopoulou, Ntoutsi, Theodoridis & Schult (2006): a survives in the b with 0.7 of it, absorbed where several do; else it is split
/// into those with 0.3 each and 0.7 together.
fn monic(counts: &Counts) -> Vec<Told> {
    let heir = |a: usize| (0..counts.n_new()).find(|&b| counts.forward(a, b) >= 0.7);
    let parts = |a: usize| -> Vec<usize> {
        let parts: Vec<usize> = (0..counts.n_new()).filter(|&b| counts.forward(a, b) >= 0.3).collect();
        let together: f64 = parts.iter().map(|&b| counts.forward(a, b)).sum();
        if heir(a).is_none() && parts.len() > 1 && together >= 0.7 { parts } else { Vec::new() }
    };
    let mut told: Vec<Told> =
        (0..counts.n_old()).filter(|&a| !parts(a).is_empty()).map(|a| (Kind::Split, vec![a], parts(a))).collect();
    for b in 0..counts.n_new() {
        let from: Vec<usize> = (0..counts.n_old()).filter(|&a| heir(a) == Some(b)).collect();
        match from.len() {
            0 => {}
            1 => told.push((Kind::Survived, from, vec![b])),
            _ => told.push((Kind::Merged, from, vec![b])),
        }
    }
    counts.completed(told)
}

/// Greene, Doyle & Cunningham (2010): groups whose Jaccard coefficient is above a limit belong together.
fn greene(counts: &Counts, limit: f64) -> Vec<Told> {
    counts.joined(|a, b| counts.count(a, b) > limit * (counts.size_before(a) + counts.size_now(b) - counts.count(a, b)))
}

/// The assignment with most customers in it.
fn hungarian(counts: &Counts) -> Vec<Told> {
    let n = counts.n_old().max(counts.n_new());
    let cell = |(a, b): (usize, usize)| counts.cells.get(a).and_then(|row| row.get(b)).map_or(0, |count| *count as i64);
    let (_, columns) = kuhn_munkres(&Matrix::from_fn(n, n, cell));
    let pairs = columns.iter().enumerate().filter(|&(a, &b)| cell((a, b)) > 0);
    counts.completed(pairs.map(|(a, &b)| (Kind::Survived, vec![a], vec![b])).collect())
}

/// Bródka, Saganowski & Kazienko (2013), α = β = 50 %, members alone: groups match that include half of each other, or where the smaller
/// one is included by half.
fn ged(counts: &Counts) -> Vec<Told> {
    counts.joined(|a, b| {
        let (forward, back) = (counts.forward(a, b) >= 0.5, counts.back(a, b) >= 0.5);
        // What includes half of a larger group has included half of the smaller one too.
        let (before, now) = (counts.size_before(a), counts.size_now(b));
        if before >= now { back } else { forward }
    })
}

/// Failla, Cazabet, Rossetti & Citraro (2024): of the products of unicity, identity and outflow, or one minus them, the largest names
/// what happens to a group; flows of less than 0.15 of it are left out.
fn facets(counts: &Counts) -> Vec<Told> {
    let top = |flows: &[(usize, f64, f64)], size: f64, absent: f64| {
        let seen: f64 = flows.iter().map(|flow| flow.1).sum();
        let mut largest: Vec<f64> = flows.iter().map(|flow| flow.1 / seen.max(1.0)).collect();
        largest.sort_by(|a, b| b.total_cmp(a));
        let unicity = largest.first().unwrap_or(&0.0) - largest.get(1).unwrap_or(&0.0);
        let identity = flows.iter().map(|(_, flow, other)| flow * flow / other).sum::<f64>() / seen.max(1.0);
        let outflow = absent / size.max(1.0);
        // Gone or new; several ways; one way. An event is one of these whatever its identity is.
        [outflow >= 0.5 || flows.is_empty(), unicity < 0.5 && identity >= 0.5, unicity >= 0.5]
    };
    let forward = |a: usize| -> Vec<(usize, f64, f64)> {
        let flows = (0..counts.n_new()).filter(|&b| counts.forward(a, b) >= 0.15);
        flows.map(|b| (b, counts.count(a, b), counts.size_now(b))).collect()
    };
    let back = |b: usize| -> Vec<(usize, f64, f64)> {
        let flows = (0..counts.n_old()).filter(|&a| counts.back(a, b) >= 0.15);
        flows.map(|a| (a, counts.count(a, b), counts.size_before(a))).collect()
    };
    let places = |flows: &[(usize, f64, f64)]| flows.iter().map(|flow| flow.0).collect::<Vec<_>>();
    let mut told: Vec<Told> = Vec::new();
    for b in 0..counts.n_new() {
        let flows = back(b);
        let [new, several, _] = top(&flows, counts.size_now(b), counts.outside[b] as f64);
        if !new && several && flows.len() > 1 {
            told.push((Kind::Merged, places(&flows), vec![b]));
        }
    }
    for a in 0..counts.n_old() {
        let flows = forward(a);
        let [gone, several, one] = top(&flows, counts.size_before(a), 0.0);
        if gone || told.iter().any(|event| event.1.contains(&a)) {
            continue;
        }
        if several && flows.len() > 1 {
            told.push((Kind::Split, vec![a], places(&flows)));
        } else if one
            && let Some(largest) = flows.iter().max_by(|x, y| x.1.total_cmp(&y.1))
            && !told.iter().any(|event| event.2.contains(&largest.0))
        {
            told.push((Kind::Survived, vec![a], vec![largest.0]));
        }
    }
    counts.completed(told)
}
