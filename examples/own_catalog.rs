//! A catalog of one's own: archetypes as a text, segments named from them.
//!
//! `cargo run --example own_catalog`
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;

use segmint::config::Plan;
use segmint::label::Catalog;
use segmint::monitor::Monitor;
use segmint::pipeline::{Input, segment};
use segmint::simulate::{SimulateOptions, simulate};

const CATALOG: &str = r#"
id = "habits"
name = { en = "buying habits", zh = "购买习惯" }

[roles.returns]
description = { en = "share of the money that was returned", zh = "退货金额占比" }
column = "return_rate"

[roles.discount]
description = { en = "share of orders with a discount", zh = "折扣订单占比" }
column = "discount_share"

[[archetypes]]
id = "fitting-room"
name = { en = "fitting room at home", zh = "在家试穿" }
profile = { returns = "very_high" }
action = { en = "Size guides and photos before the order.", zh = "下单前提供尺码指南与实拍图。" }

[[archetypes]]
id = "full-price"
name = { en = "full price", zh = "全价购买" }
profile = { returns = "medium", discount = "low" }
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let shop = tempfile::tempdir()?;
    simulate(shop.path(), &SimulateOptions { customers: 1_000, ..SimulateOptions::default() })?;
    let plan = Plan::load(&shop.path().join("pipeline.toml"), &["cluster.kmeans.k=7".to_owned()])?;
    let monitor = Monitor::silent();

    let catalog = Catalog::parse(CATALOG, "habits.toml")?;
    let input = Input::open(&plan, &monitor)?.with_catalogs(vec![catalog]);
    for segment in segment(&input, &plan, &monitor)?.segments() {
        let archetype = segment.archetype.as_deref().unwrap_or("unmatched");
        println!("{} {} ({archetype})", segment.id.as_deref().unwrap_or_default(), segment.name.en);
    }
    Ok(())
}
