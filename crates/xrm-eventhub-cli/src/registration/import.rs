//! `registration import`

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use xrm_registration::solution::{self, ErrorKind, Import, Imported};
use xrm_registration::{Registration, StepState};

use crate::error::{Error, Exit, OrError as _, chain, exit_codes};
use crate::given::document::Format;
use crate::given::file::OutputArgs;
use crate::given::input;
use crate::registration::arguments::{MESSAGES, MessagesArgs};
use crate::registration::{folder, packed};
use crate::terminal::output;

const EXIT_CODES: &str = exit_codes!(
    "done, whatever is to be done about it",
    "the output can't be written",
    "invalid arguments, or an invalid file",
);

/// Read a registration from solution files, and print its document.
///
/// A path is a solution's zip file, its `customizations.xml`, another file of it that holds endpoints
/// or steps, or the folder of an unpacked one, in XML or YAML; `-` is standard input, which is not packed. Several make one registration, in which
/// the first with an id counts. Standard error gets what is to be done about it: the keys to be set,
/// which no solution holds, how many elements were left alone, and what did not come over as it
/// was.
#[derive(Args, Debug)]
#[command(after_help = format!("{MESSAGES}\n\n{EXIT_CODES}"))]
pub(crate) struct ImportRegistration {
    /// The files and folders to read.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
    /// The format of the document [default: json for an output that ends in .json, else toml].
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Take the steps as disabled, as the platform's import leaves them [default: as enabled].
    #[arg(long)]
    disabled: bool,
    #[command(flatten)]
    messages: MessagesArgs,
}

impl ImportRegistration {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let state = if self.disabled { StepState::DISABLED } else { StepState::ENABLED };
        let mut import = Import::new(self.messages.ids()).state(state);
        for path in &self.paths {
            if path.is_dir() {
                for file in folder::files(path)? {
                    read_part(&mut import, &file)?;
                }
            } else {
                read(&mut import, path)?;
            }
        }
        let imported = import.finish();
        let by_name = self.output.path().and_then(Format::by_name);
        let format = self.format.or(by_name).unwrap_or(Format::Toml);
        self.output.write(document(&imported.registration, format).as_bytes())?;
        report(&imported);
        Ok(Exit::Done)
    }
}

impl From<solution::Error> for Error {
    fn from(error: solution::Error) -> Self {
        Self::invalid(chain(&error))
    }
}

/// Reads a file of an unpacked solution. In a folder of YAML, there may be files of other kinds beside
/// those of endpoints, steps and plug-in types.
fn read_part(import: &mut Import, path: &Path) -> Result<(), Error> {
    if !is_yaml(path) {
        return read(import, path);
    }
    let name = input::name(path);
    let file = BufReader::new(input::open(path).or_invalid(format_args!("{name} can't be read"))?);
    match import.read_yaml(&name, file) {
        Err(error) if matches!(error.kind, ErrorKind::UnknownRoot { .. }) => {
            output::note_printable(format_args!("left alone: {name}"));
            Ok(())
        }
        read => Ok(read?),
    }
}

fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    extension == "yml" || extension == "yaml"
}

/// Reads a file of a solution, or a whole one that is packed.
fn read(import: &mut Import, path: &Path) -> Result<(), Error> {
    let name = input::name(path);
    let unreadable = format!("{name} can't be read");
    let mut file = BufReader::new(input::open(path).or_invalid(&unreadable)?);
    if file.fill_buf().or_invalid(&unreadable)?.starts_with(packed::SIGNATURE) {
        return packed::read(path, |name, file| import.read(name, file));
    }
    match is_yaml(path) {
        true => Ok(import.read_yaml(&name, file)?),
        false => Ok(import.read(&name, file)?),
    }
}

fn document(registration: &Registration, format: Format) -> String {
    match format {
        Format::Toml => toml::to_string(registration).expect("a registration is a table"),
        Format::Json => {
            let text = serde_json::to_string_pretty(registration);
            text.expect("texts and numbers are JSON") + "\n"
        }
    }
}

/// Prints what is to be done about it, and what did not come over.
fn report(imported: &Imported) {
    let registration = &imported.registration;
    output::note(format_args!(
        "imported: {}, {}, {}",
        counted(registration.endpoints().len(), "endpoint"),
        counted(registration.plugin_types().len(), "plug-in type"),
        counted(registration.steps().len(), "step"),
    ));
    if let Some(state) = imported.assumed_state {
        let label = state.label().unwrap_or_default().to_lowercase();
        output::note(format_args!(
            "solutions hold no state of steps: all are taken as {label}; the platform's import leaves \
             them disabled until they are activated"
        ));
    }
    for key in &imported.missing_keys {
        output::note_printable(format_args!(
            "endpoint `{}`: its secret is to be set: `{}` names the environment variable that \
             holds it",
            key.name, key.variable
        ));
    }
    for notice in &imported.notices {
        output::note_printable(notice);
    }
    if !imported.left_alone.is_empty() {
        let counts = imported.left_alone.iter().map(|(name, count)| format!("{name} {count}"));
        output::note(format_args!("left alone: {}", counts.collect::<Vec<_>>().join(", ")));
    }
}

/// `1 step`, `2 steps`
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
