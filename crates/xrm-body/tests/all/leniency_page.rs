//! The tables of leniencies in `docs/src/bodies.md`, made here of what the platform and this crate do with
//! every body that was tried.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use xrm_body::{DecodeOptions, Error, MessageFormat, decode_with};
use xrm_context::RemoteExecutionContext;

use crate::{differences, leniency, wrapped};

/// The variable to set when the tables are to be written anew.
const WRITE: &str = "WRITE_DOCS";
const BEGIN: &str = "<!-- leniencies -->\n";
const END: &str = "<!-- /leniencies -->\n";

/// A body that was tried.
pub(crate) struct Tried {
    /// The file's name in its fixture.
    pub(crate) file: String,
    pub(crate) group: String,
    pub(crate) title: String,
    pub(crate) format: MessageFormat,
    pub(crate) body: Vec<u8>,
    /// Whether .NET Framework and .NET Core read it.
    pub(crate) runtimes: [bool; 2],
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/bodies.md")
}

#[test]
fn the_tables_say_what_is_done_with_each_body() {
    let committed = fs::read_to_string(page()).expect("the page is part of the checkout");
    let committed = committed.replace("\r\n", "\n");
    let (before, rest) = committed.split_once(BEGIN).expect("the page has the mark");
    let (found, after) = rest.split_once(END).expect("the page has the mark");
    let made = tables();
    if std::env::var_os(WRITE).is_some() {
        let written = format!("{before}{BEGIN}{made}{END}{after}");
        return fs::write(page(), written).expect("the page can be written");
    }
    let mut lines = made.lines().zip(found.lines());
    if let Some((made, found)) = lines.find(|(made, found)| made != found) {
        panic!("run with {WRITE}=1\n made: {made}\n read: {found}");
    }
    assert!(made == found, "the tables have another length: run with {WRITE}=1");
}

/// Every wrapping and finding is on the page in the words of the error.
#[test]
fn the_page_has_every_wrapping() {
    let page = fs::read_to_string(page()).expect("the page is part of the checkout");
    for (_, wrapping, _) in wrapped::wrappings() {
        let text = wrapping.to_string();
        let (what, cure) = text.split_once(": ").expect("what it is, and the cure");
        assert!(page.contains(&format!("| {what} | {cure} |")), "the page lacks: {text}");
    }
}

fn tables() -> String {
    let all: Vec<_> = leniency::tried().into_iter().chain(differences::tried()).collect();
    let group = |tried: &Tried| format!("{}: {}", tried.format, cell(&tried.group));
    // In the order of their first bodies, each once.
    let mut seen = BTreeSet::new();
    let groups = all.iter().map(group).filter(|group| seen.insert(group.clone()));
    let mut tables = String::new();
    for name in groups.collect::<Vec<_>>() {
        let head = "| | body | the platform | strict | default |\n|---|---|---|---|---|";
        let _ = writeln!(tables, "\n### {name}\n\n{head}");
        all.iter().filter(|tried| group(tried) == name).for_each(|it| tables.push_str(&row(it)));
    }
    tables.push('\n');
    tables
}

fn row(tried: &Tried) -> String {
    let options = DecodeOptions::new(tried.format);
    let strict = decode_with(&tried.body, &options.strict());
    let by_default = decode_with(&tried.body, &options);
    let platform = match tried.runtimes {
        [true, true] => "reads",
        [false, false] => "refuses",
        [false, true] => "reads; .NET Framework refuses",
        [true, false] => "refuses; .NET Framework reads",
    };
    let default = match (&strict, &by_default) {
        (Ok(strict), Ok(by_default)) if strict != by_default => "reads, and keeps more".to_owned(),
        (_, by_default) => outcome(by_default),
    };
    let (number, title) = (tried.file.split('.').next().unwrap_or_default(), cell(&tried.title));
    format!("| {number} | {title} | {platform} | {} | {default} |\n", outcome(&strict))
}

/// What became of a body, in the words of the error.
fn outcome(read: &Result<RemoteExecutionContext, Error>) -> String {
    match read {
        Ok(_) => "reads".to_owned(),
        Err(error) => format!("refuses: {}", cell(&error.kind().to_string())),
    }
}

/// A text as the cell of a table.
fn cell(text: &str) -> String {
    let plain: String = text.escape_default().to_string().replace("\\'", "'").replace("\\\"", "\"");
    let plain = plain.replace("\\\\", "\\");
    let mut cell = String::new();
    for character in plain.chars() {
        if matches!(character, '|' | '<' | '>' | '*' | '_' | '[' | ']' | '\\' | '`' | '#') {
            cell.push('\\');
        }
        cell.push(character);
    }
    cell
}
