//! `dead-letters show`

use clap::Args;
use xrm_eventhub::listener::{DeadLetter, DeadLetterStore as _};

use super::list::json_of;
use super::{EXITS, StoreArgs, UNREADABLE};
use crate::error::{Error, Exit, OrError as _};
use crate::terminal::output::{self, JsonArgs};
use crate::terminal::table::printable;
use crate::terminal::time::{NowArgs, with_age};

/// Show a dead letter in full.
#[derive(Args, Debug)]
#[command(after_help = EXITS)]
pub(crate) struct ShowDeadLetter {
    #[command(flatten)]
    store: StoreArgs,
    /// The number of the dead letter.
    id: i64,
    /// Print the body, byte for byte, and nothing else.
    #[arg(long, conflicts_with = "json")]
    body: bool,
    #[command(flatten)]
    form: JsonArgs,
    #[command(flatten)]
    now: NowArgs,
}

impl ShowDeadLetter {
    pub(super) async fn run(&self) -> Result<Exit, Error> {
        let store = self.store.open().await?;
        let found = store.dead_letter(self.id).await.or_failed(UNREADABLE)?;
        let missing = || Error::failed(format_args!("there is no dead letter {}", self.id));
        let found = found.ok_or_else(missing)?;
        if self.body {
            output::bytes(&found.letter.event.body)?;
        } else {
            self.form.print(|| json_of(&found), || self.text(&found))?;
        }
        Ok(Exit::Done)
    }

    fn text(&self, DeadLetter { id, stream, letter, .. }: &DeadLetter) -> String {
        let (event, now) = (&letter.event, self.now.time());
        let mut rows = vec![
            ("id", id.to_string()),
            ("hub", stream.hub.clone()),
            ("consumer group", stream.group.clone()),
            ("partition", event.partition.clone()),
            ("sequence number", event.sequence_number.to_string()),
            ("enqueued", with_age(event.enqueued_time, now)),
            ("reason", letter.reason.to_string()),
            ("error", letter.error.clone()),
            ("attempts", letter.attempts.to_string()),
            ("created", with_age(letter.created_on, now)),
            ("content type", event.content_type.clone().unwrap_or_default()),
            ("partition key", event.partition_key.clone().unwrap_or_default()),
            ("message id", event.sender_message_id().unwrap_or_default().to_owned()),
        ];
        rows.extend(event.properties.iter().map(|(name, value)| (&**name, value.to_string())));
        rows.push(("body", format!("{} bytes; --body prints it", event.body.len())));
        let line = |(name, value): (&str, String)| {
            format!("{:<16} {}\n", printable(name), printable(&value))
        };
        rows.into_iter().filter(|(_, value)| !value.is_empty()).map(line).collect()
    }
}
