//! `dead-letters replay`

use clap::Args;
use xrm_eventhub::listener::{DeadLetter, DeadLetterStore as _, Event, PropertyValue};
use xrm_eventhub::rest::{self, Hub};
use xrm_eventhub::{Client, ConnectionString, TokenCredential as _};

use super::{EXITS, StoreArgs, WhichArgs};
use crate::error::{Error, Exit, OrError as _, chain};
use crate::given::client::NetworkArgs;
use crate::given::environment::PlainHostArgs;
use crate::machine;
use crate::terminal::output;

/// Send dead letters to the hub again, and delete those that it accepts.
///
/// Each goes to its partition, with its body, content type and properties, and so to every consumer group.
/// Listeners that remember message ids recognize those of publishers of this project as copies. The hub is that of
/// EVENTHUB_CONNECTION_STRING, over REST, whose policy needs the right Send; the EntityPath names it, or else
/// the dead letter.
#[derive(Args, Debug)]
#[command(after_help = EXITS)]
pub(crate) struct ReplayDeadLetters {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    plain_host: PlainHostArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

impl ReplayDeadLetters {
    pub(super) async fn run(&self) -> Result<Exit, Error> {
        let connection = self.plain_host.connection_string()?;
        let client = self.network.client()?;
        let store = self.store.open().await?;
        let (letters, mut exit) = self.which.read(&store).await?;
        let mut replayed = 0;
        for letter in &letters {
            match send(&client, &connection, letter).await {
                Ok(()) => {
                    let deleted = store.delete_dead_letters(&[letter.id]).await;
                    deleted.or_failed("a dead letter that was sent can't be deleted")?;
                    replayed += 1;
                }
                Err(why) => {
                    output::note_printable(format_args!("dead letter {}: {why}", letter.id));
                    exit = Exit::Failed;
                }
            }
        }
        output::note(format_args!("{replayed} replayed"));
        Ok(exit)
    }
}

/// Sends the event of a dead letter, or says why that failed.
async fn send(
    client: &Client,
    connection: &ConnectionString,
    DeadLetter { stream, letter, .. }: &DeadLetter,
) -> Result<(), String> {
    let name = connection.entity_path().unwrap_or(&stream.hub);
    let hub = Hub::new(connection.endpoint().clone(), name);
    let hub = hub.map_err(|it| chain(&it))?;
    let credential = connection.token_credential(hub.resource().clone());
    let token = credential.token(machine::time()).await;
    let token = token.map_err(|it| chain(&it))?;
    let event = event(&letter.event).map_err(|it| chain(&it))?;
    // With a partition key, the same key selects the same partition.
    let target = match event.partition_key() {
        Some(_) => hub,
        None => hub.partition(&letter.event.partition).map_err(|it| chain(&it))?,
    };
    let verdict = client.send(&target, &event, &token).await;
    if verdict.is_accepted() { Ok(()) } else { Err(verdict.to_string()) }
}

/// The event as it is sent over REST.
fn event(event: &Event) -> Result<rest::Event, rest::Error> {
    /// What REST needs, if the sender gave none over AMQP.
    const UNKNOWN: &str = "application/octet-stream";

    let content_type = event.content_type.as_deref().unwrap_or(UNKNOWN);
    let mut sent = rest::Event::new(event.body.clone(), content_type)?;
    if let Some(key) = &event.partition_key {
        sent = sent.with_partition_key(key)?;
    }
    for (name, value) in &event.properties {
        sent = sent.with_application_property(name, property(value))?;
    }
    Ok(sent)
}

fn property(value: &PropertyValue) -> rest::PropertyValue {
    match value {
        PropertyValue::Boolean(it) => (*it).into(),
        PropertyValue::Integer(number) => (*number).into(),
        PropertyValue::Double(number) => (*number).into(),
        PropertyValue::String(text) => text.as_str().into(),
        _ => rest::PropertyValue::Null,
    }
}
