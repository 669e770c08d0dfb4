//! `docs/src/contract-types.md`, which is made here from values and compared with the file.

mod cases;
mod examples;
mod excerpt;
mod page;
mod sources;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{decode, encode};
use xrm_context::KnownType;

use examples::Example;
use page::page;

/// The variable to set when the page is to be written anew.
const WRITE: &str = "WRITE_DOCS";

#[test]
fn the_page_says_what_the_encoders_write() {
    let page = page();
    let path = root().join("docs/src/contract-types.md");
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let mut lines = page.lines().zip(committed.lines()).enumerate();
    if let Some((line, (made, committed))) = lines.find(|(_, (made, read))| made != read) {
        panic!("line {}: run with {WRITE}=1\n made: {made}\n read: {committed}", line + 1);
    }
    assert!(page == committed, "the page has another length: run with {WRITE}=1");
}

#[test]
fn the_page_has_every_contract_type() {
    let shown = known().chain(examples::declared()).map(|it| it.name.to_owned());
    let shown: BTreeSet<_> = shown.chain(["RemoteExecutionContext".to_owned()]).collect();
    let described: BTreeSet<_> = sources::contract_types().into_iter().collect();
    let differing: Vec<_> = shown.symmetric_difference(&described).collect();
    assert!(differing.is_empty(), "not both described and shown: {differing:?}");

    let shown: Vec<_> = known().filter_map(|example| example.contract).collect();
    for known in KnownType::ALL {
        assert!(shown.contains(&known.type_name()), "{known:?} is not shown");
    }
    assert_eq!(shown.len(), KnownType::ALL.len());
}

#[test]
fn the_page_has_every_scalar() {
    let shown: BTreeSet<_> = examples::scalars().iter().map(|it| it.name.to_owned()).collect();
    let sections = ["Array", "Raw"].map(str::to_owned);
    let shown: BTreeSet<_> = shown.into_iter().chain(sections).collect();
    assert_eq!(shown, sources::scalars().into_iter().collect());
}

#[test]
fn what_the_page_shows_is_read_as_it_was() {
    let all = known().chain(examples::declared()).chain(examples::scalars());
    for example in all {
        for format in [Json, Xml] {
            let Ok(body) = encode(&example.context, format) else { continue };
            let read = decode(&body, format).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(encode(&read, format).unwrap(), body, "{}", example.name);
        }
    }
}

fn known() -> impl Iterator<Item = Example> {
    examples::known().into_iter().flat_map(|(_, group)| group).chain(examples::enumerations())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
