use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use xrm_registration::Registration;
use xrm_registration::solution::{Import, Imported};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::cli::{DocumentFormat, ImportRegistration};
use crate::error::Error;
use crate::given::{file, input};
use crate::registration::solution::known;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::table::printable;

/// `registration import`
pub(super) fn import(arguments: &ImportRegistration) -> Result<Status, Error> {
    let mut import = Import::new(known(&arguments.messages));
    for path in &arguments.paths {
        if path.is_dir() {
            for file in files(path)? {
                read(&mut import, &file)?;
            }
        } else {
            read(&mut import, path)?;
        }
    }
    let imported = import.finish();
    let output = arguments.output.as_deref().filter(|it| it.as_os_str() != "-");
    let document = document(&imported.registration, format(arguments.format, output));
    match output {
        Some(path) => file::write(path, document.as_bytes())
            .map_err(|source| Error::Write { path: path.to_owned(), source })?,
        None => output::bytes(document.as_bytes())?,
    }
    tell(&imported);
    Ok(Status::Done)
}

/// What a zip file begins with.
const PACKED: &[u8] = b"PK\x03\x04";

/// Reads a file of a solution, or a whole one that is packed.
fn read(import: &mut Import, path: &Path) -> Result<(), Error> {
    let name = input::name(path);
    let failed = |source| Error::Read { name: name.clone(), source };
    if path.as_os_str() == "-" {
        let mut input = io::stdin().lock();
        if input.fill_buf().map_err(failed)?.starts_with(PACKED) {
            return Err(Error::PackedInput { name });
        }
        return import.read(&name, input).map_err(Error::Solution);
    }
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    if file.fill_buf().map_err(failed)?.starts_with(PACKED) {
        return read_packed(import, &name, file);
    }
    import.read(&name, file).map_err(Error::Solution)
}

/// Reads a solution as the platform exports it. The reader's own limits hold for what is unpacked,
/// as it is unpacked.
fn read_packed(import: &mut Import, name: &str, file: BufReader<File>) -> Result<(), Error> {
    let failed = |source: ZipError| Error::Read { name: name.to_owned(), source: source.into() };
    let mut archive = ZipArchive::new(file).map_err(failed)?;
    let is_it = |entry: &Cow<'_, str>| entry.eq_ignore_ascii_case("customizations.xml");
    let entry = archive.file_names().flatten().find(is_it).map(Cow::into_owned);
    let entry = entry.ok_or_else(|| Error::NoCustomizations { name: name.to_owned() })?;
    let unpacked = BufReader::new(archive.by_name(&entry).map_err(failed)?);
    import.read(&format!("{name}/{entry}"), unpacked).map_err(Error::Solution)
}

/// The files of an unpacked solution that hold endpoints, steps or plug-in types, in an order that
/// is always the same.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for entry in entries(folder)? {
        let (depth, is_wanted): (usize, fn(&str) -> bool) = match lower_name(&entry).as_str() {
            "customizations.xml" => {
                files.push(entry);
                continue;
            }
            "other" => (0, |it| it == "customizations.xml"),
            "sdkmessageprocessingsteps" => (0, |it| it.ends_with(".xml")),
            "serviceendpoints" => (1, |it| it.ends_with(".xml")),
            "pluginassemblies" => {
                (1, |it| it == "serviceendpoints.xml" || it.ends_with(".data.xml"))
            }
            _ => continue,
        };
        files.extend(inside(&entry, depth, is_wanted)?);
    }
    if files.is_empty() {
        return Err(Error::NoSolution { path: folder.to_owned() });
    }
    Ok(files)
}

/// The files of a folder, and of folders in it so deep, whose lower-case name is wanted.
fn inside(folder: &Path, depth: usize, is_wanted: fn(&str) -> bool) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for entry in entries(folder)? {
        if !entry.is_dir() {
            files.extend(Some(entry).filter(|it| is_wanted(&lower_name(it))));
        } else if depth > 0 {
            files.extend(inside(&entry, depth - 1, is_wanted)?);
        }
    }
    Ok(files)
}

/// What is in a folder, by name. A file in its place has nothing in it.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let paths = fs::read_dir(folder).and_then(|it| it.map(|it| Ok(it?.path())).collect());
    let mut paths: Vec<PathBuf> =
        paths.map_err(|source| Error::Read { name: folder.display().to_string(), source })?;
    paths.sort();
    Ok(paths)
}

fn lower_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn format(asked: Option<DocumentFormat>, output: Option<&Path>) -> DocumentFormat {
    let is_json =
        output.and_then(Path::extension).is_some_and(|it| it.eq_ignore_ascii_case("json"));
    let of_output = if is_json { DocumentFormat::Json } else { DocumentFormat::Toml };
    asked.unwrap_or(of_output)
}

fn document(registration: &Registration, format: DocumentFormat) -> String {
    match format {
        DocumentFormat::Toml => toml::to_string(registration).expect("a registration is a table"),
        DocumentFormat::Json => {
            let text = serde_json::to_string_pretty(registration);
            text.expect("texts and numbers are JSON") + "\n"
        }
    }
}

/// What is to be done about it, and what did not come over.
fn tell(imported: &Imported) {
    let registration = &imported.registration;
    output::note(format_args!(
        "imported: {}, {}, {}",
        counted(registration.endpoints().len(), "endpoint"),
        counted(registration.plugin_types().len(), "plug-in type"),
        counted(registration.steps().len(), "step"),
    ));
    for key in &imported.missing_keys {
        let line = format!(
            "endpoint `{}`: its shared access key is to be set: `sas_key_variable` names the \
             environment variable that holds it",
            key.name
        );
        output::note(printable(&line));
    }
    for notice in &imported.notices {
        output::note(printable(&notice.to_string()));
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
