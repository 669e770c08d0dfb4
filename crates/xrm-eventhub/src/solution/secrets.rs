//! The secrets that a registration's endpoints name.

use azure_sas::{ConnectionString, SharedAccessKey};
use xrm_registration::{Registration, SasKey, is_variable_name};
use zeroize::Zeroizing;

use super::SolutionError;

/// Finds a secret in the text of a variable.
type Find = fn(&str) -> Result<Option<SasKey>, azure_sas::Error>;

/// Gives each endpoint the key or the token in the variable that it names.
pub(super) fn set(
    registration: &mut Registration,
    mut variable: impl FnMut(&str) -> Option<String>,
) -> Result<(), SolutionError> {
    // The closures can't fail, so the first error is kept beside them.
    let mut failed = None;
    let mut look_up = |name: &str, find: Find| {
        let text = Zeroizing::new(variable(name)?);
        find(&text).unwrap_or_else(|source| {
            // A key that was pasted in place of the name must not be shown.
            let shown = if is_variable_name(name) { name } else { "(not shown)" };
            failed.get_or_insert(SolutionError::Secret { variable: shown.to_owned(), source });
            None
        })
    };
    registration.set_sas_tokens(|name| look_up(name, token));
    // Not an error yet: only an endpoint that an enabled step posts to needs its key.
    let _ = registration.set_sas_keys(|name| look_up(name, key));
    failed.map_or(Ok(()), Err)
}

/// A key by itself, or the one of a connection string, which may contain a token instead.
fn key(text: &str) -> Result<Option<SasKey>, azure_sas::Error> {
    if is_connection_string(text) {
        let connection = ConnectionString::with_plain_host(text)?;
        return Ok(connection.key().map(|it| SasKey::new(it.reveal())));
    }
    // Trimmed, because such variables are often set from a file, with its line end.
    SharedAccessKey::new(text.trim()).map(|it| Some(SasKey::new(it.reveal())))
}

/// A token by itself, or the one of a connection string, which may contain a key instead.
fn token(text: &str) -> Result<Option<SasKey>, azure_sas::Error> {
    if is_connection_string(text) {
        // Of any host: the registration has the address.
        let connection = ConnectionString::with_plain_host(text)?;
        return Ok(connection.signature().map(|it| SasKey::new(it.reveal())));
    }
    Ok(Some(SasKey::new(text.trim())))
}

/// No key and no token contains a semicolon, and every connection string does.
fn is_connection_string(text: &str) -> bool {
    text.contains(';')
}
