//! Secrets come from the environment alone: arguments can be seen by every process.

use std::env::{self, VarError};

use zeroize::Zeroizing;

use crate::error::Error;

/// The connection string to publish with.
pub(crate) const CONNECTION_STRING: &str = "EVENTHUB_CONNECTION_STRING";

/// The key to sign with.
pub(crate) const SHARED_ACCESS_KEY: &str = "EVENTHUB_SHARED_ACCESS_KEY";

/// The value of a variable. It is wiped from memory when dropped; the environment keeps its own.
pub(crate) fn secret(name: &'static str) -> Result<Zeroizing<String>, Error> {
    match env::var(name) {
        Ok(value) => Ok(Zeroizing::new(value)),
        Err(VarError::NotPresent) => Err(Error::NoVariable { name }),
        Err(VarError::NotUnicode(_)) => Err(Error::VariableNotText { name }),
    }
}
