//! Texts that may repeat a secret.

use std::borrow::Cow;

/// What a secret begins with, in lower case: a shared access signature, in an HTTP header or in an
/// address, a key in a connection string, and a token of Microsoft Entra ID, which is a JWT and so
/// begins with `{"`, in base64 `eyJ`.
const MARKERS: [&str; 6] =
    ["sharedaccesssignature", "sharedaccesskey=", "sig=", "sig%3d", "sig%253d", "bearer eyj"];

/// The characters of 32 bytes in base64, without the padding: a signature or a key.
const SECRET: usize = 43;

/// The text up to where it begins to repeat a token or a key, as an answer of a proxy does that
/// prints the request which it refuses.
///
/// [`Refusal`](crate::Refusal) and [`NoAnswer`](crate::NoAnswer) hold such texts only. Use it for
/// other texts of a server that are shown, such as the user metadata of a hub.
///
/// ```
/// let echo = "Forbidden header: SharedAccessSignature sr=x&sig=c2VjcmV0";
/// assert_eq!(eventhub_rest::redacted(echo), "Forbidden header: (redacted)");
/// assert_eq!(eventhub_rest::redacted("Quota exceeded"), "Quota exceeded");
/// ```
#[must_use]
pub fn redacted(text: &str) -> Cow<'_, str> {
    // Only ASCII changes, so every character stays where it was.
    let lower = text.to_ascii_lowercase();
    let marked = MARKERS.iter().filter_map(|marker| lower.find(marker));
    // To the end, because where the token ends can't be known: whoever repeats it may have
    // escaped or wrapped it.
    match marked.chain(secret_at(&lower)).min() {
        Some(start) => Cow::Owned(format!("{}(redacted)", &text[..start])),
        None => Cow::Borrowed(text),
    }
}

/// As [`redacted`].
pub(crate) fn without_token(text: String) -> String {
    match redacted(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(redacted) => redacted,
    }
}

/// Where 32 bytes or more in base64 begin, which have padding at their end: a signature or a key without
/// its name. Ids of the service have hyphens, and no padding.
fn secret_at(lower: &str) -> Option<usize> {
    let bytes = lower.as_bytes();
    let (mut at, mut start, mut length) = (0, 0, 0);
    while let Some(byte) = bytes.get(at) {
        // In an address, some characters of base64 are escaped.
        let escape = bytes.get(at..at + 3).filter(|it| it[0] == b'%');
        let (size, is_symbol, is_padding) = match escape {
            Some(b"%2b" | b"%2f") => (3, true, false),
            Some(b"%3d") => (3, false, true),
            _ => (1, byte.is_ascii_alphanumeric() || b"+/".contains(byte), *byte == b'='),
        };
        if is_padding && length >= SECRET {
            return Some(start);
        }
        if is_symbol {
            length += 1;
        } else {
            (start, length) = (at + size, 0);
        }
        at += size;
    }
    None
}
