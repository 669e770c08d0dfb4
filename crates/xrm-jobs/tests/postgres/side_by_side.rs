//! Random use, side by side with the store in memory.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::database::Database;
use crate::model;

crate::tests!(it_answers_as_the_store_in_memory_does);

/// How many stores are used at random.
const CASES: usize = 40;

async fn it_answers_as_the_store_in_memory_does(database: Database) {
    // The same cases each time; more of them are tried with the store in a file.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let store = database.store().await;
    for _ in 0..CASES {
        let case = model::operations().new_tree(&mut runner).expect("operations are made");
        database.execute("DELETE FROM {schema}.asyncoperation").await;
        model::compare(&store, case.current()).await;
    }
}
