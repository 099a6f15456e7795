//! Which k has the best clusters that also come back.

use super::table::KRow;
use crate::cluster::ClusterError;
use crate::cluster::kmeans::KMeansFit;
use crate::cluster::stability::{Effort, VALID, kmeans_stability};
use crate::config::KMeansPlan;
use crate::matrix::TiledMatrix;
use crate::metrics::Partition;
use crate::monitor::Monitor;

/// The position of the k to choose; enters the stabilities that were measured for it into `table`.
pub(super) fn choose(
    table: &mut [KRow],
    fits: &[KMeansFit],
    matrix: &TiledMatrix,
    plan: &KMeansPlan,
    seed: u64,
    monitor: &Monitor,
) -> Result<usize, ClusterError> {
    let quiet = monitor.without_progress();
    let weakest = |partition: &Partition| -> Result<Option<f64>, ClusterError> {
        let found = kmeans_stability(matrix, partition, plan, Effort::Screening, seed, &quiet)?;
        Ok(found.into_iter().flatten().map(|stability| stability.jaccard).reduce(f64::min))
    };
    best(table, |i| weakest(&fits[i].partition))
}

/// The position of the largest excess × min(1, weakest stability / [`VALID`]), the smallest k among equals: which of two
/// stable clusters comes back more often says nothing of k.
///
/// As no factor is above 1, stability is measured by falling excess, until that alone is no more than the best product. The
/// largest excess wins where none is positive or its stability cannot be measured; the first row when no excess is defined.
fn best<E>(table: &mut [KRow], mut weakest: impl FnMut(usize) -> Result<Option<f64>, E>) -> Result<usize, E> {
    let mut by_excess = candidates(table);
    by_excess.sort_by(|a, b| b.1.total_cmp(&a.1));
    let Some(&(first, largest)) = by_excess.first() else { return Ok(0) };
    if largest <= 0.0 {
        return Ok(first);
    }
    let (mut chosen, mut best) = (first, 0.0);
    for (i, excess) in by_excess {
        if excess < best {
            break;
        }
        table[i].weakest_stability = weakest(i)?;
        let Some(weakest) = table[i].weakest_stability else {
            if i == first {
                break;
            }
            continue;
        };
        let product = excess * (weakest / VALID).min(1.0);
        if product > best || product == best && i < chosen {
            (chosen, best) = (i, product);
        }
    }
    Ok(chosen)
}

/// The positions and the excess of the admissible rows, of all when none is.
fn candidates(table: &[KRow]) -> Vec<(usize, f64)> {
    let of = |only_admissible: bool| -> Vec<(usize, f64)> {
        let rows = table.iter().enumerate().filter(|(_, row)| row.admissible || !only_admissible);
        rows.filter_map(|(i, row)| Some((i, row.excess?))).collect()
    };
    let admissible = of(true);
    if admissible.is_empty() { of(false) } else { admissible }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Rows from k = 2 with these excesses.
    pub(in super::super) fn rows(excess: &[f64]) -> Vec<KRow> {
        let row = |(i, &excess): (usize, &f64)| KRow {
            k: i + 2,
            silhouette: Some(excess + 0.2),
            standard_error: None,
            excess: Some(excess),
            reference_mean: Some(0.2),
            reference_sd: Some(0.01),
            calinski_harabasz: None,
            davies_bouldin: None,
            inertia: 1.0,
            smallest_share: 0.2,
            admissible: true,
            weakest_stability: None,
            local_maximum: false,
            chosen: false,
        };
        excess.iter().enumerate().map(row).collect()
    }

    /// The k chosen from rows with these (excess, weakest stability), and the k whose stability was asked for.
    fn chosen(of: &[(f64, f64)]) -> (usize, Vec<usize>) {
        let mut table = rows(&of.iter().map(|&(excess, _)| excess).collect::<Vec<_>>());
        let k = best(&mut table, |i| Ok::<_, ()>(Some(of[i].1))).unwrap() + 2;
        (k, table.iter().filter(|row| row.weakest_stability.is_some()).map(|row| row.k).collect())
    }

    /// The same without any stability.
    fn by_excess(table: &mut [KRow]) -> usize {
        best(table, |_| Ok::<_, ()>(None)).unwrap()
    }

    #[test]
    fn the_k_of_the_largest_excess_wins_unless_its_weakest_cluster_is_unstable() {
        assert_eq!(chosen(&[(0.10, 0.95), (0.29, 0.80), (0.30, 0.55)]).0, 3);
        assert_eq!(chosen(&[(0.10, 0.95), (0.28, 1.00), (0.30, 0.80)]).0, 4);
        assert_eq!(chosen(&[(0.036, 0.98), (0.068, 0.28), (0.072, 0.19)]).0, 2);
        assert_eq!(chosen(&[(0.20, 0.45), (0.19, 0.50), (0.06, 0.90)]).0, 3);
        assert_eq!(chosen(&[(0.30, 0.90), (0.30, 0.90)]).0, 2);
        assert_eq!(chosen(&[(0.25, 1.0), (0.5, 0.375)]).0, 2);
    }

    #[test]
    fn stability_is_measured_only_where_it_can_decide() {
        assert_eq!(chosen(&[(0.10, 0.95), (0.26, 0.90), (0.30, 0.90), (0.28, 0.9)]), (4, vec![4]));
        assert_eq!(chosen(&[(0.10, 0.95), (0.26, 0.90), (0.30, 0.20)]), (3, vec![3, 4]));
        assert_eq!(chosen(&[(-0.2, 0.95), (-0.1, 0.20)]), (3, vec![]));
    }

    #[test]
    fn without_stabilities_the_largest_excess_wins() {
        assert_eq!(by_excess(&mut rows(&[0.1, 0.3, 0.29])), 1);
        assert_eq!(by_excess(&mut rows(&[-0.3, -0.1, -0.2])), 1);
        let stability = |i: usize| Ok::<_, ()>((i < 2).then_some(0.9));
        assert_eq!(best(&mut rows(&[0.1, 0.29, 0.3]), stability), Ok(2));
        assert_eq!(best(&mut rows(&[0.3, 0.28, 0.29]), stability), Ok(0));
    }

    #[test]
    fn a_k_with_a_tiny_cluster_is_taken_only_when_all_have_one() {
        let mut table = rows(&[0.5, 0.2, 0.3]);
        table[0].admissible = false;
        assert_eq!(by_excess(&mut table), 2);
        table.iter_mut().for_each(|row| row.admissible = false);
        assert_eq!(by_excess(&mut table), 0);
    }
}
