//! `registration add-endpoint` and `registration add-step`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use xrm_eventhub::MessageFormat;
use xrm_registration::Attributes;

use super::format_parser;

/// Register a service endpoint: add an event hub to a registration.
///
/// The document is made if there is none. What stands in it stays as it is; the endpoint comes
/// after it. Its address, hub and policy are those of the connection string in the variable; its key
/// stays there, and the document names the variable. Standard output gets the endpoint's id.
#[derive(Args, Debug)]
#[command(after_help = "\
Exit codes:
  0  done
  1  the endpoint would break rules, or the document can't be written
  2  the arguments, the variable or the document can't be used")]
pub(crate) struct AddEndpoint {
    /// The registration's document, .toml or .json.
    #[arg(value_name = "FILE")]
    pub(crate) registration: PathBuf,
    /// The name of the endpoint.
    #[arg(long)]
    pub(crate) name: String,
    /// The environment variable that holds the connection string of the event hub.
    #[arg(long, value_name = "NAME")]
    pub(crate) variable: String,
    /// The format of the bodies that are posted there.
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = format_parser())]
    pub(crate) format: MessageFormat,
}

/// Register a step: add to a registration what is posted to one of its endpoints.
///
/// The step is asynchronous and runs after the operation. What stands in the document stays as it
/// is; the step comes after it. Standard output gets the step's id.
#[derive(Args, Debug)]
#[command(after_help = "\
Exit codes:
  0  done
  1  the step would break rules, or the document can't be written
  2  the arguments or the document can't be used")]
pub(crate) struct AddStep {
    /// The registration's document, .toml or .json.
    #[arg(value_name = "FILE")]
    pub(crate) registration: PathBuf,
    /// The name of the endpoint.
    #[arg(long, value_name = "NAME")]
    pub(crate) endpoint: String,
    /// The message, such as Create, Update or Delete.
    #[arg(long)]
    pub(crate) message: String,
    /// The logical name of the table [default: every table].
    #[arg(long)]
    pub(crate) table: Option<String>,
    /// The name of the step [default: `ENDPOINT: MESSAGE of TABLE`].
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The columns of which a request must include one [default: all].
    #[arg(long, value_name = "COLUMNS", default_value = "", hide_default_value = true)]
    pub(crate) filter: String,
    /// An image of the record before, with these columns or with all; may be given more than once.
    #[arg(long, value_name = "ALIAS[=COLUMNS]")]
    pub(crate) pre_image: Vec<ImageOf>,
    /// An image of the record after, with these columns or with all; may be given more than once.
    #[arg(long, value_name = "ALIAS[=COLUMNS]")]
    pub(crate) post_image: Vec<ImageOf>,
    /// Which of several steps comes first: low ranks do.
    #[arg(long, default_value_t = 1)]
    pub(crate) rank: i32,
    /// Delete the system job when it has succeeded.
    #[arg(long)]
    pub(crate) auto_delete: bool,
}

/// An image: an alias and columns.
#[derive(Clone, Debug)]
pub(crate) struct ImageOf {
    pub(crate) alias: String,
    pub(crate) columns: Attributes,
}

impl FromStr for ImageOf {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (alias, columns) = text.split_once('=').unwrap_or((text, ""));
        if alias.is_empty() {
            return Err("it has no alias");
        }
        Ok(Self { alias: alias.to_owned(), columns: columns.into() })
    }
}
