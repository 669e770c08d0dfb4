//! The command, run as others run it.

mod command;
mod convert;
mod local;
mod publish;
mod sign;
mod surface;
