//! Keys and connection strings come from the environment alone: arguments can be seen by every
//! process.

use std::env::{self, VarError};

use xrm_eventhub::ConnectionString;
use xrm_eventhub::sas::SharedAccessKey;
use zeroize::Zeroizing;

use crate::error::Error;

/// The connection string to publish and to manage with.
const CONNECTION_STRING: &str = "EVENTHUB_CONNECTION_STRING";

/// The key to sign and to check with.
const SHARED_ACCESS_KEY: &str = "EVENTHUB_SHARED_ACCESS_KEY";

pub(crate) fn connection_string() -> Result<ConnectionString, Error> {
    let text = secret(CONNECTION_STRING)?;
    text.parse().map_err(|source| Error::Variable { name: CONNECTION_STRING, source })
}

pub(crate) fn shared_access_key() -> Result<SharedAccessKey, Error> {
    let text = secret(SHARED_ACCESS_KEY)?;
    SharedAccessKey::new(text.as_str())
        .map_err(|source| Error::Variable { name: SHARED_ACCESS_KEY, source })
}

/// The key, if there is one.
pub(crate) fn optional_shared_access_key() -> Result<Option<SharedAccessKey>, Error> {
    match shared_access_key() {
        Err(Error::NoVariable { .. }) => Ok(None),
        key => key.map(Some),
    }
}

/// The value of a variable. It is wiped from memory when dropped; the environment keeps its own.
pub(crate) fn secret(name: &str) -> Result<Zeroizing<String>, Error> {
    match env::var(name) {
        Ok(value) => Ok(Zeroizing::new(value)),
        Err(VarError::NotPresent) => Err(Error::NoVariable { name: name.to_owned() }),
        Err(VarError::NotUnicode(_)) => Err(Error::VariableNotText { name: name.to_owned() }),
    }
}
