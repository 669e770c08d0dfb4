//! `registration export`

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use xrm_registration::solution::{Export, ExportError, Manifest};

use crate::error::{Error, Exit, chain, exit_codes};
use crate::given::document;
use crate::given::file::{self, OutputArgs};
use crate::registration::arguments::{MESSAGES, MessagesArgs};
use crate::terminal::output;

const EXIT_CODES: &str = exit_codes!(
    "done",
    "the output can't be written",
    "invalid arguments, or an invalid document",
);

/// Write a registration as solution files.
///
/// This is `customizations.xml` or, with --unpacked, the files of endpoints and steps in the folder
/// of an unpacked solution. With --solution, the manifest is written too: `solution.xml` in the folder
/// of the output, or `Other/Solution.xml`. Standard error gets what of the registration the files do
/// not hold.
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
    /// Write the solution's manifest too, with this unique name.
    #[arg(long, value_name = "NAME")]
    solution: Option<String>,
    /// The unique name of the solution's publisher.
    #[arg(long, value_name = "NAME", default_value = "contoso", requires = "solution")]
    publisher: String,
    /// The prefix of the publisher's customizations.
    #[arg(long, value_name = "PREFIX", default_value = "contoso", requires = "solution")]
    prefix: String,
    /// The version of the solution.
    #[arg(long, value_name = "VERSION", default_value = "1.0.0.0", requires = "solution")]
    solution_version: String,
    #[command(flatten)]
    messages: MessagesArgs,
}

impl ExportRegistration {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let registration = document::registration(&self.registration)?;
        let messages = self.messages.ids();
        let export = Export::new(&registration, &messages)?;
        let manifest = self.solution.as_deref().map(|name| self.manifest(name)).transpose()?;
        match &self.unpacked {
            Some(folder) => write_files(&export, folder)?,
            None => {
                let mut content = Vec::new();
                export.write_customizations(&mut content)?;
                self.output.write(&content)?;
            }
        }
        if let Some((path, manifest)) = manifest {
            let mut content = Vec::new();
            export.write_manifest(&manifest, &mut content)?;
            if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
                create(folder)?;
            }
            file::write(&path, &content)?;
        }
        for loss in export.losses() {
            output::note_printable(loss);
        }
        Ok(Exit::Done)
    }

    /// The manifest of the solution with this name, and where it goes.
    fn manifest(&self, name: &str) -> Result<(PathBuf, Manifest), Error> {
        let path = match (&self.unpacked, self.output.path()) {
            (Some(folder), _) => folder.join("Other").join("Solution.xml"),
            (None, Some(file)) => file.with_file_name("solution.xml"),
            (None, None) => {
                let what = "the manifest needs a folder: name --output or --unpacked";
                return Err(Error::invalid(what));
            }
        };
        let manifest = Manifest::new(name, &self.publisher, &self.prefix);
        Ok((path, manifest.version(&self.solution_version)))
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
