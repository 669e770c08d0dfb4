//! The connection string for AMQP.

use xrm_eventhub::ConnectionString;

use crate::error::Error;
use crate::given::environment::{self, CONNECTION_STRING, PlainHostArgs};

/// The connection string of a local hub for AMQP, whose port differs from that of REST.
const AMQP_CONNECTION_STRING: &str = "AMQP_CONNECTION_STRING";

/// The environment, for the help of the commands that receive.
pub(crate) const AMQP_ENVIRONMENT: &str = "\
Environment:
  AMQP_CONNECTION_STRING      the connection string to receive with: for a local hub, the second
                              line of `local serve --amqp`. Its policy needs the right Listen
  EVENTHUB_CONNECTION_STRING  the same, if the first is not set; for Azure, it is that of `publish`";

/// The connection string to receive with.
pub(crate) fn connection_string(plain_host: PlainHostArgs) -> Result<ConnectionString, Error> {
    let is_set = environment::is_set(AMQP_CONNECTION_STRING);
    plain_host.connection_string_in(if is_set { AMQP_CONNECTION_STRING } else { CONNECTION_STRING })
}
