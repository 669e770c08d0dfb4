//! Sequences of performatives, by a peer that may do all and keeps to no order.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| eventhub_local::fuzzing::performatives(bytes));
