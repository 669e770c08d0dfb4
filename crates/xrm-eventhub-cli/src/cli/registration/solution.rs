//! `registration import` and `registration export`: registrations in solution files.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use uuid::Uuid;

const MESSAGES: &str = "\
Solutions name messages by their ids, of which those of the platform's usual messages are known. An
organization tells the others: GET .../api/data/v9.2/sdkmessages?$select=name,sdkmessageid";

/// Read a registration from solution files, and print its document.
///
/// A path is a solution's zip file, its `customizations.xml`, another file of it that holds endpoints
/// or steps, or the folder of an unpacked one; `-` is standard input, which is not packed. Several make one registration, in which
/// the first with an id counts. Standard error gets what is to be done about it: the keys to be set,
/// which no solution holds, how many elements were left alone, and what did not come over as it
/// was.
#[derive(Args, Debug)]
#[command(after_help = format!("{MESSAGES}\n\n{IMPORT_CODES}"))]
pub(crate) struct ImportRegistration {
    /// The files and folders to read.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// The document to write, replaced as a whole or not at all. By default, standard output, which
    /// `-` is too.
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    /// How the document is written [default: json for an output that ends in .json, else toml].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<DocumentFormat>,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// Write a registration as solution files.
///
/// This is `customizations.xml` or, with --unpacked, the files of endpoints and steps in the folder
/// of an unpacked solution; the solution's manifest is left to the tools that pack it. Standard
/// error gets what of the registration the files do not hold.
#[derive(Args, Debug)]
#[command(after_help = format!("{MESSAGES}\n\n{EXPORT_CODES}"))]
pub(crate) struct ExportRegistration {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    pub(crate) registration: PathBuf,
    /// The file to write, replaced as a whole or not at all. By default, standard output, which
    /// `-` is too.
    #[arg(short, long, conflicts_with = "unpacked")]
    pub(crate) output: Option<PathBuf>,
    /// The folder to write files into, made if there is none. Other files in it stay.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) unpacked: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

const IMPORT_CODES: &str = "\
Exit codes:
  0  done, whatever is to be done about it
  1  the output can't be written
  2  something that was given can't be used: the arguments, a file";

const EXPORT_CODES: &str = "\
Exit codes:
  0  done
  1  a step was left out, for the id of its message is not known; the output can't be written
  2  something that was given can't be used: the arguments, the document";

/// Messages besides those that are known.
#[derive(Args, Debug)]
pub(crate) struct Messages {
    /// The id of a message; may be given more than once.
    #[arg(long = "message", value_name = "NAME=GUID")]
    pub(crate) more: Vec<Message>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) id: Uuid,
}

impl FromStr for Message {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = "a message is told as NAME=GUID";
        let (name, id) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or(error)?;
        let id = Uuid::try_parse(id).map_err(|_| error)?;
        Ok(Self { name: name.to_owned(), id })
    }
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentFormat {
    Toml,
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_name_and_an_id() {
        let id = Uuid::from_u128(7);
        let message = Message { name: "Win".to_owned(), id };
        assert_eq!(format!("Win={id}").parse(), Ok(message));
        for wrong in ["", "Win", "Win=", "Win=7", &format!("={id}")] {
            assert!(wrong.parse::<Message>().is_err(), "{wrong}");
        }
    }
}
