use std::error::Error as StdError;
use std::fmt;
use std::future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::renewal::Renewal;
use crate::signature::SharedAccessSignature;
use crate::token::Token;

/// A token that may still have to be fetched.
pub type TokenFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Arc<Token>, TokenError>> + Send + 'a>>;

/// A source of tokens for one resource, asked whenever one is needed.
///
/// | credential | tokens |
/// |---|---|
/// | [`Renewal`] | signed with a key, and renewed in time |
/// | [`KeyRotation`](crate::KeyRotation) | signed with the primary key, or with the secondary once that one is refused |
/// | [`ReadyMade`] | the one that it was given |
/// | your own | bearer tokens of Microsoft Entra ID, made with [`Token::bearer`] |
///
/// The trait is object-safe: its future is boxed, and bound to no runtime.
///
/// # Microsoft Entra ID
///
/// A credential of the crate `azure_identity` is adapted like this. Those for services (managed
/// identities, client secrets and certificates) keep their tokens until shortly before they expire,
/// so they can be asked each time.
///
/// ```ignore
/// struct EntraId(Arc<dyn azure_core::credentials::TokenCredential>);
///
/// impl azure_sas::TokenCredential for EntraId {
///     fn token(&self, _now: DateTime<Utc>) -> TokenFuture<'_> {
///         Box::pin(async {
///             let scopes = ["https://eventhubs.azure.net/.default"];
///             let found = self.0.get_token(&scopes, None).await.map_err(TokenError::unavailable)?;
///             let expires = SystemTime::from(found.expires_on).into();
///             Ok(Arc::new(Token::bearer(found.token.secret(), expires)?))
///         })
///     }
/// }
///
/// let credential = EntraId(azure_identity::ManagedIdentityCredential::new(None)?);
/// ```
///
/// A source that keeps no tokens needs a place for the last one:
///
/// ```
/// use std::sync::{Arc, Mutex, PoisonError};
/// use azure_sas::{Token, TokenCredential, TokenError, TokenFuture};
/// use chrono::{DateTime, TimeDelta, Utc};
///
/// # async fn fetch(_scope: &str) -> Result<(String, DateTime<Utc>), std::io::Error> {
/// #     Ok(("header.payload.signature".to_owned(), DateTime::UNIX_EPOCH))
/// # }
/// #[derive(Default)]
/// struct EntraId {
///     last: Mutex<Option<Arc<Token>>>,
/// }
///
/// impl TokenCredential for EntraId {
///     fn token(&self, now: DateTime<Utc>) -> TokenFuture<'_> {
///         Box::pin(async move {
///             let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
///             if let Some(token) = last.filter(|it| now + TimeDelta::minutes(5) < it.expires()) {
///                 return Ok(token);
///             }
///             let found = fetch("https://eventhubs.azure.net/.default").await;
///             let (jwt, expires) = found.map_err(TokenError::unavailable)?;
///             let token = Arc::new(Token::bearer(&jwt, expires)?);
///             *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
///             Ok(token)
///         })
///     }
/// }
///
/// let credential: Box<dyn TokenCredential> = Box::new(EntraId::default());
/// ```
pub trait TokenCredential: Send + Sync {
    /// Returns a token that is valid at `now`, and for a while after.
    ///
    /// It is called before every request, so the credential keeps the token.
    ///
    /// # Errors
    ///
    /// The future resolves to a [`TokenError`] if there is no token.
    fn token(&self, now: DateTime<Utc>) -> TokenFuture<'_>;

    /// Records that the service refused the signature of `token`, and returns whether
    /// [`token`](Self::token) now returns another one that is worth a try. By default, it does not.
    fn signature_refused(&self, token: &Token) -> bool {
        // Named in the signature for the documentation; without a second key there is no use for it.
        let _ = token;
        false
    }
}

impl<T: TokenCredential + ?Sized> TokenCredential for Arc<T> {
    fn token(&self, now: DateTime<Utc>) -> TokenFuture<'_> {
        (**self).token(now)
    }

    fn signature_refused(&self, token: &Token) -> bool {
        (**self).signature_refused(token)
    }
}

impl TokenCredential for Renewal {
    fn token(&self, now: DateTime<Utc>) -> TokenFuture<'_> {
        ready(Self::token_at(self, now))
    }
}

/// Why a credential gave no token.
///
/// It prints as the error that caused it, and has that one's [source](StdError::source). People
/// read it in jobs and logs, so the cause must not contain a secret.
#[derive(Debug)]
pub struct TokenError {
    is_transient: bool,
    cause: Box<dyn StdError + Send + Sync>,
}

impl TokenError {
    /// The issuer of tokens could not be reached, or failed: another attempt may succeed.
    #[must_use]
    pub fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { is_transient: true, cause: cause.into() }
    }

    /// The issuer of tokens refused, or there is nothing to ask it with: someone has to change the
    /// configuration.
    ///
    /// ```
    /// use azure_sas::TokenError;
    ///
    /// let error = TokenError::refused("the client secret has expired");
    /// assert_eq!(error.to_string(), "the client secret has expired");
    /// assert!(!error.is_transient());
    /// ```
    #[must_use]
    pub fn refused(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { is_transient: false, cause: cause.into() }
    }

    /// Whether another attempt may succeed without anything being changed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.is_transient
    }
}

/// A token that can't be sent: the issuer would give the same again.
impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        // Not transient: what is malformed now is malformed the next time.
        Self::refused(error)
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl StdError for TokenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.source()
    }
}

/// One token, made elsewhere.
///
/// It is returned even if it has expired: the service, by its own clock, has the last word.
///
/// ```
/// use azure_sas::{ReadyMade, SharedAccessSignature};
///
/// let signature: SharedAccessSignature = "SharedAccessSignature sr=audience\
///     &sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D&se=1578099723&skn=key"
///     .parse()?;
/// let credential = ReadyMade::from(&signature);
/// assert_eq!(credential.token().expires().to_string(), "2020-01-04 01:02:03 UTC");
/// # Ok::<(), azure_sas::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadyMade(Arc<Token>);

impl ReadyMade {
    /// The token.
    #[must_use]
    pub fn token(&self) -> &Arc<Token> {
        &self.0
    }
}

impl TokenCredential for ReadyMade {
    fn token(&self, _: DateTime<Utc>) -> TokenFuture<'_> {
        ready(Arc::clone(&self.0))
    }
}

impl From<Token> for ReadyMade {
    fn from(token: Token) -> Self {
        Self(Arc::new(token))
    }
}

impl From<&SharedAccessSignature> for ReadyMade {
    fn from(signature: &SharedAccessSignature) -> Self {
        Token::from(signature).into()
    }
}

/// A future of a token that is there already.
pub(crate) fn ready(token: Arc<Token>) -> TokenFuture<'static> {
    Box::pin(future::ready(Ok(token)))
}
