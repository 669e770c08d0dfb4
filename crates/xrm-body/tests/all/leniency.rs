//! Strict reading accepts and rejects what the platform's own deserializers do.
//!
//! `fixtures/leniency/SOURCE.md` tells who found that out and how.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use xrm_body::{
    DecodeOptions, Error, ErrorKind, Limits, MessageFormat, decode, decode_with, encode,
};
use xrm_context::{RemoteExecutionContext, Value};

use crate::leniency_page::Tried;
use crate::notation;

/// A mutated body and what the platform made of it.
struct Probe {
    number: usize,
    title: String,
    format: MessageFormat,
    body: Vec<u8>,
    result: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/leniency")
}

fn probes() -> Vec<Probe> {
    let results =
        fs::read(folder().join("results.tsv")).expect("the fixture is part of the checkout");
    let results = String::from_utf8_lossy(&results).into_owned();
    let rows = results.split('\n').skip(1).filter(|row| !row.is_empty());
    rows.map(|row| {
        let columns: Vec<_> = row.split('\t').collect();
        let number = columns[0][..3].parse().expect("files are numbered");
        // .NET Core's column holds, except where the golden files follow .NET Framework.
        let result = if number == 187 { columns[4] } else { columns[5] };
        Probe {
            number,
            title: format!("{}: {}: {}", columns[0], columns[2], columns[3]),
            format: columns[1].parse().expect("a format"),
            body: fs::read(folder().join(columns[0])).expect("the fixture is part of the checkout"),
            result: result.to_owned(),
        }
    })
    .collect()
}

/// The probes as the page's tables show them.
pub(crate) fn tried() -> Vec<Tried> {
    let results =
        fs::read(folder().join("results.tsv")).expect("the fixture is part of the checkout");
    let results = String::from_utf8_lossy(&results).into_owned();
    let rows = results.split('\n').skip(1).filter(|row| !row.is_empty());
    let tried = |(row, probe): (&str, Probe)| {
        let columns: Vec<_> = row.split('\t').collect();
        Tried {
            file: columns[0].to_owned(),
            group: columns[2].to_owned(),
            title: columns[3].to_owned(),
            format: probe.format,
            body: probe.body,
            runtimes: [columns[4], columns[5]].map(|result| result.starts_with("ACCEPT")),
        }
    };
    rows.zip(probes()).map(tried).collect()
}

fn read(probe: &Probe, limits: Limits) -> Result<RemoteExecutionContext, Error> {
    decode_with(&probe.body, &DecodeOptions::new(probe.format).limits(limits).strict())
}

/// Nested deeper than the default limit allows.
const DEEP: usize = 280;

#[test]
fn is_the_platforms() {
    let probes = probes();
    let (mut accepted, mut rejected, mut failures) = (0, 0, Vec::new());
    for probe in &probes {
        let limits = match probe.number {
            DEEP => Limits::default().depth(1_100),
            _ => Limits::default(),
        };
        let accepts = probe.result.starts_with("ACCEPT");
        match read(probe, limits) {
            Ok(_) if accepts => accepted += 1,
            Err(_) if !accepts => rejected += 1,
            Ok(_) => {
                failures.push(format!("{} is accepted, against {}", probe.title, probe.result));
            }
            Err(error) => failures.push(format!("{} is rejected: {error}", probe.title)),
        }
    }
    assert!(failures.is_empty(), "{} of 414:\n{}", failures.len(), failures.join("\n"));
    assert_eq!((accepted + rejected, probes.len()), (414, 414));
}

#[test]
fn but_for_the_limit_of_depth() {
    let probes = probes();
    let error = read(&probes[DEEP], Limits::default()).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Limit("depth", 128));
}

/// The rows that show a decoded value whole: a member, or the shared variable `s`.
#[test]
fn values_are_the_platforms() {
    let mut checked = 0;
    for probe in probes() {
        let Some(told) = probe.result.strip_prefix("ACCEPT ") else { continue };
        if probe.number == DEEP {
            continue;
        }
        let context = read(&probe, Limits::default()).expect(&probe.title);
        if let Some(shown) = told.strip_prefix("[[\"s\",").and_then(|rest| rest.strip_suffix("]]"))
        {
            let expected = notation::value(&serde_json::from_str(shown).expect(&probe.title));
            let actual = notation::as_told_in_utc(context.shared_variables["s"].clone());
            assert_eq!(actual, expected, "{}", probe.title);
            checked += 1;
        } else if let Some((member, shown)) = told.split_once('=')
            && let Ok(shown) = serde_json::from_str::<serde_json::Value>(shown)
            && let Some(actual) = notation::member(&context, member)
        {
            let actual = notation::as_told_in_utc(actual);
            assert_eq!(actual, notation::value(&shown), "{}: {member}", probe.title);
            checked += 1;
        }
    }
    assert!(checked > 150, "{checked} values were shown");
}

/// How the crate's page begins what it says of the bodies with these numbers, in which the default
/// differs from the platform. In all others it does not.
const DIFFERENCES: [(&str, &[usize]); 13] = [
    ("An object in an `object` place whose `__type` is", &[3, 54, 72, 86, 89, 90, 92, 94]),
    (
        "A value of a contract type that this crate does not know",
        &[74, 75, 76, 77, 78, 82, 96, 97, 350, 352, 366, 391, 392],
    ),
    ("A value of XML Schema's lesser types", &[395]),
    ("Members of a pair besides its key and value", &[47, 84]),
    ("XML members may be in any order", &[282, 283, 284, 285, 286]),
    ("A JSON body may begin with a byte order mark", &[63, 65, 67, 261]),
    ("A member that appears twice in XML", &[307]),
    ("A pair without a value", &[31, 410]),
    ("An object with members where a collection is declared", &[226]),
    ("Content inside of an element that is nil", &[354]),
    ("Something behind a JSON body", &[18, 58, 60, 272, 297]),
    ("A number that is too large for a double", &[206, 207]),
    ("[`Limits`] bound depth", &[DEEP]),
];

#[test]
fn the_default_differs_where_the_page_says() {
    let page = page();
    let listed: BTreeSet<_> = DIFFERENCES.iter().flat_map(|(_, numbers)| *numbers).collect();
    for (beginning, _) in DIFFERENCES {
        assert!(page.contains(beginning), "the page does not say: {beginning}");
    }
    for probe in &probes() {
        let by_default = decode_with(&probe.body, &DecodeOptions::new(probe.format));
        let differs = match (&by_default, probe.result.starts_with("ACCEPT")) {
            (Ok(read), true) => self::read(probe, Limits::default()).as_ref() != Ok(read),
            (read, accepts) => read.is_ok() != accepts,
        };
        assert_eq!(differs, listed.contains(&probe.number), "{}: {by_default:?}", probe.title);
    }
}

/// The crate's page, as one line.
pub(crate) fn page() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let source = fs::read_to_string(path).expect("the source is part of the checkout");
    let lines = source.lines().filter_map(|line| line.strip_prefix("//!"));
    let words: Vec<_> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

#[test]
fn numbers_that_are_none_stand_bare_and_keep_their_text() {
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let texts = [("NaN", 0), ("INF", 1), ("-INF", 2), ("Infinity", 1), ("-Infinity", 2)];
    for (text, value) in texts {
        for strict in [false, true] {
            let body = format!(r#"{{"SharedVariables":[{{"key":"s","value":{text}}}]}}"#);
            let options = DecodeOptions::new(MessageFormat::Json);
            let options = if strict { options.strict() } else { options };
            let context = decode_with(body.as_bytes(), &options).unwrap();
            let read = context.shared_variables.double("s").unwrap().unwrap();
            assert_eq!(read.to_bits(), values[value].to_bits(), "{text}");
            let written = encode(&context, MessageFormat::Json).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), body);
        }
    }
    for text in ["nan", "inf", "+INF", "-NaN", "Inf"] {
        let body = format!(r#"{{"SharedVariables":[{{"key":"s","value":{text}}}]}}"#);
        assert!(decode(body.as_bytes(), MessageFormat::Json).is_err(), "{text}");
    }
}

#[test]
fn a_declared_double_that_is_no_number_may_stand_in_quotes() {
    let hint = r#""__type":"ProposalParty:http:\/\/schemas.microsoft.com\/crm\/2011\/Contracts""#;
    let body = |text: &str| {
        let value = format!(r#"{{{hint},"EffortRequired":{text}}}"#);
        format!(r#"{{"SharedVariables":[{{"key":"s","value":{value}}}]}}"#)
    };
    for text in ["INF", "\"INF\"", "\"Infinity\""] {
        let context = decode(body(text).as_bytes(), MessageFormat::Json).unwrap();
        let written = encode(&context, MessageFormat::Json).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), body("INF"));
    }
}

/// By default, nothing is lost that strict reading loses.
#[test]
fn the_default_keeps_what_the_platform_loses() {
    let by_default = |number: usize| {
        let probe = &probes()[number];
        decode_with(&probe.body, &DecodeOptions::new(probe.format)).expect(&probe.title)
    };
    for hint_not_first in [3, 86] {
        let target = by_default(hint_not_first).input_parameters["Target"].clone();
        assert!(matches!(target, Value::Raw(_)), "{target:?}");
    }
    let out_of_order = by_default(282);
    assert_eq!(out_of_order.depth, 1);
    let unknown = by_default(302);
    assert_eq!(unknown.extra.unknown().count(), 1);
}
