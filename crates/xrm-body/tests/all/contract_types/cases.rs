//! Which types the fixtures hold values of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use xrm_body::MessageFormat::Xml;
use xrm_body::decode;
use xrm_context::contract::{DataContract, VisitMut};
use xrm_context::{DateTime, Value};

use super::root;

/// The cases of `fixtures/bodies` that hold a value of each type.
pub(super) fn cases() -> BTreeMap<&'static str, Vec<String>> {
    let mut cases: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let folders = fs::read_dir(root().join("fixtures/bodies")).expect("part of the checkout");
    let mut folders: Vec<_> = folders.map(|entry| entry.expect("a folder entry").path()).collect();
    folders.sort();
    for folder in folders {
        let Ok(body) = fs::read(folder.join("body.xml")) else { continue };
        let mut types = Types::default();
        let mut context = decode(&body, Xml).expect("the platform wrote it");
        context.visit_members(&mut types);
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for found in types.0 {
            cases.entry(found).or_default().push(name.clone());
        }
    }
    cases
}

/// The types of all values in `object` places.
#[derive(Default)]
struct Types(BTreeSet<&'static str>);

impl VisitMut for Types {
    fn value(&mut self, value: &mut Value) {
        self.0.insert(value.type_name());
        value.visit_inside(self);
    }

    fn date_time(&mut self, _: &mut DateTime) {}
}
