//! `sas sign`

use chrono::{DateTime, Utc};
use clap::Args;
use xrm_eventhub::sas::{Resource, Signer};

use crate::error::{Error, Exit, OrError as _};
use crate::given::environment;
use crate::terminal::output;
use crate::terminal::time::unix_time;

/// Sign a token and print it.
///
/// It is printed as an Authorization header has it:
/// `SharedAccessSignature sr=...&sig=...&se=...&skn=...`.
#[derive(Args, Debug)]
#[command(after_help = "\
Environment:
  EVENTHUB_SHARED_ACCESS_KEY  the key of the policy, or a connection string that holds it")]
pub(crate) struct Sign {
    /// What the token opens, such as https://contoso.servicebus.windows.net/orders; it is signed as
    /// written.
    #[arg(long)]
    uri: String,
    /// The name of the shared access policy.
    #[arg(long, value_name = "NAME")]
    key_name: String,
    /// When the token expires, in seconds since the Unix epoch.
    #[arg(long, value_name = "UNIX", value_parser = unix_time)]
    expiry: DateTime<Utc>,
}

impl Sign {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let key = environment::shared_access_key()?;
        let failed = "the token can't be signed";
        let signer = Signer::new(&self.key_name, &key).or_invalid(failed)?;
        let resource = Resource::new(&self.uri).or_invalid(failed)?;
        output::line(signer.sign(&resource, self.expiry).authorization())?;
        Ok(Exit::Done)
    }
}
