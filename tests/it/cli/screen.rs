//! What a run ends with: one screen, which says what matters and where the rest is.

use segmint::cluster::choose_k::{DensityStructure, StructureVerdict};
use segmint::report::{Document, terminal};
use segmint::sharing::SharedRun;
use unicode_width::UnicodeWidthStr;

use super::privacy::with_a_handful;
use super::shop::Shop;

#[test]
fn a_run_ends_with_one_screen_in_either_language() {
    let shop = Shop::new();
    for (language, words) in [
        ("en", ["fall into 3 segments", "Segments", "Tiers", "recorded in", "--full prints"]),
        ("zh", ["客户分为 3 个客群", "客群", "等级", "已记录于", "--full 输出"]),
    ] {
        let said = shop.segmint(&["run", "--set", &format!("label.language={language}")]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(said.stdout.lines().count() <= 45, "{}", said.stdout);
        for word in words {
            assert!(said.stdout.contains(word), "{word} is not in\n{}", said.stdout);
        }
        let shown = shop.segmint(&["runs", "show", "latest"]).stdout;
        assert_eq!(shown, said.stdout, "a recorded run says the same");
        let full = shop.segmint(&["runs", "show", "latest", "--full"]).stdout;
        assert!(full.contains("Davies-Bouldin") && !shown.contains("Davies-Bouldin"), "{full}");
    }
}

#[test]
fn dense_groups_are_told_where_k_means_finds_none() {
    let shop = Shop::new();
    let run = shop.run(&[]);
    let mut shared = SharedRun::open(&run).unwrap();
    let said = |shared: &SharedRun| {
        let text = terminal(&Document::brief(shared), Some(140), |_, text| text.to_owned());
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    shared.verdict = StructureVerdict::None;
    let density = shared.dbscan.as_mut().unwrap();
    density.n_clusters = 64;
    let (verdict, highest_reference) = (StructureVerdict::Present, Some(0.01));
    density.structure =
        Some(DensityStructure { verdict, share_apart: 0.9, highest_reference, limit: 0.02, references: 20 });
    let text = said(&shared);
    assert!(text.contains("DBSCAN finds 64 dense groups") && text.contains("cluster.primary"), "{text}");
    assert!(!text.contains("slices of one cloud"), "{text}");
    shared.dbscan = None;
    assert!(said(&shared).contains("slices of one cloud"));
}

#[test]
fn a_tier_of_which_nothing_may_be_told_is_named() {
    let shop = Shop::new();
    let mut shared = SharedRun::open(&shop.run(&[])).unwrap();
    shared.comparisons.iter_mut().for_each(|comparison| comparison.sentences.clear());
    let text = terminal(&Document::brief(&shared), Some(140), |_, text| text.to_owned());
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("nothing is told of its"), "{text}");
}

#[test]
fn every_line_of_the_screen_fits_the_terminal() {
    let shop = Shop::new();
    for language in ["en", "zh"] {
        let run = shop.run(&["--set", &format!("label.language={language}")]);
        let shared = SharedRun::open(&run).unwrap();
        for width in [80, 100, 140] {
            let text = terminal(&Document::brief(&shared), Some(width), |_, text| text.to_owned());
            // The folder of the run is one word.
            let folder = run.to_str().unwrap();
            for line in text.lines().filter(|line| !line.contains(folder)) {
                assert!(line.width() <= width, "{} > {width}: {line}", line.width());
            }
        }
    }
}

#[test]
fn the_screen_says_what_its_star_means_where_it_has_one() {
    for (language, legend) in [("en", "* fewer than 10 customers"), ("zh", "* 少于 10 位客户")] {
        let language = format!("label.language={language}");
        let with = with_a_handful().segmint(&["run", "--set", &language, "--set", "cluster.kmeans.k_range=[4, 4]"]);
        assert!(with.stdout.contains(" * ") && with.stdout.contains(legend), "{}", with.stdout);
        let without = Shop::new().segmint(&["run", "--set", &language, "--set", "report.min_cell=1"]);
        assert_eq!((without.code, without.stdout.contains('*')), (0, false), "{}", without.stdout);
    }
}
