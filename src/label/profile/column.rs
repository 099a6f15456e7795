use serde::{Deserialize, Serialize};

use super::neighbour::pairwise_position;
use crate::label::FoundIn;
use crate::load::Sorted;
use crate::matrix::RowMap;
use crate::metrics::{ClusterId, Partition};
use crate::stats::{has_shares, mean_and_deviation, quantile_of_any_size};

/// Figures of one column over some customers, from observed values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ColumnFigures {
    /// Observed values.
    pub n_observed: usize,
    /// The share of the customers whose value is missing; clustered columns had these imputed.
    pub missing_share: f64,
    /// P(member > non-member) + ½ P(equal), 0 … 1, over observed values; null unless most members have one: a few of them
    /// do not stand for the others.
    pub position: Option<f64>,
    /// How the values are distributed; null when nobody is observed.
    pub distribution: Option<Distribution>,
}

/// The distribution of some values in original units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Distribution {
    /// Sum; null when it is beyond what a number can hold.
    pub sum: Option<f64>,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation, with n in the denominator.
    pub std: f64,
    /// Smallest value.
    pub min: f64,
    /// First quartile, by linear interpolation between order statistics.
    pub q25: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q75: f64,
    /// Largest value.
    pub max: f64,
}

impl ColumnFigures {
    /// The sum of the observed values, 0 without any; null when it is beyond what a number can hold.
    pub fn sum(&self) -> Option<f64> {
        self.distribution.map_or(Some(0.0), |d| d.sum)
    }

    /// The median; null when nobody is observed.
    pub fn median(&self) -> Option<f64> {
        self.distribution.map(|d| d.median)
    }
}

/// A column in one cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InCluster {
    pub(super) figures: ColumnFigures,
    /// P(member > member of the neighbour) + ½ P(equal); null without a neighbour, and unless most members of both have a
    /// value.
    pub(super) against_neighbour: Option<f64>,
}

/// The groups that rows are in, per partition: its clusters, then noise if there is any.
pub(super) struct Groups {
    /// Rows of the matrix.
    n_rows: usize,
    /// The tag of every table row, [`NO_TAG`] for those that are not in the matrix: a column is ranked where it lies.
    tags: Vec<u32>,
    /// Per partition: the group of every tag, and the groups' sizes.
    of_tags: Vec<(Vec<u32>, Vec<usize>)>,
}

/// The tag of a row that is in no group.
const NO_TAG: u32 = u32::MAX;

impl Groups {
    /// Numbers the combinations of groups, so that a column is sorted once for all partitions; where there are as many
    /// combinations as rows, rows of the matrix stand for themselves.
    pub(super) fn of(partitions: &[(FoundIn, &Partition)], rows: &RowMap) -> Self {
        let n_rows = rows.n_matrix();
        let sizes = |(_, partition): &(FoundIn, &Partition)| -> Vec<usize> {
            let noise = (partition.n_noise() > 0).then_some(partition.n_noise());
            partition.sizes().into_iter().chain(noise).collect()
        };
        let sizes: Vec<Vec<usize>> = partitions.iter().map(sizes).collect();
        let group = |p: usize, row: usize| {
            let partition = partitions[p].1;
            partition.labels()[row].map_or(partition.n_clusters(), ClusterId::index) as u32
        };
        let n_tags = sizes.iter().try_fold(1_usize, |n, sizes| n.checked_mul(sizes.len()).filter(|&n| n < n_rows));
        let Some(n_tags) = n_tags else {
            let of_rows = |(p, sizes)| ((0..n_rows).map(|row| group(p, row)).collect(), sizes);
            let tags = rows.scatter(&(0..n_rows as u32).collect::<Vec<u32>>(), NO_TAG);
            return Groups { n_rows, tags, of_tags: sizes.into_iter().enumerate().map(of_rows).collect() };
        };
        let tag = |row| (0..sizes.len()).fold(0, |tag, p| tag * sizes[p].len() as u32 + group(p, row));
        let tags = rows.scatter(&(0..n_rows).map(tag).collect::<Vec<u32>>(), NO_TAG);
        let mut of_tags = Vec::with_capacity(sizes.len());
        let mut width = n_tags;
        for sizes in sizes {
            width /= sizes.len();
            of_tags.push(((0..n_tags).map(|tag| (tag / width % sizes.len()) as u32).collect(), sizes));
        }
        Groups { n_rows, tags, of_tags }
    }
}

/// One column's observed values in ascending order, each with the tag of its row.
pub(super) struct Ranked<'a> {
    groups: &'a Groups,
    sorted: Sorted,
}

impl<'a> Ranked<'a> {
    /// Ranks a column given in table order, whose rows are in `order` ascending by value.
    pub(super) fn new(order: &[u32], column: &[f64], groups: &'a Groups) -> Self {
        let tag = |row: usize| Some(groups.tags[row]).filter(|&tag| tag != NO_TAG);
        Ranked { groups, sorted: Sorted::new(order, column, tag) }
    }

    /// The figures of all customers.
    pub(super) fn overall(&self) -> ColumnFigures {
        let values = self.sorted.values();
        figures(values, self.groups.n_rows, (!values.is_empty()).then_some(0.5))
    }

    /// Whether what is held of its sum can be told as a share of it.
    pub(super) fn has_shares(&self) -> bool {
        has_shares(self.sorted.values().iter().copied())
    }

    /// Per partition: the column in every cluster, then in noise if there is any. `neighbours` says per partition which
    /// other cluster every cluster is held against.
    pub(super) fn by_cluster(&self, neighbours: &[Vec<Option<usize>>]) -> Vec<Vec<InCluster>> {
        let both = self.groups.of_tags.iter().zip(neighbours);
        both.map(|((groups, sizes), neighbours)| self.of_partition(groups, sizes, neighbours)).collect()
    }

    fn of_partition(&self, group_of_tag: &[u32], sizes: &[usize], neighbours: &[Option<usize>]) -> Vec<InCluster> {
        let n_observed = self.sorted.len();
        let group = |i: usize| group_of_tag[self.sorted.tag(i) as usize] as usize;
        let mut ends = sizes.to_vec();
        if n_observed < self.groups.n_rows {
            ends.fill(0);
            (0..n_observed).for_each(|i| ends[group(i)] += 1);
        }
        let mut before = 0;
        for end in &mut ends {
            before += std::mem::replace(end, before);
        }
        let starts = ends.clone();

        // Values fall into their cluster's stretch in ascending order; mid-ranks are summed doubled, as whole numbers.
        let mut values = vec![0.0; n_observed];
        let mut rank_sums = vec![0_u128; sizes.len()];
        let mut first = 0;
        while first < n_observed {
            let end = self.sorted.end_of_ties(first);
            let (value, doubled_rank) = (self.sorted.values()[first], (first + end + 1) as u128);
            for g in (first..end).map(group) {
                values[ends[g]] = value;
                ends[g] += 1;
                rank_sums[g] += doubled_rank;
            }
            first = end;
        }
        let of_group = |g: usize| &values[starts[g]..ends[g]];
        let told = |g: usize| 2 * (ends[g] - starts[g]) > sizes[g];
        let in_cluster = |g: usize| {
            let position = position(rank_sums[g], ends[g] - starts[g], n_observed).filter(|_| told(g));
            let neighbour = neighbours.get(g).copied().flatten().filter(|&other| told(g) && told(other));
            InCluster {
                figures: figures(of_group(g), sizes[g], position),
                against_neighbour: neighbour.and_then(|other| pairwise_position(of_group(g), of_group(other))),
            }
        };
        (0..sizes.len()).map(in_cluster).collect()
    }
}

/// A from the doubled sum of the members' mid-ranks: the pairs a member wins, ties half, over all pairs.
fn position(doubled_rank_sum: u128, members: usize, observed: usize) -> Option<f64> {
    let (m, others) = (members as u128, (observed - members) as u128);
    match (m, others) {
        (0, _) => None,
        (_, 0) => Some(0.5),
        _ => Some((doubled_rank_sum - m * (m + 1)) as f64 / (2 * m * others) as f64),
    }
}

/// Figures of ascending values, observed in some of `n` customers.
fn figures(values: &[f64], n: usize, position: Option<f64>) -> ColumnFigures {
    ColumnFigures {
        n_observed: values.len(),
        missing_share: if n == 0 { 0.0 } else { (n - values.len()) as f64 / n as f64 },
        position,
        distribution: distribution(values),
    }
}

fn distribution(ascending: &[f64]) -> Option<Distribution> {
    let (&min, &max) = (ascending.first()?, ascending.last()?);
    let sum = ascending.iter().sum::<f64>();
    let (mean, std) = mean_and_deviation(ascending);
    let sum = Some(sum).filter(|sum| sum.is_finite());
    let [q25, median, q75] = [0.25, 0.5, 0.75].map(|q| quantile_of_any_size(ascending, q));
    Some(Distribution { sum, mean, std, min, q25, median, q75, max })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Algorithm;
    use crate::load::ascending;

    fn of(values: &[f64], labels: &[i64]) -> Vec<ColumnFigures> {
        let partition = Partition::from_signed(labels);
        let rows = RowMap::all(values.len());
        let groups = Groups::of(&[(FoundIn::Clustering(Algorithm::KMeans), &partition)], &rows);
        let ranked = Ranked::new(&ascending(values), values, &groups);
        let clusters = ranked.by_cluster(&[Vec::new()]).remove(0);
        clusters.into_iter().map(|cluster| cluster.figures).collect()
    }

    #[test]
    fn position_is_0_below_everyone_1_above_everyone_and_half_among_equals() {
        let clusters = of(&[1.0, 2.0, 5.0, 5.0], &[0, 0, 1, 1]);
        assert_eq!([clusters[0].position, clusters[1].position], [Some(0.0), Some(1.0)]);
        let equal = of(&[3.0, 3.0, 3.0], &[0, 1, 1]);
        assert_eq!([equal[0].position, equal[1].position], [Some(0.5), Some(0.5)]);
    }

    #[test]
    fn a_cluster_of_everyone_stands_in_the_middle() {
        assert_eq!(of(&[1.0, 2.0], &[0, 0])[0].position, Some(0.5));
    }

    #[test]
    fn values_that_differ_in_the_last_bit_are_ranked() {
        let near: Vec<f64> = (0..50_u64).map(|i| f64::from_bits(1.0_f64.to_bits() + (i * 7) % 50)).collect();
        let labels: Vec<i64> = (0..50).map(|i| i64::from((i * 7) % 50 >= 25)).collect();
        let clusters = of(&near, &labels);
        assert_eq!([clusters[0].position, clusters[1].position], [Some(0.0), Some(1.0)]);
    }

    #[test]
    fn partitions_of_one_column_are_told_apart_whether_their_combinations_are_few_or_many() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 40)).collect();
        let fine: Vec<i64> = (0..40).map(|i| i / 2).collect();
        let coarse: Vec<i64> = (0..40).map(|i| i % 3 - 1).collect();
        let (fine, coarse) = (Partition::from_signed(&fine), Partition::from_signed(&coarse));
        let next = |partition: &Partition| (0..partition.n_clusters()).map(|c| Some(c ^ 1)).collect::<Vec<_>>();
        let rows = RowMap::all(40);
        let alone = |partition| {
            let groups = Groups::of(&[(FoundIn::Clustering(Algorithm::KMeans), partition)], &rows);
            let ranked = Ranked::new(&ascending(&values), &values, &groups);
            ranked.by_cluster(&[next(partition)]).remove(0)
        };
        for pair in [[&fine, &coarse], [&coarse, &fine], [&coarse, &coarse]] {
            let groups = Groups::of(&pair.map(|partition| (FoundIn::Clustering(Algorithm::KMeans), partition)), &rows);
            let ranked = Ranked::new(&ascending(&values), &values, &groups);
            assert_eq!(ranked.by_cluster(&pair.map(next)), pair.map(alone));
        }
    }

    #[test]
    fn rows_are_found_wherever_they_stand_in_the_matrix() {
        let values = [5.0, 1.0, f64::NAN, 2.0, 9.0];
        let rows = RowMap::kept(&[true, true, true, true, false]).reordered(&[3, 1, 0, 2]);
        let partition = Partition::from_signed(&[0, 0, 1, 1]);
        let groups = Groups::of(&[(FoundIn::Clustering(Algorithm::KMeans), &partition)], &rows);
        let clusters = Ranked::new(&ascending(&values), &values, &groups).by_cluster(&[Vec::new()]).remove(0);
        let found: Vec<_> = clusters.iter().map(|one| (one.figures.n_observed, one.figures.median())).collect();
        assert_eq!(found, [(2, Some(1.5)), (1, Some(5.0))]);
    }

    #[test]
    fn negative_zero_ties_with_zero() {
        let clusters = of(&[-0.0, 0.0], &[0, 1]);
        assert_eq!([clusters[0].position, clusters[1].position], [Some(0.5), Some(0.5)]);
    }

    #[test]
    fn an_unobserved_cluster_has_no_figures() {
        let clusters = of(&[f64::NAN, 1.0, 2.0, f64::NAN], &[0, 1, 1, 1]);
        assert_eq!(
            clusters[0],
            ColumnFigures { n_observed: 0, missing_share: 1.0, position: None, distribution: None }
        );
        assert_eq!((clusters[1].n_observed, clusters[1].missing_share), (2, 1.0 / 3.0));
        assert_eq!(clusters[1].position, Some(0.5), "nobody else is observed");
    }

    #[test]
    fn a_cluster_has_a_position_only_where_most_members_have_a_value() {
        let half = of(&[1.0, f64::NAN, 2.0, 3.0], &[0, 0, 1, 1]);
        assert_eq!((half[0].n_observed, half[0].position, half[1].position), (1, None, Some(1.0)));
        let most = of(&[1.0, 1.5, f64::NAN, 2.0, 3.0], &[0, 0, 0, 1, 1]);
        assert_eq!((most[0].position, most[0].median()), (Some(0.0), Some(1.25)));
    }

    #[test]
    fn huge_values_have_finite_moments() {
        let d = of(&[1e308, 1e308, -1e308], &[0, 0, 0])[0].distribution.unwrap();
        assert!((d.mean / 1e308 - 1.0 / 3.0).abs() < 1e-15 && d.std.is_finite() && d.q25.is_finite());
    }
}
