//! A connection string that is read can be written with its secret and read as an equal one; and
//! what is shown of it is the same whatever its key.

#![no_main]

use azure_sas::ConnectionString;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match text.parse::<ConnectionString>() {
    Ok(connection) => {
        is_read_again(&connection);
        hides_its_key(&connection);
    }
    Err(error) => assert!(!format!("{error}{error:?}").is_empty()),
});

fn is_read_again(connection: &ConnectionString) {
    let again = connection.to_secret_string().parse::<ConnectionString>();
    assert!(again.is_ok_and(|again| again == *connection), "its own text reads otherwise");
}

fn hides_its_key(connection: &ConnectionString) {
    if connection.key().is_none() {
        return;
    }
    // What is shown is a connection string too, with another word for the key.
    let shown = connection.to_string();
    let other: ConnectionString = shown.parse().expect("what is shown is well-formed");
    assert_eq!(other.to_string(), shown);
    assert_eq!(format!("{other:?}"), format!("{connection:?}"));
}
