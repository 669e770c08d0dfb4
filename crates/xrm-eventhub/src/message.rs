//! From a context to the message that is posted.

use uuid::Uuid;
use xrm_body::{EncodeOptions, encode_with};
use xrm_context::RemoteExecutionContext;
use xrm_jobs::{Diagnosis, Payload};

use crate::diagnosis;
use crate::property;
use crate::size_policy::SizePolicy;

/// The message that posts a context: its body without what the policy removes, and what is told
/// beside it with every attempt.
pub(crate) fn message(
    context: &RemoteExecutionContext,
    options: &EncodeOptions,
    policy: SizePolicy,
) -> Result<Payload, Diagnosis> {
    let content_type = options.format().content_type();
    let not_encodable = |error: xrm_body::Error| diagnosis::not_encodable(&error, options.format());
    let Some(rule) = policy.rule() else {
        let body = encode(context, options).map_err(not_encodable)?;
        return Ok(Payload::new(content_type, body));
    };
    let plan = rule.plan(context, options).map_err(not_encodable)?;
    if !plan.fits() {
        return Err(diagnosis::too_large(&plan));
    }
    let body = encode(plan.context(), options).map_err(not_encodable)?;
    let payload = Payload::new(content_type, body);
    let is_trimmed = plan.whole_size() > plan.limit();
    Ok(match is_trimmed {
        true => payload.with_property(property::MESSAGE_MAX_SIZE_EXCEEDED, "true"),
        false => payload,
    })
}

/// In which order messages are attempted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageOrder {
    /// In any: a message that waits for its next attempt holds no other one up.
    #[default]
    Any,
    /// The messages about one record in the order in which they were published: none is attempted
    /// before those that were published before it are delivered or given up. The record's id is
    /// their partition key, so that the hub keeps the order too.
    PerRecord,
}

impl MessageOrder {
    /// The partition key of a message.
    pub(crate) fn partition_key(self, context: &RemoteExecutionContext) -> Option<String> {
        let record = Some(context.primary_entity_id).filter(|id: &Uuid| !id.is_nil());
        record.filter(|_| self == Self::PerRecord).map(|id| id.to_string())
    }
}

fn encode(
    context: &RemoteExecutionContext,
    options: &EncodeOptions,
) -> Result<Vec<u8>, xrm_body::Error> {
    let mut body = Vec::new();
    encode_with(context, options, &mut body)?;
    Ok(body)
}
