//! Which message has which id.

use std::collections::HashMap;

use uuid::Uuid;

use crate::known_message::KnownMessage;

/// Ids of messages, which are rows of the platform's
/// [`sdkmessage`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/sdkmessage)
/// table. Steps in solution files name their message by its id.
///
/// ```
/// use uuid::{Uuid, uuid};
/// use xrm_registration::solution::MessageIds;
///
/// let update = uuid!("20bebb1b-ea3e-db11-86a7-000a3a5473e8");
/// let own = Uuid::from_u128(7);
/// let messages = MessageIds::known().with(own, "contoso_Approve");
/// assert_eq!(messages.name(update), Some("Update"));
/// assert_eq!(messages.id("contoso_Approve"), Some(own));
/// assert_eq!(messages.id("contoso_Reject"), None);
/// ```
///
/// The known ones are those of [`KnownMessage`](crate::KnownMessage::id): the platform's own, which
/// have the same id in every organization of which exports are public.
///
/// The ids of all others, those of custom actions above all, are an organization's own. Its Web API
/// lists them: `GET .../sdkmessages?$select=name,sdkmessageid`.
#[derive(Clone, Debug)]
pub struct MessageIds {
    names: HashMap<Uuid, String>,
    ids: HashMap<String, Uuid>,
}

impl MessageIds {
    /// The ids that are known.
    #[must_use]
    pub fn known() -> Self {
        let mut messages = Self { names: HashMap::new(), ids: HashMap::new() };
        for message in KnownMessage::ALL {
            if let Some(id) = message.id {
                messages.insert(id, message.name);
            }
        }
        messages
    }

    /// The same with one more. It takes the place of any that has the id or the name.
    #[must_use]
    pub fn with(mut self, id: Uuid, name: &str) -> Self {
        self.insert(id, name);
        self
    }

    /// The name of a message.
    #[must_use]
    pub fn name(&self, id: Uuid) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// The id of a message.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<Uuid> {
        self.ids.get(name).copied()
    }

    fn insert(&mut self, id: Uuid, name: &str) {
        // The two maps stay each other's inverse: what an insertion displaces leaves both.
        if let Some(other) = self.names.insert(id, name.to_owned()) {
            self.ids.remove(&other);
        }
        if let Some(other) = self.ids.insert(name.to_owned(), id).filter(|it| *it != id) {
            self.names.remove(&other);
        }
    }
}

impl Default for MessageIds {
    fn default() -> Self {
        Self::known()
    }
}
