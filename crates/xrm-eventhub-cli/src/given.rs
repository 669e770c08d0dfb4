//! What a command is given: inputs, documents, secrets in the environment, job stores; and the files
//! that it writes.

pub(crate) mod amqp;
pub(crate) mod client;
pub(crate) mod document;
pub(crate) mod environment;
pub(crate) mod file;
pub(crate) mod input;
pub(crate) mod listener_store;
pub(crate) mod solution;
pub(crate) mod store;
