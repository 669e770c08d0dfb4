//! What the command is given: files, environment variables, stores.

pub(crate) mod document;
pub(crate) mod environment;
pub(crate) mod file;
pub(crate) mod input;
pub(crate) mod solution;
pub(crate) mod store;
