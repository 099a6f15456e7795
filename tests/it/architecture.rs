//! The invariants of ARCHITECTURE.md.

mod circles;
mod closures;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Stages in order: a folder imports only from folders before it.
const FOLDERS: [&str; 18] = [
    "config",
    "matrix",
    "recognize",
    "load",
    "normalize",
    "metrics",
    "cluster",
    "label",
    "compare",
    "model",
    "refit",
    "registry",
    "sharing",
    "report",
    "features",
    "simulate",
    "workers",
    "cli",
];

/// Single files everything may use.
const SHARED: [&str; 12] = [
    "language",
    "warning",
    "failure",
    "monitor",
    "random",
    "stats",
    "figures",
    "nearest",
    "object_url",
    "limits",
    "printable",
    "output_file",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("src"), &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root().join("src")).unwrap().to_owned(), text)
    };
    found.into_iter().map(read).collect()
}

/// The code before the tests, without comment lines.
fn code(text: &str) -> String {
    let before_tests = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    before_tests.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn folder_of(path: &Path) -> Option<String> {
    let mut parts = path.components();
    let first = parts.next()?.as_os_str().to_string_lossy().into_owned();
    parts.next().map(|_| first)
}

/// The top-level modules a text refers to through `crate::`.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split("};").next().unwrap();
            // Only the first segment of each top-level item of the group names a module.
            let mut depth = 0;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.push(std::mem::take(&mut item)),
                    _ if depth == 0 => item.push(c),
                    _ => {}
                }
            }
            found.push(item);
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found.iter().map(|item| item.trim().split("::").next().unwrap().to_owned()).collect()
}

#[test]
fn a_folder_imports_only_from_folders_above_it() {
    for (path, text) in sources() {
        let Some(folder) = folder_of(&path).filter(|folder| folder != "pipeline") else { continue };
        let place = FOLDERS.iter().position(|name| *name == folder);
        let place = place.unwrap_or_else(|| panic!("src/{folder} is not in the list of folders"));
        for import in imports(&code(&text)) {
            if import == "pipeline" {
                assert_eq!(folder, "cli", "{} imports the pipeline", path.display());
            }
            let Some(target) = FOLDERS.iter().position(|name| *name == import) else { continue };
            assert!(target <= place, "{} imports crate::{import}, which stands below it", path.display());
        }
    }
}

/// Files of `report/` that look at a run's own records: the explanation of one customer.
const LOOK_AT_THE_WHOLE_RUN: [&str; 1] = ["report/explanation.rs"];
/// Verbs that do: they answer for one customer, for a catalog, list customers for use inside the company, or hold two runs against
/// each other before anything is shared.
const ANSWER_FROM_THE_WHOLE_RUN: [&str; 4] =
    ["cli/explain.rs", "cli/archetypes_add.rs", "cli/compared_runs.rs", "cli/export/customers.rs"];

#[test]
fn what_people_read_is_made_from_what_may_be_shared() {
    let whole = [
        "Run",
        "RunRecord",
        "Charts",
        "Audit",
        "Reconciliation",
        "Labelled",
        "ClusterLabel",
        "NewSegments",
        "Comparison",
        "Comparisons",
        "TierReport",
        "Targets",
        "OutcomeReport",
        "suppress",
        "suppress_list",
    ];
    for (path, text) in sources() {
        let code = code(&text);
        let excepted = |places: &[&str]| places.iter().any(|place| path.starts_with(place));
        match folder_of(&path).as_deref() {
            Some("report") if !excepted(&LOOK_AT_THE_WHOLE_RUN) => {
                let code = without_literals(&code);
                let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
                for word in words {
                    assert!(
                        !whole.contains(&word),
                        "{} looks at a {word}, not at what of it is shared",
                        path.display()
                    );
                }
            }
            Some("cli") if !excepted(&ANSWER_FROM_THE_WHOLE_RUN) => {
                let of_whole_runs = code.replace("SharedRun::", "");
                let opens =
                    ["Run::open", "Run::record_of", "open_named"].into_iter().find(|call| of_whole_runs.contains(call));
                assert_eq!(opens, None, "{}", path.display());
            }
            _ => {}
        }
    }
}

#[test]
fn an_algorithm_is_named_in_the_ten_places_that_contributing_lists() {
    let guide = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let section = guide.split("## A further clustering algorithm").nth(1).unwrap().split("\n## ").next().unwrap();
    let listed = section.lines().filter_map(|line| line.strip_prefix("- `src/")?.split('`').next());
    let listed: BTreeSet<String> = listed.map(|place| place.replace("NAME", "gmm")).collect();
    assert!(listed.len() <= 10, "{listed:?}");
    let place = |path: &Path| match path.starts_with("cluster/gmm") {
        true => "cluster/gmm/".to_owned(),
        false => path.display().to_string(),
    };
    let naming = sources().into_iter().filter(|(_, text)| code(text).to_lowercase().contains("gmm"));
    let naming: BTreeSet<String> = naming.map(|(path, _)| place(&path)).collect();
    assert_eq!(naming, listed);
}

#[test]
fn only_the_program_knows_what_a_tone_looks_like() {
    for (path, text) in sources().into_iter().filter(|(path, _)| folder_of(path).as_deref() != Some("cli")) {
        for escape in ["\\x1b", "\\u{1b}", "\u{1b}"] {
            assert!(!code(&text).contains(escape), "{} writes escape codes of terminals", path.display());
        }
    }
}

/// Files of `cli/` that reach the screen: the one writer of text, and the bars, whose names pass it.
const REACH_THE_SCREEN: [&str; 2] = ["cli/output.rs", "cli/progress.rs"];

#[test]
fn whatever_the_program_says_passes_one_writer() {
    let ways = ["print!(", "println!(", "stdout()", "stderr()", "anstream", "error.print("];
    for (path, text) in sources() {
        let code = code(&text);
        if REACH_THE_SCREEN.iter().any(|listed| Path::new(listed) == path) || path == Path::new("output_file.rs") {
            continue;
        }
        let found = ways.into_iter().find(|way| code.contains(way));
        assert_eq!(found, None, "{} speaks past cli/output.rs", path.display());
    }
}

/// Files that make files: the one writer of outputs, and those that write into folders nobody else sees yet.
const MAKE_FILES: [&str; 2] = ["output_file.rs", "registry/write.rs"];

#[test]
fn whatever_is_written_passes_one_writer() {
    let ways = ["File::create", "fs::write(", "create_dir", "fs::rename", "NamedTempFile", ".persist("];
    let folders = ["registry/disk.rs", "registry/pending.rs", "registry/schema.rs"];
    for (path, text) in sources() {
        if MAKE_FILES.iter().chain(&folders).any(|listed| Path::new(listed) == path) {
            continue;
        }
        let code = code(&text).replace("TableFile::create", "").replace("OutputFile::create", "");
        let found = ways.into_iter().find(|way| code.contains(way));
        assert_eq!(found, None, "{} writes past output_file.rs", path.display());
    }
}

#[test]
fn shared_files_import_no_stage_but_the_plan() {
    for (path, text) in sources() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if folder_of(&path).is_none() && SHARED.contains(&name.as_str()) {
            for import in imports(&code(&text)) {
                assert!(!FOLDERS[1..].contains(&import.as_str()), "{} imports crate::{import}", path.display());
            }
        }
    }
}

#[test]
fn every_folder_is_described_in_the_architecture() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let described: Vec<usize> = FOLDERS.iter().map(|folder| text.find(&format!("| `{folder}/` |")).unwrap()).collect();
    assert!(described.is_sorted(), "ARCHITECTURE.md lists the folders in another order");
    for folder in FOLDERS {
        assert!(root().join("src").join(folder).is_dir(), "src/{folder} is described but not there");
    }
}

#[test]
fn no_module_is_called_utils() {
    for (path, _) in sources() {
        for part in path.with_extension("").iter() {
            let part = part.to_string_lossy();
            assert!(
                !["utils", "util", "common", "helper", "helpers", "types", "manager", "misc"].contains(&&*part),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn no_file_has_more_than_400_lines_before_its_tests() {
    for (path, text) in sources() {
        let lines = text.split("\n#[cfg(test)]\nmod tests").next().unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines before its tests", path.display());
    }
}

/// The lines of code of every function: its name, and its lines without blank ones and comments.
fn functions(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let before_name: Vec<&str> = line.split_whitespace().take_while(|word| *word != "fn").collect();
        let is_qualifier = |word: &&str| {
            word.starts_with("pub")
                || word.ends_with("crate)")
                || word.ends_with("super)")
                || word.contains("crate::")
                || ["const", "async", "unsafe"].contains(word)
        };
        let Some(name) = line.split_once("fn ").filter(|_| before_name.iter().all(is_qualifier)) else { continue };
        let name = name.1.split(['(', '<']).next().unwrap_or_default().to_owned();
        // The formatter ends a function where it began; one without a body ends in a semicolon.
        let indent = line.len() - line.trim_start().len();
        let ends = |line: &&str| line.len() - line.trim_start().len() == indent && line.trim_start().starts_with('}');
        let is_short = line.ends_with('}') || line.ends_with(';');
        let has_no_body =
            lines[start..].iter().find(|line| line.ends_with(['{', ';'])).is_some_and(|l| l.ends_with(';'));
        if !is_short && !has_no_body {
            let end = lines[start + 1..].iter().position(ends);
            found.push((name, end.map_or(1, |end| end + 2)));
        }
    }
    found
}

#[test]
fn no_function_has_more_than_60_lines_of_code() {
    for (path, text) in sources() {
        if let Some((name, lines)) = functions(&code(&text)).into_iter().find(|(_, lines)| *lines > 60) {
            panic!("{}: the function {name} has {lines} lines", path.display());
        }
    }
}

/// Files in which threads hand over partial results that may be joined in any order, because they are integers.
const JOINS_INTEGERS: [&str; 2] = ["cluster/kmeans/pass.rs", "cluster/kmeans/weights.rs"];

#[test]
fn floating_point_sums_across_threads_have_a_fixed_order() {
    for (path, text) in sources() {
        let code = code(&text);
        let is_listed = JOINS_INTEGERS.iter().any(|listed| Path::new(listed) == path);
        // Adaptors of rayon alone are called so, wherever in a file its iterator came from.
        for forbidden in [".reduce_with(", ".try_reduce(", ".fold_with(", ".fold_chunks(", "par_bridge("] {
            assert!(is_listed || !code.contains(forbidden), "{} joins in any order: {forbidden}", path.display());
        }
        let parallel: Vec<&str> = code.split(';').filter(|statement| statement.contains("par_")).collect();
        for statement in parallel {
            for forbidden in [".sum::<f64>()", ".sum::<f32>()", ".sum()", ".reduce(", ".fold("] {
                let found = statement.contains(forbidden);
                assert!(is_listed || !found, "{} has a parallel {forbidden}:{statement}", path.display());
            }
        }
    }
}

#[test]
fn no_stage_asks_the_clock_or_the_environment() {
    // The monitor notes how long stages take; recording a run gives it a time; the secret for ids is looked up where they are
    // shared; schemas are written by a test.
    let may = ["monitor.rs", "pipeline.rs", "pipeline/record.rs", "registry/schema.rs", "sharing/ids.rs"];
    for (path, text) in sources() {
        if folder_of(&path).as_deref() == Some("cli") || may.iter().any(|listed| Path::new(listed) == path) {
            continue;
        }
        for forbidden in ["Instant::now", "SystemTime::now", "Timestamp::now", "Zoned::now", "env::var"] {
            assert!(!code(&text).contains(forbidden), "{} asks {forbidden}", path.display());
        }
    }
}

#[test]
fn randomness_comes_from_named_streams() {
    for (path, text) in sources() {
        for forbidden in ["thread_rng", "rand::rng()", "from_os_rng", "from_entropy"] {
            assert!(!code(&text).contains(forbidden), "{} uses {forbidden}", path.display());
        }
    }
}

/// A code without its literals.
fn without_literals(code: &str) -> String {
    let (mut is_inside, mut is_escaped) = (false, false);
    let is_kept = |c: &char| {
        let (was_inside, ends) = (is_inside, *c == '"' && !is_escaped);
        is_inside ^= ends;
        is_escaped = was_inside && *c == '\\' && !is_escaped;
        !was_inside && !ends
    };
    // Characters in quotes of their own would open a literal.
    code.replace("'\"'", "").chars().filter(is_kept).collect()
}

/// The literals of a code, with `stand_in` for what stands in braces.
fn literals(code: &str, stand_in: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find('"') {
        let mut text = String::new();
        let mut depth = 0;
        let mut is_escaped = false;
        let mut end = rest.len();
        for (at, c) in rest[start + 1..].char_indices() {
            match c {
                '"' if !is_escaped => {
                    end = start + 2 + at;
                    break;
                }
                '{' => depth += 1,
                '}' => {
                    depth -= 1;
                    text.push_str(if depth == 0 { stand_in } else { "" });
                }
                c if depth == 0 => text.push(c),
                _ => {}
            }
            is_escaped = c == '\\' && !is_escaped;
        }
        found.push(text);
        rest = &rest[end..];
    }
    found
}

#[test]
fn chinese_texts_have_the_signs_of_chinese() {
    let is_chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
    for (path, text) in sources() {
        // Characters in quotes of their own would open a literal.
        let code = code(&text).replace("'\"'", "");
        for literal in literals(&code, "") {
            let letters: Vec<char> = literal.chars().collect();
            for pair in letters.windows(2) {
                let is_half = |c: &char| matches!(c, ',' | ';' | ':' | '?' | '!' | '(');
                let is_wrong = is_chinese(&pair[0]) && is_half(&pair[1])
                    || is_chinese(&pair[1]) && matches!(pair[0], ',' | ';' | ':' | ')');
                assert!(!is_wrong, "{}: {literal}", path.display());
            }
        }
        for literal in literals(&code, "0") {
            let is_spaced = literal.chars().any(|c| is_chinese(&c)) && literal.contains(" %");
            assert!(!is_spaced, "{}: {literal}", path.display());
        }
    }
}
