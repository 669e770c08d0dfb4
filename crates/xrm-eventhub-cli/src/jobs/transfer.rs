use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use serde_json::json;
use xrm_jobs::operations::{self, Exported, ImportOptions, Imported};

use crate::cli::{ExportJobs, ImportJobs};
use crate::error::Error;
use crate::given::file::Replacement;
use crate::given::{input, store};
use crate::machine;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::progress::Progress;
use crate::terminal::table::Table;

/// `jobs export`
pub(super) async fn export(arguments: &ExportJobs) -> Result<Status, Error> {
    let store = store::open_to_read(&arguments.store.url).await?;
    let selection = arguments.which.selection(machine::time());
    let path = arguments.output.as_deref().filter(|it| it.as_os_str() != "-");
    let failed = |source| match path {
        Some(path) => Error::Write { path: path.to_owned(), source },
        None => Error::Output(source),
    };
    let mut file = path.map(Replacement::new).transpose().map_err(failed)?;
    let out: Box<dyn Write + Send + '_> = match &mut file {
        Some(file) => Box::new(file.writer()),
        None => Box::new(io::stdout()),
    };
    let progress = Progress::endless();
    let tell = |it: &Exported| progress.at(it.exported);
    let exported = operations::export(&*store, &selection, &mut BufWriter::new(out), tell).await;
    drop(progress);
    let exported = exported.map_err(|error| match error {
        xrm_jobs::Error::Export(source) => failed(source),
        error => Error::Jobs(error),
    })?;
    if let Some(file) = file {
        file.commit().map_err(failed)?;
    }
    let Exported { exported, without_message, not_dead, gone, .. } = exported;
    output::note(format_args!("exported {exported} jobs"));
    for (count, text) in [
        (without_message, "have lost their message and can't be imported"),
        (not_dead, "are neither Failed nor Canceled, and were not exported"),
        (gone, "are not in the store"),
    ] {
        if count > 0 {
            output::note(format_args!("{count} {text}"));
        }
    }
    Ok(if not_dead + gone > 0 { Status::Unsuccessful } else { Status::Done })
}

/// `jobs import`
pub(super) async fn import(arguments: &ImportJobs) -> Result<Status, Error> {
    let name = input::name(&arguments.input);
    let reader =
        open(&arguments.input).map_err(|source| Error::Read { name: name.clone(), source })?;
    let store = store::open_store(&arguments.store.url).await?;
    let progress = Progress::endless();
    let mut last = Imported::default();
    let tell = |it: &Imported| {
        progress.at(it.imported);
        last = *it;
    };
    let options = ImportOptions::default();
    let imported = operations::import(&*store, BufReader::new(reader), options, tell).await;
    drop(progress);
    print(last, arguments.form.json)?;
    match imported {
        Ok(_) => Ok(Status::Done),
        Err(source @ xrm_jobs::Error::Import { .. }) => Err(Error::Import { name, source }),
        Err(error) => Err(Error::Jobs(error)),
    }
}

fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    Ok(if path.as_os_str() == "-" { Box::new(io::stdin()) } else { Box::new(File::open(path)?) })
}

fn print(imported: Imported, as_json: bool) -> Result<(), Error> {
    if as_json {
        let line = json!({
            "imported": imported.imported,
            "already_there": imported.already_there,
            "without_message": imported.without_message,
        });
        return output::line(&line.to_string());
    }
    let mut table = Table::default();
    table.push(["imported".to_owned(), imported.imported.to_string()]);
    for (label, count) in [
        ("skipped, already there", imported.already_there),
        ("skipped, without a message", imported.without_message),
    ] {
        if count > 0 {
            table.push([label.to_owned(), count.to_string()]);
        }
    }
    output::bytes(table.render().as_bytes())
}
