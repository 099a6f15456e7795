//! `segmint completions` and `segmint man`: what shells and manuals know of the program, from the types that parse its
//! arguments.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Arguments;
use super::exit::{CliError, Failed};
use super::output::{print_bytes, print_json, print_text};
use crate::output_file::{create_folder, write_file};
use crate::printable::shown;

/// The program's commands and flags.
pub fn command() -> Command {
    Arguments::command()
}

/// Prints the completions of `shell`.
pub(super) fn completions(shell: Shell) -> Result<(), Failed> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "segmint", &mut script);
    print_bytes(&script)
}

/// Prints the page of the whole program, or writes a page for it and for every command into `folder`.
pub(super) fn man(arguments: &Arguments, folder: Option<&Path>) -> Result<(), Failed> {
    let pages = pages();
    let Some(folder) = folder else {
        return print_bytes(&pages[0].1);
    };
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Failed::from(CliError::Write { path, source })
    };
    create_folder(folder).map_err(failed(folder))?;
    let mut written: Vec<PathBuf> = Vec::new();
    for (name, page) in pages {
        let path = folder.join(name);
        write_file(&path, &page).map_err(failed(&path))?;
        written.push(path);
    }
    if arguments.json {
        return print_json(&serde_json::json!({ "pages": written }));
    }
    print_text(&format!("{} pages in {}; read one with: man -l {}", written.len(), shown(folder), shown(&written[0])))
}

/// Every page with the name of its file: first the program's, then those of its commands and of theirs.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut program = command().disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    add_pages(&program, "segmint", &mut pages);
    pages
}

fn add_pages(command: &Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) {
    let mut page = Vec::new();
    let man = Man::new(command.clone()).title(name);
    man.render(&mut page).expect("memory can be written");
    pages.push((format!("{name}.1"), page));
    for verb in command.get_subcommands() {
        add_pages(verb, &format!("{name}-{}", verb.get_name()), pages);
    }
}
