//! Steps of a solution, and their images.

use uuid::Uuid;

use super::error::ExportError;
use super::markup::Markup;
use crate::plugin_type::PluginType;
use crate::solution::system_handler::SystemHandler;
use crate::step::{Image, Step};

/// A step, with what it refers to.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExportedStep<'a> {
    pub(super) step: &'a Step,
    pub(super) message: ExportedMessage<'a>,
    pub(super) handler: ExportedHandler<'a>,
}

/// A message, as a step names it.
#[derive(Clone, Copy, Debug)]
pub(super) enum ExportedMessage<'a> {
    Id(Uuid),
    /// A custom API has another id in each organization.
    Name(&'a str),
}

/// What a step runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum ExportedHandler<'a> {
    Endpoint(SystemHandler),
    PluginType(Option<&'a PluginType>),
    /// Nothing that is known here.
    Other,
}

// The order, the order of attributes, and the empty elements are those of today's exports.
pub(super) fn write(
    markup: &mut Markup<'_>,
    exported: &ExportedStep<'_>,
    attributes: &[(&'static str, &str)],
) -> Result<(), ExportError> {
    let step = exported.step;
    let id = format!("{{{}}}", step.id);
    let own = [("Name", step.name.as_str()), ("SdkMessageProcessingStepId", &id)];
    let attributes = [&own, attributes].concat();
    markup.element(step.component(), "SdkMessageProcessingStep", &attributes, |markup| {
        match exported.message {
            ExportedMessage::Id(id) => markup.value("SdkMessageId", id)?,
            ExportedMessage::Name(name) => markup.text("SdkMessageName", Some(name))?,
        }
        write_handler(markup, exported)?;
        if let Some(name) = &step.fx_expression {
            markup.group("fxexpressionid", |markup| markup.text("uniquename", Some(name)))?;
        }
        // The platform looks for a table that is called `none`, and finds none.
        markup.text("PrimaryEntity", step.primary_table())?;
        markup.text("SecondaryEntity", step.secondary_table())?;
        markup.value("AsyncAutoDelete", u8::from(step.async_auto_delete))?;
        markup.text("Configuration", step.configuration.as_deref())?;
        markup.text("Description", step.description.as_deref())?;
        markup.text_or_empty("FilteringAttributes", &step.filtering_attributes.to_string())?;
        markup.text("ImpersonatingUserIdName", step.impersonating_user_name.as_deref())?;
        markup.value("InvocationSource", step.invocation_source.0)?;
        markup.value("Mode", step.mode.0)?;
        markup.value("Rank", step.rank)?;
        if !step.runs_plugin() {
            markup.value("EventHandler", format_args!("{{{}}}", step.event_handler))?;
        }
        markup.value("EventHandlerTypeCode", step.event_handler_type.0)?;
        markup.value("Stage", step.stage.0)?;
        markup.value("IsCustomizable", u8::from(step.is_customizable))?;
        markup.value("IsHidden", u8::from(step.is_hidden))?;
        markup.value("SupportedDeployment", step.supported_deployment.0)?;
        markup.text("IntroducedVersion", Some(&step.introduced_version))?;
        markup.list("SdkMessageProcessingStepImages", &[], &step.images, |markup, image| {
            write_image(markup, step, image)
        })
    })
}

fn write_handler(markup: &mut Markup<'_>, exported: &ExportedStep<'_>) -> Result<(), ExportError> {
    match exported.handler {
        ExportedHandler::Endpoint(handler) => {
            markup.text("PluginTypeName", Some(handler.name))?;
            markup.value("PluginTypeId", handler.id)
        }
        ExportedHandler::PluginType(Some(PluginType { export_key: Some(key), .. })) => {
            markup.text("PluginTypeExportKey", Some(key))
        }
        ExportedHandler::PluginType(plugin_type) => {
            let name = plugin_type.map(|it| match &it.assembly {
                Some(assembly) => format!("{}, {assembly}", it.name),
                None => it.name.clone(),
            });
            markup.text("PluginTypeName", name.as_deref())?;
            markup.value("PluginTypeId", exported.step.event_handler)
        }
        ExportedHandler::Other => Ok(()),
    }
}

fn write_image(markup: &mut Markup<'_>, step: &Step, image: &Image) -> Result<(), ExportError> {
    let attributes = [("Name", image.name.as_str())];
    let component = step.image_component(image);
    markup.element(component, "SdkMessageProcessingStepImage", &attributes, |markup| {
        markup.text("Description", image.description.as_deref())?;
        if !image.id.is_nil() {
            markup.value("SdkMessageProcessingStepImageId", format_args!("{{{}}}", image.id))?;
        }
        markup.text_or_empty("Attributes", &image.attributes.to_string())?;
        markup.text("EntityAlias", Some(&image.entity_alias))?;
        markup.value("ImageType", image.image_type.0)?;
        markup.text("MessagePropertyName", image.message_property_name.as_deref())?;
        markup.text("RelatedAttributeName", image.related_attribute_name.as_deref())?;
        markup.value("IsCustomizable", u8::from(image.is_customizable))
    })
}
