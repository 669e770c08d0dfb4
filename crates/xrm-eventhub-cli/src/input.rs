//! Bodies from files and from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use xrm_eventhub::body::{self, Limits};
use xrm_eventhub::{MessageFormat, RemoteExecutionContext};

use crate::error::Error;

/// A body that was read, and what to call it.
pub(crate) struct Input {
    pub(crate) name: String,
    body: Vec<u8>,
}

impl Input {
    /// Reads a file, or standard input for `-`: no more of it than a body may have bytes, and one
    /// byte to tell.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "standard input".into() } else { path.display().to_string() };
        let read = if is_stdin {
            read_all(io::stdin().lock())
        } else {
            File::open(path).and_then(read_all)
        };
        match read {
            Ok(body) => Ok(Self { name, body }),
            Err(source) => Err(Error::Read { name, source }),
        }
    }

    /// The context in the body, whose format is told by its first character.
    pub(crate) fn recognise(&self) -> Result<RemoteExecutionContext, Error> {
        let format = MessageFormat::recognise(&self.body)
            .ok_or_else(|| Error::NeitherFormat { name: self.name.clone() })?;
        self.decode(format)
    }

    /// The context in the body.
    pub(crate) fn decode(&self, format: MessageFormat) -> Result<RemoteExecutionContext, Error> {
        body::decode(&self.body, format).map_err(|source| Error::Decode {
            name: self.name.clone(),
            format,
            source,
        })
    }
}

fn read_all(reader: impl Read) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
