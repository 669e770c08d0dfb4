//! The tests of this crate, one binary.
#![cfg(test)]

mod amqp;
mod balance;
mod once;
mod running;
mod scripted;
mod stores;
