//! Files that import each other, re-exports resolved to the file that defines a name.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::{code, sources};

#[test]
fn no_files_import_each_other_in_a_circle() {
    if let Some(circle) = shortest_circle(&sources()) {
        panic!("files import each other in a circle: {}", circle.join(" imports "));
    }
}

#[test]
fn a_circle_through_a_re_export_is_found() {
    let files = |list: &[(&str, &str)]| -> Vec<(PathBuf, String)> {
        list.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
    };
    let room = "mod a;\nmod b;\npub use self::a::A;\npub use b::{B, b as c};\n";
    let a = "use super::{B as Other};\npub struct A(Other);\n";
    let found = shortest_circle(&files(&[
        ("room/mod.rs", room),
        ("room/a.rs", a),
        ("room/b.rs", "pub struct B;\npub fn b() -> crate::room::A { todo!() }\n"),
    ]));
    assert_eq!(found.unwrap(), ["room/a.rs", "room/b.rs", "room/a.rs"]);
    // A re-export is no import of the room, and neither is what tests and comments say.
    let b = "// use super::A;\npub struct B;\npub fn b() {}\n#[cfg(test)]\nmod tests {\n    use super::super::A;\n}\n";
    assert_eq!(shortest_circle(&files(&[("room/mod.rs", room), ("room/a.rs", a), ("room/b.rs", b)])), None);
}

/// The circle of fewest files, the first file again at its end.
fn shortest_circle(files: &[(PathBuf, String)]) -> Option<Vec<String>> {
    let modules = Modules::of(files);
    let imports: Vec<BTreeSet<usize>> = (0..files.len()).map(|file| modules.imports(file)).collect();
    let circles = (0..files.len()).filter_map(|start| way_back(start, &imports));
    let circle = circles.min_by_key(Vec::len)?;
    Some(circle.into_iter().map(|file| files[file].0.to_string_lossy().replace('\\', "/")).collect())
}

/// The shortest way from a file along its imports back to itself.
fn way_back(start: usize, imports: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let mut from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for &next in &imports[file] {
            if next == start {
                let mut way = vec![start, file];
                while way[way.len() - 1] != start {
                    way.push(from[&way[way.len() - 1]]);
                }
                way.reverse();
                return Some(way);
            }
            if let Entry::Vacant(entry) = from.entry(next) {
                entry.insert(file);
                queue.push_back(next);
            }
        }
    }
    None
}

/// A path from the root of the crate.
type ModulePath = Vec<String>;

/// One name that a `use` brings in.
struct Use {
    name: String,
    path: ModulePath,
    is_public: bool,
}

/// The files as modules.
struct Modules {
    of_path: BTreeMap<ModulePath, usize>,
    paths: Vec<ModulePath>,
    uses: Vec<Vec<Use>>,
    /// The code without its `use`s.
    bodies: Vec<String>,
}

impl Modules {
    fn of(files: &[(PathBuf, String)]) -> Modules {
        let paths: Vec<ModulePath> = files.iter().map(|(path, _)| module_path(path)).collect();
        let of_path = paths.iter().cloned().zip(0..).collect();
        let mut modules = Modules { of_path, paths, uses: Vec::new(), bodies: Vec::new() };
        for (file, (_, text)) in files.iter().enumerate() {
            let (statements, body) = split_uses(&code(text));
            let uses = statements.iter().flat_map(|(is_public, tree)| modules.uses(file, *is_public, tree)).collect();
            modules.uses.push(uses);
            modules.bodies.push(body);
        }
        modules
    }

    fn uses(&self, file: usize, is_public: bool, tree: &str) -> Vec<Use> {
        let named = |branch: String| {
            let (path, name) = branch.split_once(" as ").map_or((branch.as_str(), None), |(a, b)| (a, Some(b)));
            let path = self.absolute(file, path)?;
            let name = name.map_or_else(|| path.last().cloned().unwrap_or_default(), |name| name.trim().to_owned());
            Some(Use { name, path, is_public })
        };
        branches(tree).into_iter().filter_map(named).collect()
    }

    /// A path as written in a file, from the root of the crate; `None` for other crates.
    fn absolute(&self, file: usize, path: &str) -> Option<ModulePath> {
        let mut base = self.paths[file].clone();
        let mut parts: Vec<&str> = path.split("::").map(str::trim).collect();
        let is_child = {
            let mut child = base.clone();
            child.push(parts[0].to_owned());
            self.of_path.contains_key(&child)
        };
        match parts[0] {
            "crate" => base.clear(),
            "self" => {}
            "super" => {
                while parts.first() == Some(&"super") {
                    base.pop();
                    parts.remove(0);
                }
                parts.insert(0, "");
            }
            _ if is_child => parts.insert(0, ""),
            _ => return None,
        }
        base.extend(parts.into_iter().skip(1).map(str::to_owned));
        Some(base)
    }

    /// The file that defines what stands at a path.
    fn defining(&self, path: &[String], depth: usize) -> Option<usize> {
        let n_parts = (0..=path.len()).rev().find(|&n| self.of_path.contains_key(&path[..n]))?;
        let file = self.of_path[&path[..n_parts]];
        let brought_in = path.get(n_parts).and_then(|name| self.uses[file].iter().find(|used| used.name == *name));
        match brought_in {
            Some(used) if depth < 8 && !defines(&self.bodies[file], &used.name) => {
                let onward: ModulePath = used.path.iter().chain(&path[n_parts + 1..]).cloned().collect();
                self.defining(&onward, depth + 1).or(Some(file))
            }
            _ => Some(file),
        }
    }

    /// The files whose items a file uses. What is only re-exported is not used.
    fn imports(&self, file: usize) -> BTreeSet<usize> {
        let body = &self.bodies[file];
        let used = self.uses[file].iter().filter(|used| !used.is_public || has_word(body, &used.name));
        let inline = inline_paths(body).into_iter().filter_map(|path| self.absolute(file, &path));
        let paths = used.map(|used| used.path.clone()).chain(inline);
        let files = paths.filter_map(|path| self.defining(&path, 0));
        // What stands in the crate's root is re-exported from there.
        files.filter(|&other| other != file && !self.paths[other].is_empty()).collect()
    }
}

fn module_path(path: &Path) -> ModulePath {
    let mut parts: ModulePath =
        path.with_extension("").components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// The trees of the `use`s of a code and whether each is public, and the code without them.
fn split_uses(code: &str) -> (Vec<(bool, String)>, String) {
    let (mut uses, mut body) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        let (is_public, tree) = match trimmed.strip_prefix("pub") {
            Some(rest) => (true, rest.find("use ").filter(|&at| !rest[..at].contains(['{', '=', '<']))),
            None => (false, trimmed.starts_with("use ").then_some(0)),
        };
        let Some(at) = tree else {
            // `mod a;` is no use of what may be called `a` too.
            if !(trimmed.starts_with("mod ") && trimmed.ends_with(';')) {
                body.push_str(line);
                body.push('\n');
            }
            continue;
        };
        let mut statement = trimmed[at + if is_public { "pub".len() } else { 0 } + "use ".len()..].to_owned();
        while !statement.contains(';') {
            let Some(more) = lines.next() else { break };
            statement.push_str(more.trim());
        }
        uses.push((is_public, statement.split(';').next().unwrap_or_default().to_owned()));
    }
    (uses, body)
}

/// `a::{b, c::{d, e as f}}` as `a::b`, `a::c::d`, `a::c::e as f`.
fn branches(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((before, inside)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let inside = inside.strip_suffix('}').unwrap_or(inside);
    let (mut items, mut depth) = (vec![String::new()], 0);
    for c in inside.chars() {
        match c {
            ',' if depth == 0 => items.push(String::new()),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                items.last_mut().expect("there is an item").push(c);
            }
        }
    }
    let items = items.iter().filter(|item| !item.trim().is_empty());
    items.flat_map(|item| branches(item)).map(|branch| format!("{before}{branch}")).collect()
}

/// The paths through `crate` and `super` that stand in the code itself.
fn inline_paths(body: &str) -> Vec<String> {
    let starts = ["crate::", "super::"].into_iter().flat_map(|start| body.match_indices(start));
    let is_begin = |at: usize| !body[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let paths = starts.filter(|(at, _)| is_begin(*at)).map(|(at, _)| {
        let path = body[at..].split(|c| !is_part(c)).next().unwrap_or_default();
        path.trim_end_matches(':').to_owned()
    });
    // Visibilities such as `pub(in crate::label)` name no item.
    paths.filter(|path| !body.contains(&format!("(in {path})"))).collect()
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = text.match_indices(word);
    found.any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

/// Whether a code has an item of this name.
fn defines(body: &str, name: &str) -> bool {
    let keywords = ["fn", "struct", "enum", "trait", "const", "type", "static", "mod"];
    body.lines().any(|line| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let is_item = !line.starts_with(' ') && words.any(|word| keywords.contains(&word));
        is_item && words.next() == Some(name)
    })
}
