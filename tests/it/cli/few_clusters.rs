//! What is said where all customers are in one cluster, or none is in any.

use serde_json::Value;

use super::caution::one_cloud;
use super::months;
use super::shop::Shop;

/// What a run in both languages says on one screen, in full and as Markdown.
fn said(shop: &Shop, settings: &[&str]) -> [String; 2] {
    let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    ["en", "zh"].map(|language| {
        let language = format!("label.language={language}");
        let brief = shop.segmint(&[&["run", "--set", &language], &settings[..]].concat());
        assert_eq!(brief.code, 0, "{}", brief.stderr);
        let others = [&["runs", "show", "latest", "--full"][..], &["report", "latest", "--format", "md"]];
        others.iter().fold(brief.stdout, |all, verb| all + &shop.segmint(verb).stdout)
    })
}

#[test]
fn the_only_cluster_is_everybody_and_says_nothing_of_tiers() {
    let [en, zh] = said(&one_cloud(), &["cluster.kmeans.k=1"]);
    let expected = [
        "No structure: one cluster alone, which tells no customers apart",
        "none: there is one cluster, to which no archetype is given",
        "there is one k-means cluster alone, which says nothing of tier",
        "S01  all customers",
        "Nothing sets it apart: in every column it is about like everyone.",
    ];
    expected.iter().for_each(|text| assert!(en.contains(text), "{text} is not in {en}"));
    for text in ["the 1 cluster", "is one behaviour", "average customers", "Positions: ", "Distinctive features"] {
        assert!(!en.contains(text), "{text} is in {en}");
    }
    let expected = [
        "未发现结构：只有一个聚类，不区分客户",
        "不存在：只有一个聚类",
        "只有一个 k-means 聚类，不能说明“tier”的任何差异",
        "S01  全部客户",
        "无突出之处：各列均与整体基本持平。",
    ];
    expected.iter().for_each(|text| assert!(zh.contains(text), "{text} is not in {zh}"));
    for text in ["下列 1 个聚类", "只有一种行为", "平均水平客户", "突出特征"] {
        assert!(!zh.contains(text), "{text} is in {zh}");
    }
}

#[test]
fn where_nobody_is_in_a_cluster_no_cluster_is_spoken_of() {
    let settings = ["cluster.primary=dbscan", "cluster.dbscan.eps=0.000001"];
    let [en, zh] = said(&one_cloud(), &settings);
    let expected = [
        "No structure, and no segment: no customer is in a cluster.",
        "DBSCAN: no cluster",
        "none: there is no cluster",
        "DBSCAN found no structure: it has no two clusters",
        "tier: no customer with a tier is in a segment",
    ];
    expected.iter().for_each(|text| assert!(en.contains(text), "{text} is not in {en}"));
    for text in
        ["0 clusters below", "0 tiers", "beside the largest cluster", "these clusters cannot be told", "Positions: "]
    {
        assert!(!en.contains(text), "{text} is in {en}");
    }
    let expected = [
        "未发现结构，也没有客群：没有客户属于任何聚类。",
        "DBSCAN：没有聚类",
        "不存在：没有聚类",
        "DBSCAN 未发现结构：没有两个占客户 1% 以上的聚类",
        "“tier”：有等级的客户均不属于任何客群",
    ];
    expected.iter().for_each(|text| assert!(zh.contains(text), "{text} is not in {zh}"));
    for text in ["下列 0 个聚类", "共 0 个等级", "最大的聚类外", "这些聚类与单一云团"] {
        assert!(!zh.contains(text), "{text} is in {zh}");
    }
}

#[test]
fn a_run_without_segments_says_so_of_each_and_of_a_customer() {
    let shop = one_cloud();
    said(&shop, &["cluster.primary=dbscan", "cluster.dbscan.eps=0.000001"]);
    let show =
        |segment, language| shop.segmint(&["runs", "show", "latest", "--segment", segment, "--language", language]);
    assert!(show("all", "en").stdout.trim_end().ends_with(" has no segments"), "{}", show("all", "en").stdout);
    assert!(show("all", "zh").stdout.trim_end().ends_with(" 没有客群"), "{}", show("all", "zh").stdout);
    let one = show("S01", "en");
    assert!(one.code == 3 && one.stderr.contains(" has no segments, so none is \"S01\""), "{}", one.stderr);
    for (language, first) in [("en", "1007 is in no segment: DBSCAN counts it as noise"), ("zh", "1007 不属于任何客群")]
    {
        let explained = shop.segmint(&["explain", "latest", "1007", "--language", language]).stdout;
        assert!(explained.starts_with(first) && explained.contains("1007 → #"), "{explained}");
    }
}

#[test]
fn clusters_of_dbscan_are_not_denied_beside_their_number() {
    let shop = one_cloud();
    let [en, zh] = said(&shop, &["cluster.kmeans.k=3"]);
    let document: Value = serde_json::from_str(&shop.segmint(&["runs", "show", "latest", "--json"]).stdout).unwrap();
    assert_eq!(document["dbscan"]["answer"], Value::Null);
    assert!(en.contains("no two clusters that are large enough stay apart over a range of eps"), "{en}");
    assert!(zh.contains("没有哪段 eps 区间内有两个足够大且持续分离的聚类"), "{zh}");
}

#[test]
fn the_only_segment_goes_on_alone() {
    let shop = months::shop();
    for seed in [1, 2] {
        months::month(&shop, &[months::A], seed);
        months::run(&shop, &["--set", "cluster.kmeans.k=1"]);
    }
    let report = |language| shop.segmint(&["report", "latest", "--format", "md", "--language", language]).stdout;
    let [en, zh] = ["en", "zh"].map(report);
    assert!(en.contains("the only segment of ") && en.contains(" went on under its id and name"), "{en}");
    assert!(zh.contains("唯一的客群沿用原标识和名称"), "{zh}");
}

#[test]
fn a_listing_has_the_verdict_on_the_clusters_that_are_the_segments() {
    let shop = Shop::new();
    let run = shop.run(&["--set", "cluster.primary=dbscan", "--set", "cluster.dbscan.eps=50"]);
    let record: Value = serde_json::from_slice(&std::fs::read(run.join("run.json")).unwrap()).unwrap();
    assert_eq!([&record["structure"], &record["dbscan"]["structure"]].map(|one| &one["verdict"]), ["present", "none"]);
    let list: Value = serde_json::from_str(&shop.segmint(&["runs", "list", "--json"]).stdout).unwrap();
    assert_eq!(list["runs"][0]["structure"], "none");
}
