//! The tests of `xrm-jobs`, in one binary.

mod altered;
mod async_operation;
mod conformance;
mod diagnosis;
mod earlier;
mod enqueue;
mod export;
mod failures;
mod memory;
mod model;
mod moves;
mod operations;
mod ownership;
mod schedule;
mod sqlite;
mod status;
mod wrong_count;
