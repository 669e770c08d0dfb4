//! Management over HTTPS.

use azure_sas::{Endpoint, Token};
use bytes::Bytes;
use http::Request;

use crate::client::failure::no_answer;
use crate::client::{Client, reason};
use crate::hub::Hub;
use crate::manage::{
    self, Answer, AuthorizationRule, Body, ConsumerGroupDescription, ConsumerGroupName,
    HubDescription, HubSettings, LONGEST_ANSWER, ListRange, ManageError, PublisherName,
};

/// Management. Each call is one attempt, save where it says otherwise; its token is signed by a
/// policy with the Manage right.
impl Client {
    /// Creates `hub`.
    ///
    /// ```no_run
    /// # async fn example(namespace: azure_sas::ConnectionString, randomness: [u8; 64])
    /// # -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_rest::manage::{AccessRights, AuthorizationRule, HubSettings};
    /// use eventhub_rest::{Client, Hub};
    ///
    /// let hub = Hub::new(namespace.endpoint().clone(), "orders")?;
    /// let rule = AuthorizationRule::generate("send", AccessRights::SEND, &randomness)?;
    /// let settings = HubSettings::default().with_authorization_rule(rule);
    ///
    /// let signer = namespace.signer()?;
    /// let token = signer.sign(hub.resource(), "2026-01-01T00:00:00Z".parse()?);
    /// let description = Client::new()?.create_hub(&hub, &settings, &token).await?;
    ///
    /// let rule = description.settings.authorization_rule("send").ok_or("the rule is missing")?;
    /// let connection = rule.connection_string(&hub)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ManageError::Conflict`] if it exists already; else the service's refusal.
    pub async fn create_hub(
        &self,
        hub: &Hub,
        settings: &HubSettings,
        token: &Token,
    ) -> Result<HubDescription, ManageError> {
        self.manage(manage::create_hub_request(hub, settings, token), manage::read_hub).await
    }

    /// Replaces the settings of `hub`; what is not in `settings` gets the service's default.
    ///
    /// ```no_run
    /// # async fn example(client: eventhub_rest::Client, hub: eventhub_rest::Hub,
    /// #     token: azure_sas::Token) -> Result<(), eventhub_rest::manage::ManageError> {
    /// use eventhub_rest::manage::EntityStatus;
    ///
    /// let settings = client.get_hub(&hub, &token).await?.settings;
    /// let settings = settings.with_status(EntityStatus::SEND_DISABLED);
    /// client.update_hub(&hub, &settings, &token).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The service's refusal.
    pub async fn update_hub(
        &self,
        hub: &Hub,
        settings: &HubSettings,
        token: &Token,
    ) -> Result<HubDescription, ManageError> {
        self.manage(manage::update_hub_request(hub, settings, token), manage::read_hub).await
    }

    /// Describes `hub`.
    ///
    /// # Errors
    ///
    /// [`ManageError::NotFound`] if it does not exist; else the service's refusal.
    pub async fn get_hub(&self, hub: &Hub, token: &Token) -> Result<HubDescription, ManageError> {
        self.manage(manage::get_hub_request(hub, token), manage::read_hub).await
    }

    /// Deletes `hub` and all that is in it.
    ///
    /// # Errors
    ///
    /// [`ManageError::NotFound`] if it does not exist; else the service's refusal.
    pub async fn delete_hub(&self, hub: &Hub, token: &Token) -> Result<(), ManageError> {
        self.manage(manage::delete_hub_request(hub, token), manage::read_done).await
    }

    /// Describes all hubs of a namespace, asking as often as there are pages.
    ///
    /// # Errors
    ///
    /// The service's refusal.
    pub async fn list_hubs(
        &self,
        endpoint: &Endpoint,
        token: &Token,
    ) -> Result<Vec<HubDescription>, ManageError> {
        let request = |range| manage::list_hubs_request(endpoint, range, token);
        self.list(request, manage::read_hubs, |hub| &hub.name).await
    }

    /// Adds a rule to `hub`, or replaces the one of the same name, by reading its settings and
    /// writing them back. A change that someone else makes in between is lost.
    ///
    /// ```no_run
    /// # async fn example(client: eventhub_rest::Client, hub: eventhub_rest::Hub,
    /// #     token: azure_sas::Token, randomness: [u8; 64]) -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_rest::manage::{AccessRights, AuthorizationRule};
    ///
    /// let rule = AuthorizationRule::generate("listen", AccessRights::LISTEN, &randomness)?;
    /// client.put_authorization_rule(&hub, &rule, &token).await?;
    /// let connection = rule.connection_string(&hub)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ManageError::NotFound`] if the hub does not exist; else the service's refusal.
    pub async fn put_authorization_rule(
        &self,
        hub: &Hub,
        rule: &AuthorizationRule,
        token: &Token,
    ) -> Result<HubDescription, ManageError> {
        let settings = self.get_hub(hub, token).await?.settings;
        // The interface has no request for one rule: rules are a part of the hub's description.
        let settings = settings.with_authorization_rule(rule.clone());
        self.update_hub(hub, &settings, token).await
    }

    /// Removes the rule of this name from `hub`, by reading its settings and writing them back. A
    /// change that someone else makes in between is lost.
    ///
    /// # Errors
    ///
    /// [`ManageError::NotFound`] if the hub or the rule does not exist; else the service's refusal.
    pub async fn delete_authorization_rule(
        &self,
        hub: &Hub,
        name: &str,
        token: &Token,
    ) -> Result<HubDescription, ManageError> {
        let settings = self.get_hub(hub, token).await?.settings;
        if settings.authorization_rule(name).is_none() {
            return Err(ManageError::NotFound(None));
        }
        self.update_hub(hub, &settings.without_authorization_rule(name), token).await
    }

    /// Creates a consumer group of `hub`.
    ///
    /// ```no_run
    /// # async fn example(client: eventhub_rest::Client, hub: eventhub_rest::Hub,
    /// #     token: azure_sas::Token) -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_rest::manage::ConsumerGroupName;
    ///
    /// let billing = ConsumerGroupName::new("billing")?;
    /// client.create_consumer_group(&hub, &billing, &token).await?;
    /// for group in client.list_consumer_groups(&hub, &token).await? {
    ///     println!("{}", group.name); // `$Default` and `billing`
    /// }
    /// client.delete_consumer_group(&hub, &billing, &token).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ManageError::Conflict`] if it exists already; else the service's refusal.
    pub async fn create_consumer_group(
        &self,
        hub: &Hub,
        name: &ConsumerGroupName,
        token: &Token,
    ) -> Result<ConsumerGroupDescription, ManageError> {
        let request = manage::create_consumer_group_request(hub, name, token);
        self.manage(request, manage::read_consumer_group).await
    }

    /// Describes a consumer group of `hub`.
    ///
    /// # Errors
    ///
    /// [`ManageError::NotFound`] if it does not exist; else the service's refusal.
    pub async fn get_consumer_group(
        &self,
        hub: &Hub,
        name: &ConsumerGroupName,
        token: &Token,
    ) -> Result<ConsumerGroupDescription, ManageError> {
        self.manage(
            manage::get_consumer_group_request(hub, name, token),
            manage::read_consumer_group,
        )
        .await
    }

    /// Deletes a consumer group of `hub`.
    ///
    /// # Errors
    ///
    /// [`ManageError::NotFound`] if it does not exist; else the service's refusal.
    pub async fn delete_consumer_group(
        &self,
        hub: &Hub,
        name: &ConsumerGroupName,
        token: &Token,
    ) -> Result<(), ManageError> {
        self.manage(manage::delete_consumer_group_request(hub, name, token), manage::read_done)
            .await
    }

    /// Describes all consumer groups of `hub`, asking as often as there are pages.
    ///
    /// # Errors
    ///
    /// The service's refusal.
    pub async fn list_consumer_groups(
        &self,
        hub: &Hub,
        token: &Token,
    ) -> Result<Vec<ConsumerGroupDescription>, ManageError> {
        let request = |range| manage::list_consumer_groups_request(hub, range, token);
        self.list(request, manage::read_consumer_groups, |group| &group.name).await
    }

    /// Makes `hub` refuse all events of a publisher, whatever tokens it holds.
    ///
    /// ```no_run
    /// # async fn example(client: eventhub_rest::Client, hub: eventhub_rest::Hub,
    /// #     token: azure_sas::Token) -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_rest::manage::PublisherName;
    ///
    /// let till = PublisherName::new("till-7")?;
    /// client.revoke_publisher(&hub, &till, &token).await?;
    /// assert_eq!(client.list_revoked_publishers(&hub, &token).await?, ["till-7"]);
    /// client.restore_publisher(&hub, &till, &token).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ManageError::Conflict`] if it is revoked already; else the service's refusal.
    pub async fn revoke_publisher(
        &self,
        hub: &Hub,
        name: &PublisherName,
        token: &Token,
    ) -> Result<(), ManageError> {
        self.manage(manage::revoke_publisher_request(hub, name, token), manage::read_done).await
    }

    /// Makes `hub` accept the events of a revoked publisher again.
    ///
    /// # Errors
    ///
    /// [`ManageError::NotFound`] if it is not revoked; else the service's refusal.
    pub async fn restore_publisher(
        &self,
        hub: &Hub,
        name: &PublisherName,
        token: &Token,
    ) -> Result<(), ManageError> {
        self.manage(manage::restore_publisher_request(hub, name, token), manage::read_done).await
    }

    /// The names of all revoked publishers of `hub`, asking as often as there are pages.
    ///
    /// # Errors
    ///
    /// The service's refusal.
    pub async fn list_revoked_publishers(
        &self,
        hub: &Hub,
        token: &Token,
    ) -> Result<Vec<String>, ManageError> {
        let request = |range| manage::list_revoked_publishers_request(hub, range, token);
        self.list(request, manage::read_revoked_publishers, String::as_str).await
    }

    /// All entries of a list, asked for in as many ranges as it takes.
    async fn list<T>(
        &self,
        request: impl Fn(ListRange) -> Request<Body>,
        read: fn(Answer<'_>) -> Result<Vec<T>, ManageError>,
        name: fn(&T) -> &str,
    ) -> Result<Vec<T>, ManageError> {
        let mut all: Vec<T> = Vec::new();
        while all.len() < MOST_ENTRIES {
            let range = ListRange::default().skip(all.len());
            let found = self.manage(request(range), read).await?;
            let (before, full) = (all.len(), found.len() >= range.top);
            // Entries that are created or deleted between two requests move the others, so some
            // come twice.
            for entry in found {
                if !all.iter().any(|known| name(known) == name(&entry)) {
                    all.push(entry);
                }
            }
            // A service that ignores the range gives the same entries each time.
            if !full || all.len() == before {
                break;
            }
        }
        Ok(all)
    }

    async fn manage<T>(
        &self,
        request: Request<Body>,
        read: impl FnOnce(Answer<'_>) -> Result<T, ManageError>,
    ) -> Result<T, ManageError> {
        let request: Result<reqwest::Request, _> = request.map(Bytes::from).try_into();
        let request = request.map_err(|error| ManageError::NoAnswer(no_answer(error)))?;
        let exchange = self.exchange(request, LONGEST_ANSWER).await;
        let (response, body) = exchange.map_err(ManageError::NoAnswer)?;
        let (status, headers) = (response.status(), response.headers());
        read(Answer { status, reason: reason(&response), headers, body: &body })
    }
}

/// More than any namespace holds, in case a service never ends its list.
const MOST_ENTRIES: usize = 10_000;
