//! The hubs of a local hub at its start: those that its builder names, and those that its folder keeps.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::entity::{ConsumerGroup, is_group_name};
use crate::error::Error;
use crate::hub::{Hub, is_hub_name};
use crate::log::{Log, Retention};
use crate::namespace::{Hubs, Kept};
use crate::rule::AuthorizationRule;
use crate::settings::Settings;
use crate::store::{Folder, HubState, Options, PolicyState, State, TornTail};
use crate::tls::Identity;

/// What is kept from an earlier local hub.
pub(crate) struct Earlier {
    kept: Kept,
    /// The policy that connection strings hold.
    pub(crate) root: Option<AuthorizationRule>,
    /// The certificate that was generated.
    pub(crate) identity: Option<Identity>,
    hubs: Vec<HubState>,
    /// Whether the folder has nothing yet.
    is_new: bool,
}

impl Earlier {
    /// Opens a folder.
    pub(crate) fn open(path: &Path, retention: Retention, fsync: bool) -> Result<Self, Error> {
        let folder = Folder::open(path, Options::new(retention.bytes, fsync))?;
        let state = folder.state()?;
        let is_new = state.is_none();
        let (next_hub, root, hubs, identity) = match state {
            Some(state) => {
                let identity = state.identity();
                (state.next_hub, Some(state.root), state.hubs, identity)
            }
            None => (1, None, Vec::new(), None),
        };
        let unusable = || Error::DataDamaged {
            path: path.to_owned(),
            offset: 0,
            what: "a shared access policy can't be read",
        };
        let root = root.as_ref().map(PolicyState::rule).map(|it| it.ok_or_else(unusable));
        Ok(Self {
            kept: Kept { folder, next_hub },
            root: root.transpose()?,
            identity,
            hubs,
            is_new,
        })
    }

    /// Writes down that there are no hubs yet, if the folder is new. A process that is killed while it
    /// makes the first ones would leave events of which nobody knows whether they are somebody's.
    pub(crate) fn begin(&self, root: &AuthorizationRule) -> Result<(), Error> {
        if !self.is_new {
            return Ok(());
        }
        let Kept { folder, next_hub } = &self.kept;
        let nothing = State::new(*next_hub, root, Vec::new(), None);
        folder.save(&nothing).map_err(|error| folder.failed(error))
    }
}

/// The hubs that a builder names, with the policies of each.
pub(crate) struct Named {
    pub(crate) hubs: Vec<(String, u32)>,
    pub(crate) rules: Vec<(String, AuthorizationRule)>,
    /// Hubs and the names of their consumer groups.
    pub(crate) groups: Vec<(String, String)>,
    pub(crate) retention: Retention,
}

/// The hubs of a start, the folder that keeps them, and what was cut off there.
pub(crate) struct Started {
    pub(crate) hubs: Hubs,
    pub(crate) kept: Option<Kept>,
    pub(crate) torn_tails: Vec<TornTail>,
}

impl Named {
    /// Makes the hubs, or reads them if they are kept.
    pub(crate) fn start(
        mut self,
        earlier: Option<Earlier>,
        now: DateTime<Utc>,
    ) -> Result<Started, Error> {
        self.check()?;
        let mut torn_tails = Vec::new();
        let (mut hubs, mut kept) = (Hubs::new(), None);
        if let Some(Earlier { kept: folder, hubs: states, .. }) = earlier {
            for state in states {
                let (hub, torn) = self.open(&folder.folder, &state)?;
                hub.expire(now);
                torn_tails.extend(torn);
                hubs.insert(state.name.to_ascii_lowercase(), Arc::new(hub));
            }
            kept = Some(folder);
        }
        for (name, count) in std::mem::take(&mut self.hubs) {
            let own = distinct(self.rules_of(&name))?;
            match hubs.get(&name.to_ascii_lowercase()) {
                Some(hub) if hub.partitions != count => {
                    return Err(Error::KeptPartitionCount {
                        hub: name,
                        kept: hub.partitions,
                        count,
                    });
                }
                Some(hub) => add_rules(hub, own),
                None => {
                    let settings = Settings::of(own);
                    let mut hub = Hub::new(name.clone(), count, settings, self.retention, now);
                    if let Some(kept) = &mut kept {
                        let number = kept.next_hub;
                        kept.next_hub += 1;
                        let files = hub.create_files(&kept.folder, number)?;
                        hub = hub.with_files(number, files);
                    }
                    hubs.insert(name.to_ascii_lowercase(), Arc::new(hub));
                }
            }
        }
        for (name, rule) in self.rules {
            let Some(hub) = hubs.get(&name.to_ascii_lowercase()) else {
                return Err(Error::UnknownHub { name });
            };
            add_rules(hub, vec![rule]);
        }
        for (hub, name) in self.groups {
            if !is_group_name(&name) {
                return Err(Error::ConsumerGroupName { name });
            }
            let found = hubs.get(&hub.to_ascii_lowercase());
            let group = ConsumerGroup::new(name, String::new(), now);
            // One that is there already stays as it is.
            let _ =
                found.ok_or(Error::UnknownHub { name: hub })?.entity().add_group(group, usize::MAX);
        }
        if hubs.is_empty() { Err(Error::NoHub) } else { Ok(Started { hubs, kept, torn_tails }) }
    }

    fn check(&self) -> Result<(), Error> {
        let mut names = BTreeSet::new();
        for (name, count) in &self.hubs {
            if !is_hub_name(name) {
                return Err(Error::HubName { name: name.clone() });
            }
            // The limit of the Dedicated tier; see `Builder::tier`.
            if !(1..=1024).contains(count) {
                return Err(Error::PartitionCount { hub: name.clone(), count: *count });
            }
            if !names.insert(name.to_ascii_lowercase()) {
                return Err(Error::DuplicateHub { name: name.clone() });
            }
        }
        Ok(())
    }

    fn open(&self, folder: &Folder, state: &HubState) -> Result<(Hub, Option<TornTail>), Error> {
        let entity = state.entity().filter(|_| (1..=1024).contains(&state.partitions));
        let entity = entity.ok_or_else(|| folder.damaged("a hub can't be read"))?;
        let mut log = Log::new(state.partitions, self.retention);
        let (files, torn) = folder.open_hub(state.number, &mut log)?;
        Ok((Hub::of(state.name.clone(), entity, log).with_files(state.number, files), torn))
    }

    fn rules_of(&mut self, hub: &str) -> Vec<AuthorizationRule> {
        let own = self.rules.extract_if(.., |(name, _)| name.eq_ignore_ascii_case(hub));
        own.map(|(_, rule)| rule).collect()
    }
}

/// Gives a hub that is kept the policies that the builder names, in the place of those of their names.
fn add_rules(hub: &Hub, given: Vec<AuthorizationRule>) {
    let mut entity = hub.entity();
    let is_given = |it: &&AuthorizationRule| given.iter().any(|rule| rule.name() == it.name());
    let others: Vec<_> = entity.settings.rules.iter().filter(|it| !is_given(it)).cloned().collect();
    entity.settings.rules = others.into_iter().chain(given).collect();
}

/// The rules, if no two have the same name.
pub(crate) fn distinct(rules: Vec<AuthorizationRule>) -> Result<Vec<AuthorizationRule>, Error> {
    let mut names = BTreeSet::new();
    match rules.iter().find(|it| !names.insert(it.name())) {
        Some(rule) => Err(Error::DuplicateRule { name: rule.name().to_owned() }),
        None => Ok(rules),
    }
}
