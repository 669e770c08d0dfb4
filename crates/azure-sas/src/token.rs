use std::fmt;

use zeroize::Zeroizing;

use crate::signature::SharedAccessSignature;

/// A token ready to be sent, wiped from memory when dropped.
///
/// Whoever holds its text may act as its policy until it expires, so [`Debug`] does not show it.
#[derive(Clone)]
pub struct Token {
    authorization: Zeroizing<String>,
    expires: u64,
}

impl Token {
    pub(crate) fn new(authorization: Zeroizing<String>, expires: u64) -> Self {
        Self { authorization, expires }
    }

    /// The value of the `Authorization` header:
    /// `SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={key name}`.
    ///
    /// It is a secret, and holds visible ASCII characters and single spaces only.
    pub fn authorization(&self) -> &str {
        &self.authorization
    }

    /// When the token stops being valid, in seconds since the Unix epoch.
    pub fn expires(&self) -> u64 {
        self.expires
    }
}

/// Sends a ready-made token as it is, byte for byte.
impl From<&SharedAccessSignature> for Token {
    fn from(signature: &SharedAccessSignature) -> Self {
        Self::new(Zeroizing::new(signature.reveal().to_owned()), signature.expires())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires", &self.expires).finish_non_exhaustive()
    }
}
