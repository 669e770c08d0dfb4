//! Inputs: files and standard input, and the bodies in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use xrm_eventhub::body::repair::windows_1252;
use xrm_eventhub::body::{self, DecodeOptions, Limits};
use xrm_eventhub::{MessageFormat, RemoteExecutionContext};

use crate::error::{Error, OrError as _};
use crate::terminal::output;

/// Parses the name of a format, for arguments.
pub(crate) fn format_parser() -> impl TypedValueParser<Value = MessageFormat> {
    PossibleValuesParser::new(["json", "xml"])
        .map(|name| name.parse().expect("the possible values are names of formats"))
}

/// How bodies are read.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Reading")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct ReadingArgs {
    /// Read as the platform's own deserializers do: reject what they reject, lose what they lose.
    #[arg(long)]
    strict: bool,
    /// Accept dates of ISO 8601 in JSON.
    #[arg(long)]
    iso_dates: bool,
    /// Accept `Key` and `Value` as the members of pairs in JSON.
    #[arg(long)]
    capital_pairs: bool,
    /// Undo the reading of UTF-8 as Windows-1252, and print each change to standard error.
    #[arg(long)]
    repair: bool,
}

impl ReadingArgs {
    fn options(self, format: MessageFormat) -> DecodeOptions {
        let mut options = DecodeOptions::new(format);
        if self.strict {
            options = options.strict();
        }
        if self.iso_dates {
            options = options.iso_dates();
        }
        if self.capital_pairs {
            options = options.capital_pairs();
        }
        options
    }
}

/// A body, and the name of its input for messages.
pub(crate) struct Input {
    pub(crate) name: String,
    body: Vec<u8>,
}

impl Input {
    pub(crate) fn new(name: String, body: Vec<u8>) -> Self {
        Self { name, body }
    }

    /// Reads a file, or standard input for `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let name = name(path);
        // One byte more than a body may have: the decoder then reports the limit.
        let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX).saturating_add(1);
        let mut body = Vec::new();
        let read = open(path).and_then(|it| it.take(limit).read_to_end(&mut body));
        read.or_invalid(format_args!("{name} can't be read"))?;
        Ok(Self { name, body })
    }

    /// The context in the body, whose format its first character shows.
    pub(crate) fn recognize(&self, reading: ReadingArgs) -> Result<RemoteExecutionContext, Error> {
        let name = &self.name;
        let format = MessageFormat::recognize(&self.body).ok_or_else(|| {
            Error::invalid(format_args!(
                "{name} is neither a JSON nor an XML body: offset 0, path (root)"
            ))
        })?;
        self.decode(format, reading)
    }

    /// The context in the body.
    pub(crate) fn decode(
        &self,
        format: MessageFormat,
        reading: ReadingArgs,
    ) -> Result<RemoteExecutionContext, Error> {
        // Before decoding, because the damage is to the text, and may be to the names of members.
        let repaired = reading.repair.then(|| self.repaired()).flatten();
        let body = repaired.as_deref().map_or(self.body.as_slice(), str::as_bytes);
        body::decode_with(body, &reading.options(format))
            .map_err(|it| body_error(&format!("{} is not a valid {format} body", self.name), &it))
    }

    /// The body without the damage of UTF-8 that was read as Windows-1252, each change printed.
    ///
    /// A text may have been damaged several times, on its way through several systems, so this
    /// repeats until nothing changes. Each repair shortens the text, so it ends.
    fn repaired(&self) -> Option<String> {
        // What is not UTF-8 is left to the decoder, which reports where.
        let mut text = str::from_utf8(&self.body).ok()?.to_owned();
        loop {
            let repair = windows_1252(&text);
            if repair.changes.is_empty() {
                return Some(text);
            }
            for change in &repair.changes {
                output::note_printable(format_args!("{}: {change}", self.name));
            }
            text = repair.text.into_owned();
        }
    }
}

/// What is wrong with a body, where, and why.
pub(crate) fn body_error(what: &str, error: &body::Error) -> Error {
    let offset = error.offset().map(|offset| format!("offset {offset}, ")).unwrap_or_default();
    let path = error.path();
    let path = if path.is_empty() { "(root)" } else { &path };
    Error::invalid(format_args!("{what}: {offset}path {path}")).caused_by(error.kind())
}

/// Opens a file, or standard input for `-`.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    Ok(if is_standard(path) { Box::new(io::stdin()) } else { Box::new(File::open(path)?) })
}

/// Whether a path is `-`, which stands for standard input or output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The name of an input for messages. A token or a connection string that was given by mistake in
/// place of a file is not shown again: messages end up in logs.
pub(crate) fn name(path: &Path) -> String {
    let name = path.display().to_string();
    if name == "-" {
        "standard input".into()
    // The parts that distinguish connection strings and tokens from paths.
    } else if name.contains("SharedAccess") || name.contains("sig=") {
        "the secret given in place of a file".into()
    } else {
        name
    }
}
