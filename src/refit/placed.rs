//! The customers of a table as an older model sees them.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::cluster::ClusterModel;
use crate::config::Missing;
use crate::load::CustomerTable;
use crate::matrix::{ColumnWriter, TiledMatrix};
use crate::metrics::ClusterId;
use crate::monitor::Monitor;
use crate::normalize::{CategoryEncoder, FeatureNormalizer, NormalizeError, Normalizer};

/// How much farther than 99 of 100 of a segment's own customers somebody may be before being like none of them.
const SLACK: f64 = 1.15;

/// The cluster that an older model gives every customer of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Per row of the table; `None` = in no cluster, or a value is missing that the old model needs.
    pub clusters: Vec<Option<ClusterId>>,
    /// Whether a row is farther from its centroid than the customers of the older run were.
    pub outside: Vec<bool>,
}

impl Placed {
    /// Places the rows of `table` by `normalizer` and `model`; `None` when the table lacks a column. `reach` is per cluster the
    /// distance from the centroid that 99 of 100 of its customers are within, in normalized units; `None` where it is not known.
    ///
    /// Time and memory are those of one more normalized matrix, which is freed at the end.
    ///
    /// # Errors
    /// When a column cannot be read, or `monitor` ends the work.
    pub fn of(
        table: &CustomerTable,
        normalizer: &Normalizer,
        model: &ClusterModel,
        reach: &[Option<f64>],
        monitor: &Monitor,
    ) -> Result<Option<Placed>, NormalizeError> {
        let Some((matrix, keep)) = normalized(table, normalizer, monitor)? else { return Ok(None) };
        let labels = model.assign(&matrix, &monitor.without_progress())?.partition;
        let kept = |row: usize| labels.labels()[row].filter(|_| keep[row]);
        let clusters: Vec<Option<ClusterId>> = (0..table.ids.len()).map(kept).collect();
        let is_outside = |(row, cluster): (usize, &Option<ClusterId>)| {
            let (ClusterModel::KMeans(model), Some(cluster)) = (model, cluster) else { return false };
            let Some(reach) = reach.get(cluster.index()).copied().flatten() else { return false };
            let centroid = model.centroids.get(cluster.index());
            let distance2: f64 = matrix.row_values(row).zip(centroid).map(|(x, m)| (f64::from(x) - m).powi(2)).sum();
            distance2.sqrt() > SLACK * reach
        };
        let outside = clusters.par_iter().enumerate().map(is_outside).collect();
        Ok(Some(Placed { clusters, outside }))
    }
}

/// The rows of `table` in the space of `normalizer`, in the order of the table, and which of them have a place there; `None` when
/// the table lacks a column.
fn normalized(
    table: &CustomerTable,
    normalizer: &Normalizer,
    monitor: &Monitor,
) -> Result<Option<(TiledMatrix, Vec<bool>)>, NormalizeError> {
    let numeric: BTreeSet<String> = table.numeric.names().into_iter().collect();
    let categories: Option<Vec<_>> = normalizer
        .categories()
        .iter()
        .map(|category| Some((category, table.attributes.iter().find(|levels| levels.name() == category.name())?)))
        .collect();
    let Some(categories) = categories else { return Ok(None) };
    if normalizer.features().iter().any(|feature| !numeric.contains(feature.name())) {
        return Ok(None);
    }
    let n = table.ids.len();
    let mut matrix = TiledMatrix::builder(n, normalizer.n_matrix_columns());
    let mut writers = matrix.columns();
    let mut indicators = writers.split_off(normalizer.features().len()).into_iter();
    let one = |(mut writer, feature): (ColumnWriter<'_>, &FeatureNormalizer)| -> Result<Vec<usize>, NormalizeError> {
        monitor.check()?;
        let values = table.numeric.read(feature.name())?;
        let z =
            |x: f64| if x.is_nan() && feature.missing() == Missing::Drop { f32::NAN } else { feature.apply(x) as f32 };
        let fits = |z: &f32| z.is_finite();
        let misfits = (0..n).filter(|&row| !fits(&z(values[row]))).collect();
        writer.fill(|row| Some(z(values[row])).filter(fits).unwrap_or(0.0));
        Ok(misfits)
    };
    let misfits: Vec<Result<Vec<usize>, NormalizeError>> =
        writers.into_par_iter().zip(normalizer.features()).map(one).collect();
    let mut keep = vec![true; n];
    for rows in misfits {
        rows?.into_iter().for_each(|row| keep[row] = false);
    }
    for (category, levels) in categories {
        let columns: Vec<Option<usize>> = (0..n).map(|row| category.column(category.code(levels.text(row)))).collect();
        write_levels(category, &columns, &mut indicators);
    }
    Ok(Some((matrix.finish().expect("what is not finite was left out"), keep)))
}

fn write_levels<'a>(
    category: &CategoryEncoder,
    columns: &[Option<usize>],
    writers: &mut impl Iterator<Item = ColumnWriter<'a>>,
) {
    for (level, mut writer) in (0..category.levels().len()).zip(writers) {
        writer.fill(|row| if columns[row] == Some(level) { category.height() } else { 0.0 });
    }
}
