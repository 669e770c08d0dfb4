use std::borrow::Cow;
use std::fmt;

use crate::error::Error;
use crate::manage::consumer_group::check_metadata;
use crate::manage::rule::AuthorizationRule;

/// What an event hub is made with. What is not given, the service chooses.
///
/// The service takes its members in one order only, that of the `EventHubDescription`:
/// `MessageRetentionInDays`, `AuthorizationRules`, `Status`, `UserMetadata`, `PartitionCount`. One
/// that is out of order would be taken for the user's own, and ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HubSettings {
    pub(super) message_retention_in_days: Option<u32>,
    pub(super) authorization_rules: Vec<AuthorizationRule>,
    pub(super) status: Option<EntityStatus>,
    pub(super) user_metadata: Option<String>,
    pub(super) partition_count: Option<u32>,
}

impl HubSettings {
    /// For how many days events are kept: 1 in the Basic tier, 1 to 7 in the Standard tier. By
    /// default, the service chooses.
    #[must_use]
    pub fn with_message_retention_in_days(self, days: u32) -> Self {
        Self { message_retention_in_days: Some(days), ..self }
    }

    /// A rule more, in place of the one of the same name if there is one. By default, there are
    /// none.
    #[must_use]
    pub fn with_authorization_rule(self, rule: AuthorizationRule) -> Self {
        let mut settings = self.without_authorization_rule(rule.name());
        settings.authorization_rules.push(rule);
        settings
    }

    /// Without the rule of this name, whatever its case.
    #[must_use]
    pub fn without_authorization_rule(mut self, name: &str) -> Self {
        self.authorization_rules.retain(|rule| !rule.name().eq_ignore_ascii_case(name));
        self
    }

    /// Whether events may be sent and read. By default, the hub is
    /// [active](EntityStatus::ACTIVE).
    #[must_use]
    pub fn with_status(self, status: EntityStatus) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Text that the service keeps for its owner. By default, there is none.
    ///
    /// # Errors
    ///
    /// [`Error::UserMetadata`] if it holds a control character other than tabs and line feeds.
    pub fn with_user_metadata(self, text: &str) -> Result<Self, Error> {
        check_metadata(text).map_err(Error::UserMetadata)?;
        Ok(Self { user_metadata: Some(text.to_owned()), ..self })
    }

    /// How many partitions the hub has, for good: 1 to 32 in the Basic and Standard tiers. By
    /// default, the service chooses; its documentation says 16.
    #[must_use]
    pub fn with_partition_count(self, count: u32) -> Self {
        Self { partition_count: Some(count), ..self }
    }

    /// For how many days events are kept.
    #[must_use]
    pub fn message_retention_in_days(&self) -> Option<u32> {
        self.message_retention_in_days
    }

    /// The rules by which tokens for this hub are signed.
    #[must_use]
    pub fn authorization_rules(&self) -> &[AuthorizationRule] {
        &self.authorization_rules
    }

    /// The rule of this name, whatever its case.
    #[must_use]
    pub fn authorization_rule(&self, name: &str) -> Option<&AuthorizationRule> {
        self.authorization_rules.iter().find(|rule| rule.name().eq_ignore_ascii_case(name))
    }

    /// Whether events may be sent and read.
    #[must_use]
    pub fn status(&self) -> Option<&EntityStatus> {
        self.status.as_ref()
    }

    /// Text that the service keeps for its owner.
    #[must_use]
    pub fn user_metadata(&self) -> Option<&str> {
        self.user_metadata.as_deref()
    }

    /// How many partitions the hub has.
    #[must_use]
    pub fn partition_count(&self) -> Option<u32> {
        self.partition_count
    }
}

/// An event hub as the service describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HubDescription {
    /// The hub's name.
    pub name: String,
    /// What it was made with; to change it, send these settings anew.
    pub settings: HubSettings,
    /// When it was created, in the service's own form of ISO 8601.
    pub created_at: Option<String>,
    /// When it was changed last, in the service's own form of ISO 8601.
    pub updated_at: Option<String>,
    /// The ids of its partitions.
    pub partition_ids: Vec<String>,
}

/// Whether events may be sent and read: one of the constants, or what else the service says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityStatus(Cow<'static, str>);

impl EntityStatus {
    /// Events may be sent and read.
    pub const ACTIVE: Self = Self(Cow::Borrowed("Active"));
    /// Events may be neither sent nor read.
    pub const DISABLED: Self = Self(Cow::Borrowed("Disabled"));
    /// Events may be read but not sent.
    pub const SEND_DISABLED: Self = Self(Cow::Borrowed("SendDisabled"));
    /// Events may be sent but not read.
    pub const RECEIVE_DISABLED: Self = Self(Cow::Borrowed("ReceiveDisabled"));

    pub(super) fn read(text: &str) -> Self {
        Self(Cow::Owned(text.to_owned()))
    }

    /// The service's own word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntityStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
