//! The progress of long work.

use indicatif::{ProgressBar, ProgressStyle};
use xrm_jobs::JobStore;
use xrm_jobs::operations::Selection;

use crate::error::Error;

/// A bar on standard error while it lives, if that is a terminal.
pub(crate) struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// The line of work on selected jobs.
    pub(crate) async fn over(store: &dyn JobStore, selection: &Selection) -> Result<Self, Error> {
        let bar = ProgressBar::no_length();
        // Only where somebody sees the bar: counting the jobs of a large store takes time.
        if !bar.is_hidden() {
            bar.set_length(match selection {
                Selection::Ids(ids) => ids.len() as u64,
                Selection::All(query) => store.count((**query).clone()).await?.values().sum(),
                _ => 0,
            });
        }
        Ok(Self::styled(bar, "{bar:40} {human_pos} of {human_len} jobs, {eta}"))
    }

    /// The line of work whose end is not known.
    pub(crate) fn endless() -> Self {
        Self::styled(ProgressBar::no_length(), "{spinner} {human_pos} jobs")
    }

    fn styled(bar: ProgressBar, template: &str) -> Self {
        let style = ProgressStyle::with_template(template).expect("the template is well-formed");
        Self(bar.with_style(style))
    }

    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        // Cleared, and not left at 100 %: after an error it would claim what was not done.
        self.0.finish_and_clear();
    }
}
