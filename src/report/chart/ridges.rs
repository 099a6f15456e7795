use maud::{Markup, html};

use super::element::{at, colour, frame, label};
use crate::Text;
use crate::figures::count;
use crate::sharing::Bin;

const LEFT: f64 = 36.0;
const RIGHT: f64 = 250.0;
const ROW: f64 = 19.0;

/// Distributions over one axis, one below the other, each as high as its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Ridges {
    /// What runs to the right, where the caption does not say it.
    pub x: Option<Text>,
    /// Places along the axis, 0 … 1, and what is written there.
    pub ticks: Vec<(f64, String)>,
    /// The distributions.
    pub rows: Vec<Ridge>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Ridge {
    /// What stands before it.
    pub label: String,
    /// What stands behind it.
    pub note: String,
    /// The segment, or everyone.
    pub segment: Option<usize>,
    /// Its bins.
    pub bins: Vec<Bin>,
    /// The equal parts of the axis that bins are counted in.
    pub n_bins: usize,
}

impl Ridges {
    pub(super) fn svg(&self, caption: &str) -> Markup {
        let bottom = 6.0 + ROW * self.rows.len() as f64;
        frame(
            RIGHT + 38.0,
            bottom + if self.x.is_some() { 36.0 } else { 20.0 },
            caption,
            &html! {
                @for (i, row) in self.rows.iter().enumerate() {
                    @let base = 6.0 + ROW * (i + 1) as f64;
                    text x=(LEFT - 6.0) y=(at(base - 3.0)) text-anchor="end" { (row.label) }
                    path class=(format!("area {}", colour(row.segment))) d=(row.path(base)) {
                        title { (row.label) ": " (count(row.bins.iter().map(|bin| bin.count).sum())) }
                    }
                    line.grid x1=(LEFT) x2=(RIGHT) y1=(at(base)) y2=(at(base)) {}
                    text x=(RIGHT + 6.0) y=(at(base - 3.0)) { (row.note) }
                }
                @for (place, written) in &self.ticks {
                    text x=(at(LEFT + (RIGHT - LEFT) * place)) y=(at(bottom + 15.0)) text-anchor="middle" { (written) }
                }
                @if let Some(x) = &self.x { (label(x, f64::midpoint(LEFT, RIGHT), bottom + 31.0, "middle")) }
            },
        )
    }
}

impl Ridge {
    /// Bars whose areas are the counts.
    fn path(&self, base: f64) -> String {
        let height = |bin: &Bin| bin.count as f64 / (bin.to - bin.from) as f64;
        let highest = self.bins.iter().map(height).fold(0.0, f64::max);
        let x = |part: usize| LEFT + (RIGHT - LEFT) * part as f64 / self.n_bins as f64;
        let bar = |bin: &Bin| {
            let up = (ROW - 4.0) * height(bin) / highest;
            format!("M{} {}V{}H{}V{}z", at(x(bin.from)), at(base), at(base - up), at(x(bin.to)), at(base))
        };
        self.bins.iter().map(bar).collect()
    }
}
