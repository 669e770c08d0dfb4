//! What people have in their hands when they expected a body, and how they get at the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::format::MessageFormat;

/// Each row is a wrapping: what the bytes are, and the cure.
macro_rules! wrappings {
    ($($(#[$doc:meta])* $name:ident = $what:literal, $cure:literal;)*) => {
        /// What bytes are that are no body: a body with something around it, or something else that is
        /// delivered in its place. The text says what to do.
        ///
        /// ```
        /// use xrm_body::{ErrorKind, MessageFormat, Wrapping, decode};
        ///
        /// let error = decode(b"[{\"Depth\":1}]", MessageFormat::Json).unwrap_err();
        /// assert_eq!(*error.kind(), ErrorKind::Wrapped(Wrapping::Array));
        /// assert_eq!(
        ///     error.to_string(),
        ///     "the body is an array of bodies: decode each item by itself (at byte 0)"
        /// );
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
        #[non_exhaustive]
        pub enum Wrapping {
            $($(#[$doc])* #[error("{}: {}", $what, $cure)] $name,)*
        }
    };
}

wrappings! {
    /// Nothing, or blanks.
    Empty = "the body is empty", "take the message's body, not its properties";
    /// gzip (RFC 1952).
    Gzip = "the body is compressed with gzip", "decompress it first";
    /// Base64, as Azure's SDKs and Logic Apps show bytes.
    Base64 = "the body is base64", "decode that first";
    /// A JSON string that holds a body.
    JsonString = "the body is inside of a JSON string", "parse the string and decode its text";
    /// A JSON array of bodies, as bindings of functions deliver batches.
    Array = "the body is an array of bodies", "decode each item by itself";
    /// .NET binary XML, the default format of queues and topics. .NET's readers of text say "data at the
    /// root level is invalid" of it.
    BinaryXml = "the body is .NET binary XML (\"data at the root level is invalid\")",
        "register the endpoint with the message format JSON or XML";
    /// `@string3http://schemas.microsoft.com/2003/10/Serialization/` before the body: a string or bytes that
    /// were put into a Service Bus message by .NET's binary serializer.
    ServiceBusString =
        "`@string3http://schemas.microsoft.com/2003/10/Serialization/` precedes the body",
        "read the message with `GetBody<string>`, or send it as a stream";
    /// A whole AMQP message.
    Amqp = "the body is a whole AMQP message", "decode the bytes of its data section";
    /// A page in HTML, from a proxy or a sign-in.
    Html = "the body is an HTML page", "look in it for why it was sent in place of the body";
}

/// .NET's namespace of serialized scalars, which precedes a string in a Service Bus message.
const SERIALIZATION: &[u8] = b"http://schemas.microsoft.com/2003/10/Serialization/";

/// Far enough to see any wrapping.
const BEGINNING: usize = 128;

impl Wrapping {
    /// What bytes are that can't be decoded. `None` if they may be a damaged body. Looks at their beginning
    /// only.
    ///
    /// ```
    /// use xrm_body::Wrapping;
    ///
    /// assert_eq!(Wrapping::recognize(b"eyJEZXB0aCI6MX0="), Some(Wrapping::Base64));
    /// assert_eq!(Wrapping::recognize(br#"{"Depth":1}"#), None);
    /// ```
    #[must_use]
    pub fn recognize(body: &[u8]) -> Option<Self> {
        let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
        let beginning = &text[..text.len().min(BEGINNING)];
        match beginning {
            [] => Some(Self::Empty),
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // A described type whose descriptor is the code of a section of a message.
            // Source: OASIS AMQP 1.0, part 3, 3.2.
            [0, 0x53, 0x70..=0x78, ..] | [0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x70..=0x78, ..] => {
                Some(Self::Amqp)
            }
            [b'@', ..] if memchr::memmem::find(beginning, SERIALIZATION).is_some() => {
                Some(Self::ServiceBusString)
            }
            [b'@', length, name @ ..] if is_name(*length, name) => Some(Self::BinaryXml),
            [b'[', rest @ ..] => {
                matches!(rest.trim_ascii_start(), [b'{', ..]).then_some(Self::Array)
            }
            [b'"', text @ ..] => Self::of_string(text),
            [b'<', ..] => is_html(beginning).then_some(Self::Html),
            text => is_base64(text).then_some(Self::Base64),
        }
    }

    /// What a JSON string holds.
    fn of_string(text: &[u8]) -> Option<Self> {
        let is_body = matches!(text.trim_ascii_start(), [b'{' | b'<' | b'[', ..]);
        // Some serializers escape `<`.
        if is_body || text.starts_with(b"\\u003c") || text.starts_with(b"\\u003C") {
            return Some(Self::JsonString);
        }
        is_base64(text).then_some(Self::Base64)
    }
}

/// Whether the length of a name and the name come next, as in .NET binary XML behind the byte for an element
/// without a prefix. Source: MC-NBFX, 2.2.1.1, `ShortElement`.
fn is_name(length: u8, text: &[u8]) -> bool {
    let name = text.get(..usize::from(length)).unwrap_or_default();
    !name.is_empty() && name.iter().all(u8::is_ascii_alphanumeric)
}

fn is_html(text: &[u8]) -> bool {
    let is = |tag: &[u8]| text.get(..tag.len()).is_some_and(|it| it.eq_ignore_ascii_case(tag));
    is(b"<!doctype html") || is(b"<html")
}

/// Whether the text is base64 of a body or of compressed bytes.
fn is_base64(text: &[u8]) -> bool {
    // Twelve characters are nine bytes, enough to tell what they begin.
    let Ok(bytes) = STANDARD_NO_PAD.decode(text.get(..12).unwrap_or_default()) else {
        return false;
    };
    match bytes.as_slice() {
        [0x1f, 0x8b, ..] | [b'@', ..] => true,
        bytes => MessageFormat::recognize(bytes).is_some(),
    }
}
