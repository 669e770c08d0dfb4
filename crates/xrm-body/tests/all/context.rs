//! Any context: the generator of the property tests.

#[macro_use]
mod generate;
mod known;
mod scalar;

pub(crate) use generate::Generate;
pub(crate) use known::{json_only, value};
use proptest::option;
use proptest::prelude::*;
use xrm_context::{IsolationMode, Mode, RemoteExecutionContext, Stage};

/// How deep values stand inside one another at most.
const DEPTH: u32 = 4;

/// Any context, with parents up to `parents` deep.
pub(crate) fn context(parents: u32) -> BoxedStrategy<RemoteExecutionContext> {
    let context = RemoteExecutionContext::generate(DEPTH);
    if parents == 0 {
        return context;
    }
    let parent = option::of(self::context(parents - 1).prop_map(Box::new));
    (context, parent)
        .prop_map(|(context, parent_context)| RemoteExecutionContext { parent_context, ..context })
        .boxed()
}

generate_classes! {
    RemoteExecutionContext {
        business_unit_id,
        correlation_id,
        depth,
        initiating_user_agent,
        initiating_user_azure_active_directory_object_id,
        initiating_user_id,
        input_parameters,
        is_executing_offline,
        is_in_transaction,
        is_offline_playback,
        isolation_mode = (1..3).prop_map(IsolationMode),
        message_name,
        mode = (0..2).prop_map(Mode),
        operation_created_on,
        operation_id,
        organization_id,
        organization_name,
        output_parameters,
        owning_extension,
        parent_context = Just(None),
        post_entity_images,
        pre_entity_images,
        primary_entity_id,
        primary_entity_name,
        request_id,
        secondary_entity_name,
        shared_variables,
        stage = prop::sample::select(vec![10, 20, 30, 40, 50]).prop_map(Stage),
        user_azure_active_directory_object_id,
        user_id,
    }
}
