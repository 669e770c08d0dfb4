//! The tests of `xrm-jobs`, in one binary.

mod block_on;
mod conformance;
mod diagnosis;
mod model;
mod moves;
mod schedule;
mod sqlite;
mod status;
