//! What types `xrm-context` describes, by its source text.

use std::fs;
use std::path::{Path, PathBuf};

/// The Rust names of the types in all `contract!` blocks and their like.
pub(super) fn contract_types() -> Vec<String> {
    let mut types = Vec::new();
    for path in files(&source("")) {
        let text = code(&path);
        // The types that the macros' own text names are no types.
        let rows = text.split("pub struct ").chain(text.split("pub flags ")).filter_map(row);
        types.extend(rows.filter(|name| !name.is_empty()).map(str::to_owned));
    }
    types.sort();
    types.dedup();
    types
}

/// `Money = "Money" in Contracts`: the name.
fn row(text: &str) -> Option<&str> {
    let name = text.split(|letter: char| !letter.is_alphanumeric()).next()?;
    let (before, after) = text.split_once('=')?;
    let is_row = after.trim_start().starts_with('"') && !before.contains(['{', ';', '(', '$']);
    is_row.then_some(name)
}

/// The variants of `Value` that are no contract types.
pub(super) fn scalars() -> Vec<String> {
    let text = code(&source("value/known.rs"));
    let (_, rest) = text.split_once("pub enum $value {\n            #[default]").expect("the enum");
    let (variants, _) = rest.split_once("$($(").expect("those of the rows come last");
    let text = code(&source("value.rs"));
    let (_, rest) = text.split_once("converted {").expect("the rows of scalars");
    let (rows, _) = rest.split_once("known {").expect("the contract types come last");
    let names = variants.lines().chain(rows.lines().filter(|line| line.ends_with("\";")));
    let names = names.map(str::trim).filter(|line| !line.is_empty());
    let names = names.map(|line| line.split(['(', ',']).next().unwrap_or_default().to_owned());
    names.collect()
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../xrm-context/src").join(path)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the sources are part of the checkout");
    let paths = entries.map(|entry| entry.expect("a folder entry").path());
    let files = paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    files.collect()
}

/// The lines of a file that are no comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source is text");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}
