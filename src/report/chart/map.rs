use std::collections::BTreeMap;

use maud::{Markup, html};

use super::element::{at, colour, frame, label, label_up};
use crate::Text;
use crate::figures::count;
use crate::sharing::SharedSquare;

const SIDE: f64 = 300.0;
const LEFT: f64 = 34.0;
const TOP: f64 = 8.0;
/// Shades of a colour.
const SHADES: u64 = 4;

/// Squares on two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// What runs to the right.
    pub x: Text,
    /// What runs up.
    pub y: Text,
    /// Squares along either side.
    pub bins: usize,
    /// The squares.
    pub cells: Vec<SharedSquare>,
    /// Squares with noise (column, row).
    pub noise: Vec<(usize, usize)>,
}

impl Map {
    pub(super) fn svg(&self, caption: &str) -> Markup {
        let side = SIDE / self.bins as f64;
        let most = self.cells.iter().map(|cell| cell.count).max().unwrap_or(1);
        // One path for all squares of a segment and a shade: a tenth of the size of single squares.
        let mut paths: BTreeMap<(usize, u64), (String, u64, u64)> = BTreeMap::new();
        for cell in &self.cells {
            let level = ((cell.count as f64).ln() / (most as f64).ln().max(1.0) * SHADES as f64) as u64;
            let entry = paths.entry((cell.segment, level.min(SHADES - 1))).or_insert((String::new(), u64::MAX, 0));
            let (x, y) = (LEFT + side * cell.x as f64, TOP + SIDE - side * (cell.y + 1) as f64);
            entry.0 += &format!("M{} {}h{side:.1}v{side:.1}h-{side:.1}z", at(x), at(y));
            entry.1 = entry.1.min(cell.count);
            entry.2 = entry.2.max(cell.count);
        }
        frame(
            LEFT + SIDE + 10.0,
            TOP + SIDE + 30.0,
            caption,
            &html! {
                rect.plot x=(LEFT) y=(TOP) width=(SIDE) height=(SIDE) {}
                @for ((segment, level), (path, least, most)) in &paths {
                    path class=(format!("area {} shade{level}", colour(Some(*segment)))) d=(path) {
                        title { "S" (format!("{:02}", segment + 1)) ": " (count(*least)) " – " (count(*most)) }
                    }
                }
                @for (x, y) in &self.noise {
                    circle.noise cx=(at(LEFT + side * (*x as f64 + 0.5))) cy=(at(TOP + SIDE - side * (*y as f64 + 0.5))) r=(at(side / 3.0)) {}
                }
                (label(&self.x, LEFT + SIDE / 2.0, TOP + SIDE + 20.0, "middle"))
                (label_up(&self.y, 16.0, TOP + SIDE / 2.0))
            },
        )
    }
}
