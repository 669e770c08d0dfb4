//! What management sees of a hub, and changes.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::hub::is_hub_name;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::submission::Address;

/// The consumer group that every hub has.
pub(crate) const DEFAULT_GROUP: &str = "$Default";

/// The longest name of a consumer group, for receivers over AMQP
/// ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).
const LONGEST_GROUP_NAME: usize = 50;

/// Whether a consumer group may have a name; the default one has its own.
pub(crate) fn is_group_name(name: &str) -> bool {
    let default = name.eq_ignore_ascii_case(DEFAULT_GROUP);
    default || (is_hub_name(name) && name.len() <= LONGEST_GROUP_NAME)
}

/// A hub without what it holds.
#[derive(Clone)]
pub(crate) struct Entity {
    pub(crate) settings: Settings,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    /// By name in lower case.
    groups: BTreeMap<String, ConsumerGroup>,
    /// The names of publishers that may not send.
    revoked: BTreeSet<String>,
}

/// A consumer group: a name and its dates, for nobody receives here.
#[derive(Clone, Debug)]
pub(crate) struct ConsumerGroup {
    pub(crate) name: String,
    pub(crate) user_metadata: String,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
}

impl ConsumerGroup {
    pub(crate) fn new(name: String, user_metadata: String, now: DateTime<Utc>) -> Self {
        Self { name, user_metadata, created: now, updated: now }
    }
}

impl Entity {
    pub(crate) fn new(settings: Settings, now: DateTime<Utc>) -> Self {
        let default = ConsumerGroup::new(DEFAULT_GROUP.to_owned(), String::new(), now);
        let groups = [(DEFAULT_GROUP.to_ascii_lowercase(), default)].into();
        Self { settings, created: now, updated: now, groups, revoked: BTreeSet::new() }
    }

    /// One that was written down.
    pub(crate) fn restored(
        settings: Settings,
        (created, updated): (DateTime<Utc>, DateTime<Utc>),
        groups: impl Iterator<Item = ConsumerGroup>,
        revoked: BTreeSet<String>,
    ) -> Self {
        let groups = groups.map(|it| (it.name.to_ascii_lowercase(), it)).collect();
        Self { settings, created, updated, groups, revoked }
    }

    pub(crate) fn update(&mut self, settings: Settings, now: DateTime<Utc>) {
        self.settings = settings;
        self.updated = now;
    }

    /// Whether events may be sent to this part of the hub.
    pub(crate) fn check(&self, address: &Address) -> Result<(), Refusal> {
        match address {
            // The hub's status comes before the publisher's: enabling the hub is the first step.
            _ if !self.settings.status.takes_events() => Err(Refusal::Disabled),
            Address::Publisher(id) if self.revoked.contains(id) => {
                Err(Refusal::RevokedPublisher { publisher: id.clone() })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &ConsumerGroup> {
        self.groups.values()
    }

    pub(crate) fn group(&self, name: &str) -> Option<&ConsumerGroup> {
        self.groups.get(&name.to_ascii_lowercase())
    }

    /// Adds a consumer group, unless there is one of its name or there are enough.
    pub(crate) fn add_group(&mut self, group: ConsumerGroup, limit: usize) -> Result<(), Refusal> {
        let count = self.groups.len();
        match self.groups.entry(group.name.to_ascii_lowercase()) {
            Entry::Occupied(_) => Err(Refusal::Conflict),
            Entry::Vacant(_) if count >= limit => {
                Err(Refusal::Quota { kind: "ConsumerGroup", limit })
            }
            Entry::Vacant(entry) => {
                entry.insert(group);
                Ok(())
            }
        }
    }

    /// Changes what a consumer group's user noted about it, if there is the group.
    pub(crate) fn update_group(
        &mut self,
        name: &str,
        user_metadata: String,
        now: DateTime<Utc>,
    ) -> Option<ConsumerGroup> {
        let group = self.groups.get_mut(&name.to_ascii_lowercase())?;
        group.user_metadata = user_metadata;
        group.updated = now;
        Some(group.clone())
    }

    /// Whether there was the consumer group to remove.
    pub(crate) fn remove_group(&mut self, name: &str) -> bool {
        self.groups.remove(&name.to_ascii_lowercase()).is_some()
    }

    pub(crate) fn revoked(&self) -> impl Iterator<Item = &String> {
        self.revoked.iter()
    }

    /// Whether the publisher was not revoked before.
    pub(crate) fn revoke(&mut self, publisher: &str) -> bool {
        self.revoked.insert(publisher.to_owned())
    }

    /// Whether the publisher was revoked before.
    pub(crate) fn restore(&mut self, publisher: &str) -> bool {
        self.revoked.remove(publisher)
    }
}
