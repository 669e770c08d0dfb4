//! `dead-letters`: events that a listener could not handle.

mod list;
mod replay;
mod show;

use clap::{Args, Subcommand};
use xrm_eventhub::listener::{DeadLetter, DeadLetterQuery, DeadLetterStore as _, SqliteStore};

use crate::error::{Error, Exit, OrError as _, exit_codes};
use crate::given::listener_store;
use crate::terminal::output;

const EXITS: &str = exit_codes!(
    "done",
    "there is no such dead letter, the hub did not accept one, or the store fails",
    "invalid arguments or environment",
);

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetters {
    List(list::ListDeadLetters),
    Show(show::ShowDeadLetter),
    Replay(replay::ReplayDeadLetters),
    /// Delete dead letters.
    #[command(after_help = EXITS)]
    Delete(DeleteDeadLetters),
}

impl DeadLetters {
    pub(crate) async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::List(it) => it.run().await,
            Self::Show(it) => it.run().await,
            Self::Replay(it) => it.run().await,
            Self::Delete(it) => it.run().await,
        }
    }
}

/// The store of a listener.
#[derive(Args, Debug)]
pub(crate) struct StoreArgs {
    /// The store of the listener: sqlite:PATH.
    #[arg(long = "store", value_name = "URL")]
    url: String,
}

impl StoreArgs {
    async fn open(&self) -> Result<SqliteStore, Error> {
        listener_store::open(&self.url).await
    }
}

/// Which dead letters are meant.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct WhichArgs {
    /// The numbers of the dead letters.
    #[arg(value_name = "ID")]
    ids: Vec<i64>,
    /// All dead letters of the store.
    #[arg(long)]
    all: bool,
}

impl WhichArgs {
    /// The dead letters, and the exit code if one of them is missing.
    async fn read(&self, store: &SqliteStore) -> Result<(Vec<DeadLetter>, Exit), Error> {
        if self.all {
            let all = store.dead_letters(DeadLetterQuery::default()).await;
            return Ok((all.or_failed(UNREADABLE)?, Exit::Done));
        }
        let (mut found, mut exit) = (Vec::new(), Exit::Done);
        for id in &self.ids {
            match store.dead_letter(*id).await.or_failed(UNREADABLE)? {
                Some(letter) => found.push(letter),
                None => {
                    output::note(format_args!("there is no dead letter {id}"));
                    exit = Exit::Failed;
                }
            }
        }
        Ok((found, exit))
    }
}

const UNREADABLE: &str = "the dead letters can't be read";

#[derive(Args, Debug)]
pub(crate) struct DeleteDeadLetters {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    which: WhichArgs,
}

impl DeleteDeadLetters {
    async fn run(&self) -> Result<Exit, Error> {
        let store = self.store.open().await?;
        let (found, exit) = self.which.read(&store).await?;
        let ids: Vec<_> = found.iter().map(|it| it.id).collect();
        let deleted = store.delete_dead_letters(&ids).await;
        let deleted = deleted.or_failed("the dead letters can't be deleted")?;
        output::note(format_args!("{deleted} deleted"));
        Ok(exit)
    }
}
