//! The formats of message bodies.

use std::fmt;
use std::str::FromStr;

/// The format of a message body. Event hubs accept these two; the platform's third, .NET binary XML, is
/// for other endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum MessageFormat {
    /// JSON as `DataContractJsonSerializer` writes it.
    Json,
    /// XML as `DataContractSerializer` writes it, as text.
    Xml,
}

impl MessageFormat {
    /// The content type that the platform sends with a body of this format.
    ///
    /// Source: [Write a listener application](https://learn.microsoft.com/power-apps/developer/data-platform/write-listener-application-azure-solution).
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }

    /// The format of a content type, parameters aside.
    ///
    /// ```
    /// use xrm_body::MessageFormat;
    ///
    /// let format = MessageFormat::from_content_type("application/json; charset=utf-8");
    /// assert_eq!(format, Some(MessageFormat::Json));
    /// assert_eq!(MessageFormat::from_content_type("application/msbin1"), None);
    /// ```
    #[must_use]
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next()?.trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/json" => Some(Self::Json),
            "application/xml" | "text/xml" => Some(Self::Xml),
            _ => None,
        }
    }

    /// The format that a body seems to be in, in UTF-8 or UTF-16, judged by its first character. `None` if it
    /// is neither's.
    ///
    /// ```
    /// use xrm_body::MessageFormat;
    ///
    /// assert_eq!(MessageFormat::recognize(b" {\"Depth\":1}"), Some(MessageFormat::Json));
    /// assert_eq!(MessageFormat::recognize(b"Depth: 1"), None);
    /// ```
    #[must_use]
    pub fn recognize(body: &[u8]) -> Option<Self> {
        let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
        let body = marks.into_iter().find_map(|mark| body.strip_prefix(mark)).unwrap_or(body);
        // The other half of an ASCII character in UTF-16 is a NUL.
        match body.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != 0)? {
            b'{' => Some(Self::Json),
            b'<' => Some(Self::Xml),
            _ => None,
        }
    }
}

impl fmt::Display for MessageFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
        })
    }
}

/// The name of a format is neither `json` nor `xml`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the message format is `json` or `xml`")]
pub struct UnknownFormat;

impl FromStr for MessageFormat {
    type Err = UnknownFormat;

    /// Reads `json` or `xml`, in any case.
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text.to_ascii_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "xml" => Ok(Self::Xml),
            _ => Err(UnknownFormat),
        }
    }
}
