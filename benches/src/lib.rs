//! What the benchmarks measure, and what they measure it against.
//!
//! [`Body`] makes the contexts. [`baseline`] reads and writes the same bodies with the general
//! libraries that one would take otherwise.

pub mod baseline;
mod body;

pub use body::{Body, nested_account_updates};
