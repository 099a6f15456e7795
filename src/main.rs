//! segmint, the program. The library's documentation says what it does; this file only maps its result to an exit code.

use std::process::ExitCode;

/// Keeps freed memory for what comes next: columns come and go.
#[cfg(all(unix, feature = "allocator"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    segmint::cli::main().into()
}
