//! The warnings of the libraries while a command goes on, printed for the person at the terminal:
//! above all that a job store fails, and that the worker waits until it answers again.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::terminal::output;

/// Prints warnings from now on.
pub(crate) fn print() {
    subscriber(|text| output::note(text)).init();
}

fn subscriber(print: impl Fn(&str) + Send + Sync + 'static) -> impl Subscriber + Send + Sync {
    // A target is a module's path, of which the filter compares the start. Nothing else is asked
    // for: those of hyper or sqlx mean nothing to the person at the terminal.
    let ours = ["xrm_eventhub", "xrm_jobs", "xrm_listener"].map(|it| (it, LevelFilter::WARN));
    let warnings = Warnings { print, last: Mutex::default() };
    tracing_subscriber::registry().with(Targets::from_iter(ours)).with(warnings)
}

/// Prints each event as a line. A worker repeats its warning at each attempt, so the same line
/// several times in a row is printed once.
struct Warnings<F> {
    print: F,
    last: Mutex<String>,
}

impl<S: Subscriber, F: Fn(&str) + 'static> Layer<S> for Warnings<F> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != text.0 {
            (self.print)(&text.0);
            *last = text.0;
        }
    }
}

/// The message followed by the fields, as an error is followed by its causes. The formats of
/// tracing-subscriber print the names of fields, and texts in quotes.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.insert_str(0, &format!("{value:?}"));
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(self.0, ": {value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_warning_is_a_line_and_is_printed_once_in_a_row() {
        let printed = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&printed);
        let subscriber = subscriber(move |text| lines.lock().unwrap().push(text.to_owned()));
        let failed = |error| {
            tracing::warn!(error = %error, source = Some("disk"), "an outcome was lost");
        };
        tracing::subscriber::with_default(subscriber, || {
            failed("the storage is full");
            failed("the storage is full");
            tracing::info!("of no matter");
            tracing::warn!(target: "hyper", "nobody asked");
            failed("the storage is locked");
        });
        let expected = [
            "an outcome was lost: the storage is full: disk",
            "an outcome was lost: the storage is locked: disk",
        ];
        assert_eq!(*printed.lock().unwrap(), expected);
    }
}
