//! Testing a service endpoint, as the platform's message `TriggerServiceEndpointCheck` does.

use uuid::Uuid;
use xrm_context::{EntityReference, IsolationMode, Mode, RemoteExecutionContext, Stage};
use xrm_jobs::SystemJob;

use super::EventHubSolution;
use crate::error::Error;

/// The platform's message that tests a service endpoint. No step fires on it, so consumers recognize a
/// test by it.
const MESSAGE: &str = "TriggerServiceEndpointCheck";

/// The table of service endpoints.
const TABLE: &str = "serviceendpoint";

impl EventHubSolution {
    /// Posts a test event to a service endpoint, and returns its job; `None` if there is no publisher to
    /// the endpoint.
    ///
    /// The event's context has the message `TriggerServiceEndpointCheck`, on the endpoint as the record,
    /// with the parameter `Entity` of the platform's message. A failed job's diagnosis says what is wrong.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{EventHubSolution, Registration, StatusCode, Uuid, service_endpoint};
    ///
    /// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// # let connection = local.connection_string("accounts")?;
    /// let endpoint = service_endpoint(Uuid::from_u128(1), "Accounts", &connection);
    /// let registration = Registration::new(vec![endpoint], Vec::new());
    /// let solution = EventHubSolution::builder(registration).build()?;
    /// let job = solution.check_endpoint(Uuid::from_u128(1)).await?.ok_or("no such endpoint")?;
    /// assert_eq!(job.status(), StatusCode::Succeeded);
    /// assert_eq!(local.events("accounts")?.len(), 1);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the job could not be recorded. No other failure is an error: it is in the job.
    pub async fn check_endpoint(&self, service_endpoint: Uuid) -> Result<Option<SystemJob>, Error> {
        let Some(publisher) = self.publisher(service_endpoint) else { return Ok(None) };
        let context = check_context(service_endpoint);
        publisher.publish_context(&context).await.map(Some)
    }

    /// Gets a token for a service endpoint as for a post, and sends nothing; `None` if there is no
    /// publisher to the endpoint.
    ///
    /// # Errors
    ///
    /// The error of the source of tokens.
    pub async fn check_credentials(
        &self,
        service_endpoint: Uuid,
    ) -> Result<Option<()>, azure_sas::TokenError> {
        let Some(publisher) = self.publisher(service_endpoint) else { return Ok(None) };
        publisher.inner.credentials.token(self.host.now()).await.map(|_| Some(()))
    }
}

fn check_context(service_endpoint: Uuid) -> RemoteExecutionContext {
    let entity = EntityReference::new(TABLE, service_endpoint);
    RemoteExecutionContext {
        depth: 1,
        input_parameters: [("Entity", entity)].into(),
        isolation_mode: IsolationMode::NONE,
        message_name: Some(MESSAGE.to_owned()),
        mode: Mode::ASYNCHRONOUS,
        primary_entity_id: service_endpoint,
        primary_entity_name: Some(TABLE.to_owned()),
        secondary_entity_name: Some("none".to_owned()),
        stage: Stage::POST_OPERATION,
        ..RemoteExecutionContext::default()
    }
}
