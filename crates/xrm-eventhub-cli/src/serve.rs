use eventhub_local::LocalEventHub;

use crate::cli::Serve;
use crate::error::Error;
use crate::output;
use crate::shutdown::Shutdown;
use crate::status::Status;

/// `local serve`
pub(crate) async fn serve(arguments: Serve) -> Result<Status, Error> {
    // Before the one line is printed: whoever reads it may end the command at once.
    let shutdown = Shutdown::listen().map_err(Error::Signals)?;
    let hub = arguments.hub;
    let mut builder = LocalEventHub::builder().hub(&hub.name, hub.partitions);
    if let Some(key_name) = arguments.key_name {
        builder = builder.key_name(key_name);
    }
    let local = builder.serve(arguments.http).await?;
    output::line(&local.connection_string(&hub.name)?.to_secret_string())?;
    output::note(format_args!(
        "serving {}, partitions: {}, at {}; Ctrl-C ends it",
        hub.name,
        hub.partitions,
        local.origin()
    ));
    shutdown.asked().await;
    local.shutdown().await;
    output::note("ended");
    Ok(Status::Done)
}
