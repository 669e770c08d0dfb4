//! Tests of registrations.

mod endpoint;
mod step;
