//! What can't be built.

use std::error::Error as _;
use std::time::Duration;

use xrm_eventhub::{ConnectionString, Error, MessageFormat, Publisher};

use crate::fixture::{Script, builder, connection};

fn parse(text: &str) -> ConnectionString {
    text.parse().expect("a connection string")
}

#[test]
fn a_connection_string_must_name_the_hub() {
    let namespace = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=send;\
                     SharedAccessKey=c2VjcmV0";
    for (path, reason) in [
        ("", "the connection string names no hub (EntityPath)"),
        (";EntityPath=a/b", "the hub's name contains a character that is not allowed there"),
    ] {
        let connection = parse(&format!("{namespace}{path}"));
        let error = Publisher::builder(connection).transport(Script::new([])).build().unwrap_err();
        assert!(matches!(error, Error::Hub(_)), "{error:?}");
        assert_eq!(error.source().unwrap().to_string(), reason);
    }
}

#[test]
fn a_token_must_outlive_its_margin() {
    for (lifetime, margin) in [(60, 60), (0, 0)] {
        let error = builder(connection())
            .token_lifetime(Duration::from_secs(lifetime))
            .token_margin(Duration::from_secs(margin))
            .transport(Script::new([]))
            .build()
            .unwrap_err();
        assert!(matches!(error, Error::TokenRenewal(_)), "{error:?}");
    }
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let publisher = Publisher::builder(connection()).transport(Script::new([])).build().unwrap();
    assert_eq!(publisher.message_format(), MessageFormat::Json);
    assert_eq!(publisher.hub().name(), "accounts");
}

#[cfg(not(feature = "reqwest"))]
#[test]
fn without_a_client_a_transport_must_be_given() {
    let error = Publisher::builder(connection()).build().unwrap_err();
    assert!(matches!(error, Error::NoTransport), "{error:?}");
}

#[cfg(feature = "reqwest")]
#[test]
fn the_client_is_the_default_transport() {
    assert!(Publisher::builder(connection()).build().is_ok());
}
