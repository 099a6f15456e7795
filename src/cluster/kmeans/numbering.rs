//! Numbers clusters by size, descending, ties by lowest row.
//!
//! A row that is equally far from several centroids goes to the lowest number, so the sizes depend on the numbers that
//! they are to decide. The way out is to number greedily: number 0 is the centroid that most rows could go to, number 1
//! the one that most of the remaining rows could go to, and so on. A later set is never larger than an earlier one, and
//! labelling by "nearest, lowest number among equals" gives exactly these sets.

use std::collections::BTreeMap;

use super::pass::Tie;

/// How many rows have a set of centroids as their nearest ones, and the first of them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Share {
    rows: u64,
    first: usize,
}

/// Rows by the set of their nearest centroids, which are several only for exact ties.
type Shares = BTreeMap<Vec<usize>, Share>;

/// The `k` centroids in their final order, new number → old number, and the labels of the rows by it.
///
/// `labels` are old numbers, the lowest among equals; `ties` are the rows with several, ascending. `weights` says how often
/// each row counts; `None` = once.
pub(super) fn number_by_size(
    mut labels: Vec<u32>,
    ties: &[Tie],
    k: usize,
    weights: Option<&[u64]>,
) -> (Vec<usize>, Vec<u32>) {
    let weight = |row: usize| weights.map_or(1, |weights| weights[row]);
    let mut shares = vec![Share { rows: 0, first: usize::MAX }; k];
    let mut tied = ties.iter().map(|tie| tie.row).peekable();
    for (row, &label) in labels.iter().enumerate() {
        if tied.next_if_eq(&row).is_none() {
            let share = &mut shares[label as usize];
            *share = Share { rows: share.rows + weight(row), first: share.first.min(row) };
        }
    }
    let single = shares.into_iter().enumerate().filter(|(_, share)| share.rows > 0);
    let mut shares: Shares = single.map(|(c, share)| (vec![c], share)).collect();
    for tie in ties {
        shares.entry(tie.centroids.clone()).or_insert(Share { rows: 0, first: tie.row }).rows += weight(tie.row);
    }
    let order = greedy_order(shares, k);
    let mut numbers = vec![0; k];
    order.iter().zip(0..).for_each(|(&old, new)| numbers[old] = new);
    labels.iter_mut().for_each(|label| *label = numbers[*label as usize]);
    for tie in ties {
        labels[tie.row] = tie.centroids.iter().map(|&c| numbers[c]).min().expect("a row has a nearest centroid");
    }
    (order, labels)
}

fn greedy_order(mut shares: Shares, k: usize) -> Vec<usize> {
    let mut order = Vec::with_capacity(k);
    let mut left: Vec<usize> = (0..k).collect();
    while !left.is_empty() {
        let mut reach = vec![Share { rows: 0, first: usize::MAX }; k];
        for (set, share) in &shares {
            for &c in set {
                reach[c].rows += share.rows;
                reach[c].first = reach[c].first.min(share.first);
            }
        }
        // `left` is ascending and `min_by_key` keeps the first, so equals stay in their old order.
        let key = |&c: &usize| (std::cmp::Reverse(reach[c].rows), reach[c].first);
        let next = left.iter().copied().min_by_key(key).expect("a centroid is left");
        order.push(next);
        left.retain(|&c| c != next);
        shares.retain(|set, _| !set.contains(&next));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_between_two_centroids_count_for_the_cluster_that_gets_them() {
        // The two rows in the middle would go to centroid 0 while it is the lower one: 3 rows against 2. As number 0,
        // centroid 1 has 4.
        let ties = [1, 2].map(|row| Tie { row, centroids: vec![0, 1] });
        assert_eq!(number_by_size(vec![0, 0, 0, 1, 1], &ties, 2, None), (vec![1, 0], vec![1, 0, 0, 0, 0]));
    }

    #[test]
    fn a_heavy_row_is_larger_than_several_light_ones() {
        assert_eq!(number_by_size(vec![0, 0, 1], &[], 2, Some(&[1, 1, 3])), (vec![1, 0], vec![1, 1, 0]));
    }

    #[test]
    fn equal_sizes_are_ordered_by_their_first_row() {
        assert_eq!(number_by_size(vec![1, 0, 0, 1], &[], 2, None), (vec![1, 0], vec![0, 1, 1, 0]));
    }
}
