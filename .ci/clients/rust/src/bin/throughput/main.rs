//! The rates at which clients read events of 1 KB from a local hub while REST senders are at work, beside what
//! each reaches with a bare peer that replays prepared frames.
//!
//! `.ci/clients/throughput` builds and runs it:
//!
//! ```text
//! throughput run XRM_EVENTHUB ROUNDS CLIENT...       the comparison
//! throughput receive AMQP_CONNECTION_STRING EVENTS   fe2o3-amqp as a client
//! ```
//!
//! A CLIENT is `NAME=EVENTS=COMMAND`, a command that is given a connection string and a number of events and
//! prints how many seconds passed between the first and the last of them.

mod peer;
mod receive;
mod rest;
mod rounds;
mod wire;

use std::env;

use xrm_clients::Error;

/// The bytes of an event's body.
const BODY: [u8; 1024] = [b'x'; 1024];

fn main() -> Result<(), Error> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["receive", connection, events] => receive::run(connection, events.parse()?),
        ["run", command, rounds, clients @ ..] => rounds::run(command, rounds.parse()?, clients),
        _ => {
            Err("usage: throughput run XRM_EVENTHUB ROUNDS CLIENT... | receive AMQP EVENTS".into())
        }
    }
}
