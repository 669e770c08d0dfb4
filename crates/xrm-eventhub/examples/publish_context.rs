//! Publishes what a server sent once, and shows each job: run it and read along.
//!
//! It needs nothing outside this process. A local endpoint stands in for the event hub; it checks
//! tokens, keeps events and answers as Azure does.

use std::error::Error;
use std::sync::Arc;

use eventhub_local::LocalEventHub;
use xrm_eventhub::body::{self, MessageFormat};
use xrm_eventhub::sas::SharedAccessKey;
use xrm_eventhub::{ConnectionString, MemoryJobStore, Publisher, SystemJob};

/// The body of a message that a Dataverse server posted when a row was created.
const CAPTURED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/captured/005.json");

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let local = LocalEventHub::builder().hub("accounts", 2).serve(([127, 0, 0, 1], 0)).await?;
    let connection = local.connection_string("accounts")?;
    say(&format!("The event hub:   {connection}"));

    let context = body::decode(&std::fs::read(CAPTURED)?, MessageFormat::Json)?;
    let message = context.message_name.as_deref().unwrap_or_default();
    let table = context.primary_entity_name.as_deref().unwrap_or_default();
    say(&format!("The context:     {message} of {table}"));

    // One store for all publishers, as an application would have one database.
    let jobs = Arc::new(MemoryJobStore::new());
    let publisher = |connection: &ConnectionString, format| {
        Publisher::builder(connection.clone())
            .message_format(format)
            .job_store(Arc::clone(&jobs))
            .build()
    };

    for format in [MessageFormat::Json, MessageFormat::Xml] {
        say(&format!("\nPublished as {format}"));
        show(&publisher(&connection, format)?.publish_context(&context).await?);
    }

    say("\nPublished with a wrong key");
    let forged = with_key(&connection, &SharedAccessKey::new("bm90IHRoZSBrZXk=")?)?;
    show(&publisher(&forged, MessageFormat::Json)?.publish_context(&context).await?);

    say("\nWhat a consumer of the event hub reads");
    let formats = [MessageFormat::Json, MessageFormat::Xml];
    let events = local.events("accounts")?;
    for (event, format) in events.iter().zip(formats) {
        let same = event.body == body::encode(&context, format)?;
        say(&format!(
            "  partition {}, sequence {}: {}, {} bytes, {}",
            event.partition,
            event.sequence,
            event.content_type.as_deref().unwrap_or("no content type"),
            event.body.len(),
            if same { "byte for byte what was encoded" } else { "NOT what was encoded" },
        ));
        if !same || body::decode(&event.body, format)?.message_name != context.message_name {
            return Err("an event differs from what was published".into());
        }
    }
    if events.len() != formats.len() {
        return Err("there must be an event for each job that succeeded, and no other".into());
    }
    local.shutdown().await;
    Ok(())
}

/// A job as an administrator sees it.
fn show(job: &SystemJob) {
    let (status, progress) = (job.status(), job.progress());
    say(&format!("  job            {}", job.description().name));
    say(&format!(
        "  status         {status} (statecode {}, statuscode {}) after {} attempt",
        status.state().number(),
        status.number(),
        progress.retry_count
    ));
    if let Some(message) = &progress.message {
        say(&format!("  message        {message}"));
    }
    for line in progress.friendly_message.iter().flat_map(|text| text.lines()) {
        say(&format!("  for the user   {line}"));
    }
}

/// The same connection string with another key.
fn with_key(connection: &ConnectionString, key: &SharedAccessKey) -> Result<ConnectionString> {
    let right = connection.key().ok_or("the connection string holds no key")?;
    Ok(connection.to_secret_string().replace(right.reveal(), key.reveal()).parse()?)
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
fn say(line: &str) {
    println!("{line}");
}
