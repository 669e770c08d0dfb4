use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::encoding::check_text;
use crate::error::Error;

/// The key of a shared access policy, wiped from memory when dropped.
///
/// The key's *text* is the HMAC key, byte for byte. Azure generates keys that are base64 text;
/// they are not decoded.
///
/// ```
/// let key = azure_sas::SharedAccessKey::new("c2VjcmV0")?;
/// assert_eq!(format!("{key:?}"), "SharedAccessKey(redacted)");
/// # Ok::<(), azure_sas::Error>(())
/// ```
#[derive(Clone)]
pub struct SharedAccessKey(Zeroizing<String>);

impl SharedAccessKey {
    /// A key from its text.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the text is empty or contains a control character, such as the line break
    /// at the end of a file.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = Zeroizing::new(text.into());
        check_text(&text).map_err(Error::Key)?;
        Ok(Self(text))
    }

    /// The key's text. The name makes the places where a secret leaves its type easy to find.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// HMAC-SHA256 with the key taken in and nothing signed yet.
    pub(crate) fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.0.as_bytes()).expect("HMAC takes a key of any length")
    }
}

/// Compares in constant time.
impl PartialEq for SharedAccessKey {
    fn eq(&self, other: &Self) -> bool {
        // Equal lengths are compared byte by byte in constant time; the length is no secret.
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for SharedAccessKey {}

impl fmt::Debug for SharedAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedAccessKey(redacted)")
    }
}

/// The MAC after the string to sign: the resource as sent, a line feed, the expiry as sent.
pub(crate) fn authenticate(mut mac: Hmac<Sha256>, resource: &str, expiry: &str) -> Hmac<Sha256> {
    mac.update(resource.as_bytes());
    mac.update(b"\n");
    mac.update(expiry.as_bytes());
    mac
}
