//! Tests of registrations.

mod captured;
mod context;
mod diff;
mod document;
mod endpoint;
mod images;
mod matching;
mod operation_document;
mod page;
mod pipeline;
mod plugin;
mod schema;
mod solution;
mod step;
