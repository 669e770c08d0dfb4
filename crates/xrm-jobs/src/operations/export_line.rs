//! The lines of an export: a header, then one line for each job.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::async_operation::AsyncOperation;
use crate::error::ImportReason;
use crate::job::SystemJob;
use crate::payload::Payload;
use crate::store::NewJob;

const FORMAT: &str = "xrm-eventhub-jobs";
const VERSION: u64 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u64,
}

/// A job with its message, to write.
#[derive(Serialize)]
struct Written<'a> {
    job: AsyncOperation,
    message: Option<Message<'a>>,
}

/// A job with its message, as read.
#[derive(Deserialize)]
struct Read {
    job: Map<String, Value>,
    message: Option<Message<'static>>,
}

#[derive(Serialize, Deserialize)]
struct Message<'a> {
    content_type: Cow<'a, str>,
    properties: Cow<'a, [(String, String)]>,
    /// In Base64.
    body: String,
}

pub(super) fn header() -> String {
    let header = Header { format: FORMAT.to_owned(), version: VERSION };
    serde_json::to_string(&header).expect("texts and numbers are JSON")
}

pub(super) fn read_header(line: &[u8]) -> Result<(), ImportReason> {
    match serde_json::from_slice::<Header>(line) {
        Ok(header) if header.format != FORMAT => Err(ImportReason::NotAnExport),
        Ok(Header { version: VERSION, .. }) => Ok(()),
        Ok(Header { version, .. }) => Err(ImportReason::UnknownVersion { version }),
        Err(_) => Err(ImportReason::NotAnExport),
    }
}

/// A line without its end. Without the revision, which is the store's own.
pub(super) fn write(job: &SystemJob, payload: Option<&Payload>) -> String {
    let job = AsyncOperation { revision: None, ..job.into() };
    let message = payload.map(|payload| Message {
        content_type: payload.content_type().into(),
        properties: payload.properties().into(),
        body: BASE64_STANDARD.encode(payload.body()),
    });
    serde_json::to_string(&Written { job, message }).expect("texts and numbers are JSON")
}

/// What a line holds.
pub(super) enum ExportLine {
    Job(Box<NewJob>),
    /// A job whose message was dropped before it was exported.
    WithoutMessage,
}

pub(super) fn read(line: &[u8]) -> Result<ExportLine, ImportReason> {
    let line: Read = serde_json::from_slice(line)
        .map_err(|error| ImportReason::NotJson { column: error.column() })?;
    // The same rules as for a row of the platform's table, so an export may also be written by hand.
    let row = AsyncOperation::from_object(&line.job).map_err(ImportReason::job)?;
    let job = SystemJob::try_from(row).map_err(ImportReason::job)?;
    if !job.status().is_dead() {
        return Err(ImportReason::NotDead { status: job.status() });
    }
    let Some(message) = line.message else { return Ok(ExportLine::WithoutMessage) };
    let body = BASE64_STANDARD.decode(&message.body).map_err(|_| ImportReason::NotBase64)?;
    let payload = Payload::new(message.content_type, body);
    let properties = message.properties.into_owned().into_iter();
    let payload = properties.fold(payload, |it, (name, value)| it.with_property(name, value));
    Ok(ExportLine::Job(Box::new(NewJob::new(job, payload))))
}
