//! The last line of the terminal while the command listens.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

/// A line on standard error with the number of events and the lag, if that is a terminal.
pub(super) struct StatusLine {
    bar: ProgressBar,
    /// The lag of each partition.
    lags: Mutex<BTreeMap<String, u64>>,
}

impl StatusLine {
    pub(super) fn new(title: &str) -> Self {
        let style = ProgressStyle::with_template("{prefix}: {pos} events, {msg}");
        let bar = ProgressBar::no_length()
            .with_style(style.expect("the template is well-formed"))
            .with_prefix(title.to_owned())
            .with_message("waiting");
        bar.tick();
        Self { bar, lags: Mutex::default() }
    }

    /// Counts an event.
    pub(super) fn received(&self, partition: &str, lag: Option<u64>) {
        self.bar.inc(1);
        let Some(lag) = lag else { return };
        let mut lags = self.lags.lock().unwrap_or_else(PoisonError::into_inner);
        lags.insert(partition.to_owned(), lag);
        self.bar.set_message(text(lags.values().sum()));
    }

    /// Prints something above the line.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn text(lag: u64) -> String {
    match lag {
        0 => "up to date".to_owned(),
        lag => format!("lag {lag}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_is_the_sum_over_the_partitions() {
        let status = StatusLine::new("accounts");
        status.received("0", Some(3));
        status.received("1", Some(4));
        assert_eq!(status.bar.message(), "lag 7");
        status.received("0", Some(0));
        status.received("1", Some(0));
        status.received("1", None);
        assert_eq!((status.bar.message(), status.bar.position()), ("up to date".to_owned(), 5));
    }
}
