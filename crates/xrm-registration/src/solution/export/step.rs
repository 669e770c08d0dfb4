//! Steps of a solution, and their images.

use std::io::Write;

use super::markup::{Markup, attribute};
use super::{ExportError, ExportedStep};
use crate::component::Component;
use crate::step::Image;

pub(super) fn write<W: Write>(
    markup: &mut Markup<W>,
    exported: &ExportedStep<'_>,
) -> Result<(), ExportError> {
    let ExportedStep { step, message, plugin_type } = *exported;
    let component = step.component();
    let name = attribute(&component, "Name", &step.name)?;
    let id = step.id;
    let start = format!(r#"SdkMessageProcessingStep{name} SdkMessageProcessingStepId="{{{id}}}""#);
    let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
    markup.element(&start, |markup| {
        markup.text(&component, "PluginTypeName", plugin_type.unwrap_or_default())?;
        if step.runs_plugin() {
            markup.value("PluginTypeId", step.event_handler)?;
        }
        // The platform looks for a table that is called `none`, and finds none.
        markup.text(&component, "PrimaryEntity", step.primary_table().unwrap_or_default())?;
        markup.text(&component, "SecondaryEntity", step.secondary_table().unwrap_or_default())?;
        markup.value("AsyncAutoDelete", u8::from(step.async_auto_delete))?;
        markup.text(&component, "Configuration", &or_none(&step.configuration))?;
        markup.text(&component, "Description", &or_none(&step.description))?;
        markup.text(&component, "FilteringAttributes", &step.filtering_attributes.to_string())?;
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
            let component = Component::Image {
                step: step.id,
                step_name: step.name.clone(),
                alias: image.entity_alias.clone(),
            };
            write_image(markup, image, &component)
        })
    })
}

fn write_image<W: Write>(
    markup: &mut Markup<W>,
    image: &Image,
    component: &Component,
) -> Result<(), ExportError> {
    let name = attribute(component, "Name", &image.name)?;
    markup.element(&format!("SdkMessageProcessingStepImage{name}"), |markup| {
        if !image.id.is_nil() {
            markup.value("SdkMessageProcessingStepImageId", format_args!("{{{}}}", image.id))?;
        }
        markup.text(component, "Attributes", &image.attributes.to_string())?;
        markup.text(component, "EntityAlias", &image.entity_alias)?;
        markup.value("ImageType", image.image_type.0)?;
        let property = image.message_property_name.as_deref();
        markup.text(component, "MessagePropertyName", property.unwrap_or_default())?;
        markup.value("IsCustomizable", 1)
    })
}
