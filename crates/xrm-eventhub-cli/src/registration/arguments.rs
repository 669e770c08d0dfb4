//! What several commands on registrations are given.

use clap::Args;
use uuid::Uuid;
use xrm_registration::solution::MessageIds;

use crate::error::exit_codes;

/// The end of the help of the commands that read documents.
pub(crate) const DOCUMENTS: &str = concat!(
    "\
Documents are TOML or JSON, as the end of the file's name says, .toml or .json; `-` is standard
input, where JSON begins with a brace.

",
    exit_codes!(
        "done",
        "the registration is wrong, or the output can't be written",
        "invalid arguments, or an invalid document",
    )
);

/// The part about messages of the help of the commands on solutions.
pub(crate) const MESSAGES: &str = "\
Solutions name messages by their ids, of which those of the platform's usual messages are known. An
organization has the others: GET .../api/data/v9.2/sdkmessages?$select=name,sdkmessageid";

/// Messages besides those that are known.
#[derive(Args, Debug)]
pub(crate) struct MessagesArgs {
    /// The id of a message; may be given more than once.
    #[arg(long = "message", value_name = "NAME=GUID", value_parser = message)]
    more: Vec<(String, Uuid)>,
}

impl MessagesArgs {
    pub(crate) fn ids(&self) -> MessageIds {
        let known = MessageIds::known();
        self.more.iter().fold(known, |known, (name, id)| known.with(*id, name))
    }
}

/// Parses the name and the id of a message.
fn message(text: &str) -> Result<(String, Uuid), &'static str> {
    let error = "expected NAME=GUID";
    let (name, id) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or(error)?;
    let id = Uuid::try_parse(id).map_err(|_| error)?;
    Ok((name.to_owned(), id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_name_and_an_id() {
        let id = Uuid::from_u128(7);
        assert_eq!(message(&format!("Win={id}")), Ok(("Win".to_owned(), id)));
        for wrong in ["", "Win", "Win=", "Win=7", &format!("={id}")] {
            assert!(message(wrong).is_err(), "{wrong}");
        }
    }
}
