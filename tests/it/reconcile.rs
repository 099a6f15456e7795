//! k-means and DBSCAN held against each other.

use segmint::cluster::reconcile::{Kinship, Reconciliation, reconcile};
use segmint::metrics::Partition;

/// A partition pair from (k-means, DBSCAN, rows).
fn both(groups: &[(i64, i64, usize)]) -> Reconciliation {
    let expand = |side: fn(&(i64, i64, usize)) -> i64| -> Vec<i64> {
        groups.iter().flat_map(|group| std::iter::repeat_n(side(group), group.2)).collect()
    };
    reconcile(&Partition::from_signed(&expand(|g| g.0)), &Partition::from_signed(&expand(|g| g.1)))
}

fn verdicts(reconciliation: &Reconciliation) -> Vec<Kinship> {
    reconciliation.findings.iter().map(|finding| finding.verdict).collect()
}

#[test]
fn kept_merged_split_and_noise_are_told_apart() {
    let result = both(&[
        (0, 0, 95),
        (0, -1, 5),
        (1, 1, 60),
        (1, 2, 30),
        (1, 3, 10),
        (2, 4, 80),
        (2, -1, 20),
        (3, 4, 70),
        (3, 0, 5),
        (4, -1, 51),
        (4, 5, 49),
    ]);
    use Kinship::{Kept, Merged, Noise, Split};
    assert_eq!(verdicts(&result), [Kept, Split, Merged, Merged, Noise]);
    assert_eq!(result.findings[2].merged_with, [3.into()]);
    assert_eq!(result.findings[3].merged_with, [2.into()]);
    let shares: Vec<f64> = result.findings[1].parts.iter().map(|part| part.share).collect();
    assert_eq!(shares, [0.6, 0.3, 0.1]);
    assert_eq!(
        result.findings[1].sentence.en,
        "DBSCAN splits k-means cluster 1 over 3 clusters, most of it in 1 (60 %), 2 (30 %), 3 (10 %); 0 % is noise"
    );
    assert_eq!(
        result.findings[2].sentence.en,
        "DBSCAN sees no gap between k-means cluster 2 and k-means cluster 3: DBSCAN cluster 4 holds 80 % of it"
    );
    assert!(result.findings.iter().all(|finding| !finding.sentence.zh.is_empty()));
}

#[test]
fn cells_hold_every_row_once_and_noise_counts_in_one_index_only() {
    let result = both(&[(0, 0, 10), (0, -1, 10), (1, 1, 10)]);
    assert_eq!(result.cells.iter().map(|cell| cell.count).sum::<u64>(), 30);
    assert_eq!(result.cells.len(), 3);
    assert_eq!((result.cells[1].kmeans, result.cells[1].dbscan), (0.into(), None));
    assert_eq!((result.coverage, result.ari), (2.0 / 3.0, Some(1.0)));
    assert!(result.ari_with_noise.unwrap() < 1.0);
}

#[test]
fn a_cluster_scattered_over_many_is_split_even_without_a_large_part() {
    let groups: Vec<(i64, i64, usize)> = (0..20).map(|c| (0, c, 5)).collect();
    let result = both(&groups);
    assert_eq!(verdicts(&result), [Kinship::Split]);
    assert!(result.findings[0].sentence.en.contains("over 20 clusters, none with 10 %"));
}

#[test]
fn everything_noise_has_no_agreement() {
    let result = both(&[(0, -1, 4), (1, -1, 4)]);
    assert_eq!((result.ari, result.coverage), (None, 0.0));
    assert_eq!(verdicts(&result), [Kinship::Noise, Kinship::Noise]);
}
