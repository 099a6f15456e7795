//! The report of a run: from the run's files alone, held against them, and nothing in it that may not be shared.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array};
use segmint::Language;
use segmint::report::{Report, ReportError};
use serde_json::Value;

use super::privacy::with_a_handful;
use super::shop::Shop;

/// The figures of a page: where they come from, and the machine's value.
fn figures(page: &str) -> Vec<(&str, f64)> {
    page.split("<data ")
        .skip(1)
        .filter_map(|element| {
            let tag = element.split('>').next()?;
            let source = tag.split(" data-of=\"").nth(1)?.split('"').next()?;
            let value = tag.split("value=\"").nth(1)?.split('"').next()?;
            Some((source, value.parse().unwrap()))
        })
        .collect()
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut document: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    change(&mut document);
    fs::write(path, document.to_string()).unwrap();
    segmint::registry::write_checksums(path.parent().unwrap()).unwrap();
}

#[test]
fn an_old_run_gives_the_same_page_byte_for_byte_and_needs_nothing_but_its_folder() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    fs::remove_file(shop.path("customers.parquet")).unwrap();
    fs::remove_file(run.join("report.html")).unwrap();
    let said = shop.segmint(&["report", "latest"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(fs::read_to_string(run.join("report.html")).unwrap(), page);
    // Moved elsewhere it says the same: no path of the folder is in it.
    let moved = shop.path("elsewhere");
    fs::rename(&run, &moved).unwrap();
    assert_eq!(Report::read(&moved).unwrap().html().unwrap(), page);
}

#[test]
fn figures_of_a_page_are_those_of_run_json() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let found = figures(&page);
    assert!(found.len() > 100, "{}", found.len());
    let sizes: Vec<f64> =
        (0..3).map(|i| found.iter().find(|(s, _)| *s == format!("run.json#/segments/{i}/size")).unwrap().1).collect();
    assert_eq!(sizes, [80.0; 3]);
    // The day stands on the first screen.
    let id = run.file_name().unwrap().to_str().unwrap();
    assert!(page.contains(&format!("<dd><bdi>{}-{}-{} ", &id[..4], &id[4..6], &id[6..8])));
}

#[test]
fn a_report_that_contradicts_its_tables_is_an_error_and_is_not_written() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    edit(&run.join("run.json"), |document| document["segments"][1]["size"] = 81.into());
    fs::remove_file(run.join("report.html")).unwrap();
    let error = Report::read(&run).unwrap().html().unwrap_err();
    assert!(
        matches!(&error, ReportError::Contradiction { place, .. } if place == "run.json#/segments/1/size"),
        "{error}"
    );
    let said = shop.segmint(&["report", "latest"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("run.json#/segments/1/size holds 81"), "{}", said.stderr);
    assert!(!run.join("report.html").exists());
}

#[test]
fn a_handful_of_customers_cannot_be_read_off_a_page() {
    let shop = with_a_handful();
    let run = shop.run(&["--set", "cluster.kmeans.k_range=[4, 4]"]);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let counted = ["size", "customers", "count", "n_noise", "n_missing"];
    let counts = figures(&page).into_iter().filter(|(source, _)| {
        let last = source.rsplit('/').next().unwrap();
        counted.contains(&last) || source.contains("/counts/")
    });
    let counts: Vec<(&str, f64)> = counts.collect();
    assert!(counts.len() > 10);
    assert!(counts.iter().all(|&(_, count)| count == 0.0 || count >= 10.0), "{counts:?}");
    // The handful and the segment that covers it.
    for hidden in ["run.json#/segments/3/size", "run.json#/segments/3/share", "segments/3/value_share"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
}

#[test]
fn a_sentence_about_a_cluster_with_a_hidden_cell_is_not_shown() {
    let shop = with_a_handful();
    let run = shop.run(&["--set", "cluster.kmeans.k_range=[4, 4]"]);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let record: Value = serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
    let reconciliation = &record["reconciliation"];
    let small = |cluster: &Value| {
        let cells = reconciliation["cells"].as_array().unwrap().iter();
        cells.filter(|cell| cell["kmeans"] == *cluster).any(|cell| (1..10).contains(&cell["count"].as_u64().unwrap()))
    };
    let findings = reconciliation["findings"].as_array().unwrap();
    let hidden: Vec<&Value> = findings.iter().filter(|finding| small(&finding["cluster"])).collect();
    assert!(!hidden.is_empty());
    for finding in hidden {
        let sentence = finding["sentence"]["en"].as_str().unwrap();
        assert!(!page.contains(sentence), "{sentence}");
    }
}

#[test]
fn clusters_that_are_no_segments_do_not_bear_the_ids_and_colours_of_segments() {
    let shop = Shop::new();
    let run = shop.run(&["--set", "cluster.primary=dbscan", "--set", "cluster.dbscan.eps=1.0"]);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let graph = page.split("<circle class=\"node ").skip(1);
    let nodes: Vec<&str> = graph.map(|node| node.split("</svg>").next().unwrap()).collect();
    assert!(!nodes.is_empty());
    assert!(nodes.iter().all(|node| node.starts_with("all\"") && !node.contains(">S0")), "{nodes:?}");
}

#[test]
fn a_seed_is_shown_to_the_last_digit() {
    let shop = Shop::new();
    let run = shop.run(&["--set", "cluster.seed=9007199254740993"]);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let method = page.split("id=\"method\"").nth(1).unwrap();
    let facts = method.split("</dl>").next().unwrap();
    assert!(facts.contains("9007199254740993"), "{facts}");
}

#[test]
fn markdown_says_the_same_in_either_language() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let english = shop.segmint(&["report", "latest", "--format", "md"]).stdout;
    let chinese = shop.segmint(&["report", "latest", "--format", "md", "--language", "zh"]).stdout;
    assert!(english.contains("## At a glance") && chinese.contains("## 概览"));
    let report = Report::read(&run).unwrap();
    assert_eq!(english, report.markdown(Some(Language::En)));
    // Every figure of the page stands in the text.
    let page = report.html().unwrap();
    let texts = page.split("<data ").skip(1).map(|element| element.split(['>', '<']).nth(1).unwrap());
    for text in texts {
        assert!(english.contains(text) && chinese.contains(text), "{text}");
    }
}

#[test]
fn a_report_is_written_in_the_format_that_its_name_says() {
    let shop = Shop::new();
    shop.run(&[]);
    let markdown = shop.segmint(&["report", "latest", "--format", "md"]).stdout;
    let json = shop.segmint(&["report", "latest", "--format", "md", "--json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["markdown"].as_str().unwrap().trim_end(), markdown.trim_end());
    for arguments in [&["-o", "x.MD"][..], &["-o", "x.html", "--format", "md"]] {
        let said = shop.segmint(&[&["report", "latest"], arguments].concat());
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(said.stderr.contains(arguments[1]) && said.stderr.contains("--format"), "{}", said.stderr);
        assert!(!shop.path(arguments[1]).exists());
    }
}

#[test]
fn a_report_that_cannot_be_written_says_where() {
    let shop = Shop::new();
    shop.run(&[]);
    let said = shop.segmint(&["report", "latest", "-o", "no/such/folder/page.html"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.contains("no/such/folder/page.html"), "{}", said.stderr);
    let said = shop.segmint(&["report", "latest", "-o", "/"]);
    assert_eq!((said.code, said.stderr.contains("--output /")), (2, true), "{}", said.stderr);
    let said = shop.segmint(&["report", "nosuchrun"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    let said = shop.segmint(&["report", "latest", "--format", "pdf"]);
    assert_eq!(said.code, 2, "{}", said.stderr);
}

#[test]
fn twenty_segments_and_thirty_features_stay_below_a_megabyte_and_a_half() {
    let shop = Shop::new();
    let n = 1200;
    let spread = |i: usize, step: usize| ((i * step) % 97) as f64 / 97.0;
    let mut columns: Vec<(String, ArrayRef)> =
        vec![("customer".into(), Arc::new((0..n as i64).map(Some).collect::<Int64Array>()))];
    for j in 0..30 {
        let values = (0..n).map(|i| Some(((i % 20) * (j + 3) % 20) as f64 * 10.0 + spread(i, 31 + j)));
        columns.push((format!("feature_{j:02}"), Arc::new(values.collect::<Float64Array>())));
    }
    let columns: Vec<(&str, ArrayRef)> = columns.iter().map(|(name, c)| (name.as_str(), Arc::clone(c))).collect();
    shop.table(&columns);
    fs::write(
        shop.path("pipeline.toml"),
        "[source]\npath = \"customers.parquet\"\nid = \"customer\"\n[cluster.kmeans]\nk = 20\nk_range = [20, 20]\nn_init = 3\n",
    )
    .unwrap();
    let run = shop.run(&[]);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert_eq!(page.matches("<article id=\"S").count(), 20);
    assert!(page.len() <= 1_500_000, "{} bytes", page.len());
}

#[test]
fn a_further_clustering_is_shown_wherever_a_run_is_and_only_where_there_is_one() {
    let titles = ["Gaussian mixture beside the segments", "高斯混合与客群对照"];
    let shop = Shop::new();
    // Everything that is said of the latest run, in either language.
    let said = |run: &Path| {
        let page = fs::read_to_string(run.join("report.html")).unwrap();
        let texts = ["en", "zh"].map(|language| {
            let markdown = shop.segmint(&["report", "latest", "--format", "md", "--language", language]);
            let explained = shop.segmint(&["explain", "latest", "1002", "--language", language]);
            assert_eq!((markdown.code, explained.code), (0, 0), "{}{}", markdown.stderr, explained.stderr);
            (markdown.stdout, explained.stdout)
        });
        let full = shop.segmint(&["runs", "show", "latest", "--full"]);
        assert_eq!(full.code, 0, "{}", full.stderr);
        (page, texts, full.stdout)
    };

    let (page, texts, full) = said(&shop.run(&[]));
    let everything: Vec<String> = [page, full]
        .into_iter()
        .chain(texts.into_iter().flat_map(|(markdown, explained)| [markdown, explained]))
        .collect();
    for text in &everything {
        assert!(!text.contains("Gaussian mixture") && !text.contains("高斯混合"), "{text}");
    }

    for language in ["zh", "en"] {
        let language = format!("label.language={language}");
        let run = shop.run(&["--set", "cluster.gmm.enabled=true", "--set", &language]);
        let (page, texts, full) = said(&run);
        let of_run = usize::from(language.ends_with("zh"));
        assert!(full.contains(titles[of_run]), "{full}");
        assert!(titles.iter().all(|title| page.contains(title)));
        let [(english, in_english), (chinese, in_chinese)] = texts;
        assert!(english.contains(titles[0]) && chinese.contains(titles[1]), "{english}\n{chinese}");
        let line = |text: &str, words: &str| text.lines().find(|line| line.starts_with(words)).map(str::to_owned);
        let (en, zh) = (line(&in_english, "Gaussian mixture"), line(&in_chinese, "高斯混合"));
        assert!(en.as_ref().is_some_and(|line| line.contains(" (probability ")), "{in_english}");
        assert!(zh.as_ref().is_some_and(|line| line.contains("（概率 ")), "{in_chinese}");
    }
}

#[test]
fn figures_of_a_further_clustering_are_those_of_the_files_and_small_ones_are_held_back() {
    let shop = Shop::new();
    for min_cell in [10, 1000] {
        let setting = format!("report.min_cell={min_cell}");
        let run = shop.run(&["--set", "cluster.gmm.enabled=true", "--set", &setting]);
        let page = fs::read_to_string(run.join("report.html")).unwrap();
        let found = figures(&page);
        let value = |source: &str| found.iter().find(|(other, _)| *other == source).map(|(_, value)| *value);
        let json = |name: &str| -> Value { serde_json::from_slice(&fs::read(run.join(name)).unwrap()).unwrap() };

        let record = json("run.json");
        for key in ["mean_probability", "log_likelihood"] {
            let exact = record["gmm"][key].as_f64().unwrap();
            assert_eq!(value(&format!("run.json#/gmm/{key}")), Some((100.0 * exact).round() / 100.0), "{key}");
        }
        assert_eq!(value("run.json#/gmm/n_fitted"), Some(240.0));

        let segments = json("segments.json");
        let clusterings = segments["clusterings"].as_array().unwrap();
        let at = clusterings.iter().position(|clustering| clustering["algorithm"] == "gmm").unwrap();
        let clusters = clusterings[at]["clusters"].as_array().unwrap();
        let sizes: Vec<u64> = clusters.iter().map(|cluster| cluster["size"].as_u64().unwrap()).collect();
        assert_eq!(sizes.iter().sum::<u64>(), 240);
        let is_small = sizes.iter().any(|&size| size < min_cell);
        for (c, &size) in sizes.iter().enumerate() {
            let shown = value(&format!("segments.json#/clusterings/{at}/clusters/{c}/size"));
            // Where none is small nothing has to be covered.
            assert!(if is_small { shown.is_none_or(|n| n >= min_cell as f64) } else { shown == Some(size as f64) });
            let share = value(&format!("segments.json#/clusterings/{at}/clusters/{c}/share"));
            assert_eq!(share.is_some(), shown.is_some(), "{c}");
        }
        assert!(min_cell == 10 || is_small);
    }
}

#[test]
fn the_sign_of_what_is_held_back_is_explained_where_it_stands() {
    let shop = Shop::new();
    let page = |arguments: &[&str]| fs::read_to_string(shop.run(arguments).join("report.html")).unwrap();
    assert!(page(&[]).contains("* fewer than 10 customers, or held back to cover such a cell"));
    assert!(!page(&["--set", "report.min_cell=0"]).contains("* fewer than"));
}
