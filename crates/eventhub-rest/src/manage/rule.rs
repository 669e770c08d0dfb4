use std::fmt;
use std::ops::BitOr;

use azure_sas::{ConnectionString, SharedAccessKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::Error;
use crate::hub::{Hub, check_name};

/// The longest name of a rule, in characters.
const LONGEST_NAME: usize = 256;

/// The bytes of a key.
const KEY_LENGTH: usize = 32;

/// A shared access policy: a name, what it allows, and two keys to sign tokens with.
///
/// `Debug` does not show the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRule {
    name: String,
    rights: AccessRights,
    primary_key: Option<SharedAccessKey>,
    secondary_key: Option<SharedAccessKey>,
}

impl AuthorizationRule {
    /// A rule with your own keys. The service takes the base64 text of 32 bytes for a key.
    ///
    /// # Errors
    ///
    /// [`Error::RuleName`] unless the name is 1 to 256 letters, digits, `.`, `-` and `_`, with a
    /// letter or a digit at both ends; [`Error::RuleKey`] if one of the keys is not the base64 of
    /// 32 bytes.
    pub fn new(
        name: &str,
        rights: AccessRights,
        primary_key: SharedAccessKey,
        secondary_key: SharedAccessKey,
    ) -> Result<Self, Error> {
        check_name(name, LONGEST_NAME).map_err(Error::RuleName)?;
        let is_key = |key: &SharedAccessKey| {
            STANDARD.decode(key.reveal()).is_ok_and(|bytes| bytes.len() == KEY_LENGTH)
        };
        if !is_key(&primary_key) || !is_key(&secondary_key) {
            return Err(Error::RuleKey);
        }
        let (primary_key, secondary_key) = (Some(primary_key), Some(secondary_key));
        Ok(Self { name: name.to_owned(), rights, primary_key, secondary_key })
    }

    /// A rule with new keys, made of 64 bytes of randomness that nobody can guess.
    ///
    /// # Errors
    ///
    /// [`Error::RuleName`], as for [`new`](Self::new).
    pub fn generate(
        name: &str,
        rights: AccessRights,
        randomness: &[u8; 2 * KEY_LENGTH],
    ) -> Result<Self, Error> {
        // Base64 of 32 random bytes, which is what the service generates itself.
        let (primary, secondary) = randomness.split_at(KEY_LENGTH);
        let key = |bytes| SharedAccessKey::new(STANDARD.encode(bytes)).map_err(|_| Error::RuleKey);
        Self::new(name, rights, key(primary)?, key(secondary)?)
    }

    /// A rule as the service describes it, which may withhold keys.
    pub(super) fn read(
        name: String,
        rights: AccessRights,
        primary_key: Option<SharedAccessKey>,
        secondary_key: Option<SharedAccessKey>,
    ) -> Self {
        Self { name, rights, primary_key, secondary_key }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its tokens may do.
    #[must_use]
    pub fn rights(&self) -> AccessRights {
        self.rights
    }

    /// The key to sign with; the service may withhold it.
    #[must_use]
    pub fn primary_key(&self) -> Option<&SharedAccessKey> {
        self.primary_key.as_ref()
    }

    /// The key to sign with while the primary one is replaced; the service may withhold it.
    #[must_use]
    pub fn secondary_key(&self) -> Option<&SharedAccessKey> {
        self.secondary_key.as_ref()
    }

    /// The connection string with which applications use this rule of `hub`.
    ///
    /// # Errors
    ///
    /// [`Error::RuleKey`] if the primary key is withheld, or can't be written in a connection string.
    pub fn connection_string(&self, hub: &Hub) -> Result<ConnectionString, Error> {
        let key = self.primary_key.clone().ok_or(Error::RuleKey)?;
        let endpoint = hub.endpoint().clone();
        ConnectionString::new(endpoint, &self.name, key, Some(hub.name()))
            .map_err(|_| Error::RuleKey)
    }
}

/// What the tokens of a rule may do.
///
/// ```
/// use eventhub_rest::manage::AccessRights;
///
/// let both = AccessRights::SEND | AccessRights::LISTEN;
/// assert!(both.contains(AccessRights::SEND) && !both.contains(AccessRights::MANAGE));
/// assert!(AccessRights::MANAGE.contains(both));
/// assert_eq!(both.to_string(), "Send, Listen");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccessRights {
    manage: bool,
    send: bool,
    listen: bool,
}

impl AccessRights {
    pub(super) const NONE: Self = Self { manage: false, send: false, listen: false };

    /// To send events.
    pub const SEND: Self = Self { send: true, ..Self::NONE };

    /// To read events.
    pub const LISTEN: Self = Self { listen: true, ..Self::NONE };

    /// To manage the hub or the namespace. The service grants it only with the other two, so it
    /// holds them.
    pub const MANAGE: Self = Self { manage: true, send: true, listen: true };

    /// Whether these are all of `rights`, or more.
    #[must_use]
    pub fn contains(self, rights: Self) -> bool {
        self | rights == self
    }

    /// The names of the rights, in the order in which the service writes them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let names = [(self.manage, "Manage"), (self.send, "Send"), (self.listen, "Listen")];
        names.into_iter().filter_map(|(granted, name)| granted.then_some(name))
    }

    /// The right of this name; none for a name that is not known.
    pub(super) fn named(name: &str) -> Self {
        match name.trim() {
            "Manage" => Self { manage: true, ..Self::NONE },
            "Send" => Self::SEND,
            "Listen" => Self::LISTEN,
            _ => Self::NONE,
        }
    }
}

impl BitOr for AccessRights {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            manage: self.manage | other.manage,
            send: self.send | other.send,
            listen: self.listen | other.listen,
        }
    }
}

/// Writes the names, such as `Send, Listen`.
impl fmt::Display for AccessRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().collect();
        f.write_str(&names.join(", "))
    }
}
