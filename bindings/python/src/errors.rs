//! Errors of the library as exceptions of Python.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use segmint::cli::Failed;
use segmint::failure::Category;

/// The file and line of the last panic that was no damaged file.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Panics are told by an exception, not on standard error.
pub(crate) fn keep_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if !segmint::load::is_decoding() {
            let place = panic.location().map(ToString::to_string);
            *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = place;
        }
    }));
}

/// The exception for a failure.
pub(crate) fn raised(py: Python<'_>, failed: &Failed) -> PyErr {
    let Failed(failure) = failed;
    let class = match failure.category() {
        Category::Config => "ConfigError",
        Category::Input => "InputError",
        Category::Refused => "LimitError",
        Category::Held => "GateError",
        Category::Locked => "Locked",
        Category::Io => "SegmintError",
        Category::Interrupted => return PyKeyboardInterrupt::new_err(()),
    };
    exception(py, class, &failure.message(), failure.hint().as_deref())
}

/// An `InputError`.
pub(crate) fn input_error(py: Python<'_>, message: &str, hint: &str) -> PyErr {
    exception(py, "InputError", message, Some(hint))
}

/// What a panic is to whoever called: a bug of ours.
pub(crate) fn bug(py: Python<'_>, panic: &(dyn Any + Send)) -> PyErr {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let place = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).take();
    let message = format!("{} ({})", text.unwrap_or("it panicked"), place.as_deref().unwrap_or("no place is known"));
    exception(
        py,
        "SegmintError",
        &message,
        Some("this is a bug in segmint; please report it with this message and the call"),
    )
}

/// An exception of the package, whose classes are written in Python.
fn exception(py: Python<'_>, class: &str, message: &str, hint: Option<&str>) -> PyErr {
    let made = py.import("segmint._errors").and_then(|module| module.getattr(class)?.call1((message, hint)));
    made.map_or_else(|error| error, PyErr::from_value)
}
