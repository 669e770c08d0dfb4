//! Documents from files and from standard input, in TOML or JSON.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::de::DeserializeOwned;
use xrm_registration::{Operation, Registration};

use crate::error::Error;
use crate::given::input;

/// The longest document that is taken, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;

/// The registration in a document.
pub(crate) fn registration(path: &Path) -> Result<Registration, Error> {
    read(path, "a registration")
}

/// The operation in a document.
pub(crate) fn operation(path: &Path) -> Result<Operation, Error> {
    read(path, "an operation")
}

fn read<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<T, Error> {
    let (name, text) = (input::name(path), text(path)?);
    let Some(format) = Format::of(path, &text) else {
        return Err(Error::DocumentFormat { name });
    };
    parse(&text, format).map_err(|source| Error::Document { name, what, source })
}

/// The text of a document.
pub(crate) fn text(path: &Path) -> Result<String, Error> {
    let name = input::name(path);
    match read_text(path) {
        Ok(text) if text.len() <= LONGEST => Ok(text),
        Ok(_) => Err(Error::DocumentTooLong { name, limit: LONGEST }),
        Err(source) => Err(Error::Read { name, source }),
    }
}

/// What a document says.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, format: Format) -> Result<T, Mistake> {
    match format {
        Format::Json => serde_json::from_str(text).map_err(|it| Mistake::in_json(&it)),
        Format::Toml => toml::from_str(text).map_err(|it| Mistake::in_toml(&it, text)),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let limit = LONGEST as u64 + 1;
    if path.as_os_str() == "-" {
        io::stdin().lock().take(limit).read_to_string(&mut text)?;
    } else {
        File::open(path)?.take(limit).read_to_string(&mut text)?;
    }
    Ok(text)
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Toml,
}

impl Format {
    /// Told by the end of the file's name or, on standard input, by the first character: no TOML
    /// begins with a brace.
    pub(crate) fn of(path: &Path, text: &str) -> Option<Self> {
        if path.as_os_str() == "-" {
            let is_json = text.trim_start().starts_with('{');
            return Some(if is_json { Self::Json } else { Self::Toml });
        }
        let end = path.extension()?;
        if end.eq_ignore_ascii_case("json") {
            Some(Self::Json)
        } else if end.eq_ignore_ascii_case("toml") {
            Some(Self::Toml)
        } else {
            None
        }
    }
}

/// What is wrong with a document, and where.
///
/// Of a parser's error, this takes the message alone, without long texts: `toml` shows the whole
/// line too, where somebody may have pasted a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub(crate) struct Mistake {
    line: usize,
    column: usize,
    message: String,
}

impl Mistake {
    fn in_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let position = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&position).unwrap_or(&text);
        Self { line, column, message: without_long_texts(message) }
    }

    fn in_toml(error: &toml::de::Error, text: &str) -> Self {
        let start = error.span().map_or(0, |it| it.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |it| it + 1);
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: without_long_texts(&message),
        }
    }
}

/// The longest text of a document that a message may repeat, in bytes. Keys have 44.
const LONGEST_REPEATED: usize = 32;

/// A message says what stands in the place of something else, which may be a key too.
fn without_long_texts(message: &str) -> String {
    let Some((before, rest)) = message.split_once("string \"") else { return message.to_owned() };
    match rest.rsplit_once("\", expected ") {
        Some((text, expected)) if text.len() > LONGEST_REPEATED => {
            format!("{before}a long string, expected {expected}")
        }
        _ => message.to_owned(),
    }
}
