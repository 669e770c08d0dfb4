//! Passwords stay where they are.

use std::error::Error as StdError;

use xrm_jobs::{Error, StoreError, StoreErrorKind};

use crate::database::Database;

crate::tests!(no_error_shows_the_password, no_debug_shows_the_password);

async fn no_error_shows_the_password(database: Database) {
    for (connection, kind) in [
        ("host=127.0.0.1 port=1 user=a password=s3cret", StoreErrorKind::Unavailable),
        ("postgres://a:s3cret@127.0.0.1:1/jobs", StoreErrorKind::Unavailable),
        ("host=127.0.0.1 password=open s3cret=1", StoreErrorKind::Options),
        ("postgres://a:s3cret%@127.0.0.1:x/jobs", StoreErrorKind::Options),
        ("password='s3cret", StoreErrorKind::Options),
    ] {
        let error = database.options().open(connection).await.expect_err("nobody is there");
        assert_eq!(error.store_error().map(StoreError::kind), Some(kind), "{error:?}");
        let shown = shown(&error);
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

/// All that an error and its sources say.
fn shown(error: &Error) -> String {
    let mut shown = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        shown.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    shown
}

async fn no_debug_shows_the_password(database: Database) {
    let connection = format!("{} password=s3cret", database.server);
    let store = database.options().open(&connection).await;
    let shown = format!("{:?}", store.expect("the server asks for no password"));
    assert!(shown.contains(&database.schema) && !shown.contains("s3cret"), "{shown}");
}
