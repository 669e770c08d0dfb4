//! The files with the events of a hub.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::error::Error;
use crate::hub::lock;
use crate::log::{Held, Log, Placed, Positions};
use crate::store::folder::{TornTail, is_unfinished, sync_folder, whole_file};
use crate::store::segment::{self, EVENT_OVERHEAD, Entry};

/// How the files of a local hub are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// The length at which a segment is closed and another begun.
    pub(crate) segment_bytes: u64,
    /// Whether every write waits for the disk.
    pub(crate) fsync: bool,
}

impl Options {
    /// Those for a hub that holds so many bytes: some segments, so that old ones can be deleted, and not
    /// so many that they are a burden.
    pub(crate) fn new(retention_bytes: usize, fsync: bool) -> Self {
        const SHARE: u64 = 16;
        const SMALLEST: u64 = 64 << 10;
        const LARGEST: u64 = 8 << 20;

        let share = retention_bytes as u64 / SHARE;
        Self { segment_bytes: share.clamp(SMALLEST, LARGEST), fsync }
    }
}

/// The segments of a hub, of which the last is written.
#[derive(Debug)]
pub(crate) struct EventFiles {
    folder: PathBuf,
    options: Options,
    /// Those before the one that is written, oldest first.
    sealed: Vec<Sealed>,
    path: PathBuf,
    file: File,
    length: u64,
    /// The first arrival of the segment that is written.
    first: u64,
    /// The first arrival that is not in it.
    end: u64,
    /// Why nothing more may be written: the file may end in half a record.
    broken: Option<String>,
    buffer: Vec<u8>,
}

/// A segment to which nothing is added any more.
#[derive(Clone, Debug)]
struct Sealed {
    path: PathBuf,
    first: u64,
    end: u64,
    length: u64,
}

impl EventFiles {
    /// Makes the folder of a new hub.
    pub(crate) fn create(folder: PathBuf, log: &Log, options: Options) -> Result<Self, Error> {
        // One that is there already would be that of another hub.
        fs::create_dir(&folder).map_err(|error| Error::data("create", &folder, error))?;
        let positions = log.positions();
        let begun = begin(&folder, &positions, options)
            .map_err(|error| Error::data("write to", &folder, error))?;
        let arrivals = (positions.arrived, positions.arrived);
        Ok(Self::at(folder, options, Vec::new(), begun, arrivals))
    }

    /// Reads the events of a hub into its log, which is empty. What was not written to its end is cut
    /// off and reported.
    pub(crate) fn open(
        folder: PathBuf,
        log: &mut Log,
        options: Options,
    ) -> Result<(Self, Option<TornTail>), Error> {
        let mut segments = segments(&folder)?;
        let (_, last) = segments.pop().ok_or_else(|| Error::DataDamaged {
            path: folder.clone(),
            offset: 0,
            what: "the folder has no segment",
        })?;
        let mut sealed = Vec::new();
        for (_, path) in segments {
            let (first, length, sound) = restore(&path, log)?;
            if sound < length {
                return Err(Error::DataDamaged {
                    path,
                    offset: sound,
                    what: "a record is cut off, and later segments follow",
                });
            }
            sealed.push(Sealed { path, first, end: log.positions().arrived, length });
        }
        let (first, length, sound) = restore(&last, log)?;
        let torn = (sound < length).then(|| TornTail {
            path: last.clone(),
            offset: sound,
            bytes: length - sound,
        });
        let end = log.positions().arrived;
        let file = reopen(&last, sound).map_err(|error| Error::data("open", &last, error))?;
        let begun = Begun { path: last, file, length: sound };
        Ok((Self::at(folder, options, sealed, begun, (first, end)), torn))
    }

    fn at(
        folder: PathBuf,
        options: Options,
        sealed: Vec<Sealed>,
        Begun { path, file, length }: Begun,
        (first, end): (u64, u64),
    ) -> Self {
        let (broken, buffer) = (None, Vec::new());
        Self { folder, options, sealed, path, file, length, first, end, broken, buffer }
    }

    /// Writes what was placed. If that fails, nothing of it is kept.
    pub(crate) fn append(&mut self, placed: &Placed) -> io::Result<()> {
        if let Some(reason) = &self.broken {
            return Err(io::Error::other(reason.clone()));
        }
        self.buffer.clear();
        let too_large = || io::Error::other("the events are too large for a record");
        segment::append(&mut self.buffer, &placed.events, placed.turn).ok_or_else(too_large)?;
        let written = self.file.write_all(&self.buffer).and_then(|()| self.synced());
        if let Err(error) = written {
            self.take_back(&error);
            return Err(error);
        }
        self.length += self.buffer.len() as u64;
        self.end = placed.events.last().map_or(self.end, |it| it.arrival + 1);
        // A batch may be large, and most sends are small.
        self.buffer.shrink_to(256 << 10);
        Ok(())
    }

    /// Ends all writing, so that another local hub may use the files.
    pub(crate) fn close(&mut self) {
        self.broken = Some("the local hub is shut down".to_owned());
    }

    /// Removes what a failed write left. After a failed fsync, nobody knows what is on the disk
    /// (<https://wiki.postgresql.org/wiki/Fsync_Errors>), so nothing more is written then.
    fn take_back(&mut self, error: &io::Error) {
        let removed = cut(&mut self.file, self.length);
        if self.options.fsync || removed.is_err() {
            let path = self.path.display();
            self.broken = Some(format!("writing to {path} failed before: {error}; start again"));
        }
    }

    /// Begins another segment if the one that is written is long enough, and removes from the others
    /// what the log has dropped.
    pub(crate) fn maintain(&mut self, log: &Mutex<Log>) -> io::Result<()> {
        if self.length < self.options.segment_bytes || self.first == self.end {
            return Ok(());
        }
        self.begin_another(log)?;
        self.remove_dropped(log)
    }

    /// Removes what the log has dropped, also from the segment that is written, if nothing of it is left.
    pub(crate) fn expire(&mut self, log: &Mutex<Log>) -> io::Result<()> {
        let is_over =
            self.first < self.end && lock(log).range(self.first..self.end).next().is_none();
        if is_over && self.broken.is_none() {
            self.begin_another(log)?;
        }
        self.remove_dropped(log)
    }

    fn begin_another(&mut self, log: &Mutex<Log>) -> io::Result<()> {
        let positions = lock(log).positions();
        let Begun { path, file, length } = begin(&self.folder, &positions, self.options)?;
        self.sealed.push(Sealed {
            path: std::mem::replace(&mut self.path, path),
            first: self.first,
            end: self.end,
            length: self.length,
        });
        (self.file, self.length) = (file, length);
        (self.first, self.end) = (positions.arrived, positions.arrived);
        Ok(())
    }

    /// Deletes the segments whose events are all dropped, and writes those again of which less than half
    /// is left: a partition that gets few events keeps old ones among many that others have dropped.
    /// So files take about twice what is held, and a byte is written again once on average.
    pub(crate) fn remove_dropped(&mut self, log: &Mutex<Log>) -> io::Result<()> {
        let mut kept = Vec::with_capacity(self.sealed.len());
        let mut result = Ok(());
        for mut segment in self.sealed.drain(..) {
            let held: Vec<_> = lock(log).range(segment.first..segment.end).cloned().collect();
            let bytes: usize = held.iter().map(|it| EVENT_OVERHEAD + it.encoded.len()).sum();
            let outcome = if held.is_empty() {
                fs::remove_file(&segment.path)
            } else if (bytes as u64) < segment.length / 2 {
                segment.rewrite(&self.folder, &held, self.options)
            } else {
                Ok(())
            };
            if !held.is_empty() || outcome.is_err() {
                kept.push(segment);
            }
            result = result.and(outcome);
        }
        self.sealed = kept;
        result
    }

    fn synced(&self) -> io::Result<()> {
        if self.options.fsync { self.file.sync_data() } else { Ok(()) }
    }
}

impl Sealed {
    fn rewrite(&mut self, folder: &Path, held: &[Arc<Held>], options: Options) -> io::Result<()> {
        let positions = Positions { arrived: self.first, ..Positions::default() };
        let mut bytes = segment::begin(&positions).ok_or_else(too_long)?;
        // In records of some events each: a record has a greatest length.
        for events in held.chunks(1024) {
            segment::append(&mut bytes, events, 0).ok_or_else(too_long)?;
        }
        drop(whole_file(folder, &self.path, &bytes, options.fsync)?);
        self.length = bytes.len() as u64;
        Ok(())
    }
}

fn too_long() -> io::Error {
    io::Error::other("a segment is too long")
}

/// A segment that can be written.
struct Begun {
    path: PathBuf,
    file: File,
    length: u64,
}

/// Opens a segment to write on after its sound part, and cuts off the rest.
fn reopen(path: &Path, sound: u64) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    cut(&mut file, sound)?;
    Ok(file)
}

/// Cuts a file, and goes on writing there.
fn cut(file: &mut File, length: u64) -> io::Result<()> {
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length)).map(drop)
}

/// Writes the beginning of a segment.
fn begin(folder: &Path, positions: &Positions, options: Options) -> io::Result<Begun> {
    let bytes = segment::begin(positions).ok_or_else(too_long)?;
    // As wide as the largest number, so that names sort as numbers do.
    let path = folder.join(format!("{:020}.log", positions.arrived));
    let file = whole_file(folder, &path, &bytes, options.fsync).inspect_err(|_| {
        // It may be in its place already, and must not be if more events follow in the segment before.
        let _ = fs::remove_file(&path);
    })?;
    Ok(Begun { path, file, length: bytes.len() as u64 })
}

/// The segments of a folder by their first arrivals, which are their names.
fn segments(folder: &Path) -> Result<Vec<(u64, PathBuf)>, Error> {
    let failed = |error| Error::data("read", folder, error);
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        if is_unfinished(name) {
            fs::remove_file(&path).map_err(|error| Error::data("remove", &path, error))?;
        } else if let Some(first) = name.strip_suffix(".log").and_then(|it| it.parse().ok()) {
            segments.push((first, path));
        }
    }
    segments.sort();
    Ok(segments)
}

/// Reads a segment into the log. Returns its first arrival, its length, and how much of it is sound.
fn restore(path: &Path, log: &mut Log) -> Result<(u64, u64, u64), Error> {
    let bytes = fs::read(path).map_err(|error| Error::data("read", path, error))?;
    let mut first = 0;
    let sound = segment::read(&bytes, |entry| match entry {
        Entry::Positions(it) if !log.can_resume(&it) => Err("its positions are not the next ones"),
        Entry::Events(it) if !log.can_restore(&it) => Err("its events are not the next ones"),
        Entry::Positions(it) => {
            first = it.arrived;
            log.resume(&it);
            Ok(())
        }
        Entry::Events(it) => {
            log.restore(it);
            Ok(())
        }
    });
    let damaged = |it: segment::Damage| Error::DataDamaged {
        path: path.to_owned(),
        offset: it.offset as u64,
        what: it.what,
    };
    Ok((first, bytes.len() as u64, sound.map_err(damaged)? as u64))
}

/// Removes the folder of a hub that was deleted. What can't be removed now is removed at the next start.
pub(crate) fn remove(folder: &Path) {
    if fs::remove_dir_all(folder).is_ok() {
        let _ = folder.parent().map_or(Ok(()), sync_folder);
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::{EventFiles, Options};
    use crate::amqp::peer::start;
    use crate::event::EventData;
    use crate::hub::lock;
    use crate::log::{Log, Placed, Retention};
    use crate::submission::Destination;

    const PARTITIONS: u32 = 3;
    const OPTIONS: Options = Options { segment_bytes: 700, fsync: false };

    fn placed(log: &Mutex<Log>, partition: u32, size: usize) -> Placed {
        let event = EventData { body: vec![b'x'; size].into(), ..EventData::default() };
        lock(log).place(Destination::Partition(partition), vec![event.into()], start())
    }

    fn keep(files: &mut EventFiles, log: &Mutex<Log>, partition: u32, size: usize) {
        let placed = placed(log, partition, size);
        files.append(&placed).unwrap();
        lock(log).commit(placed);
        files.maintain(log).unwrap();
    }

    fn arrivals(log: &Log) -> Vec<u64> {
        log.events().map(|it| it.arrival).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_held_is_there_again(
            sends in prop::collection::vec((0..PARTITIONS, 0..300_usize), 0..80),
            events_per_partition in 1..20_usize,
            bytes in 500..8000_usize,
        ) {
            let retention = Retention { events_per_partition, bytes, age: None };
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("1");
            let mut log = Mutex::new(Log::new(PARTITIONS, retention));
            let mut files = EventFiles::create(path.clone(), &lock(&log), OPTIONS).unwrap();
            for (index, (partition, size)) in sends.into_iter().enumerate() {
                keep(&mut files, &log, partition, size);
                if index % 7 == 6 {
                    let mut again = Log::new(PARTITIONS, retention);
                    let (opened, torn) = EventFiles::open(path.clone(), &mut again, OPTIONS).unwrap();
                    prop_assert_eq!(torn, None);
                    prop_assert_eq!(again.positions(), lock(&log).positions());
                    prop_assert_eq!(arrivals(&again), arrivals(&lock(&log)));
                    (files, log) = (opened, Mutex::new(again));
                }
            }
            // Twice what is held, and the two segments at the end.
            let held: usize = lock(&log).events().map(|it| 52 + it.encoded.len()).sum();
            files.remove_dropped(&log).unwrap();
            let on_disk: u64 = files.sealed.iter().map(|it| it.length).sum();
            let headers = files.sealed.len() * 150;
            prop_assert!(on_disk as usize <= held * 2 + headers, "{on_disk} for {held}");
        }
    }

    #[test]
    fn a_partition_that_gets_few_events_does_not_keep_the_segments_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let retention = Retention { events_per_partition: 5, bytes: 1 << 20, age: None };
        let log = Mutex::new(Log::new(PARTITIONS, retention));
        let path = folder.path().join("1");
        let mut files = EventFiles::create(path.clone(), &lock(&log), OPTIONS).unwrap();
        for index in 0..400 {
            keep(&mut files, &log, u32::from(index % 100 == 0), 100);
        }
        assert_eq!(lock(&log).counts().held, 9);
        let length: u64 =
            std::fs::read_dir(&path).unwrap().map(|it| it.unwrap().metadata().unwrap().len()).sum();
        assert!(length < 6000, "{length} bytes for 9 events");
        let mut again = Log::new(PARTITIONS, retention);
        EventFiles::open(path, &mut again, OPTIONS).unwrap();
        assert_eq!(arrivals(&again), arrivals(&lock(&log)));
    }

    #[test]
    fn what_can_not_be_written_is_not_kept_and_nothing_follows_half_a_record() {
        let folder = tempfile::tempdir().unwrap();
        let retention = Retention { events_per_partition: 5, bytes: 1 << 20, age: None };
        let log = Mutex::new(Log::new(PARTITIONS, retention));
        let path = folder.path().join("1");
        let mut files = EventFiles::create(path.clone(), &lock(&log), OPTIONS).unwrap();
        keep(&mut files, &log, 0, 1);
        // A file that can't be written, nor cut.
        files.file = File::open(&files.path).unwrap();
        let first = files.append(&placed(&log, 0, 1)).unwrap_err();
        let second = files.append(&placed(&log, 0, 1)).unwrap_err();
        assert!(!first.to_string().contains("start again"), "{first}");
        assert!(second.to_string().ends_with("; start again"), "{second}");
        let mut again = Log::new(PARTITIONS, retention);
        EventFiles::open(path, &mut again, OPTIONS).unwrap();
        assert_eq!(arrivals(&again), [0]);
    }
}
