//! Everything about message bodies that needs more than one module.

#![cfg(test)]

mod captured;
mod construction;
mod context;
mod contract_types;
mod derived;
mod differences;
mod errors;
mod escapes;
mod flags;
mod flat;
mod generation;
mod leniency;
mod leniency_page;
mod memory;
mod neutral;
mod notation;
mod number_text;
mod operation;
mod round_trip;
mod size;
mod summaries;
mod unknown;
mod variants;
mod wrapped;
