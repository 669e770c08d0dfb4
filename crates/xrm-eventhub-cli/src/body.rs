//! `body`: message bodies.

pub(crate) mod context_line;
pub(crate) mod convert;
pub(crate) mod show;
