use xrm_eventhub::sas::{Resource, SharedAccessKey, Signer};

use crate::cli::Sign;
use crate::environment::{self, SHARED_ACCESS_KEY};
use crate::error::Error;
use crate::output;
use crate::status::Status;

/// `sas sign`
pub(crate) fn sign(arguments: &Sign) -> Result<Status, Error> {
    let text = environment::secret(SHARED_ACCESS_KEY)?;
    let key = SharedAccessKey::new(text.as_str())
        .map_err(|source| Error::Variable { name: SHARED_ACCESS_KEY, source })?;
    let signer = Signer::new(&arguments.key_name, &key).map_err(Error::Sign)?;
    let resource = Resource::new(&arguments.uri).map_err(Error::Sign)?;
    output::line(signer.sign(&resource, arguments.expiry).authorization())?;
    Ok(Status::Done)
}
