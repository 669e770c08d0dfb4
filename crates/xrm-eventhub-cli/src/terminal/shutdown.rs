//! Requests from outside that the process end.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Exit, OrError as _};
use crate::terminal::output;

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

    /// Waits for the first of them. The second ends the process at once, whatever it waits for.
    pub(crate) async fn requested(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            output::note(
                "asked to end for the second time: attempts under way are left to other workers",
            );
            std::process::exit(i32::from(Exit::Failed as u8));
        });
    }

    async fn next(&mut self) {
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

    /// Waits for it. The second ends the process at once, whatever it waits for.
    pub(crate) async fn requested(mut self) {
        // `None` would mean that no signal can come anymore.
        let _ = self.0.recv().await;
        tokio::spawn(async move {
            if self.0.recv().await.is_some() {
                output::note(
                    "asked to end for the second time: attempts under way are left to other workers",
                );
                std::process::exit(i32::from(Exit::Failed as u8));
            }
        });
    }
}
