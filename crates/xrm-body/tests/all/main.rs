//! Everything about message bodies that needs more than one module.

#![cfg(test)]

mod captured;
mod context;
mod errors;
mod leniency;
mod notation;
mod number_text;
mod round_trip;
mod unknown;
