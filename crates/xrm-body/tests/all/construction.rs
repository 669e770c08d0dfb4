//! The golden cases from what was put in: each context is built from its `case.json` by the
//! contracts' own walk and written in both formats, by the clock that the case names.

use std::fs;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use serde_json::Value as Json;
use xrm_body::{EncodeOptions, MessageFormat, encode_with};
use xrm_context::RemoteExecutionContext;

use crate::neutral;

/// Cases that no context can hold: classes of metadata, which are kept as they stand in a body.
const NOT_CONSTRUCTIBLE: [&str; 1] = ["metadata-values"];

/// Lone surrogates, of which Rust's strings hold none: the body has U+FFFD for them.
const LONE_SURROGATES: [&str; 2] = ["str-lone-high", "str-lone-low"];

/// A case, as far as it can be built.
struct Case {
    name: String,
    folder: PathBuf,
    zone: Tz,
    context: Result<RemoteExecutionContext, String>,
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let json: Json = json(&folder.join("case.json")).unwrap();
        let zone: Tz = json["tz"].as_str().unwrap().parse().unwrap();
        let context = neutral::context(&json["context"], zone);
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        Self { name, folder, zone, context }
    }

    fn written(&self, format: MessageFormat) -> Result<String, String> {
        let context = self.context.as_ref().map_err(String::clone)?;
        let mut body = Vec::new();
        let options = EncodeOptions::new(format).zone(self.zone);
        encode_with(context, &options, &mut body).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(body).unwrap())
    }

    /// What the SDK wrote.
    fn expected(&self, format: MessageFormat) -> Option<String> {
        let body = fs::read_to_string(self.folder.join(format!("body.{}", key(format)))).ok()?;
        if LONE_SURROGATES.contains(&&*self.name) {
            return Some(body.replace("\\ud83d", "\u{fffd}").replace("\\ude00", "\u{fffd}"));
        }
        Some(body)
    }

    fn is_refused(&self, format: MessageFormat) -> bool {
        let refused = json(&self.folder.join("refused.json")).unwrap_or_default();
        refused.get(key(format)).is_some()
    }

    /// What is wrong with the body that we write.
    fn fault(&self, format: MessageFormat) -> Option<String> {
        let fault = match (self.written(format), self.expected(format)) {
            (Ok(written), Some(expected)) if written == expected => return None,
            (Ok(written), Some(expected)) => difference(&written, &expected),
            (Err(_), None) => return None,
            (Err(error), Some(_)) => error,
            (Ok(_), None) if self.is_refused(format) => "it is not refused".to_owned(),
            (Ok(_), None) => return None,
        };
        Some(format!("{} in {format}: {fault}", self.name))
    }
}

fn json(path: &Path) -> Option<Json> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

fn key(format: MessageFormat) -> &'static str {
    if format == MessageFormat::Json { "json" } else { "xml" }
}

fn difference(written: &str, expected: &str) -> String {
    let at = written.chars().zip(expected.chars()).take_while(|(a, b)| a == b).count();
    let around =
        |text: &str| text.chars().skip(at.saturating_sub(80)).take(160).collect::<String>();
    format!("differs\n  written: {}\n expected: {}", around(written), around(expected))
}

fn cases() -> impl Iterator<Item = Case> {
    let bodies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bodies");
    let entries = fs::read_dir(bodies).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).map(Case::read)
}

#[test]
fn a_context_is_written_as_the_sdk_wrote_it() {
    use MessageFormat::{Json, Xml};
    let (mut written, mut refused, mut faults) = (0, 0, Vec::new());
    for case in cases().filter(|case| !NOT_CONSTRUCTIBLE.contains(&&*case.name)) {
        for format in [Json, Xml] {
            written += usize::from(case.expected(format).is_some());
            refused += usize::from(case.is_refused(format));
            faults.extend(case.fault(format));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert_eq!((written, refused), (215, 30));
    println!("{written} bodies as the SDK wrote them, {refused} refused as it refused them");
}

#[test]
fn what_is_no_contract_type_of_ours_can_not_be_built() {
    for case in cases().filter(|case| NOT_CONSTRUCTIBLE.contains(&&*case.name)) {
        assert!(case.context.unwrap_err().contains("no type of a value"));
    }
}
