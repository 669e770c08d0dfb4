//! Solutions from the documents of their registrations.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::{EventHubSolution, EventHubSolutionBuilder, SolutionError};
use crate::document::DocumentFormat;

/// The longest file that is read, in bytes: far above any registration, and below what would exhaust
/// the memory of a small machine.
const LONGEST: u64 = 64 * 1024 * 1024;

impl EventHubSolution {
    /// Options for a solution with the registration in a file, TOML or JSON by the end of its name, such as
    /// the command `xrm-eventhub registration` writes. Each endpoint gets its secret from the environment
    /// variable that it names, which may contain a connection string or the key alone; see
    /// [`EventHubSolutionBuilder::secrets`].
    ///
    /// ```no_run
    /// # #[cfg(feature = "reqwest")]
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use xrm_eventhub::{Entity, EventHubSolution, Operation};
    ///
    /// let solution = EventHubSolution::from_file("accounts.toml")?.build()?;
    /// let account = Entity::new("account").with("name", "Contoso");
    /// for job in solution.trigger(&Operation::on_record("Update", account)).await? {
    ///     println!("{}: {}", job.description().name, job.status());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SolutionError::File`] if the file can't be read, is neither `.toml` nor `.json`, or is longer than
    /// 64 MiB; otherwise as [`from_text`](Self::from_text).
    pub fn from_file(path: impl AsRef<Path>) -> Result<EventHubSolutionBuilder, SolutionError> {
        let path = path.as_ref();
        let read = DocumentFormat::of_file(path).ok_or_else(unknown_format).and_then(|format| {
            let mut text = String::new();
            // One byte more, to see that there is more.
            File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
            if text.len() as u64 > LONGEST { Err(too_long()) } else { Ok((format, text)) }
        });
        let (format, text) =
            read.map_err(|source| SolutionError::File { path: path.to_owned(), source })?;
        Self::from_text(&text, format)
    }

    /// Options for a solution with the registration in a text; otherwise like
    /// [`from_file`](Self::from_file).
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use xrm_eventhub::{DocumentFormat, EventHubSolution};
    ///
    /// let solution = EventHubSolution::from_text("endpoints = []", DocumentFormat::Toml)?.build()?;
    /// assert_eq!(solution.publishers().count(), 0);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`SolutionError::Document`] with the first mistake in the document, and [`SolutionError::Secret`] if a
    /// variable contains something else than a key, a token or a connection string. A variable that is not
    /// set is reported by [`EventHubSolutionBuilder::build`], if a step needs it.
    pub fn from_text(
        text: &str,
        format: DocumentFormat,
    ) -> Result<EventHubSolutionBuilder, SolutionError> {
        let registration = format.read(text).map_err(SolutionError::Document)?;
        Self::builder(registration).secrets(|name| std::env::var(name).ok())
    }
}

fn unknown_format() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "its name ends neither in .toml nor in .json")
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {LONGEST} bytes"))
}
