use maud::{Markup, html};

use super::element::{at, colour, frame, label};
use crate::Text;
use crate::figures::count;

const WIDTH: f64 = 400.0;
const TOP: f64 = 24.0;
/// The bars' left edges, and how wide they are.
const BARS: [f64; 2] = [52.0, 334.0];
const BAR: f64 = 14.0;
/// How high all customers of the larger side are together, and what is between two bars.
const HEIGHT: f64 = 250.0;
const GAP: f64 = 8.0;

/// Who went from where to where: bars on either side, joined by bands as wide as the customers are many.
#[derive(Debug, Clone, PartialEq)]
pub struct Flows {
    /// What stands above either side.
    pub titles: [Text; 2],
    /// The bars on the left, from above.
    pub from: Vec<Stop>,
    /// The bars on the right.
    pub to: Vec<Stop>,
    /// The bands, by the places of bars.
    pub bands: Vec<Band>,
}

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// What stands beside it.
    pub label: Text,
    /// What it is.
    pub name: Text,
    /// The segment whose colour it bears.
    pub segment: Option<usize>,
    /// Its customers.
    pub customers: u64,
}

/// A band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// The bar on the left.
    pub from: usize,
    /// The bar on the right.
    pub to: usize,
    /// Its customers.
    pub customers: u64,
}

impl Flows {
    pub(super) fn svg(&self, caption: &str) -> Markup {
        let total = |stops: &[Stop]| stops.iter().map(|stop| stop.customers).sum::<u64>().max(1) as f64;
        let unit = HEIGHT / total(&self.from).max(total(&self.to));
        let tops = [places(&self.from, unit), places(&self.to, unit)];
        let ends = [&self.from, &self.to].map(|stops| stops.len() as f64 * GAP + total(stops) * unit);
        let mut used = tops.clone();
        let bands: Vec<(String, &Band)> = self.bands.iter().map(|band| (path(band, unit, &mut used), band)).collect();
        frame(
            WIDTH,
            TOP + ends[0].max(ends[1]) + 4.0,
            caption,
            &html! {
                (label(&self.titles[0], 0.0, 13.0, "start"))
                (label(&self.titles[1], WIDTH, 13.0, "end"))
                @for (path, band) in &bands {
                    path class=(format!("flow {}", self.colour_of(band))) d=(path) {
                        title { (self.from[band.from].label.en) " → " (self.to[band.to].label.en) ": " (count(band.customers)) }
                    }
                }
                @for (side, stops) in [&self.from, &self.to].into_iter().enumerate() {
                    @for (stop, top) in stops.iter().zip(&tops[side]) {
                        @let height = (stop.customers as f64 * unit).max(1.0);
                        rect class=(format!("stop {}", colour(stop.segment))) x=(at(BARS[side])) y=(at(*top)) width=(at(BAR)) height=(at(height)) {
                            title { (stop.name.en) ": " (count(stop.customers)) }
                        }
                        @let (x, anchor) = if side == 0 { (BARS[0] - 6.0, "end") } else { (BARS[1] + BAR + 6.0, "start") };
                        (label(&stop.label, x, top + height / 2.0 + 4.0, anchor))
                    }
                }
            },
        )
    }

    /// A band has the colour of the segment it comes from; who is new, that of where they are.
    fn colour_of(&self, band: &Band) -> String {
        colour(self.from[band.from].segment.or(self.to[band.to].segment))
    }
}

/// The upper ends of bars.
fn places(stops: &[Stop], unit: f64) -> Vec<f64> {
    let mut top = TOP;
    let place = |stop: &Stop| {
        let own = top;
        top += stop.customers as f64 * unit + GAP;
        own
    };
    stops.iter().map(place).collect()
}

/// A band between what the bars at its ends have left, which it takes.
fn path(band: &Band, unit: f64, used: &mut [Vec<f64>; 2]) -> String {
    let width = band.customers as f64 * unit;
    let (left, right) = (BARS[0] + BAR, BARS[1]);
    let middle = f64::midpoint(left, right);
    let (from, to) = (used[0][band.from], used[1][band.to]);
    used[0][band.from] += width;
    used[1][band.to] += width;
    let curve = |start: f64, x: f64, end: f64| {
        format!("C{} {} {} {} {} {}", at(middle), at(start), at(middle), at(end), at(x), at(end))
    };
    format!(
        "M{} {}{}V{}{}z",
        at(left),
        at(from),
        curve(from, right, to),
        at(to + width),
        curve(to + width, left, from + width)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_lie_side_by_side_on_their_bars() {
        let stop = |name: &str, customers| Stop {
            label: Text::new(name, name),
            name: Text::new(name, name),
            segment: None,
            customers,
        };
        let flows = Flows {
            titles: [Text::new("before", "之前"), Text::new("now", "现在")],
            from: vec![stop("S01", 60), stop("S02", 40)],
            to: vec![stop("S01", 100)],
            bands: vec![Band { from: 0, to: 0, customers: 60 }, Band { from: 1, to: 0, customers: 40 }],
        };
        let svg = flows.svg("caption").into_string();
        assert!(svg.contains("M66 24C200 24 200 24 334 24V174C200 174 200 174 66 174z"), "{svg}");
        assert!(svg.contains("M66 182C200 182 200 174 334 174V274"), "the second is below on either side: {svg}");
        assert!(svg.contains("<title>S02 → S01: 40</title>"), "{svg}");
    }
}
