//! `jobs show`

use chrono::{DateTime, Utc};
use clap::Args;
use uuid::Uuid;
use xrm_jobs::{AsyncOperation, Payload, Progress, StatusCode, SystemJob};

use crate::error::{Error, Exit};
use crate::jobs::arguments::{JobsArgs, STORE};
use crate::jobs::list::message;
use crate::terminal::output;
use crate::terminal::table::Table;
use crate::terminal::time::{NowArgs, duration, utc, with_age};

/// Show a job in full: what happened, what to check, its attempts and the next one.
///
/// With --json, it is the line that `jobs list` has for it.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct ShowJob {
    #[command(flatten)]
    jobs: JobsArgs,
    /// The job's id.
    #[arg(value_name = "GUID")]
    id: Uuid,
    #[command(flatten)]
    now: NowArgs,
}

impl ShowJob {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let store = self.jobs.store.open_read_only().await?;
        let job = store.get(self.id).await?;
        if self.jobs.form.json {
            output::json(&AsyncOperation::from(&job))?;
        } else {
            let payload = match store.payload(self.id).await {
                Ok(payload) => payload_text(payload.as_ref()),
                Err(xrm_jobs::Error::DamagedPayload { reason, .. }) => format!("damaged: {reason}"),
                Err(error) => return Err(error.into()),
            };
            output::text(&text(&job, payload, self.now.time()))?;
        }
        Ok(Exit::Done)
    }
}

fn text(job: &SystemJob, payload: String, now: DateTime<Utc>) -> String {
    let mut text = facts(job, payload, now).render();
    let failure = LastFailure::new(job.progress());
    section(&mut text, "What happened", &failure.what);
    section(&mut text, "What to check", &failure.check);
    section(&mut text, "Evidence", &failure.evidence);
    section(&mut text, "Attempts", &attempts(job.progress()));
    text
}

/// A titled part of the text, unless its table is empty.
fn section(text: &mut String, title: &str, table: &Table) {
    let table = table.render();
    if !table.is_empty() {
        text.push_str(&format!("\n{title}\n{table}"));
    }
}

fn facts(job: &SystemJob, payload: String, now: DateTime<Utc>) -> Table {
    let (description, progress) = (job.description(), job.progress());
    let mut table = Table::default();
    let mut push = |label: &str, value: Option<String>| {
        if let Some(value) = value.filter(|it| !it.is_empty()) {
            table.push([label.to_owned(), value]);
        }
    };
    let time = |it: Option<DateTime<Utc>>| it.map(|it| with_age(it, now));
    let status = job.status();
    push("Job", Some(job.id().to_string()));
    push("Name", Some(description.name.clone()));
    push("Status", Some(format!("{status} ({}), {}", status.number(), status.state())));
    push("Cause", progress.cause.map(|it| it.id().to_owned()));
    push(
        "Error code",
        progress.error_code.map(|code| match code.name() {
            Some(name) => format!("{code} {name}"),
            None => code.to_string(),
        }),
    );
    push("Next attempt", next_attempt(job, now));
    push("Endpoint", Some(description.endpoint.clone()));
    push("Message", Some(message(job)));
    push("Record", description.regarding_object_id.map(|it| it.to_string()));
    push("Step", description.owning_extension_id.map(|it| it.to_string()));
    push("Owner", description.owner_id.map(|it| it.to_string()));
    push("Created by", description.created_by.map(|it| it.to_string()));
    let correlation = Some(description.correlation_id).filter(|it| !it.is_nil());
    push("Correlation", correlation.map(|it| it.to_string()));
    push("Created", time(Some(description.created_on)));
    push("Started", time(progress.started_on));
    push("Changed", time(Some(progress.modified_on)).filter(|_| progress.completed_on.is_none()));
    push("Completed", time(progress.completed_on));
    push("Message id", Some(description.message_id.to_string()));
    push("Partition key", description.partition_key.clone());
    push("Payload", Some(payload));
    table
}

fn next_attempt(job: &SystemJob, now: DateTime<Utc>) -> Option<String> {
    let due = job.due_on();
    let text = match job.status() {
        StatusCode::WaitingForResources => "as soon as a worker is free".to_owned(),
        StatusCode::Waiting => match due {
            None => "when somebody resumes the job".to_owned(),
            Some(due) if due > now => with_age(due, now),
            Some(due) => format!("as soon as a worker is free, since {}", with_age(due, now)),
        },
        StatusCode::Canceling => "none, whatever becomes of the one under way".to_owned(),
        StatusCode::InProgress | StatusCode::Pausing => {
            let until = due.map(|it| format!(", leased until {}", with_age(it, now)));
            format!("one is under way{}", until.unwrap_or_default())
        }
        _ => return None,
    };
    Some(text)
}

fn payload_text(payload: Option<&Payload>) -> String {
    let Some(payload) = payload else { return "dropped".to_owned() };
    // Its size and not its text: a payload is business data.
    let size = format!("{} bytes", payload.body().len());
    let properties = match payload.properties().len() {
        0 => String::new(),
        1 => ", 1 property".to_owned(),
        count => format!(", {count} properties"),
    };
    match payload.content_type() {
        "" => size + &properties,
        content_type => format!("{size}, {content_type}{properties}"),
    }
}

/// The texts of the last failed attempt, taken apart.
struct LastFailure {
    what: Table,
    check: Table,
    evidence: Table,
}

impl LastFailure {
    fn new(progress: &Progress) -> Self {
        let [mut what, mut check, mut evidence] = [(); 3].map(|()| Table::default().indented(2));
        // The friendly message says what happened, and then has a line for each check.
        for line in progress.friendly_message.iter().flat_map(|it| it.lines()) {
            let checked = line.strip_prefix("Check (").and_then(|it| it.split_once("): "));
            match checked {
                Some((side, text)) => check.push([side.to_owned(), text.to_owned()]),
                None => what.push([line.to_owned()]),
            }
        }
        let message = progress.message.as_deref().unwrap_or_default();
        for (key, value) in facts_of(message) {
            evidence.push([key.to_owned(), value]);
        }
        Self { what, check, evidence }
    }
}

/// The facts of a technical line: `cause: key=value; key=value`.
///
/// A value may contain semicolons too, as the texts of the service do (`SubCode=40103: ...; ...`).
/// So a part that does not start with a key is taken as more of the value before it.
fn facts_of(message: &str) -> Vec<(&str, String)> {
    let Some((_, facts)) = message.split_once(": ") else { return Vec::new() };
    let is_key = |it: &str| {
        !it.is_empty() && it.bytes().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    let mut found: Vec<(&str, String)> = Vec::new();
    for part in facts.split("; ") {
        match (part.split_once('='), found.last_mut()) {
            (Some((key, value)), _) if is_key(key) => found.push((key, value.to_owned())),
            (_, Some((_, value))) => *value += &format!("; {part}"),
            (_, None) => found.push(("", part.to_owned())),
        }
    }
    found
}

fn attempts(progress: &Progress) -> Table {
    let attempts = progress.attempts.attempts();
    if attempts.is_empty() {
        return Table::default();
    }
    let mut table = Table::with_header(&["#", "BEGAN", "TOOK", "HOST", "OUTCOME"]).indented(2);
    for it in attempts {
        let took = it.ended_on.map(|ended| duration(ended.signed_duration_since(it.started_on)));
        let outcome = match (it.ended_on, &it.cause) {
            (None, _) => "under way",
            (_, Some(cause)) => cause.id(),
            (_, None) => "delivered",
        };
        table.push([
            it.number.to_string(),
            utc(it.started_on),
            took.unwrap_or_default(),
            it.host_id.clone(),
            outcome.to_owned(),
        ]);
    }
    // A job keeps its last attempts only, and counts all.
    let kept = u32::try_from(attempts.len()).unwrap_or(u32::MAX);
    if kept < progress.retry_count {
        let forgotten = progress.retry_count - kept;
        table.push([String::new(), format!("{forgotten} more were forgotten")]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technical_line_is_told_apart_into_its_facts() {
        let check = |message: &str, expected: &[(&str, &str)]| {
            let found = facts_of(message);
            let found: Vec<_> = found.iter().map(|(key, value)| (*key, &**value)).collect();
            assert_eq!(found, expected, "{message}");
        };
        check("throttled", &[]);
        check("throttled: status=429", &[("status", "429")]);
        check(
            "other: detail=a=b; SubCode=1; c; hub=x",
            &[("detail", "a=b; SubCode=1; c"), ("hub", "x")],
        );
        check("somebody else's: words; more", &[("", "words; more")]);
    }
}
