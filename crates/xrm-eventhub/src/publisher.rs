use std::fmt;
use std::sync::Arc;

use azure_sas::ConnectionString;
use chrono::{DateTime, Utc};
use eventhub_rest::{Event, Hub, PropertyValue, Transport};
use xrm_body::MessageFormat;
use xrm_context::RemoteExecutionContext;
use xrm_jobs::{JobStore, Payload, RetryPolicy, SystemJob};

use crate::builder::PublisherBuilder;
use crate::claims::Claims;
use crate::credentials::Credentials;
use crate::diagnosis::{self, Facts};
use crate::encoding::Encoding;
use crate::error::Error;
use crate::message::Message;
use crate::message_properties::{event, message_properties};
use crate::outcome::{Outcome, Retry};
use crate::size_policy::SizePolicy;
use crate::step::Step;

/// Publishes execution contexts to one event hub, in one message format, and follows each post as
/// a system job.
///
/// It is a service endpoint of contract type Event Hub, seen from the platform's side. It can be
/// shared by reference, or in an [`Arc`], between any number of tasks.
///
/// [`Debug`] shows no key and no token.
pub struct Publisher {
    pub(crate) hub: Hub,
    pub(crate) credentials: Credentials,
    pub(crate) encoding: Encoding,
    pub(crate) size_policy: SizePolicy,
    pub(crate) claims: Option<Claims>,
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) job_store: Arc<dyn JobStore>,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) step: Step,
    pub(crate) host_id: String,
    pub(crate) clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    pub(crate) randomness: Box<dyn Fn() -> u128 + Send + Sync>,
}

impl Publisher {
    /// Options for a publisher to the hub that the connection string names.
    pub fn builder(connection: ConnectionString) -> PublisherBuilder {
        PublisherBuilder::new(connection)
    }

    /// Posts a context, once, and returns the job that followed it.
    ///
    /// The job is in the store, In Progress and with the body to send, before anything is sent.
    /// What becomes of it:
    ///
    /// | the attempt | status | number |
    /// |---|---|---|
    /// | the hub took the message | Succeeded | 30 |
    /// | failed in a way that passes: no answer, 408, 429, 5xx, a hub that is disabled | Waiting, postponed to the next attempt | 10 |
    /// | failed in a way that lasts: 401, 403, 404, 413; a context that the format can't carry, or that is [too large](SizePolicy) | Failed | 31 |
    ///
    /// A message of more than 192 KB is sent without the members that the platform removes, and
    /// with the property `messagemaxsizeexceeded: true`, unless there is another
    /// [size policy](PublisherBuilder::size_policy).
    ///
    /// It has the platform's [claims](Claims) among its properties, if the publisher was
    /// [told to](PublisherBuilder::claims).
    ///
    /// A job that waits or has failed holds the [cause](xrm_jobs::Progress::cause), a text that
    /// says what to check ([`friendly_message`](xrm_jobs::Progress::friendly_message)) and the
    /// evidence ([`message`](xrm_jobs::Progress::message)). When it is tried again, and how often,
    /// is the [retry policy](PublisherBuilder::retry_policy)'s affair.
    ///
    /// A future that is dropped before its end leaves the job In Progress in the store.
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the job could not be recorded. No other failure is an error: it is in
    /// the job.
    pub async fn publish_context(
        &self,
        context: &RemoteExecutionContext,
    ) -> Result<SystemJob, Error> {
        match Message::new(context, &self.encoding.options(), self.size_policy) {
            Ok(message) => {
                let claims = self.claims.as_ref();
                let properties = message_properties(context, claims, message.is_trimmed);
                let job = self.insert(context, message.body).await?;
                self.attempt(job, &properties).await
            }
            Err(diagnosis) => {
                let job = self.insert(context, Vec::new()).await?;
                self.conclude(job, &Outcome::Failed(diagnosis)).await
            }
        }
    }

    /// The hub that is published to.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The format of the bodies.
    pub fn message_format(&self) -> MessageFormat {
        self.encoding.message_format
    }

    /// Where the jobs are kept.
    pub fn job_store(&self) -> &Arc<dyn JobStore> {
        &self.job_store
    }

    /// Records a new job whose first attempt is about to be made.
    ///
    /// It enters the store In Progress: one that is Ready could be claimed by a worker first.
    async fn insert(
        &self,
        context: &RemoteExecutionContext,
        body: Vec<u8>,
    ) -> Result<SystemJob, Error> {
        let now = (self.clock)();
        let id = uuid::Builder::from_random_bytes((self.randomness)().to_be_bytes()).into_uuid();
        let payload = Payload::new(self.message_format().content_type(), body);
        let mut job = SystemJob::new(self.step.describe(context, payload, id, now));
        job.begin(&self.host_id, now)?;
        Ok(self.job_store.insert(job).await?)
    }

    /// Makes an attempt for a job that is begun, and records what became of it.
    async fn attempt(
        &self,
        job: SystemJob,
        properties: &[(String, PropertyValue)],
    ) -> Result<SystemJob, Error> {
        let outcome = match event(&job.description().payload, properties) {
            Ok(event) => self.send(&job, &event).await,
            Err(error) => Outcome::Failed(diagnosis::not_sendable(&error)),
        };
        self.conclude(job, &outcome).await
    }

    async fn send(&self, job: &SystemJob, event: &Event) -> Outcome {
        let token = self.credentials.token_at((self.clock)());
        let verdict = self.transport.send(&self.hub, event, &token).await;
        let now = (self.clock)();
        let attempts = job.progress().retry_count;
        let facts = Facts {
            hub: &self.hub,
            key_name: self.credentials.key_name(),
            token_expires: token.expires(),
            body_bytes: event.body().len(),
            attempt: attempts,
            now,
        };
        let retry = Retry {
            policy: &self.retry_policy,
            attempts,
            created_on: job.description().created_on,
            now,
            random: folded((self.randomness)()),
        };
        Outcome::of(&verdict, &facts, retry)
    }

    /// Records the outcome. Where somebody cancelled or paused the job meanwhile, the outcome is
    /// that of the job as it is now.
    async fn conclude(&self, mut job: SystemJob, outcome: &Outcome) -> Result<SystemJob, Error> {
        loop {
            let id = job.id();
            outcome.apply(&mut job, (self.clock)())?;
            match self.job_store.update(job).await {
                Err(error) if error.is_conflict() => job = self.job_store.get(id).await?,
                concluded => return Ok(concluded?),
            }
        }
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("hub", &self.hub)
            .field("credentials", &self.credentials)
            .field("encoding", &self.encoding)
            .field("size_policy", &self.size_policy)
            .field("claims", &self.claims)
            .field("job_store", &self.job_store)
            .field("retry_policy", &self.retry_policy)
            .field("step", &self.step)
            .field("host_id", &self.host_id)
            .finish_non_exhaustive()
    }
}

/// 64 bits of 128. The halves of a random UUID have their fixed bits in different places, so that
/// all bits of the result are random.
fn folded(random: u128) -> u64 {
    (random >> 64) as u64 ^ random as u64
}
