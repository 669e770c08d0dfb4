//! `PostgresJobStore` against a server, which the environment variable `XRM_EVENTHUB_TEST_POSTGRES`
//! names by a connection string. Without it, each test is listed as ignored.
//!
//! `.ci/with-postgres` starts a server for a command and sets the variable. Each test has a schema
//! of its own, so that they may run side by side, and drops it in the end.

mod backlog;
mod clock;
mod concurrency;
mod database;
mod enqueue;
mod lost_connection;
#[path = "../all/model.rs"]
mod model;
mod notifications;
mod opening;
mod payload;
mod probe;
mod proxy;
mod secrets;
mod side_by_side;
mod tls;
mod unreadable;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use xrm_jobs::conformance::{RULES, operations};

use database::Database;

/// Names the server.
const VARIABLE: &str = "XRM_EVENTHUB_TEST_POSTGRES";

/// The tests of a module, by their names.
type Tests = &'static [(&'static str, fn(Database) -> Run)];

/// A test under way.
type Run = std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// Lists the tests of a module.
macro_rules! tests {
    ($($test:ident),+ $(,)?) => {
        pub(crate) const TESTS: crate::Tests =
            &[$((stringify!($test), |database| Box::pin($test(database)))),+];
    };
}
pub(crate) use tests;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let server = env::var(VARIABLE).ok();
    let rules = RULES.iter().chain(operations::RULES).map(|(name, rule)| {
        trial(&server, format!("conformance::{name}"), move |database| {
            Box::pin(async move { rule(&database.store().await).await })
        })
    });
    let modules = [
        ("backlog", backlog::TESTS),
        ("clock", clock::TESTS),
        ("concurrency", concurrency::TESTS),
        ("enqueue", enqueue::TESTS),
        ("lost_connection", lost_connection::TESTS),
        ("notifications", notifications::TESTS),
        ("opening", opening::TESTS),
        ("payload", payload::TESTS),
        ("probe", probe::TESTS),
        ("secrets", secrets::TESTS),
        ("side_by_side", side_by_side::TESTS),
        ("tls", tls::TESTS),
        ("unreadable", unreadable::TESTS),
    ];
    let tests = modules.into_iter().flat_map(|(module, tests)| {
        let server = &server;
        tests.iter().map(move |(name, test)| trial(server, format!("{module}::{name}"), test))
    });
    let trials: Vec<_> = rules.chain(tests).collect();
    if server.is_none() && !arguments.list {
        skip(&trials);
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn skip(trials: &[Trial]) {
    for trial in trials {
        say(&format!("SKIPPED, for {VARIABLE} is not set: {}", trial.name()));
    }
}

#[expect(clippy::print_stdout, reason = "a test that is not run must not look like one that is")]
fn say(line: &str) {
    println!("{line}");
}

fn trial(
    server: &Option<String>,
    name: String,
    test: impl Fn(Database) -> Run + Send + 'static,
) -> Trial {
    let Some(server) = server.clone() else {
        return Trial::test(name, || Ok(())).with_ignored_flag(true);
    };
    Trial::test(name, move || {
        database::in_a_schema(&server, test);
        Ok(())
    })
}
