//! Segments of an Arrow table in memory: nothing is written, nothing is read but the table.
//!
//! `cargo run --example arrow_table`
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use rand_distr::{Distribution, LogNormal};
use segmint::config::Plan;
use segmint::monitor::Monitor;
use segmint::pipeline::{Input, segment};
use segmint::random::stream;

fn main() -> Result<(), Box<dyn Error>> {
    // `[source]` says what the columns are; its path is not looked at.
    let plan = Plan::parse(
        "[source]\npath = \"-\"\nid = \"customer\"\nvalue = \"monetary\"\n",
        "the plan",
        ".".as_ref(),
        &[],
    )?;
    let monitor = Monitor::silent();

    let found = segment(&Input::of_batches(vec![customers()?], &plan, &monitor)?, &plan, &monitor)?;
    for segment in found.segments() {
        let money = segment.value_share.unwrap_or(0.0);
        println!(
            "{} {:<28} {:>5} customers, {:>4.1} % of the money",
            segment.id.as_deref().unwrap_or_default(),
            segment.name.en,
            segment.size,
            100.0 * money
        );
    }

    // The model places new customers as the fit would have.
    let scored = found.model().score_batch(&customers()?.slice(0, 3), &monitor)?;
    println!("{:?}", scored.column_by_name("segment").ok_or("no segment")?);
    Ok(())
}

/// 1,500 customers of three kinds: regulars, big spenders, and people who were here once, long ago.
fn customers() -> Result<RecordBatch, Box<dyn Error>> {
    let kinds = [(10.0, 24.0, 600.0), (20.0, 6.0, 4_000.0), (300.0, 1.2, 50.0)];
    let (spread, mut random) = (LogNormal::new(0.0, 0.25)?, stream(1, "example", 0));
    let (mut recency, mut frequency, mut monetary) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..1_500 {
        let (days, orders, money) = kinds[i % 3];
        recency.push(days * spread.sample(&mut random));
        frequency.push(orders * spread.sample(&mut random));
        monetary.push(money * spread.sample(&mut random));
    }
    let ids: ArrayRef = Arc::new((0..1_500).collect::<Int64Array>());
    let number = |values: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    Ok(RecordBatch::try_from_iter([
        ("customer", ids),
        ("recency_days", number(recency)),
        ("frequency", number(frequency)),
        ("monetary", number(monetary)),
    ])?)
}
