//! The progress of long work.

use indicatif::{ProgressBar, ProgressStyle};
use xrm_jobs::operations::Selection;
use xrm_jobs::{JobQuery, JobStore};

use crate::error::Error;

/// A bar on standard error while it lives, if that is a terminal.
pub(crate) struct ProgressLine(ProgressBar);

impl ProgressLine {
    pub(crate) async fn over(store: &dyn JobStore, selection: &Selection) -> Result<Self, Error> {
        match selection {
            Selection::Ids(ids) => Ok(Self::with_total(ids.len() as u64)),
            Selection::All(query) => Self::over_query(store, query).await,
            _ => Ok(Self(ProgressBar::hidden())),
        }
    }

    pub(crate) async fn over_query(store: &dyn JobStore, query: &JobQuery) -> Result<Self, Error> {
        let bar = ProgressBar::no_length();
        // Counting the jobs of a large store takes time: not where nobody sees the bar.
        if bar.is_hidden() {
            return Ok(Self(bar));
        }
        let counts = store.count(query.clone()).await?;
        Ok(Self::with_total(counts.values().sum()))
    }

    fn with_total(total: u64) -> Self {
        let bar = ProgressBar::new(total);
        let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} jobs, {eta}");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// The line of work whose end is not known.
    pub(crate) fn endless() -> Self {
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{spinner} {human_pos} jobs");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner())))
    }

    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
