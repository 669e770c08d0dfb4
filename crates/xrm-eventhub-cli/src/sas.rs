//! `sas`: shared access signatures.

pub(crate) mod explain;
pub(crate) mod sign;
