//! The keys of `pipeline.toml`, from the schema.

use std::fmt::Write;

use segmint::Language;
use segmint::config::schema::{KEYS, Key, OPEN_TABLES, RULE_KEYS};

/// One row a section: its keys with their defaults.
pub(super) fn table(language: Language) -> String {
    let mut text = String::from(language.say(
        "| section | keys and what they are when absent |\n|---|---|\n",
        "| 配置节 | 配置项及缺省值 |\n|---|---|\n",
    ));
    for section in sections() {
        let keys = KEYS.iter().filter(|key| key.section() == section);
        let keys: Vec<String> = keys.map(|key| format!("`{} = {}`", key.name(), cell(shown(key)))).collect();
        let _ = writeln!(text, "| `[{section}]` | {} |", keys.join(" · "));
    }
    for table in OPEN_TABLES {
        let keys: Vec<String> = table.keys.iter().map(|key| format!("`{}`", key.path)).collect();
        let keys = if keys.is_empty() { "`TIER = \"…\"`".to_owned() } else { keys.join(" · ") };
        let _ = writeln!(text, "| `[{}]` | {keys} |", table.heading);
    }
    text
}

/// Every key with its type, default, what is allowed and what it means, in both languages.
pub(super) fn page() -> String {
    let mut text = String::from(
        "# Configuration · 配置\n\n\
         Every key of `pipeline.toml`. A key that is absent has its default; unknown keys and values that are not allowed are\n\
         refused with their line and the nearest known key. `--set KEY=VALUE` overrides any key. Paths in the file are relative to\n\
         it, in `--set` to the working folder. This page is generated from the schema that checks the file.\n\n\
         `pipeline.toml` 的全部配置项。缺省的配置项取默认值；未知的配置项和不允许的值会连同行号和最相近的已知配置项一起报错。\n\
         `--set KEY=VALUE` 可覆盖任一配置项。文件中的路径相对于该文件，`--set` 中的路径相对于工作目录。本页由检查该文件的同一张表生成。\n",
    );
    for section in sections() {
        let _ = write!(text, "\n## `[{section}]`\n\n{HEAD}");
        for key in KEYS.iter().filter(|key| key.section() == section) {
            row(&mut text, key.name(), key);
        }
        for table in OPEN_TABLES.iter().filter(|table| table.path.split('.').next() == Some(section)) {
            open_table(&mut text, table.heading, table.comment_zh, table.comment, table.keys);
        }
    }
    text.push_str(
        "\n## `compare.rules`\n\nThe keys of a rule, by its kind; [tiers.md](tiers.md) says what the rules do. 各类规则的配置项，含义见 [tiers.md](tiers.md)。\n\n",
    );
    text.push_str(HEAD);
    for key in RULE_KEYS {
        row(&mut text, key.path, key);
    }
    text
}

const HEAD: &str = "| key | type · 类型 | default · 默认 | allowed · 允许 | meaning · 含义 |\n|---|---|---|---|---|\n";

fn open_table(text: &mut String, heading: &str, comment_zh: &str, comment: &str, keys: &[Key]) {
    if keys.is_empty() {
        let _ = write!(text, "\n### `[{heading}]`\n\n{comment}. {comment_zh}。\n");
        return;
    }
    let _ = write!(text, "\n### `[{heading}]`\n\n{comment_zh}。\n\n{HEAD}");
    for key in keys {
        row(text, key.path, key);
    }
}

fn row(text: &mut String, name: &str, key: &Key) {
    let both = |say: &dyn Fn(Language) -> String| {
        let [en, zh] = [Language::En, Language::Zh].map(|language| cell(&say(language)));
        if en == zh { en } else { format!("{en}<br>{zh}") }
    };
    let default = if key.default.is_empty() { "–".to_owned() } else { format!("`{}`", cell(key.default)) };
    let kind = both(&|language| key.constraint.type_in(language).to_owned());
    let allowed = both(&|language| key.constraint.allowed_in(language));
    let comment = if key.comment.is_empty() { "as above" } else { key.comment };
    let meaning = both(&|language| language.say(comment, key.comment_zh).to_owned());
    let _ = writeln!(text, "| `{name}` | {kind} | {default} | {allowed} | {meaning} |");
}

/// The sections in the order of the file.
fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = KEYS.iter().map(Key::section).collect();
    sections.dedup();
    sections
}

fn shown(key: &Key) -> &'static str {
    if key.default.is_empty() { "…" } else { key.default }
}

/// A text inside a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn every_key_is_told_in_both_languages() {
    for key in [KEYS, RULE_KEYS].concat() {
        assert!(!key.comment_zh.is_ascii(), "{}", key.path);
    }
}
