//! segmint, the program. The library's documentation says what it does; this file only maps its result to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    segmint::cli::main().into()
}
