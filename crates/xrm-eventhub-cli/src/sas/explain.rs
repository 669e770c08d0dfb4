//! `sas explain`

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use xrm_eventhub::sas::explain::{Usage, explain};
use zeroize::Zeroizing;

use crate::error::{Error, Exit, OrError as _, exit_codes};
use crate::given::{environment, input};
use crate::machine;
use crate::terminal::output;
use crate::terminal::time::unix_time;

/// Explain in plain words what is wrong with a token.
///
/// Standard output gets a line for each finding, in the order in which to mend them:
/// `error[expired]: the token expired ...`, or `warning[...]` for what is only doubtful; nothing if
/// nothing was found. The word in brackets stays the same from version to version. No line holds a
/// key or a signature.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Environment:
  EVENTHUB_SHARED_ACCESS_KEY  the key that should have signed the token, or a connection string
                              that holds it; without it, the signature is read but not
                              checked

",
    exit_codes!(
        "no error was found",
        "the token is wrong",
        "the token can't be read, or the key is invalid",
    )
))]
pub(crate) struct ExplainToken {
    /// What the token is used for, such as
    /// https://contoso.servicebus.windows.net/orders/messages.
    #[arg(long)]
    uri: String,
    /// The name of the shared access policy that should have signed it.
    #[arg(long, value_name = "NAME")]
    key_name: Option<String>,
    /// When it is used, in seconds since the Unix epoch [default: now].
    #[arg(long, value_name = "UNIX", value_parser = unix_time)]
    now: Option<DateTime<Utc>>,
    /// The file that holds the token; `-` is standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    token: PathBuf,
}

impl ExplainToken {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let key = environment::optional_shared_access_key()?;
        let token = read_token(&self.token)?;
        let mut usage = Usage::new(&self.uri).at(self.now.unwrap_or_else(machine::time));
        match &key {
            Some(key) => usage = usage.key(key),
            None => output::note("no key is given, so the signature is not checked"),
        }
        if let Some(key_name) = &self.key_name {
            usage = usage.key_name(key_name);
        }
        let mut exit = Exit::Done;
        for finding in explain(&token, &usage) {
            let (level, found) = match finding.is_fatal() {
                true => ("error", Exit::Failed),
                false => ("warning", Exit::Done),
            };
            output::line(&format!("{level}[{}]: {finding}", finding.id()))?;
            exit = exit.max(found);
        }
        Ok(exit)
    }
}

/// The longest text that is read as a token, in bytes: those of Microsoft Entra ID, the longest that
/// somebody may try, have a few thousand.
const LONGEST_TOKEN: usize = 64 * 1024;

/// The token in a file, without the line end that closes a file. It is wiped from memory when
/// dropped.
fn read_token(path: &Path) -> Result<Zeroizing<String>, Error> {
    // Room for more than is read: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_TOKEN + 1024));
    let read = |bytes: &mut Vec<u8>| -> io::Result<usize> {
        input::open(path)?.take(LONGEST_TOKEN as u64 + 1).read_to_end(bytes)
    };
    read(&mut bytes).or_invalid(format_args!("{} can't be read", input::name(path)))?;
    if bytes.len() > LONGEST_TOKEN {
        return Err(Error::invalid(format_args!("the token is longer than {LONGEST_TOKEN} bytes")));
    }
    // The cause would say where the text breaks off, which is of no use.
    let text = str::from_utf8(&bytes).map_err(|_| Error::invalid("the token is not text"))?;
    // One line end only: further ones are found and reported as part of the token.
    let line = text.strip_suffix('\n').unwrap_or(text);
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}
