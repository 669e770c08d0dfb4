//! The platform's own plug-in types that post for the steps of endpoints.

use uuid::{Uuid, uuid};

use crate::choices::Contract;

/// A plug-in type of the platform. Exports name it in each step of an endpoint, besides the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SystemHandler {
    pub(super) id: Uuid,
    pub(super) name: &'static str,
}

/// Seen in the export of a queue's step. That event hubs, topics and relays have the same is inferred.
const SERVICE_BUS: SystemHandler = SystemHandler {
    id: uuid!("ef521e63-cd2b-4170-99f6-447466a7161e"),
    name: "Microsoft.Crm.ServiceBus.ServiceBusPlugin, Microsoft.Crm.ServiceBus, Version=9.0.0.0, \
           Culture=neutral, PublicKeyToken=31bf3856ad364e35",
};

/// Seen in the export of a webhook's step. That Event Grid has the same is inferred.
const WEBHOOK: SystemHandler = SystemHandler {
    id: uuid!("fe4f0cdb-b254-4fa1-84f6-d58d0759b8b3"),
    name: "Microsoft.Crm.ServiceBus.WebhookPlugin, Microsoft.Crm.ServiceBus, Version=9.0.0.0, \
           Culture=neutral, PublicKeyToken=31bf3856ad364e35",
};

impl SystemHandler {
    /// The one that posts to endpoints of a contract.
    pub(super) const fn of(contract: Contract) -> Self {
        match contract {
            Contract::WEBHOOK | Contract::EVENT_GRID => WEBHOOK,
            _ => SERVICE_BUS,
        }
    }
}

/// Whether an id is that of one of them.
pub(super) fn is_system_handler(id: Uuid) -> bool {
    [SERVICE_BUS, WEBHOOK].iter().any(|it| it.id == id)
}
