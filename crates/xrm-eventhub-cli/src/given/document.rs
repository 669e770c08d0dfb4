//! Documents from files and from standard input, in TOML or JSON.

use std::io::{self, Read as _};
use std::path::Path;

use clap::ValueEnum;
use serde::de::DeserializeOwned;
use xrm_eventhub::{DocumentError, DocumentFormat};
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
pub(crate) fn parse<T: DeserializeOwned>(text: &str, format: Format) -> Result<T, DocumentError> {
    match format {
        Format::Json => DocumentFormat::Json.read(text),
        Format::Toml => DocumentFormat::Toml.read(text),
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
        match DocumentFormat::of_file(path)? {
            DocumentFormat::Json => Some(Self::Json),
            DocumentFormat::Toml => Some(Self::Toml),
            _ => None,
        }
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
