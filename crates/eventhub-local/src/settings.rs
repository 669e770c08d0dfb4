//! What is set about a hub, and its description in XML.

use std::error::Error as _;
use std::io;
use std::sync::Arc;

use azure_sas::SharedAccessKey;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::error::Error;
use crate::rule::{AccessRight, AuthorizationRule};
use crate::tier::Limits;
use crate::xml::{self, Element, Xml};

/// The namespace of descriptions.
pub(crate) const NAMESPACE: &str =
    "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";

/// The namespace of `i:type`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The namespace of the items of an array of strings.
const ARRAYS: &str = "http://schemas.microsoft.com/2003/10/Serialization/Arrays";

/// How many partitions a hub gets that is created without a word about them
/// ([Create Event Hub](https://learn.microsoft.com/rest/api/eventhub/create-event-hub)).
pub(crate) const DEFAULT_PARTITIONS: u32 = 16;

/// For how many days a hub says it keeps events if nobody else says so. The documentation of
/// [Create Event Hub](https://learn.microsoft.com/rest/api/eventhub/create-event-hub) gives 0, and
/// has 3 in its example; this is the least that can be set through Azure Resource Manager.
const DEFAULT_RETENTION_DAYS: u32 = 1;

/// The members of a description that a client may set, in the order in which they must stand.
///
/// One that comes too late, such as a `MessageRetentionInDays` after the `PartitionCount`, counts
/// as a property of the user's own, of no effect
/// ([Create Event Hub](https://learn.microsoft.com/rest/api/eventhub/create-event-hub)).
const SETTABLE: [&str; 5] =
    ["MessageRetentionInDays", "AuthorizationRules", "Status", "UserMetadata", "PartitionCount"];

/// The members that the service alone sets, which come back in an update.
const READ_ONLY: [&str; 6] = [
    "SizeInBytes",
    "CreatedAt",
    "UpdatedAt",
    "AccessedAt",
    "PartitionIds",
    "EntityAvailabilityStatus",
];

/// What is set about a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) retention_days: u32,
    pub(crate) rules: Arc<[AuthorizationRule]>,
    pub(crate) status: Status,
    pub(crate) user_metadata: String,
    /// Properties of the user's own.
    pub(crate) extra: Vec<Element>,
}

/// Whether a hub takes events and gives them away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Status {
    #[default]
    Active,
    Disabled,
    SendDisabled,
    ReceiveDisabled,
}

impl Status {
    const ALL: [Self; 4] =
        [Self::Active, Self::Disabled, Self::SendDisabled, Self::ReceiveDisabled];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Disabled => "Disabled",
            Self::SendDisabled => "SendDisabled",
            Self::ReceiveDisabled => "ReceiveDisabled",
        }
    }

    /// The status of a name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    pub(crate) fn takes_events(self) -> bool {
        matches!(self, Self::Active | Self::ReceiveDisabled)
    }

    pub(crate) fn gives_events(self) -> bool {
        matches!(self, Self::Active | Self::SendDisabled)
    }
}

impl Settings {
    /// Those of a hub about which only its rules are known.
    pub(crate) fn of(rules: Vec<AuthorizationRule>) -> Self {
        Self {
            retention_days: DEFAULT_RETENTION_DAYS,
            rules: rules.into(),
            status: Status::default(),
            user_metadata: String::new(),
            extra: Vec::new(),
        }
    }
}

/// A description as a client gives it, to create a hub or to change it.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(crate) settings: Settings,
    pub(crate) partitions: Option<u32>,
}

impl Description {
    /// Reads the children of an `EventHubDescription`, or says what is wrong with them.
    /// `random_key` makes the keys that a rule comes without.
    pub(crate) fn read(
        element: &Element,
        limits: &Limits,
        random_key: fn() -> SharedAccessKey,
    ) -> Result<Self, String> {
        let mut this = Self { settings: Settings::of(Vec::new()), partitions: None };
        // As .NET's DataContractSerializer reads: it looks for each member only after the one before
        // it, so a member out of order is not an error but unknown.
        let mut next = 0;
        for child in element.children.iter().filter(|it| it.namespace == element.namespace) {
            match SETTABLE.iter().position(|it| *it == child.name) {
                Some(position) if position >= next => {
                    next = position + 1;
                    this.set(child, limits, random_key)?;
                }
                // Clients send back what they were given, with the one member changed that they mean.
                None if READ_ONLY.contains(&child.name.as_str()) => {}
                _ => this.settings.extra.push(child.clone()),
            }
        }
        Ok(this)
    }

    fn set(
        &mut self,
        member: &Element,
        limits: &Limits,
        random_key: fn() -> SharedAccessKey,
    ) -> Result<(), String> {
        let text = member.text.trim();
        let settings = &mut self.settings;
        match member.name.as_str() {
            // The default on the service's page is 0, and clients send it; no hub keeps events for
            // no time, so it means the default.
            "MessageRetentionInDays" if text == "0" => {}
            "MessageRetentionInDays" => {
                settings.retention_days = number(member, limits.max_retention_days)?;
            }
            "AuthorizationRules" => settings.rules = rules(member, random_key)?.into(),
            "Status" => settings.status = status(text)?,
            "UserMetadata" => settings.user_metadata = member.text.clone(),
            _ => self.partitions = Some(number(member, limits.max_partitions)?),
        }
        Ok(())
    }
}

fn number(member: &Element, max: u32) -> Result<u32, String> {
    let text = member.text.trim();
    let number = text.parse().ok().filter(|it| (1..=max).contains(it));
    number.ok_or_else(|| format!("{} is {text:?}, not a number from 1 to {max}", member.name))
}

fn status(text: &str) -> Result<Status, String> {
    Status::of(text).ok_or_else(|| format!("Status is {text:?}, which no client can set"))
}

fn rules(
    member: &Element,
    random_key: fn() -> SharedAccessKey,
) -> Result<Vec<AuthorizationRule>, String> {
    let mut rules: Vec<AuthorizationRule> = Vec::new();
    for element in member.children.iter().filter(|it| it.name == "AuthorizationRule") {
        let rule = rule(element, random_key)?;
        if rules.iter().any(|it| it.name() == rule.name()) {
            return Err(format!("two AuthorizationRules have the KeyName {:?}", rule.name()));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn rule(
    element: &Element,
    random_key: fn() -> SharedAccessKey,
) -> Result<AuthorizationRule, String> {
    let name = element.text_of("KeyName").unwrap_or_default();
    let malformed = |what: &str| format!("the AuthorizationRule {name:?} has {what}");
    let key = |member| match element.text_of(member).filter(|it| !it.is_empty()) {
        // The error of the key would add nothing that does not quote it.
        Some(text) => SharedAccessKey::new(text).map_err(|_| malformed("a malformed key")),
        None => Ok(random_key()),
    };
    let rights = element.child("Rights").into_iter().flat_map(|it| &it.children).map(|it| {
        let known = AccessRight::ALL.into_iter().find(|right| right.name() == it.text.trim());
        known.ok_or_else(|| malformed("AccessRights other than Manage, Send and Listen"))
    });
    let rights: Vec<_> = rights.collect::<Result<_, _>>()?;
    AuthorizationRule::new(name, rights, key("PrimaryKey")?, key("SecondaryKey")?)
        .map_err(|error| format!("the AuthorizationRule {name:?} is not usable: {}", root(&error)))
}

/// What an error comes down to. None of them quotes a key.
fn root(error: &Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// Writes the `EventHubDescription` of a hub with its members in the service's order
/// ([List Event Hubs](https://learn.microsoft.com/rest/api/eventhub/list-event-hubs)), those that a
/// client may set being where it must put them.
pub(crate) fn describe(
    settings: &Settings,
    partitions: u32,
    created: DateTime<Utc>,
    updated: DateTime<Utc>,
) -> String {
    describe_as("EventHubDescription", |xml| {
        xml::text(xml, "MessageRetentionInDays", &settings.retention_days.to_string())?;
        xml::element(xml, "AuthorizationRules", &[], |xml| {
            settings.rules.iter().try_for_each(|it| describe_rule(xml, it, created, updated))
        })?;
        xml::text(xml, "Status", settings.status.name())?;
        if !settings.user_metadata.is_empty() {
            xml::text(xml, "UserMetadata", &settings.user_metadata)?;
        }
        xml::text(xml, "CreatedAt", &timestamp(created))?;
        xml::text(xml, "UpdatedAt", &timestamp(updated))?;
        xml::text(xml, "PartitionCount", &partitions.to_string())?;
        xml::element(xml, "PartitionIds", &[("xmlns:d2p1", ARRAYS)], |xml| {
            (0..partitions).try_for_each(|id| xml::text(xml, "d2p1:string", &id.to_string()))
        })?;
        settings.extra.iter().try_for_each(|it| it.write(xml))
    })
}

fn describe_rule(
    xml: &mut Xml,
    rule: &AuthorizationRule,
    created: DateTime<Utc>,
    updated: DateTime<Utc>,
) -> io::Result<()> {
    let kind = [("i:type", "SharedAccessAuthorizationRule")];
    xml::element(xml, "AuthorizationRule", &kind, |xml| {
        xml::text(xml, "ClaimType", "SharedAccessKey")?;
        xml::text(xml, "ClaimValue", "None")?;
        xml::element(xml, "Rights", &[], |xml| {
            rule.rights().try_for_each(|it| xml::text(xml, "AccessRights", it.name()))
        })?;
        xml::text(xml, "CreatedTime", &timestamp(created))?;
        xml::text(xml, "ModifiedTime", &timestamp(updated))?;
        xml::text(xml, "KeyName", rule.name())?;
        xml::text(xml, "PrimaryKey", rule.primary_key().reveal())?;
        xml::text(xml, "SecondaryKey", rule.secondary_key().reveal())
    })
}

/// A description of this name with what `members` writes.
pub(crate) fn describe_as(name: &str, members: impl FnOnce(&mut Xml) -> io::Result<()>) -> String {
    xml::write(|xml| {
        xml::element(xml, name, &[("xmlns", NAMESPACE), ("xmlns:i", INSTANCE)], members)
    })
}

/// A time, with as many digits after the second as it takes.
pub(crate) fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use azure_sas::SharedAccessKey;
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    use super::{Description, Settings, Status, describe};
    use crate::rule::{AccessRight, AuthorizationRule};
    use crate::tier::Tier;
    use crate::xml::Element;

    fn rule(name: &str, key: &str, right: usize) -> AuthorizationRule {
        let key = || SharedAccessKey::new(key).expect("it is printable");
        AuthorizationRule::new(name, [AccessRight::ALL[right]], key(), key()).expect("a rule")
    }

    proptest! {
        #[test]
        fn a_description_reads_back_as_it_was_written(
            retention_days in 1..=7_u32,
            partitions in 1..=32_u32,
            user_metadata in "[^\\p{Cc}]*[\t\r\n]?[^\\p{Cc}]*",
            rules in prop::collection::btree_map("[a-z<&>\"]{1,8}", ("[!-:<-~]{1,50}", 0..3_usize), 0..4),
            status in 0..4_usize,
        ) {
            let rules: Vec<_> = rules.iter().map(|(name, (key, it))| rule(name, key, *it)).collect();
            let settings = Settings {
                retention_days,
                status: Status::ALL[status],
                user_metadata,
                ..Settings::of(rules)
            };
            let now = DateTime::<Utc>::UNIX_EPOCH;
            let xml = describe(&settings, partitions, now, now);
            let element = Element::read(xml.as_bytes()).unwrap();
            let random_key = || unreachable!("all rules have keys");
            let read = Description::read(&element, &Tier::Standard.limits(), random_key).unwrap();
            prop_assert_eq!(read.settings, settings);
            prop_assert_eq!(read.partitions, Some(partitions));
        }
    }
}
