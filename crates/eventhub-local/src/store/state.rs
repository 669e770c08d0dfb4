//! What is set about the hubs of a namespace, as JSON.

use azure_sas::SharedAccessKey;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::entity::{ConsumerGroup, Entity};
use crate::hub::Hub;
use crate::rule::{AccessRight, AuthorizationRule};
use crate::settings::{Settings, Status, timestamp};
use crate::tls::Identity;
use crate::xml::Element;

/// The version of the document. One that is not this is of a later version of the local hub.
const FORMAT: u32 = 1;

/// The namespace: its policy and its hubs.
#[derive(Deserialize, Serialize)]
pub(crate) struct State {
    format: u32,
    /// The number of the next hub that is created. Numbers name folders and are not used twice, so a
    /// folder that could not be removed is not that of another hub.
    pub(crate) next_hub: u64,
    pub(crate) root: PolicyState,
    pub(crate) hubs: Vec<HubState>,
    /// The certificate that was generated, if one was.
    certificate: Option<CertificateState>,
}

/// A certificate in PEM with its key.
#[derive(Deserialize, Serialize)]
struct CertificateState {
    names: Vec<String>,
    certificate: String,
    key: Zeroizing<String>,
}

/// A hub without its events.
#[derive(Deserialize, Serialize)]
pub(crate) struct HubState {
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) partitions: u32,
    created: Time,
    updated: Time,
    retention_days: u32,
    status: String,
    user_metadata: String,
    policies: Vec<PolicyState>,
    extra: Vec<Element>,
    groups: Vec<GroupState>,
    revoked: Vec<String>,
}

/// A shared access policy.
#[derive(Deserialize, Serialize)]
pub(crate) struct PolicyState {
    name: String,
    rights: Vec<String>,
    primary_key: Key,
    secondary_key: Key,
}

#[derive(Deserialize, Serialize)]
struct GroupState {
    name: String,
    user_metadata: String,
    created: Time,
    updated: Time,
}

impl State {
    pub(crate) fn new(
        next_hub: u64,
        root: &AuthorizationRule,
        hubs: Vec<HubState>,
        identity: Option<&Identity>,
    ) -> Self {
        let certificate = identity.map(|it| CertificateState {
            names: it.names.clone(),
            certificate: it.certificates.clone(),
            key: it.key.clone(),
        });
        Self { format: FORMAT, next_hub, root: PolicyState::of(root), hubs, certificate }
    }

    /// The certificate that was generated.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.certificate.as_ref().map(|it| Identity {
            certificates: it.certificate.clone(),
            key: it.key.clone(),
            names: it.names.clone(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        serde_json::to_writer(out, self).expect("texts and numbers are JSON");
    }

    /// `None` if the document is not one of this version.
    pub(crate) fn read(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().filter(|it: &Self| it.format == FORMAT)
    }
}

impl HubState {
    pub(crate) fn of(hub: &Hub) -> Self {
        let entity = hub.entity();
        let Settings { retention_days, rules, status, user_metadata, extra } = &entity.settings;
        Self {
            number: hub.number,
            name: hub.name.clone(),
            partitions: hub.partitions,
            created: Time(entity.created),
            updated: Time(entity.updated),
            retention_days: *retention_days,
            status: status.name().to_owned(),
            user_metadata: user_metadata.clone(),
            policies: rules.iter().map(PolicyState::of).collect(),
            extra: extra.clone(),
            groups: entity.groups().map(GroupState::of).collect(),
            revoked: entity.revoked().cloned().collect(),
        }
    }

    /// The hub as management sees it; `None` if something in the document is of no known kind.
    pub(crate) fn entity(&self) -> Option<Entity> {
        let policies = self.policies.iter().map(PolicyState::rule).collect::<Option<Vec<_>>>()?;
        let settings = Settings {
            retention_days: self.retention_days,
            status: Status::of(&self.status)?,
            user_metadata: self.user_metadata.clone(),
            extra: self.extra.clone(),
            ..Settings::of(policies)
        };
        let groups = self.groups.iter().map(|it| ConsumerGroup {
            name: it.name.clone(),
            user_metadata: it.user_metadata.clone(),
            created: it.created.0,
            updated: it.updated.0,
        });
        let times = (self.created.0, self.updated.0);
        Some(Entity::restored(settings, times, groups, self.revoked.iter().cloned().collect()))
    }
}

impl PolicyState {
    fn of(rule: &AuthorizationRule) -> Self {
        Self {
            name: rule.name().to_owned(),
            rights: rule.rights().map(|it| it.name().to_owned()).collect(),
            primary_key: Key(rule.primary_key().clone()),
            secondary_key: Key(rule.secondary_key().clone()),
        }
    }

    pub(crate) fn rule(&self) -> Option<AuthorizationRule> {
        let right = |name: &String| AccessRight::ALL.into_iter().find(|it| it.name() == name);
        let rights = self.rights.iter().map(right).collect::<Option<Vec<_>>>()?;
        let (primary, secondary) = (self.primary_key.0.clone(), self.secondary_key.0.clone());
        AuthorizationRule::new(&*self.name, rights, primary, secondary).ok()
    }
}

impl GroupState {
    fn of(group: &ConsumerGroup) -> Self {
        Self {
            name: group.name.clone(),
            user_metadata: group.user_metadata.clone(),
            created: Time(group.created),
            updated: Time(group.updated),
        }
    }
}

/// A key, which is written in plain text: whoever has the events of a local hub may have its keys.
struct Key(SharedAccessKey);

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.reveal())
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        // The error of the key would add nothing that does not quote it.
        let malformed = |_| serde::de::Error::custom("a key is malformed");
        SharedAccessKey::new(text.as_str()).map(Self).map_err(malformed)
    }
}

/// A time to the nanosecond, as RFC 3339 writes it.
struct Time(DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&timestamp(self.0))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}
