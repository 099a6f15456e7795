//! The pictures of a report, made from what of `charts.json` and `run.json` may be shown.

use super::{Block, in_both, words};
use crate::config::Algorithm;
use crate::figures::{decimal, percent, plain};
use crate::metrics::ClusterId;
use crate::report::chart::{Drawing, Edge, Graph, Line, Lines, Map, Picture, Ridge, Ridges};
use crate::sharing::{Bin, SharedDensity, SharedRun, SharedSilhouettes, Shown};
use crate::{Language, Text};

/// Neighbours nearer than this are joined by a line.
const NEAR: f64 = 0.05;

pub(super) fn k_curve(run: &SharedRun) -> Option<Picture> {
    let table = &run.k_table;
    let points = |of: &dyn Fn(usize) -> Option<f64>| -> Vec<(f64, f64)> {
        (0..table.len()).filter_map(|i| Some((table[i].k as f64, of(i)?))).collect()
    };
    let measured = points(&|i| table[i].silhouette);
    let references = points(&|i| table[i].reference_mean);
    if measured.len() < 2 {
        return None;
    }
    let k = run.k as f64;
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

pub(super) fn eps_curve(dbscan: &SharedDensity) -> Option<Picture> {
    let curve = dbscan.curve.as_ref()?;
    let knee = decimal(curve.knee, 3);
    let end = |end: Option<f64>| decimal(end, 3);
    let interval =
        format!("{} – {}", end(curve.interval.map(|(low, _)| low)), end(curve.interval.map(|(_, high)| high)));
    let ends = [curve.points.first()?, curve.points.last()?];
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
                Line { name: Text::new("distance", "距离"), dashed: false, points: curve.points.clone() },
                Line {
                    name: Text::new("eps", "eps"),
                    dashed: true,
                    points: ends.map(|&(share, _)| (share, dbscan.eps)).to_vec(),
                },
            ],
            mark: None,
            band: curve.interval,
            dots: false,
        }),
    })
}

pub(super) fn lorenz(run: &SharedRun) -> Option<Picture> {
    let lorenz = run.charts.lorenz.as_ref()?;
    let gini = decimal(Some(lorenz.gini), 2);
    Some(Picture {
        caption: in_both(|language| match language {
            Language::En => format!("Lorenz curve of {}: who brings how much; Gini {gini}", lorenz.column),
            Language::Zh => format!("“{}”的洛伦兹曲线：价值集中程度；基尼系数 {gini}", lorenz.column),
        }),
        drawing: Drawing::Lines(Lines {
            x: Text::new("share of the customers, poorest first", "客户占比（由低到高）"),
            y: Text::new("share of the value", "价值占比"),
            lines: vec![
                Line { name: Text::new("customers", "客户"), dashed: false, points: lorenz.points.clone() },
                Line { name: Text::new("equal", "均等"), dashed: true, points: vec![(0.0, 0.0), (1.0, 1.0)] },
            ],
            mark: None,
            band: None,
            dots: true,
        }),
    })
}

/// How a k-means cluster is called where it is drawn, and the segment it is: none when DBSCAN's clusters are the segments.
fn kmeans_cluster(run: &SharedRun, cluster: usize) -> (String, Option<usize>) {
    match run.primary {
        Algorithm::KMeans => (run.id_of(ClusterId::new(cluster)).to_owned(), Some(cluster)),
        _ => (cluster.to_string(), None),
    }
}

/// How well every k-means cluster holds together.
pub(super) fn silhouettes(run: &SharedRun) -> Option<Picture> {
    let ridge = |found: &SharedSilhouettes| {
        let (label, segment) = kmeans_cluster(run, found.cluster.index());
        let (mean, bins) = (found.mean.value()?, found.bins.value()?);
        Some(Ridge { label, note: decimal(Some(*mean), 2), segment, bins: bins.clone(), n_bins: found.n_bins })
    };
    let mut rows: Vec<Ridge> = run.charts.silhouettes.iter().filter_map(ridge).collect();
    rows.retain(|row| !row.bins.is_empty());
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
pub(super) fn distributions(run: &SharedRun) -> Option<Block> {
    let positions: Vec<usize> = (0..run.segments.len()).collect();
    multiples(run, &positions, run.charts.histograms.iter().map(|histogram| histogram.feature.as_str()))
}

/// Features in one segment, against everyone.
pub(super) fn distributions_of<'a>(
    run: &SharedRun,
    position: usize,
    features: impl Iterator<Item = &'a str>,
) -> Option<Block> {
    multiples(run, &[position], features)
}

fn multiples<'a>(run: &SharedRun, positions: &[usize], features: impl Iterator<Item = &'a str>) -> Option<Block> {
    let caption = Text::new(
        "How every feature is distributed: everyone (∀) above, segments below, each scaled to its own height",
        "各特征的分布：上为全部客户（∀），下为客群；高度各自缩放",
    );
    let pictures: Vec<Picture> = features.filter_map(|feature| distribution(run, positions, feature)).collect();
    (!pictures.is_empty()).then_some(Block::Multiples(caption, pictures))
}

fn distribution(run: &SharedRun, positions: &[usize], feature: &str) -> Option<Picture> {
    let histogram = run.charts.histograms.iter().find(|histogram| histogram.feature == feature)?;
    let n_bins = histogram.n_bins;
    let ridge = |label: String, segment, bins: &[Bin]| Ridge {
        label,
        note: String::new(),
        segment,
        bins: bins.to_vec(),
        n_bins,
    };
    let mut rows = vec![ridge("∀".into(), None, &histogram.all)];
    for &position in positions {
        if let Some(Shown::Value(bins)) = histogram.clusters.get(position) {
            rows.push(ridge(run.id_of(ClusterId::new(position)).to_owned(), Some(position), bins));
        }
    }
    rows.retain(|row| !row.bins.is_empty());
    let tick = |edge: usize| Some((edge as f64 / n_bins as f64, plain(*histogram.edges.get(edge)?.value()?)));
    let ticks = (0..=n_bins).filter_map(tick).collect();
    (rows.len() > 1)
        .then(|| Picture { caption: words(run, feature), drawing: Drawing::Ridges(Ridges { x: None, ticks, rows }) })
}

/// Where the customers of the segments lie on the first two principal axes.
pub(super) fn map(run: &SharedRun) -> Picture {
    let (map, axes) = (&run.charts.map, &run.charts.axes);
    let min_cell = run.min_cell.max(1);
    let visible = percent(map.visible_share);
    let share = |axis: usize| percent(axes.get(axis).map_or(0.0, |axis| axis.variance_share));
    let strongest = |axis: usize| {
        let loadings = axes.get(axis).map_or(&[][..], |axis| &axis.loadings);
        let mut named: Vec<&(String, f64)> = loadings.iter().collect();
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
            bins: map.bins,
            cells: map.squares.clone(),
            noise: map.noise.clone(),
        }),
    }
}

/// Which segments lie next to each other.
pub(super) fn neighbourhood(run: &SharedRun) -> Option<Picture> {
    let near = &run.charts.neighbours;
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
    let nodes = (0..near.len()).map(|cluster| kmeans_cluster(run, cluster)).collect();
    Some(Picture {
        caption: Text::new(
            "Neighbourhood of the k-means clusters: the thicker a line, the nearer the customers of the two are to changing sides",
            "k-means 聚类的邻近关系：线越粗，两群客户越接近对方",
        ),
        drawing: Drawing::Graph(Graph { nodes, edges }),
    })
}
