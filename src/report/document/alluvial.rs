//! Who went from which segment to which, as a picture.

use crate::Text;
use crate::refit::SegmentId;
use crate::report::chart::{Band, Drawing, Flows, Picture, Stop};
use crate::sharing::{SharedAccount, SharedRefit, Shown};

/// Flows of a smaller part of the customers are not drawn.
const SMALLEST: f64 = 0.005;

/// The picture; `None` where nobody is in both runs or nothing of it is told. `colour` gives the number of a segment's colour.
pub(super) fn alluvial(refit: &SharedRefit, colour: &dyn Fn(SegmentId) -> Option<usize>) -> Option<Picture> {
    let moved = &refit.migration;
    let n = refit.n_customers.iter().copied().max().unwrap_or(0).max(1);
    if !moved.counts.iter().flatten().any(|count| matches!(count, Shown::Value(1..))) {
        return None;
    }
    let [from, to] = [(&moved.from, "joined", "新增", true), (&moved.to, "left", "流失", false)].map(
        |(labels, en, zh, is_before)| {
            let mut stops: Vec<(usize, Stop)> = labels
                .iter()
                .enumerate()
                .filter_map(|(at, id)| Some((at, stop(refit, id.as_deref(), is_before, colour)?)))
                .collect();
            stops.sort_by_key(|(_, stop)| (stop.label.en == "none", stop.label.en.clone()));
            let others = if is_before { &moved.new } else { &moved.left };
            let told: u64 = others.iter().filter_map(Shown::value).sum();
            let label = Text::new(en, zh);
            let end = Stop { name: label.clone(), label, segment: None, customers: told };
            stops.extend((told > 0).then_some((labels.len(), end)));
            stops
        },
    );
    let mut bands = Vec::new();
    let mut is_left_out = moved.holds_back();
    for (i, (a, _)) in from.iter().enumerate() {
        for (j, (b, _)) in to.iter().enumerate() {
            let count = match (moved.counts.get(*a), *b < moved.to.len()) {
                (Some(row), true) => row[*b],
                (Some(_), false) => moved.left[*a],
                (None, true) => moved.new[*b],
                (None, false) => Shown::Value(0),
            };
            let customers = count.value().copied().unwrap_or(0);
            if customers as f64 >= SMALLEST * n as f64 {
                bands.push(Band { from: i, to: j, customers });
            } else {
                is_left_out |= customers > 0;
            }
        }
    }
    let stops = |side: Vec<(usize, Stop)>| side.into_iter().map(|(_, stop)| stop).collect();
    Some(Picture {
        caption: caption(is_left_out),
        drawing: Drawing::Flows(Flows {
            titles: [Text::new("before", "之前"), Text::new("now", "现在")],
            from: stops(from),
            to: stops(to),
            bands,
        }),
    })
}

fn caption(is_left_out: bool) -> Text {
    let (en, zh) = match is_left_out {
        true => (
            "; what is held back, and flows of less than half a percent, are not drawn",
            "；未绘制隐去的数量及不足 0.5% 的流向",
        ),
        false => ("", ""),
    };
    Text::new(
        format!("Who went where: segments before and now, as high as they have customers{en}"),
        format!("客户去向：之前与现在的客群，高度为客户数{zh}"),
    )
}

/// The bar of a segment; `None` where its size is held back.
fn stop(
    refit: &SharedRefit,
    id: Option<&str>,
    is_before: bool,
    colour: &dyn Fn(SegmentId) -> Option<usize>,
) -> Option<Stop> {
    let is_it = |account: &&SharedAccount| match (&account.segment, id) {
        (Some(name), Some(id)) => name.segment_id.to_string() == id,
        (name, id) => name.is_none() && id.is_none(),
    };
    let account = refit.accounts.iter().find(is_it)?;
    let size = if is_before { account.before } else { account.after };
    let customers = u64::try_from(*size.value()?).ok().filter(|&n| n > 0)?;
    let none = Text::new("none", "无");
    let name = account.segment.as_ref();
    Some(Stop {
        label: name
            .map_or_else(|| none.clone(), |name| Text::new(name.segment_id.to_string(), name.segment_id.to_string())),
        name: name.map_or_else(|| none.clone(), |name| Text::new(format!("{} {}", name.segment_id, name.name.en), "")),
        segment: name.and_then(|name| colour(name.segment_id)),
        customers,
    })
}
