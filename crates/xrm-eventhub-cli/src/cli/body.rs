//! `body`: what can be asked of message bodies.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use xrm_eventhub::MessageFormat;
use xrm_eventhub::body::{DecodeOptions, EncodeOptions, Fixed};
use xrm_eventhub::context::Generation;

use super::format_parser;

#[derive(Debug, Subcommand)]
pub(crate) enum Body {
    Convert(Convert),
    Show(ShowBodies),
}

/// Decode a body and encode it as the platform does.
///
/// From one format to itself a body comes out as it was, without blanks between its parts. A body
/// that can't be converted is reported with its offset, the path inside the body, and the reason;
/// then nothing is written.
#[derive(Args, Debug)]
pub(crate) struct Convert {
    /// The format of the input.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub(crate) from: MessageFormat,
    /// The format of the output.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub(crate) to: MessageFormat,
    /// The file to read; `-` is standard input.
    #[arg(default_value = "-")]
    pub(crate) input: PathBuf,
    /// The file to write, replaced as a whole or not at all. By default, standard output, which
    /// `-` is too.
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) writing: Writing,
}

/// Show what bodies tell, one JSON line per body.
///
/// A line is what a listener wants to know of the context: `message`, `table`, `id`, `operationId`,
/// and `changes`, the columns with their values before and after, as far as the request and the
/// images tell them. The format of each body is told by its first character.
#[derive(Args, Debug)]
pub(crate) struct ShowBodies {
    /// The files to read; `-` is standard input.
    #[arg(value_name = "INPUT", default_value = "-")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How bodies are read.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Reading")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Reading {
    /// Read as the platform's own deserializers do: reject what they reject, lose what they lose.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Take dates of ISO 8601 in JSON.
    #[arg(long)]
    pub(crate) iso_dates: bool,
    /// Take `Key` and `Value` for the members of pairs in JSON.
    #[arg(long)]
    pub(crate) capital_pairs: bool,
    /// Undo that UTF-8 was read as Windows-1252, and tell each change on standard error.
    #[arg(long)]
    pub(crate) repair: bool,
}

impl Reading {
    /// The options for a body of this format.
    pub(crate) fn options(self, format: MessageFormat) -> DecodeOptions {
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

/// How a body is written.
#[derive(Args, Debug)]
#[command(next_help_heading = "Writing")]
pub(crate) struct Writing {
    /// Write the members that the contracts had in an SDK of this version, 9.0.45.2156 for example,
    /// and no others [default: those that were read].
    #[arg(long, value_name = "VERSION")]
    pub(crate) generation: Option<Generation>,
    /// The offset of local times, where the body does not tell it.
    #[arg(long, value_name = "+HH:MM", default_value = "+00:00", allow_hyphen_values = true)]
    pub(crate) utc_offset: Offset,
    /// Write control characters in JSON as later runtimes do: \n for \u000a.
    #[arg(long)]
    pub(crate) short_control_escapes: bool,
    /// Write the shortest text of doubles that reads back, as later runtimes do.
    #[arg(long)]
    pub(crate) shortest_numbers: bool,
}

impl Writing {
    /// The options for a body of this format.
    pub(crate) fn options(&self, format: MessageFormat) -> EncodeOptions {
        let mut options = EncodeOptions::new(format).zone(self.utc_offset.0);
        if let Some(generation) = self.generation {
            options = options.generation(generation);
        }
        if self.short_control_escapes {
            options = options.short_control_escapes();
        }
        if self.shortest_numbers {
            options = options.shortest_numbers();
        }
        options
    }
}

/// An offset from UTC: `+05:30`, `-08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offset(Fixed);

impl FromStr for Offset {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "it is not of the form +HH:MM, up to 14:00";

        let &[sign, tens_of_hours, hours, b':', tens, minutes] = text.as_bytes() else {
            return Err(FORM);
        };
        let number = |tens: u8, ones: u8| {
            let is_number = tens.is_ascii_digit() && ones.is_ascii_digit();
            is_number.then(|| i16::from(tens - b'0') * 10 + i16::from(ones - b'0'))
        };
        let (hours, minutes) =
            number(tens_of_hours, hours).zip(number(tens, minutes)).ok_or(FORM)?;
        let offset = hours * 60 + minutes;
        let sign = match sign {
            b'+' => 1,
            b'-' => -1,
            _ => return Err(FORM),
        };
        if minutes > 59 || offset > 14 * 60 {
            return Err(FORM);
        }
        Ok(Self(Fixed(sign * offset)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fixed, Offset};

    #[test]
    fn an_offset_has_a_sign_hours_and_minutes() {
        for (text, minutes) in
            [("+00:00", 0), ("-00:30", -30), ("+05:30", 330), ("-08:00", -480), ("+14:00", 840)]
        {
            assert_eq!(text.parse(), Ok(Offset(Fixed(minutes))), "{text}");
        }
        for text in
            ["", "+", "00:00", "+0:00", "+000:0", "+00:60", "+14:01", "+1é:00", "Z", "+-1:00"]
        {
            assert!(text.parse::<Offset>().is_err(), "{text}");
        }
    }
}
