use std::fs;
use std::path::Path;

use xrm_registration::solution::{Export, LossKind};

use crate::cli::ExportRegistration;
use crate::error::Error;
use crate::given::document;
use crate::given::file;
use crate::registration::solution::known;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::table::printable;

/// `registration export`
pub(super) fn export(arguments: &ExportRegistration) -> Result<Status, Error> {
    let registration = document::registration(&arguments.registration)?;
    let messages = known(&arguments.messages);
    let export = Export::new(&registration, &messages).map_err(Error::ExportRegistration)?;
    match &arguments.unpacked {
        Some(folder) => write_files(&export, folder)?,
        None => write_customizations(&export, arguments.output.as_deref())?,
    }
    let mut status = Status::Done;
    for loss in export.losses() {
        output::note(printable(&loss.to_string()));
        if matches!(loss.kind, LossKind::UnknownMessage { .. }) {
            status = Status::Unsuccessful;
        }
    }
    Ok(status)
}

fn write_customizations(export: &Export<'_>, output: Option<&Path>) -> Result<(), Error> {
    let mut content = Vec::new();
    export.write_customizations(&mut content).map_err(Error::ExportRegistration)?;
    match output.filter(|it| it.as_os_str() != "-") {
        Some(path) => write(path, &content),
        None => output::bytes(&content),
    }
}

fn write_files(export: &Export<'_>, folder: &Path) -> Result<(), Error> {
    // A registration without anything makes a folder too.
    make(folder)?;
    for exported in export.files() {
        let exported = exported.map_err(Error::ExportRegistration)?;
        let path = folder.join(exported.path);
        make(path.parent().unwrap_or(folder))?;
        write(&path, &exported.content)?;
    }
    Ok(())
}

fn make(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.to_owned(), source })
}

fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    file::write(path, content).map_err(|source| Error::Write { path: path.to_owned(), source })
}
