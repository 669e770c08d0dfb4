/// The value of an application property.
///
/// These are the types of JSON that an application property of AMQP can hold, by which consumers
/// read events: arrays and objects are not among them ([AMQP 1.0, 3.2.5][amqp]).
///
/// | Rust | in a batch | consumer reads |
/// |---|---|---|
/// | `"12"` | `"12"` | string |
/// | `12` | `12` | whole number |
/// | `1.5` | `1.5` | double |
/// | `true` | `true` | boolean |
/// | `PropertyValue::Null` | `null` | null |
///
/// [amqp]: https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-messaging-v1.0-os.html#type-application-properties
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PropertyValue {
    /// Nothing.
    Null,
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Double(f64),
    /// A text.
    String(String),
}

impl PropertyValue {
    /// What the service makes of a header with this text: numbers and booleans where it reads as
    /// one. What exactly does so is not documented; here, it is what reads back as it was written,
    /// so that an identifier such as `007` stays a text.
    pub(crate) fn from_header(text: &str) -> Self {
        match text {
            "true" => Self::Boolean(true),
            "false" => Self::Boolean(false),
            _ => integer(text)
                .map(Self::Integer)
                .or_else(|| decimal(text).map(Self::Double))
                .unwrap_or_else(|| Self::String(text.to_owned())),
        }
    }

    /// About how many bytes it has in a batch.
    #[cfg(feature = "sender")]
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::String(text) => text.len(),
            _ => size_of::<f64>(),
        }
    }

    pub(crate) fn is_finite(&self) -> bool {
        match self {
            Self::Double(number) => number.is_finite(),
            _ => true,
        }
    }
}

fn integer(text: &str) -> Option<i64> {
    // Not `+7`, `007` or `-0`, which parse but are identifiers more often than numbers.
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// Digits, a point, digits.
fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.')?;
    // `-0` is no canonical integer, but it begins `-0.5`.
    let canonical = whole == "-0" || integer(whole).is_some();
    let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    (canonical && digits).then(|| text.parse().ok()).flatten()
}

/// Whether some reader might take a text for a number or a boolean, or for a quoted text.
pub(crate) fn is_ambiguous(text: &str) -> bool {
    // Broader than `from_header` on purpose: it also covers `1e5`, `inf` and `NaN`, which a reader
    // that the documentation does not describe may take for numbers.
    text.parse::<f64>().is_ok()
        || text.eq_ignore_ascii_case("true")
        || text.eq_ignore_ascii_case("false")
        || text.starts_with('"')
}

macro_rules! from {
    ($($type:ty => $variant:ident),+ $(,)?) => {$(
        impl From<$type> for PropertyValue {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )+};
}

from! {
    bool => Boolean,
    // No `u64`: half of its values are too large for the 64-bit integer that consumers read.
    i32 => Integer,
    u32 => Integer,
    i64 => Integer,
    f64 => Double,
    &str => String,
    String => String,
}
