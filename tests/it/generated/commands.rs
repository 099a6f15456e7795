//! The commands and flags, from the types that parse them.

use std::fmt::Write;

use clap::{Arg, Command};
use segmint::Language;

/// What a command does, in Chinese; clap's types speak English.
const IN_CHINESE: &[(&str, &str)] = &[
    ("run", "发现、命名、对照并记录客群"),
    ("worker", "为 `run --workers` 持有一部分客户：由后者启动，标准输入接收指令，标准输出返回结果"),
    ("check", "检查配置与输入是否相符，不运行"),
    ("init", "生成适合某张表的配置，或列出全部配置项的配置"),
    ("features", "交易记录 → 每位客户一行特征"),
    ("simulate", "生成客群真实已知的模拟客户"),
    ("score", "把新客户归入某次运行的客群"),
    ("explain", "一位客户为何属于其客群，精确说明"),
    ("report", "重新生成一次运行的报告：网页，或用于合并请求、聊天的 Markdown"),
    ("export", "把一次运行的表写成电子表格：.xlsx 每表一页，.csv 一表"),
    ("compare", "两次运行对照，或运行与等级表对照"),
    ("archetypes list", "内置的原型目录及其客户原型"),
    ("archetypes show", "完整查看一个原型目录"),
    ("archetypes check", "检查原型目录文件"),
    ("archetypes add", "把一次运行发现的客群存为客户原型"),
    ("runs list", "全部运行，由旧到新"),
    ("runs show", "一次运行的摘要、客群画像，或客群规则的 SQL"),
    ("runs alias", "给一次运行起别名"),
    ("runs history", "各客群在相继各次运行中的变化"),
    ("runs promote", "让一次运行接替与之对照的那次运行"),
    ("runs name", "给客群起一个固定的名称，凡显示其所在运行之处皆用"),
    ("runs prune", "清理最旧的运行；有别名的保留"),
    ("completions", "打印命令行补全脚本"),
    ("man", "打印手册页，或为每个命令写一页"),
];

/// One row a command: what it does and its flags.
pub(super) fn table(language: Language) -> String {
    let mut text = String::from(
        language.say("| command | what it does | flags |\n|---|---|---|\n", "| 命令 | 作用 | 选项 |\n|---|---|---|\n"),
    );
    for (name, command) in commands() {
        let about = match language {
            Language::En => said(&command),
            Language::Zh => in_chinese(&name).to_owned(),
        };
        let flags: Vec<String> = own(&command).filter(|arg| !arg.is_positional()).map(|arg| code(&flag(arg))).collect();
        let _ = writeln!(text, "| {} | {about} | {} |", code(&usage(&name, &command)), flags.join(" "));
    }
    let everywhere: Vec<String> = program().get_arguments().filter(|a| is_own(a)).map(|arg| code(&flag(arg))).collect();
    let _ = write!(text, "\n{}{}", language.say("With every command: ", "所有命令通用："), everywhere.join(" "));
    text + language.say(".", "。")
}

/// Every command with its arguments and flags.
pub(super) fn page() -> String {
    let mut text = String::from(
        "# Commands · 命令\n\nEvery command, argument and flag. This page is generated from the types that parse them; `segmint COMMAND\n\
         --help` says the same, `segmint man` writes manual pages. 本页由解析命令行的类型生成；\n\
         `segmint 命令 --help` 给出同样内容，`segmint man` 输出手册页。\n\n\
         ## With every command · 通用选项\n\n",
    );
    arguments(&mut text, &program());
    for (name, command) in commands() {
        let _ = write!(
            text,
            "\n## `segmint {}`\n\n{}. {}。\n\n",
            usage(&name, &command),
            said(&command),
            in_chinese(&name)
        );
        arguments(&mut text, &command);
    }
    text
}

fn program() -> Command {
    let mut program = segmint::cli::command().disable_help_subcommand(true);
    program.build();
    program
}

/// Every command that does something by itself, with its whole name.
fn commands() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    for verb in program().get_subcommands() {
        if verb.has_subcommands() {
            let actions = verb.get_subcommands();
            found.extend(actions.map(|action| (format!("{} {}", verb.get_name(), action.get_name()), action.clone())));
        } else {
            found.push((verb.get_name().to_owned(), verb.clone()));
        }
    }
    found
}

/// The arguments of a command itself: not those of every command, nor help.
fn own(command: &Command) -> impl Iterator<Item = &Arg> {
    let everywhere: Vec<String> = program().get_arguments().map(|arg| arg.get_id().to_string()).collect();
    command.get_arguments().filter(move |arg| is_own(arg) && !everywhere.contains(&arg.get_id().to_string()))
}

fn is_own(arg: &Arg) -> bool {
    !["help", "version"].contains(&arg.get_id().as_str())
}

/// `compare RUN OTHER`.
fn usage(name: &str, command: &Command) -> String {
    let positional = command.get_positionals().map(|arg| {
        let word = arg.get_id().as_str().to_uppercase();
        if arg.is_required_set() { word } else { format!("[{word}]") }
    });
    [name.to_owned()].into_iter().chain(positional).collect::<Vec<_>>().join(" ")
}

/// `-o, --output FILE`, with its value where it takes one.
fn flag(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    let long = arg.get_long().map(|long| format!("--{long}")).unwrap_or_default();
    let takes = arg.get_action().takes_values();
    let value = arg.get_value_names().filter(|_| takes).map(|names| format!(" {}", names[0])).unwrap_or_default();
    format!("{short}{long}{value}")
}

fn arguments(text: &mut String, command: &Command) {
    let is_program = command.get_name() == "segmint";
    let shown: Vec<&Arg> =
        if is_program { command.get_arguments().filter(|arg| is_own(arg)).collect() } else { own(command).collect() };
    for arg in shown {
        let name = if arg.is_positional() { arg.get_id().as_str().to_uppercase() } else { flag(arg) };
        let values: Vec<String> = arg.get_possible_values().iter().map(|value| code(value.get_name())).collect();
        let values = if values.is_empty() { String::new() } else { format!(" One of {}.", values.join(", ")) };
        let defaults: Vec<String> =
            arg.get_default_values().iter().map(|value| code(&value.to_string_lossy())).collect();
        let takes = arg.get_action().takes_values();
        let default = defaults.first().filter(|_| takes).map(|value| format!(" Default: {value}.")).unwrap_or_default();
        let values = if takes { values } else { String::new() };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, "- {}: {}.{values}{default}", code(&name), help.trim_end_matches('.'));
    }
}

fn said(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default().trim_end_matches('.').to_owned()
}

fn in_chinese(name: &str) -> &'static str {
    let found = IN_CHINESE.iter().find(|(command, _)| *command == name);
    found.unwrap_or_else(|| panic!("{name} has no Chinese description in {}", file!())).1
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

#[test]
fn every_chinese_description_is_of_a_command() {
    let names: Vec<String> = commands().into_iter().map(|(name, _)| name).collect();
    assert!(IN_CHINESE.iter().all(|(name, _)| names.iter().any(|known| known == name)));
}
