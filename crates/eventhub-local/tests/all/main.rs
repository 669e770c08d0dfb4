//! The tests of `eventhub-local`, in one binary. A raw TCP client sends byte for byte what a test
//! says, and sees byte for byte what comes back.

mod authorization;
mod batch;
mod client;
mod faults;
mod listening;
mod local_routes;
mod sending;
mod starting;
