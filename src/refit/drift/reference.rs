use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Summary;
use crate::cluster::kmeans::Centroids;
use crate::load::{CustomerTable, IN_FLIGHT, Levels, LoadError, Sorted, in_rounds};
use crate::matrix::{RowMap, TILE_ROWS, TiledMatrix};
use crate::metrics::{ClusterId, Partition};
use crate::monitor::Monitor;
use crate::stats::rank_of;

/// Of 100 customers of a segment, those that are within its reach.
const WITHIN_REACH: usize = 99;

/// What a run leaves behind, so that a later one can tell whether customers are still like those of then.
///
/// Figures, no rows: per feature and segment a [`Summary`], per category the counts of its levels. It does not depend on the order
/// of the customers. About 300 bytes a feature and segment in JSON. Of groups of fewer than 50 customers with a value only their
/// number is in it, of others no quantile of the 2 % at either end; levels are counted whatever their number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "Unchecked")]
#[non_exhaustive]
pub struct Reference {
    /// Customers of the table.
    pub n_customers: u64,
    /// The numeric features.
    pub features: Vec<FeatureReference>,
    /// The categories that count in distances.
    pub categories: Vec<CategoryReference>,
    /// The segments, by number of their cluster.
    pub segments: Vec<SegmentReference>,
}

/// A numeric feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FeatureReference {
    /// The column.
    pub name: String,
    /// All customers, also those that are in no segment.
    pub whole: Summary,
    /// The customers of every segment.
    pub segments: Vec<Summary>,
}

/// A category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CategoryReference {
    /// The column.
    pub name: String,
    /// Its levels; null is the missing text, the last one.
    pub levels: Vec<Option<String>>,
    /// Customers of every level, also those that are in no segment.
    pub whole: Vec<u64>,
    /// Per segment its customers of every level.
    pub segments: Vec<Vec<u64>>,
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SegmentReference {
    /// Its customers.
    pub size: u64,
    /// Its reach: the 99 % quantile of the distance of its customers to its centroid, in normalized units; null without
    /// centroids. Who is much farther away is not one of its kind, though no other centroid is nearer.
    pub reach: Option<f64>,
}

/// What a reference is made of.
#[derive(Clone, Copy)]
pub struct ReferenceInput<'a> {
    /// The customers.
    pub table: &'a CustomerTable,
    /// Which of them are in the matrix.
    pub rows: &'a RowMap,
    /// The columns of the table that the matrix was made of.
    pub features: &'a [String],
    /// The normalized customers.
    pub matrix: &'a TiledMatrix,
    /// The segments of the customers.
    pub partition: &'a Partition,
    /// The centroids of the segments, where they have some.
    pub centroids: Option<&'a Centroids>,
}

impl Reference {
    /// Of the customers of a table and their segments.
    ///
    /// With an earlier reference as `bins`, values are counted in its bins, to be held against it; `partition` then says in which
    /// of its segments the customers are now. Every feature is read once, two at a time. Cost: O(n log n) a feature, O(n·d)
    /// for the reach.
    ///
    /// # Errors
    /// When a column cannot be read again, or the monitor says so.
    ///
    /// # Panics
    /// When matrix, rows and partition do not fit each other, or the centroids not the segments.
    pub fn of(input: &ReferenceInput<'_>, bins: Option<&Reference>, monitor: &Monitor) -> Result<Reference, LoadError> {
        let ReferenceInput { table, rows, partition, .. } = *input;
        assert_eq!(rows.n_matrix(), partition.n_rows(), "every row of the matrix has a label");
        let (numeric, categories) = table.part(input.features);
        let groups = Groups::of(rows, partition);
        let earlier = |name: &str| bins?.features.iter().find(|feature| feature.name == name);
        let features = in_rounds(&numeric, IN_FLIGHT, |_, name| -> Result<_, LoadError> {
            monitor.check()?;
            let values = table.numeric.read(name)?;
            Ok(groups.feature(name, (&*table.numeric.ascending(name)?, &values), earlier(name)))
        })?;
        let reaches = input.centroids.map(|centroids| reaches(input.matrix, partition, centroids));
        let segment = |(c, size): (usize, &u64)| SegmentReference {
            size: *size,
            reach: reaches.as_ref().and_then(|reaches| reaches[c]),
        };
        Ok(Reference {
            n_customers: rows.n_table() as u64,
            features,
            categories: categories.par_iter().map(|levels| groups.category(levels)).collect(),
            segments: groups.sizes.iter().enumerate().map(segment).collect(),
        })
    }
}

/// The segment of every customer.
struct Groups {
    /// Per table row; the number of segments where it is in none.
    tags: Vec<u32>,
    sizes: Vec<u64>,
}

impl Groups {
    fn of(rows: &RowMap, partition: &Partition) -> Groups {
        let none = partition.n_clusters() as u32;
        let tags: Vec<u32> =
            partition.labels().iter().map(|label| label.map_or(none, |id| id.index() as u32)).collect();
        let sizes = partition.sizes().into_iter().map(|size| size as u64).collect();
        Groups { tags: rows.scatter(&tags, none), sizes }
    }

    /// Of the values of all rows, with the order of those that have one.
    fn feature(
        &self,
        name: &str,
        (order, values): (&[u32], &[f64]),
        earlier: Option<&FeatureReference>,
    ) -> FeatureReference {
        let sorted = Sorted::new(order, values, |row| Some(self.tags[row]));
        let whole = sorted.values();
        let mut of_segments = vec![Vec::new(); self.sizes.len()];
        for (i, &value) in whole.iter().enumerate() {
            if let Some(segment) = of_segments.get_mut(sorted.tag(i) as usize) {
                segment.push(value);
            }
        }
        let summary = |values: &[f64], size: u64, earlier: Option<&Summary>| {
            Summary::of(values, size - values.len() as u64, earlier.map(|earlier| earlier.edges.as_slice()))
        };
        let segment = |(c, values): (usize, &Vec<f64>)| {
            summary(values, self.sizes[c], earlier.and_then(|earlier| earlier.segments.get(c)))
        };
        FeatureReference {
            name: name.to_owned(),
            whole: summary(whole, self.tags.len() as u64, earlier.map(|earlier| &earlier.whole)),
            segments: of_segments.iter().enumerate().map(segment).collect(),
        }
    }

    fn category(&self, levels: &Levels) -> CategoryReference {
        let missing = levels.levels().len();
        let mut whole = vec![0_u64; missing + 1];
        let mut segments = vec![whole.clone(); self.sizes.len()];
        for (row, &tag) in self.tags.iter().enumerate() {
            let code = levels.code(row).unwrap_or(missing);
            whole[code] += 1;
            if let Some(counts) = segments.get_mut(tag as usize) {
                counts[code] += 1;
            }
        }
        CategoryReference {
            name: levels.name().to_owned(),
            levels: levels.levels().iter().cloned().map(Some).chain([None]).collect(),
            whole,
            segments,
        }
    }
}

/// The reach of every segment; `None` of one without customers.
fn reaches(matrix: &TiledMatrix, partition: &Partition, centroids: &Centroids) -> Vec<Option<f64>> {
    assert_eq!((centroids.k(), centroids.n_features()), (partition.n_clusters(), matrix.n_features()), "one a segment");
    let mut distances = vec![0.0; matrix.n_customers()];
    distances.par_chunks_mut(TILE_ROWS).enumerate().for_each(|(t, distances)| {
        let first = t * TILE_ROWS;
        for (i, distance) in distances.iter_mut().enumerate() {
            let Some(id) = partition.labels()[first + i] else { continue };
            let off = matrix.row_values(first + i).zip(centroids.get(id.index())).map(|(x, c)| f64::from(x) - c);
            *distance = off.map(|off| off * off).sum::<f64>().sqrt();
        }
    });
    let mut of_segments = vec![Vec::new(); centroids.k()];
    for (label, distance) in partition.labels().iter().zip(distances) {
        if let Some(id) = label {
            of_segments[id.index()].push(distance);
        }
    }
    let reach = |mut distances: Vec<f64>| {
        let place = rank_of(distances.len(), WITHIN_REACH, 100);
        (!distances.is_empty()).then(|| *distances.select_nth_unstable_by(place, f64::total_cmp).1)
    };
    of_segments.into_iter().map(reach).collect()
}

/// A reference as it is read.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Unchecked {
    n_customers: u64,
    features: Vec<FeatureReference>,
    categories: Vec<CategoryReference>,
    segments: Vec<SegmentReference>,
}

impl TryFrom<Unchecked> for Reference {
    type Error = String;

    fn try_from(Unchecked { n_customers, features, categories, segments }: Unchecked) -> Result<Self, String> {
        let sizes = segments.iter().map(|segment| segment.size);
        let all = || std::iter::once(n_customers).chain(sizes.clone());
        for feature in &features {
            let summaries: Vec<&Summary> = std::iter::once(&feature.whole).chain(&feature.segments).collect();
            let mistake = summaries.iter().find_map(|summary| summary.mistake());
            let customers = |summary: &&Summary| summary.n.checked_add(summary.n_missing);
            let adds_up = summaries.iter().map(customers).eq(all().map(Some));
            if let Some(mistake) = mistake.or((!adds_up).then_some("customers do not add up")) {
                return Err(format!("the reference of {:?}: {mistake}", feature.name));
            }
        }
        for category in &categories {
            let counts: Vec<&Vec<u64>> = std::iter::once(&category.whole).chain(&category.segments).collect();
            let sum = |counts: &&Vec<u64>| counts.iter().try_fold(0_u64, |sum, &count| sum.checked_add(count));
            let fits = counts.iter().all(|counts| counts.len() == category.levels.len());
            if !fits || !counts.iter().map(sum).eq(all().map(Some)) {
                return Err(format!("the reference of {:?}: customers do not add up", category.name));
            }
        }
        if all().any(|n| n > u64::from(u32::MAX)) {
            return Err("a reference of more customers than a table can have".to_owned());
        }
        Ok(Reference { n_customers, features, categories, segments })
    }
}

impl Reference {
    /// A segment; `None` when there is no such cluster.
    pub fn segment(&self, cluster: ClusterId) -> Option<&SegmentReference> {
        self.segments.get(cluster.index())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refit::drift::example::Customers;

    #[test]
    fn the_order_of_the_customers_changes_nothing() {
        let customers = Customers::draw(900, 1);
        let reference = customers.reference(None);
        assert_eq!(customers.shuffled(2).reference(None), reference);
        let later = Customers::draw(700, 3);
        assert_eq!(later.shuffled(4).reference(Some(&reference)), later.reference(Some(&reference)));
    }

    #[test]
    fn everybody_is_counted_once_in_the_whole_and_once_in_a_segment() {
        let mut customers = Customers::draw(900, 1);
        customers.kind[..30].fill(-1);
        let reference = customers.reference(None);
        assert_eq!(reference.segments.iter().map(|segment| segment.size).sum::<u64>(), 870);
        for feature in &reference.features {
            assert_eq!(feature.whole.n + feature.whole.n_missing, 900);
            for (segment, summary) in reference.segments.iter().zip(&feature.segments) {
                assert_eq!(summary.n + summary.n_missing, segment.size);
                assert_eq!(summary.counts.iter().sum::<u64>(), summary.n);
            }
        }
        let plan = &reference.categories[0];
        assert_eq!(plan.levels, [Some("basic".to_owned()), Some("pro".to_owned()), None]);
        assert_eq!(plan.whole.iter().sum::<u64>(), 900);
        assert_eq!(plan.segments.iter().flatten().sum::<u64>(), 870);
    }

    #[test]
    fn one_in_a_hundred_of_a_segment_is_beyond_its_reach() {
        let reference = Customers::draw(3_000, 1).reference(None);
        for segment in &reference.segments {
            // ages spread by 5 years = 0.05 around the centroid
            let reach = segment.reach.unwrap();
            assert!((reach - 2.58 * 0.05).abs() < 0.02, "{reach}");
        }
        assert!(reference.segment(ClusterId::new(3)).is_none());
    }

    #[test]
    fn what_was_written_is_read_and_what_contradicts_itself_is_refused() {
        let mut customers = Customers::draw(400, 1);
        customers.column("spend")[0] = 1e300;
        let reference = customers.reference(None);
        let text = serde_json::to_string(&reference).unwrap();
        let back: Reference = serde_json::from_str(&text).unwrap();
        assert_eq!(back, reference);
        let damaged = |from: &str, to: &str| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            serde_json::from_str::<Reference>(&changed).unwrap_err().to_string()
        };
        assert!(damaged("\"n_customers\":400", "\"n_customers\":401").contains("do not add up"));
        assert!(damaged("\"counts\":[", "\"counts\":[1,").contains("a bin has no count"));
        assert!(damaged("\"quantiles\":[", "\"quantiles\":[0,").contains("21 quantiles"));
        let mut descending = reference.clone();
        descending.features[0].whole.edges.swap(0, 1);
        let refused = serde_json::from_str::<Reference>(&serde_json::to_string(&descending).unwrap());
        assert!(refused.unwrap_err().to_string().contains("ends of bins are not ascending"));
        assert!(damaged("\"whole\":[", "\"whole\":[18446744073709551615,").contains("\"plan\""));
    }

    #[test]
    fn a_hundred_features_of_twenty_segments_take_less_than_a_megabyte() {
        let mut reference = Customers::draw(2_000, 1).reference(None);
        let spend = reference.features.iter().find(|feature| feature.name == "spend").unwrap().clone();
        let segments = (0..20).map(|c| spend.segments[c % 3].clone()).collect();
        let feature = FeatureReference { name: "money_in_some_months".into(), segments, ..spend };
        reference.features = vec![feature; 100];
        let bytes = serde_json::to_string(&reference).unwrap().len();
        assert!(bytes < 1_000_000, "{bytes}");
    }
}
