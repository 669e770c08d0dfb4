//! Writing dead jobs to a file, to keep them or to import them into another store.

use std::io::Write;

use super::export_line;
use super::selection::Selection;
use crate::error::Error;
use crate::job::SystemJob;
use crate::store::JobStore;

/// The numbers of jobs that were exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Those that were written, with or without their message.
    pub exported: u64,
    /// Those of them whose message the store has dropped. They can be read but not imported.
    pub without_message: u64,
    /// Those of them whose message is [damaged](crate::Error::DamagedPayload), and is left out. They
    /// can be read but not imported.
    pub damaged: u64,
    /// Those that are neither Failed nor Canceled, and were not written.
    pub not_dead: u64,
    /// Those that the store does not have.
    pub gone: u64,
}

/// Writes the selected jobs that are Failed or Canceled, with their messages, as lines of JSON. Calls
/// `progress` after each group with the numbers so far. The jobs stay in the store.
///
/// The first line is the header, `{"format":"xrm-eventhub-jobs","version":1}`. Each other line has
/// the `job`, as an [`AsyncOperation`](crate::AsyncOperation), and its `message`: the
/// `content_type`, the `properties` as pairs, in their order, and the `body` in Base64; or null if
/// the store has dropped the message. What [`import`](crate::operations::import()) makes of it is
/// the same to the byte.
///
/// Messages are business data: protect the export as you would protect that. `out` is written to in
/// small pieces and may block.
///
/// ```
/// # pollster::block_on(async {
/// # use chrono::DateTime;
/// # use uuid::Uuid;
/// # use xrm_jobs::*;
/// # let (store, now) = (MemoryJobStore::new(), DateTime::UNIX_EPOCH);
/// # let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", now));
/// # job.cancel(now)?;
/// # store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
/// use xrm_jobs::operations::{ImportOptions, Selection, export, import};
///
/// let (all, mut out) = (Selection::from(JobQuery::default()), Vec::new());
/// let exported = export(&store, &all, &mut out, |_| ()).await?;
/// assert_eq!(exported.exported, 1);
///
/// let other = MemoryJobStore::new();
/// let imported = import(&other, &*out, ImportOptions::default(), |_| ()).await?;
/// assert_eq!(imported.imported, 1);
/// # Ok::<(), Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// [`Error::Export`] if the writer fails, [`Error::Store`] if the storage fails.
pub async fn export(
    store: &dyn JobStore,
    selection: &Selection,
    out: &mut (impl Write + Send),
    mut progress: impl FnMut(&Exported) + Send,
) -> Result<Exported, Error> {
    let mut exported = Exported::default();
    put(out, &export_line::header())?;
    let selection = dead(selection);
    let mut groups = selection.groups(store);
    while let Some(group) = groups.next().await? {
        exported.gone += group.gone;
        for job in &group.jobs {
            write(store, job, out, &mut exported).await?;
        }
        progress(&exported);
    }
    out.flush().map_err(Error::Export)?;
    Ok(exported)
}

/// Narrows a query for jobs in any status to dead jobs. Other queries stay, so that jobs that are not
/// dead are counted.
fn dead(selection: &Selection) -> Selection {
    let mut selection = selection.clone();
    if let Selection::All(query) = &mut selection
        && query.statuses.is_empty()
    {
        let statuses = crate::status::StatusCode::ALL.iter().copied();
        query.statuses = statuses.filter(|it| it.is_dead()).collect();
    }
    selection
}

async fn write(
    store: &dyn JobStore,
    job: &SystemJob,
    out: &mut impl Write,
    exported: &mut Exported,
) -> Result<(), Error> {
    if !job.status().is_dead() {
        exported.not_dead += 1;
        return Ok(());
    }
    // A job without its message is written all the same, for people to read; an import skips it.
    let payload = match store.payload(job.id()).await {
        Ok(payload) => {
            exported.without_message += u64::from(payload.is_none());
            payload
        }
        Err(Error::DamagedPayload { .. }) => {
            exported.damaged += 1;
            None
        }
        Err(Error::Missing { .. }) => {
            exported.gone += 1;
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    put(out, &export_line::write(job, payload.as_ref()))?;
    exported.exported += 1;
    Ok(())
}

fn put(out: &mut impl Write, line: &str) -> Result<(), Error> {
    out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(Error::Export)
}
