use xrm_eventhub::{MessageOrder, Publisher, PublisherBuilder};

use crate::cli;
use crate::error::Error;
use crate::given::input::Input;
use crate::given::{environment, input, store};
use crate::status::Status;
use crate::terminal::{job_line, output};

/// `publish`
pub(crate) async fn publish(arguments: &cli::Publish) -> Result<Status, Error> {
    let publisher = publisher(arguments).await?;
    let mut status = Status::Done;
    for path in &arguments.files {
        let published = match Input::read(path).and_then(|input| input.recognise()) {
            Ok(context) => {
                if context.message_name.is_none() {
                    output::note(format_args!(
                        "{} has no MessageName, which every execution context has",
                        input::name(path)
                    ));
                }
                let job = match arguments.enqueue {
                    true => publisher.enqueue_context(&context).await,
                    false => publisher.publish_context(&context).await,
                };
                job_line::report(&job.map_err(Error::Publish)?, arguments.store.is_some())?
            }
            Err(error) => {
                output::error(&error);
                error.status()
            }
        };
        status = status.max(published);
    }
    Ok(status)
}

async fn publisher(arguments: &cli::Publish) -> Result<Publisher, Error> {
    let connection = environment::connection_string()?;
    let mut builder = Publisher::builder(connection).message_format(arguments.format);
    if let Some(url) = &arguments.store {
        builder = builder.job_store(store::open_store(url).await?);
    }
    of_endpoint(builder, &arguments.endpoint)
}

/// The publisher of a service endpoint.
pub(crate) fn of_endpoint(
    mut builder: PublisherBuilder,
    endpoint: &cli::Endpoint,
) -> Result<Publisher, Error> {
    if let Some(name) = &endpoint.name {
        builder = builder.endpoint(name);
    }
    if endpoint.in_order {
        builder = builder.message_order(MessageOrder::PerRecord);
    }
    builder.build().map_err(|error| match error {
        xrm_eventhub::Error::Hub(source) => Error::NoHub(source),
        error => Error::Publisher(error),
    })
}
