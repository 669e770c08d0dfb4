//! Tests of registrations.

mod captured;
mod context;
mod endpoint;
mod matching;
mod step;
