//! Steps of a solution, and their images.

use uuid::Uuid;

use super::error::ExportError;
use super::markup::Markup;
use crate::step::{Image, Step};

/// A step, and the names that stand for ids or the other way round.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExportedStep<'a> {
    pub(super) step: &'a Step,
    pub(super) message: Uuid,
    pub(super) plugin_type: Option<&'a str>,
}

pub(super) fn write(
    markup: &mut Markup<'_>,
    exported: &ExportedStep<'_>,
) -> Result<(), ExportError> {
    let ExportedStep { step, message, plugin_type } = *exported;
    let id = format!("{{{}}}", step.id);
    let attributes = [("Name", step.name.as_str()), ("SdkMessageProcessingStepId", &id)];
    markup.element(step.component(), "SdkMessageProcessingStep", &attributes, |markup| {
        markup.text("PluginTypeName", plugin_type)?;
        if step.runs_plugin() {
            markup.value("PluginTypeId", step.event_handler)?;
        }
        // The platform looks for a table that is called `none`, and finds none.
        markup.text("PrimaryEntity", step.primary_table())?;
        markup.text("SecondaryEntity", step.secondary_table())?;
        markup.value("AsyncAutoDelete", u8::from(step.async_auto_delete))?;
        markup.text("Configuration", step.configuration.as_deref())?;
        markup.text("Description", step.description.as_deref())?;
        markup.text("FilteringAttributes", Some(&step.filtering_attributes.to_string()))?;
        // The Plug-in Registration Tool writes 1, everything else 0.
        markup.value("InvocationSource", 0)?;
        markup.value("Mode", step.mode.0)?;
        markup.value("Rank", step.rank)?;
        markup.value("SdkMessageId", message)?;
        markup.value("EventHandler", step.event_handler)?;
        markup.value("EventHandlerTypeCode", step.event_handler_type.0)?;
        markup.value("Stage", step.stage.0)?;
        markup.value("IsCustomizable", 1)?;
        markup.value("IsHidden", 0)?;
        markup.value("SupportedDeployment", step.supported_deployment.0)?;
        markup.value("IntroducedVersion", "1.0")?;
        markup.list("SdkMessageProcessingStepImages", &step.images, |markup, image| {
            write_image(markup, step, image)
        })
    })
}

fn write_image(markup: &mut Markup<'_>, step: &Step, image: &Image) -> Result<(), ExportError> {
    let attributes = [("Name", image.name.as_str())];
    let component = step.image_component(image);
    markup.element(component, "SdkMessageProcessingStepImage", &attributes, |markup| {
        if !image.id.is_nil() {
            markup.value("SdkMessageProcessingStepImageId", format_args!("{{{}}}", image.id))?;
        }
        markup.text("Attributes", Some(&image.attributes.to_string()))?;
        markup.text("EntityAlias", Some(&image.entity_alias))?;
        markup.value("ImageType", image.image_type.0)?;
        markup.text("MessagePropertyName", image.message_property_name.as_deref())?;
        markup.value("IsCustomizable", 1)
    })
}
