//! `jobs`: system jobs of a store.

mod arguments;
mod care;
mod change;
mod count;
mod groups;
mod list;
mod purge;
mod run;
mod show;
mod transfer;

use clap::Subcommand;
use xrm_jobs::Move;
use xrm_jobs::operations::BulkChange;

use crate::error::{Error, Exit};
use crate::jobs::arguments::STORE;
pub(crate) use crate::jobs::arguments::cause_parser;

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    List(list::ListJobs),
    Show(show::ShowJob),
    Groups(groups::GroupJobs),
    Count(count::CountJobs),
    /// Cancel jobs: at once or, while an attempt is under way, after it.
    #[command(after_help = STORE)]
    Cancel(change::ChangeJobs),
    /// Pause jobs until they are resumed: at once or, during an attempt, after it.
    #[command(after_help = STORE)]
    Pause(change::ChangeJobs),
    /// Let waiting jobs run as soon as a worker is free.
    #[command(after_help = STORE)]
    Resume(change::ChangeJobs),
    /// Take jobs from a worker that is gone, before their leases end.
    ///
    /// A lease that ends far in the future, because the clock of the worker was wrong, keeps its job
    /// from everybody else. If the worker is not gone, its messages may be sent twice.
    #[command(after_help = STORE)]
    Release(change::ChangeJobs),
    Postpone(change::PostponeJobs),
    Retry(change::RetryJobs),
    Export(transfer::ExportJobs),
    Import(transfer::ImportJobs),
    Purge(purge::PurgeJobs),
    Check(care::CheckJobs),
    Salvage(care::SalvageJobs),
    Backup(care::BackUpJobs),
    Run(run::RunJobs),
}

impl Jobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        match self {
            Self::List(it) => it.run().await,
            Self::Show(it) => it.run().await,
            Self::Groups(it) => it.run().await,
            Self::Count(it) => it.run().await,
            Self::Cancel(it) => it.change(BulkChange::Cancel, Move::Cancel).await,
            Self::Pause(it) => it.change(BulkChange::Pause, Move::Pause).await,
            Self::Resume(it) => it.change(BulkChange::Resume, Move::Resume).await,
            Self::Release(it) => it.release().await,
            Self::Postpone(it) => it.run().await,
            Self::Retry(it) => it.run().await,
            Self::Export(it) => it.run().await,
            Self::Import(it) => it.run().await,
            Self::Purge(it) => it.run().await,
            Self::Check(it) => it.run().await,
            Self::Salvage(it) => it.run().await,
            Self::Backup(it) => it.run().await,
            Self::Run(it) => it.run().await,
        }
    }
}
