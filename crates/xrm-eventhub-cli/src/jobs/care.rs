//! `jobs check`, `jobs salvage` and `jobs backup`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use xrm_jobs::operations::{Checked, check};
use xrm_jobs::{Salvaged, SqliteJobStore};

use crate::error::{Error, Exit, OrError as _, exit_codes};
use crate::given::store::{StoreArgs, sqlite_path, stores};
use crate::jobs::arguments::JobsArgs;
use crate::terminal::output;
use crate::terminal::progress::ProgressLine;
use crate::terminal::table::Table;

/// Report what is damaged in a store.
///
/// Every job is read, and every message is compared with its checksum. Of a file of SQLite, the pages
/// and indexes are checked as well, and standard error gets what SQLite finds. Standard output names
/// the jobs that can't be read or whose messages are damaged, the first hundred of them. `jobs
/// salvage` copies what can be read into a new file.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Example:
  xrm-eventhub jobs check --store sqlite:jobs.db

",
    stores!(),
    exit_codes!(
        "nothing is damaged",
        "the store failed",
        "invalid arguments or environment",
        "something is damaged",
    )
))]
pub(crate) struct CheckJobs {
    #[command(flatten)]
    jobs: JobsArgs,
}

/// Copy what can be read of a damaged file of SQLite into a new one.
///
/// Jobs keep their ids, statuses and order. Those whose rows can't be read become Failed jobs with the
/// cause `unreadable_row`; those whose messages are damaged fail when they are due. Stop the workers
/// before, and let them go on with the new file. The damaged one is not changed.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Example:
  xrm-eventhub jobs salvage --store sqlite:jobs.db --to sqlite:saved.db

",
    exit_codes!(
        "everything was copied",
        "a store failed, or not all could be read",
        "invalid arguments",
    )
))]
pub(crate) struct SalvageJobs {
    #[command(flatten)]
    jobs: JobsArgs,
    /// The new store, as sqlite:PATH; there must be no such file.
    #[arg(long, value_name = "URL")]
    to: String,
}

/// Make a consistent copy of a file of SQLite while it is in use.
///
/// Workers and publishers go on meanwhile. A copy by other means lacks what is in the log beside the
/// file (`-wal`). For PostgreSQL, use pg_dump.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Example:
  xrm-eventhub jobs backup --store sqlite:jobs.db --to sqlite:backup.db

",
    exit_codes!("the copy is complete", "a store failed", "invalid arguments")
))]
pub(crate) struct BackUpJobs {
    #[command(flatten)]
    store: StoreArgs,
    /// The copy, as sqlite:PATH; there must be no such file.
    #[arg(long, value_name = "URL")]
    to: String,
}

impl CheckJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let findings = self.findings().await?;
        for finding in &findings {
            output::note(finding);
        }
        let store = self.jobs.store.open_read_only().await?;
        let progress = ProgressLine::endless();
        let mut checked = Checked::default();
        let show = |it: &Checked| {
            progress.at(it.jobs);
            checked = it.clone();
        };
        let result = check(&*store, show).await;
        drop(progress);
        match result {
            Ok(all) => checked = all,
            // What was read before the damage is reported all the same.
            Err(error) if !findings.is_empty() => output::note(Error::from(error)),
            Err(error) => return Err(error.into()),
        }
        let line = || {
            json!({
                "jobs": checked.jobs,
                "unreadable": checked.unreadable,
                "damaged_messages": checked.damaged_messages,
                "damaged": checked.damaged,
                "findings": findings,
            })
        };
        self.jobs.form.print(line, || table(&checked, findings.len()).render())?;
        let is_intact = checked.is_intact() && findings.is_empty();
        Ok(if is_intact { Exit::Done } else { Exit::DamagedStore })
    }

    /// What SQLite finds in a file.
    async fn findings(&self) -> Result<Vec<String>, Error> {
        let Some(path) = self.jobs.store.existing_sqlite()? else { return Ok(Vec::new()) };
        let store = SqliteJobStore::open_read_only(&path).await?;
        let findings = store.check_file().await?;
        xrm_jobs::JobStore::close(&store).await?;
        Ok(findings)
    }
}

fn table(checked: &Checked, findings: usize) -> Table {
    let mut table = Table::default();
    table.push(["jobs".to_owned(), checked.jobs.to_string()]);
    table.push_counts([
        ("rows that can't be read", checked.unreadable),
        ("damaged messages", checked.damaged_messages),
        ("findings in the file", findings as u64),
    ]);
    for id in &checked.damaged {
        table.push(["damaged".to_owned(), id.to_string()]);
    }
    table
}

impl SalvageJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let (from, to) = files(&self.jobs.store, &self.to)?;
        let salvaged = SqliteJobStore::salvage(&from, &to)
            .await
            .or_failed(format_args!("{} can't be salvaged", from.display()))?;
        let Salvaged { jobs, unreadable, damaged_messages, lost, .. } = salvaged;
        let line = || {
            json!({
                "jobs": jobs,
                "unreadable": unreadable,
                "damaged_messages": damaged_messages,
                "lost": lost,
            })
        };
        let text = || {
            let mut table = Table::default();
            table.push(["copied".to_owned(), jobs.to_string()]);
            table.push_counts([
                ("of them set aside, unreadable", unreadable),
                ("of them with a damaged message", damaged_messages),
                ("not copied, unreadable", lost),
            ]);
            table.render()
        };
        self.jobs.form.print(line, text)?;
        Ok(if unreadable + damaged_messages + lost > 0 { Exit::Failed } else { Exit::Done })
    }
}

impl BackUpJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let (from, to) = files(&self.store, &self.to)?;
        let copied = async {
            let store = SqliteJobStore::open_read_only(&from).await?;
            store.backup(&to).await?;
            xrm_jobs::JobStore::close(&store).await
        };
        copied.await.or_failed(format_args!("{} can't be copied", from.display()))?;
        output::note(format_args!("copied {} to {}", from.display(), to.display()));
        Ok(Exit::Done)
    }
}

/// The files of two stores, the second of which is to be made.
fn files(from: &StoreArgs, to: &str) -> Result<(PathBuf, PathBuf), Error> {
    let only_sqlite =
        || Error::invalid("this needs files of SQLite; for PostgreSQL, use its own tools");
    let from = from.existing_sqlite()?.ok_or_else(only_sqlite)?;
    let to = sqlite_path(to)?.ok_or_else(only_sqlite)?;
    if to.exists() {
        return Err(Error::invalid(format_args!("there is a file at {} already", to.display())));
    }
    Ok((from, to))
}
