//! A context as events of `quick_xml::Writer`.

use std::fmt::{Display, Write as _};
use std::io;

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use xrm_context::Uuid;

use super::{CONTRACTS, CONTRACTS_71, ENTITY_STATES, GENERIC, INSTANCE, SCHEMA, SERIALIZATION};
use crate::baseline::{
    Entity, EntityCollection, EntityReference, Object, Pair, RemoteExecutionContext, Value,
};

/// Appends a body to `out`: the very bytes that `xrm-body` writes.
///
/// Keys and related records are written as the empty collections that they are in every context
/// of [`Body`](crate::Body).
///
/// # Errors
/// None that a context can cause.
pub fn encode(context: &RemoteExecutionContext, out: &mut Vec<u8>) -> io::Result<()> {
    let mut writer = ContextWriter { xml: Writer::new(out), number: String::new() };
    writer.start("RemoteExecutionContext", &[("xmlns", CONTRACTS), ("xmlns:i", INSTANCE)])?;
    writer.context(context)?;
    writer.end("RemoteExecutionContext")
}

type Attributes<'a> = &'a [(&'a str, &'a str)];

const NIL: Attributes<'_> = &[("i:nil", "true")];
const PAIRS: Attributes<'_> = &[("xmlns:a", GENERIC)];

struct ContextWriter<'o> {
    xml: Writer<&'o mut Vec<u8>>,
    /// The text of the number that is being written.
    number: String,
}

impl ContextWriter<'_> {
    fn context(&mut self, it: &RemoteExecutionContext) -> io::Result<()> {
        self.guid("BusinessUnitId", it.business_unit_id)?;
        self.guid("CorrelationId", it.correlation_id)?;
        self.int("Depth", it.depth)?;
        self.text("InitiatingUserAgent", it.initiating_user_agent.as_deref())?;
        self.guid(
            "InitiatingUserAzureActiveDirectoryObjectId",
            it.initiating_user_azure_active_directory_object_id,
        )?;
        self.guid("InitiatingUserId", it.initiating_user_id)?;
        self.objects("InputParameters", PAIRS, &it.input_parameters)?;
        self.bool("IsExecutingOffline", it.is_executing_offline)?;
        self.bool("IsInTransaction", it.is_in_transaction)?;
        self.bool("IsOfflinePlayback", it.is_offline_playback)?;
        self.int("IsolationMode", it.isolation_mode)?;
        self.text("MessageName", it.message_name.as_deref())?;
        self.int("Mode", it.mode)?;
        self.plain("OperationCreatedOn", &[], &it.operation_created_on)?;
        self.guid("OperationId", it.operation_id)?;
        self.guid("OrganizationId", it.organization_id)?;
        self.text("OrganizationName", it.organization_name.as_deref())?;
        self.objects("OutputParameters", PAIRS, &it.output_parameters)?;
        self.class("OwningExtension", it.owning_extension.as_ref(), |writer, step| {
            // No prefix is bound around this reference, so the pairs need one too.
            writer.reference(step, &[("xmlns:a", CONTRACTS_71), ("xmlns:b", GENERIC)])
        })?;
        self.class("ParentContext", it.parent_context.as_deref(), Self::context)?;
        self.images("PostEntityImages", &it.post_entity_images)?;
        self.images("PreEntityImages", &it.pre_entity_images)?;
        self.guid("PrimaryEntityId", it.primary_entity_id)?;
        self.text("PrimaryEntityName", it.primary_entity_name.as_deref())?;
        match it.request_id {
            Some(id) => self.guid("RequestId", id)?,
            None => self.empty("RequestId", NIL)?,
        }
        self.text("SecondaryEntityName", it.secondary_entity_name.as_deref())?;
        self.objects("SharedVariables", PAIRS, &it.shared_variables)?;
        self.int("Stage", it.stage)?;
        self.guid("UserAzureActiveDirectoryObjectId", it.user_azure_active_directory_object_id)?;
        self.guid("UserId", it.user_id)
    }

    fn entity(&mut self, it: &Entity) -> io::Result<()> {
        self.objects("Attributes", &[], &it.attributes)?;
        let state = it.entity_state.and_then(|state| usize::try_from(state).ok());
        self.text("EntityState", state.and_then(|state| ENTITY_STATES.get(state)).copied())?;
        self.labels(&it.formatted_values)?;
        self.guid("Id", it.id)?;
        self.empty("KeyAttributes", &[("xmlns:b", CONTRACTS_71)])?;
        self.text("LogicalName", it.logical_name.as_deref())?;
        self.empty("RelatedEntities", &[])?;
        self.text("RowVersion", it.row_version.as_deref())
    }

    fn reference(&mut self, it: &EntityReference, keys: Attributes<'_>) -> io::Result<()> {
        self.guid("Id", it.id)?;
        self.empty("KeyAttributes", keys)?;
        self.text("LogicalName", it.logical_name.as_deref())?;
        self.text("Name", it.name.as_deref())?;
        self.text("RowVersion", it.row_version.as_deref())
    }

    fn collection(&mut self, it: &EntityCollection) -> io::Result<()> {
        self.list("Entities", &[], &it.entities, |writer, entity| {
            writer.class("Entity", entity.as_ref(), Self::entity)
        })?;
        self.text("EntityName", it.entity_name.as_deref())?;
        self.text("MinActiveRowVersion", it.min_active_row_version.as_deref())?;
        self.bool("MoreRecords", it.more_records)?;
        self.text("PagingCookie", it.paging_cookie.as_deref())?;
        self.int("TotalRecordCount", it.total_record_count)?;
        self.bool("TotalRecordCountLimitExceeded", it.total_record_count_limit_exceeded)
    }

    fn objects(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        pairs: &[Pair<Value>],
    ) -> io::Result<()> {
        self.list(name, attributes, pairs, |writer, pair| {
            writer
                .pair("KeyValuePairOfstringanyType", &pair.key, |writer| writer.value(&pair.value))
        })
    }

    fn images(&mut self, name: &str, pairs: &[Pair<Option<Entity>>]) -> io::Result<()> {
        self.list(name, PAIRS, pairs, |writer, pair| {
            writer.pair("KeyValuePairOfstringEntitygUGIFE1S", &pair.key, |writer| {
                writer.class("a:value", pair.value.as_ref(), Self::entity)
            })
        })
    }

    fn labels(&mut self, pairs: &[Pair<Option<String>>]) -> io::Result<()> {
        self.list("FormattedValues", &[], pairs, |writer, pair| {
            writer.pair("KeyValuePairOfstringstring", &pair.key, |writer| {
                writer.text("a:value", pair.value.as_deref())
            })
        })
    }

    fn value(&mut self, value: &Value) -> io::Result<()> {
        match value {
            Value::Null => self.empty("a:value", NIL),
            Value::Bool(value) => self.plain("a:value", BOOLEAN, bool_text(*value)),
            Value::Int(value) => self.number("a:value", INT, value),
            Value::Decimal(value) => self.number("a:value", DECIMAL, value),
            Value::Double(value) => self.number("a:value", DOUBLE, value),
            Value::String(value) => self.escaped("a:value", STRING, value),
            Value::Guid(value) => self.guid_of("a:value", GUID, *value),
            Value::DateTime(value) => self.plain("a:value", DATE_TIME, value),
            Value::Object(value) => self.object(value),
        }
    }

    fn object(&mut self, value: &Object) -> io::Result<()> {
        match value {
            Object::Entity(it) => self.typed("Entity", |writer| writer.entity(it)),
            Object::EntityCollection(it) => {
                self.typed("EntityCollection", |writer| writer.collection(it))
            }
            Object::EntityReference(it) => self.typed("EntityReference", |writer| {
                writer.reference(it, &[("xmlns:b", CONTRACTS_71)])
            }),
            Object::Money(it) => {
                self.typed("Money", |writer| writer.number("Value", &[], it.value))
            }
            Object::OptionSetValue(it) => {
                self.typed("OptionSetValue", |writer| writer.int("Value", it.value))
            }
        }
    }
}

const BOOLEAN: Attributes<'_> = &[("i:type", "b:boolean"), ("xmlns:b", SCHEMA)];
const INT: Attributes<'_> = &[("i:type", "b:int"), ("xmlns:b", SCHEMA)];
const DECIMAL: Attributes<'_> = &[("i:type", "b:decimal"), ("xmlns:b", SCHEMA)];
const DOUBLE: Attributes<'_> = &[("i:type", "b:double"), ("xmlns:b", SCHEMA)];
const STRING: Attributes<'_> = &[("i:type", "b:string"), ("xmlns:b", SCHEMA)];
const DATE_TIME: Attributes<'_> = &[("i:type", "b:dateTime"), ("xmlns:b", SCHEMA)];
const GUID: Attributes<'_> = &[("i:type", "b:guid"), ("xmlns:b", SERIALIZATION)];

fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Elements of each shape.
impl ContextWriter<'_> {
    /// A value of a contract type in an `object` place.
    fn typed(
        &mut self,
        kind: &str,
        members: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.start("a:value", &[("i:type", kind)])?;
        members(self)?;
        self.end("a:value")
    }

    /// A value of a contract type where that type is declared.
    fn class<T>(
        &mut self,
        name: &str,
        value: Option<&T>,
        members: impl FnOnce(&mut Self, &T) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(value) = value else { return self.empty(name, NIL) };
        self.start(name, &[])?;
        members(self, value)?;
        self.end(name)
    }

    fn list<T>(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        items: &[T],
        item: impl Fn(&mut Self, &T) -> io::Result<()>,
    ) -> io::Result<()> {
        if items.is_empty() {
            return self.empty(name, attributes);
        }
        self.start(name, attributes)?;
        items.iter().try_for_each(|value| item(self, value))?;
        self.end(name)
    }

    fn pair(
        &mut self,
        name: &str,
        key: &str,
        value: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.start(name, &[])?;
        self.escaped("a:key", &[], key)?;
        value(self)?;
        self.end(name)
    }

    fn text(&mut self, name: &str, text: Option<&str>) -> io::Result<()> {
        match text {
            Some(text) => self.escaped(name, &[], text),
            None => self.empty(name, NIL),
        }
    }

    fn bool(&mut self, name: &str, value: bool) -> io::Result<()> {
        self.plain(name, &[], bool_text(value))
    }

    fn int(&mut self, name: &str, value: i32) -> io::Result<()> {
        self.plain(name, &[], itoa::Buffer::new().format(value))
    }

    fn guid(&mut self, name: &str, value: Uuid) -> io::Result<()> {
        self.guid_of(name, &[], value)
    }

    fn guid_of(&mut self, name: &str, attributes: Attributes<'_>, value: Uuid) -> io::Result<()> {
        self.plain(name, attributes, value.hyphenated().encode_lower(&mut [0; 36]))
    }

    fn number(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        value: impl Display,
    ) -> io::Result<()> {
        let mut text = std::mem::take(&mut self.number);
        text.clear();
        write!(text, "{value}").map_err(io::Error::other)?;
        self.plain(name, attributes, &text)?;
        self.number = text;
        Ok(())
    }

    fn escaped(&mut self, name: &str, attributes: Attributes<'_>, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return self.empty(name, attributes);
        }
        self.start(name, attributes)?;
        self.xml.write_event(Event::Text(BytesText::from_escaped(partial_escape(text))))?;
        self.end(name)
    }

    /// Text in which nothing is to be escaped.
    fn plain(&mut self, name: &str, attributes: Attributes<'_>, text: &str) -> io::Result<()> {
        self.start(name, attributes)?;
        self.xml.write_event(Event::Text(BytesText::from_escaped(text)))?;
        self.end(name)
    }

    fn start(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.xml.write_event(Event::Start(element(name, attributes)))
    }

    fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.xml.write_event(Event::Empty(element(name, attributes)))
    }

    fn end(&mut self, name: &str) -> io::Result<()> {
        self.xml.write_event(Event::End(BytesEnd::new(name)))
    }
}

fn element<'a>(name: &'a str, attributes: Attributes<'_>) -> BytesStart<'a> {
    BytesStart::new(name).with_attributes(attributes.iter().copied())
}
