//! `body convert`

use std::path::PathBuf;

use chrono::FixedOffset;
use clap::Args;
use xrm_eventhub::MessageFormat;
use xrm_eventhub::body::{self, Decoded, EncodeOptions, Fixed};
use xrm_eventhub::context::Generation;

use crate::error::{Error, Exit};
use crate::given::file::OutputArgs;
use crate::given::input::{Input, ReadingArgs, body_error, format_parser};

/// Decode a body and encode it as the platform does.
///
/// From one format to itself a body comes out as it was, without blanks between its parts. A body
/// that can't be converted is reported with its offset, the path inside the body, and the reason;
/// then nothing is written. Signs that the input is no execution context go to standard error.
#[derive(Args, Debug)]
pub(crate) struct Convert {
    /// The format of the input.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    from: MessageFormat,
    /// The format of the output.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    to: MessageFormat,
    /// The file to read; `-` is standard input.
    #[arg(default_value = "-")]
    input: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    writing: WritingArgs,
}

impl Convert {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let input = Input::read(&self.input)?;
        let Decoded { context, findings, .. } = input
            .decode(self.from, self.reading.shortest_numbers(self.writing.shortest_numbers))?;
        input.note(&findings);
        // In memory first: what can not be encoded must not begin to be written.
        let mut body = Vec::new();
        body::encode_with(&context, &self.writing.options(self.to), &mut body).map_err(|it| {
            body_error(&format!("{} can't be written as {}", input.name, self.to), &it)
        })?;
        self.output.write(&body)?;
        Ok(Exit::Done)
    }
}

/// How a body is written.
#[derive(Args, Debug)]
#[command(next_help_heading = "Writing")]
struct WritingArgs {
    /// Write the members that the contracts had in an SDK of this version, 9.0.45.2156 for example,
    /// and no others [default: those that were read].
    #[arg(long, value_name = "VERSION")]
    generation: Option<Generation>,
    /// The offset of local times, where the body does not have it.
    #[arg(long, value_name = "+HH:MM", default_value = "+00:00", allow_hyphen_values = true, value_parser = offset)]
    utc_offset: Fixed,
    /// Write control characters in JSON as later runtimes do: \n for \u000a.
    #[arg(long)]
    short_control_escapes: bool,
    /// Read and write doubles as later runtimes do: the shortest text that reads back.
    #[arg(long)]
    shortest_numbers: bool,
}

impl WritingArgs {
    fn options(&self, format: MessageFormat) -> EncodeOptions {
        let mut options = EncodeOptions::new(format).zone(self.utc_offset);
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

/// Parses an offset from UTC: `+05:30`, `-08:00`.
fn offset(text: &str) -> Result<Fixed, &'static str> {
    // chrono also accepts other forms, and offsets up to a day. .NET's go up to 14 hours.
    let offset = text.parse::<FixedOffset>().ok().filter(|it| it.to_string() == text);
    let minutes = offset.map(|it| it.local_minus_utc() / 60).filter(|it| it.abs() <= 14 * 60);
    let minutes = minutes.and_then(|it| i16::try_from(it).ok());
    minutes.map(Fixed).ok_or("it is not of the form +HH:MM, up to 14:00")
}

#[cfg(test)]
mod tests {
    use super::{Fixed, offset};

    #[test]
    fn an_offset_has_a_sign_hours_and_minutes() {
        for (text, minutes) in
            [("+00:00", 0), ("-00:30", -30), ("+05:30", 330), ("-08:00", -480), ("+14:00", 840)]
        {
            assert_eq!(offset(text), Ok(Fixed(minutes)), "{text}");
        }
        for text in
            ["", "+", "00:00", "+0:00", "+000:0", "+00:60", "+14:01", "+1é:00", "Z", "+-1:00"]
        {
            assert!(offset(text).is_err(), "{text}");
        }
    }
}
