//! The bodies that Microsoft's own serializers wrote, one test for each case and direction, and those
//! that a second implementation wrote of the contract types that no case of Microsoft's holds.
//!
//! `SOURCE.md` in `fixtures/bodies` and in `fixtures/contracts` tells who wrote them and how.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use xrm_body::{MessageFormat, decode, encode};

/// Cases that were written in another time zone: the ends of their names. JSON tells a local date
/// by the clock of the writing process, which is UTC here.
const OTHER_ZONES: [&str; 3] = ["-america-new_york", "-asia-kolkata", "-europe-paris"];

/// Conversions that are refused: of contract types that are kept as they stand, and of a type that
/// the platform refuses in XML too.
const REFUSED: [(&str, MessageFormat, MessageFormat); 3] = [
    ("metadata-values", MessageFormat::Json, MessageFormat::Xml),
    ("metadata-values", MessageFormat::Xml, MessageFormat::Json),
    ("val-orgrequest", MessageFormat::Json, MessageFormat::Xml),
];

/// Lone surrogates are decoded to U+FFFD, since no Rust string holds them.
const LONE_SURROGATES: &[&str] = &["str-lone-high", "str-lone-low"];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = cases().iter().flat_map(|case| trials_of(case)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn cases() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    ["bodies", "contracts"].iter().flat_map(|area| folders(&fixtures.join(area))).collect()
}

fn folders(area: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = fs::read_dir(area)
        .expect("the fixtures are part of the checkout")
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn name(case: &Path) -> String {
    case.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn trials_of(case: &Path) -> Vec<Trial> {
    use MessageFormat::{Json, Xml};
    let directions = [
        (Json, "body.json", Json, "body.json"),
        (Xml, "body.xml", Xml, "body.xml"),
        (Xml, "body.xml", Json, "body.json"),
        (Json, "body.json", Xml, "from-json.xml"),
    ];
    let trial = |(from, source, to, target): (MessageFormat, &str, MessageFormat, &str)| {
        let name = name(case);
        let title = format!("{name}: {from} to {to}");
        let (source, target) = (case.join(source), case.join(target));
        if !source.exists() || !target.exists() || is_told_by_another_clock(&name, from, to) {
            return None;
        }
        if REFUSED.contains(&(name.as_str(), from, to)) {
            return Some(Trial::test(title, move || refuse(from, &source, to)));
        }
        let lossy = LONE_SURROGATES.contains(&name.as_str());
        Some(Trial::test(title, move || convert(from, &source, to, &target, lossy)))
    };
    directions.into_iter().filter_map(trial).collect()
}

fn is_told_by_another_clock(name: &str, from: MessageFormat, to: MessageFormat) -> bool {
    from == MessageFormat::Xml
        && to == MessageFormat::Json
        && OTHER_ZONES.iter().any(|zone| name.ends_with(zone))
}

fn refuse(from: MessageFormat, source: &Path, to: MessageFormat) -> Result<(), Failed> {
    let context = decode(&fs::read(source)?, from)?;
    match encode(&context, to) {
        Ok(_) => Err("it is not refused".into()),
        Err(_) => Ok(()),
    }
}

fn convert(
    from: MessageFormat,
    source: &Path,
    to: MessageFormat,
    target: &Path,
    lossy: bool,
) -> Result<(), Failed> {
    let context = decode(&fs::read(source)?, from)?;
    let written = String::from_utf8(encode(&context, to)?)?;
    let mut expected = fs::read_to_string(target)?;
    if lossy {
        expected = replace_lone_surrogates(&expected);
    }
    if written == expected { Ok(()) } else { Err(first_difference(&written, &expected).into()) }
}

/// What a body holds once its lone surrogates are U+FFFD.
fn replace_lone_surrogates(body: &str) -> String {
    let mut replaced = String::new();
    let mut rest = body;
    while let Some(at) = rest.find("\\ud") {
        replaced.push_str(&rest[..at]);
        let pair = rest.get(at..at + 12).filter(|pair| pair[6..].starts_with("\\ud"));
        replaced.push_str(pair.unwrap_or("\u{fffd}"));
        rest = &rest[at + pair.map_or(6, str::len)..];
    }
    replaced + rest
}

fn first_difference(written: &str, expected: &str) -> String {
    let pairs = written.chars().zip(expected.chars());
    let at = pairs.take_while(|(a, b)| a == b).count();
    let around =
        |text: &str| text.chars().skip(at.saturating_sub(60)).take(160).collect::<String>();
    format!(
        "differs at character {at}\n  written: {}\n expected: {}",
        around(written),
        around(expected)
    )
}
