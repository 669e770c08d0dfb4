//! Whatever is asked of a store, it answers as the store in memory does.
//!
//! The input is the randomness from which the calls are made, by the strategies of the store's own
//! property test.

#![no_main]

#[path = "../../crates/xrm-jobs/tests/all/model.rs"]
mod model;

use libfuzzer_sys::fuzz_target;
use pollster::block_on;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use xrm_fuzz::store::Store;

fuzz_target!(|random: &[u8]| {
    // Random numbers are these bytes, and zeros after them.
    let random = TestRng::from_seed(RngAlgorithm::PassThrough, random);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let Ok(calls) = model::operations().new_tree(&mut runner) else { return };
    let store = Store::empty();
    block_on(model::compare(store.jobs(), calls.current()));
});
