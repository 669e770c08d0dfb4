//! Bytes of a peer that may be anything: values, messages, frames.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| eventhub_local::fuzzing::frames(bytes));
