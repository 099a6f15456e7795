//! The customers of an earlier run as new segments see them.

use super::drift::Sample;
use crate::cluster::kmeans::Centroids;
use crate::metrics::Partition;
use crate::normalize::{Normalizer, RowOutcome};

/// The fewest customers of the sample that a cluster has to have by its size, for their absence to say something.
const EXPECTED: u64 = 10;
/// What of them has to have been there for the cluster to be an old place: one in so many.
const FEW: u64 = 3;

/// Per new cluster, how many customers of the `sample` of an earlier run would be in it; `None` where a column is lacking.
pub fn placed_then(sample: &Sample, normalizer: &Normalizer, centroids: &Centroids) -> Option<Vec<u64>> {
    let columns: Option<Vec<_>> = normalizer.names().iter().map(|name| sample.column(name)).collect();
    let columns = columns?;
    let (numbers, categories) = columns.split_at(normalizer.features().len());
    let mut counts = vec![0; centroids.k()];
    let mut z = vec![0.0; normalizer.n_matrix_columns()];
    for i in 0..sample.n {
        let number = numbers.iter().map(|column| column.values[i]);
        let codes = categories.iter().zip(normalizer.categories());
        let raw: Vec<f64> = number.chain(codes.map(|(column, category)| category.code(column.text(i)))).collect();
        if !matches!(normalizer.apply(&raw, &mut z), Ok(RowOutcome::Normalized)) {
            continue;
        }
        let distance2 = |cluster: usize| -> f64 {
            z.iter().zip(centroids.get(cluster)).map(|(x, m)| (f64::from(*x) - m).powi(2)).sum()
        };
        let nearest = (0..centroids.k()).min_by(|&a, &b| distance2(a).total_cmp(&distance2(b)));
        nearest.into_iter().for_each(|cluster| counts[cluster] += 1);
    }
    Some(counts)
}

/// Per cluster of `partition`, whether hardly anybody was there `then`: fewer than a third of what its size of today would have made
/// of the sample.
pub(super) fn was_empty(then: &[u64], partition: &Partition) -> Vec<bool> {
    let sampled: u64 = then.iter().sum();
    let sizes = partition.sizes();
    let n: u64 = sizes.iter().map(|&size| size as u64).sum();
    let is_empty = |(&then, &size): (&u64, &usize)| {
        let expected = sampled * size as u64;
        expected >= EXPECTED * n && FEW * then * n < expected
    };
    then.iter().zip(&sizes).map(is_empty).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::ClusterId;

    #[test]
    fn a_cluster_is_new_where_hardly_anybody_was_before() {
        let labels = |sizes: &[usize]| {
            let of = |(cluster, &size): (usize, &usize)| vec![Some(ClusterId::new(cluster)); size];
            Partition::new(sizes.iter().enumerate().flat_map(of).collect(), sizes.len())
        };
        // Of 1,000 customers 100 would have been in it.
        let of = |then| was_empty(&[1000 - then, then], &labels(&[1800, 200]));
        assert_eq!((of(33), of(34)), (vec![false, true], vec![false, false]));
        // Of 1,000 customers 9: too few to tell.
        assert_eq!(was_empty(&[1000, 0], &labels(&[991, 9])), [false, false]);
        assert_eq!(was_empty(&[0, 0], &labels(&[10, 10])), [false, false], "without a sample nothing is new");
    }
}
