//! What came of all pairs, as Markdown.

use segmint::refit::Fate as Kind;
use segmint::simulate::Scenario;

use crate::rivals::RIVALS;
use crate::score::{Event, Scored};

const KINDS: [Kind; 5] = [Kind::Survived, Kind::Split, Kind::Merged, Kind::Vanished, Kind::Emerged];

pub fn print(planted: &[Scored], quiet: &[Scored]) {
    let found: Vec<&Scored> = planted.iter().filter(|pair| pair.is_found).collect();
    let all: Vec<&Scored> = planted.iter().collect();
    println!("{} planted pairs; in {} the clusters of both runs are the planted groups.\n", all.len(), found.len());
    rules("found", &found);
    rules("all", &all);
    scenarios(&all);
    ids(&all.iter().copied().chain(quiet).collect::<Vec<_>>());
    shares(&found);
    inflation(&all);
    alarms(quiet);
    misses(&all);
}

fn f1(pairs: &[&Scored], rule: usize, kind: Option<Kind>) -> String {
    let mut sum = [0; 3];
    for pair in pairs {
        sum.iter_mut().zip(pair.counts(rule, kind)).for_each(|(sum, count)| *sum += count);
    }
    let [right, told, true_ones] = sum;
    if told + true_ones == 0 {
        "–".to_owned()
    } else {
        format!("{:.3}", 2.0 * right as f64 / (told + true_ones) as f64)
    }
}

fn rules(what: &str, pairs: &[&Scored]) {
    println!(
        "| event F1, {what} ({} pairs) | all | {} | without survived |",
        pairs.len(),
        KINDS.map(Kind::name).join(" | ")
    );
    println!("|{}", "---|".repeat(KINDS.len() + 3));
    let names = ["segmint"].into_iter().chain(RIVALS.map(|(name, _)| name));
    for (rule, name) in names.enumerate() {
        let kinds = KINDS.map(|kind| f1(pairs, rule, Some(kind))).join(" | ");
        let rest: [usize; 3] = KINDS[1..].iter().fold([0; 3], |mut sum, kind| {
            for pair in pairs {
                sum.iter_mut().zip(pair.counts(rule, Some(*kind))).for_each(|(sum, count)| *sum += count);
            }
            sum
        });
        let rest = 2.0 * rest[0] as f64 / (rest[1] + rest[2]).max(1) as f64;
        println!("| {name} | {} | {kinds} | {rest:.3} |", f1(pairs, rule, None));
    }
    println!();
}

fn scenarios(pairs: &[&Scored]) {
    println!(
        "| scenario | pairs | found | event F1, found | event F1, all | everything right | gate held |\n|{}",
        "---|".repeat(7)
    );
    for scenario in Scenario::ALL {
        let of: Vec<&Scored> = pairs.iter().copied().filter(|pair| pair.options.scenario == scenario).collect();
        let found: Vec<&Scored> = of.iter().copied().filter(|pair| pair.is_found).collect();
        let right = of.iter().filter(|pair| wrong_events(pair).iter().all(Vec::is_empty)).count();
        let held = of.iter().filter(|pair| pair.is_held).count();
        let (one, all) = (f1(&found, 0, None), f1(&of, 0, None));
        println!("| {scenario} | {} | {} | {one} | {all} | {right} | {held} |", of.len(), found.len());
    }
    println!();
}

fn ids(pairs: &[&Scored]) {
    let sum = |of: &dyn Fn(&Scored) -> usize| pairs.iter().map(|pair| of(pair)).sum::<usize>();
    let (asked, missed) = (sum(&|pair| pair.n_asked), sum(&|pair| pair.missed.len()));
    let (carried, wrong) = (sum(&|pair| pair.n_carried), sum(&|pair| pair.wrong.len()));
    let share = 100.0 * (asked - missed) as f64 / asked.max(1) as f64;
    println!("Ids carried where the true overlap is at least .7: {} of {asked} ({share:.2} %).", asked - missed);
    println!("Wrong ids: {wrong} of {carried} carried ({:.2} %).\n", 100.0 * wrong as f64 / carried.max(1) as f64);
    pairs.iter().flat_map(|pair| &pair.missed).for_each(|miss| println!("- not carried: {miss}"));
    pairs.iter().flat_map(|pair| &pair.wrong).for_each(|wrong| println!("- wrong: {wrong}"));
    println!();
}

fn shares(pairs: &[&Scored]) {
    println!("| share of customers, found | correlation | mean absolute error | largest error |\n|---|---|---|---|");
    let shared: Vec<[f64; 2]> = pairs.iter().filter(|pair| pair.options.shared > 0.0).map(|pair| pair.moved).collect();
    let all: Vec<[f64; 2]> = pairs.iter().map(|pair| pair.redefined).collect();
    for (name, values) in [("moved", shared), ("redefined", all)] {
        let n = values.len().max(1) as f64;
        let mean = |at: usize| values.iter().map(|pair| pair[at]).sum::<f64>() / n;
        let (x, y) = (mean(0), mean(1));
        let product = |f: &dyn Fn(&[f64; 2]) -> f64| values.iter().map(f).sum::<f64>();
        let (xx, yy) = (product(&|v| (v[0] - x).powi(2)), product(&|v| (v[1] - y).powi(2)));
        let correlation = product(&|v| (v[0] - x) * (v[1] - y)) / (xx * yy).sqrt();
        let mae = product(&|v| (v[0] - v[1]).abs()) / n;
        let largest = values.iter().map(|v| (v[0] - v[1]).abs()).fold(0.0, f64::max);
        println!("| {name} | {correlation:.3} | {mae:.3} | {largest:.3} |");
    }
    println!();
}

fn inflation(pairs: &[&Scored]) {
    let of = pairs.iter().filter(|pair| pair.options.scenario == Scenario::Inflation);
    let (mut n, mut read, mut largest) = (0, 0, 0.0_f64);
    for pair in of {
        n += 1;
        largest = largest.max(pair.redefined[1]);
        read += usize::from(pair.held.iter().any(|rule| rule.starts_with("Redefined")));
    }
    println!(
        "Inflation read as redefinition: {read} of {n}; the largest share redefined in them: {:.1} %.\n",
        100.0 * largest
    );
}

fn alarms(quiet: &[Scored]) {
    let held: Vec<&Scored> = quiet.iter().filter(|pair| pair.is_held).collect();
    let (low, high) = wilson(held.len(), quiet.len());
    println!(
        "Held of {} pairs in which nothing happened: {} (95 % interval {:.1} to {:.1} %).\n",
        quiet.len(),
        held.len(),
        100.0 * low,
        100.0 * high
    );
    held.iter().for_each(|pair| println!("- {}: {}", pair.described(), pair.held.join(", ")));
    println!();
}

/// The 95 % interval of a share.
fn wilson(part: usize, whole: usize) -> (f64, f64) {
    let (n, z2) = (whole.max(1) as f64, 1.96_f64.powi(2));
    let p = part as f64 / n;
    let spread = 1.96 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let at = |sign: f64| (p + z2 / (2.0 * n) + sign * spread) / (1.0 + z2 / n);
    (at(-1.0).max(0.0), at(1.0))
}

/// Planted and not told, told and not planted.
fn wrong_events(pair: &Scored) -> [Vec<&Event>; 2] {
    let ours = &pair.told[0];
    [
        pair.truth.iter().filter(|event| !ours.contains(event)).collect(),
        ours.iter().filter(|event| !pair.truth.contains(event)).collect(),
    ]
}

fn misses(pairs: &[&Scored]) {
    println!("Events that were not told, or told and not planted:\n");
    for pair in pairs {
        let [missed, told] = wrong_events(pair);
        if missed.is_empty() && told.is_empty() {
            continue;
        }
        let said = |events: Vec<&Event>| events.into_iter().map(say).collect::<Vec<_>>().join("; ");
        let found = if pair.is_found { "" } else { "groups not found, " };
        println!("- {}: {found}planted {}; told {}", pair.described(), said(missed), said(told));
    }
}

fn say((kind, from, to): &Event) -> String {
    let list = |names: &std::collections::BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
    format!("{} [{}]→[{}]", kind.name(), list(from), list(to))
}
