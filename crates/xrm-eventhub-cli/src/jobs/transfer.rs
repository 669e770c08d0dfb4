//! `jobs export` and `jobs import`

use std::io::{self, BufReader, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use xrm_jobs::operations::{self, Exported, ImportOptions, Imported};

use crate::error::{Error, Exit, OrError as _};
use crate::given::file::{self, OutputArgs, Replacement};
use crate::given::input;
use crate::given::store::StoreArgs;
use crate::jobs::arguments::{JobsArgs, STORE, SelectionArgs};
use crate::machine;
use crate::terminal::output;
use crate::terminal::progress::ProgressLine;
use crate::terminal::table::Table;

/// Write Failed and Canceled jobs with their messages to a file, as lines of JSON.
///
/// They stay in the store. Messages are business data: a new file can be read by its owner alone.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct ExportJobs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    which: SelectionArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Import exported jobs into a store, in their statuses; `jobs retry` sends them.
///
/// A job whose id the store has already is skipped, so what was imported in part can be imported
/// again. A store of SQLite is created if there is none.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct ImportJobs {
    #[command(flatten)]
    jobs: JobsArgs,
    /// The file to read; `-` is standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    input: PathBuf,
}

impl ExportJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let store = self.store.open_read_only().await?;
        let selection = self.which.selection(machine::time());
        let path = self.output.path();
        let unwritten = |cause: io::Error| match path {
            Some(path) => file::unwritten(path, &cause),
            None => output::unwritten(&cause),
        };
        // Before the first job is read: a path that can't be written is reported at once.
        let mut file = path.map(Replacement::private).transpose().map_err(unwritten)?;
        let out: Box<dyn Write + Send + '_> = match &mut file {
            Some(file) => Box::new(file.writer()),
            None => Box::new(io::stdout()),
        };
        let progress = ProgressLine::endless();
        let show = |it: &Exported| progress.at(it.exported);
        let exported =
            operations::export(&*store, &selection, &mut BufWriter::new(out), show).await;
        drop(progress);
        let exported = exported.map_err(|error| match error {
            xrm_jobs::Error::Export(cause) => unwritten(cause),
            error => error.into(),
        })?;
        // After an error nothing is replaced: part of an export looks like a whole one.
        if let Some(file) = file {
            file.commit().map_err(unwritten)?;
        }
        let Exported { exported, without_message, damaged, not_dead, gone, .. } = exported;
        output::note(format_args!("exported {exported} jobs"));
        for (count, text) in [
            (without_message, "have lost their message and can't be imported"),
            (damaged, "have a damaged message, which was left out, and can't be imported"),
            (not_dead, "are neither Failed nor Canceled, and were not exported"),
            (gone, "are not in the store"),
        ] {
            if count > 0 {
                output::note(format_args!("{count} {text}"));
            }
        }
        Ok(if not_dead + gone > 0 { Exit::Failed } else { Exit::Done })
    }
}

impl ImportJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let name = input::name(&self.input);
        let reader = input::open(&self.input).or_invalid(format_args!("{name} can't be read"))?;
        let store = self.jobs.store.open_or_create().await?;
        let progress = ProgressLine::endless();
        // What was imported before an error is reported too: it stays in the store.
        let mut last = Imported::default();
        let show = |it: &Imported| {
            progress.at(it.imported);
            last = *it;
        };
        let options = ImportOptions::default();
        let result = operations::import(&*store, BufReader::new(reader), options, show).await;
        drop(progress);
        self.print(last)?;
        match result {
            Ok(_) => Ok(Exit::Done),
            Err(error @ xrm_jobs::Error::Import { .. }) => {
                Err(error).or_invalid(format_args!("{name} can't be imported as a whole"))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn print(&self, imported: Imported) -> Result<(), Error> {
        let Imported { imported, already_there, without_message, .. } = imported;
        let line = || {
            json!({
                "imported": imported,
                "already_there": already_there,
                "without_message": without_message,
            })
        };
        let text = || {
            let mut table = Table::default();
            table.push(["imported".to_owned(), imported.to_string()]);
            table.push_counts([
                ("skipped, already there", already_there),
                ("skipped, without a message", without_message),
            ]);
            table.render()
        };
        self.jobs.form.print(line, text)
    }
}
