//! From a context to the message that is posted.

use xrm_body::{EncodeOptions, encode_with};
use xrm_context::RemoteExecutionContext;
use xrm_jobs::Diagnosis;

use crate::diagnosis;
use crate::size_policy::SizePolicy;

/// A body, and what has to be told beside it.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) body: Vec<u8>,
    /// Whether members were removed for the body's size.
    pub(crate) is_trimmed: bool,
}

impl Message {
    /// Encodes the context, without what the policy removes.
    pub(crate) fn new(
        context: &RemoteExecutionContext,
        options: &EncodeOptions<'_>,
        policy: SizePolicy,
    ) -> Result<Self, Diagnosis> {
        let not_encodable =
            |error: xrm_body::Error| diagnosis::not_encodable(&error, options.format());
        let Some(rule) = policy.rule() else {
            let body = encode(context, options).map_err(not_encodable)?;
            return Ok(Self { body, is_trimmed: false });
        };
        let plan = rule.plan(context, options).map_err(not_encodable)?;
        if !plan.fits() {
            return Err(diagnosis::too_large(&plan));
        }
        let body = encode(plan.context(), options).map_err(not_encodable)?;
        Ok(Self { body, is_trimmed: plan.whole_size() > plan.limit() })
    }
}

fn encode(
    context: &RemoteExecutionContext,
    options: &EncodeOptions<'_>,
) -> Result<Vec<u8>, xrm_body::Error> {
    let mut body = Vec::new();
    encode_with(context, options, &mut body)?;
    Ok(body)
}
