//! What is written from the program's own types and not by hand: `pipeline.toml`, the pages and tables of keys and commands.
//! `cargo xtask generate` writes it, `cargo xtask generate --check` and these tests say what is not current.

mod commands;
mod keys;
mod speed;

use std::fs;
use std::path::Path;

use segmint::Language;

/// The whole text of a file, by its path from the root.
type Written = (&'static str, String);

/// Every file; one that is only partly generated keeps what stands outside its markers.
fn files() -> Vec<Written> {
    let readme = |path: &'static str, language: Language| {
        let text = fs::read_to_string(root().join(path)).unwrap();
        let text = between_markers(&text, "commands", &commands::table(language));
        (path, between_markers(&text, "keys", &keys::table(language)))
    };
    vec![
        ("pipeline.toml", segmint::config::sample()),
        ("docs/configuration.md", keys::page()),
        ("docs/commands.md", commands::page()),
        readme("README.md", Language::En),
        readme("README.zh-CN.md", Language::Zh),
    ]
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `text` with what stands between the markers of `name` replaced.
fn between_markers(text: &str, name: &str, generated: &str) -> String {
    let (start, end) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end: {name} -->"));
    let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("{start} is missing"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{end} is missing"));
    format!("{before}{start}\n{generated}\n{end}{after}")
}

#[test]
fn generated_files_are_current() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut stale = Vec::new();
    for (path, text) in files() {
        let file = root().join(path);
        if update {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
        } else if fs::read_to_string(&file).ok() != Some(text) {
            stale.push(path);
        }
    }
    assert_eq!(stale, [""; 0], "not current; cargo xtask generate writes them");
}

#[test]
fn readmes_are_as_fast_as_was_measured() {
    let performance = fs::read_to_string(root().join("docs/performance.md")).unwrap();
    for (path, language) in [("README.md", Language::En), ("README.zh-CN.md", Language::Zh)] {
        let (text, sentence) =
            (fs::read_to_string(root().join(path)).unwrap(), speed::sentence(&performance, language));
        assert!(text.contains(&sentence), "{path} has to say: {sentence}");
    }
}

#[test]
fn what_stands_outside_the_markers_stays() {
    let text = "a\n<!-- generated: x -->\nold\n<!-- end: x -->\nb\n";
    assert_eq!(between_markers(text, "x", "new"), "a\n<!-- generated: x -->\n\nnew\n<!-- end: x -->\nb\n");
}
