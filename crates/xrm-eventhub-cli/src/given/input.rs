//! Bodies from files and from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use xrm_eventhub::body::repair::windows_1252;
use xrm_eventhub::body::{self, Limits};
use xrm_eventhub::{MessageFormat, RemoteExecutionContext};
use zeroize::Zeroizing;

use crate::cli::Reading;
use crate::error::Error;
use crate::terminal::output;
use crate::terminal::table::printable;

/// A body that was read, and what to call it.
pub(crate) struct Input {
    pub(crate) name: String,
    body: Vec<u8>,
}

impl Input {
    /// A body that is there already.
    pub(crate) fn of(name: String, body: Vec<u8>) -> Self {
        Self { name, body }
    }

    /// Reads a file, or standard input for `-`: no more of it than a body may have bytes, and one
    /// byte to tell.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let is_stdin = path.as_os_str() == "-";
        let name = name(path);
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
        self.recognise_with(Reading::default())
    }

    /// The same, read in this way.
    pub(crate) fn recognise_with(&self, reading: Reading) -> Result<RemoteExecutionContext, Error> {
        let format = MessageFormat::recognize(&self.body)
            .ok_or_else(|| Error::NeitherFormat { name: self.name.clone() })?;
        self.decode(format, reading)
    }

    /// The context in the body, read in this way.
    pub(crate) fn decode(
        &self,
        format: MessageFormat,
        reading: Reading,
    ) -> Result<RemoteExecutionContext, Error> {
        let repaired = reading.repair.then(|| self.repaired()).flatten();
        let body = repaired.as_deref().map_or(self.body.as_slice(), str::as_bytes);
        body::decode_with(body, &reading.options(format)).map_err(|source| Error::Decode {
            name: self.name.clone(),
            format,
            source,
        })
    }

    /// The body without the damage of UTF-8 that was read as Windows-1252, as often as that was done.
    /// What was changed is told.
    fn repaired(&self) -> Option<String> {
        let mut text = str::from_utf8(&self.body).ok()?.to_owned();
        loop {
            let repair = windows_1252(&text);
            if repair.changes.is_empty() {
                return Some(text);
            }
            for change in &repair.changes {
                output::note(printable(&format!("{}: {change}", self.name)));
            }
            text = repair.text.into_owned();
        }
    }
}

/// The longest text that is taken for a token, in bytes.
const LONGEST_TOKEN: usize = 64 * 1024;

/// A token from a file, or from standard input for `-`, without the line end that closes a file.
/// It is wiped from memory when dropped.
pub(crate) fn read_token(path: &Path) -> Result<Zeroizing<String>, Error> {
    // Room for more than is read: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_TOKEN + 1024));
    let limit = LONGEST_TOKEN as u64 + 1;
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|source| Error::Read { name: name(path), source })?;
    if bytes.len() > LONGEST_TOKEN {
        return Err(Error::TokenTooLong { limit: LONGEST_TOKEN });
    }
    let text = str::from_utf8(&bytes).map_err(|_| Error::TokenNotText)?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// What to call an input. Who gives a token or a connection string in place of a file is not shown
/// it again.
pub(crate) fn name(path: &Path) -> String {
    let name = path.display().to_string();
    match () {
        () if name == "-" => "standard input".into(),
        () if name.contains("SharedAccess") || name.contains("sig=") => {
            "the secret that stands in place of a file".into()
        }
        () => name,
    }
}

fn read_all(reader: impl Read) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
