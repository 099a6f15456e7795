//! DBSCAN on an ndarray through linfa's traits: exact labels, and a model that places new rows.
//!
//! `cargo run --example linfa`
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use linfa::prelude::*;
use ndarray::{Array1, Array2};
use rand::RngExt;
use segmint::cluster::ClusterError;
use segmint::cluster::dbscan::DbscanParams;
use segmint::random::stream;

fn main() -> Result<(), ClusterError> {
    // Two rings around one centre, which no k-means can tell apart.
    let mut random = stream(1, "example", 0);
    let rows = Array2::from_shape_fn((2_000, 2), |(i, j)| {
        let (angle, radius) = (i as f64 * 0.618 * std::f64::consts::TAU, if i % 2 == 0 { 1.0 } else { 3.0 });
        let along = if j == 0 { angle.cos() } else { angle.sin() };
        radius * along + random.random_range(-0.1..0.1)
    });

    let model = DbscanParams::new(0.3, 5).fit(&DatasetBase::from(rows.clone()))?;
    let labels: Array1<Option<usize>> = model.predict(&rows);
    for cluster in 0..model.n_clusters() {
        println!("ring {cluster}: {} rows", labels.iter().filter(|label| **label == Some(cluster)).count());
    }
    println!("noise: {} rows", labels.iter().filter(|label| label.is_none()).count());
    Ok(())
}
