//! All six tasks, from an event hub to a verified system job, on this machine.

use eventhub_local::LocalEventHub;
use xrm_eventhub::body;
use xrm_eventhub::rest::manage::HubSettings;
use xrm_eventhub::{ConnectionString, Entity, EventHubSolution, MessageFormat, SystemJob};
use xrm_registration::{Image, Operation, Registration, ServiceEndpoint, Step};

use crate::cli;
use crate::error::Error;
use crate::hub::Namespace;
use crate::registration::event_hub;
use crate::status::Status;
use crate::terminal::output;
use crate::{hub, machine};

/// The hub, as in the documentation.
const HUB: &str = "accounts";

/// `tasks`
pub(crate) async fn tasks(arguments: &cli::Tasks) -> Result<Status, Error> {
    let local = LocalEventHub::builder().hub("any", 1).serve(([127, 0, 0, 1], 0)).await?;
    let namespace = Namespace::of(local.connection_string("any")?)?;

    task(1, "Create an event hub")?;
    let rule = hub::rule("send", &[cli::Right::Send])?;
    let settings = HubSettings::default().with_authorization_rule(rule.clone());
    let (created, connection) = namespace.create_hub(HUB, &settings, &rule).await?;
    told("hub", &format!("{}, partitions: {}", created.name, created.partition_ids.len()))?;
    told("connection string", &shown(&connection))?;

    task(2, "Register a service endpoint")?;
    let endpoint = event_hub("Accounts", &connection, arguments.format);
    show_endpoint(&endpoint)?;

    task(3, "Register a step")?;
    let step = step(&endpoint);
    show_step(&step)?;
    let registration = Registration::new(vec![endpoint], vec![step]);
    let solution = EventHubSolution::builder(registration).build().map_err(Error::NotAtWork)?;

    task(4, "Listen")?;
    told("events of the hub", &local.events(HUB)?.len().to_string())?;

    task(5, "Trigger")?;
    let update = update();
    told("operation", "Update of account, from Cöntösö to Contoso")?;
    let jobs = solution.trigger(&update).await.map_err(Error::Publish)?;
    told("events of the hub", &local.events(HUB)?.len().to_string())?;
    for event in local.events(HUB)? {
        show_event(&event.body, arguments.format)?;
    }

    task(6, "Verify by the system job")?;
    show_jobs(&jobs)?;

    output::line("\nThe same again, after the hub was made anew, with another key")?;
    namespace.delete_hub(HUB).await?;
    let renewed = hub::rule("send", &[cli::Right::Send])?;
    let settings = HubSettings::default().with_authorization_rule(renewed.clone());
    namespace.create_hub(HUB, &settings, &renewed).await?;
    show_jobs(&solution.trigger(&update).await.map_err(Error::Publish)?)?;
    local.shutdown().await;
    Ok(Status::Done)
}

fn step(endpoint: &ServiceEndpoint) -> Step {
    let mut step = Step::new(machine::random_id(), endpoint, "Update", Some("account"));
    step.filtering_attributes = "name,revenue".into();
    step.images.push(Image::pre("Before", "name"));
    step
}

fn update() -> Operation {
    let account = Entity::new("account").with_id(machine::random_id());
    let mut update = Operation::on_record("Update", account.clone().with("name", "Contoso"));
    update.primary_name_column = Some("name".to_owned());
    update.before = Some(account.with("name", "Cöntösö"));
    update
}

fn task(number: usize, title: &str) -> Result<(), Error> {
    let gap = if number == 1 { "" } else { "\n" };
    output::line(&format!("{gap}{number}. {title}"))
}

fn told(what: &str, text: &str) -> Result<(), Error> {
    output::line(&format!("   {what}: {text}"))
}

/// A connection string without its key.
fn shown(connection: &ConnectionString) -> String {
    connection.to_string()
}

fn show_endpoint(endpoint: &ServiceEndpoint) -> Result<(), Error> {
    told("id", &endpoint.id.to_string())?;
    told("contract", endpoint.contract.label().unwrap_or_default())?;
    let format = endpoint.message_format.and_then(xrm_registration::MessageFormatCode::label);
    told("message format", format.unwrap_or_default())?;
    told("namespace address", &endpoint.namespace_address)?;
    told("path", &endpoint.path)?;
    told("key", if endpoint.is_sas_key_set() { "set" } else { "not set" })
}

fn show_step(step: &Step) -> Result<(), Error> {
    told("id", &step.id.to_string())?;
    told("name", &step.name)?;
    told("filtering attributes", &step.filtering_attributes.to_string())?;
    let images = step.images.iter().map(|it| format!("{} ({})", it.entity_alias, it.attributes));
    told("images", &images.collect::<Vec<_>>().join(", "))
}

/// What a listener reads.
fn show_event(bytes: &[u8], format: MessageFormat) -> Result<(), Error> {
    let name = || "the event".to_owned();
    let context = body::decode(bytes, format).map_err(|source| Error::Decode {
        name: name(),
        format,
        source,
    })?;
    told("body", &format!("{} bytes of {format}", bytes.len()))?;
    told("message", context.message_name.as_deref().unwrap_or_default())?;
    let before = context.pre_entity_images.image("Before").and_then(|it| it.str("name").ok()?);
    told("name before", before.unwrap_or_default())?;
    told("operation id", &context.operation_id.to_string())
}

fn show_jobs(jobs: &[SystemJob]) -> Result<(), Error> {
    for job in jobs {
        told("system job", &job.id().to_string())?;
        told("name", &job.description().name)?;
        told("status", &format!("{} ({})", job.status(), job.status().number()))?;
        if let Some(text) = &job.progress().friendly_message {
            text.lines().try_for_each(|line| output::line(&format!("   {line}")))?;
        }
    }
    Ok(())
}
