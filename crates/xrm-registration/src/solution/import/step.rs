//! Steps of a solution, and their images.

use uuid::Uuid;
use xrm_context::{Code as _, Mode, Stage};

use super::contents::ReadStep;
use super::input::Input;
use super::notice::NoticeKind;
use super::plugin_types::NamedType;
use crate::attributes::Attributes;
use crate::choices::{
    EventHandlerType, ImageType, InvocationSource, StepState, SupportedDeployment,
};
use crate::component::Component;
use crate::solution::error::{Error, ErrorKind};
use crate::solution::message_id::MessageIds;
use crate::solution::read::fields::{Columns, Fields};
use crate::solution::read::reader::Tag;
use crate::solution::system_handler::is_system_handler;
use crate::solution::type_name::TypeName;
use crate::step::{Image, Step, first_version, named_table};

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
        "SdkMessageName",
        "PluginTypeExportKey",
        "InvocationSource",
        "IsCustomizable",
        "IsHidden",
        "IntroducedVersion",
        "StateCode",
        "EventHandler",
        "EventHandlerTypeCode",
        "Stage",
        "SupportedDeployment",
    ],
    // What a state's reason adds to it is nothing: each state has one.
    passed: &["StatusCode"],
};

const IMAGE_COLUMNS: Columns = Columns {
    read: &[
        "SdkMessageProcessingStepImageId",
        "Attributes",
        "EntityAlias",
        "ImageType",
        "MessagePropertyName",
        "Description",
        "RelatedAttributeName",
        "IsCustomizable",
    ],
    passed: &["IntroducedVersion"],
};

pub(super) fn read(input: &mut Input<'_>, tag: &Tag) -> Result<(), Error> {
    input.count()?;
    let mut fields = Fields::new(input.reader.location());
    let id = fields.id_attribute(tag, "SdkMessageProcessingStepId")?;
    let (mut images, mut fx_expression) = (None, None);
    while let Some(child) = input.reader.child()? {
        let Some(child) = fields.take(&COLUMNS, &mut input.reader, child)? else { continue };
        match child.name.as_str() {
            "SdkMessageProcessingStepImages" if images.is_some() => {
                return Err(input.reader.error(ErrorKind::Repeated { name: child.name }));
            }
            "SdkMessageProcessingStepImages" => images = Some(read_images(input)?),
            "fxexpressionid" => fx_expression = unique_name(input, &child)?,
            _ => input.leave_alone("SdkMessageProcessingStep", &child)?,
        }
    }
    let name = tag.attribute("Name").unwrap_or_default().to_owned();
    let location = fields.location.clone();
    let mut notices = Vec::new();
    let read = step(id, name.clone(), fields, input, &mut notices)?;
    let component = Component::Step { id, name };
    for kind in notices {
        input.contents.note(component.clone(), location.clone(), kind);
    }
    if let Some(mut read) = read {
        read.step.images = images.unwrap_or_default();
        read.step.fx_expression = fx_expression;
        input.contents.steps.push(read);
    }
    Ok(())
}

/// The unique name of what an element refers to: as an attribute or in an element of its own.
fn unique_name(input: &mut Input<'_>, tag: &Tag) -> Result<Option<String>, Error> {
    let mut name = tag.attribute("uniquename").map(str::to_owned);
    while let Some(child) = input.reader.child()? {
        match child.name.as_str() {
            "uniquename" => name = Some(input.reader.text()?),
            _ => input.leave_alone("fxexpressionid", &child)?,
        }
    }
    Ok(name.filter(|it| !it.is_empty()))
}

/// The step of these values, and the notices about it; none if it names no message or no handler.
/// Where a column has no value, it has the platform's default.
fn step(
    id: Uuid,
    name: String,
    mut fields: Fields,
    input: &Input<'_>,
    notices: &mut Vec<NoticeKind>,
) -> Result<Option<ReadStep>, Error> {
    let stage = fields.number("Stage")?;
    let stage = Stage(fields.required("Stage", stage)?);
    let handler = Handler::read(&mut fields)?;
    let table = |text: Option<String>| named_table(text.as_deref()).map(str::to_owned);
    let primary = table(fields.text("PrimaryEntity"));
    let message = Message::read(&mut fields, &name, primary.as_deref(), input.messages, notices)?;
    let Some(message) = message else {
        notices.push(NoticeKind::NoMessage);
        return Ok(None);
    };
    let Some(handler) = handler else {
        notices.push(NoticeKind::NoHandler);
        return Ok(None);
    };
    let deployment = fields.number("SupportedDeployment")?.map(SupportedDeployment);
    let state = state(&mut fields)?;
    let impersonated = fields.text("ImpersonatingUserIdName");
    notices.extend(impersonated.clone().map(|name| NoticeKind::ImpersonatingUser { name }));
    notices.extend(handler.other.map(|id| NoticeKind::OtherHandler { id }));
    let step = Step {
        id,
        name,
        description: fields.text("Description"),
        event_handler: handler.id,
        event_handler_type: handler.kind,
        message: message.name,
        message_id: message.id,
        table: primary,
        secondary_table: table(fields.text("SecondaryEntity")),
        stage,
        // The platform's default, which is not that of `Step::new`.
        mode: fields.number("Mode")?.map_or(Mode::SYNCHRONOUS, Mode),
        rank: fields.number("Rank")?.unwrap_or(1),
        filtering_attributes: attributes(fields.text("FilteringAttributes")),
        supported_deployment: deployment.unwrap_or(SupportedDeployment::SERVER_ONLY),
        async_auto_delete: fields.boolean("AsyncAutoDelete")?.unwrap_or_default(),
        configuration: fields.text("Configuration"),
        impersonating_user_id: None,
        impersonating_user_name: impersonated,
        invocation_source: fields
            .number("InvocationSource")?
            .map(InvocationSource)
            .unwrap_or_default(),
        fx_expression: None,
        is_customizable: fields.boolean("IsCustomizable")?.unwrap_or(true),
        is_hidden: fields.boolean("IsHidden")?.unwrap_or_default(),
        introduced_version: fields.text("IntroducedVersion").unwrap_or_else(first_version),
        // Of a step without a state, the import decides at its end.
        state: state.unwrap_or_default(),
        images: Vec::new(),
    };
    let (location, has_state) = (fields.location, state.is_some());
    Ok(Some(ReadStep { location, step, has_state, plugin_type: handler.plugin_type }))
}

/// The state of a step. The platform writes none; people who edit the files write its label or its
/// number.
fn state(fields: &mut Fields) -> Result<Option<StepState>, Error> {
    let text = fields.peek("StateCode").map(str::trim).unwrap_or_default();
    let by_label = StepState::ALL.iter().copied().find(|it| it.label() == Some(text));
    match by_label {
        Some(state) => Ok(Some(state)),
        None => Ok(fields.number("StateCode")?.map(StepState)),
    }
}

/// The message of a step: its name, and its id if the name alone does not determine that.
struct Message {
    name: String,
    id: Option<Uuid>,
}

impl Message {
    /// Exports have the id, or the name of a custom API.
    fn read(
        fields: &mut Fields,
        step_name: &str,
        table: Option<&str>,
        messages: &MessageIds,
        notices: &mut Vec<NoticeKind>,
    ) -> Result<Option<Self>, Error> {
        let id = fields.id("SdkMessageId")?;
        if let Some(name) = fields.text("SdkMessageName") {
            let is_known = id.is_none() || messages.id(&name) == id;
            return Ok(Some(Self { name, id: id.filter(|_| !is_known) }));
        }
        let Some(id) = id else {
            // Registration tools name steps after their message.
            let name = message_in_name(step_name, table).map(str::to_owned);
            return Ok(name.map(|name| Self { name, id: None }));
        };
        if let Some(name) = messages.name(id) {
            return Ok(Some(Self { name: name.to_owned(), id: None }));
        }
        let by_name = message_in_name(step_name, table);
        // A message whose id is known has no other.
        Ok(Some(match by_name.filter(|it| messages.id(it).is_none()) {
            Some(name) => {
                let name = name.to_owned();
                notices.push(NoticeKind::MessageByName { id, name: name.clone() });
                Self { name, id: Some(id) }
            }
            None => {
                notices.push(NoticeKind::UnknownMessage { id });
                Self { name: id.to_string(), id: None }
            }
        }))
    }
}

/// The message in the name that registration tools give a step: `HANDLER: MESSAGE of TABLE`.
fn message_in_name<'a>(name: &'a str, table: Option<&str>) -> Option<&'a str> {
    let (_, event) = name.rsplit_once(": ")?;
    let (message, of) = event.split_once(" of ")?;
    let is_table = match table {
        Some(table) => of.eq_ignore_ascii_case(table),
        None => of == "any Entity",
    };
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    (is_table && !message.is_empty() && message.chars().all(is_name)).then_some(message)
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
    fn read(fields: &mut Fields) -> Result<Option<Self>, Error> {
        let (code, handler) = (fields.number("EventHandlerTypeCode")?, fields.id("EventHandler")?);
        let plugin_type_id = fields.id("PluginTypeId")?;
        let name = fields.text("PluginTypeName").map(|it| TypeName::new(&it));
        let export_key = fields.text("PluginTypeExportKey");
        let has_type = plugin_type_id.is_some() || name.is_some() || export_key.is_some();
        let kind = match code {
            Some(code) => EventHandlerType(code),
            None if has_type => EventHandlerType::PLUGIN_TYPE,
            None => return Ok(None),
        };
        if kind != EventHandlerType::PLUGIN_TYPE {
            let other = plugin_type_id.filter(|it| Some(*it) != handler && !is_system_handler(*it));
            return Ok(handler.map(|id| Self { id, kind, plugin_type: None, other }));
        }
        let id = handler.or(plugin_type_id);
        if id.is_none() && !has_type {
            return Ok(None);
        }
        let other = plugin_type_id.filter(|it| handler.is_some_and(|handler| handler != *it));
        let plugin_type = Some(NamedType { id, name, export_key });
        Ok(Some(Self { id: id.unwrap_or_default(), kind, plugin_type, other }))
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
        description: fields.text("Description"),
        related_attribute_name: fields.text("RelatedAttributeName"),
        is_customizable: fields.boolean("IsCustomizable")?.unwrap_or(true),
    })
}

fn attributes(text: Option<String>) -> Attributes {
    text.as_deref().unwrap_or_default().into()
}
