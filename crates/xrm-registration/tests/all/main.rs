//! Tests of registrations.

mod captured;
mod context;
mod document;
mod endpoint;
mod matching;
mod plugin;
mod solution;
mod step;
