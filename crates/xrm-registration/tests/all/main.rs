//! Tests of registrations.

mod captured;
mod context;
mod diff;
mod document;
mod endpoint;
mod matching;
mod operation_document;
mod pipeline;
mod plugin;
mod schema;
mod solution;
mod step;
