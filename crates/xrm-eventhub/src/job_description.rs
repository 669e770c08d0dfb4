//! What a job says about the context that it posts: its name and its columns.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use xrm_context::{EntityReference, RemoteExecutionContext};
use xrm_jobs::JobDescription;

/// How long a job's name can be: the `name` column of the platform's `asyncoperation` table.
const LONGEST_NAME: usize = 256;

/// The step on whose behalf a publisher posts, as far as jobs show it.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwningStep {
    pub(crate) id: Option<Uuid>,
    pub(crate) name: Option<String>,
    pub(crate) auto_delete: bool,
}

impl OwningStep {
    /// The description of a job of an endpoint that posts `context`.
    pub(crate) fn describe(
        &self,
        endpoint: &str,
        context: &RemoteExecutionContext,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> JobDescription {
        let mut job = JobDescription::new(id, self.job_name(endpoint, context), now);
        endpoint.clone_into(&mut job.endpoint);
        job.message_name = context.message_name.clone().unwrap_or_default();
        job.primary_entity_type = table(context).unwrap_or_default().to_owned();
        // A context without a record has the nil id, which is the id of no row.
        job.regarding_object_id = Some(context.primary_entity_id).filter(|id| !id.is_nil());
        job.auto_delete = self.auto_delete;
        job.correlation_id = context.correlation_id;
        job.request_id = context.request_id;
        job.operation_id = context.operation_id;
        job.owning_extension_id = self.id.or_else(|| Some(owning_step(context)?.id));
        // A context that an application made may have nil ids, which are those of no row.
        let known = |id: Uuid| Some(id).filter(|it| !it.is_nil());
        job.owner_id = known(context.user_id);
        job.owning_business_unit_id = known(context.business_unit_id);
        job.created_by = known(context.initiating_user_id);
        job.depth = context.depth;
        job
    }

    /// The step's name: the publisher's own, the one that the context carries, or the default of
    /// the Plug-in Registration Tool.
    fn job_name(&self, endpoint: &str, context: &RemoteExecutionContext) -> String {
        let carried = || owning_step(context)?.name.clone().filter(|name| !name.is_empty());
        // Synchronous steps were seen to send the step's name with its id, asynchronous ones not.
        let name = self.name.clone().or_else(carried);
        let name = name.unwrap_or_else(|| default_name(endpoint, context));
        shortened(name)
    }
}

/// The text, or as much of it as its column holds.
fn shortened(mut text: String) -> String {
    // The column counts characters, and so does a cut that may not split one.
    // A character has at least one byte, so most names need no count.
    if text.len() > LONGEST_NAME
        && let Some((end, _)) = text.char_indices().nth(LONGEST_NAME)
    {
        text.truncate(end);
    }
    text
}

fn default_name(endpoint: &str, context: &RemoteExecutionContext) -> String {
    let message = context.message_name.as_deref().unwrap_or("Message");
    let table = table(context).unwrap_or("any Entity");
    // Not `format!`, which costs eight times as much.
    [endpoint, ": ", message, " of ", table].concat()
}

/// The step that the platform names as the sender of the context.
fn owning_step(context: &RemoteExecutionContext) -> Option<&EntityReference> {
    // The extension that owns a context can also be a plug-in type, which is not a step.
    let is_step =
        |it: &&EntityReference| it.logical_name.as_deref() == Some("sdkmessageprocessingstep");
    context.owning_extension.as_ref().filter(is_step)
}

/// The table of the context. The platform writes `none` for a message without one.
fn table(context: &RemoteExecutionContext) -> Option<&str> {
    context.primary_entity_name.as_deref().filter(|name| !matches!(*name, "" | "none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(message: Option<&str>, table: Option<&str>) -> RemoteExecutionContext {
        RemoteExecutionContext {
            message_name: message.map(str::to_owned),
            primary_entity_name: table.map(str::to_owned),
            ..Default::default()
        }
    }

    fn owned_by(table: &str, name: Option<&str>) -> RemoteExecutionContext {
        let mut owner = EntityReference::new(table, Uuid::from_u128(7));
        owner.name = name.map(str::to_owned);
        RemoteExecutionContext {
            owning_extension: Some(owner),
            ..context(Some("Update"), Some("account"))
        }
    }

    fn step(name: Option<&str>) -> OwningStep {
        let name = name.map(str::to_owned);
        OwningStep { id: None, name, auto_delete: false }
    }

    #[test]
    fn a_job_is_called_like_its_step() {
        let step_table = "sdkmessageprocessingstep";
        let cases = [
            (step(None), context(Some("Update"), Some("account")), "orders: Update of account"),
            (step(None), context(Some("Publish"), None), "orders: Publish of any Entity"),
            (step(None), context(Some("Publish"), Some("none")), "orders: Publish of any Entity"),
            (step(None), context(None, None), "orders: Message of any Entity"),
            (step(None), owned_by(step_table, Some("My step")), "My step"),
            (step(None), owned_by(step_table, Some("")), "orders: Update of account"),
            (step(None), owned_by(step_table, None), "orders: Update of account"),
            (step(None), owned_by("plugintype", Some("Other")), "orders: Update of account"),
            (step(Some("Mine")), owned_by(step_table, Some("My step")), "Mine"),
        ];
        for (step, context, name) in cases {
            assert_eq!(step.job_name("orders", &context), name);
        }
    }

    #[test]
    fn a_name_fits_its_column() {
        let name =
            step(Some(&"ä".repeat(300))).job_name("orders", &RemoteExecutionContext::default());
        assert_eq!(name, "ä".repeat(256));
    }

    #[test]
    fn a_job_has_the_users_of_its_context() {
        let ids = |context: &RemoteExecutionContext| {
            let job =
                step(None).describe("orders", context, Uuid::from_u128(1), DateTime::UNIX_EPOCH);
            [job.owner_id, job.owning_business_unit_id, job.created_by]
        };
        let context = RemoteExecutionContext {
            user_id: Uuid::from_u128(5),
            business_unit_id: Uuid::from_u128(6),
            initiating_user_id: Uuid::from_u128(7),
            ..Default::default()
        };
        assert_eq!(ids(&context), [5, 6, 7].map(|it| Some(Uuid::from_u128(it))));
        assert_eq!(ids(&RemoteExecutionContext::default()), [None; 3]);
    }

    #[test]
    fn the_owning_step_is_the_publishers_or_the_contexts() {
        let owner = |step: &OwningStep, context: &RemoteExecutionContext| {
            let id = Uuid::from_u128(1);
            step.describe("orders", context, id, DateTime::UNIX_EPOCH).owning_extension_id
        };
        let carried = owned_by("sdkmessageprocessingstep", None);
        let own = OwningStep { id: Some(Uuid::from_u128(8)), ..step(None) };
        assert_eq!(owner(&step(None), &carried), Some(Uuid::from_u128(7)));
        assert_eq!(owner(&own, &carried), Some(Uuid::from_u128(8)));
        assert_eq!(owner(&step(None), &owned_by("plugintype", None)), None);
    }
}
