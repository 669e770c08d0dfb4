//! Tests of registrations.

mod captured;
mod context;
mod document;
mod endpoint;
mod matching;
mod pipeline;
mod plugin;
mod step;
