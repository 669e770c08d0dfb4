//! The client that sends: its proxy, and the certificates that it trusts.

use std::env;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use xrm_eventhub::{Client, rest};

use crate::error::{Error, OrError as _};

/// The variables that commands which send read, for their help.
macro_rules! network {
    () => {
        "  HTTPS_PROXY, ALL_PROXY, NO_PROXY
                              the proxy for HTTPS, and the hosts that it is not used for
  SSL_CERT_FILE               the root certificates to trust instead of the machine's

"
    };
}
pub(crate) use network;

/// How a command reaches Azure.
// Global, so that they may come after the subcommands of `hub` too.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// Trust the root certificates in this file too, in PEM, such as those of a company's proxy.
    #[arg(long, value_name = "FILE", global = true)]
    ca_file: Option<PathBuf>,
    /// Reach HTTPS through this proxy, such as http://proxy.example:3128, whatever HTTPS_PROXY is.
    #[arg(long, value_name = "URL", global = true)]
    proxy: Option<String>,
}

impl NetworkArgs {
    pub(crate) fn client(&self) -> Result<Client, Error> {
        let mut builder = Client::builder().proxy_in(|name| env::var(name).ok());
        if let Some(url) = &self.proxy {
            // Every process of the machine can read the arguments of this one.
            if has_user(url) {
                return Err(Error::invalid(
                    "--proxy must not contain a user name or password; set HTTPS_PROXY instead",
                ));
            }
            builder = builder.proxy(url);
        }
        if let Some(path) = &self.ca_file {
            let pem = fs::read(path);
            let pem = pem.or_invalid(format_args!("{} can't be read", path.display()))?;
            builder = builder.root_certificate_pem(pem);
        }
        builder.build().map_err(|error| {
            let option = match &error {
                rest::Error::RootCertificate | rest::Error::Tls(_) => "--ca-file",
                _ if self.proxy.is_some() => "--proxy",
                _ => "HTTPS_PROXY",
            };
            Error::invalid(format_args!("{option} can't be used")).caused_by(&error)
        })
    }
}

/// Whether an address has a user name before its host.
fn has_user(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    authority.split(['/', '?', '#']).next().is_some_and(|it| it.contains('@'))
}
