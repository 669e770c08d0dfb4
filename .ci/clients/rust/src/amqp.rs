//! What a listener on fe2o3-amqp does itself: tokens, properties, starting positions and owner levels of
//! Event Hubs.

use azure_sas::{ConnectionString, Resource};
use chrono::{DateTime, TimeDelta, Utc};
use fe2o3_amqp::connection::ConnectionHandle;
use fe2o3_amqp::link::receiver::CreditMode;
use fe2o3_amqp::sasl_profile::SaslProfile;
use fe2o3_amqp::session::SessionHandle;
use fe2o3_amqp::types::definitions::Fields;
use fe2o3_amqp::types::messaging::annotations::AnnotationKey;
use fe2o3_amqp::types::messaging::map_builder::MapBuilder;
use fe2o3_amqp::types::messaging::{
    ApplicationProperties, Body, Message, MessageAnnotations, Properties, Source, Target,
};
use fe2o3_amqp::types::primitives::{OrderedMap, SimpleValue, Symbol, Value};
use fe2o3_amqp::{Connection, Receiver, Sender, Session};
use serde_amqp::described::Described;
use serde_amqp::descriptor::Descriptor;
use tokio::net::TcpStream;

use crate::Error;
use crate::scenario::Start;

/// A connection with a session, whose token opens one hub.
#[derive(Debug)]
pub struct Hub {
    connection: ConnectionHandle<()>,
    /// The session of all links.
    pub session: SessionHandle<()>,
    /// The hub's name.
    pub name: String,
}

impl Hub {
    /// Connects, and puts a token that lasts an hour.
    ///
    /// # Errors
    ///
    /// If the connection string has no hub, the hub does not answer, or it refuses the token.
    pub async fn connect(connection: &ConnectionString) -> Result<Self, Error> {
        let name = connection.entity_path().ok_or("the connection string names no hub")?.to_owned();
        let endpoint = connection.endpoint();
        let port = endpoint.port().ok_or("the connection string has no port")?;
        let stream = TcpStream::connect((endpoint.host(), port)).await?;
        // Small frames would wait 40 ms for the acknowledgment of those before them.
        stream.set_nodelay(true)?;
        let mut handle = Connection::builder()
            .container_id("xrm-clients")
            .hostname(endpoint.host())
            .scheme("amqp")
            .sasl_profile(SaslProfile::Anonymous)
            .open_with_stream(stream)
            .await?;
        let session = Session::begin(&mut handle).await?;
        let mut hub = Self { connection: handle, session, name };
        let resource = Resource::hub(endpoint, &hub.name)?;
        let token = connection.signer()?.sign(&resource, in_an_hour());
        let properties = ApplicationProperties::builder()
            .insert("operation", "put-token")
            .insert("type", "servicebus.windows.net:sastoken")
            .insert("name", resource.uri());
        hub.ask("$cbs", properties, token.authorization()).await?;
        Ok(hub)
    }

    /// Reads the properties of the hub, or of one of its partitions.
    ///
    /// # Errors
    ///
    /// If the hub refuses to answer.
    pub async fn properties(
        &mut self,
        partition: Option<&str>,
    ) -> Result<OrderedMap<Value, Value>, Error> {
        let properties = ApplicationProperties::builder()
            .insert("operation", "READ")
            .insert("name", &*self.name);
        let properties = match partition {
            None => properties.insert("type", "com.microsoft:eventhub"),
            Some(id) => {
                properties.insert("type", "com.microsoft:partition").insert("partition", id)
            }
        };
        match self.ask("$management", properties, "").await? {
            Value::Map(map) => Ok(map),
            other => Err(format!("the properties are no map: {other:?}").into()),
        }
    }

    /// Sends a request to a node, and returns the value of the reply.
    async fn ask(
        &mut self,
        node: &str,
        properties: MapBuilder<String, SimpleValue, ApplicationProperties>,
        value: &str,
    ) -> Result<Value, Error> {
        let mut sender = Sender::attach(&mut self.session, format!("to {node}"), node).await?;
        let mut receiver = Receiver::builder()
            .name(format!("from {node}"))
            .source(node)
            .target(Target::builder().address("replies").build())
            .attach(&mut self.session)
            .await?;
        let request = Message::builder()
            .properties(Properties::builder().message_id(1_u64).reply_to("replies").build())
            .application_properties(properties.build())
            .value(value.to_owned())
            .build();
        sender.send(request).await?.accepted_or("the request was not accepted")?;
        let reply = receiver.recv::<Body<Value>>().await?;
        receiver.accept(&reply).await?;
        receiver.close().await?;
        sender.close().await?;
        let reply = reply.into_message();
        let properties = reply.application_properties.unwrap_or_default();
        match (properties.get("status-code"), reply.body) {
            (Some(SimpleValue::Int(200 | 202)), Body::Value(value)) => Ok(value.0),
            (Some(SimpleValue::Int(200 | 202)), _) => Ok(Value::Null),
            (status, _) => {
                let why = properties.get("status-description");
                Err(format!("{node} answered {status:?}: {why:?}").into())
            }
        }
    }

    /// Attaches a receiver to a partition.
    ///
    /// # Errors
    ///
    /// If the hub refuses it.
    pub async fn receiver(
        &mut self,
        partition: &str,
        start: &Start,
        owner_level: Option<i64>,
        credit: u32,
    ) -> Result<Receiver, Error> {
        let selector = match start {
            Start::Earliest => "amqp.annotation.x-opt-offset > '-1'".to_owned(),
            Start::AfterOffset(offset) => format!("amqp.annotation.x-opt-offset > '{offset}'"),
            Start::AfterSequence(it) => format!("amqp.annotation.x-opt-sequence-number > '{it}'"),
            Start::AtSequence(it) => format!("amqp.annotation.x-opt-sequence-number >= '{it}'"),
            Start::AfterTime(it) => {
                format!("amqp.annotation.x-opt-enqueued-time > '{}'", it.timestamp_millis())
            }
        };
        let filter =
            Described { descriptor: Descriptor::Code(SELECTOR), value: Value::String(selector) };
        let source = Source::builder()
            .address(format!("{}/ConsumerGroups/$Default/Partitions/{partition}", self.name))
            .add_to_filter("apache.org:selector-filter:string", filter)
            .build();
        let receiver = Receiver::builder()
            .name(format!("partition {partition}"))
            .source(source)
            .credit_mode(CreditMode::Auto(credit))
            .auto_accept(true);
        let receiver = match owner_level {
            None => receiver,
            Some(level) => {
                let mut properties = Fields::new();
                properties.insert(Symbol::from("com.microsoft:epoch"), Value::Long(level));
                receiver.properties(properties)
            }
        };
        Ok(receiver.attach(&mut self.session).await?)
    }

    /// Attaches a sender to the hub, or to one of its partitions.
    ///
    /// # Errors
    ///
    /// If the hub refuses it.
    pub async fn sender(&mut self, partition: Option<&str>) -> Result<Sender, Error> {
        let address = match partition {
            None => self.name.clone(),
            Some(id) => format!("{}/Partitions/{id}", self.name),
        };
        Ok(Sender::attach(&mut self.session, format!("send to {address}"), address).await?)
    }

    /// Ends the session and the connection.
    ///
    /// # Errors
    ///
    /// If the hub ended either with an error.
    pub async fn close(mut self) -> Result<(), Error> {
        self.session.end().await?;
        self.connection.close().await?;
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the hub compares with the time of this machine")]
fn in_an_hour() -> DateTime<Utc> {
    Utc::now() + TimeDelta::hours(1)
}

/// The descriptor of a selector, `apache.org:selector-filter:string`.
const SELECTOR: u64 = 0x0000_468C_0000_0004;

/// The value of an annotation.
#[must_use]
pub fn annotation<'a>(annotations: &'a MessageAnnotations, name: &str) -> Option<&'a Value> {
    annotations.0.get(&name as &dyn AnnotationKey)
}

/// A time of the wire.
#[must_use]
pub fn time(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}
