//! `hub list`

use xrm_eventhub::sas::Resource;

use crate::error::{Error, Exit};
use crate::hub::namespace::{Namespace, failed};
use crate::hub::show;

pub(crate) async fn run(namespace: &Namespace) -> Result<Exit, Error> {
    let endpoint = namespace.connection.endpoint();
    let token = namespace.token(&Resource::namespace(endpoint)).await?;
    let found = namespace.client.list_hubs(endpoint, &token).await;
    let found = found.map_err(|it| failed("the event hubs could not be listed", &it))?;
    found.iter().try_for_each(show::print)?;
    Ok(Exit::Done)
}
