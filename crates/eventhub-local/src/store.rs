//! The folder that keeps a local hub: what is written there, and how it is read back.
//!
//! ```text
//! DIR/lock                     locked by the local hub that uses the folder
//! DIR/namespace                hubs, policies, consumer groups: one record, replaced as a whole
//! DIR/hubs/1/00000000.log      events of the hub with the number 1: a segment for each range of arrivals
//! ```
//!
//! `record`, `segment` and `state` decide about bytes and do no I/O; `events` and `folder` move bytes
//! between them and files. Every record has checksums. If a process was killed while it wrote,
//! the log ends in an incomplete record. It was never acknowledged, so it is cut off. Everything else that
//! can't be read is damage, and the local hub does not start, because acknowledged events would be missing
//! without notice.

mod events;
mod folder;
mod record;
mod segment;
mod state;

pub(crate) use events::{EventFiles, Options};
pub(crate) use folder::Folder;
pub use folder::TornTail;
pub(crate) use state::{HubState, PolicyState, State};
