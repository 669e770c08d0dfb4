//! Requests from outside that the process end.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, OrError as _};

const FAILED: &str = "signals can't be waited for";

/// Listens for Ctrl-C and SIGTERM from its creation on, so that a signal that arrives before
/// `requested` is awaited is not lost.
#[cfg(unix)]
pub(crate) struct Shutdown {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl Shutdown {
    pub(crate) fn listen() -> Result<Self, Error> {
        let listen = |kind| signal(kind).or_failed(FAILED);
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for the first of them.
    pub(crate) async fn requested(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Listens for Ctrl-C from its creation on.
#[cfg(windows)]
pub(crate) struct Shutdown(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Shutdown {
    pub(crate) fn listen() -> Result<Self, Error> {
        tokio::signal::windows::ctrl_c().map(Self).or_failed(FAILED)
    }

    /// Waits for it.
    pub(crate) async fn requested(mut self) {
        // `None` would mean that no signal can come anymore.
        let _ = self.0.recv().await;
    }
}
