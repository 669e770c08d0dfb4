use eventhub_local::LocalEventHub;

use crate::cli::{LocalHub, Serve};
use crate::error::Error;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::shutdown::Shutdown;

/// `local serve`
pub(crate) async fn serve(arguments: Serve) -> Result<Status, Error> {
    // Before the one line is printed: whoever reads it may end the command at once.
    let shutdown = Shutdown::listen().map_err(Error::Signals)?;
    let hubs = arguments.hubs;
    let first = hubs.first().expect("one hub at least is required");
    let mut builder = LocalEventHub::builder();
    for hub in &hubs {
        builder = builder.hub(&hub.name, hub.partitions);
    }
    if let Some(key_name) = arguments.key_name {
        builder = builder.key_name(key_name);
    }
    let local = builder.serve(arguments.http).await?;
    output::line(&local.connection_string(&first.name)?.to_secret_string())?;
    output::note(format_args!(
        "serving {}, at {}; Ctrl-C ends it",
        hubs.iter().map(described).collect::<Vec<_>>().join("; "),
        local.origin()
    ));
    shutdown.asked().await;
    local.shutdown().await;
    output::note("ended");
    Ok(Status::Done)
}

fn described(hub: &LocalHub) -> String {
    format!("{}, partitions: {}", hub.name, hub.partitions)
}
