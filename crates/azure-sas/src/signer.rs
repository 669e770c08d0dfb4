use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::encoding::{check_text, encode, joined, time};
use crate::error::{Error, Field};
use crate::key::{SharedAccessKey, authenticate};
use crate::resource::Resource;
use crate::token::{SCHEME, Token};

/// A signer of tokens with one key.
///
/// It keeps the state of the HMAC after the key rather than the key, which halves the hashing for
/// each token.
///
/// The signature is HMAC-SHA256 over the encoded resource, a line feed and the expiry
/// ([Generate a SAS token][docs]).
///
/// ```
/// use azure_sas::{Resource, SharedAccessKey, Signer};
///
/// let signer = Signer::new("key", &SharedAccessKey::new("key")?)?;
/// let token = signer.sign(&Resource::new("audience")?, "2020-01-04T01:02:03Z".parse()?);
/// assert_eq!(
///     token.authorization(),
///     "SharedAccessSignature sr=audience\
///      &sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D&se=1578099723&skn=key"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [docs]: https://learn.microsoft.com/rest/api/eventhub/generate-sas-token
#[derive(Clone, Debug)]
pub struct Signer {
    key_name: String,
    mac: Hmac<Sha256>,
}

impl Signer {
    /// A signer for the shared access policy `key_name` with `key`.
    ///
    /// # Errors
    ///
    /// [`Error::KeyName`] if the name is empty or contains a control character.
    pub fn new(key_name: &str, key: &SharedAccessKey) -> Result<Self, Error> {
        check_text(key_name).map_err(Error::KeyName)?;
        Ok(Self::checked(key_name, key))
    }

    /// A signer for a name that a connection string has been checked for.
    pub(crate) fn checked(key_name: &str, key: &SharedAccessKey) -> Self {
        Self { key_name: key_name.to_owned(), mac: key.mac() }
    }

    /// The name of the shared access policy.
    #[must_use]
    pub fn key_name(&self) -> &str {
        &self.key_name
    }

    /// Signs a token for `resource` that is valid until `expires`, rounded down to whole seconds; a
    /// time before 1970 counts as its beginning.
    #[must_use]
    pub fn sign(&self, resource: &Resource, expires: DateTime<Utc>) -> Token {
        let seconds = u64::try_from(expires.timestamp()).unwrap_or(0);
        let expiry = seconds.to_string();
        let signature = self.signature(resource, &expiry);
        // The order of Microsoft's samples. The service takes any.
        let fields = [
            (Field::Resource.name(), resource.encoded()),
            (Field::Signature.name(), &signature),
            (Field::Expiry.name(), &expiry),
            (Field::KeyName.name(), &encode(&self.key_name).to_string()),
        ];
        Token::new(joined(SCHEME, " ", "&", &fields), time(seconds))
    }

    /// The signature, in base64 and percent-encoded: base64 holds `+`, `/` and `=`.
    fn signature(&self, resource: &Resource, expiry: &str) -> Zeroizing<String> {
        let mac =
            authenticate(self.mac.clone(), resource.encoded(), expiry).finalize().into_bytes();
        // On the stack and of the final size: a growing heap buffer would leave parts of the
        // signature behind where nobody wipes them.
        let mut base64 = Zeroizing::new([0; 44]);
        STANDARD.encode_slice(mac, &mut *base64).expect("32 bytes are 44 characters of base64");
        let text = str::from_utf8(&*base64).expect("base64 is ASCII");
        // Three characters for each if all of them had to be escaped.
        let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
        encoded.extend(encode(text));
        encoded
    }
}
