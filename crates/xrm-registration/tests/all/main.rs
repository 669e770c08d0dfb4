//! Tests of registrations.

mod captured;
mod context;
mod document;
mod endpoint;
mod matching;
mod operation_document;
mod plugin;
mod solution;
mod step;
