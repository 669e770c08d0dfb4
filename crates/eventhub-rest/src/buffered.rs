//! Events gathered into batches.

mod key_buffer;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use crate::batch::Batch;
use crate::error::Error;
use crate::event::Event;
use crate::sender::{SendReport, Sender, StopReason};
use crate::verdict::{NoAnswer, NoAnswerKind, Verdict};
use key_buffer::Buffers;

/// What an event takes beside its text, in bytes.
// An estimate for the item, the channel of its report and its maps. It bounds the memory that small
// events take, of which the text is the smallest part.
const OVERHEAD: usize = 512;

/// The longest that an event lingers.
// Bounded, because adding a duration to an `Instant` panics on overflow.
const LONGEST_LINGER: Duration = Duration::from_secs(24 * 60 * 60);

/// Gathers events for a while and sends them in batches, one partition key a batch.
///
/// Events of one partition key are sent in the order in which they were enqueued: there is one
/// batch of a key under way at a time. Events without a key have no order, and as many batches of
/// them are under way as the [`Sender`] allows. Every event gets its own [`SendReport`]: when
/// the service refuses a batch as malformed or too large (400, 413), it is sent again in halves,
/// down to the events that are at fault.
///
/// A batch has no place for content types, so events lose theirs.
///
/// It is cheap to clone, and works in a tokio runtime. When the last clone is dropped, what was
/// enqueued is still sent as long as the runtime lives; [`shutdown`](Self::shutdown) waits for it.
///
/// ```no_run
/// # async fn example(sender: eventhub_rest::Sender) -> Result<(), eventhub_rest::Error> {
/// use eventhub_rest::{BufferedSender, Event};
///
/// let buffered = BufferedSender::builder(sender).build();
/// let mut deliveries = Vec::new();
/// for n in 0..1_000 {
///     let event = Event::new(format!("{{\"n\":{n}}}"), "application/json")?;
///     deliveries.push(buffered.enqueue(event.with_partition_key("till-7")?).await?);
/// }
/// buffered.shutdown().await;
/// for delivery in deliveries {
///     assert!(delivery.await.is_accepted());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BufferedSender {
    buffers: Arc<Buffers>,
    /// A permit for each byte that may be held.
    memory: Arc<Semaphore>,
    memory_limit: usize,
}

impl BufferedSender {
    /// Options for a buffer before `sender`.
    #[must_use]
    pub fn builder(sender: Sender) -> BufferedSenderBuilder {
        BufferedSenderBuilder {
            sender,
            linger: BufferedSenderBuilder::LINGER,
            batch_limit: Batch::BASIC_LIMIT,
            memory_limit: BufferedSenderBuilder::MEMORY_LIMIT,
        }
    }

    /// Enqueues `event`, waiting for room if there is none. The future that it returns gives the
    /// event's report; dropping that future does not cancel the send.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] after [`shutdown`](Self::shutdown).
    pub async fn enqueue(&self, event: Event) -> Result<Delivery, Error> {
        // An event that alone is more than may be held takes all the room there is.
        let bytes = event.weight().saturating_add(OVERHEAD).min(self.memory_limit);
        // Acquired before the event is in a buffer: whoever waits here holds nothing yet, and a call
        // that is dropped while it waits enqueues nothing.
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let memory = Arc::clone(&self.memory).acquire_many_owned(permits).await;
        let memory = memory.map_err(|_| Error::Closed)?;
        Ok(Delivery { report: Buffers::push(&self.buffers, event, memory) })
    }

    /// Sends what was enqueued before, without lingering, and waits for the reports.
    pub async fn flush(&self) {
        for passed in self.buffers.push_barriers() {
            // A buffer that is gone has nothing left to send.
            let _ = passed.await;
        }
    }

    /// Takes no more events, sends what was enqueued, and waits for the reports.
    pub async fn shutdown(&self) {
        // Before the flush: an event that came in after its barriers would be sent, but not waited
        // for.
        self.memory.close();
        self.flush().await;
    }
}

impl fmt::Debug for BufferedSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedSender")
            .field("sender", &self.buffers.sender)
            .field("linger", &self.buffers.linger)
            .field("batch_limit", &self.buffers.batch_limit)
            .field("memory_limit", &self.memory_limit)
            .finish_non_exhaustive()
    }
}

/// A future of the [`SendReport`] of an event that was enqueued.
#[derive(Debug)]
#[must_use = "an event that fails does so in silence unless its report is read"]
pub struct Delivery {
    report: oneshot::Receiver<SendReport>,
}

impl Future for Delivery {
    type Output = SendReport;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<SendReport> {
        let report = ready!(Pin::new(&mut self.report).poll(context));
        Poll::Ready(report.unwrap_or_else(|_| abandoned()))
    }
}

/// The runtime ended before the event's task did.
fn abandoned() -> SendReport {
    let verdict = Verdict::NoAnswer(NoAnswer::new(NoAnswerKind::Abandoned, ""));
    // How far the task came is not known, so the event may have been sent.
    SendReport { verdict, attempts: 0, stopped: StopReason::Abandoned, maybe_delivered: 1 }
}

/// Options for a [`BufferedSender`].
#[derive(Debug)]
pub struct BufferedSenderBuilder {
    sender: Sender,
    linger: Duration,
    batch_limit: usize,
    memory_limit: usize,
}

impl BufferedSenderBuilder {
    /// The default of [`linger`](Self::linger): a second, as in the Azure SDKs for Python and Rust.
    pub const LINGER: Duration = Duration::from_secs(1);

    /// The default of [`memory_limit`](Self::memory_limit): 32 MiB.
    pub const MEMORY_LIMIT: usize = 32 * 1024 * 1024;

    /// How long an event waits at most for others to fill its batch, a day at the longest. By
    /// default, this is [`LINGER`](Self::LINGER).
    #[must_use]
    pub fn linger(self, linger: Duration) -> Self {
        Self { linger: linger.min(LONGEST_LINGER), ..self }
    }

    /// How many bytes a batch may have. An event that does not fit into one is sent in a larger
    /// one, for the service to judge. By default, this is [`Batch::BASIC_LIMIT`], which every tier
    /// takes.
    #[must_use]
    pub fn batch_limit(self, batch_limit: usize) -> Self {
        Self { batch_limit, ..self }
    }

    /// How many bytes of events may be held, those that are under way included, before
    /// [`enqueue`](BufferedSender::enqueue) waits: their bodies and properties, and half a kibibyte
    /// for each. By default, this is [`MEMORY_LIMIT`](Self::MEMORY_LIMIT).
    #[must_use]
    pub fn memory_limit(self, memory_limit: usize) -> Self {
        Self { memory_limit, ..self }
    }

    /// The buffered sender.
    #[must_use]
    pub fn build(self) -> BufferedSender {
        let Self { sender, linger, batch_limit, memory_limit } = self;
        // `Semaphore::new` panics above its most permits, and `acquire_many` counts them in a
        // `u32`.
        let most = Semaphore::MAX_PERMITS.min(usize::try_from(u32::MAX).unwrap_or(usize::MAX));
        let memory_limit = memory_limit.clamp(1, most);
        BufferedSender {
            buffers: Arc::new(Buffers::new(sender, linger, batch_limit)),
            memory: Arc::new(Semaphore::new(memory_limit)),
            memory_limit,
        }
    }
}
