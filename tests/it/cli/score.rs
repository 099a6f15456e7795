//! New customers who are none, or not like those of the fit; tier tables that are not what they seem.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, NullArray, StringArray};

use super::shop::{Shop, columns};
use crate::parquet_table;

/// A shop with a run of three clusters.
fn fitted() -> Shop {
    let shop = Shop::new();
    shop.run(&["--set", "cluster.kmeans.k=3"]);
    shop
}

#[test]
fn nobody_new_is_no_failure() {
    let shop = fitted();
    parquet_table::write(&shop.path("new.parquet"), &parquet_table::emptied(&columns(3)));
    let said = shop.segmint(&["score", "latest", "new.parquet", "-o", "scored.parquet"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.starts_with("0 customers"), "{}", said.stdout);
    assert!(shop.path("scored.parquet").is_file());
}

#[test]
fn ids_that_stand_in_several_rows_are_scored_by_row_and_said() {
    let shop = fitted();
    let mut table = columns(240);
    let ids = (0..240).map(|i| Some(if i < 5 { 1000 + i % 2 } else { 1000 + i }).filter(|_| i < 238));
    table[0].1 = Arc::new(ids.collect::<Int64Array>());
    parquet_table::write(&shop.path("new.parquet"), &table);
    let said = shop.segmint(&["score", "latest", "new.parquet", "-o", "scored.parquet"]).stdout;
    assert!(said.contains("! 2 ids occur more than once, in 5 rows: each row is scored by itself"), "{said}");
    let said = shop.segmint(&["score", "latest", "new.parquet", "-o", "scored.parquet", "--language", "zh"]).stdout;
    assert!(said.contains("有 2 个 ID 重复出现，共 5 行，每行各自计算所属客群"), "{said}");
}

#[test]
fn a_column_of_nulls_is_missing_whatever_became_of_its_type() {
    let shop = fitted();
    let score = |column: ArrayRef| {
        let mut table = columns(240);
        table[2].1 = column;
        parquet_table::write(&shop.path("new.parquet"), &table);
        let said = shop.segmint(&["score", "latest", "new.parquet", "-o", "scored.parquet", "--json"]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        said.stdout
    };
    let typed = score(Arc::new(vec![None::<f64>; 240].into_iter().collect::<Float64Array>()));
    assert_eq!(score(Arc::new(NullArray::new(240))), typed);
    assert!(typed.contains("many_missing"), "{typed}");
}

#[test]
fn customers_unlike_those_of_the_fit_are_said_and_those_like_them_are_not() {
    let shop = fitted();
    let score = |factor: f64| {
        let mut table = columns(240);
        let money = table[3].1.as_any().downcast_ref::<Float64Array>().unwrap().clone();
        table[3].1 = Arc::new(money.iter().map(|x| x.map(|x| x * factor)).collect::<Float64Array>());
        parquet_table::write(&shop.path("new.parquet"), &table);
        shop.segmint(&["score", "latest", "new.parquet", "-o", "scored.parquet"]).stdout
    };
    let same = score(1.0);
    assert!(!same.contains('!'), "{same}");
    let grown = score(100.0);
    assert!(grown.contains("! many values lie outside the range") && grown.contains("monetary"), "{grown}");
    assert!(grown.contains("! the customers fall into other segments"), "{grown}");
}

#[test]
fn a_customer_with_two_tiers_is_refused_and_one_without_a_counterpart_counted() {
    let shop = fitted();
    let ids = |more: &[i64]| (1000..1240).chain(more.iter().copied()).collect::<Vec<i64>>();
    let write = |ids: &[i64], tier: &dyn Fn(usize) -> &'static str| {
        let id: ArrayRef = Arc::new(Int64Array::from(ids.to_vec()));
        let tier: ArrayRef = Arc::new((0..ids.len()).map(|i| Some(tier(i))).collect::<StringArray>());
        parquet_table::write(&shop.path("tiers.parquet"), &[("customer", id), ("grade", tier)]);
    };
    write(&ids(&[1003, 1004]), &|i| if i == 240 { "X" } else { "Y" });
    let said = shop.segmint(&["compare", "latest", "tiers.parquet"]);
    assert_eq!(said.code, 3, "{}", said.stdout);
    assert!(said.stderr.contains("customer \"1003\" has two different tiers, \"Y\" and \"X\""), "{}", said.stderr);
    write(&ids(&(5000..5040).collect::<Vec<i64>>()), &|i| ["X", "Y"][i % 2]);
    let said = shop.segmint(&["compare", "latest", "tiers.parquet"]);
    assert!(said.stdout.contains("not compared: 40 customers of the table"), "{}", said.stdout);
}

#[test]
fn more_clusters_than_distinct_customers_become_as_many_as_there_are() {
    let shop = Shop::new();
    let scores =
        |step: i64| Arc::new((0..1000_i64).map(|i| Some((i % 5 + 1).pow(step as u32))).collect::<Int64Array>());
    shop.table(&[
        ("customer", Arc::new(Int64Array::from_iter_values(0..1000)) as ArrayRef),
        ("r_score", scores(1)),
        ("m_score", scores(2)),
    ]);
    std::fs::write(
        shop.path("pipeline.toml"),
        "[source]\npath = \"customers.parquet\"\nid = \"customer\"\nfeatures = [\"r_score\", \"m_score\"]\n",
    )
    .unwrap();
    let said = shop.segmint(&["run", "--set", "cluster.kmeans.k=8"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("! cluster.kmeans.k = 8 became 5"), "{}", said.stdout);
}

#[test]
fn one_customer_with_most_of_the_money_is_said() {
    let shop = Shop::new();
    let mut table = columns(240);
    let money = table[3].1.as_any().downcast_ref::<Float64Array>().unwrap().clone();
    table[3].1 =
        Arc::new(money.iter().enumerate().map(|(i, x)| if i == 7 { Some(1e15) } else { x }).collect::<Float64Array>());
    shop.table(&table);
    let said = shop.segmint(&["run", "--full"]).stdout;
    assert!(said.contains("! one customer has more than 50 % of \"monetary\""), "{said}");
}

#[test]
fn every_step_is_logged_when_asked_for() {
    let shop = Shop::new();
    let quiet = shop.segmint(&["run"]);
    assert_eq!(quiet.stderr, "");
    let said = shop.segmint(&["-v", "run"]);
    assert!(
        said.stderr.lines().any(|line| line.starts_with("segmint: normalize: ") && line.ends_with(" s")),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("begins"), "{}", said.stderr);
    assert!(shop.segmint(&["-vv", "run"]).stderr.contains("begins"));
}
