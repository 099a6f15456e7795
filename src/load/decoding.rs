//! Steps of the Parquet decoder, where a panic means a damaged file.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows decoded at a time.
pub(super) const BATCH_ROWS: usize = 65_536;

thread_local! {
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a step of the Parquet decoder, where a panic means a damaged file and becomes an error.
///
/// A panic hook that reports bugs asks this, so as not to report those.
pub fn is_decoding() -> bool {
    DECODING.get()
}

/// Runs a step of the decoder. The parquet crate and arrow's kernels mostly answer damaged bytes with an error, but some
/// of their checks are assertions; a file must never end the program, so a panic inside becomes an error too.
pub(super) fn guarded<T, E: std::fmt::Display>(step: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    let outer = DECODING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(step));
    DECODING.set(outer);
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(one_line(&error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(one_line(text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("the decoder failed")))
        }
    }
}

/// Decoders prefix their messages, several times over when errors are wrapped.
fn one_line(message: &str) -> String {
    let mut text = message.lines().next().unwrap_or_default().trim();
    for prefix in ["Parquet argument error: ", "Parquet error: ", "External: ", "Arrow: ", "EOF: "].repeat(3) {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    text.trim_end_matches('.').to_owned()
}
