//! The least that a durable write can do: the bytes at the end of a file, and on the disk.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

pub struct Append {
    file: File,
    body: Arc<[u8]>,
}

impl Append {
    pub fn open(path: &Path, body: Arc<[u8]>) -> Self {
        Self { file: File::create(path).expect("the file can be made"), body }
    }

    pub fn append(&mut self, count: u32) {
        for _ in 0..count {
            self.file.write_all(&self.body).expect("the disk has room");
            self.file.sync_data().expect("the disk works");
        }
    }
}
