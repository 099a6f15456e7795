use rayon::prelude::*;

use super::profiles::REPRESENTATIVES;
use crate::matrix::{TILE_ROWS, TiledMatrix};
use crate::metrics::Partition;

/// Per feature and cluster: the mean of the cluster's normalized values.
pub(super) fn cluster_means(matrix: &TiledMatrix, partition: &Partition) -> Vec<Vec<f64>> {
    let labels = partition.labels();
    let sizes = partition.sizes();
    (0..matrix.n_features())
        .into_par_iter()
        .map(|j| {
            let mut sums = vec![0.0; sizes.len()];
            for t in 0..matrix.n_tiles() {
                let tile = matrix.tile(t);
                for (label, &x) in labels[tile.rows()].iter().zip(tile.column(j)) {
                    if let Some(id) = label {
                        sums[id.index()] += f64::from(x);
                    }
                }
            }
            sums.iter().zip(&sizes).map(|(sum, &size)| sum / size as f64).collect()
        })
        .collect()
}

/// Per cluster: the matrix rows nearest to its mean ([`cluster_means`]), nearest first; of two that are equally near the one that
/// `comes_first`, so that no order of the rows decides.
pub(super) fn nearest_rows(
    matrix: &TiledMatrix,
    partition: &Partition,
    means: &[Vec<f64>],
    comes_first: impl Fn(usize, usize) -> bool,
) -> Vec<Vec<usize>> {
    let labels = partition.labels();
    let mut distances = vec![0.0; matrix.n_customers()];
    distances.par_chunks_mut(TILE_ROWS).enumerate().for_each(|(t, distances)| {
        let tile = matrix.tile(t);
        for (j, means) in means.iter().enumerate() {
            for ((distance, label), &x) in distances.iter_mut().zip(&labels[tile.rows()]).zip(tile.column(j)) {
                if let Some(id) = label {
                    let gap = f64::from(x) - means[id.index()];
                    *distance += gap * gap;
                }
            }
        }
    });

    let mut nearest: Vec<Vec<(f64, usize)>> = vec![Vec::new(); partition.n_clusters()];
    for (row, (label, &distance)) in labels.iter().zip(&distances).enumerate() {
        let Some(id) = label else { continue };
        let list = &mut nearest[id.index()];
        let is_nearer = |&(other, at): &(f64, usize)| other < distance || other == distance && !comes_first(row, at);
        let at = list.partition_point(is_nearer);
        if at < REPRESENTATIVES {
            list.insert(at, (distance, row));
            list.truncate(REPRESENTATIVES);
        }
    }
    nearest.into_iter().map(|list| list.into_iter().map(|(_, row)| row).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn representatives_are_the_nearest_rows_and_of_ties_those_that_come_first() {
        let matrix = TiledMatrix::from_rows(&[0.0, 9.0, 2.0, 1.0, 2.0, 0.0, 7.0, 1.0], 1).unwrap();
        let partition = Partition::from_signed(&[0, 1, 0, 0, 0, 0, 1, -1]);
        let means = cluster_means(&matrix, &partition);
        let nearest = |first: fn(usize, usize) -> bool| nearest_rows(&matrix, &partition, &means, first);
        assert_eq!(nearest(|a, b| a < b), [vec![3, 0, 2, 4, 5], vec![1, 6]]);
        assert_eq!(nearest(|a, b| a > b), [vec![3, 5, 4, 2, 0], vec![6, 1]]);
    }
}
