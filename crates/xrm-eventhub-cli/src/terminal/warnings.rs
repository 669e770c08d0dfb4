//! What the libraries warn of while a command goes on, told to the person at the terminal: that a
//! store fails and is waited for, above all.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::terminal::output;

/// Tells what is warned of from now on. The same again, one after the other, is told once.
pub(crate) fn tell() {
    // Nothing else in this process listens, so it can't fail.
    let _ = tracing::subscriber::set_global_default(Teller::new(|text| output::note(text)));
}

struct Teller<F> {
    tell: F,
    last: Mutex<String>,
}

impl<F: Fn(&str)> Teller<F> {
    fn new(tell: F) -> Self {
        Self { tell, last: Mutex::default() }
    }
}

impl<F: Fn(&str) + 'static> Subscriber for Teller<F> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_ours = metadata.target().starts_with("xrm_eventhub");
        is_ours && metadata.is_event() && *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != text.0 {
            (self.tell)(&text.0);
            *last = text.0;
        }
    }

    // Spans are not enabled, so nothing is ever asked about one.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message, and after it what comes with it, as the causes of errors stand.
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
            // A string takes whatever is written to it.
            let _ = write!(self.0, ": {value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_warning_is_a_line_and_is_told_once_in_a_row() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&told);
        let teller = Teller::new(move |text| lines.lock().unwrap().push(text.to_owned()));
        let failed = |error| {
            tracing::warn!(error = %error, source = Some("disk"), "an outcome was lost");
        };
        tracing::subscriber::with_default(teller, || {
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
        assert_eq!(*told.lock().unwrap(), expected);
    }
}
