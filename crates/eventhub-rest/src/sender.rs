//! Sending with tokens, resending and bounds, over any transport.

mod budget;
mod policy;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use azure_sas::{Token, TokenCredential};
use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use crate::batch::Batch;
use crate::event::Event;
use crate::hub::Hub;
use crate::refusal::RefusalKind;
use crate::transport::{Attempt, Transport};
use crate::verdict::{NoAnswer, NoAnswerKind, Verdict};

pub use budget::ResendBudget;
pub use policy::{Decision, ResendPolicy, ResendState, StopReason};

/// Sends to one hub: gets tokens from a credential, resends what failed by a [`ResendPolicy`], and
/// bounds the number of sends under way.
///
/// It is cheap to clone, and clones share their bound and budget. Dropping the future of a send
/// cancels it; what was written by then may be in the hub.
///
/// The service retries by itself too, unless the events are
/// [`without_service_retry`](Event::without_service_retry).
///
/// When the service refuses a token's signature, the sender reports this to the credential. If the
/// credential has another key, the sender makes one more attempt at once, which is how
/// [`KeyRotation`](azure_sas::KeyRotation) changes keys.
///
/// ```no_run
/// # #[cfg(feature = "reqwest")]
/// # async fn example(
/// #     connection: azure_sas::ConnectionString,
/// #     now: fn() -> chrono::DateTime<chrono::Utc>,
/// #     random: fn() -> u64,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use eventhub_rest::{Client, Event, Hub, Sender};
///
/// let hub = Hub::try_from(&connection)?;
/// let credential = connection.token_credential(hub.resource().clone());
/// let sender = Sender::builder(Client::new()?, hub, credential, now, random).build();
///
/// let report = sender.send(&Event::new("{}", "application/json")?).await;
/// if !report.is_accepted() {
///     eprintln!("{} after {} attempts", report.verdict, report.attempts);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sender {
    inner: Arc<Inner>,
}

struct Inner {
    options: SenderBuilder,
    in_flight: Semaphore,
}

/// What is sent.
#[derive(Clone, Copy)]
enum Post<'a> {
    Event(&'a Event),
    Batch(&'a Batch),
}

impl Sender {
    /// Options for a sender over `transport` to `hub` with the tokens of `credential`.
    ///
    /// `clock` returns the time, by which tokens are renewed; `randomness` returns numbers uniform
    /// over all values, by which waits are shortened.
    #[must_use]
    pub fn builder(
        transport: impl Transport + 'static,
        hub: Hub,
        credential: Arc<dyn TokenCredential>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        randomness: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> SenderBuilder {
        SenderBuilder {
            transport: Box::new(transport),
            hub,
            credential,
            resend_policy: ResendPolicy::default(),
            resend_budget: Arc::default(),
            clock: Box::new(clock),
            randomness: Box::new(randomness),
            max_in_flight: SenderBuilder::MAX_IN_FLIGHT,
        }
    }

    /// The hub.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.inner.options.hub
    }

    /// Sends `event` until it is accepted or the policy stops. While the most sends are under way
    /// already, it waits for one to end.
    pub async fn send(&self, event: &Event) -> SendReport {
        self.inner.send(Post::Event(event)).await
    }

    /// Sends `batch` until it is accepted or the policy stops. While the most sends are under way
    /// already, it waits for one to end.
    pub async fn send_batch(&self, batch: &Batch) -> SendReport {
        self.inner.send(Post::Batch(batch)).await
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("options", &self.inner.options)
            .field("in_flight", &self.inner.in_flight)
            .finish_non_exhaustive()
    }
}

/// The result of a send: the last verdict, and what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendReport {
    /// The verdict on the last attempt.
    pub verdict: Verdict,
    /// How many attempts were made; 0 if the deadline passed before the first.
    pub attempts: u32,
    /// Why there was no further attempt.
    pub stopped: StopReason,
    /// How many attempts [may have been delivered](Verdict::may_be_delivered) without an
    /// acceptance, the last included. As many copies may be in the hub beside the accepted one.
    pub maybe_delivered: u32,
}

impl SendReport {
    /// Whether the service took it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.verdict.is_accepted()
    }
}

impl Inner {
    async fn send(&self, post: Post<'_>) -> SendReport {
        let mut run = Run::new(self.options.resend_policy.deadline);
        // The wait for a permit counts, too: to the caller, it is a part of the send.
        let permit = run.within_deadline(self.in_flight.acquire()).await;
        let Some(Ok(_permit)) = permit else {
            return run.report(never_sent(), StopReason::Deadline);
        };
        loop {
            let (verdict, token) = self.attempt(post, &mut run).await;
            run.maybe_delivered += u32::from(verdict.may_be_delivered());
            if verdict.is_accepted() {
                self.options.resend_budget.deposit();
            }
            // Before the policy: to it, a refused signature is lasting, and a change of keys uses up
            // neither the budget nor a wait.
            if self.has_other_key(&verdict, token.as_deref(), &mut run) {
                continue;
            }
            match self.decide(&verdict, &run) {
                Decision::Resend { after } => sleep(after).await,
                Decision::Stop(reason) => return run.report(verdict, reason),
            }
        }
    }

    /// One attempt, cut off at the deadline.
    async fn attempt(&self, post: Post<'_>, run: &mut Run) -> (Verdict, Option<Arc<Token>>) {
        // For each attempt: a token may expire while the sender waits for the next one.
        let token = self.options.credential.token((self.options.clock)());
        let token = match run.within_deadline(token).await {
            Some(Ok(token)) => token,
            // It counts as an attempt, or a credential that always fails would be asked for ever.
            Some(Err(error)) => {
                run.attempts += 1;
                return (no_answer(NoAnswerKind::NoToken, &error.to_string()), None);
            }
            None => return (never_sent(), None),
        };
        run.attempts += 1;
        let verdict = run.within_deadline(self.begin(post, &token)).await;
        let cut_off = || no_answer(NoAnswerKind::Timeout, "the deadline of all attempts passed");
        (verdict.unwrap_or_else(cut_off), Some(token))
    }

    fn begin<'a>(&'a self, post: Post<'a>, token: &'a Token) -> Attempt<'a> {
        match post {
            Post::Event(event) => self.options.transport.send(&self.options.hub, event, token),
            Post::Batch(batch) => {
                self.options.transport.send_batch(&self.options.hub, batch, token)
            }
        }
    }

    /// Whether another key is worth one more attempt, at once and once in a run.
    fn has_other_key(&self, verdict: &Verdict, token: Option<&Token>, run: &mut Run) -> bool {
        let refused =
            matches!(verdict, Verdict::Refused(it) if it.kind() == RefusalKind::InvalidSignature);
        let other =
            refused && token.is_some_and(|it| self.options.credential.signature_refused(it));
        other && !std::mem::replace(&mut run.key_changed, true)
    }

    fn decide(&self, verdict: &Verdict, run: &Run) -> Decision {
        let now = (self.options.clock)();
        let state = ResendState::new(run.attempts, run.began.elapsed(), now);
        let decision =
            self.options.resend_policy.decide(verdict, &state, (self.options.randomness)());
        match decision {
            // After the policy, so that a send which ends anyway takes nothing from the budget.
            Decision::Resend { .. } if !self.options.resend_budget.withdraw() => {
                Decision::Stop(StopReason::Budget)
            }
            _ => decision,
        }
    }
}

/// The attempts of one send. It measures time by tokio's clock, which its waits go by too.
struct Run {
    began: Instant,
    deadline: Option<Duration>,
    attempts: u32,
    maybe_delivered: u32,
    key_changed: bool,
}

impl Run {
    fn new(deadline: Option<Duration>) -> Self {
        let began = Instant::now();
        Self { began, deadline, attempts: 0, maybe_delivered: 0, key_changed: false }
    }

    /// What the future gives, unless the deadline comes first.
    async fn within_deadline<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        match self.deadline {
            Some(deadline) => {
                let left = deadline.saturating_sub(self.began.elapsed());
                timeout(left, future).await.ok()
            }
            None => Some(future.await),
        }
    }

    fn report(&self, verdict: Verdict, stopped: StopReason) -> SendReport {
        let Self { attempts, maybe_delivered, .. } = *self;
        SendReport { verdict, attempts, stopped, maybe_delivered }
    }
}

fn never_sent() -> Verdict {
    no_answer(NoAnswerKind::Deadline, "")
}

fn no_answer(kind: NoAnswerKind, detail: &str) -> Verdict {
    Verdict::NoAnswer(NoAnswer::new(kind, detail))
}

/// Options for a [`Sender`].
pub struct SenderBuilder {
    transport: Box<dyn Transport>,
    hub: Hub,
    credential: Arc<dyn TokenCredential>,
    resend_policy: ResendPolicy,
    resend_budget: Arc<ResendBudget>,
    clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    randomness: Box<dyn Fn() -> u64 + Send + Sync>,
    max_in_flight: usize,
}

impl SenderBuilder {
    /// The default of [`max_in_flight`](Self::max_in_flight).
    pub const MAX_IN_FLIGHT: usize = 64;

    /// When to resend. By default, this is [`ResendPolicy::default`].
    #[must_use]
    pub fn resend_policy(self, resend_policy: ResendPolicy) -> Self {
        Self { resend_policy, ..self }
    }

    /// A budget for retries, which several senders may share. By default, this is one of the
    /// sender's own, [`ResendBudget::default`].
    #[must_use]
    pub fn resend_budget(self, resend_budget: Arc<ResendBudget>) -> Self {
        Self { resend_budget, ..self }
    }

    /// How many sends may be under way at a time, their waits for a retry included; 0 counts as 1.
    /// By default, this is [`MAX_IN_FLIGHT`](Self::MAX_IN_FLIGHT).
    #[must_use]
    pub fn max_in_flight(self, max_in_flight: usize) -> Self {
        Self { max_in_flight, ..self }
    }

    /// The sender.
    #[must_use]
    pub fn build(self) -> Sender {
        // Without a permit, no send would ever begin, and `Semaphore::new` panics above its most.
        let permits = self.max_in_flight.clamp(1, Semaphore::MAX_PERMITS);
        let inner = Inner { options: self, in_flight: Semaphore::new(permits) };
        Sender { inner: Arc::new(inner) }
    }
}

impl fmt::Debug for SenderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderBuilder")
            .field("hub", &self.hub)
            .field("resend_policy", &self.resend_policy)
            .field("resend_budget", &self.resend_budget)
            .field("max_in_flight", &self.max_in_flight)
            .finish_non_exhaustive()
    }
}
