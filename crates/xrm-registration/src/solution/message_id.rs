//! Which message has which id.

use std::collections::HashMap;

use uuid::{Uuid, uuid};

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
/// assert_eq!(messages.id("Associate"), None);
/// ```
///
/// The known ones are the platform's own, which have the same id in every organization, as far as
/// files that people have published agree:
///
/// - those that Microsoft's page on [messages](https://learn.microsoft.com/power-apps/developer/data-platform/org-service/use-messages)
///   shows in an organization's answer: the messages of `account`, and `RetrieveUnpublishedMultiple`;
///   `Create` and `Delete` are those of published exports too;
/// - `Execute`, which a published registration tool has in its code beside others of that page.
///
/// The ids of all others, those of custom actions above all, are an organization's own. Its Web API
/// tells them: `GET .../sdkmessages?$select=name,sdkmessageid`.
#[derive(Clone, Debug)]
pub struct MessageIds {
    names: HashMap<Uuid, String>,
    ids: HashMap<String, Uuid>,
}

// Ids in the order of the alphabet, nearly: the platform numbered the messages of its first version
// in a row. That is a check of the table and no way to guess the id of another message.
const KNOWN: &[(Uuid, &str)] = &[
    (uuid!("8cbdbb1b-ea3e-db11-86a7-000a3a5473e8"), "Assign"),
    (uuid!("9ebdbb1b-ea3e-db11-86a7-000a3a5473e8"), "Create"),
    (uuid!("a1bdbb1b-ea3e-db11-86a7-000a3a5473e8"), "Delete"),
    (uuid!("a6bdbb1b-ea3e-db11-86a7-000a3a5473e8"), "Execute"),
    (uuid!("c5bdbb1b-ea3e-db11-86a7-000a3a5473e8"), "GrantAccess"),
    (uuid!("dbbdbb1b-ea3e-db11-86a7-000a3a5473e8"), "Merge"),
    (uuid!("dcbdbb1b-ea3e-db11-86a7-000a3a5473e8"), "ModifyAccess"),
    (uuid!("f2bdbb1b-ea3e-db11-86a7-000a3a5473e8"), "Retrieve"),
    (uuid!("03bebb1b-ea3e-db11-86a7-000a3a5473e8"), "RetrieveMultiple"),
    (uuid!("04bebb1b-ea3e-db11-86a7-000a3a5473e8"), "RetrievePrincipalAccess"),
    (uuid!("10bebb1b-ea3e-db11-86a7-000a3a5473e8"), "RetrieveSharedPrincipalsAndAccess"),
    (uuid!("f6bdbb1b-ea3e-db11-86a7-000a3a5473e8"), "RetrieveUnpublishedMultiple"),
    (uuid!("11bebb1b-ea3e-db11-86a7-000a3a5473e8"), "RevokeAccess"),
    (uuid!("1cbebb1b-ea3e-db11-86a7-000a3a5473e8"), "SetState"),
    (uuid!("1dbebb1b-ea3e-db11-86a7-000a3a5473e8"), "SetStateDynamicEntity"),
    (uuid!("20bebb1b-ea3e-db11-86a7-000a3a5473e8"), "Update"),
];

impl MessageIds {
    /// The ids that are known.
    #[must_use]
    pub fn known() -> Self {
        let mut messages = Self { names: HashMap::new(), ids: HashMap::new() };
        for (id, name) in KNOWN {
            messages.insert(*id, name);
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
