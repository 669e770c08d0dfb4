//! A file that is being read.

use super::contents::Contents;
use crate::solution::error::{Error, ErrorKind};
use crate::solution::message_id::MessageIds;
use crate::solution::read::fields::{Columns, Fields};
use crate::solution::read::reader::{Reader, Tag};

/// A file, and what was read of it so far.
pub(super) struct Input<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) contents: Contents,
    pub(super) messages: &'a MessageIds,
}

impl Input<'_> {
    /// Counts an endpoint, a step, an image or a plug-in type.
    pub(super) fn count(&mut self) -> Result<(), Error> {
        let limit = self.reader.limits().components;
        if self.contents.components == limit {
            return Err(self.reader.error(ErrorKind::TooManyComponents { limit }));
        }
        self.contents.components += 1;
        Ok(())
    }

    /// Takes the columns out of the element whose start was read, up to its end.
    pub(super) fn fill(
        &mut self,
        fields: &mut Fields,
        columns: &Columns,
        element: &str,
    ) -> Result<(), Error> {
        while let Some(child) = self.reader.child()? {
            if let Some(child) = fields.take(columns, &mut self.reader, child)? {
                self.leave_alone(element, &child)?;
            }
        }
        Ok(())
    }

    /// Passes over an element that is not known, and counts it.
    pub(super) fn leave_alone(&mut self, parent: &str, tag: &Tag) -> Result<(), Error> {
        self.reader.skip()?;
        self.contents.leave(&format!("{parent}/{}", tag.name), 1);
        Ok(())
    }
}
