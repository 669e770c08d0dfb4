//! Tests of registrations.

mod endpoint;
