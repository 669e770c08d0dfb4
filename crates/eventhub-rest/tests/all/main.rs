//! All integration tests of `eventhub-rest`, as one binary.
#![cfg(test)]

mod batch;
#[cfg(feature = "sender")]
mod buffered;
#[cfg(feature = "reqwest")]
mod client;
#[cfg(feature = "manage")]
mod curl;
mod event;
#[cfg(all(feature = "reqwest", feature = "sender"))]
mod faults;
mod form;
#[cfg(feature = "reqwest")]
mod header_names;
mod hub;
#[cfg(feature = "manage")]
mod manage;
#[cfg(all(feature = "manage", feature = "reqwest"))]
mod manage_client;
mod request;
#[cfg(feature = "sender")]
mod resend;
#[cfg(all(feature = "manage", feature = "reqwest"))]
mod revocation;
#[cfg(feature = "sender")]
mod script;
#[cfg(feature = "sender")]
mod sender;
#[cfg(feature = "reqwest")]
mod server;
mod transport;
mod verdict;

use azure_sas::{ConnectionString, Resource, SharedAccessKey, Signer, Token};
use chrono::{DateTime, Utc};
use eventhub_rest::Hub;

const KEY: &str = "bm90LWEtcmVhbC1rZXk=";

/// The time so many seconds after the Unix epoch.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn hub(endpoint: &str) -> Hub {
    Hub::new(endpoint.parse().unwrap(), "orders").unwrap()
}

/// A hub of a local emulator, spoken to in plain text.
fn local_hub(port: u16) -> Hub {
    let text = format!(
        "Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=send;SharedAccessKey={KEY};\
         EntityPath=orders;UseDevelopmentEmulator=true"
    );
    Hub::try_from(&text.parse::<ConnectionString>().unwrap()).unwrap()
}

fn token(resource: &Resource) -> Token {
    let signer = Signer::new("send", &SharedAccessKey::new(KEY).unwrap()).unwrap();
    signer.sign(resource, at(1_767_225_600))
}
