//! A token read as leniently as its meaning allows, with what was wrong noted on the way.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::encoding::{decode, number};
use crate::error::Field;
use crate::explain::finding::Finding;
use crate::token::SCHEME;

/// The fields whose text is percent-encoded.
const ENCODED: [Field; 3] = [Field::Resource, Field::Signature, Field::KeyName];

/// Quotation marks of shells, of programming languages and of word processors.
const QUOTES: [char; 8] =
    ['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}'];

/// The bytes of an HMAC-SHA256.
const SIGNATURE_LENGTH: usize = 32;

/// What the token says, as far as it could be made out.
pub(super) struct Reading {
    /// `sr` as sent.
    pub(super) sent_resource: Option<String>,
    /// `sr` as meant: decoded until nothing encoded is left.
    pub(super) resource: Option<String>,
    /// `se` as sent.
    pub(super) sent_expiry: Option<String>,
    pub(super) expires: Option<u64>,
    pub(super) key_name: Option<String>,
    /// 32 bytes.
    pub(super) signature: Option<Zeroizing<Vec<u8>>>,
}

impl Reading {
    /// `None` for what is no shared access signature at all.
    pub(super) fn read(text: &str, findings: &mut Vec<Finding>) -> Option<Self> {
        // Each step takes off one layer, outermost first, as they were put on: a shell's quotes
        // around a header around a token that was encoded as a whole.
        let text = unwrapped(text, findings);
        if let Some(other) = other_credential(text) {
            findings.push(other);
            return None;
        }
        let text = one_line(text, findings);
        let text = decoded_as_whole(text, findings);
        let text = without_html(text, findings);
        match fields_of(&text, findings) {
            Some(fields) => Some(Self::of(&Fields::read(fields, findings), findings)),
            None => {
                findings.push(Finding::NotAToken);
                None
            }
        }
    }

    fn of(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> Self {
        let [resource, signature, key_name] =
            ENCODED.map(|field| fields.get(field).and_then(|it| decoded(field, it, findings)));
        // As sent, before it is decoded: afterwards an escaped `+` looks the same.
        if fields.get(Field::Signature).is_some_and(|it| it.contains('+')) {
            findings.push(Finding::PlusNotEncoded);
        }
        let expiry = fields.get(Field::Expiry);
        let expires = expiry.and_then(number);
        if expiry.is_some() && expires.is_none() {
            findings.push(Finding::ExpiryNotNumber);
        }
        Self {
            sent_resource: fields.get(Field::Resource).map(str::to_owned),
            resource: resource.map(|it| it.to_string()),
            sent_expiry: expiry.map(str::to_owned),
            expires,
            key_name: key_name.map(|it| it.to_string()),
            signature: signature.and_then(|it| signature_of(&it, findings)),
        }
    }
}

/// The text without the white space, quotation marks and header name around it.
fn unwrapped<'a>(text: &'a str, findings: &mut Vec<Finding>) -> &'a str {
    let text = unquoted(text, findings);
    match text.split_once(':') {
        Some((name, value)) if name.trim_end().eq_ignore_ascii_case("authorization") => {
            findings.push(Finding::HeaderName);
            unquoted(value, findings)
        }
        _ => text,
    }
}

fn unquoted<'a>(text: &'a str, findings: &mut Vec<Finding>) -> &'a str {
    let quoted = text.trim();
    let text = quoted.trim_matches(QUOTES);
    if text.len() != quoted.len() && !findings.contains(&Finding::Quotes) {
        findings.push(Finding::Quotes);
    }
    text.trim()
}

/// Credentials that are taken for a token.
fn other_credential(text: &str) -> Option<Finding> {
    let begins = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let holds = |name: &str| {
        let mut parts = text.split(';').filter_map(|part| part.split_once('='));
        parts.any(|(part, _)| part.trim().eq_ignore_ascii_case(name))
    };
    // `{"` in base64, with which every JSON web token begins.
    if begins("Bearer ") || text.starts_with("eyJ") {
        Some(Finding::BearerToken)
    } else if holds("Endpoint") || holds("SharedAccessKey") {
        Some(Finding::ConnectionString)
    } else {
        None
    }
}

fn one_line(text: &str, findings: &mut Vec<Finding>) -> Zeroizing<String> {
    if text.contains(['\r', '\n']) {
        findings.push(Finding::LineBreak);
    }
    let mut line = Zeroizing::new(String::with_capacity(text.len()));
    line.extend(text.split(['\r', '\n']).map(str::trim_start));
    line
}

fn decoded_as_whole(text: Zeroizing<String>, findings: &mut Vec<Finding>) -> Zeroizing<String> {
    if text.contains('&') {
        return text;
    }
    // A well-formed token holds a bare `&`; one without may be a single field, or all of them.
    match decode(&text).map(Zeroizing::new) {
        Some(decoded) if decoded.contains("&sig=") || decoded.contains("&se=") => {
            findings.push(Finding::EncodedAsWhole);
            decoded
        }
        _ => text,
    }
}

fn without_html(text: Zeroizing<String>, findings: &mut Vec<Finding>) -> Zeroizing<String> {
    if !text.contains("&amp;") {
        return text;
    }
    findings.push(Finding::HtmlEscaped);
    Zeroizing::new(text.replace("&amp;", "&"))
}

/// What follows the scheme, or all of it if that looks like fields; `None` if nothing does.
fn fields_of<'a>(text: &'a str, findings: &mut Vec<Finding>) -> Option<&'a str> {
    let (fields, scheme) = match text.split_once(' ') {
        Some((scheme, fields)) if scheme.eq_ignore_ascii_case(SCHEME) => (fields, true),
        Some((head, fields)) if head.ends_with(SCHEME) => (fields, false),
        _ => (text.strip_prefix(SCHEME).unwrap_or(text), false),
    };
    let names = fields.split('&').filter_map(|field| field.split_once('='));
    let known = names.filter_map(|(name, _)| Field::from_name(name.trim()));
    // A key name or an expiry alone may be anything, a query string for instance.
    let is_token =
        known.into_iter().any(|field| matches!(field, Field::Resource | Field::Signature));
    if is_token && !scheme {
        findings.push(Finding::MissingScheme);
    }
    (is_token || scheme).then_some(fields)
}

/// The values of the known fields as sent, none of them empty.
struct Fields<'a> {
    values: [Option<&'a str>; Field::ALL.len()],
}

impl<'a> Fields<'a> {
    fn read(text: &'a str, findings: &mut Vec<Finding>) -> Self {
        let mut fields = Self { values: [None; Field::ALL.len()] };
        for (name, value) in text.split('&').filter_map(|field| field.split_once('=')) {
            if let Some(field) = Field::from_name(name.trim()).filter(|_| !value.trim().is_empty())
            {
                fields.set(field, value.trim(), findings);
            }
        }
        let missing = Field::ALL.into_iter().filter(|field| fields.get(*field).is_none());
        findings.extend(missing.map(Finding::MissingField));
        fields
    }

    fn set(&mut self, field: Field, value: &'a str, findings: &mut Vec<Finding>) {
        // The first stays: readers differ in which they take, and a person reads from the left.
        let slot = &mut self.values[field as usize];
        if slot.is_some() {
            findings.push(Finding::RepeatedField(field));
        }
        *slot = slot.or(Some(value));
    }

    fn get(&self, field: Field) -> Option<&'a str> {
        self.values[field as usize]
    }
}

/// The value decoded until nothing encoded is left.
fn decoded(field: Field, value: &str, findings: &mut Vec<Finding>) -> Option<Zeroizing<String>> {
    let Some(once) = decode(value).map(Zeroizing::new) else {
        findings.push(Finding::BadPercentEncoding(field));
        return None;
    };
    match decode(&once).map(Zeroizing::new) {
        Some(twice) if is_encoded(field, &once) => {
            findings.push(Finding::DoubleEncoded(field));
            Some(twice)
        }
        _ => Some(once),
    }
}

/// Whether a decoded value is encoded still. Neither base64 nor the name of a policy holds a `%`;
/// a URI may, but not for the `:` and `/` that make it one.
fn is_encoded(field: Field, value: &str) -> bool {
    match field {
        Field::Resource => ["%3A", "%3a", "%2F", "%2f"].iter().any(|it| value.contains(it)),
        _ => value.contains('%'),
    }
}

/// The signature's bytes, however they are written.
fn signature_of(text: &str, findings: &mut Vec<Finding>) -> Option<Zeroizing<Vec<u8>>> {
    let whole = |bytes: &Zeroizing<Vec<u8>>| bytes.len() == SIGNATURE_LENGTH;
    let standard = STANDARD.decode(text).ok().map(Zeroizing::new);
    if let Some(signature) = standard.clone().filter(whole) {
        return Some(signature);
    }
    let plus = Zeroizing::new(text.replace(' ', "+"));
    let base64url = || URL_SAFE.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok();
    // 64 hex digits are base64 too, but of 48 bytes: the length tells them apart.
    let readings = [
        (Finding::PlusLost, STANDARD.decode(&*plus).ok()),
        (Finding::UnpaddedSignature, STANDARD_NO_PAD.decode(text).ok()),
        (Finding::Base64UrlSignature, base64url()),
        (Finding::HexSignature, hex(text)),
    ];
    for (finding, bytes) in readings {
        if let Some(signature) = bytes.map(Zeroizing::new).filter(whole) {
            findings.push(finding);
            return Some(signature);
        }
    }
    findings.push(Finding::SignatureLength { bytes: standard.map(|bytes| bytes.len()) });
    None
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?)).collect()
}
