//! `sas`: shared access signatures.

mod explain;
mod sign;

use clap::Subcommand;

use crate::error::{Error, Exit};

#[derive(Debug, Subcommand)]
pub(crate) enum Sas {
    Sign(sign::Sign),
    Explain(explain::ExplainToken),
}

impl Sas {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        match self {
            Self::Sign(it) => it.run(),
            Self::Explain(it) => it.run(),
        }
    }
}
