//! The forms in which events are printed.

use clap::ValueEnum;
use serde_json::{Value, json};
use xrm_eventhub::MessageFormat;
use xrm_eventhub::body::flat::{Summary, summaries};
use xrm_eventhub::body::{self, EncodeOptions};
use xrm_eventhub::listener::{NoContext, ReceivedContext, ReceivedEvent};

use crate::error::chain;
use crate::terminal::table::printable;
use crate::terminal::time::utc;

/// How an event is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A line for people.
    Table,
    /// What changed, a line of JSON per record, as by `body show`.
    Flat,
    /// The body in JSON, as the platform writes it.
    Json,
    /// The body in XML, as the platform writes it.
    Xml,
    /// The whole event, a line of JSON.
    #[value(skip)]
    Event,
}

/// An event in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    /// The lines of standard output.
    pub(crate) lines: Vec<u8>,
    /// What is remarkable, for standard error.
    pub(crate) notes: Vec<String>,
}

impl Form {
    /// The first line, if there is one.
    pub(crate) fn header(self) -> Option<String> {
        (self == Self::Table).then(|| {
            row("TIME", ["PARTITION", "SEQUENCE", "MESSAGE", "TABLE", "ID"], "CHANGED", &[])
        })
    }

    /// An event with its context, or with the reason why it has none.
    pub(crate) fn print(
        self,
        event: &ReceivedEvent,
        context: Result<&ReceivedContext, &NoContext>,
    ) -> Printed {
        let remarks = remarks(event, context);
        let in_lines = matches!(self, Self::Table | Self::Event);
        let mut lines = Vec::new();
        let mut notes = if in_lines { Vec::new() } else { remarks.clone() };
        match (self, context) {
            (Self::Event, _) => push_json(&mut lines, &event_json(event, context)),
            (Self::Table, Ok(received)) => {
                for summary in summaries(&received.context) {
                    push_line(&mut lines, &summary_row(event, &summary, &remarks));
                }
            }
            (Self::Table, Err(_)) => push_line(&mut lines, &no_context_row(event, &remarks)),
            (Self::Flat, Ok(received)) => {
                for summary in summaries(&received.context) {
                    push_json(&mut lines, &json!(summary));
                }
            }
            (Self::Json, Ok(received)) => {
                push_body(&mut lines, &mut notes, received, MessageFormat::Json);
            }
            (Self::Xml, Ok(received)) => {
                push_body(&mut lines, &mut notes, received, MessageFormat::Xml);
            }
            (Self::Flat | Self::Json | Self::Xml, Err(_)) => {}
        }
        let place = format!("event {} of partition {}", event.sequence_number, event.partition);
        let notes = notes.into_iter().map(|it| format!("{place}: {it}")).collect();
        Printed { lines, notes }
    }
}

/// What a reader has to know of an event beside its content.
fn remarks(event: &ReceivedEvent, context: Result<&ReceivedContext, &NoContext>) -> Vec<String> {
    let mut remarks = Vec::new();
    match context {
        Ok(received) if received.trimmed => {
            remarks.push("trimmed because it was too large: query the record by its id".to_owned());
        }
        Ok(_) => {}
        Err(error) => remarks.push(format!("no context: {}", chain(error))),
    }
    if event.seen_before {
        let attempt = event.sender_attempt().map(|it| format!(", attempt {it} of its sender"));
        remarks.push(format!("seen before{}", attempt.unwrap_or_default()));
    }
    remarks
}

/// A line in columns as wide as most of their cells: a following command can't know the widest.
fn row(time: &str, cells: [&str; 5], changed: &str, remarks: &[String]) -> String {
    let [partition, sequence, message, table, id] = cells.map(printable);
    let mut line = format!(
        "{time:<20}  {partition:<9}  {sequence:>8}  {message:<21}  {table:<16}  {id:<36}  {}",
        printable(changed)
    );
    for remark in remarks {
        line.push_str(&format!("  ({})", printable(remark)));
    }
    line.trim_end().to_owned()
}

fn summary_row(event: &ReceivedEvent, summary: &Summary, remarks: &[String]) -> String {
    let (message, table) = (summary.message.as_deref(), summary.table.as_deref());
    let id = if summary.id.is_nil() { String::new() } else { summary.id.to_string() };
    let sequence = event.sequence_number.to_string();
    let cells =
        [&*event.partition, &sequence, message.unwrap_or_default(), table.unwrap_or_default(), &id];
    row(&utc(event.enqueued_time), cells, &changed(summary), remarks)
}

fn no_context_row(event: &ReceivedEvent, remarks: &[String]) -> String {
    let sequence = event.sequence_number.to_string();
    let cells = [&*event.partition, &sequence, "", "", ""];
    row(&utc(event.enqueued_time), cells, &format!("{} bytes", event.body.len()), remarks)
}

/// The names of the columns that changed, up to a few.
fn changed(summary: &Summary) -> String {
    const SHOWN: usize = 4;

    let names: Vec<_> = summary.changes.iter().map(|it| it.column.as_str()).collect();
    match names.split_at_checked(SHOWN) {
        Some((shown, more @ [_, ..])) => format!("{}, {} more", shown.join(", "), more.len()),
        _ => names.join(", "),
    }
}

fn event_json(event: &ReceivedEvent, context: Result<&ReceivedContext, &NoContext>) -> Value {
    let mut json = json!(*event.event);
    json["seen_before"] = event.seen_before.into();
    match context {
        Ok(received) => {
            json["trimmed"] = received.trimmed.into();
            json["records"] = json!(summaries(&received.context));
        }
        Err(error) => json["no_context"] = chain(error).into(),
    }
    json
}

fn push_line(lines: &mut Vec<u8>, line: &str) {
    lines.extend_from_slice(line.as_bytes());
    lines.push(b'\n');
}

fn push_json(lines: &mut Vec<u8>, value: &Value) {
    push_line(lines, &value.to_string());
}

/// The body in a format, on one line.
fn push_body(
    lines: &mut Vec<u8>,
    notes: &mut Vec<String>,
    received: &ReceivedContext,
    format: MessageFormat,
) {
    let start = lines.len();
    match body::encode_with(&received.context, &EncodeOptions::new(format), lines) {
        Ok(()) => lines.push(b'\n'),
        Err(error) => {
            lines.truncate(start);
            notes.push(format!("it can't be written as {format}: {}", chain(&error)));
        }
    }
}

#[cfg(test)]
mod tests {
    use xrm_eventhub::listener::Event;

    use super::*;

    fn event(body: &str) -> ReceivedEvent {
        let time = "2026-01-05T08:00:00Z".parse().unwrap();
        ReceivedEvent::new(Event::new("3", 42, time, body.to_owned()))
    }

    fn printed(form: Form, event: &ReceivedEvent) -> (String, Vec<String>) {
        let context = event.decode();
        let Printed { lines, notes } = form.print(event, context.as_ref());
        (String::from_utf8(lines).unwrap(), notes)
    }

    const CREATE: &str = r#"{"InputParameters":[{"key":"Target","value":{"__type":"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Attributes":[{"key":"name","value":"Contoso"}],"LogicalName":"account"}}],"MessageName":"Create","PrimaryEntityName":"account"}"#;

    #[test]
    fn a_line_says_what_happened_and_what_is_remarkable() {
        let (line, notes) = printed(Form::Table, &event(CREATE));
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words, ["2026-01-05T08:00:00Z", "3", "42", "Create", "account", "name"]);
        assert_eq!(notes, [] as [&str; 0]);
        let mut copy = event("hello\u{1b}[31m");
        copy.seen_before = true;
        let (line, _) = printed(Form::Table, &copy);
        let end = "10 bytes  (no context: the body is neither JSON nor XML)  (seen before)\n";
        assert!(line.ends_with(end), "{line}");
    }

    #[test]
    fn bodies_are_printed_in_either_format() {
        let (json, _) = printed(Form::Json, &event(CREATE));
        assert_eq!(json, format!("{CREATE}\n"));
        let (xml, _) = printed(Form::Xml, &event(CREATE));
        assert!(xml.starts_with("<RemoteExecutionContext ") && xml.ends_with(">\n"), "{xml}");
        let (none, notes) = printed(Form::Json, &event("hello"));
        assert_eq!(none, "");
        let note = "event 42 of partition 3: no context: the body is neither JSON nor XML";
        assert_eq!(notes, [note]);
    }

    #[test]
    fn programs_get_the_event_and_what_is_in_it() {
        let (line, notes) = printed(Form::Event, &event(CREATE));
        let json: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&json["sequence"], &json["partition"]), (&json!(42), &json!("3")));
        assert_eq!(json["records"][0]["table"], "account");
        assert_eq!((&json["trimmed"], &json["seen_before"]), (&json!(false), &json!(false)));
        assert_eq!(notes, [] as [&str; 0]);
        let (line, _) = printed(Form::Event, &event("hello"));
        let json: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(json["no_context"], "the body is neither JSON nor XML");
        assert_eq!(json["body_base64"], "aGVsbG8=");
    }

    #[test]
    fn many_columns_are_counted() {
        let columns: Vec<_> =
            (0..6).map(|it| format!(r#"{{"key":"c{it}","value":{it}}}"#)).collect();
        let body = CREATE.replace(r#"{"key":"name","value":"Contoso"}"#, &columns.join(","));
        let (line, _) = printed(Form::Table, &event(&body));
        assert!(line.ends_with("  c0, c1, c2, c3, 2 more\n"), "{line}");
    }
}
