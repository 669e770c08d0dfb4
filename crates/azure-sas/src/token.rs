use std::fmt;

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use crate::error::{Error, Reason};

/// The authorization scheme of shared access signatures.
pub(crate) const SCHEME: &str = "SharedAccessSignature";

/// The authorization scheme of bearer tokens, and the space after it.
const BEARER: &str = "Bearer ";

/// A token ready to be sent, wiped from memory when dropped.
///
/// Whoever has its text may act as its policy until it expires, so [`Debug`] does not show it.
#[derive(Clone)]
pub struct Token {
    authorization: Zeroizing<String>,
    expires: DateTime<Utc>,
}

impl Token {
    pub(crate) fn new(authorization: Zeroizing<String>, expires: DateTime<Utc>) -> Self {
        Self { authorization, expires }
    }

    /// A bearer token of Microsoft Entra ID that is valid until `expires`: `Bearer {jwt}`. The scope
    /// to ask for is `https://eventhubs.azure.net/.default` ([Authenticate with Microsoft
    /// Entra ID][docs]).
    ///
    /// ```
    /// use azure_sas::Token;
    ///
    /// let expires = "2026-01-01T00:00:00Z".parse()?;
    /// let token = Token::bearer("header.payload.signature", expires)?;
    /// assert_eq!(token.authorization(), "Bearer header.payload.signature");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::BearerToken`] if the text is empty or contains a character that [RFC 6750, 2.1] does
    /// not allow.
    ///
    /// [docs]: https://learn.microsoft.com/rest/api/eventhub/get-azure-active-directory-token
    /// [RFC 6750, 2.1]: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    pub fn bearer(jwt: &str, expires: DateTime<Utc>) -> Result<Self, Error> {
        if jwt.is_empty() {
            return Err(Error::BearerToken(Reason::Empty));
        }
        if !jwt.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b)) {
            return Err(Error::BearerToken(Reason::Character));
        }
        let mut text = Zeroizing::new(String::with_capacity(BEARER.len() + jwt.len()));
        text.extend([BEARER, jwt]);
        Ok(Self::new(text, expires))
    }

    /// The value of the `Authorization` header:
    /// `SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={key name}`, or
    /// `Bearer {jwt}`.
    ///
    /// It is a secret, and contains only visible ASCII characters and single spaces.
    #[must_use]
    pub fn authorization(&self) -> &str {
        &self.authorization
    }

    /// The time at which the token stops being valid.
    #[must_use]
    pub fn expires(&self) -> DateTime<Utc> {
        self.expires
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires", &self.expires).finish_non_exhaustive()
    }
}
