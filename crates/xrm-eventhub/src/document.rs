//! Documents: registrations and operations as text, in TOML or JSON.

use std::path::Path;

use serde::de::DeserializeOwned;

/// The format of a document.
///
/// A registration or an operation that the command `xrm-eventhub` reads can be read in code too:
///
/// ```
/// use xrm_eventhub::{DocumentFormat, Operation};
///
/// let text = r#"{"message": "Update", "target": {"LogicalName": "account", "Attributes": {"name": "Contoso"}}}"#;
/// let update: Operation = DocumentFormat::Json.read(text)?;
/// assert_eq!(update.message, "Update");
/// # Ok::<(), xrm_eventhub::DocumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentFormat {
    /// TOML 1.0.
    Toml,
    /// JSON.
    Json,
}

impl DocumentFormat {
    /// The format of a file by the end of its name, `.toml` or `.json`.
    ///
    /// ```
    /// use xrm_eventhub::DocumentFormat;
    ///
    /// assert_eq!(DocumentFormat::of_file("accounts.toml"), Some(DocumentFormat::Toml));
    /// assert_eq!(DocumentFormat::of_file("accounts.yaml"), None);
    /// ```
    #[must_use]
    pub fn of_file(path: impl AsRef<Path>) -> Option<Self> {
        let end = path.as_ref().extension()?;
        let formats = [("json", Self::Json), ("toml", Self::Toml)];
        formats.into_iter().find(|(name, _)| end.eq_ignore_ascii_case(name)).map(|it| it.1)
    }

    /// Reads a document: a [`Registration`](crate::Registration), an [`Operation`](crate::Operation), or
    /// another type of serde's.
    ///
    /// # Errors
    ///
    /// [`DocumentError`] with the first mistake and its place.
    pub fn read<T: DeserializeOwned>(self, text: &str) -> Result<T, DocumentError> {
        match self {
            Self::Json => serde_json::from_str(text).map_err(|it| DocumentError::in_json(&it)),
            Self::Toml => toml::from_str(text).map_err(|it| DocumentError::in_toml(&it, text)),
        }
    }
}

/// The first mistake in a document.
///
/// It repeats no long texts of the document, where somebody may have pasted a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
#[non_exhaustive]
pub struct DocumentError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1; in JSON, 0 if the mistake is at the end of the line before.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl DocumentError {
    fn in_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        // serde_json ends its text with the position, and has no other access to the message.
        let position = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&position).unwrap_or(&text);
        Self { line, column, message: without_long_texts(message) }
    }

    // `toml`'s own `Display` shows the whole line too.
    fn in_toml(error: &toml::de::Error, text: &str) -> Self {
        let start = error.span().map_or(0, |it| it.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |it| it + 1);
        // A message may have several lines, of which the later ones say what is expected.
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: without_long_texts(&message),
        }
    }
}

/// The longest text of a document that a message may repeat, in bytes. Keys have 44.
const LONGEST_REPEATED: usize = 32;

/// A message without the text that was found in place of something else, which may be a key too.
fn without_long_texts(message: &str) -> String {
    // The form of serde's `invalid_type` and `invalid_value`, which both parsers use.
    let Some((before, rest)) = message.split_once("string \"") else { return message.to_owned() };
    match rest.rsplit_once("\", expected ") {
        Some((text, expected)) if text.len() > LONGEST_REPEATED => {
            format!("{before}a long string, expected {expected}")
        }
        _ => message.to_owned(),
    }
}
