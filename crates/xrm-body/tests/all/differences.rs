//! Bodies that this crate once read or wrote otherwise than Microsoft's SDK, and their kinds.
//!
//! `fixtures/differences/SOURCE.md` says who wrote the bodies and ran the SDK. The files below this one
//! vary each kind.

mod duplicates;
mod lexical;
mod syntax;
mod values;
mod xml_names;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{DecodeOptions, EncodeOptions, Error, MessageFormat, decode_with, encode_with};
use xrm_context::RemoteExecutionContext;

use crate::leniency_page::Tried;

/// A conversion, and whether strict reading and the default do what both runtimes do.
struct Case {
    name: &'static str,
    from: MessageFormat,
    to: MessageFormat,
    strict: Compared,
    by_default: Compared,
}

/// How a conversion compares with the SDK's.
#[derive(Clone, Copy, PartialEq)]
enum Compared {
    /// Both give the same context, or both refuse.
    Same,
    /// Not the same, for the reason on the crate's page that begins so.
    Differs(&'static str),
}

use Compared::{Differs, Same};

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { name: "01-1", from: Json, to: Json, strict: Same, by_default: Same },
    Case { name: "01-3", from: Json, to: Json, strict: Same, by_default: Same },
    Case { name: "02-1", from: Xml, to: Xml, strict: Same, by_default: Differs("A member that appears twice in XML") },
    Case { name: "03-1", from: Xml, to: Json, strict: Same, by_default: Same },
    Case { name: "03-4", from: Xml, to: Xml, strict: Same, by_default: Same },
    Case { name: "04-1", from: Json, to: Json, strict: Same, by_default: Same },
    Case { name: "05-3", from: Xml, to: Json, strict: Same, by_default: Same },
    Case { name: "06-1", from: Json, to: Json, strict: Same, by_default: Same },
    Case { name: "07-1", from: Json, to: Xml, strict: Same, by_default: Same },
    Case { name: "08-1", from: Json, to: Xml, strict: Same, by_default: Same },
    Case { name: "08-3", from: Xml, to: Xml, strict: Same, by_default: Differs("An `EntityState` or `EntityRole`") },
    Case { name: "08-5", from: Json, to: Xml, strict: Same, by_default: Same },
    Case { name: "09-1", from: Json, to: Json, strict: Differs("reads the types of metadata, which strict reading rejects"), by_default: Differs("A value of a contract type that this crate does not know") },
    Case { name: "10-1", from: Xml, to: Xml, strict: Same, by_default: Same },
    Case { name: "11-1", from: Xml, to: Xml, strict: Same, by_default: Differs("An element that is no item") },
    Case { name: "12-1", from: Xml, to: Xml, strict: Same, by_default: Same },
    Case { name: "13-1", from: Json, to: Json, strict: Same, by_default: Differs("A `__type` of another class") },
    Case { name: "14-1", from: Json, to: Json, strict: Same, by_default: Differs("What is not well-formed") },
    Case { name: "15-1", from: Json, to: Json, strict: Same, by_default: Same },
    Case { name: "16-1", from: Json, to: Json, strict: Same, by_default: Same },
    Case { name: "17-1", from: Xml, to: Xml, strict: Same, by_default: Same },
    Case { name: "17-4", from: Xml, to: Xml, strict: Same, by_default: Same },
    Case { name: "18-1", from: Xml, to: Xml, strict: Same, by_default: Same },
    Case { name: "19-1", from: Xml, to: Xml, strict: Same, by_default: Differs("What is not well-formed") },
    Case { name: "19-3", from: Xml, to: Xml, strict: Same, by_default: Same },
    Case { name: "20-1", from: Json, to: Json, strict: Same, by_default: Differs("What is not well-formed") },
];

/// The texts of later runtimes, which are read and written on request.
const SHORTEST: Case = Case { name: "21-1", from: Xml, to: Json, strict: Same, by_default: Same };

/// The kinds of the bodies, by the beginning of their numbers.
const KINDS: [(&str, &str); 20] = [
    ("01", "a member out of order and again where it is expected"),
    ("02", "a member out of order and again where it is expected"),
    ("03", "a namespace declared anew on a member's own tag"),
    ("04", "a flag whose constructor sets another default"),
    ("05", "halves of a surrogate pair"),
    ("06", "an exponent of a declared decimal"),
    ("07", "a negative zero of a declared double"),
    ("08", "a type known by a collection only, in an `object` place"),
    ("09", "a type of metadata"),
    ("10", "a member that the class does not have"),
    ("11", "an element that is no item of the collection"),
    ("12", "nil where the contract has no null"),
    ("13", "the hint of another class where a class is declared"),
    ("14", "half of a surrogate pair before another escape"),
    ("15", "an empty text for a class"),
    ("16", "a text for the offset of a date"),
    ("17", "a month for a date, and `integer` of XML Schema"),
    ("18", "UTF-16 with a declaration and no mark"),
    ("19", "XML 1.1, and a no-break space"),
    ("20", "a comma on both sides of an object's end"),
];

/// The bodies as the page's tables show them, without those that the SDK reads and does not write.
pub(crate) fn tried() -> Vec<Tried> {
    let is_refused =
        |case: &Case, runtime: &str| folder().join(format!("{}.{runtime}.err", case.name)).exists();
    let is_read = |case: &&Case| case.from == case.to || !is_refused(case, "core31");
    let tried = |case: &Case| Tried {
        file: case.name.to_owned(),
        group: "found at random".to_owned(),
        title: KINDS.iter().find(|(number, _)| case.name.starts_with(number)).unwrap().1.to_owned(),
        format: case.from,
        body: body(case),
        runtimes: ["mono", "core31"].map(|runtime| !is_refused(case, runtime)),
    };
    let of = |format| CASES.iter().filter(is_read).filter(move |case| case.from == format);
    of(Json).chain(of(Xml)).map(tried).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/differences")
}

fn extension(format: MessageFormat) -> String {
    format.to_string().to_lowercase()
}

fn convert(body: &[u8], reading: &DecodeOptions, to: MessageFormat) -> Result<Vec<u8>, Error> {
    convert_with(body, reading, &EncodeOptions::new(to))
}

fn convert_with(
    body: &[u8],
    reading: &DecodeOptions,
    writing: &EncodeOptions,
) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    encode_with(&decode_with(body, reading)?, writing, &mut out)?;
    Ok(out)
}

fn body(case: &Case) -> Vec<u8> {
    let file = format!("{}.{}", case.name, extension(case.from));
    fs::read(folder().join(file)).expect("the fixture is part of the checkout")
}

/// Reads what was written. XML strictly, because what the platform kept as extension data may have the
/// name of a member.
fn read(body: &[u8], format: MessageFormat) -> RemoteExecutionContext {
    let lenient = DecodeOptions::new(format);
    let options = if format == Xml { lenient.strict() } else { lenient };
    let read = decode_with(body, &options).or_else(|_| decode_with(body, &lenient));
    read.expect("it was written from a context")
}

/// What the SDK made of the body; none where it refused.
fn told(case: &Case) -> Option<RemoteExecutionContext> {
    let path = folder().join(format!("{}.core31.{}", case.name, extension(case.to)));
    let mut context = read(&fs::read(path).ok()?, case.to);
    // The only member whose absence is no default: the SDK writes the date that it made up.
    if context.operation_created_on.ticks() == 0 {
        context.operation_created_on = RemoteExecutionContext::default().operation_created_on;
    }
    Some(context)
}

#[test]
fn are_settled() {
    let page = crate::leniency::page();
    for case in CASES {
        let body = body(case);
        let plain = DecodeOptions::new(case.from);
        for (reading, expected) in [(plain.strict(), case.strict), (plain, case.by_default)] {
            let ours = convert(&body, &reading, case.to);
            let read = ours.as_ref().ok().map(|ours| read(ours, case.to));
            let name = case.name;
            match expected {
                Same => assert_eq!(read, told(case), "{name}: {ours:?}"),
                Differs(reason) => {
                    assert_ne!(read, told(case), "{name}: {ours:?}");
                    assert!(page.contains(reason), "the page does not say: {reason}");
                }
            }
        }
    }
}

#[test]
fn are_settled_for_the_texts_of_later_runtimes() {
    let reading = DecodeOptions::new(SHORTEST.from).shortest_numbers();
    let writing = EncodeOptions::new(SHORTEST.to).shortest_numbers();
    let ours = convert_with(&body(&SHORTEST), &reading, &writing).unwrap();
    assert_eq!(String::from_utf8(ours).unwrap(), json_value("85.764325264"));
    assert!(told(&SHORTEST).is_some());
}

#[test]
fn every_body_is_listed() {
    let listed = CASES.iter().chain([&SHORTEST]).map(|case| case.name).chain(["05-1"]);
    let listed: BTreeSet<_> = listed.map(str::to_owned).collect();
    let files = fs::read_dir(folder()).expect("the fixture is part of the checkout");
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let bodies = names.filter(|name| name != "SOURCE.md");
    let bodies: BTreeSet<_> =
        bodies.map(|name| name.split('.').next().unwrap().to_owned()).collect();
    assert_eq!(bodies, listed);
}

/// The SDK keeps half of a surrogate pair, which no Rust string holds.
#[test]
fn half_of_a_surrogate_pair_is_lost() {
    let path = |extension: &str| folder().join(format!("05-1.{extension}"));
    let body = fs::read_to_string(path("json")).expect("the fixture is part of the checkout");
    let kept =
        fs::read_to_string(path("core31.json")).expect("the fixture is part of the checkout");
    assert!(kept.contains("Hello \\ud83d\""));
    both_give(&body, Json, Json, &body.replace("\\ud83d", "\u{fffd}"));
    assert!(crate::leniency::page().contains("half of a surrogate pair"));
}

const ROOT: &str = "<RemoteExecutionContext \
    xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\" \
    xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">";

/// A body in XML with this content.
fn xml(content: &str) -> String {
    format!("{ROOT}{content}</RemoteExecutionContext>")
}

/// A body in XML with these pairs as shared variables.
fn xml_pairs(pairs: &str) -> String {
    xml(&format!(
        "<SharedVariables xmlns:a=\"http://schemas.datacontract.org/2004/07/\
         System.Collections.Generic\">{pairs}</SharedVariables>"
    ))
}

/// A body in XML with this element, `a:value`, as the shared variable `v`.
fn xml_value(element: &str) -> String {
    xml_pairs(&format!(
        "<KeyValuePairOfstringanyType><a:key>v</a:key>{element}</KeyValuePairOfstringanyType>"
    ))
}

/// A body in JSON with this shared variable `v`.
fn json_value(value: &str) -> String {
    format!(r#"{{"SharedVariables":[{{"key":"v","value":{value}}}]}}"#)
}

/// The hint of a class, and a comma.
fn hint(name: &str, namespace: &str) -> String {
    let namespace = namespace.replace('/', r"\/");
    format!(r#""__type":"{name}:{namespace}","#)
}

const CONTRACTS: &str = "http://schemas.microsoft.com/xrm/2011/Contracts";
const SCHEDULING: &str = "http://schemas.microsoft.com/crm/2011/Contracts";

fn by_default(body: &str, from: MessageFormat, to: MessageFormat) -> Result<String, Error> {
    let body = convert(body.as_bytes(), &DecodeOptions::new(from), to)?;
    Ok(String::from_utf8(body).expect("bodies are UTF-8"))
}

fn strictly(body: &str, from: MessageFormat, to: MessageFormat) -> Result<String, Error> {
    let body = convert(body.as_bytes(), &DecodeOptions::new(from).strict(), to)?;
    Ok(String::from_utf8(body).expect("bodies are UTF-8"))
}

/// Both modes read the body and write this one.
fn both_give(body: &str, from: MessageFormat, to: MessageFormat, expected: &str) {
    for convert in [by_default, strictly] {
        assert_eq!(convert(body, from, to).as_deref(), Ok(expected), "{body}");
    }
}

/// Both modes refuse the body with this error.
fn both_refuse(body: &str, from: MessageFormat, expected: &str) {
    for convert in [by_default, strictly] {
        let error = convert(body, from, from).expect_err(body);
        assert!(error.to_string().contains(expected), "{body}: {error}");
    }
}
