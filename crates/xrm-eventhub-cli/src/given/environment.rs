//! Keys and connection strings, from the environment alone: every process can see the arguments of
//! the others.

use std::env::{self, VarError};

use clap::Args;
use xrm_eventhub::ConnectionString;
use xrm_eventhub::sas::{Error as SasError, Part, Reason, SharedAccessKey};
use xrm_registration::is_variable_name;
use zeroize::Zeroizing;

use crate::error::{Error, OrError as _};

/// The connection string to publish and to manage with.
pub(crate) const CONNECTION_STRING: &str = "EVENTHUB_CONNECTION_STRING";

/// The key to sign and to check with.
const SHARED_ACCESS_KEY: &str = "EVENTHUB_SHARED_ACCESS_KEY";

/// Which hosts emulators may be on.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct PlainHostArgs {
    /// Let an emulator be on any host, such as another container. What is sent to it, keys included,
    /// is in plain text.
    #[arg(long, global = true)]
    allow_plain_host: bool,
}

impl PlainHostArgs {
    /// The connection string to publish and to manage with.
    pub(crate) fn connection_string(self) -> Result<ConnectionString, Error> {
        self.connection_string_in(CONNECTION_STRING)
    }

    /// The connection string in a variable.
    pub(crate) fn connection_string_in(self, name: &str) -> Result<ConnectionString, Error> {
        let text = secret(name)?;
        match self.allow_plain_host {
            true => ConnectionString::with_plain_host(&text).or_invalid(unusable(name)),
            false => parse(name, &text),
        }
    }
}

/// The connection string in a variable, if that is set and holds no key by itself. Where a
/// registration has the address, that of the connection string is not sent to, and its host may be any.
pub(crate) fn optional_connection_string(name: &str) -> Result<Option<ConnectionString>, Error> {
    let text = optional_secret(name)?.filter(|it| is_connection_string(it));
    text.map(|it| parse_any_host(name, &it)).transpose()
}

/// The key to sign with.
pub(crate) fn shared_access_key() -> Result<SharedAccessKey, Error> {
    optional_shared_access_key()?.ok_or_else(|| not_set(SHARED_ACCESS_KEY))
}

/// The key to check with, if the variable is set.
pub(crate) fn optional_shared_access_key() -> Result<Option<SharedAccessKey>, Error> {
    let Some(text) = optional_secret(SHARED_ACCESS_KEY)? else { return Ok(None) };
    let key = key(SHARED_ACCESS_KEY, &text)?;
    let keyless = || format!("the connection string in {SHARED_ACCESS_KEY} holds no key");
    key.map(Some).ok_or_else(|| Error::invalid(keyless()))
}

/// The value of a variable. It is wiped from memory when dropped; the environment keeps its own.
pub(crate) fn secret(name: &str) -> Result<Zeroizing<String>, Error> {
    optional_secret(name)?.ok_or_else(|| not_set(name))
}

/// The value of a variable, if it is set.
pub(crate) fn optional_secret(name: &str) -> Result<Option<Zeroizing<String>>, Error> {
    if !is_variable_name(name) {
        return Err(Error::invalid(
            "the name of an environment variable is letters, digits, `_`, `-` and `.`; what was \
             given is none, and not shown, for it may be a secret",
        ));
    }
    match env::var(name) {
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(VarError::NotPresent) => Ok(None),
        // The error would show the value.
        Err(VarError::NotUnicode(_)) => {
            Err(Error::invalid(format_args!("the environment variable {name} is not text")))
        }
    }
}

/// Whether a variable is set.
pub(crate) fn is_set(name: &str) -> bool {
    env::var_os(name).is_some()
}

fn not_set(name: &str) -> Error {
    Error::invalid(format_args!("the environment variable {name} is not set"))
}

/// A key by itself, or the one of a connection string, which may hold a token instead.
fn key(name: &str, text: &str) -> Result<Option<SharedAccessKey>, Error> {
    if is_connection_string(text) {
        return Ok(parse_any_host(name, text)?.key().cloned());
    }
    SharedAccessKey::new(text).map(Some).or_invalid(unusable(name))
}

/// No key holds a semicolon, and no connection string is without one.
fn is_connection_string(text: &str) -> bool {
    text.contains(';')
}

fn parse(name: &str, text: &str) -> Result<ConnectionString, Error> {
    let part = Part::UseDevelopmentEmulator;
    let not_loopback = SasError::ConnectionString { part, reason: Reason::NotLoopback };
    text.parse::<ConnectionString>().map_err(|error| {
        let invalid = Error::invalid(unusable(name)).caused_by(&error);
        match error == not_loopback {
            true => invalid.with_check("--allow-plain-host sends to any host in plain text"),
            false => invalid,
        }
    })
}

/// A connection string of which the secret alone is used.
fn parse_any_host(name: &str, text: &str) -> Result<ConnectionString, Error> {
    ConnectionString::with_plain_host(text).or_invalid(unusable(name))
}

pub(crate) fn unusable(name: &str) -> String {
    format!("the environment variable {name} can't be used")
}
