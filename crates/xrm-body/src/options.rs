//! How a body is written, and how much of one is read.

use crate::MessageFormat;
use crate::zone::{Utc, Zone};

/// How a body is written.
#[derive(Clone, Copy, Debug)]
pub struct EncodeOptions<'a> {
    pub(crate) format: MessageFormat,
    pub(crate) zone: &'a (dyn Zone + Sync),
}

impl<'a> EncodeOptions<'a> {
    /// The platform's own way to write this format, on a machine whose zone is UTC.
    #[must_use]
    pub fn new(format: MessageFormat) -> Self {
        Self { format, zone: &Utc }
    }

    /// The time zone that the writing process is taken to be in. By default, this is UTC.
    #[must_use]
    pub fn zone(self, zone: &'a (dyn Zone + Sync)) -> Self {
        Self { zone, ..self }
    }
}

/// How a body is read: its format, how much it may cost, and whether as strictly as the platform.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DecodeOptions {
    pub(crate) format: MessageFormat,
    pub(crate) limits: Limits,
    pub(crate) strict: bool,
}

impl DecodeOptions {
    /// This format with the default [`Limits`].
    #[must_use]
    pub fn new(format: MessageFormat) -> Self {
        Self { format, limits: Limits::default(), strict: false }
    }

    /// Reading as the platform's own deserializers do: what they accept is accepted, what they
    /// reject is rejected, and what they lose is lost. The crate's page lists the differences. By
    /// default nothing is lost.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    /// Other limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

/// What a body may cost. A body beyond a limit is refused with
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// How deep values may stand inside one another: objects and arrays in JSON, elements in XML.
    /// Reading takes stack for each level. Default: 128.
    pub depth: usize,
    /// The bytes of a body. Default: 64 MiB, more than any publication of Event Hubs.
    pub bytes: usize,
    /// Members of one class, or items of one collection. Default: 1,000,000.
    pub members: usize,
    /// The bytes of one string, as they stand in the body. Default: 64 MiB.
    pub string: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, bytes: 64 << 20, members: 1_000_000, string: 64 << 20 }
    }
}
