//! `local`: the local hub.

mod connect;
mod emulator;
mod events;
mod serve;

use clap::Subcommand;

use crate::error::{Error, Exit};

#[derive(Debug, Subcommand)]
pub(crate) enum Local {
    Serve(Box<serve::Serve>),
    Events(events::Events),
}

impl Local {
    pub(crate) async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::Serve(it) => it.run().await,
            Self::Events(it) => it.run().await,
        }
    }
}

impl From<eventhub_local::Error> for Error {
    fn from(error: eventhub_local::Error) -> Self {
        use eventhub_local::Error::{Data, DataDamaged, DataInUse, Listen};

        // An address or a folder may be free another time; everything else is in the arguments.
        let is_machine =
            matches!(error, Listen { .. } | Data { .. } | DataInUse { .. } | DataDamaged { .. });
        let exit = if is_machine { Exit::Failed } else { Exit::InvalidInput };
        Self::new(exit, "cannot serve the local hub").caused_by(&error)
    }
}
