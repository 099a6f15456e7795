//! `segments.parquet`: one row per clustering × cluster × feature, in original units.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;

use crate::config::Algorithm;
use crate::label::{ClusterProfile, ColumnFigures, ColumnProfile, Distribution, FoundIn, Profiles};
use crate::metrics::ClusterId;
use crate::model::{SegmentName, table_properties};
use crate::output_file::OutputFile;

/// One row of the table before it becomes columns.
struct Row<'a> {
    clustering: Algorithm,
    cluster: &'a ClusterProfile,
    column: &'a ColumnProfile,
    figures: &'a ColumnFigures,
}

/// Writes the profiles of all clusterings; `segments` are the names of the `primary` clusters, in order.
///
/// # Errors
/// When the file cannot be written.
pub fn write_segments(
    path: &Path,
    profiles: &Profiles,
    primary: Algorithm,
    segments: &[SegmentName],
) -> Result<(), ParquetError> {
    let of_algorithms = profiles.clusterings.iter().filter_map(|found| match found.found_in {
        FoundIn::Clustering(algorithm) => Some((algorithm, &found.clusters)),
        FoundIn::Noise => None,
    });
    let rows: Vec<Row<'_>> = of_algorithms
        .flat_map(|(algorithm, clusters)| clusters.iter().map(move |cluster| (algorithm, cluster)))
        .flat_map(|(clustering, cluster)| {
            let columns = profiles.columns.iter().zip(&cluster.columns);
            columns.map(move |(column, figures)| Row { clustering, cluster, column, figures })
        })
        .collect();
    let segment = |row: &Row<'_>| -> Option<&str> {
        let cluster = row.cluster.cluster.filter(|_| row.clustering == primary)?;
        segments.get(cluster.index()).map(|segment| segment.segment_id.as_str())
    };
    let floats =
        |of: &dyn Fn(&Row<'_>) -> Option<f64>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Float64Array>()) };
    let statistic = |of: fn(&Distribution) -> f64| floats(&|row| row.figures.distribution.as_ref().map(of));
    let texts = |of: &dyn Fn(&Row<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let clusters = rows.iter().map(|row| row.cluster.cluster.map(ClusterId::index).map(|index| index as i32));
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("clustering", texts(&|row| Some(row.clustering.name().to_owned())), false),
        ("cluster", Arc::new(clusters.collect::<Int32Array>()) as ArrayRef, true),
        ("segment_id", texts(&|row| segment(row).map(str::to_owned)), true),
        ("feature", texts(&|row| Some(row.column.name.clone())), false),
        ("clustered", Arc::new(rows.iter().map(|row| Some(row.column.clustered)).collect::<BooleanArray>()), false),
        ("size", Arc::new(rows.iter().map(|row| Some(row.cluster.size as i64)).collect::<Int64Array>()), false),
        ("share", floats(&|row| Some(row.cluster.share)), false),
        ("value_share", floats(&|row| row.cluster.value_share), true),
        ("missing_share", floats(&|row| Some(row.figures.missing_share)), false),
        ("mean", statistic(|d| d.mean), true),
        ("std", statistic(|d| d.std), true),
        ("min", statistic(|d| d.min), true),
        ("q25", statistic(|d| d.q25), true),
        ("median", statistic(|d| d.median), true),
        ("q75", statistic(|d| d.q75), true),
        ("max", statistic(|d| d.max), true),
        ("position", floats(&|row| row.figures.position), true),
    ])?;
    let mut writer = ArrowWriter::try_new(OutputFile::within(path)?, batch.schema(), Some(table_properties()))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}
