//! Whatever is asked of a store, it answers as the store in memory does.
//!
//! The input is the seed of the randomness from which the calls are made, by the strategies of the
//! store's own property test.

#![no_main]

#[path = "../../crates/xrm-jobs/tests/all/model.rs"]
mod model;

use libfuzzer_sys::fuzz_target;
use pollster::block_on;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use xrm_fuzz::store::Store;

fuzz_target!(|random: &[u8]| {
    // A seed and not the numbers themselves: proptest divides such among its strategies, and gives
    // zeros where they end, from which choosing out of a range never does.
    let mut seed = [0_u8; 32];
    for (place, byte) in random.iter().enumerate() {
        let folded = &mut seed[place % 32];
        *folded = folded.rotate_left(3) ^ byte;
    }
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let Ok(calls) = model::operations().new_tree(&mut runner) else { return };
    let store = Store::empty();
    block_on(model::compare(store.jobs(), calls.current()));
});
