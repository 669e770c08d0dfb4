use xrm_eventhub::sas::explain::{Usage, explain as findings};

use crate::cli::Explain;
use crate::error::Error;
use crate::given::environment;
use crate::given::input::read_token;
use crate::machine;
use crate::status::Status;
use crate::terminal::output;

/// `sas explain`
pub(crate) fn explain(arguments: &Explain) -> Result<Status, Error> {
    let key = environment::optional_shared_access_key()?;
    let token = read_token(&arguments.token)?;
    let mut usage = Usage::of(&arguments.uri).at(arguments.now.unwrap_or_else(machine::time));
    match &key {
        Some(key) => usage = usage.with_key(key),
        None => output::note("no key is given, so the signature is not checked"),
    }
    if let Some(key_name) = &arguments.key_name {
        usage = usage.with_key_name(key_name);
    }
    let mut status = Status::Done;
    for finding in findings(&token, &usage) {
        let (level, found) = match finding.is_fatal() {
            true => ("error", Status::Unsuccessful),
            false => ("warning", Status::Done),
        };
        output::line(&format!("{level}[{}]: {finding}", finding.id()))?;
        status = status.max(found);
    }
    Ok(status)
}
