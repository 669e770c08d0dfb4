//! The only place that prints: results to standard output, all else to standard error. An export
//! of jobs is written by itself, and the bar of long work draws itself.

use std::error::Error as _;
use std::fmt::Display;
use std::io::{self, Write as _};

use xrm_eventhub::body;

use crate::error::Error;

/// One line of result, flushed at once.
pub(crate) fn line(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Error::Output)
}

/// A result as it is.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Error::Output)
}

/// Something for the person at the terminal. Where standard error is closed, there is nobody to
/// tell.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "xrm-eventhub: {text}");
}

/// An error and its causes.
pub(crate) fn error(error: &Error) {
    if error.is_broken_pipe() {
        return;
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {}", reason(error)));
        cause = error.source();
    }
    if let Some(check) = error.check() {
        text.push_str(&format!("\nCheck: {check}"));
    }
    note(text);
}

/// What a cause says. Of a body's, position and path are told already.
fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    match error.downcast_ref::<body::Error>() {
        Some(error) => error.kind().to_string(),
        None => error.to_string(),
    }
}
