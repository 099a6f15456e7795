//! The pictures of a report, made from `charts.json` and `run.json`; nothing of fewer than min_cell customers is drawn.

use super::{Block, in_both};
use crate::cluster::choose_eps::ChosenEps;
use crate::config::Algorithm;
use crate::label::segment_id;
use crate::load::NumericAudit;
use crate::metrics::ClusterId;
use crate::report::chart::{Drawing, Edge, Graph, Line, Lines, Map, MapCell, Picture, Ridge, Ridges, merged};
use crate::report::evidence_facts::ReportInput;
use crate::report::figures::{decimal, percent, plain};
use crate::{Language, Text};

/// Share of the customers that the map should show before it takes a coarser grid.
const ON_THE_MAP: f64 = 0.9;
/// Neighbours nearer than this are joined by a line.
const NEAR: f64 = 0.05;
/// Points of a Lorenz curve left out between two that are drawn, at least: more cannot be told apart with a pointer.
const LORENZ_STEP: usize = 5;

pub(super) fn k_curve(input: &ReportInput) -> Option<Picture> {
    let table = &input.summary.run.kmeans.table;
    let points = |of: &dyn Fn(usize) -> Option<f64>| -> Vec<(f64, f64)> {
        (0..table.len()).filter_map(|i| Some((table[i].k as f64, of(i)?))).collect()
    };
    let measured = points(&|i| table[i].silhouette);
    let references = points(&|i| table[i].reference_mean);
    if measured.len() < 2 {
        return None;
    }
    let k = input.summary.run.kmeans.k as f64;
    Some(Picture {
        caption: Text::new(
            "Silhouette of every k, and the mean of the tables without clusters; the chosen k is marked",
            "各 k 的轮廓系数与无群参照数据的平均值；已标出选定的 k",
        ),
        drawing: Drawing::Lines(Lines {
            x: Text::new("number of clusters k", "聚类数 k"),
            y: Text::new("silhouette", "轮廓系数"),
            lines: vec![
                Line { name: Text::new("customers", "客户"), dashed: false, points: measured },
                Line { name: Text::new("without clusters", "无群参照"), dashed: true, points: references },
            ],
            mark: Some(k),
            band: None,
            dots: true,
        }),
    })
}

pub(super) fn eps_curve(chosen: &ChosenEps) -> Option<Picture> {
    if chosen.curve.len() < 2 {
        return None;
    }
    // The horizontal axis is the share of the customers.
    let knee = decimal(chosen.knee, 3);
    let interval = format!("{} – {}", decimal(chosen.low, 3), decimal(chosen.high, 3));
    Some(Picture {
        caption: in_both(|language| match language {
            Language::En => {
                format!("Distance to the min_samples-th customer; knee {knee}, interval {interval} (band), eps (line)")
            }
            Language::Zh => format!("到第 min_samples 位客户的距离；拐点 {knee}，区间 {interval}（色带），eps（横线）"),
        }),
        drawing: Drawing::Lines(Lines {
            x: Text::new("share of the customers", "客户占比"),
            y: Text::new("distance (normalized units)", "距离（归一化单位）"),
            lines: vec![
                Line { name: Text::new("distance", "距离"), dashed: false, points: chosen.curve.clone() },
                Line {
                    name: Text::new("eps", "eps"),
                    dashed: true,
                    points: vec![(chosen.curve.first()?.0, chosen.eps), (chosen.curve.last()?.0, chosen.eps)],
                },
            ],
            mark: None,
            band: chosen.low.zip(chosen.high),
            dots: false,
        }),
    })
}

pub(super) fn lorenz(input: &ReportInput) -> Option<Picture> {
    let lorenz = input.charts.lorenz.as_ref()?;
    let gini = decimal(Some(lorenz.gini), 2);
    // The curve is of those whose value is known.
    let missing = input
        .facts
        .input
        .audit
        .numeric
        .iter()
        .find(|column| column.name == lorenz.column)
        .map_or(0, NumericAudit::n_missing);
    let points = in_steps(
        &lorenz.points,
        (input.summary.run.input.n_customers as u64).saturating_sub(missing as u64),
        input.summary.min_cell(),
    );
    Some(Picture {
        caption: in_both(|language| match language {
            Language::En => format!("Lorenz curve of {}: who brings how much; Gini {gini}", lorenz.column),
            Language::Zh => format!("“{}”的洛伦兹曲线：价值集中程度；基尼系数 {gini}", lorenz.column),
        }),
        drawing: Drawing::Lines(Lines {
            x: Text::new("share of the customers, poorest first", "客户占比（由低到高）"),
            y: Text::new("share of the value", "价值占比"),
            lines: vec![
                Line { name: Text::new("customers", "客户"), dashed: false, points },
                Line { name: Text::new("equal", "均等"), dashed: true, points: vec![(0.0, 0.0), (1.0, 1.0)] },
            ],
            mark: None,
            band: None,
            dots: true,
        }),
    })
}

/// Points of a curve over shares of `n` customers, so far apart that at least `min_cell` customers lie between any two: what one
/// of them adds to the other is the money of these customers.
fn in_steps(points: &[(f64, f64)], n: u64, min_cell: u64) -> Vec<(f64, f64)> {
    let Some((&last, rest)) = points.split_last() else { return Vec::new() };
    let far = |a: f64, b: f64| ((b - a) * n as f64).round() as u64 >= min_cell;
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for &point in rest.iter().step_by(LORENZ_STEP) {
        if kept.last().is_none_or(|kept| far(kept.0, point.0)) && far(point.0, last.0) {
            kept.push(point);
        }
    }
    kept.push(last);
    kept
}

/// How a k-means cluster is called where it is drawn, and the segment it is: none when DBSCAN's clusters are the segments.
fn kmeans_cluster(input: &ReportInput, cluster: usize) -> (String, Option<usize>) {
    match input.facts.primary {
        Algorithm::KMeans => (segment_id(ClusterId::new(cluster)), Some(cluster)),
        _ => (cluster.to_string(), None),
    }
}

/// How well every k-means cluster holds together.
pub(super) fn silhouettes(input: &ReportInput) -> Option<Picture> {
    let primary = input.facts.primary == Algorithm::KMeans;
    let min_cell = input.summary.min_cell();
    let rows: Vec<Ridge> = input
        .charts
        .silhouettes
        .iter()
        .filter(|one| !primary || input.summary.is_shown(one.cluster.index()))
        .map(|one| {
            let (label, segment) = kmeans_cluster(input, one.cluster.index());
            let (note, bins) = (decimal(Some(one.mean), 2), merged(&one.counts, min_cell));
            Ridge { label, note, segment, bins, n_bins: one.counts.len() }
        })
        .filter(|ridge| !ridge.bins.is_empty())
        .collect();
    (!rows.is_empty()).then(|| Picture {
        caption: Text::new(
            "Simplified silhouettes 1 − d₁/d₂ of the customers of every k-means cluster, with their mean",
            "各 k-means 聚类客户的简化轮廓系数 1 − d₁/d₂ 及其均值",
        ),
        drawing: Drawing::Ridges(Ridges {
            x: Some(Text::new("silhouette", "轮廓系数")),
            ticks: [0.0, 0.5, 1.0].map(|at| (at, decimal(Some(at), 2))).to_vec(),
            rows,
        }),
    })
}

/// Every feature in every segment, against everyone.
pub(super) fn distributions(input: &ReportInput) -> Option<Block> {
    let positions: Vec<usize> = (0..input.summary.run.segments.len()).collect();
    multiples(input, &positions, input.charts.histograms.iter().map(|histogram| histogram.feature.as_str()))
}

/// Features in one segment, against everyone.
pub(super) fn distributions_of<'a>(
    input: &ReportInput,
    position: usize,
    features: impl Iterator<Item = &'a str>,
) -> Option<Block> {
    multiples(input, &[position], features)
}

fn multiples<'a>(input: &ReportInput, positions: &[usize], features: impl Iterator<Item = &'a str>) -> Option<Block> {
    let caption = Text::new(
        "How every feature is distributed: everyone (∀) above, segments below, each scaled to its own height",
        "各特征的分布：上为全部客户（∀），下为客群；高度各自缩放",
    );
    let pictures: Vec<Picture> = features.filter_map(|feature| distribution(input, positions, feature)).collect();
    (!pictures.is_empty()).then_some(Block::Multiples(caption, pictures))
}

fn distribution(input: &ReportInput, positions: &[usize], feature: &str) -> Option<Picture> {
    let histogram = input.charts.histograms.iter().find(|histogram| histogram.feature == feature)?;
    let words = input.summary.labelled.words(feature);
    let min_cell = input.summary.min_cell();
    let n_bins = histogram.counts.len();
    let ridge = |label: String, segment, counts: &[u64]| Ridge {
        label,
        note: String::new(),
        segment,
        bins: merged(counts, min_cell),
        n_bins,
    };
    let mut rows = vec![ridge("∀".into(), None, &histogram.counts)];
    for &position in positions.iter().filter(|&&position| input.summary.is_shown(position)) {
        let Some(counts) = histogram.clusters.get(position) else { continue };
        rows.push(ridge(segment_id(ClusterId::new(position)), Some(position), counts));
    }
    rows.retain(|row| !row.bins.is_empty());
    // The outermost edges are values of single customers.
    let ticks = [1, n_bins / 2, n_bins - 1];
    let ticks = ticks.map(|edge| (edge as f64 / n_bins as f64, plain(histogram.edges[edge])));
    (rows.len() > 1)
        .then(|| Picture { caption: words, drawing: Drawing::Ridges(Ridges { x: None, ticks: ticks.to_vec(), rows }) })
}

/// Where the customers of the segments lie on the first two principal axes, on the finest grid that shows most of them.
pub(super) fn map(input: &ReportInput) -> Picture {
    let density = &input.charts.density;
    let min_cell = input.summary.min_cell().max(1);
    let total: u64 = density.clusters.iter().flat_map(|cluster| &cluster.cells).map(|cell| cell.2).sum();
    let mut bins = density.bins;
    let (cells, shown) = loop {
        let (cells, shown) = cells_of(input, density.bins / bins, bins, min_cell);
        if shown as f64 >= ON_THE_MAP * total as f64 || bins <= 8 {
            break (cells, shown);
        }
        bins /= 2;
    };
    let step = density.bins / bins;
    let noise = coarse(&input.charts.noise, step, bins)
        .into_iter()
        .enumerate()
        .filter(|&(_, count)| count >= min_cell)
        .map(|(at, _)| (at % bins, at / bins))
        .collect();
    let share = |axis: usize| percent(input.charts.pca.variance_share.get(axis).copied().unwrap_or(0.0));
    let visible = percent(if total > 0 { shown as f64 / total as f64 } else { 0.0 });
    let strongest = |axis: usize| {
        let loadings = input.charts.pca.loadings.get(axis).map_or(&[][..], Vec::as_slice);
        let mut named: Vec<(&String, f64)> = input.charts.pca.features.iter().zip(loadings.iter().copied()).collect();
        named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        named.iter().take(2).map(|(name, l)| format!("{name} {}", decimal(Some(*l), 2))).collect::<Vec<_>>().join(", ")
    };
    Picture {
        caption: in_both(|language| match language {
            Language::En => format!(
                "Map of the customers: every square in the colour of its largest segment, darker where more are; {visible} are in \
                 squares of at least {min_cell}. Rings: as many that DBSCAN calls noise. Axes: {}; {}.",
                strongest(0),
                strongest(1)
            ),
            Language::Zh => format!(
                "客户地图：方格取其中最大客群的颜色，客户越多颜色越深；{visible} 的客户位于至少 {min_cell} 人的方格中。圆圈：DBSCAN 噪声客户达到该人数的方格。坐标轴为主轴：{}；{}。",
                strongest(0),
                strongest(1)
            ),
        }),
        drawing: Drawing::Map(Map {
            x: Text::new(
                format!("first principal axis, {} of the variance", share(0)),
                format!("第一主轴，解释方差 {}", share(0)),
            ),
            y: Text::new(format!("second principal axis, {}", share(1)), format!("第二主轴，{}", share(1))),
            bins,
            cells,
            noise,
        }),
    }
}

/// Counts on a grid `step` times coarser.
fn coarse(cells: &[(usize, usize, u64)], step: usize, bins: usize) -> Vec<u64> {
    let mut counts = vec![0; bins * bins];
    for &(x, y, count) in cells {
        counts[(y / step).min(bins - 1) * bins + (x / step).min(bins - 1)] += count;
    }
    counts
}

/// The squares of the map, and how many customers are in them.
fn cells_of(input: &ReportInput, step: usize, bins: usize, min_cell: u64) -> (Vec<MapCell>, u64) {
    let clusters = input.charts.density.clusters.iter().enumerate();
    let shown = clusters.filter(|(position, cluster)| cluster.cluster.is_some() && input.summary.is_shown(*position));
    let grids: Vec<(usize, Vec<u64>)> = shown.map(|(p, cluster)| (p, coarse(&cluster.cells, step, bins))).collect();
    let mut cells = Vec::new();
    let mut customers = 0;
    for at in 0..bins * bins {
        let count: u64 = grids.iter().map(|(_, counts)| counts[at]).sum();
        let Some((segment, counts)) = grids.iter().max_by_key(|(p, counts)| (counts[at], std::cmp::Reverse(*p))) else {
            continue;
        };
        // The colour speaks of the largest segment, so that must not be a handful either.
        if counts[at] >= min_cell {
            customers += count;
            cells.push(MapCell { x: at % bins, y: at / bins, segment: *segment, count });
        }
    }
    (cells, customers)
}

/// Which segments lie next to each other.
pub(super) fn neighbourhood(input: &ReportInput) -> Option<Picture> {
    let near = &input.charts.neighbours;
    if near.len() < 3 {
        return None;
    }
    let mut edges = Vec::new();
    for a in 0..near.len() {
        for b in a + 1..near.len() {
            let weight = (near[a][b] + near[b][a]) / 2.0;
            if weight >= NEAR {
                edges.push(Edge { from: a, to: b, weight });
            }
        }
    }
    let nodes = (0..near.len()).map(|cluster| kmeans_cluster(input, cluster)).collect();
    Some(Picture {
        caption: Text::new(
            "Neighbourhood of the k-means clusters: the thicker a line, the nearer the customers of the two are to changing sides",
            "k-means 聚类的邻近关系：线越粗，两群客户越接近对方",
        ),
        drawing: Drawing::Graph(Graph { nodes, edges }),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn between_two_points_of_a_lorenz_curve_lie_at_least_min_cell_customers(n in 1u64..3000, min_cell in 0u64..40) {
            let points: Vec<(f64, f64)> =
                std::iter::once(0).chain((1..=100).map(|p| n * p / 100)).map(|upto| (upto as f64 / n as f64, 0.0)).collect();
            let kept = in_steps(&points, n, min_cell);
            prop_assert_eq!(kept.last().unwrap().0, 1.0);
            for pair in kept.windows(2) {
                prop_assert!((pair[1].0 - pair[0].0) * n as f64 >= min_cell as f64 - 1e-6, "{:?}", pair);
            }
        }
    }
}
