//! `local`: the local hub.

pub(crate) mod events;
pub(crate) mod serve;
