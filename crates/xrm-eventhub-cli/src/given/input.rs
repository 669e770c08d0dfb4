//! Inputs: files and standard input, and the bodies in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use xrm_eventhub::body::repair::windows_1252;
use xrm_eventhub::body::{self, DecodeOptions, Decoded, ErrorKind, Finding, Limits, Wrapping};
use xrm_eventhub::context::contract::Violation;
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
    /// Set by commands that write texts of later runtimes.
    #[arg(skip)]
    shortest_numbers: bool,
}

impl ReadingArgs {
    /// Reads doubles as later runtimes do, if asked for.
    pub(crate) fn shortest_numbers(self, shortest_numbers: bool) -> Self {
        Self { shortest_numbers, ..self }
    }

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
        if self.shortest_numbers {
            options = options.shortest_numbers();
        }
        options
    }
}

impl ReadingArgs {
    /// The option that may read a body which was refused.
    fn advice(self, format: MessageFormat, error: &body::Error) -> Option<&'static str> {
        let is_json = format == MessageFormat::Json;
        match error.kind() {
            ErrorKind::BadValue("DateTime") if is_json && !self.iso_dates => Some(
                "if the dates are of ISO 8601 (2024-05-17T08:15:42Z), \
                 `body convert --iso-dates` reads them",
            ),
            ErrorKind::Violation(Violation::MissingKey) if is_json && !self.capital_pairs => Some(
                "if the pairs have the members `Key` and `Value`, \
                 `body convert --capital-pairs` reads them",
            ),
            _ => None,
        }
    }
}

/// Whether bodies are passed on that are no contexts.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ForceArgs {
    /// Take bodies that are no execution contexts, or that others would misread.
    #[arg(long)]
    force: bool,
}

impl ForceArgs {
    /// For commands that pass nothing on.
    pub(crate) const NOT_NEEDED: Self = Self { force: true };
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
    pub(crate) fn recognize(&self, reading: ReadingArgs) -> Result<Decoded, Error> {
        let Some(format) = MessageFormat::recognize(&self.body) else {
            let error = Error::invalid(format_args!(
                "{} is neither a JSON nor an XML body: offset 0, path (root)",
                self.name
            ));
            let wrapping = Wrapping::recognize(&self.body);
            return Err(wrapping.iter().fold(error, |error, it| error.caused_by(it)));
        };
        self.decode(format, reading)
    }

    /// The context in the body, for a command that passes it on. Bodies that are no contexts, or that
    /// others would misread, are refused.
    pub(crate) fn whole(&self, force: &ForceArgs) -> Result<RemoteExecutionContext, Error> {
        let Decoded { context, findings, .. } = self.recognize(ReadingArgs::default())?;
        let misread: Vec<_> = findings.iter().filter(|it| it.is_misread()).collect();
        if force.force || misread.is_empty() {
            return Ok(context);
        }
        let misread: Vec<_> = misread.iter().map(ToString::to_string).collect();
        let what =
            format_args!("{} is not an execution context: {}", self.name, misread.join("; "));
        Err(Error::invalid(what).with_check("--force takes it all the same"))
    }

    /// Prints what was found in the body.
    pub(crate) fn note(&self, findings: &[Finding]) {
        for finding in findings {
            output::note_printable(format_args!("{}: {finding}", self.name));
        }
    }

    /// The context in the body.
    pub(crate) fn decode(
        &self,
        format: MessageFormat,
        reading: ReadingArgs,
    ) -> Result<Decoded, Error> {
        // Before decoding, because the damage is to the text, and may be to the names of members.
        let repaired = reading.repair.then(|| self.repaired()).flatten();
        let body = repaired.as_deref().map_or(self.body.as_slice(), str::as_bytes);
        body::decode_and_check(body, &reading.options(format)).map_err(|it| {
            let error = body_error(&format!("{} is not a valid {format} body", self.name), &it);
            reading.advice(format, &it).into_iter().fold(error, Error::with_check)
        })
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
