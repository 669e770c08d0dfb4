//! The tests of `xrm-jobs`, in one binary.

mod conformance;
mod diagnosis;
mod moves;
mod schedule;
mod status;
