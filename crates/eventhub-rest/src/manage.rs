//! Event hubs, their consumer groups, authorization rules and revoked publishers, managed by the
//! namespace itself.
//!
//! A namespace manages what is in it by Atom documents over HTTPS, with a token of a policy that
//! has the Manage right: no subscription, resource group or Microsoft Entra ID is needed. As with
//! sends, this module does no I/O: it makes requests and reads answers. `Client` carries them, with
//! the feature `reqwest`.
//!
//! ```
//! use azure_sas::ConnectionString;
//! use eventhub_rest::Hub;
//! use eventhub_rest::manage::{AccessRights, AuthorizationRule, HubSettings, create_hub_request};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let namespace: ConnectionString = "Endpoint=sb://contoso.servicebus.windows.net/;\
//!     SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=c2VjcmV0"
//!     .parse()?;
//! let hub = Hub::new(namespace.endpoint().clone(), "orders")?;
//! # let randomness = [7; 64];
//! let rule = AuthorizationRule::generate("send", AccessRights::SEND, &randomness)?;
//! let settings = HubSettings::default().with_partition_count(4).with_authorization_rule(rule);
//!
//! let signer = namespace.signer()?;
//! let token = signer.sign(hub.resource(), "2026-01-01T00:00:00Z".parse()?);
//! let request = create_hub_request(&hub, &settings, &token);
//! assert_eq!(request.method(), "PUT");
//!
//! let [rule] = settings.authorization_rules() else { unreachable!("there is one") };
//! let connection = rule.connection_string(&hub)?;
//! assert_eq!(connection.entity_path(), Some("orders"));
//! # Ok(())
//! # }
//! ```
//!
//! # How sure this is
//!
//! | what | from |
//! |---|---|
//! | addresses, `api-version=2014-01`, statuses, namespaces, order of members | Microsoft's pages: [create][create], [list][list], [update][update] and [delete][delete] an event hub, [create][group] a consumer group, [revoke][revoke] a publisher |
//! | an authorization rule's members | the example of the page on listing |
//! | `AuthorizationRules` in place of the `Authorization` of the table on creating | the examples of the same page, and every published client |
//! | rules in an update | Microsoft's client for .NET; the page on updating names the retention alone |
//! | `$skip` and `$top` | requests of the Azure portal, in its activity log |
//! | an empty feed for what does not exist | Microsoft's clients for Service Bus, which has the same interface |
//!
//! Microsoft's newer interface for all this is Azure Resource Manager, which this crate leaves to
//! Azure's own tools.
//!
//! [create]: https://learn.microsoft.com/rest/api/eventhub/create-event-hub
//! [list]: https://learn.microsoft.com/rest/api/eventhub/list-event-hubs
//! [update]: https://learn.microsoft.com/rest/api/eventhub/update-event-hub
//! [delete]: https://learn.microsoft.com/rest/api/eventhub/delete-event-hub
//! [revoke]: https://learn.microsoft.com/rest/api/eventhub/revoke-publisher
//! [group]: https://learn.microsoft.com/rest/api/eventhub/create-consumer-group

mod answer;
mod consumer_group;
mod hub_settings;
mod publisher;
mod request;
mod rule;

pub use crate::xml::Malformed;
pub use answer::{
    Answer, ManageError, read_consumer_group, read_consumer_groups, read_done, read_hub, read_hubs,
    read_revoked_publishers,
};
pub use consumer_group::{ConsumerGroupDescription, ConsumerGroupName};
pub use hub_settings::{EntityStatus, HubDescription, HubSettings};
pub use publisher::PublisherName;
pub use request::{
    Body, ListRange, create_consumer_group_request, create_hub_request,
    delete_consumer_group_request, delete_hub_request, get_consumer_group_request, get_hub_request,
    list_consumer_groups_request, list_hubs_request, list_revoked_publishers_request,
    restore_publisher_request, revoke_publisher_request, update_hub_request,
};
pub use rule::{AccessRights, AuthorizationRule};

#[cfg(feature = "reqwest")]
pub(crate) use answer::LONGEST_ANSWER;
