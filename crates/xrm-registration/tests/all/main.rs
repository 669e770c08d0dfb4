//! Tests of registrations.

mod endpoint;
mod matching;
mod step;
