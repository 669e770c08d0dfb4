//! What a listener wants to know of an event.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::body::context_line;
use crate::cli::Reading;
use crate::error::Error;
use crate::given::input::Input;

/// An event, as the endpoint shows it.
#[derive(Deserialize)]
struct Event {
    partition: String,
    sequence: i64,
    body_base64: String,
}

/// Prints the line of an event.
pub(super) fn print(line: &[u8]) -> Result<(), Error> {
    let event: Event = serde_json::from_slice(line).map_err(Error::Event)?;
    let body = STANDARD.decode(&event.body_base64);
    let body = body.map_err(|it| Error::Event(serde::de::Error::custom(it)))?;
    let name = format!("event {} of partition {}", event.sequence, event.partition);
    context_line::print(&Input::of(name, body), Reading::default())
}
