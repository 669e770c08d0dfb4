//! `tasks`

use clap::Args;
use eventhub_local::LocalEventHub;
use xrm_eventhub::body;
use xrm_eventhub::rest::manage::{AccessRights, HubSettings};
use xrm_eventhub::{Entity, EventHubSolution, MessageFormat, SystemJob};
use xrm_registration::{Image, Operation, Registration, ServiceEndpoint, Step};

use crate::error::{Error, Exit, OrError as _};
use crate::given::client::NetworkArgs;
use crate::given::input::{body_error, format_parser};
use crate::hub::create::new_rule;
use crate::hub::namespace::Namespace;
use crate::registration::add::event_hub;
use crate::terminal::output;
use crate::{machine, publish};

/// Run all six tasks, from an event hub to a verified system job.
///
/// A local hub on this machine stands in for Azure; everything else is done as with Azure, and the result of each
/// task is printed: once with a job that Succeeded, and once, after the key was replaced, with
/// one that Failed. Nothing is left behind.
#[derive(Args, Debug)]
pub(crate) struct Tasks {
    /// The format in which bodies are published.
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = format_parser())]
    format: MessageFormat,
}

/// The hub, as in the documentation.
const HUB: &str = "accounts";

impl Tasks {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        // A local namespace has one hub at least; this one is not used.
        let local = LocalEventHub::builder().hub("any", 1).serve(([127, 0, 0, 1], 0)).await?;
        let namespace = Namespace::new(local.connection_string("any")?, &NetworkArgs::default())?;

        title(1, "Create an event hub")?;
        let rule = new_rule("send", AccessRights::SEND)?;
        let settings = HubSettings::default().with_authorization_rule(rule.clone());
        let (created, connection) = namespace.create_hub(HUB, &settings, &rule).await?;
        fact("hub", &format!("{}, partitions: {}", created.name, created.partition_ids.len()))?;
        fact("connection string", &connection.to_string())?;

        title(2, "Register a service endpoint")?;
        let endpoint = event_hub("Accounts", &connection, self.format);
        show_endpoint(&endpoint)?;

        title(3, "Register a step")?;
        let step = step(&endpoint);
        show_step(&step)?;
        let registration = Registration::new(vec![endpoint], vec![step]);
        let solution = EventHubSolution::builder(registration).build();
        let solution = solution.or_failed("cannot use the registration")?;

        title(4, "Listen")?;
        fact("events of the hub", &local.events(HUB)?.len().to_string())?;

        title(5, "Trigger")?;
        let update = update();
        fact("operation", "Update of account, from Cöntösö to Contoso")?;
        let jobs = publish::or_stopped(solution.trigger(&update).await)?;
        fact("events of the hub", &local.events(HUB)?.len().to_string())?;
        for event in local.events(HUB)? {
            show_event(&event.body, self.format)?;
        }

        title(6, "Verify by the system job")?;
        show_jobs(&jobs)?;

        output::line("\nThe same again, after the hub was made anew, with another key")?;
        // The solution keeps the key of the first hub, which the second one refuses.
        namespace.delete_hub(HUB).await?;
        let renewed = new_rule("send", AccessRights::SEND)?;
        let settings = HubSettings::default().with_authorization_rule(renewed.clone());
        namespace.create_hub(HUB, &settings, &renewed).await?;
        show_jobs(&publish::or_stopped(solution.trigger(&update).await)?)?;
        local.shutdown().await;
        Ok(Exit::Done)
    }
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

fn title(number: usize, title: &str) -> Result<(), Error> {
    let gap = if number == 1 { "" } else { "\n" };
    output::line(&format!("{gap}{number}. {title}"))
}

fn fact(what: &str, text: &str) -> Result<(), Error> {
    output::line(&format!("   {what}: {text}"))
}

fn show_endpoint(endpoint: &ServiceEndpoint) -> Result<(), Error> {
    fact("id", &endpoint.id.to_string())?;
    fact("contract", endpoint.contract.label().unwrap_or_default())?;
    let format = endpoint.message_format.and_then(xrm_registration::MessageFormatCode::label);
    fact("message format", format.unwrap_or_default())?;
    fact("namespace address", &endpoint.namespace_address)?;
    fact("path", &endpoint.path)?;
    fact("key", if endpoint.is_sas_key_set() { "set" } else { "not set" })
}

fn show_step(step: &Step) -> Result<(), Error> {
    fact("id", &step.id.to_string())?;
    fact("name", &step.name)?;
    fact("filtering attributes", &step.filtering_attributes.to_string())?;
    let images = step.images.iter().map(|it| format!("{} ({})", it.entity_alias, it.attributes));
    fact("images", &images.collect::<Vec<_>>().join(", "))
}

/// What a consumer reads.
fn show_event(bytes: &[u8], format: MessageFormat) -> Result<(), Error> {
    let context = body::decode(bytes, format)
        .map_err(|it| body_error(&format!("the event is not a valid {format} body"), &it))?;
    fact("body", &format!("{} bytes of {format}", bytes.len()))?;
    fact("message", context.message_name.as_deref().unwrap_or_default())?;
    let before = context.pre_entity_images.image("Before").and_then(|it| it.str("name").ok()?);
    fact("name before", before.unwrap_or_default())?;
    fact("operation id", &context.operation_id.to_string())
}

fn show_jobs(jobs: &[SystemJob]) -> Result<(), Error> {
    for job in jobs {
        fact("system job", &job.id().to_string())?;
        fact("name", &job.description().name)?;
        fact("status", &format!("{} ({})", job.status(), job.status().number()))?;
        if let Some(text) = &job.progress().friendly_message {
            text.lines().try_for_each(|line| output::line(&format!("   {line}")))?;
        }
    }
    Ok(())
}
