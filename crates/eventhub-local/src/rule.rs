//! Shared access policies: whose key may do what.

use std::collections::BTreeSet;

use azure_sas::{SharedAccessKey, SharedAccessSignature, Signer};

use crate::error::Error;

/// A right that an [`AuthorizationRule`] grants
/// ([Shared access authorization policies](https://learn.microsoft.com/azure/event-hubs/authorize-access-shared-access-signature#shared-access-authorization-policies)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessRight {
    /// To create, describe and delete hubs and what belongs to them; it includes the other two.
    Manage,
    /// To send events.
    Send,
    /// To receive events.
    Listen,
}

impl AccessRight {
    pub(crate) const ALL: [Self; 3] = [Self::Manage, Self::Send, Self::Listen];

    /// The right's name as it stands in an `AccessRights` element.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manage => "Manage",
            Self::Send => "Send",
            Self::Listen => "Listen",
        }
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// To send events.
    Send,
    /// To describe a hub or what belongs to it.
    Read,
    /// To create or change one.
    Write,
    /// To delete one.
    Delete,
}

impl Access {
    pub(crate) fn right(self) -> AccessRight {
        match self {
            Self::Send => AccessRight::Send,
            Self::Read | Self::Write | Self::Delete => AccessRight::Manage,
        }
    }
}

/// A shared access policy of a namespace or of a hub: a name, two keys, and what they open.
///
/// Either key signs equally well, so that one can be renewed while the other is in use. A rule of
/// a hub opens that hub alone, and its tokens must be signed for the hub or for what is below it;
/// a rule of the namespace opens all hubs.
///
/// ```
/// use azure_sas::SharedAccessKey;
/// use eventhub_local::{AccessRight, AuthorizationRule};
///
/// let primary = SharedAccessKey::new("c2VjcmV0")?;
/// let secondary = SharedAccessKey::new("YW5vdGhlcg==")?;
/// let rule = AuthorizationRule::new("till", [AccessRight::Send], primary, secondary)?;
/// assert!(rule.allows(AccessRight::Send) && !rule.allows(AccessRight::Listen));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRule {
    name: String,
    rights: BTreeSet<AccessRight>,
    primary_key: SharedAccessKey,
    secondary_key: SharedAccessKey,
}

impl AuthorizationRule {
    /// A rule of this name that grants these rights to who has one of the keys.
    ///
    /// # Errors
    ///
    /// [`Error::NoRight`] without any right; [`Error::Policy`] and [`Error::PolicyText`] if the
    /// name or a key can't stand in a token or in a connection string.
    pub fn new(
        name: impl Into<String>,
        rights: impl IntoIterator<Item = AccessRight>,
        primary_key: SharedAccessKey,
        secondary_key: SharedAccessKey,
    ) -> Result<Self, Error> {
        let name = name.into();
        let mut rights: BTreeSet<_> = rights.into_iter().collect();
        if rights.contains(&AccessRight::Manage) {
            rights.extend(AccessRight::ALL);
        }
        if rights.is_empty() {
            return Err(Error::NoRight { rule: name });
        }
        check(&name, &primary_key)?;
        check(&name, &secondary_key)?;
        Ok(Self { name, rights, primary_key, secondary_key })
    }

    /// The name of the rule: the `skn` of its tokens.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rights, [`AccessRight::Manage`] first.
    pub fn rights(&self) -> impl Iterator<Item = AccessRight> {
        self.rights.iter().copied()
    }

    /// Whether the rule grants a right.
    #[must_use]
    pub fn allows(&self, right: AccessRight) -> bool {
        self.rights.contains(&right)
    }

    /// The primary key.
    #[must_use]
    pub fn primary_key(&self) -> &SharedAccessKey {
        &self.primary_key
    }

    /// The secondary key.
    #[must_use]
    pub fn secondary_key(&self) -> &SharedAccessKey {
        &self.secondary_key
    }

    /// Whether a token names this rule and was signed with one of its keys.
    pub(crate) fn signed(&self, token: &SharedAccessSignature) -> bool {
        token.key_name() == self.name
            && (token.is_signed_by(&self.primary_key) || token.is_signed_by(&self.secondary_key))
    }
}

fn check(name: &str, key: &SharedAccessKey) -> Result<(), Error> {
    Signer::new(name, key).map_err(Error::Policy)?;
    for (part, text) in [("name", name), ("key", key.reveal())] {
        if text.contains(';') || text.trim() != text {
            return Err(Error::PolicyText { part });
        }
    }
    Ok(())
}
