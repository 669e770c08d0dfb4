//! `dead-letters list`

use clap::Args;
use serde_json::{Value, json};
use xrm_eventhub::listener::{DeadLetter, DeadLetterQuery, DeadLetterStore as _};

use super::{EXITS, StoreArgs, UNREADABLE};
use crate::error::{Error, Exit, OrError as _};
use crate::terminal::output::{self, JsonArgs};
use crate::terminal::table::Table;
use crate::terminal::time::{NowArgs, with_age};

/// List dead letters, the oldest first.
///
/// With --json, each line has `id`, `hub`, `group`, `reason`, `error`, `attempts`, `created_on`, and the
/// `event` as from `local events`.
#[derive(Args, Debug)]
#[command(after_help = EXITS)]
pub(crate) struct ListDeadLetters {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    form: JsonArgs,
    #[command(flatten)]
    now: NowArgs,
}

impl ListDeadLetters {
    pub(super) async fn run(&self) -> Result<Exit, Error> {
        let store = self.store.open().await?;
        let letters = store.dead_letters(DeadLetterQuery::default()).await.or_failed(UNREADABLE)?;
        if self.form.json {
            output::json_lines(letters.iter().map(json_of))?;
            return Ok(Exit::Done);
        }
        let mut table = Table::with_header(&[
            "ID",
            "STREAM",
            "PARTITION",
            "SEQUENCE",
            "REASON",
            "ATTEMPTS",
            "CREATED",
            "ERROR",
        ]);
        for DeadLetter { id, stream, letter, .. } in &letters {
            table.push([
                id.to_string(),
                stream.to_string(),
                letter.event.partition.clone(),
                letter.event.sequence_number.to_string(),
                letter.reason.id().to_owned(),
                letter.attempts.to_string(),
                with_age(letter.created_on, self.now.time()),
                letter.error.clone(),
            ]);
        }
        output::text(&table.render())?;
        Ok(Exit::Done)
    }
}

/// A dead letter for programs.
pub(super) fn json_of(DeadLetter { id, stream, letter, .. }: &DeadLetter) -> Value {
    json!({
        "id": id,
        "hub": stream.hub,
        "group": stream.group,
        "reason": letter.reason.id(),
        "error": letter.error,
        "attempts": letter.attempts,
        "created_on": letter.created_on,
        "event": letter.event,
    })
}
