//! The command, run as others run it.

mod amqp;
mod command;
mod convert;
mod dead_letters;
mod durable;
mod explain;
#[cfg(unix)]
mod full_disk;
mod getting_started;
mod hub;
mod jobs;
mod killed_hub;
mod listen;
mod local;
mod network;
mod publish;
mod registration;
mod schedule;
mod show;
mod sign;
mod solution;
mod surface;
mod trigger;
