//! `registration export`

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use xrm_registration::solution::{Export, ExportError, LossKind};

use crate::error::{Error, Exit, chain, exit_codes};
use crate::given::document;
use crate::given::file::{self, OutputArgs};
use crate::registration::arguments::{MESSAGES, MessagesArgs};
use crate::terminal::output;

const EXIT_CODES: &str = exit_codes!(
    "done",
    "a step was left out because the id of its message is not known; the output can't be written",
    "invalid arguments, or an invalid document",
);

/// Write a registration as solution files.
///
/// This is `customizations.xml` or, with --unpacked, the files of endpoints and steps in the folder
/// of an unpacked solution; the solution's manifest is left to the tools that pack it. Standard
/// error gets what of the registration the files do not hold.
#[derive(Args, Debug)]
#[command(after_help = format!("{MESSAGES}\n\n{EXIT_CODES}"))]
pub(crate) struct ExportRegistration {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    registration: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
    /// The folder to write files into, created if there is none. Other files in it stay.
    #[arg(long, value_name = "FOLDER", conflicts_with = "output")]
    unpacked: Option<PathBuf>,
    #[command(flatten)]
    messages: MessagesArgs,
}

impl ExportRegistration {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let registration = document::registration(&self.registration)?;
        let messages = self.messages.ids();
        let export = Export::new(&registration, &messages)?;
        match &self.unpacked {
            Some(folder) => write_files(&export, folder)?,
            None => {
                let mut content = Vec::new();
                export.write_customizations(&mut content)?;
                self.output.write(&content)?;
            }
        }
        let mut exit = Exit::Done;
        for loss in export.losses() {
            output::note_printable(loss);
            // Other losses are of what solutions have no place for; this one is of a step, and can be mended.
            if matches!(loss.kind, LossKind::UnknownMessage { .. }) {
                exit = Exit::Failed;
            }
        }
        Ok(exit)
    }
}

fn write_files(export: &Export<'_>, folder: &Path) -> Result<(), Error> {
    // Before the first file: an empty registration creates a folder too.
    create(folder)?;
    for exported in export.files() {
        let exported = exported?;
        let path = folder.join(exported.path);
        create(path.parent().unwrap_or(folder))?;
        file::write(&path, &exported.content)?;
    }
    Ok(())
}

fn create(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|it| file::unwritten(folder, &it))
}

impl From<ExportError> for Error {
    fn from(error: ExportError) -> Self {
        Self::invalid(chain(&error))
    }
}
