//! The six tasks of Microsoft's topic on Event Hub solutions, in code, over HTTP: create a hub,
//! register an endpoint, register a step, listen, trigger, verify by the system job.

use eventhub_local::LocalEventHub;
use eventhub_rest::manage::{AccessRights, AuthorizationRule, HubSettings};
use eventhub_rest::{Client, Hub};
use uuid::Uuid;
use xrm_context::Entity;
use xrm_eventhub::body;
use xrm_eventhub::registration::{self, Image, Operation, Registration, Step};
use xrm_eventhub::{
    Cause, ConnectionString, EventHubSolution, MessageFormat, StatusCode, service_endpoint,
    system_host,
};

use crate::fixture::{at, id};

/// Any time will do, if the endpoint has the same.
const NOW: u64 = 1_767_600_000;

/// A namespace of this machine.
struct Namespace {
    local: LocalEventHub,
    client: Client,
}

impl Namespace {
    async fn serve() -> Self {
        let clock = || at(NOW.cast_signed());
        let local = LocalEventHub::builder().hub("first", 1).clock(clock);
        let local = local.serve(([127, 0, 0, 1], 0)).await.expect("there is a free port");
        Self { local, client: Client::new().expect("the machine has what it needs") }
    }

    /// Creates a hub with a rule for sending whose keys are made of this, and gives the rule's
    /// connection string.
    async fn create_hub(&self, name: &str, random: u8) -> ConnectionString {
        let manager = self.local.connection_string("first").expect("it is served");
        let hub = Hub::new(manager.endpoint().clone(), name).expect("it is a name");
        let token =
            manager.token_credential(hub.resource().clone()).token(at(NOW.cast_signed())).await;
        let token = token.expect("it is signed here");
        let rule = AuthorizationRule::generate("send", AccessRights::SEND, &[random; 64]);
        let rule = rule.expect("it is a name");
        // What is there is made anew.
        let _ = self.client.delete_hub(&hub, &token).await;
        let settings = HubSettings::default().with_authorization_rule(rule.clone());
        self.client.create_hub(&hub, &settings, &token).await.expect("the policy may manage");
        rule.connection_string(&hub).expect("the key was made here")
    }
}

async fn walk(format: MessageFormat, column: registration::MessageFormatCode) {
    let namespace = Namespace::serve().await;
    let connection = namespace.create_hub("accounts", 1).await;

    let mut endpoint = service_endpoint(id(1), "Accounts", &connection);
    endpoint.message_format = Some(column);

    let mut step = Step::new(id(2), &endpoint, "Update", Some("account"));
    step.filtering_attributes = "name,revenue".into();
    step.images.push(Image::pre("Before", "name"));
    let registration = Registration::new(vec![endpoint], vec![step]);
    let solution = EventHubSolution::builder(registration)
        .host(system_host().with_clock(|| at(NOW.cast_signed())))
        .build()
        .expect("it keeps to the rules");

    let listen = || namespace.local.events("accounts").expect("the hub is there");
    assert!(listen().is_empty());

    let account = Entity::new("account").with_id(Uuid::from_u128(7));
    let mut update = Operation::on_record("Update", account.clone().with("name", "Contoso"));
    update.primary_name_column = Some("name".to_owned());
    update.before = Some(account.with("name", "Cöntösö"));
    let jobs = solution.trigger(&update).await.expect("the store is a map");

    let events = listen();
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!(event.content_type.as_deref(), Some(format.content_type()));
    let context = body::decode(&event.body, format).expect("it is a body");
    let before = context.pre_entity_images.image("Before").expect("it is registered");
    assert_eq!(before.str("name").expect("it is text"), Some("Cöntösö"));
    let name = context.post_entity_images.image("AsynchronousStepPrimaryName");
    assert_eq!(name.and_then(|it| it.str("name").ok()?), Some("Contoso"));

    assert_eq!(jobs.len(), 1);
    let job = &jobs[0];
    assert_eq!((job.status(), job.id()), (StatusCode::Succeeded, context.operation_id));
    let kept = solution.job_store().get(job.id()).await.expect("the store has it");
    assert_eq!(kept, *job);

    // The hub is made anew, with another key.
    let _ = namespace.create_hub("accounts", 2).await;
    let jobs = solution.trigger(&update).await.expect("the store is a map");
    assert_eq!(jobs[0].status(), StatusCode::Failed);
    assert_eq!(jobs[0].progress().cause, Some(Cause::WrongKey));
    assert!(listen().is_empty());
}

#[tokio::test]
async fn the_six_tasks_in_json() {
    walk(MessageFormat::Json, registration::MessageFormatCode::JSON).await;
}

#[tokio::test]
async fn the_six_tasks_in_xml() {
    walk(MessageFormat::Xml, registration::MessageFormatCode::TEXT_XML).await;
}
