//! All integration tests of `azure-sas`, as one binary.
#![cfg(test)]

mod connection_string;
mod credential;
mod explain;
mod renewal;
mod resource;
mod secrecy;
mod signature;
mod signing;
mod vectors;

use chrono::{DateTime, Utc};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a time that chrono knows")
}
