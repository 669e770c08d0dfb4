//! `body`: message bodies.

mod convert;
pub(crate) mod show;

use clap::Subcommand;

use crate::error::{Error, Exit};

#[derive(Debug, Subcommand)]
pub(crate) enum Body {
    Convert(convert::Convert),
    Show(show::ShowBodies),
}

impl Body {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        match self {
            Self::Convert(it) => it.run(),
            Self::Show(it) => it.run(),
        }
    }
}
