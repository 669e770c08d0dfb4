//! Prints the events that are wanted, and ends the command when there are enough.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use xrm_eventhub::listener::{NoContext, ReceivedContext, ReceivedEvent, Stop};

use super::form::{Form, Printed};
use super::status::StatusLine;
use crate::error::Error;
use crate::terminal::output;

/// Which events are printed, and how.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) messages: Vec<String>,
    pub(super) tables: Vec<String>,
    pub(super) form: Form,
}

impl Wanted {
    /// Names have no case on the command line. What is no context has neither message nor table.
    fn holds(&self, context: Result<&ReceivedContext, &NoContext>) -> bool {
        let Ok(received) = context else {
            return self.messages.is_empty() && self.tables.is_empty();
        };
        let is_one = |names: &[String], name: Option<&str>| {
            names.is_empty()
                || name.is_some_and(|it| names.iter().any(|name| name.eq_ignore_ascii_case(it)))
        };
        is_one(&self.messages, received.context.message_name.as_deref())
            && is_one(&self.tables, received.context.primary_entity_name.as_deref())
    }
}

/// The handler of the command.
pub(super) struct Printer {
    wanted: Wanted,
    max: Option<u64>,
    status: StatusLine,
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    printed: u64,
    /// Why nothing more can be printed.
    failed: Option<Error>,
}

impl Printer {
    pub(super) fn new(wanted: Wanted, max: Option<u64>, title: &str) -> Self {
        let status = StatusLine::new(title);
        let ended = Notify::new();
        Self { wanted, max, status, state: Mutex::default(), ended }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints an event, if it is wanted. One that may not be printed any more ends the listener, and is not
    /// handled: with a store, it is the first of the next run.
    pub(super) fn print(&self, event: &ReceivedEvent) -> Result<(), Stop> {
        // Locked until the end: partitions are handled concurrently, and lines are printed one by one.
        let mut state = self.state();
        if state.failed.is_some() || self.max == Some(state.printed) {
            return Err(Stop);
        }
        self.status.received(&event.partition, event.lag);
        let context = event.decode();
        let context = context.as_ref();
        if !self.wanted.holds(context) {
            return Ok(());
        }
        let is_first = state.printed == 0;
        let header = self.wanted.form.header().filter(|_| is_first);
        let printed = self.wanted.form.print(event, context);
        if let Err(error) = self.status.aside(|| write(header, &printed)) {
            state.failed = Some(error);
            return Err(Stop);
        }
        state.printed += 1;
        if self.max == Some(state.printed) {
            self.ended.notify_one();
        }
        Ok(())
    }

    /// Waits until enough was printed.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Clears the status line, and returns why printing failed, if it did.
    pub(super) fn finish(&self) -> Result<(), Error> {
        self.status.clear();
        self.state().failed.take().map_or(Ok(()), Err)
    }
}

fn write(header: Option<String>, printed: &Printed) -> Result<(), Error> {
    if let Some(header) = header {
        output::line(&header)?;
    }
    output::bytes(&printed.lines)?;
    printed.notes.iter().for_each(output::note_printable);
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use xrm_eventhub::listener::Event;

    use super::*;

    #[test]
    fn messages_and_tables_select_contexts() {
        let wanted = |messages: &[&str], tables: &[&str]| {
            let owned = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
            Wanted { messages: owned(messages), tables: owned(tables), form: Form::Flat }
        };
        let body = r#"{"MessageName":"Update","PrimaryEntityName":"account"}"#;
        let context = Event::new("0", 0, DateTime::UNIX_EPOCH, body).decode().unwrap();
        for (messages, tables, is_wanted) in [
            (&[][..], &[][..], true),
            (&["update"], &[], true),
            (&["Create", "Update"], &["Account"], true),
            (&["Create"], &[], false),
            (&["Update"], &["contact"], false),
        ] {
            assert_eq!(wanted(messages, tables).holds(Ok(&context)), is_wanted, "{messages:?}");
        }
        let none = Event::new("0", 0, DateTime::UNIX_EPOCH, "hello").decode().unwrap_err();
        assert!(wanted(&[], &[]).holds(Err(&none)));
        assert!(!wanted(&["Update"], &[]).holds(Err(&none)));
    }
}
