//! `schedule`: when jobs are tried again.

mod preview;

use clap::Subcommand;

use crate::error::{Error, Exit};

#[derive(Debug, Subcommand)]
pub(crate) enum Schedule {
    Preview(preview::PreviewSchedule),
}

impl Schedule {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        match self {
            Self::Preview(it) => it.run(),
        }
    }
}
