use std::error::Error as StdError;
use std::fmt;
use std::future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::renewal::Renewal;
use crate::signature::SharedAccessSignature;
use crate::token::Token;

/// A token on its way.
pub type TokenFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Arc<Token>, TokenError>> + Send + 'a>>;

/// Why a credential gave no token, in the words of whoever was asked for it. It is shown to
/// people: no secret may be in it.
pub type TokenError = Box<dyn StdError + Send + Sync>;

/// Something that gives tokens whenever one is needed.
///
/// | credential | tokens |
/// |---|---|
/// | [`Renewal`] | signed with a key, and renewed in time |
/// | [`KeyRotation`](crate::KeyRotation) | signed with the primary key, or with the secondary once that one is refused |
/// | [`ReadyMade`] | the one that it was given |
/// | your own | bearer tokens of Microsoft Entra ID, made with [`Token::bearer`] |
///
/// The future is boxed and bound to no runtime, so the trait can be an object.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use azure_sas::{Token, TokenCredential, TokenFuture};
/// use chrono::{DateTime, TimeDelta, Utc};
///
/// # async fn ask_entra_id(_scope: &str) -> Result<(String, DateTime<Utc>), std::io::Error> {
/// #     Ok(("header.payload.signature".to_owned(), DateTime::UNIX_EPOCH))
/// # }
/// #[derive(Default)]
/// struct EntraId {
///     current: Mutex<Option<Arc<Token>>>,
/// }
///
/// impl TokenCredential for EntraId {
///     fn token(&self, now: DateTime<Utc>) -> TokenFuture<'_> {
///         Box::pin(async move {
///             let current = self.current.lock().map_err(|_| "another thread failed")?.clone();
///             if let Some(token) = current.filter(|token| now + TimeDelta::minutes(5) < token.expires()) {
///                 return Ok(token);
///             }
///             let (jwt, expires) = ask_entra_id("https://eventhubs.azure.net/.default").await?;
///             let token = Arc::new(Token::bearer(&jwt, expires)?);
///             *self.current.lock().map_err(|_| "another thread failed")? = Some(token.clone());
///             Ok(token)
///         })
///     }
/// }
///
/// let credential: Box<dyn TokenCredential> = Box::new(EntraId::default());
/// ```
pub trait TokenCredential: Send + Sync {
    /// A token that is valid at `now`, and for a while after.
    ///
    /// It is asked for before every request, so it is for the credential to keep the token.
    fn token(&self, now: DateTime<Utc>) -> TokenFuture<'_>;

    /// Takes note that the service refused the signature of `token`, and tells whether
    /// [`token`](Self::token) now gives another one that is worth a try. By default, it is
    /// not.
    fn signature_refused(&self, token: &Token) -> bool {
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

/// One token, made elsewhere.
///
/// It is given out even when it has expired: the service, by its own clock, has the last word.
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
#[derive(Clone)]
pub struct ReadyMade(Arc<Token>);

impl ReadyMade {
    /// The token.
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

impl fmt::Debug for ReadyMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadyMade").field(&self.0).finish()
    }
}

/// A token that needs no waiting for.
pub(crate) fn ready(token: Arc<Token>) -> TokenFuture<'static> {
    Box::pin(future::ready(Ok(token)))
}
