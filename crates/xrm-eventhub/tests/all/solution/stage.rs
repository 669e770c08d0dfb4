//! A registration of one event hub, and what was sent there.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use eventhub_rest::{PropertyValue, Verdict};
use xrm_context::{Entity, RemoteExecutionContext};
use xrm_eventhub::body::{self, MessageFormat};
use xrm_eventhub::registration::{Operation, Registration, ServiceEndpoint, Step};
use xrm_eventhub::{EventHubSolution, EventHubSolutionBuilder, Host, service_endpoint};

use crate::fixture::{NOW, Script, at, connection, id};

/// A transport by script, and solutions that use it.
pub(super) struct Stage {
    script: Script,
}

/// The time at which everything happens.
pub(super) fn now() -> DateTime<Utc> {
    at(NOW)
}

pub(super) fn endpoint() -> ServiceEndpoint {
    service_endpoint(id(1), "Accounts", &connection())
}

/// A step on updates of accounts.
pub(super) fn step(number: u128, endpoint: &ServiceEndpoint) -> Step {
    Step::new(id(number), endpoint, "Update", Some("account"))
}

/// An update of an account's name.
pub(super) fn update() -> Operation {
    let account = Entity::new("account").with_id(id(7)).with("name", "Contoso");
    Operation::on_record("Update", account)
}

impl Stage {
    pub(super) fn answering(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        Self { script: Script::new(verdicts) }
    }

    /// A hub that accepts so many events.
    pub(super) fn accepting(events: usize) -> Self {
        Self::answering(std::iter::repeat_n(Verdict::Accepted, events))
    }

    pub(super) fn solution(
        &self,
        registration: Registration,
        set: impl FnOnce(EventHubSolutionBuilder) -> EventHubSolutionBuilder,
    ) -> EventHubSolution {
        let ids = AtomicU64::new(1);
        let random = move || u128::from(ids.fetch_add(1, Ordering::Relaxed));
        let builder = EventHubSolution::builder(registration)
            .transport(self.script.clone())
            .host(Host::new("tests", now, random));
        set(builder).build().expect("it has all it needs")
    }

    /// The contexts that were sent.
    pub(super) fn contexts(&self) -> Vec<RemoteExecutionContext> {
        self.script.sent().iter().map(|(event, _)| context(event.body())).collect()
    }

    /// The values of a property of each event.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let sent = self.script.sent();
        let value = |it: &eventhub_rest::Event| it.properties()[name].to_str().map(str::to_owned);
        sent.iter().map(|(event, _)| value(event).expect("it is text")).collect()
    }

    /// Of each event, whether it has this value of a property that no header can have the name of.
    pub(super) fn have_property(&self, name: &str, value: &str) -> Vec<bool> {
        let sent = self.script.sent();
        let expected = (name, PropertyValue::from(value));
        let has = |it: &eventhub_rest::Event| it.application_properties().any(|it| it == expected);
        sent.iter().map(|(event, _)| has(event)).collect()
    }
}

fn context(body: &[u8]) -> RemoteExecutionContext {
    let format = match body.first() {
        Some(b'<') => MessageFormat::Xml,
        _ => MessageFormat::Json,
    };
    body::decode(body, format).expect("a publisher wrote it")
}
