//! How much of a solution is read.

/// How much a solution may cost to read. Beyond a limit, reading ends with an
/// [error](crate::solution::ErrorKind) that names it.
///
/// Memory is bounded by what is kept, endpoints and steps, and by the longest text: the rest of a
/// file passes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The size of one file, in bytes. By default, this is 1 GiB.
    pub bytes: u64,
    /// How deep elements may stand in one another. By default, this is 128; an endpoint or a step
    /// takes five, a form or a ribbon some dozens.
    pub depth: usize,
    /// How many elements one file may have. By default, these are 50 millions.
    pub elements: u64,
    /// The length of one text, one tag or one comment, in bytes. By default, this is 16 MiB.
    pub text: usize,
    /// How many endpoints, steps, images and plug-in types all files together may have. By default,
    /// these are 100,000.
    pub components: u64,
}

// Far beyond any published export. They are there so that a file from a stranger ends in an error
// and not in a full memory.
impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1 << 30,
            depth: 128,
            elements: 50_000_000,
            text: 16 << 20,
            components: 100_000,
        }
    }
}
