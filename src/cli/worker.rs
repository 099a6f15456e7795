//! `segmint worker`.

use std::io::{self, BufReader, ErrorKind, IsTerminal};

use super::exit::{CliError, Failed};
use super::output::binary_output;
use crate::workers;

/// Answers a driver on standard input until it goes away.
pub(super) fn run() -> Result<(), Failed> {
    let mut input = io::stdin();
    if input.is_terminal() {
        let message = "a worker reads what a driver writes, and standard input is a terminal";
        return Err(CliError::argument(message, "`segmint run --workers N` starts workers").into());
    }
    match workers::serve(&mut BufReader::new(&mut input), &mut binary_output()) {
        Ok(()) => Ok(()),
        // The driver ended first; there is nobody to tell.
        Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe) => Ok(()),
        Err(error) => Err(CliError::Input {
            message: format!("standard input is not that of a worker: {error}"),
            hint: "`segmint run --workers N` starts workers and speaks with them".to_owned(),
        }
        .into()),
    }
}
