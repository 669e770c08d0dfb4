//! The tests of `eventhub-local`, in one binary. A raw TCP client sends byte for byte what a test
//! says, and sees byte for byte what comes back.

mod authorization;
mod batch;
mod client;
mod data;
mod fault_plans;
mod faults;
mod listening;
mod local_routes;
mod management;
mod publishers;
mod retention;
mod rules;
mod sending;
mod starting;
mod tls;
