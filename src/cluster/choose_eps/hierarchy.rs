//! The clusters of all eps: when they are born, how they grow, and when they merge.

use super::spanning_tree::Edge;

/// A cluster over the range of eps in which it neither splits nor merges; small ones that join it do not end it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Branch {
    /// The eps at which it is there first: it is large enough, or two others merge.
    pub(super) birth: f64,
    /// The smallest birth of what it is made of.
    pub(super) first: f64,
    /// The eps at which it merges; infinite of the last one.
    pub(super) death: f64,
    /// (eps, core rows), ascending.
    sizes: Vec<(f64, u32)>,
}

impl Branch {
    /// Core rows at `eps`, which is not before its birth.
    pub(super) fn size_at(&self, eps: f64) -> u32 {
        self.sizes[self.sizes.partition_point(|&(from, _)| from <= eps) - 1].1
    }

    /// Whether it is there at `eps`.
    pub(super) fn lives_at(&self, eps: f64) -> bool {
        self.birth <= eps && eps < self.death
    }

    /// The eps at which it grows.
    pub(super) fn steps(&self) -> impl Iterator<Item = f64> {
        self.sizes.iter().map(|&(eps, _)| eps)
    }
}

/// The branches that are large enough and last long enough.
#[derive(Debug)]
pub(super) struct Hierarchy {
    /// The rows from which on a cluster counts.
    pub(super) smallest: u32,
    pub(super) branches: Vec<Branch>,
    /// (eps, how many more large clusters there are), ascending; those that do not last count too.
    changes: Vec<(f64, i32)>,
}

impl Hierarchy {
    /// From the edges of the spanning tree over `n` rows, ascending.
    ///
    /// A cluster counts with `smallest` rows. Where two merge, the one whose densest part was born at the larger eps ends
    /// (the elder rule of persistent homology); if ln(eps / birth) is less than `persistence`, it was a part of the other
    /// all the time. Births below `floor` count as `floor`: there are equal rows, or too few to tell.
    pub(super) fn new(edges: &[Edge], n: usize, smallest: u32, persistence: f64, floor: f64) -> Self {
        let mut sets = Sets::new(n);
        let (mut branches, mut absorbed, mut changes) = (Vec::<Branch>::new(), Vec::new(), Vec::new());
        for &Edge { rows, eps } in edges {
            let [a, b] = [rows.0, rows.1].map(|row| sets.root(row));
            let (size, from) = (sets.sizes[a] + sets.sizes[b], eps.max(floor));
            let branch = match (sets.branches[a], sets.branches[b]) {
                (None, None) if size < smallest => None,
                (None, None) => {
                    changes.push((eps, 1));
                    branches.push(Branch { birth: from, first: from, death: f64::INFINITY, sizes: vec![(from, size)] });
                    absorbed.push(false);
                    Some(branches.len() - 1)
                }
                (Some(one), None) | (None, Some(one)) => {
                    branches[one].sizes.push((from, size));
                    Some(one)
                }
                (Some(a), Some(b)) => {
                    changes.push((eps, -1));
                    let (elder, younger) = if branches[a].first <= branches[b].first { (a, b) } else { (b, a) };
                    if libm::log(from / branches[younger].first) < persistence {
                        absorbed[younger] = true;
                        branches[elder].sizes.push((from, size));
                        Some(elder)
                    } else {
                        (branches[a].death, branches[b].death) = (from, from);
                        let first = branches[elder].first;
                        branches.push(Branch { birth: from, first, death: f64::INFINITY, sizes: vec![(from, size)] });
                        absorbed.push(false);
                        Some(branches.len() - 1)
                    }
                }
            };
            sets.unite(a, b, branch);
        }
        let mut absorbed = absorbed.into_iter();
        branches.retain(|_| absorbed.next() == Some(false));
        Hierarchy { smallest, branches, changes }
    }

    /// The smallest eps from `eps` on at which there are not several large clusters, however short they last.
    pub(super) fn one_cluster_from(&self, eps: f64) -> f64 {
        let mut clusters = 0;
        let mut at = eps;
        for &(from, change) in &self.changes {
            if from > eps && clusters <= 1 {
                break;
            }
            clusters += change;
            at = eps.max(from);
        }
        at
    }
}

/// Disjoint sets of rows.
struct Sets {
    parents: Vec<u32>,
    /// Rows of every root.
    sizes: Vec<u32>,
    /// The branch of every root that is large enough.
    branches: Vec<Option<usize>>,
}

impl Sets {
    fn new(n: usize) -> Self {
        Sets { parents: (0..n as u32).collect(), sizes: vec![1; n], branches: vec![None; n] }
    }

    fn root(&mut self, row: u32) -> usize {
        let mut at = row;
        while self.parents[at as usize] != at {
            let parent = self.parents[at as usize];
            self.parents[at as usize] = self.parents[parent as usize];
            at = parent;
        }
        at as usize
    }

    /// Unites two roots into a set with this branch.
    fn unite(&mut self, a: usize, b: usize, branch: Option<usize>) {
        let (small, large) = if self.sizes[a] < self.sizes[b] { (a, b) } else { (b, a) };
        self.parents[small] = large as u32;
        self.sizes[large] += self.sizes[small];
        self.branches[large] = branch;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pairs within 1 and 2, joined at 8; a fifth row at 9, a sixth at 20.
    fn edges() -> Vec<Edge> {
        let edge = |a, b, eps| Edge { rows: (a, b), eps };
        vec![edge(0, 1, 1.0), edge(2, 3, 2.0), edge(1, 2, 8.0), edge(3, 4, 9.0), edge(0, 5, 20.0)]
    }

    #[test]
    fn clusters_live_from_their_size_to_their_merger() {
        let hierarchy = Hierarchy::new(&edges(), 6, 2, 1.0, 0.5);
        let lives: Vec<_> =
            hierarchy.branches.iter().map(|branch| (branch.birth, branch.first, branch.death)).collect();
        assert_eq!(lives, [(1.0, 1.0, 8.0), (2.0, 2.0, 8.0), (8.0, 1.0, f64::INFINITY)]);
        assert_eq!([8.0, 8.9, 9.0, 25.0].map(|eps| hierarchy.branches[2].size_at(eps)), [4, 4, 5, 6]);
    }

    #[test]
    fn what_does_not_last_is_a_part_of_the_elder() {
        // ln(8 / 2) = 1.39.
        let hierarchy = Hierarchy::new(&edges(), 6, 2, 1.4, 0.5);
        assert_eq!(hierarchy.branches.len(), 1);
        assert_eq!([1.0, 8.0, 20.0].map(|eps| hierarchy.branches[0].size_at(eps)), [2, 4, 6]);
        assert_eq!([0.5, 1.5, 2.0, 7.0, 8.5].map(|eps| hierarchy.one_cluster_from(eps)), [0.5, 1.5, 8.0, 8.0, 8.5]);
    }
}
