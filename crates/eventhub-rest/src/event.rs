use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use http::header::HeaderMap;

use crate::error::{Error, InvalidReason};
use crate::form::{self, BATCH_CONTENT_TYPE, Form, HeaderQuoting};
use crate::property::{self, Property, PropertyName};
use crate::property_value::PropertyValue;

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
/// An application property of a single event is an HTTP header of its own. HTTP bounds what it can
/// be: its name has no case and is sent in lower case, its value is visible ASCII. The service
/// turns a value that reads as a number or a boolean into one, and everything else into a string
/// ([Exchange events between consumers and producers that use different protocols][typing]). In a
/// batch, properties are JSON and have no such bounds.
///
/// | call | travels as | consumer reads |
/// |---|---|---|
/// | `with_property("Kind", "sale")` | `kind: sale` | `kind`, string `sale` |
/// | `with_property("Total", "12")` | `total: 12` | `total`, number 12 |
/// | `with_quoted_property("Till", "12")` | `till: "12"` | see [`with_quoted_property`](Self::with_quoted_property) |
/// | `with_application_property("kind", "sale")` | `kind: sale` | `kind`, string `sale` |
/// | `with_application_property("Total", 12)` | batch of one | `Total`, number 12 |
/// | `with_application_property("http://contoso.example/claim", "a")` | batch of one | the same name, string `a` |
///
/// An application property arrives as it was given; where a header would change it, the event is
/// sent as a batch of one: [`Form`] has the rule.
///
/// [typing]: https://learn.microsoft.com/azure/event-hubs/event-hubs-exchange-events-different-protocols
#[derive(Clone)]
pub struct Event {
    body: Bytes,
    content_type: HeaderValue,
    properties: Vec<Property>,
    header_quoting: HeaderQuoting,
    base64_body: bool,
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
    /// [`Error::ContentType`] if the content type is empty, can't be sent in an HTTP header, or is
    /// `application/vnd.microsoft.servicebus.json`, which would make the service read the body as
    /// a batch.
    pub fn new(body: impl Into<Bytes>, content_type: &str) -> Result<Self, Error> {
        Ok(Self {
            body: body.into(),
            content_type: content_type_header(content_type).map_err(Error::ContentType)?,
            properties: Vec::new(),
            header_quoting: HeaderQuoting::default(),
            base64_body: false,
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
        let header = property::value(name, value)?;
        self.with(Property::Header(name.try_into()?, header), name)
    }

    /// As [`with_property`](Self::with_property), with a name that was checked before.
    ///
    /// # Errors
    ///
    /// As for [`with_property`](Self::with_property), but for the name itself.
    pub fn with_named_property(self, name: &PropertyName, value: &str) -> Result<Self, Error> {
        let header = property::value(name.as_str(), value)?;
        self.with(Property::Header(name.clone(), header), name.as_str())
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
    /// As for [`with_property`](Self::with_property), but white space is allowed at the ends.
    pub fn with_quoted_property(self, name: &str, value: &str) -> Result<Self, Error> {
        let header = property::quoted(name, value)?;
        self.with(Property::QuotedHeader(name.try_into()?, header, value.to_owned()), name)
    }

    /// The same event with an application property of any JSON type but array and object, and of
    /// any name, that arrives as it is given. How it travels is decided by [`Form`].
    ///
    /// ```
    /// use eventhub_rest::{Event, Form};
    ///
    /// let event = Event::new("{}", "application/json")?;
    /// let event = event.with_application_property("kind", "sale")?;
    /// assert_eq!(event.form(), Form::Headers);
    /// let event = event.with_application_property("total", 12)?;
    /// assert_eq!(event.form(), Form::Batch);
    /// # Ok::<(), eventhub_rest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::PropertyName`] if the name is empty, or is there already in whatever case;
    /// [`Error::PropertyValue`] if the value is an infinity or not a number.
    pub fn with_application_property(
        self,
        name: &str,
        value: impl Into<PropertyValue>,
    ) -> Result<Self, Error> {
        let value = value.into();
        if name.is_empty() {
            return Err(Error::PropertyName { name: String::new(), reason: InvalidReason::Empty });
        }
        if !value.is_finite() {
            let reason = InvalidReason::NotFinite;
            return Err(Error::PropertyValue { name: name.to_owned(), reason });
        }
        self.with(Property::Value(name.to_owned(), value), name)
    }

    /// The same event, with text of [application properties](Self::with_application_property)
    /// quoted, or not, where it travels in headers. By default, it is not.
    #[must_use]
    pub fn with_header_quoting(self, header_quoting: HeaderQuoting) -> Self {
        Self { header_quoting, ..self }
    }

    /// The same event, with its body in base64 where it is sent in a batch. By default, that is so
    /// only for a body that is not UTF-8, and one that is is sent as text, which is smaller.
    #[must_use]
    pub fn with_base64_body(self) -> Self {
        Self { base64_body: true, ..self }
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
    #[must_use]
    pub fn without_service_retry(self) -> Self {
        Self { service_retry: false, ..self }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body's content type, as the header that carries it.
    #[must_use]
    pub fn content_type(&self) -> &HeaderValue {
        &self.content_type
    }

    /// The application properties that were given as headers.
    #[must_use]
    pub fn properties(&self) -> HeaderMap {
        self.properties.iter().filter_map(Property::header).collect()
    }

    /// All application properties, in the order in which they were given. The name of one that was
    /// given as a header is in lower case.
    pub fn application_properties(&self) -> impl Iterator<Item = (&str, PropertyValue)> {
        self.properties.iter().map(|it| (it.name(), it.value()))
    }

    /// How the event travels when it is sent alone.
    #[must_use]
    pub fn form(&self) -> Form {
        if self.headers().is_some() { Form::Headers } else { Form::Batch }
    }

    /// Whether text of application properties is quoted where it travels in headers.
    #[must_use]
    pub fn header_quoting(&self) -> HeaderQuoting {
        self.header_quoting
    }

    /// Whether the body is sent in base64 where the event is sent in a batch.
    #[must_use]
    pub fn has_base64_body(&self) -> bool {
        // Most text is ASCII, for which the check is faster than the one for UTF-8.
        let is_text = self.body.is_ascii() || str::from_utf8(&self.body).is_ok();
        self.base64_body || !is_text
    }

    /// The partition key.
    #[must_use]
    pub fn partition_key(&self) -> Option<&str> {
        self.partition_key.as_ref().map(|key| &*key.text)
    }

    /// Whether the service may retry by itself when it meets a transient fault.
    #[must_use]
    pub fn service_retry(&self) -> bool {
        self.service_retry
    }

    /// The header `BrokerProperties`, if there is anything to say in it.
    pub(crate) fn broker_properties(&self) -> Option<&HeaderValue> {
        self.partition_key.as_ref().map(|key| &key.header)
    }

    /// About how many bytes it has in a batch.
    #[cfg(feature = "sender")]
    pub(crate) fn weight(&self) -> usize {
        let properties = self.application_properties();
        let properties: usize = properties.map(|(name, value)| name.len() + value.weight()).sum();
        self.body.len() + properties
    }

    /// All application properties as headers, if headers carry them unchanged.
    ///
    /// Not before the event is sent: which values headers carry depends on the quoting, which may be
    /// set after them.
    pub(crate) fn headers(&self) -> Option<HeaderMap> {
        let header = |it: &Property| match it.header() {
            Some(header) => Some(header),
            None => form::header(it.name(), &it.value(), self.header_quoting),
        };
        self.properties.iter().map(header).collect()
    }

    fn with(mut self, property: Property, name: &str) -> Result<Self, Error> {
        // A few names, and each event has its own: a set would cost more than it saves.
        if self.properties.iter().any(|it| it.name().eq_ignore_ascii_case(name)) {
            let reason = InvalidReason::Repeated;
            return Err(Error::PropertyName { name: name.to_owned(), reason });
        }
        self.properties.push(property);
        Ok(self)
    }
}

/// Shows the sizes of what may be confidential, and not its text.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.properties.iter().map(Property::name).collect();
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
    fn new(text: &str) -> Result<Self, InvalidReason> {
        if text.is_empty() {
            return Err(InvalidReason::Empty);
        }
        if text.chars().count() > LONGEST_PARTITION_KEY {
            return Err(InvalidReason::TooLong(LONGEST_PARTITION_KEY));
        }
        // Made once, here: an event is often sent more than once.
        let json = ascii_json(&serde_json::json!({ "PartitionKey": text }).to_string());
        Ok(Self { text: text.to_owned(), header: property::header_value(&json)? })
    }
}

/// The same JSON with everything outside visible ASCII as `\u` escapes, which JSON allows only in
/// its strings.
fn ascii_json(json: &str) -> String {
    // Headers are ASCII; RFC 8259, 7 has an escape for each UTF-16 unit.
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

fn content_type_header(text: &str) -> Result<HeaderValue, InvalidReason> {
    if text.is_empty() {
        return Err(InvalidReason::Empty);
    }
    // Also with parameters, although the service then reads the body as one event: whoever names
    // this type means a batch.
    let media_type = text.split(';').next().unwrap_or(text).trim();
    if media_type.eq_ignore_ascii_case(BATCH_CONTENT_TYPE) {
        return Err(InvalidReason::Batch);
    }
    property::header_value(text)
}
