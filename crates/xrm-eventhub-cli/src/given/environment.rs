//! Keys and connection strings come from the environment alone: arguments can be seen by every
//! process.

use std::env::{self, VarError};

use xrm_eventhub::ConnectionString;
use xrm_eventhub::sas::SharedAccessKey;
use xrm_registration::is_variable_name;
use zeroize::Zeroizing;

use crate::error::Error;

/// The connection string to publish and to manage with.
pub(crate) const CONNECTION_STRING: &str = "EVENTHUB_CONNECTION_STRING";

/// The key to sign and to check with.
const SHARED_ACCESS_KEY: &str = "EVENTHUB_SHARED_ACCESS_KEY";

pub(crate) fn connection_string() -> Result<ConnectionString, Error> {
    connection_string_in(CONNECTION_STRING)
}

/// The connection string in a variable.
pub(crate) fn connection_string_in(name: &str) -> Result<ConnectionString, Error> {
    let text = secret(name)?;
    text.parse().map_err(|source| Error::Variable { name: name.to_owned(), source })
}

/// The key in a variable that may be there: by itself, or in a connection string.
pub(crate) fn sas_key(name: &str) -> Result<Option<SharedAccessKey>, Error> {
    if let Some(connection) = connection_string_if_one(name)? {
        return Ok(connection.key().cloned());
    }
    let key = match secret(name) {
        Err(Error::NoVariable { .. }) => return Ok(None),
        text => SharedAccessKey::new(text?.trim()),
    };
    key.map(Some).map_err(|source| Error::Variable { name: name.to_owned(), source })
}

/// The connection string in a variable that holds one, and not a key or nothing.
pub(crate) fn connection_string_if_one(name: &str) -> Result<Option<ConnectionString>, Error> {
    match secret(name) {
        // No key holds a semicolon, and no connection string is without one.
        Ok(text) if text.contains(';') => connection_string_in(name).map(Some),
        Ok(_) | Err(Error::NoVariable { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The key, by itself or in a connection string.
pub(crate) fn shared_access_key() -> Result<SharedAccessKey, Error> {
    let connection = connection_string_if_one(SHARED_ACCESS_KEY)?;
    if let Some(key) = connection.as_ref().and_then(ConnectionString::key) {
        return Ok(key.clone());
    }
    let text = secret(SHARED_ACCESS_KEY)?;
    SharedAccessKey::new(text.as_str())
        .map_err(|source| Error::Variable { name: SHARED_ACCESS_KEY.to_owned(), source })
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
    if !is_variable_name(name) {
        return Err(Error::NoVariableName);
    }
    match env::var(name) {
        Ok(value) => Ok(Zeroizing::new(value)),
        Err(VarError::NotPresent) => Err(Error::NoVariable { name: name.to_owned() }),
        Err(VarError::NotUnicode(_)) => Err(Error::VariableNotText { name: name.to_owned() }),
    }
}
