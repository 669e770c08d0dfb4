use uuid::Uuid;
use xrm_context::RemoteExecutionContext;

/// What the names of the platform's claims begin with.
const BASE: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

/// The properties that the platform puts on its messages, beside the body ([Write a listener
/// application][listener]).
///
/// Their names are `http://schemas.microsoft.com/xrm/2011/Claims/` and
///
/// | name | value, a text |
/// |---|---|
/// | `Organization` | the address of the organization, if [it is given](Self::organization) |
/// | `User` | the context's `UserId` |
/// | `InitiatingUser` | the context's `InitiatingUserId` |
/// | `InitiatingUserAgent` | the context's member of that name |
/// | `EntityLogicalName` | the context's `PrimaryEntityName` |
/// | `RequestName` | the context's `MessageName` |
///
/// A claim whose member the context lacks is left out.
///
/// ```
/// # #[cfg(feature = "reqwest")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use eventhub_local::LocalEventHub;
/// use xrm_eventhub::{Claims, Publisher, RemoteExecutionContext};
///
/// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
/// # let connection = local.connection_string("accounts")?;
/// let claims = Claims::new().organization("https://contoso.crm.dynamics.com/");
/// let publisher = Publisher::builder(connection).claims(claims).build()?;
/// let context =
///     RemoteExecutionContext { message_name: Some("Update".into()), ..Default::default() };
/// publisher.publish_context(&context).await?;
///
/// let properties = &local.events("accounts")?[0].properties;
/// let request_name = "http://schemas.microsoft.com/xrm/2011/Claims/RequestName";
/// assert_eq!(properties[request_name], "Update".into());
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
///
/// [listener]: https://learn.microsoft.com/power-apps/developer/data-platform/write-listener-application-azure-solution
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[must_use]
pub struct Claims {
    organization: Option<String>,
}

impl Claims {
    /// The claims that the context has members for: all of them but `Organization`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The address of the organization, such as `https://contoso.crm.dynamics.com/`. A context
    /// knows the organization's name and id, and not its address; by default, there is none.
    pub fn organization(self, address: impl Into<String>) -> Self {
        Self { organization: Some(address.into()) }
    }

    /// The properties of the message of this context.
    pub(crate) fn properties(&self, context: &RemoteExecutionContext) -> Vec<(String, String)> {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        // A context that an application makes itself often has no users, and the nil id is none.
        let id = |id: Uuid| (!id.is_nil()).then(|| id.to_string());
        let claims = [
            ("Organization", text(&self.organization)),
            ("User", id(context.user_id)),
            ("InitiatingUser", id(context.initiating_user_id)),
            ("InitiatingUserAgent", text(&context.initiating_user_agent)),
            ("EntityLogicalName", text(&context.primary_entity_name)),
            ("RequestName", text(&context.message_name)),
        ];
        claims
            .into_iter()
            .filter_map(|(name, value)| Some((format!("{BASE}{name}"), value?)))
            .collect()
    }
}
