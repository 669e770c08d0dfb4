//! `hub delete`

use clap::Args;

use crate::error::{Error, Exit};
use crate::hub::namespace::{ENVIRONMENT, Namespace};
use crate::terminal::output;

/// Delete an event hub and all that is in it.
#[derive(Args, Debug)]
#[command(after_help = ENVIRONMENT)]
pub(crate) struct DeleteHub {
    /// The name of the hub.
    name: String,
}

impl DeleteHub {
    pub(crate) async fn run(&self, namespace: &Namespace) -> Result<Exit, Error> {
        namespace.delete_hub(&self.name).await?;
        output::note(format_args!("deleted {}", self.name));
        Ok(Exit::Done)
    }
}
