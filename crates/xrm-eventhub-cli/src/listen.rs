//! `listen`

mod form;
mod print;
mod status;

use std::sync::Arc;

use chrono::TimeDelta;
use clap::Args;
use xrm_eventhub::listener::{
    AmqpOptions, AmqpSource, Error as ListenerError, EventSource, Position, RetryPolicy,
};
use xrm_eventhub::{ConnectionString, Listener};

use self::form::Form;
use self::print::{Printer, Wanted};
use crate::error::{Error, Exit, OrError as _, exit_codes};
use crate::given::amqp::{self, AMQP_ENVIRONMENT};
use crate::given::environment::PlainHostArgs;
use crate::given::listener_store::{self, LISTENER_STORES};
use crate::terminal::shutdown::Shutdown;
use crate::terminal::time::age;

const EXAMPLES: &str = "\
Examples:
  xrm-eventhub listen --from latest
  xrm-eventhub listen accounts --message Update --table account --format flat
  xrm-eventhub listen --group billing --store sqlite:billing.db --json --max 100";

/// Print the execution contexts that a hub receives, until Ctrl-C.
///
/// It receives over AMQP, from Azure or from `local serve --amqp`, all partitions at once, without
/// displacing other listeners. Each context is a line: the time at which the hub received it, its
/// partition and sequence number, its message, table and record, and the columns that changed. What was
/// trimmed by the platform, was received before, or is no context says so.
///
/// With --store, it records how far it is, and goes on there the next time: commands with the same store
/// and consumer group divide the partitions among themselves, and take over from each other.
///
/// If standard error is a terminal, its last line has the number of events and the lag: how many events
/// wait in the partitions behind those that were printed.
#[derive(Args, Debug)]
#[command(after_help = format!(
    "{LISTENER_STORES}{AMQP_ENVIRONMENT}\n\n{EXAMPLES}\n\n{}",
    exit_codes!(
        "asked to end, or --max events were printed",
        "the hub can't be reached, refuses, or has no such consumer group",
        "invalid arguments or environment, or the hub has no such partition",
    ),
))]
pub(crate) struct Listen {
    /// The hub [default: the EntityPath of the connection string].
    hub: Option<String>,
    /// Where to start in partitions without a checkpoint: start, latest, a time such as
    /// 2026-01-05T08:00:00Z, or the sequence number of the first event.
    #[arg(long, value_name = "POSITION", default_value_t = Position::Start)]
    from: Position,
    /// The consumer group.
    #[arg(long, value_name = "NAME", default_value = "$Default")]
    group: String,
    /// Receive from this partition alone; may be given more than once.
    #[arg(long = "partition", value_name = "ID")]
    partitions: Vec<String>,
    /// Print contexts of this message alone; may be given more than once.
    #[arg(long = "message", value_name = "NAME")]
    messages: Vec<String>,
    /// Print contexts of this table alone; may be given more than once.
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    /// How contexts are printed.
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
    /// Print a line of JSON per event, for programs: its place, properties, body, and what is in it.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// End after so many printed events.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    max: Option<u64>,
    /// Keep checkpoints and dead letters in this store, created if it is missing: sqlite:PATH.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// How often partitions are renewed and divided; those of a command that was killed are taken over after
    /// three times as long.
    #[arg(long, value_name = "AGE", value_parser = age, default_value = "5s", requires = "store")]
    interval: TimeDelta,
    #[command(flatten)]
    plain_host: PlainHostArgs,
}

impl Listen {
    pub(crate) async fn run(self) -> Result<Exit, Error> {
        let shutdown = Shutdown::listen()?;
        let connection = amqp::connection_string(self.plain_host)?;
        let (source, hub) = open(&connection, self.hub.as_deref()).await?;
        let listener = self.listener(source, &connection, &hub).await?;
        let wanted = Wanted {
            messages: self.messages,
            tables: self.tables,
            form: if self.json { Form::Event } else { self.format },
        };
        let title = format!("{hub}, {}", self.group);
        let printer = Arc::new(Printer::new(wanted, self.max, &title));
        let handler = Arc::clone(&printer);
        let ended = async {
            tokio::select! {
                () = shutdown.requested() => {}
                () = printer.ended() => {}
            }
        };
        let report = listener.run_events_until(ended, move |event| {
            let printed = handler.print(&event);
            async move { printed.map_err(Into::into) }
        });
        let result = report.await;
        // What standard output did not take matters more than what came of it.
        printer.finish()?;
        result.map(|_| Exit::Done).map_err(|error| ended_early(&hub, &error))
    }

    async fn listener(
        &self,
        source: AmqpSource,
        connection: &ConnectionString,
        hub: &str,
    ) -> Result<Listener, Error> {
        let host = connection.endpoint().host();
        let mut builder = Listener::builder_for(Arc::new(source), host, hub)
            .consumer_group(&*self.group)
            .start(self.from)
            // Printing fails if nobody reads; then the handler ends the listener.
            .retry(RetryPolicy::new(1));
        if !self.partitions.is_empty() {
            builder = builder.partitions(self.partitions.iter().map(String::as_str));
        }
        builder = match &self.store {
            Some(url) => builder
                .store(listener_store::open_or_create(url).await?)
                .interval(self.interval.to_std().unwrap_or_default()),
            None => builder.shared(),
        };
        builder.build().map_err(|error| ended_early(hub, &error))
    }
}

/// Opens a hub, which has to be there: a person waits at the terminal.
async fn open(
    connection: &ConnectionString,
    hub: Option<&str>,
) -> Result<(AmqpSource, String), Error> {
    let Some(hub) = hub.or_else(|| connection.entity_path()) else {
        return Err(Error::invalid("no hub is named: give it as an argument, or as EntityPath"));
    };
    let options = AmqpOptions::new(connection.clone()).hub(hub);
    let source = AmqpSource::new(options).or_invalid(format_args!("{hub} can't be listened to"))?;
    let reached = source.partitions().await;
    let host = connection.endpoint();
    reached.or_failed(format_args!("the hub {hub} of {host} can't be listened to"))?;
    Ok((source, hub.to_owned()))
}

fn ended_early(hub: &str, error: &ListenerError) -> Error {
    let what = format!("listening to {hub} ended");
    let made = match error {
        ListenerError::NoPartition { .. } | ListenerError::Options(_) => Error::invalid(what),
        _ => Error::failed(what),
    };
    made.caused_by(error)
}
