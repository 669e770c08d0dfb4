//! The wish of somebody outside that the process end.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for Ctrl-C and SIGTERM, from its making on.
#[cfg(unix)]
pub(crate) struct Shutdown {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl Shutdown {
    pub(crate) fn listen() -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { interrupt, terminate })
    }

    /// Waits for the first of them.
    pub(crate) async fn asked(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Listens for Ctrl-C, from its making on.
#[cfg(windows)]
pub(crate) struct Shutdown(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Shutdown {
    pub(crate) fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// Waits for it.
    pub(crate) async fn asked(mut self) {
        // `None` would mean that no signal can come any more.
        let _ = self.0.recv().await;
    }
}
