use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::error::{Error, Part, Reason};

/// A namespace's address: the `Endpoint` of a connection string.
///
/// It reads `sb://host`, with an optional port and an optional `/` at the end; `sb://` may be missing.
/// The host is kept as written.
///
/// | endpoint | emulator flag | [`origin`](Self::origin) |
/// |---|---|---|
/// | `sb://contoso.servicebus.windows.net/` | | `https://contoso.servicebus.windows.net` |
/// | `sb://contoso.example:8443` | | `https://contoso.example:8443` |
/// | `sb://127.0.0.1:5123` | `true` | `http://127.0.0.1:5123` |
/// | `sb://[::1]` | `true` | `http://[::1]` |
///
/// ```
/// let endpoint: azure_sas::Endpoint = "sb://contoso.servicebus.windows.net/".parse()?;
/// assert_eq!(endpoint.host(), "contoso.servicebus.windows.net");
/// assert_eq!(endpoint.origin(), "https://contoso.servicebus.windows.net");
/// # Ok::<(), azure_sas::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    host: String,
    port: Option<u16>,
    emulator: bool,
}

impl Endpoint {
    /// The same address, used in plain text as the local emulator is.
    ///
    /// ```
    /// let endpoint: azure_sas::Endpoint = "sb://localhost:5123".parse()?;
    /// assert_eq!(endpoint.into_emulator()?.origin(), "http://localhost:5123");
    /// # Ok::<(), azure_sas::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ConnectionString`] unless the host is a loopback one.
    pub fn into_emulator(self) -> Result<Self, Error> {
        if !is_loopback(&self.host) {
            return Err(Error::part(Part::UseDevelopmentEmulator, Reason::NotLoopback));
        }
        Ok(Self { emulator: true, ..self })
    }

    /// The same address, used in plain text whatever its host is: that of an emulator in another
    /// container, for example. Keys and messages can be read by whoever is on the way.
    ///
    /// ```
    /// let endpoint: azure_sas::Endpoint = "sb://eventhubs-emulator:5300".parse()?;
    /// assert_eq!(endpoint.into_plain_host().origin(), "http://eventhubs-emulator:5300");
    /// # Ok::<(), azure_sas::Error>(())
    /// ```
    #[must_use]
    pub fn into_plain_host(self) -> Self {
        Self { emulator: true, ..self }
    }

    /// The host as written: a DNS name, an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, if the endpoint names one; the scheme's own port is used otherwise.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether this is an emulator, which is used in plain text: on a loopback host, unless
    /// [another one](Self::into_plain_host) was allowed.
    #[must_use]
    pub fn is_emulator(&self) -> bool {
        self.emulator
    }

    /// The HTTP origin: `https`, or `http` for a local emulator; a port only where it is not the
    /// scheme's own.
    #[must_use]
    pub fn origin(&self) -> String {
        let (scheme, default_port) = if self.emulator { ("http", 80) } else { ("https", 443) };
        match self.port.filter(|&port| port != default_port) {
            Some(port) => format!("{scheme}://{}:{port}", self.host),
            None => format!("{scheme}://{}", self.host),
        }
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let error = |reason| Error::part(Part::Endpoint, reason);
        let authority = strip_scheme(text).ok_or_else(|| error(Reason::Scheme))?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        // A hub written there would be dropped without a word; its place is `EntityPath`.
        if authority.contains(['/', '?', '#']) {
            return Err(error(Reason::Path));
        }
        let (host, port) = split_port(authority);
        if !is_host(host) {
            return Err(error(Reason::Host));
        }
        let port = port.map(parse_port).transpose().map_err(error)?;
        Ok(Self { host: host.to_owned(), port, emulator: false })
    }
}

/// Writes the form of a connection string: `sb://host/` as in the Azure portal, and
/// `sb://host:port` for an emulator, as in [its documentation].
///
/// [its documentation]: https://learn.microsoft.com/azure/event-hubs/test-locally-with-event-hub-emulator
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sb://{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if self.emulator { Ok(()) } else { f.write_str("/") }
    }
}

/// Connection strings without a scheme are accepted, as first-party tools accept them.
fn strip_scheme(text: &str) -> Option<&str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return (!text.starts_with('/')).then_some(text);
    };
    scheme.eq_ignore_ascii_case("sb").then_some(rest)
}

/// Splits `host:port`, minding that an IPv6 address in brackets holds colons of its own.
pub(crate) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn parse_port(text: &str) -> Result<u16, Reason> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let port = text.parse().ok().filter(|&port| digits && port != 0);
    port.ok_or(Reason::Port)
}

fn is_host(host: &str) -> bool {
    match bracketed(host) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        // The limits of RFC 1035, 2.3.4. Underscores are not allowed there, but resolvers take them
        // and names in private networks have them.
        None => host.len() <= 253 && host.split('.').all(is_label),
    }
}

fn is_label(label: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    !label.is_empty() && label.len() <= 63 && label.bytes().all(legal)
}

fn bracketed(host: &str) -> Option<&str> {
    host.strip_prefix('[')?.strip_suffix(']')
}

/// `localhost`, 127.0.0.0/8 or `[::1]`. Short forms such as `127.1` are left to resolvers, and so
/// are not known to be loopback.
fn is_loopback(host: &str) -> bool {
    match bracketed(host) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok_and(|a| a.is_loopback()),
        None => {
            host.eq_ignore_ascii_case("localhost")
                || host.parse::<Ipv4Addr>().is_ok_and(|a| a.is_loopback())
        }
    }
}
