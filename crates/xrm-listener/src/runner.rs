//! Runs a listener: the tasks of the partitions that it owns, and the ownership itself.

mod crew;
mod handling;
mod partition;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::pin;
use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::warn;

pub(crate) use self::handling::{contexts, events};

use self::crew::Crew;
use self::handling::Handle;
use crate::error::{Error, chain};
use crate::listener::{Counts, Listener, Options, Report};
use crate::retry::{Next, RetryPolicy};
use crate::seen::Seen;
use crate::source::EventSource;

/// The waits between attempts to reach a hub or a store.
const RECONNECT: RetryPolicy =
    RetryPolicy::forever().waits(Duration::from_millis(200), Duration::from_secs(30));

/// What the tasks of one run share.
struct Shared {
    source: Arc<dyn EventSource>,
    options: Arc<Options>,
    handle: Handle,
    counts: Counts,
    seen: Mutex<Seen>,
    /// How many more events may be handled, if that is limited.
    left: Option<AtomicU64>,
    /// Notified when no more events may be handled, or a handler ends the listener.
    enough: Notify,
}

impl Shared {
    fn now(&self) -> DateTime<Utc> {
        (self.options.clock)()
    }

    /// The wait before the next attempt to reach what failed so many times in a row.
    fn reconnect_after(&self, failures: u32) -> Duration {
        match RECONNECT.after(failures, (self.options.randomness)()) {
            Next::Retry(wait) => wait,
            Next::DeadLetter => Duration::ZERO,
        }
    }

    /// Takes one of the events that may be handled.
    fn take(&self) -> bool {
        let Some(left) = &self.left else { return true };
        let taken =
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1)).is_ok();
        if !taken {
            self.enough.notify_one();
        }
        taken
    }

    /// Notes that an event was handled, whatever came of it.
    fn done(&self) {
        let is_last = self.left.as_ref().is_some_and(|it| it.load(Ordering::Relaxed) == 0);
        if is_last {
            self.enough.notify_one();
        }
    }
}

pub(crate) async fn run(
    listener: &Listener,
    handle: Handle,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<Report, Error> {
    let Listener { source, options } = listener;
    let shared = Arc::new(Shared {
        source: Arc::clone(source),
        options: Arc::clone(options),
        handle,
        counts: Counts::default(),
        seen: Mutex::new(Seen::new(options.remembered)),
        left: options.max_events.map(AtomicU64::new),
        enough: Notify::new(),
    });
    pin!(shutdown);
    let ended = async {
        tokio::select! {
            () = &mut shutdown => {}
            () = shared.enough.notified() => {}
        }
    };
    pin!(ended);
    let result = tokio::select! {
        biased;
        partitions = partitions(&shared) => match partitions {
            Ok(partitions) => Crew::new(&shared, partitions).work(ended.as_mut()).await,
            Err(error) => Err(error),
        },
        () = &mut ended => Ok(()),
    };
    source.close().await;
    result.map(|()| shared.counts.report())
}

/// The partitions to receive from. An unreachable hub is tried again.
async fn partitions(shared: &Shared) -> Result<Vec<String>, Error> {
    let mut failures = 0;
    let all = loop {
        match shared.source.partitions().await {
            Ok(partitions) => break partitions,
            Err(error) if error.is_transient() => {
                failures += 1;
                let wait = shared.reconnect_after(failures);
                warn!(error = chain(&error), "the hub can't be reached, and is tried again");
                sleep(wait).await;
            }
            Err(error) => return Err(error.into()),
        }
    };
    let Some(wanted) = &shared.options.partitions else { return Ok(all) };
    match wanted.iter().find(|it| !all.contains(it)) {
        Some(name) => Err(Error::NoPartition { name: name.clone(), partitions: all }),
        None => Ok(wanted.clone()),
    }
}
