use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use http::header::{Entry, HeaderMap};

use crate::error::{Error, Problem};
use crate::property;

/// The content type by which Event Hubs knows a batch.
const BATCH: &str = "application/vnd.microsoft.servicebus.json";

/// The longest partition key, in characters.
const LONGEST_PARTITION_KEY: usize = 128;

/// One event: a body, its content type, application properties, and perhaps a partition key.
///
/// ```
/// use eventhub_rest::Event;
///
/// let event = Event::new(r#"{"total":12}"#, "application/json")?
///     .with_property("kind", "sale")?
///     .with_partition_key("till-7")?;
/// # Ok::<(), eventhub_rest::Error>(())
/// ```
///
/// # Properties
///
/// An application property is an HTTP header of its own. HTTP bounds what it can be: its name has
/// no case and is sent in lower case, its value is visible ASCII. The service turns a value that
/// reads as a number or a boolean into one, and everything else into a string
/// ([Exchange events between consumers and producers that use different protocols][typing]).
///
/// | call | header | consumer reads |
/// |---|---|---|
/// | `with_property("Kind", "sale")` | `kind: sale` | string `sale` |
/// | `with_property("Total", "12")` | `total: 12` | number 12 |
/// | `with_quoted_property("Till", "12")` | `till: "12"` | see [`with_quoted_property`](Self::with_quoted_property) |
///
/// [typing]: https://learn.microsoft.com/azure/event-hubs/event-hubs-exchange-events-different-protocols
#[derive(Clone)]
pub struct Event {
    body: Bytes,
    content_type: HeaderValue,
    properties: HeaderMap,
    partition_key: Option<PartitionKey>,
    service_retry: bool,
}

#[derive(Clone)]
struct PartitionKey {
    text: String,
    header: HeaderValue,
}

impl Event {
    /// An event with a body, sent byte for byte, and its content type.
    ///
    /// # Errors
    ///
    /// [`Error::ContentType`] if the content type is empty, can't stand in an HTTP header, or is
    /// `application/vnd.microsoft.servicebus.json`, which would make the service read the body as
    /// a batch.
    pub fn new(body: impl Into<Bytes>, content_type: &str) -> Result<Self, Error> {
        Ok(Self {
            body: body.into(),
            content_type: content_type_header(content_type).map_err(Error::ContentType)?,
            properties: HeaderMap::new(),
            partition_key: None,
            service_retry: true,
        })
    }

    /// The same event with an application property, its value sent as it is. This is the form of
    /// the service's documentation.
    ///
    /// # Errors
    ///
    /// [`Error::PropertyName`] if the name is no HTTP header name, is one that HTTP or Event Hubs
    /// use themselves, or is there already; [`Error::PropertyValue`] if the value is not visible
    /// ASCII or has white space at an end.
    pub fn with_property(self, name: &str, value: &str) -> Result<Self, Error> {
        let value = property::value(name, value)?;
        self.with_header(name, value)
    }

    /// The same event with an application property, its value sent between quotation marks.
    ///
    /// Service Bus quotes strings that it sends over REST, and Microsoft's first Python client
    /// quoted those that it sent to Event Hubs, so that text such as `12` stayed text. Whether the
    /// service takes the quotation marks off is not documented: try it on your namespace before
    /// relying on it.
    ///
    /// # Errors
    ///
    /// As for [`with_property`](Self::with_property), but white space may stand at an end.
    pub fn with_quoted_property(self, name: &str, value: &str) -> Result<Self, Error> {
        let value = property::quoted(name, value)?;
        self.with_header(name, value)
    }

    /// The same event with a partition key: events of one key go to one partition, in order.
    ///
    /// It is sent as `BrokerProperties: {"PartitionKey":"..."}`, with characters outside ASCII as
    /// JSON escapes.
    ///
    /// # Errors
    ///
    /// [`Error::PartitionKey`] if the key is empty or longer than 128 characters, the limit of
    /// [Service Bus][limit] and of the Azure SDK for JavaScript.
    ///
    /// [limit]: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
    pub fn with_partition_key(self, key: &str) -> Result<Self, Error> {
        let partition_key = Some(PartitionKey::new(key).map_err(Error::PartitionKey)?);
        Ok(Self { partition_key, ..self })
    }

    /// The same event, asking the service not to retry by itself when it meets a transient fault
    /// (`x-ms-retrypolicy: NoRetry`). It does by default.
    ///
    /// Sends are not idempotent: where the caller retries too, this makes duplicates rarer.
    pub fn without_service_retry(self) -> Self {
        Self { service_retry: false, ..self }
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body's content type, as the header that carries it.
    pub fn content_type(&self) -> &HeaderValue {
        &self.content_type
    }

    /// The application properties, as the headers that carry them.
    pub fn properties(&self) -> &HeaderMap {
        &self.properties
    }

    /// The partition key.
    pub fn partition_key(&self) -> Option<&str> {
        self.partition_key.as_ref().map(|key| &*key.text)
    }

    /// Whether the service may retry by itself when it meets a transient fault.
    pub fn service_retry(&self) -> bool {
        self.service_retry
    }

    /// The header `BrokerProperties`, if there is anything to say in it.
    pub(crate) fn broker_properties(&self) -> Option<&HeaderValue> {
        self.partition_key.as_ref().map(|key| &key.header)
    }

    fn with_header(mut self, name: &str, value: HeaderValue) -> Result<Self, Error> {
        match self.properties.entry(property::name(name)?) {
            Entry::Vacant(entry) => entry.insert(value),
            Entry::Occupied(_) => {
                let problem = Problem::Repeated;
                return Err(Error::PropertyName { name: name.to_owned(), problem });
            }
        };
        Ok(self)
    }
}

/// Shows the sizes of what may be confidential, and not its text.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.properties.keys().map(|name| name.as_str()).collect();
        f.debug_struct("Event")
            .field("body_len", &self.body.len())
            .field("content_type", &self.content_type)
            .field("properties", &names)
            .field("has_partition_key", &self.partition_key.is_some())
            .field("service_retry", &self.service_retry)
            .finish()
    }
}

impl PartitionKey {
    fn new(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::Empty);
        }
        if text.chars().count() > LONGEST_PARTITION_KEY {
            return Err(Problem::TooLong(LONGEST_PARTITION_KEY));
        }
        let json = ascii_json(&serde_json::json!({ "PartitionKey": text }).to_string());
        Ok(Self { text: text.to_owned(), header: property::header_value(&json)? })
    }
}

/// The same JSON with everything outside visible ASCII as `\u` escapes, which may stand only in
/// its strings.
fn ascii_json(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

fn content_type_header(text: &str) -> Result<HeaderValue, Problem> {
    if text.is_empty() {
        return Err(Problem::Empty);
    }
    let media_type = text.split(';').next().unwrap_or(text).trim();
    if media_type.eq_ignore_ascii_case(BATCH) {
        return Err(Problem::Batch);
    }
    property::header_value(text)
}
