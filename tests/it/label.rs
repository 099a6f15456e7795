//! Profiles, catalogs, matching and names.

mod catalogs;
mod matching;
mod names;
mod portraits;
mod profiles;
mod shipped;

use segmint::config::{Algorithm, LabelPlan};
use segmint::label::{
    AttributeProfile, Catalog, ClusterProfile, ClusteringProfile, ColumnFigures, ColumnProfile, Distribution, FoundIn,
    Labelled, LevelProfile, LevelShare, Profiles, Roles, builtin_catalogs, label,
};
use segmint::metrics::ClusterId;

/// `[label]` as it is when nothing is configured.
fn plan() -> LabelPlan {
    LabelPlan { catalogs: Vec::new(), ..LabelPlan::default() }
}

fn rfm() -> Catalog {
    builtin_catalogs().remove(0)
}

fn rfm_roles() -> Roles {
    Roles::from([("recency", "recency_days"), ("frequency", "frequency"), ("monetary", "monetary")])
}

/// A cluster as a test describes it: per column its position and median, per level of the attribute its share.
#[derive(Clone)]
struct Sketch {
    columns: Vec<(f64, f64)>,
    shares: Vec<f64>,
}

/// A cluster by its positions; the medians go with them, 10 in the middle of everybody.
fn at(positions: &[f64]) -> Sketch {
    Sketch { columns: positions.iter().map(|&a| (a, 20.0 * a)).collect(), shares: Vec::new() }
}

fn figures(position: f64, median: f64, spread: f64) -> ColumnFigures {
    let distribution = Distribution {
        sum: Some(median * 10.0),
        mean: median,
        std: spread,
        min: median - spread,
        q25: median,
        median,
        q75: median,
        max: median + spread,
    };
    ColumnFigures { n_observed: 10, missing_share: 0.0, position: Some(position), distribution: Some(distribution) }
}

/// Profiles of clusters of equal size; `levels` are those of the attribute `channel`, which is there if any are.
fn profiles(columns: &[&str], levels: &[&str], sketches: &[Sketch]) -> Profiles {
    let clusters = sketches.iter().enumerate().map(|(c, sketch)| {
        let columns: Vec<ColumnFigures> = sketch.columns.iter().map(|&(a, median)| figures(a, median, 1.0)).collect();
        let mut distinctive: Vec<usize> = (0..columns.len()).collect();
        let strength = |j: usize| (sketch.columns[j].0 - 0.5).abs();
        distinctive.sort_by(|&a, &b| strength(b).total_cmp(&strength(a)));
        let level =
            |(level, &share): (usize, &f64)| LevelProfile { level, n: (share * 10.0) as usize, share, lift: 1.0 };
        let shares = sketch.shares.iter().enumerate().filter(|(_, share)| **share > 0.0).map(level).collect();
        ClusterProfile {
            cluster: Some(ClusterId::new(c)),
            size: 10,
            // A cluster alone has somebody beside it, who is not looked at.
            share: (1.0 / sketches.len() as f64).min(0.9),
            value: None,
            value_share: None,
            columns,
            attributes: if levels.is_empty() { vec![] } else { vec![shares] },
            distinctive,
            representatives: vec![c],
            representative_values: vec![sketch.columns.iter().map(|&(_, median)| Some(median)).collect()],
            neighbour: None,
        }
    });
    let column = |name: &&str| ColumnProfile {
        name: (*name).to_owned(),
        spoken: None,
        clustered: true,
        constant: false,
        figures: figures(0.5, 10.0, 9.0),
    };
    let share = |level: &&str| LevelShare { level: Some((*level).to_owned()), n: 5, share: 0.5 };
    let channel =
        AttributeProfile { name: "channel".to_owned(), clustered: false, levels: levels.iter().map(share).collect() };
    Profiles {
        n_customers: 10 * sketches.len(),
        columns: columns.iter().map(column).collect(),
        value_column: None,
        value: None,
        attributes: if levels.is_empty() { vec![] } else { vec![channel] },
        clusterings: vec![ClusteringProfile {
            found_in: FoundIn::Clustering(Algorithm::KMeans),
            clusters: clusters.collect(),
        }],
    }
}

const RFM_COLUMNS: [&str; 3] = ["recency_days", "frequency", "monetary"];

/// Clusters at the given (recency, frequency, monetary) positions, named with `rfm-8`.
fn label_rfm(positions: &[[f64; 3]], plan: &LabelPlan) -> Labelled {
    let sketches: Vec<Sketch> = positions.iter().map(|p| at(p)).collect();
    label(&profiles(&RFM_COLUMNS, &[], &sketches), &[rfm()], &rfm_roles(), plan, Algorithm::KMeans, |_| true)
}

fn archetypes(labelled: &Labelled) -> Vec<Option<&str>> {
    labelled.clusterings[0].clusters.iter().map(|cluster| cluster.archetype.as_deref()).collect()
}

fn english(labelled: &Labelled) -> Vec<&str> {
    labelled.clusterings[0].clusters.iter().map(|cluster| cluster.name.en.as_str()).collect()
}
