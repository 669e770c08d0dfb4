//! Strict reading accepts and rejects what the platform's own deserializers do.
//!
//! `fixtures/leniency/SOURCE.md` tells who found that out and how.

use std::fs;
use std::path::PathBuf;

use xrm_body::{DecodeOptions, Error, ErrorKind, Limits, MessageFormat, decode_with};
use xrm_context::{RemoteExecutionContext, Value};

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
            DEEP => Limits { depth: 1_100, ..Limits::default() },
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
    assert_eq!(unknown.extra.unknown().len(), 1);
}
