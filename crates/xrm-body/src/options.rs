//! Options for encoding and decoding.

use std::sync::Arc;

use xrm_context::Generation;

use crate::format::MessageFormat;
use crate::zone::{Utc, Zone};

/// How a body is encoded: its format, and in which of the platform's ways.
///
/// ```
/// use xrm_body::{EncodeOptions, Fixed, MessageFormat, encode_with};
/// use xrm_context::RemoteExecutionContext;
///
/// // XML as a process writes it whose time zone is two hours ahead of UTC.
/// let options = EncodeOptions::new(MessageFormat::Xml).zone(Fixed(120));
/// let mut body = Vec::new();
/// encode_with(&RemoteExecutionContext::default(), &options, &mut body)?;
/// assert!(body.starts_with(b"<RemoteExecutionContext "));
/// # Ok::<(), xrm_body::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EncodeOptions {
    pub(crate) format: MessageFormat,
    /// None is UTC: options that leave the zone alone allocate nothing.
    zone: Option<Arc<dyn Zone>>,
    pub(crate) controls: ControlEscapes,
    pub(crate) numbers: NumberText,
    pub(crate) generation: Option<Generation>,
}

impl EncodeOptions {
    /// The platform's own way to write a format, on a machine whose time zone is UTC.
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

    /// The time zone of the writing process, which dates without an offset are in. By default, UTC.
    #[must_use]
    pub fn zone(self, zone: impl Zone + 'static) -> Self {
        Self { zone: Some(Arc::new(zone)), ..self }
    }

    /// The zone to write dates in.
    pub(crate) fn writing_zone(&self) -> &dyn Zone {
        self.zone.as_deref().unwrap_or(&Utc)
    }

    /// Writes exactly the members that the contracts had in a generation. Members that came later are
    /// left out with what they hold; members that this crate does not know are kept.
    ///
    /// By default, a value that was read is written with the members that it was read with, and an
    /// application's own value with all. Types and enumeration values that came later are not
    /// checked: an application that talks to an old reader does not use them.
    #[must_use]
    pub fn generation(self, generation: Generation) -> Self {
        Self { generation: Some(generation), ..self }
    }

    /// Escapes control characters in JSON as .NET Framework 4.7 and later runtimes do: `\b`, `\t`, `\n`,
    /// `\f` and `\r` with a letter, the others by number. By default all are escaped by number,
    /// `\u000a`, as in the bodies that the platform sends. No effect on XML.
    #[must_use]
    pub fn short_control_escapes(self) -> Self {
        Self { controls: ControlEscapes::Letters, ..self }
    }

    /// Writes doubles and floats with the shortest text that reads back, as .NET Core 3.0 and later do.
    /// By default their text is .NET Framework's, as in the bodies that the platform sends. A number
    /// that was read from a body keeps the text it had there; in the other format it has the text of
    /// the number, which [`DecodeOptions::shortest_numbers`] reads as those runtimes do.
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

/// How control characters are escaped that JSON has a short escape for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ControlEscapes {
    /// `\u000a`, as by .NET Framework before 4.7 and by the platform.
    Numbers,
    /// `\n`, as by later runtimes.
    Letters,
}

/// Whose text of a double or float is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NumberText {
    /// .NET Framework's, and so the platform's.
    Framework,
    /// The shortest that reads back, as by .NET Core 3.0 and later.
    Shortest,
}

/// How a body is decoded: its format, its limits, and whether as strictly as by the platform.
///
/// ```
/// use xrm_body::{DecodeOptions, ErrorKind, Limits, MessageFormat, decode_with};
///
/// let limits = Limits::default().bytes(1 << 20).depth(2);
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
    pub(crate) numbers: NumberText,
}

impl DecodeOptions {
    /// Options for a format, with the default [`Limits`].
    #[must_use]
    pub const fn new(format: MessageFormat) -> Self {
        Self {
            format,
            limits: Limits::DEFAULT,
            strict: false,
            iso_dates: false,
            capital_pairs: false,
            numbers: NumberText::Framework,
        }
    }

    /// Reads as the platform's own deserializers do: accepts what they accept, rejects what they
    /// reject, and loses what they lose. The crate's front page lists the differences. By default
    /// nothing is lost.
    #[must_use]
    pub const fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    /// The same options, but not strict.
    pub(crate) const fn lenient(self) -> Self {
        Self { strict: false, ..self }
    }

    /// Accepts dates of ISO 8601, `2024-05-17T08:15:42Z`, in members of JSON that declare a date, because
    /// tools that re-print bodies write them. They are encoded as the platform writes dates. In `object`
    /// places they remain strings. By default only the platform's form is accepted.
    #[must_use]
    pub const fn iso_dates(self) -> Self {
        Self { iso_dates: true, ..self }
    }

    /// Accepts `Key` and `Value` as the members of a pair in JSON, as other serializers name them. They
    /// are encoded as `key` and `value`. By default they are unknown members.
    #[must_use]
    pub const fn capital_pairs(self) -> Self {
        Self { capital_pairs: true, ..self }
    }

    /// Reads doubles and floats as .NET Core 3.0 and later do: each text is the nearest number. By default, a
    /// text that .NET Framework writes for the number next to that is that one, so that the platform's bodies
    /// keep their text. For bodies of later runtimes, and beside [`EncodeOptions::shortest_numbers`].
    #[must_use]
    pub const fn shortest_numbers(self) -> Self {
        Self { numbers: NumberText::Shortest, ..self }
    }

    /// The limits of reading. By default, [`Limits::default`].
    #[must_use]
    pub const fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

// A row is a public field with its default, and the setter of the same name.
macro_rules! limits {
    ($($(#[$doc:meta])* $limit:ident = $default:expr;)*) => {
        /// How much a body may cost to read. A body beyond a limit is refused with
        /// [`ErrorKind::Limit`](crate::ErrorKind::Limit).
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub struct Limits { $($(#[$doc])* pub $limit: usize,)* }

        impl Limits {
            const DEFAULT: Self = Self { $($limit: $default,)* };

            $($(#[$doc])* #[must_use] pub const fn $limit(self, $limit: usize) -> Self {
                Self { $limit, ..self }
            })*
        }
    };
}

limits! {
    /// How deeply values may be nested: objects and arrays in JSON, elements in XML. Reading takes
    /// stack for each level. Default: 128.
    depth = 128;
    /// The bytes of a body. Default: 64 MiB, more than any publication of Event Hubs.
    bytes = 64 << 20;
    /// Members of one class, or items of one collection. Default: 1,000,000.
    members = 1_000_000;
    /// The bytes of one string as written in the body. Default: 64 MiB.
    string = 64 << 20;
    /// Attributes of one element in XML. Eight times as many namespace declarations may be in scope:
    /// every prefix is searched among them. Default: 128.
    attributes = 128;
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
