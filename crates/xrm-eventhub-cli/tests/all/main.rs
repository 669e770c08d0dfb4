//! The command, run as others run it.

mod command;
mod convert;
mod durable;
mod explain;
mod hub;
mod jobs;
mod local;
mod publish;
mod registration;
mod sign;
mod solution;
mod surface;
