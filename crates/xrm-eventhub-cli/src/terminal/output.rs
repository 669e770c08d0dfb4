//! The only place that prints: results to standard output, everything else to standard error. An
//! export of jobs is written as it is read, and the progress line draws itself.

use std::fmt::Display;
use std::io::{self, Write as _};

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Exit};
use crate::terminal::table::printable;

/// The form of results.
#[derive(Args, Debug)]
// A struct that is flattened after another one would otherwise be listed under its heading.
#[command(next_help_heading = None::<&str>)]
pub(crate) struct JsonArgs {
    /// Print JSON for programs.
    #[arg(long)]
    pub(crate) json: bool,
}

impl JsonArgs {
    /// Prints a result as one line of JSON, or as text for people.
    pub(crate) fn print(
        &self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if self.json { self::json(&json()) } else { self::text(&text()) }
    }

    /// Prints a result as one line of JSON, or as one of text.
    pub(crate) fn print_line(
        &self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        self.print(json, || text() + "\n")
    }
}

/// One line of result, flushed at once: whoever reads it from a pipe may act on it.
pub(crate) fn line(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|it| unwritten(&it))
}

/// One line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Error> {
    json_lines([value])
}

/// Lines of JSON, written at once: a line each would be a system call each.
pub(crate) fn json_lines(values: impl IntoIterator<Item = impl Serialize>) -> Result<(), Error> {
    let mut lines = Vec::new();
    for value in values {
        serde_json::to_writer(&mut lines, &value).expect("texts, numbers and lists are JSON");
        lines.push(b'\n');
    }
    bytes(&lines)
}

/// Text for people.
pub(crate) fn text(text: &str) -> Result<(), Error> {
    bytes(text.as_bytes())
}

/// A result as it is.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|it| unwritten(&it))
}

/// The error of a result that standard output did not take.
pub(crate) fn unwritten(cause: &io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::BrokenPipe => Error::broken_pipe(),
        _ => Error::failed("standard output can't be written").caused_by(cause),
    }
}

/// Something for the person at the terminal. Where standard error is closed, there is nobody to
/// print it for.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "xrm-eventhub: {text}");
}

/// The same of a text that may come from anywhere.
pub(crate) fn note_printable(text: impl Display) {
    note(printable(&text.to_string()));
}

/// An error and its causes. Returns the exit code, for commands that go on after it.
pub(crate) fn error(error: &Error) -> Exit {
    if !error.is_silent() {
        note(error);
    }
    error.exit()
}
