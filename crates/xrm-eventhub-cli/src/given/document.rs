//! Documents from files and from standard input, in TOML or JSON.

use std::io::{self, Read as _};
use std::path::Path;

use clap::ValueEnum;
use serde::de::DeserializeOwned;
use xrm_registration::{Operation, Registration};

use crate::error::{Error, OrError as _};
use crate::given::input;

/// The longest document that is read, in bytes: far above any registration, and below what would
/// exhaust the memory of a small machine.
const LONGEST: usize = 64 * 1024 * 1024;

/// The registration in a document.
pub(crate) fn registration(path: &Path) -> Result<Registration, Error> {
    read(path, "registration")
}

/// The operation in a document.
pub(crate) fn operation(path: &Path) -> Result<Operation, Error> {
    read(path, "operation")
}

fn read<T: DeserializeOwned>(path: &Path, what: &str) -> Result<T, Error> {
    let (name, text) = (input::name(path), text(path)?);
    let format = Format::detect(path, &text)?;
    parse(&text, format).or_invalid(format_args!("{name} is not a valid {what}"))
}

/// The text of a document.
pub(crate) fn text(path: &Path) -> Result<String, Error> {
    let name = input::name(path);
    let text = read_text(path).or_invalid(format_args!("{name} can't be read"))?;
    if text.len() > LONGEST {
        return Err(Error::invalid(format_args!("{name} is longer than {LONGEST} bytes")));
    }
    Ok(text)
}

/// The value in the text of a document.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, format: Format) -> Result<T, Mistake> {
    match format {
        Format::Json => serde_json::from_str(text).map_err(|it| Mistake::in_json(&it)),
        Format::Toml => toml::from_str(text).map_err(|it| Mistake::in_toml(&it, text)),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    // One byte more, to see that there is more.
    input::open(path)?.take(LONGEST as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// The format of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Toml,
    Json,
}

impl Format {
    /// The format by the end of a file's name.
    pub(crate) fn by_name(path: &Path) -> Option<Self> {
        let end = path.extension()?;
        let formats = [("json", Self::Json), ("toml", Self::Toml)];
        formats.into_iter().find(|(name, _)| end.eq_ignore_ascii_case(name)).map(|it| it.1)
    }

    /// The format of a document: of a file by its name, and on standard input by the first
    /// character, because no TOML begins with a brace.
    pub(crate) fn detect(path: &Path, text: &str) -> Result<Self, Error> {
        if input::is_standard(path) {
            let is_json = text.trim_start().starts_with('{');
            return Ok(if is_json { Self::Json } else { Self::Toml });
        }
        Self::by_name(path).ok_or_else(|| {
            let name = input::name(path);
            Error::invalid(format_args!(
                "{name} is neither TOML nor JSON: it ends neither in .toml nor in .json"
            ))
        })
    }
}

/// The first mistake of a document.
///
/// This takes the message of a parser's error alone, without long texts: `toml` shows the whole line
/// too, where somebody may have pasted a key.
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
        // serde_json ends its text with the position, and has no other access to the message.
        let position = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&position).unwrap_or(&text);
        Self { line, column, message: without_long_texts(message) }
    }

    fn in_toml(error: &toml::de::Error, text: &str) -> Self {
        let start = error.span().map_or(0, |it| it.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |it| it + 1);
        // A message may have several lines, of which the later ones say what is expected.
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

/// A message without the text that was found in place of something else, which may be a key too.
fn without_long_texts(message: &str) -> String {
    // The form of serde's `invalid_type` and `invalid_value`, which both parsers use.
    let Some((before, rest)) = message.split_once("string \"") else { return message.to_owned() };
    match rest.rsplit_once("\", expected ") {
        Some((text, expected)) if text.len() > LONGEST_REPEATED => {
            format!("{before}a long string, expected {expected}")
        }
        _ => message.to_owned(),
    }
}
