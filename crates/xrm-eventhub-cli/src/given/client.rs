//! The client that sends, by the proxy that the environment names.

use xrm_eventhub::Client;

use crate::error::{Error, OrError as _};

pub(crate) fn open() -> Result<Client, Error> {
    let client = Client::builder().proxy_in(|name| std::env::var(name).ok()).build();
    client.or_invalid("HTTPS_PROXY can't be used")
}
