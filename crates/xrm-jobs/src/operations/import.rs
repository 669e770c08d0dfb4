//! Importing exported jobs into a store.

use std::io::{BufRead, Read as _};

use super::batch::Batch;
use super::export_line::{self, ExportLine};
use crate::error::{Error, ImportReason};
use crate::options::options;
use crate::store::JobStore;

options! {
    /// How an export is read.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ImportOptions;

    /// The longest line that is taken, in bytes. 16 MiB by default, where a message of 1 MB has
    /// plenty of room.
    max_line_bytes: usize = 16 * 1024 * 1024;
}

/// The numbers of jobs that were imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Those that were put into the store.
    pub imported: u64,
    /// Those that were skipped because the store has a job of their id.
    pub already_there: u64,
    /// Those that were skipped because the export does not have their message.
    pub without_message: u64,
}

/// Inserts the jobs of an [`export`](crate::operations::export()) into a store, in the statuses that
/// they have: [`retry`](crate::operations::retry()) sends them. See `export` for an example. Calls
/// `progress` after each batch with the numbers so far.
///
/// A job whose id the store has already is skipped and stays as it is, so what was imported in part
/// can be imported again. `input` is read line by line, and may block.
///
/// # Errors
///
/// [`Error::Import`] for the first line that can't be imported; the lines before it are.
/// [`Error::Store`] if the storage fails.
pub async fn import(
    store: &dyn JobStore,
    input: impl BufRead + Send,
    options: ImportOptions,
    mut progress: impl FnMut(&Imported) + Send,
) -> Result<Imported, Error> {
    let mut imported = Imported::default();
    let mut lines = Lines { input, limit: options.max_line_bytes, number: 0, line: Vec::new() };
    lines.header()?;
    let mut batch = Batch::default();
    let end = loop {
        match lines.job() {
            Ok(Some(ExportLine::Job(new))) => batch.push(*new),
            Ok(Some(ExportLine::WithoutMessage)) => imported.without_message += 1,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        // A line that can't be read ends the import after the lines before it are stored, so that it
        // can go on from there.
        if batch.is_full() {
            batch.store(store, &mut imported.imported, &mut imported.already_there).await?;
            progress(&imported);
        }
    };
    batch.store(store, &mut imported.imported, &mut imported.already_there).await?;
    progress(&imported);
    end.map(|()| imported)
}

/// The lines of an export, one at a time.
struct Lines<R> {
    input: R,
    limit: usize,
    number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn header(&mut self) -> Result<(), Error> {
        let read = self.next().and_then(|_| export_line::read_header(&self.line));
        read.map_err(|reason| self.error(reason))
    }

    /// The next job; `None` when there are no more.
    fn job(&mut self) -> Result<Option<ExportLine>, Error> {
        let read = match self.next() {
            Ok(true) => export_line::read(&self.line).map(Some),
            Ok(false) => Ok(None),
            Err(reason) => Err(reason),
        };
        read.map_err(|reason| self.error(reason))
    }

    /// Reads the next line that is not empty. `false` if there is none.
    fn next(&mut self) -> Result<bool, ImportReason> {
        loop {
            self.number += 1;
            self.line.clear();
            let limit = u64::try_from(self.limit).unwrap_or(u64::MAX).saturating_add(1);
            // One byte more than allowed shows that a line is too long without reading it whole: an
            // endless line must not fill the memory.
            let mut input = self.input.by_ref().take(limit);
            let read = input.read_until(b'\n', &mut self.line).map_err(ImportReason::Read)?;
            if self.line.strip_suffix(b"\n").unwrap_or(&self.line).len() > self.limit {
                return Err(ImportReason::TooLong { limit: self.limit });
            }
            if read == 0 || !self.line.trim_ascii().is_empty() {
                return Ok(read > 0);
            }
        }
    }

    fn error(&self, reason: ImportReason) -> Error {
        Error::Import { line: self.number, reason }
    }
}
