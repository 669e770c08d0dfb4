//! Texts that may repeat a secret.

/// What a secret begins with, in lower case: a shared access signature, in an HTTP header or in an
/// address, and a token of Microsoft Entra ID, which is a JWT and so begins with `{"`, in base64
/// `eyJ`.
const MARKERS: [&str; 4] = ["sharedaccesssignature", "sig=", "sig%3d", "bearer eyj"];

/// The text up to where it begins to repeat a token, as an answer of a proxy does that prints the
/// request which it refuses.
pub(crate) fn without_token(mut text: String) -> String {
    // Only ASCII changes, so every character stays where it was.
    let lower = text.to_ascii_lowercase();
    if let Some(start) = MARKERS.iter().filter_map(|marker| lower.find(marker)).min() {
        // To the end, because where the token ends can't be known: whoever repeats it may have
        // escaped or wrapped it.
        text.truncate(start);
        text.push_str("(redacted)");
    }
    text
}
