//! How a body is written, and how much of one is read.

use std::sync::Arc;

use xrm_context::Generation;

use crate::format::MessageFormat;
use crate::json::ControlEscapes;
use crate::text::double::NumberText;
use crate::zone::{Utc, Zone};

/// How a body is written.
///
/// ```
/// use xrm_body::{EncodeOptions, Fixed, MessageFormat, encode_with};
/// use xrm_context::RemoteExecutionContext;
///
/// // As a process two hours east of UTC writes XML.
/// let options = EncodeOptions::new(MessageFormat::Xml).zone(Fixed(120));
/// let mut body = Vec::new();
/// encode_with(&RemoteExecutionContext::default(), &options, &mut body)?;
/// assert!(body.starts_with(b"<RemoteExecutionContext "));
/// # Ok::<(), xrm_body::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EncodeOptions {
    pub(crate) format: MessageFormat,
    /// None is UTC: options that leave the zone alone allocate nothing.
    zone: Option<Arc<dyn Zone>>,
    pub(crate) controls: ControlEscapes,
    pub(crate) numbers: NumberText,
    pub(crate) generation: Option<Generation>,
}

impl EncodeOptions {
    /// The platform's own way to write this format, on a machine whose zone is UTC.
    #[must_use]
    pub const fn new(format: MessageFormat) -> Self {
        Self {
            format,
            zone: None,
            controls: ControlEscapes::Numbers,
            numbers: NumberText::Framework,
            generation: None,
        }
    }

    /// The format of the body.
    #[must_use]
    pub fn format(&self) -> MessageFormat {
        self.format
    }

    /// The same options for another format.
    #[must_use]
    pub fn with_format(self, format: MessageFormat) -> Self {
        Self { format, ..self }
    }

    /// The time zone that the writing process is taken to be in. By default, this is UTC.
    #[must_use]
    pub fn zone(self, zone: impl Zone + 'static) -> Self {
        Self { zone: Some(Arc::new(zone)), ..self }
    }

    /// The zone to write dates in.
    pub(crate) fn writing_zone(&self) -> &dyn Zone {
        self.zone.as_deref().unwrap_or(&Utc)
    }

    /// The members that the contracts had in this generation, all of them and no others. What came
    /// later is left out with what it holds; what this crate does not know is kept.
    ///
    /// By default, a value that was read is written with the members that it was read with, and an
    /// application's own with all. Types and names of enumerations that came later are not looked
    /// at: an application that talks to an old reader does not use them.
    #[must_use]
    pub fn generation(self, generation: Generation) -> Self {
        Self { generation: Some(generation), ..self }
    }

    /// Control characters in JSON as .NET Framework 4.7 and later runtimes escape them: `\b`, `\t`,
    /// `\n`, `\f` and `\r` with a letter, the others by number. By default all are escaped by
    /// number, `\u000a`, as in the bodies that the platform sends. XML knows no difference.
    #[must_use]
    pub fn short_control_escapes(self) -> Self {
        Self { controls: ControlEscapes::Letters, ..self }
    }

    /// Doubles and floats by the shortest text that reads back, as .NET Core 3.0 and later write
    /// them. By default their text is .NET Framework's, as in the bodies that the platform sends. A
    /// number that was read from a body keeps the text it had there.
    ///
    /// | number | by default | shortest |
    /// |---|---|---|
    /// | 972.172753 | `972.17275299999994` | `972.172753` |
    /// | 10<sup>15</sup> | `1E+15` | `1000000000000000` |
    /// | 10<sup>17</sup> | `1E+17` | `1E+17` |
    /// | the smallest | `4.94065645841247E-324` | `5E-324` |
    #[must_use]
    pub fn shortest_numbers(self) -> Self {
        Self { numbers: NumberText::Shortest, ..self }
    }
}

/// How a body is read: its format, how much it may cost, and whether as strictly as the platform.
///
/// ```
/// use xrm_body::{DecodeOptions, ErrorKind, Limits, MessageFormat, decode_with};
///
/// let limits = Limits { bytes: 1 << 20, depth: 2, ..Limits::default() };
/// let options = DecodeOptions::new(MessageFormat::Json).limits(limits);
/// assert_eq!(decode_with(br#"{"Depth":1}"#, &options)?.depth, 1);
///
/// let deep = br#"{"InputParameters":[{"key":"Target","value":null}]}"#;
/// let error = decode_with(deep, &options).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Limit(..)));
/// # Ok::<(), xrm_body::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DecodeOptions {
    pub(crate) format: MessageFormat,
    pub(crate) limits: Limits,
    pub(crate) strict: bool,
    pub(crate) iso_dates: bool,
    pub(crate) capital_pairs: bool,
}

impl DecodeOptions {
    /// This format with the default [`Limits`].
    #[must_use]
    pub fn new(format: MessageFormat) -> Self {
        let limits = Limits::default();
        Self { format, limits, strict: false, iso_dates: false, capital_pairs: false }
    }

    /// Reading as the platform's own deserializers do: what they accept is accepted, what they
    /// reject is rejected, and what they lose is lost. The crate's page lists the differences. By
    /// default nothing is lost.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    /// Taking a date of ISO 8601, `2024-05-17T08:15:42Z`, in members of JSON that declare a date:
    /// tools that re-print bodies write such. It is written as the platform writes dates. In
    /// `object` places it is a string as before. By default, the platform's form alone is taken.
    #[must_use]
    pub fn iso_dates(self) -> Self {
        Self { iso_dates: true, ..self }
    }

    /// Taking `Key` and `Value` for the members of a pair in JSON, as serializers of other makes
    /// name them. They are written as `key` and `value`. By default, they are unknown members.
    #[must_use]
    pub fn capital_pairs(self) -> Self {
        Self { capital_pairs: true, ..self }
    }

    /// Other limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

/// What a body may cost. A body beyond a limit is refused with
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// How deep values may stand inside one another: objects and arrays in JSON, elements in XML.
    /// Reading takes stack for each level. Default: 128.
    pub depth: usize,
    /// The bytes of a body. Default: 64 MiB, more than any publication of Event Hubs.
    pub bytes: usize,
    /// Members of one class, or items of one collection. Default: 1,000,000.
    pub members: usize,
    /// The bytes of one string, as they stand in the body. Default: 64 MiB.
    pub string: usize,
    /// Attributes of one element in XML. Eight times as many namespace declarations may be in scope:
    /// every prefix is looked for among them. Default: 128.
    pub attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, bytes: 64 << 20, members: 1_000_000, string: 64 << 20, attributes: 128 }
    }
}
