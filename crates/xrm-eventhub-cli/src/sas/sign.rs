use xrm_eventhub::sas::{Resource, Signer};

use crate::cli::Sign;
use crate::error::Error;
use crate::given::environment;
use crate::status::Status;
use crate::terminal::output;

/// `sas sign`
pub(crate) fn sign(arguments: &Sign) -> Result<Status, Error> {
    let key = environment::shared_access_key()?;
    let signer = Signer::new(&arguments.key_name, &key).map_err(Error::Sign)?;
    let resource = Resource::new(&arguments.uri).map_err(Error::Sign)?;
    output::line(signer.sign(&resource, arguments.expiry).authorization())?;
    Ok(Status::Done)
}
