//! The command, run as others run it.

mod command;
mod convert;
mod durable;
mod explain;
mod getting_started;
mod hub;
mod jobs;
mod local;
mod publish;
mod registration;
mod show;
mod sign;
mod solution;
mod surface;
mod trigger;
