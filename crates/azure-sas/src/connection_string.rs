use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::credential::{ReadyMade, TokenCredential};
use crate::encoding::{check_text, joined};
use crate::endpoint::Endpoint;
use crate::error::{Error, Part, Reason};
use crate::key::SharedAccessKey;
use crate::renewal::Renewal;
use crate::resource::Resource;
use crate::signature::SharedAccessSignature;
use crate::signer::Signer;

/// A connection string of an Event Hubs namespace or hub.
///
/// Parts are `Name=Value`, separated by `;` and split at their first `=`. The names are those of
/// [`Part`], in any case and order.
///
/// | text | reading |
/// |---|---|
/// | `Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k` | a namespace and a key |
/// | `...;EntityPath=orders` | the hub `orders` of it |
/// | `Endpoint=sb://h/;SharedAccessSignature=SharedAccessSignature sr=...` | a ready-made token |
/// | `Endpoint=sb://localhost:5123;...;UseDevelopmentEmulator=true` | a local emulator |
/// | `; Endpoint = sb://h/ ;;` | empty parts and space around names and values are ignored |
/// | `Foo=bar` | an unknown part is ignored |
///
/// The form is documented in [Get an Event Hubs connection string][docs]. Microsoft's own clients
/// disagree on the details; what all or the .NET client accept is accepted here, except that
/// nothing is silently dropped: a repeated part, a part without `=`, a second credential and quotes
/// around it all are errors. `UseDevelopmentEmulator` takes `true` or `false` in any case.
///
/// [`Debug`] and [`Display`](fmt::Display) show everything but the key or the signature.
///
/// ```
/// use azure_sas::{ConnectionString, Error, Part, Reason};
///
/// let text = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=send;\
///     SharedAccessKey=c2VjcmV0;EntityPath=orders";
/// let connection: ConnectionString = text.parse()?;
/// assert_eq!(connection.endpoint().host(), "contoso.servicebus.windows.net");
/// assert_eq!((connection.key_name(), connection.entity_path()), ("send", Some("orders")));
/// assert!(!connection.to_string().contains("c2VjcmV0"));
///
/// let keyless = "Endpoint=sb://contoso.servicebus.windows.net/".parse::<ConnectionString>();
/// let expected = Error::ConnectionString {
///     part: Part::SharedAccessKey,
///     reason: Reason::Missing,
/// };
/// assert_eq!(keyless, Err(expected));
/// # Ok::<(), azure_sas::Error>(())
/// ```
///
/// [docs]: https://learn.microsoft.com/azure/event-hubs/event-hubs-get-connection-string
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionString {
    endpoint: Endpoint,
    credential: Credential,
    entity_path: Option<String>,
}

/// The credential in a connection string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The name and key of a shared access policy: tokens can be signed with it.
    Key {
        /// `SharedAccessKeyName`.
        name: String,
        /// `SharedAccessKey`.
        key: SharedAccessKey,
    },
    /// A ready-made token: it opens what it was signed for until it expires.
    Signature(SharedAccessSignature),
}

impl ConnectionString {
    /// The connection string of a shared access policy: of a hub's, if there is an entity path,
    /// else of a namespace's.
    ///
    /// ```
    /// use azure_sas::{ConnectionString, SharedAccessKey};
    ///
    /// let key = SharedAccessKey::new("c2VjcmV0")?;
    /// let endpoint = "sb://contoso.servicebus.windows.net/".parse()?;
    /// let connection = ConnectionString::new(endpoint, "send", key, Some("orders"))?;
    /// assert_eq!(
    ///     connection.to_secret_string().as_str(),
    ///     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=send;\
    ///      SharedAccessKey=c2VjcmV0;EntityPath=orders"
    /// );
    /// # Ok::<(), azure_sas::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ConnectionString`] if the name, the key or the entity path can't be a part's value:
    /// if it is empty, contains a `;` or a control character, or begins or ends with white space.
    pub fn new(
        endpoint: Endpoint,
        key_name: &str,
        key: SharedAccessKey,
        entity_path: Option<&str>,
    ) -> Result<Self, Error> {
        check_value(Part::SharedAccessKeyName, key_name)?;
        check_value(Part::SharedAccessKey, key.reveal())?;
        entity_path.map_or(Ok(()), |path| check_value(Part::EntityPath, path))?;
        let credential = Credential::Key { name: key_name.to_owned(), key };
        Ok(Self { endpoint, credential, entity_path: entity_path.map(str::to_owned) })
    }

    /// Reads a connection string as [`parse`](str::parse) does, but with `UseDevelopmentEmulator=true`
    /// takes any host: emulators in containers are addressed by the names of these. What is sent to
    /// such a host is in plain text.
    ///
    /// ```
    /// use azure_sas::ConnectionString;
    ///
    /// let text = "Endpoint=sb://eventhubs-emulator;SharedAccessKeyName=send;\
    ///     SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true";
    /// assert!(text.parse::<ConnectionString>().is_err());
    /// let connection = ConnectionString::with_plain_host(text)?;
    /// assert_eq!(connection.endpoint().origin(), "http://eventhubs-emulator");
    /// # Ok::<(), azure_sas::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for `parse`.
    pub fn with_plain_host(text: &str) -> Result<Self, Error> {
        Self::read(text, |it| Ok(it.into_plain_host()))
    }

    /// Reads a connection string, with what makes an emulator of its endpoint.
    fn read(
        text: &str,
        into_emulator: fn(Endpoint) -> Result<Endpoint, Error>,
    ) -> Result<Self, Error> {
        let parts = Parts::read(text)?;
        let endpoint = parts.endpoint()?;
        Ok(Self {
            endpoint: if parts.is_emulator()? { into_emulator(endpoint)? } else { endpoint },
            credential: parts.credential()?,
            entity_path: parts.get(Part::EntityPath).map(str::to_owned),
        })
    }

    /// The connection string with a ready-made token.
    ///
    /// ```
    /// use azure_sas::{ConnectionString, SharedAccessSignature};
    ///
    /// let signature: SharedAccessSignature = "SharedAccessSignature sr=audience&\
    ///     sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D&se=1578099723&skn=key".parse()?;
    /// let endpoint = "sb://contoso.servicebus.windows.net/".parse()?;
    /// let connection = ConnectionString::from_signature(endpoint, signature, Some("orders"))?;
    /// assert_eq!((connection.key_name(), connection.key()), ("key", None));
    /// # Ok::<(), azure_sas::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ConnectionString`] if the entity path can't be a part's value.
    pub fn from_signature(
        endpoint: Endpoint,
        signature: SharedAccessSignature,
        entity_path: Option<&str>,
    ) -> Result<Self, Error> {
        entity_path.map_or(Ok(()), |path| check_value(Part::EntityPath, path))?;
        let credential = Credential::Signature(signature);
        Ok(Self { endpoint, credential, entity_path: entity_path.map(str::to_owned) })
    }

    /// The namespace.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The key or the ready-made token.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The hub, if the connection string names one.
    #[must_use]
    pub fn entity_path(&self) -> Option<&str> {
        self.entity_path.as_deref()
    }

    /// The name of the shared access policy.
    #[must_use]
    pub fn key_name(&self) -> &str {
        match &self.credential {
            Credential::Key { name, .. } => name,
            Credential::Signature(signature) => signature.key_name(),
        }
    }

    /// The key, or `None` if the connection string contains a ready-made token instead.
    #[must_use]
    pub fn key(&self) -> Option<&SharedAccessKey> {
        match &self.credential {
            Credential::Key { key, .. } => Some(key),
            Credential::Signature(_) => None,
        }
    }

    /// The ready-made token, or `None` if the connection string contains a key instead.
    #[must_use]
    pub fn signature(&self) -> Option<&SharedAccessSignature> {
        match &self.credential {
            Credential::Key { .. } => None,
            Credential::Signature(signature) => Some(signature),
        }
    }

    /// A signer with the key.
    ///
    /// ```
    /// use azure_sas::{ConnectionString, Error};
    ///
    /// let text = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessSignature=\
    ///     SharedAccessSignature sr=audience&sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D\
    ///     &se=1578099723&skn=key";
    /// let connection: ConnectionString = text.parse()?;
    /// assert_eq!(connection.signer().err(), Some(Error::NoKey));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoKey`] if the connection string contains a ready-made token instead.
    pub fn signer(&self) -> Result<Signer, Error> {
        match &self.credential {
            Credential::Key { name, key } => Ok(Signer::checked(name, key)),
            Credential::Signature(_) => Err(Error::NoKey),
        }
    }

    /// Tokens for `resource`: signed with the key and renewed in time, with the usual
    /// [lifetime](Renewal::LIFETIME) and [margin](Renewal::MARGIN), or the ready-made one.
    ///
    /// ```
    /// use azure_sas::{ConnectionString, Resource};
    ///
    /// let connection: ConnectionString = "Endpoint=sb://contoso.servicebus.windows.net/;\
    ///     SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=orders"
    ///     .parse()?;
    /// let hub = Resource::hub(connection.endpoint(), "orders")?;
    /// let credential = connection.token_credential(hub);
    /// # Ok::<(), azure_sas::Error>(())
    /// ```
    #[must_use]
    pub fn token_credential(&self, resource: Resource) -> Arc<dyn TokenCredential> {
        match &self.credential {
            Credential::Key { name, key } => {
                Arc::new(Renewal::with_defaults(Signer::checked(name, key), resource))
            }
            Credential::Signature(signature) => Arc::new(ReadyMade::from(signature)),
        }
    }

    /// The connection string with its secret; parsing it gives an equal value.
    ///
    /// Unknown parts are not kept.
    #[must_use]
    pub fn to_secret_string(&self) -> Zeroizing<String> {
        let secret = match &self.credential {
            Credential::Key { key, .. } => key.reveal(),
            Credential::Signature(signature) => signature.reveal(),
        };
        self.text(secret)
    }

    /// The parts in the order in which Azure writes them, with `secret` for the key or the token.
    fn text(&self, secret: &str) -> Zeroizing<String> {
        let endpoint = self.endpoint.to_string();
        let mut parts = vec![(Part::Endpoint.name(), &*endpoint)];
        match &self.credential {
            Credential::Key { name, .. } => parts.extend([
                (Part::SharedAccessKeyName.name(), &**name),
                (Part::SharedAccessKey.name(), secret),
            ]),
            Credential::Signature(_) => parts.push((Part::SharedAccessSignature.name(), secret)),
        }
        parts.extend(self.entity_path().map(|path| (Part::EntityPath.name(), path)));
        if self.endpoint.is_emulator() {
            parts.push((Part::UseDevelopmentEmulator.name(), "true"));
        }
        joined("", "", ";", &parts)
    }
}

impl FromStr for ConnectionString {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::read(text, Endpoint::into_emulator)
    }
}

impl TryFrom<&str> for ConnectionString {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

/// Writes the connection string with `redacted` in place of its secret.
impl fmt::Display for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text("redacted"))
    }
}

/// Whether a value reads back as it is.
fn check_value(part: Part, value: &str) -> Result<(), Error> {
    let refuse = |reason| Error::part(part, reason);
    check_text(value).map_err(refuse)?;
    // Connection strings have no escapes: what reading would cut off can't be written.
    if value.contains(';') || value.trim() != value {
        return Err(refuse(Reason::Character));
    }
    Ok(())
}

/// The values of the known parts, none of them empty or holding a control character.
struct Parts<'a> {
    values: [Option<&'a str>; Part::ALL.len()],
}

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Result<Self, Error> {
        // Without this, the first part would be an unknown `"Endpoint` and the error would be that
        // the endpoint is missing, which sends the reader the wrong way.
        if text.trim_start().starts_with(['"', '\'']) {
            return Err(Error::Quoted);
        }
        let mut parts = Self { values: [None; Part::ALL.len()] };
        for (index, part) in text.split(';').enumerate() {
            if !part.trim().is_empty() {
                parts.add(part, index + 1)?;
            }
        }
        Ok(parts)
    }

    fn add(&mut self, part: &'a str, position: usize) -> Result<(), Error> {
        let malformed = |reason| Error::ConnectionStringPart { position, reason };
        // At the first `=`: keys end in one, and tokens are full of them.
        let (name, value) = part.split_once('=').ok_or_else(|| malformed(Reason::NoEquals))?;
        // As the SDK for .NET does.
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() {
            return Err(malformed(Reason::NoName));
        }
        match Part::from_name(name) {
            Some(known) => self.set(known, value).map_err(|reason| Error::part(known, reason)),
            // Newer tools may add parts, as `UseDevelopmentEmulator` once was.
            None => Ok(()),
        }
    }

    fn set(&mut self, part: Part, value: &'a str) -> Result<(), Reason> {
        check_text(value)?;
        match self.values[part as usize].replace(value) {
            Some(_) => Err(Reason::Repeated),
            None => Ok(()),
        }
    }

    fn get(&self, part: Part) -> Option<&'a str> {
        self.values[part as usize]
    }

    fn require(&self, part: Part) -> Result<&'a str, Error> {
        self.get(part).ok_or_else(|| Error::part(part, Reason::Missing))
    }

    fn endpoint(&self) -> Result<Endpoint, Error> {
        self.require(Part::Endpoint)?.parse()
    }

    fn is_emulator(&self) -> Result<bool, Error> {
        match self.get(Part::UseDevelopmentEmulator) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(_) => Err(Error::part(Part::UseDevelopmentEmulator, Reason::NotBoolean)),
        }
    }

    fn credential(&self) -> Result<Credential, Error> {
        match self.get(Part::SharedAccessSignature) {
            Some(signature) => {
                self.refuse(Part::SharedAccessKey)?;
                self.refuse(Part::SharedAccessKeyName)?;
                Ok(Credential::Signature(signature.parse()?))
            }
            None => {
                // The key first: where both are missing, the whole credential is, and the key is
                // what people look for.
                let key = self.require(Part::SharedAccessKey)?;
                let name = self.require(Part::SharedAccessKeyName)?.to_owned();
                Ok(Credential::Key { name, key: SharedAccessKey::new(key)? })
            }
        }
    }

    fn refuse(&self, part: Part) -> Result<(), Error> {
        match self.get(part) {
            Some(_) => Err(Error::part(part, Reason::SecondCredential)),
            None => Ok(()),
        }
    }
}
