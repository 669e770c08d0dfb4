//! The AMQP door: AMQP 1.0 as far as the clients of Event Hubs use it.
//!
//! A module of this crate and no crate of its own: values, frames and performatives are read and
//! written here in the one form that every official client takes, and an application has no use for
//! them. `fe2o3-amqp` and `ntex-amqp`, which have them too, can't serve these clients: the first leaves
//! trailing fields out, which the Python client needs, and overflows its stack on values that are nested
//! some thousand levels deep; the second allocates what a peer announces.

mod address;
mod connection;
mod context;
#[cfg(test)]
mod crowd;
mod encode;
mod failure;
mod frame;
#[cfg(fuzzing)]
pub mod fuzzing;
mod link;
pub(crate) mod message;
#[cfg(any(test, fuzzing))]
pub(crate) mod peer;
mod performative;
mod request;
pub(crate) mod seats;
pub(crate) mod selector;
mod serve;
mod session;
mod submission;
#[cfg(test)]
mod tests;
mod tokens;
mod value;

pub(crate) use failure::Failure;
pub(crate) use serve::accept;
