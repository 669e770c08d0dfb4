//! What a command prints, and how it is asked to end.

pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod shutdown;
pub(crate) mod table;
pub(crate) mod time;
pub(crate) mod warnings;
