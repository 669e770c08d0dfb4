//! Rust clients of Event Hubs against the local hub: what the checks share.

pub mod amqp;
pub mod event;
pub mod scenario;

/// What went wrong, for whoever runs the check.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
