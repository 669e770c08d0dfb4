//! Which mistake in signing makes the signature that was found.
//!
//! Every combination of a key, a resource and a separator that clients are known to get wrong is
//! signed; of those that match, the one with the fewest mistakes is the explanation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::encoding::encode;
use crate::explain::finding::Finding;
use crate::explain::reading::Reading;
use crate::key::SharedAccessKey;

/// The longest resource, in bytes, whose variants are tried. Each is held some hundred times over.
const LONGEST_RESOURCE: usize = 4 * 1024;

/// A value that may have been signed, and the mistakes that lead to it.
struct Candidate<T> {
    value: T,
    mistakes: Vec<Finding>,
}

impl<T> Candidate<T> {
    fn new(value: T, mistakes: impl IntoIterator<Item = Finding>) -> Self {
        Self { value, mistakes: mistakes.into_iter().collect() }
    }
}

pub(super) fn check(reading: &Reading, key: &SharedAccessKey, findings: &mut Vec<Finding>) {
    let (Some(sent), Some(resource), Some(expiry), Some(signature)) =
        (&reading.sent_resource, &reading.resource, &reading.sent_expiry, &reading.signature)
    else {
        return;
    };
    let resources = resources(sent, resource);
    let strings = strings_to_sign(&resources, expiry);
    let mistakes = fewest_mistakes(&keys(key), &strings, signature);
    findings.extend(mistakes.unwrap_or_else(|| vec![without_key(&strings, signature)]));
}

fn fewest_mistakes(
    keys: &[Candidate<Zeroizing<Vec<u8>>>],
    strings: &[Candidate<String>],
    signature: &[u8],
) -> Option<Vec<Finding>> {
    // All pairs are tried, a few thousand HMACs at most: a search by number of mistakes would end
    // sooner, but this runs once for a person who waits for an answer, and is plain to read.
    let mut best: Option<Vec<Finding>> = None;
    for key in keys {
        let mac =
            Hmac::<Sha256>::new_from_slice(&key.value).expect("HMAC takes a key of any length");
        for string in strings {
            let count = key.mistakes.len() + string.mistakes.len();
            // Strictly fewer, so that of equals the first stays: the likelier ones come first.
            if best.as_ref().is_none_or(|best| count < best.len())
                && mac.clone().chain_update(&string.value).verify_slice(signature).is_ok()
            {
                best = Some([&*key.mistakes, &*string.mistakes].concat());
            }
        }
    }
    best
}

fn without_key(strings: &[Candidate<String>], signature: &[u8]) -> Finding {
    let plain = |it: &Candidate<String>| bool::from(Sha256::digest(&it.value).ct_eq(signature));
    if strings.iter().any(plain) { Finding::NotHmac } else { Finding::WrongKey }
}

fn keys(key: &SharedAccessKey) -> Vec<Candidate<Zeroizing<Vec<u8>>>> {
    let text = key.reveal();
    let bytes = |text: &str| Zeroizing::new(text.as_bytes().to_vec());
    let with_end = |end: &str| {
        let mut with_end = Zeroizing::new(Vec::with_capacity(text.len() + end.len()));
        with_end.extend_from_slice(text.as_bytes());
        with_end.extend_from_slice(end.as_bytes());
        Candidate::new(with_end, [Finding::KeyWithLineBreak])
    };
    let mut keys = vec![Candidate::new(bytes(text), []), with_end("\n"), with_end("\r\n")];
    // The rule of IoT Hub, whose samples people copy.
    if let Ok(decoded) = STANDARD.decode(text) {
        keys.push(Candidate::new(Zeroizing::new(decoded), [Finding::KeyBase64Decoded]));
    }
    let shorter = [text.strip_suffix('='), text.strip_suffix("==")];
    let shorter = shorter.into_iter().flatten();
    keys.extend(shorter.map(|it| Candidate::new(bytes(it), [Finding::KeyPaddingLost])));
    keys
}

fn strings_to_sign(resources: &[Candidate<String>], expiry: &str) -> Vec<Candidate<String>> {
    // What languages and shells make of "\n" between the lines: Windows line ends, an escape that
    // was not one in single quotes, `echo` with its own line feed at the end.
    let forms = [
        ("\n", "", None),
        ("\r\n", "", Some(Finding::CrLf)),
        ("\\n", "", Some(Finding::LiteralNewline)),
        ("", "", Some(Finding::NoNewline)),
        ("\n", "\n", Some(Finding::TrailingNewline)),
        ("\r\n", "\r\n", Some(Finding::CrLf)),
    ];
    let sign = |resource: &Candidate<String>,
                (separator, end, mistake): &(_, _, Option<Finding>)| {
        let string = format!("{}{separator}{expiry}{end}", resource.value);
        Candidate::new(string, resource.mistakes.iter().chain(mistake).cloned())
    };
    resources.iter().flat_map(|it| forms.iter().map(move |form| sign(it, form))).collect()
}

/// What may have been signed for `sent`, which means `resource`. A resource that was sent encoded
/// twice has been told of already, so to sign it encoded once, or not at all, is no new mistake.
fn resources(sent: &str, resource: &str) -> Vec<Candidate<String>> {
    let mut candidates = vec![Candidate::new(sent.to_owned(), [])];
    if sent.len() > LONGEST_RESOURCE {
        return candidates;
    }
    for slash in slashes(resource) {
        for scheme in schemes(&slash.value) {
            for case in cases(&scheme.value) {
                let mistakes = [&*slash.mistakes, &*scheme.mistakes, &*case.mistakes].concat();
                candidates.extend(encodings(&case.value, sent, resource, &mistakes));
            }
        }
    }
    candidates
}

fn slashes(uri: &str) -> [Candidate<String>; 2] {
    let other = uri.strip_suffix('/').map_or_else(|| format!("{uri}/"), str::to_owned);
    [Candidate::new(uri.to_owned(), []), Candidate::new(other, [Finding::SignedOtherSlash])]
}

fn schemes(uri: &str) -> Vec<Candidate<String>> {
    let (_, address) = uri.split_once("://").unwrap_or(("", uri));
    let others = ["https://", "http://", "sb://", "amqps://", ""];
    let others = others.map(|scheme| format!("{scheme}{address}"));
    let others = others.into_iter().filter(|other| other != uri);
    let mut schemes = vec![Candidate::new(uri.to_owned(), [])];
    schemes.extend(others.map(|it| Candidate::new(it, [Finding::SignedOtherScheme])));
    schemes
}

fn cases(uri: &str) -> [Candidate<String>; 2] {
    let lower = uri.to_lowercase();
    [Candidate::new(uri.to_owned(), []), Candidate::new(lower, [Finding::SignedLowerCase])]
}

/// `uri` encoded in every way, each compared with the way in which `sent` encodes `resource`.
fn encodings(
    uri: &str,
    sent: &str,
    resource: &str,
    mistakes: &[Finding],
) -> impl Iterator<Item = Candidate<String>> {
    let mistaken = |value, mistake: Option<Finding>| {
        Candidate::new(value, mistakes.iter().cloned().chain(mistake))
    };
    [upper_hex, lower_hex, str::to_owned]
        .map(|style: fn(&str) -> String| mistaken(style(uri), differs(style, sent, resource)))
        .into_iter()
}

/// The mistake of signing in `style` what was sent as `sent`.
fn differs(style: fn(&str) -> String, sent: &str, resource: &str) -> Option<Finding> {
    let signed = style(resource);
    // What was sent encoded twice has that as its finding already.
    let twice = sent.contains("%25");
    if signed == sent || twice {
        None
    } else if signed == resource {
        Some(Finding::SignedUnencoded)
    } else if sent == resource {
        Some(Finding::SentUnencoded)
    } else {
        Some(Finding::EncodedDifferently)
    }
}

fn upper_hex(uri: &str) -> String {
    encode(uri).to_string()
}

/// Only the digits of the escapes are lower, not the text between them.
fn lower_hex(uri: &str) -> String {
    let mut digits = 0;
    let mut lower = |c: char| {
        let is_digit = digits > 0;
        digits = if c == '%' { 2 } else { digits.max(1) - 1 };
        if is_digit { c.to_ascii_lowercase() } else { c }
    };
    encode(uri).to_string().chars().map(&mut lower).collect()
}
