//! Steps of a solution, and their images.

use uuid::Uuid;
use xrm_context::{Mode, Stage};

use super::contents::ReadStep;
use super::input::Input;
use super::notice::NoticeKind;
use super::plugin_types::NamedType;
use crate::attributes::Attributes;
use crate::choices::{EventHandlerType, ImageType, StepState, SupportedDeployment};
use crate::solution::error::{Error, ErrorKind};
use crate::solution::message_id::MessageIds;
use crate::solution::read::fields::{Columns, Fields};
use crate::solution::read::reader::Tag;
use crate::solution::type_name::type_name;
use crate::step::{Image, Step, named_table};

const COLUMNS: Columns = Columns {
    read: &[
        "PluginTypeName",
        "PluginTypeId",
        "PrimaryEntity",
        "SecondaryEntity",
        "AsyncAutoDelete",
        "Configuration",
        "Description",
        "FilteringAttributes",
        "ImpersonatingUserIdName",
        "Mode",
        "Rank",
        "SdkMessageId",
        "EventHandler",
        "EventHandlerTypeCode",
        "Stage",
        "SupportedDeployment",
    ],
    passed: &["InvocationSource", "IsCustomizable", "IsHidden", "IntroducedVersion"],
};

const IMAGE_COLUMNS: Columns = Columns {
    read: &[
        "SdkMessageProcessingStepImageId",
        "Attributes",
        "EntityAlias",
        "ImageType",
        "MessagePropertyName",
    ],
    passed: &["Description", "RelatedAttributeName", "IsCustomizable", "IntroducedVersion"],
};

pub(super) fn read(input: &mut Input<'_>, tag: &Tag) -> Result<(), Error> {
    input.count()?;
    let mut fields = Fields::new(input.reader.location());
    let id = fields.id_attribute(tag, "SdkMessageProcessingStepId")?;
    let mut images = None;
    while let Some(child) = input.reader.child()? {
        let Some(child) = fields.take(&COLUMNS, &mut input.reader, child)? else { continue };
        if child.name == "SdkMessageProcessingStepImages" {
            if images.is_some() {
                return Err(input.reader.error(ErrorKind::Repeated { name: child.name }));
            }
            images = Some(read_images(input)?);
        } else {
            input.leave_alone("SdkMessageProcessingStep", &child)?;
        }
    }
    let name = tag.attribute("Name").unwrap_or_default().to_owned();
    let (read, notices) = step(id, name, images.unwrap_or_default(), fields, input.messages)?;
    for kind in notices {
        input.contents.note(read.step.component(), read.location.clone(), kind);
    }
    input.contents.steps.push(read);
    Ok(())
}

/// The step of these values, and what there is to tell about it. Where a column has no value, it
/// has the platform's default.
fn step(
    id: Uuid,
    name: String,
    images: Vec<Image>,
    mut fields: Fields,
    messages: &MessageIds,
) -> Result<(ReadStep, Vec<NoticeKind>), Error> {
    let message = fields.id("SdkMessageId")?;
    let message = fields.required("SdkMessageId", message)?;
    let stage = fields.number("Stage")?;
    let handler = Handler::read(&mut fields)?;
    let deployment = fields.number("SupportedDeployment")?.map(SupportedDeployment);
    let table = |text: Option<String>| named_table(text.as_deref()).map(str::to_owned);
    let step = Step {
        id,
        name,
        description: fields.text("Description"),
        event_handler: handler.id,
        event_handler_type: handler.kind,
        message: messages.name(message).map_or_else(|| message.to_string(), str::to_owned),
        table: table(fields.text("PrimaryEntity")),
        secondary_table: table(fields.text("SecondaryEntity")),
        stage: Stage(fields.required("Stage", stage)?),
        // The platform's default, which is not that of `Step::new`.
        mode: fields.number("Mode")?.map_or(Mode::SYNCHRONOUS, Mode),
        rank: fields.number("Rank")?.unwrap_or(1),
        filtering_attributes: attributes(fields.text("FilteringAttributes")),
        supported_deployment: deployment.unwrap_or(SupportedDeployment::SERVER_ONLY),
        async_auto_delete: fields.boolean("AsyncAutoDelete")?.unwrap_or_default(),
        configuration: fields.text("Configuration"),
        impersonating_user_id: None,
        // Exports hold no state: the import that activates a solution's steps decides it.
        state: StepState::ENABLED,
        images,
    };
    let unknown = messages.name(message).is_none();
    let impersonated = fields.text("ImpersonatingUserIdName");
    let notices = [
        unknown.then_some(NoticeKind::UnknownMessage { id: message }),
        impersonated.map(|name| NoticeKind::ImpersonatingUser { name }),
        handler.other.map(|id| NoticeKind::OtherHandler { id }),
    ];
    let read = ReadStep { location: fields.location, step, plugin_type: handler.plugin_type };
    Ok((read, notices.into_iter().flatten().collect()))
}

/// What a step runs.
struct Handler {
    id: Uuid,
    kind: EventHandlerType,
    plugin_type: Option<NamedType>,
    other: Option<Uuid>,
}

impl Handler {
    // Endpoint steps of exports name the system's plug-in type too, `ServiceBusPlugin` or
    // `WebhookPlugin`, so the type code decides and not which of the two ids is there.
    /// Exports of plug-ins' steps have no `EventHandler`, and older ones no `PluginTypeId`.
    fn read(fields: &mut Fields) -> Result<Self, Error> {
        let (code, handler) = (fields.number("EventHandlerTypeCode")?, fields.id("EventHandler")?);
        let plugin_type_id = fields.id("PluginTypeId")?;
        let name = fields.text("PluginTypeName").map(|it| type_name(&it).to_owned());
        let kind = match code {
            None if plugin_type_id.is_some() || name.is_some() => EventHandlerType::PLUGIN_TYPE,
            code => EventHandlerType(fields.required("EventHandlerTypeCode", code)?),
        };
        // Exported endpoint steps have both: the endpoint, and the system's type that posts to it.
        let other = plugin_type_id.filter(|it| handler.is_some_and(|handler| handler != *it));
        if kind != EventHandlerType::PLUGIN_TYPE {
            let id = fields.required("EventHandler", handler)?;
            return Ok(Self { id, kind, plugin_type: None, other });
        }
        let id = handler.or(plugin_type_id);
        if id.is_none() && name.is_none() {
            fields.required("EventHandler", id)?;
        }
        let plugin_type = Some(NamedType { id, name });
        Ok(Self { id: id.unwrap_or_default(), kind, plugin_type, other })
    }
}

fn read_images(input: &mut Input<'_>) -> Result<Vec<Image>, Error> {
    let mut images = Vec::new();
    while let Some(child) = input.reader.child()? {
        if child.name == "SdkMessageProcessingStepImage" {
            images.push(read_image(input, &child)?);
        } else {
            input.leave_alone("SdkMessageProcessingStepImages", &child)?;
        }
    }
    Ok(images)
}

fn read_image(input: &mut Input<'_>, tag: &Tag) -> Result<Image, Error> {
    input.count()?;
    let mut fields = Fields::new(input.reader.location());
    input.fill(&mut fields, &IMAGE_COLUMNS, "SdkMessageProcessingStepImage")?;
    let image_type = fields.number("ImageType")?;
    Ok(Image {
        id: fields.id("SdkMessageProcessingStepImageId")?.unwrap_or_default(),
        name: tag.attribute("Name").unwrap_or_default().to_owned(),
        entity_alias: fields.text("EntityAlias").unwrap_or_default(),
        image_type: ImageType(fields.required("ImageType", image_type)?),
        message_property_name: fields.text("MessagePropertyName"),
        attributes: attributes(fields.text("Attributes")),
    })
}

fn attributes(text: Option<String>) -> Attributes {
    text.as_deref().unwrap_or_default().into()
}
