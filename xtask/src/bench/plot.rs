//! The curves as SVG files, a file per algorithm, a panel per size.

use std::path::Path;

use plotters::prelude::*;

use super::cost::Curve;

const PANEL: (u32, u32) = (360, 300);
/// Told apart in print and by colour-blind people (Okabe, Ito 2008).
const COLOURS: [RGBColor; 3] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115)];
const PLOTS: [&str; 2] = ["kmeans", "dbscan"];

/// Writes the plots that have points; returns the names of the files.
pub fn write(curves: &[Curve], folder: &Path) -> Result<Vec<String>, String> {
    let mut written = Vec::new();
    for plot in PLOTS {
        let curves: Vec<&Curve> =
            curves.iter().filter(|curve| curve.plot == plot && !curve.points.is_empty()).collect();
        if curves.is_empty() {
            continue;
        }
        let name = format!("performance-{plot}.svg");
        draw(&curves, &folder.join(&name)).map_err(|error| format!("{name}: {error}"))?;
        written.push(name);
    }
    Ok(written)
}

fn draw(curves: &[&Curve], path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut panels: Vec<&str> = curves.iter().map(|curve| curve.panel.as_str()).collect();
    panels.dedup();
    let root = SVGBackend::new(path, (PANEL.0 * panels.len() as u32, PANEL.1)).into_drawing_area();
    root.fill(&WHITE)?;
    let seconds: Vec<f64> = curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.seconds)).collect();
    // All panels share the axis of seconds, whole powers of ten.
    let low = seconds.iter().fold(f64::INFINITY, |low, &s| low.min(s)).log10().floor();
    let high = seconds.iter().fold(0.0, |high: f64, &s| high.max(s)).log10().ceil();
    let shared = 10_f64.powf(low)..10_f64.powf(high.max(low + 1.0));
    for (area, panel) in root.split_evenly((1, panels.len())).iter().zip(panels) {
        let curves: Vec<&&Curve> = curves.iter().filter(|curve| curve.panel == panel).collect();
        let mut sizes: Vec<f64> =
            curves.iter().flat_map(|curve| &curve.points).map(|point| point.size as f64).collect();
        sizes.sort_by(f64::total_cmp);
        let (least, most) = (sizes[0] / 1.3, sizes[sizes.len() - 1] * 1.3);
        // Features and clusters are few: powers of two are the ticks between them.
        let ticks = if panel == "n" { 10.0 } else { 2.0 };
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(56)
            .build_cartesian_2d((least..most).log_scale().base(ticks), shared.clone().log_scale())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc(panel)
            .y_desc("seconds")
            .x_labels(5)
            .y_labels(6)
            .x_label_formatter(&|&size| plain(size))
            .y_label_formatter(&|&seconds| plain(seconds))
            .draw()?;
        for (curve, colour) in curves.iter().zip(COLOURS) {
            let points = || curve.points.iter().map(|point| (point.size as f64, point.seconds));
            chart
                .draw_series(LineSeries::new(points(), colour.stroke_width(2)))?
                .label(&curve.series)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
            chart.draw_series(points().map(|point| Circle::new(point, 3, colour.filled())))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .draw()?;
    }
    root.present()?;
    Ok(())
}

/// 1e6 as 1M, 0.001 as 0.001.
fn plain(x: f64) -> String {
    match x {
        x if x >= 1e6 => format!("{}M", x / 1e6),
        x if x >= 1e3 => format!("{}k", x / 1e3),
        x => format!("{x}"),
    }
}
