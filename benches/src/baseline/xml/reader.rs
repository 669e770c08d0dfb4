//! A context from the events of `quick_xml::Reader`.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use xrm_context::Uuid;

use super::ENTITY_STATES;
use crate::baseline::{
    Entity, EntityCollection, EntityReference, Money, Object, OptionSetValue, Pair, RelatedEntity,
    Relationship, RemoteExecutionContext, Value,
};

/// Why a body was not read.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

type Result<T> = std::result::Result<T, Error>;

/// Reads a body. Names are taken by their local part, whatever namespace they stand in.
///
/// # Errors
/// What is not XML or not a context.
pub fn decode(body: &[u8]) -> Result<RemoteExecutionContext> {
    let mut reader = ContextReader { xml: Reader::from_reader(body) };
    reader.xml.config_mut().expand_empty_elements = true;
    match reader.child()? {
        Some(root) if root.local_name().as_ref() == "RemoteExecutionContext" => reader.context(),
        _ => Err("the root is no context".into()),
    }
}

struct ContextReader<'b> {
    xml: Reader<&'b [u8]>,
}

impl<'b> ContextReader<'b> {
    fn context(&mut self) -> Result<RemoteExecutionContext> {
        let mut it = RemoteExecutionContext::default();
        while let Some(child) = self.child()? {
            match child.local_name().as_ref() {
                "BusinessUnitId" => it.business_unit_id = self.scalar()?,
                "CorrelationId" => it.correlation_id = self.scalar()?,
                "Depth" => it.depth = self.scalar()?,
                "InitiatingUserAgent" => it.initiating_user_agent = self.string(&child)?,
                "InitiatingUserAzureActiveDirectoryObjectId" => {
                    it.initiating_user_azure_active_directory_object_id = self.scalar()?;
                }
                "InitiatingUserId" => it.initiating_user_id = self.scalar()?,
                "InputParameters" => it.input_parameters = self.pairs(Self::value)?,
                "IsExecutingOffline" => it.is_executing_offline = self.scalar()?,
                "IsInTransaction" => it.is_in_transaction = self.scalar()?,
                "IsOfflinePlayback" => it.is_offline_playback = self.scalar()?,
                "IsolationMode" => it.isolation_mode = self.scalar()?,
                "MessageName" => it.message_name = self.string(&child)?,
                "Mode" => it.mode = self.scalar()?,
                "OperationCreatedOn" => it.operation_created_on = self.text()?.into_owned(),
                "OperationId" => it.operation_id = self.scalar()?,
                "OrganizationId" => it.organization_id = self.scalar()?,
                "OrganizationName" => it.organization_name = self.string(&child)?,
                "OutputParameters" => it.output_parameters = self.pairs(Self::value)?,
                "OwningExtension" => {
                    it.owning_extension = self.unless_nil(&child, Self::reference)?;
                }
                "ParentContext" => {
                    let parent = |reader: &mut Self| reader.context().map(Box::new);
                    it.parent_context = self.unless_nil(&child, parent)?;
                }
                "PostEntityImages" => it.post_entity_images = self.pairs(Self::image)?,
                "PreEntityImages" => it.pre_entity_images = self.pairs(Self::image)?,
                "PrimaryEntityId" => it.primary_entity_id = self.scalar()?,
                "PrimaryEntityName" => it.primary_entity_name = self.string(&child)?,
                "RequestId" => it.request_id = self.unless_nil(&child, Self::scalar::<Uuid>)?,
                "SecondaryEntityName" => it.secondary_entity_name = self.string(&child)?,
                "SharedVariables" => it.shared_variables = self.pairs(Self::value)?,
                "Stage" => it.stage = self.scalar()?,
                "UserAzureActiveDirectoryObjectId" => {
                    it.user_azure_active_directory_object_id = self.scalar()?;
                }
                "UserId" => it.user_id = self.scalar()?,
                _ => self.skip(&child)?,
            }
        }
        Ok(it)
    }

    fn entity(&mut self) -> Result<Entity> {
        let mut it = Entity::default();
        while let Some(child) = self.child()? {
            match child.local_name().as_ref() {
                "Attributes" => it.attributes = self.pairs(Self::value)?,
                "EntityState" => it.entity_state = self.unless_nil(&child, Self::entity_state)?,
                "FormattedValues" => it.formatted_values = self.pairs(Self::label)?,
                "Id" => it.id = self.scalar()?,
                "KeyAttributes" => it.key_attributes = self.pairs(Self::value)?,
                "LogicalName" => it.logical_name = self.string(&child)?,
                "RelatedEntities" => it.related_entities = self.items(Self::related)?,
                "RowVersion" => it.row_version = self.string(&child)?,
                _ => self.skip(&child)?,
            }
        }
        Ok(it)
    }

    fn entity_state(&mut self) -> Result<i32> {
        let name = self.text()?;
        let state = ENTITY_STATES.iter().position(|known| *known == name);
        Ok(i32::try_from(state.ok_or("no state has this name")?)?)
    }

    fn reference(&mut self) -> Result<EntityReference> {
        let mut it = EntityReference::default();
        while let Some(child) = self.child()? {
            match child.local_name().as_ref() {
                "Id" => it.id = self.scalar()?,
                "KeyAttributes" => it.key_attributes = self.pairs(Self::value)?,
                "LogicalName" => it.logical_name = self.string(&child)?,
                "Name" => it.name = self.string(&child)?,
                "RowVersion" => it.row_version = self.string(&child)?,
                _ => self.skip(&child)?,
            }
        }
        Ok(it)
    }

    fn collection(&mut self) -> Result<EntityCollection> {
        let mut it = EntityCollection::default();
        while let Some(child) = self.child()? {
            match child.local_name().as_ref() {
                "Entities" => it.entities = self.items(Self::image)?,
                "EntityName" => it.entity_name = self.string(&child)?,
                "MinActiveRowVersion" => it.min_active_row_version = self.string(&child)?,
                "MoreRecords" => it.more_records = self.scalar()?,
                "PagingCookie" => it.paging_cookie = self.string(&child)?,
                "TotalRecordCount" => it.total_record_count = self.scalar()?,
                "TotalRecordCountLimitExceeded" => {
                    it.total_record_count_limit_exceeded = self.scalar()?;
                }
                _ => self.skip(&child)?,
            }
        }
        Ok(it)
    }

    fn related(&mut self, _: &BytesStart<'b>) -> Result<RelatedEntity> {
        let mut it = RelatedEntity::default();
        while let Some(child) = self.child()? {
            match child.local_name().as_ref() {
                "key" => it.key = self.relationship()?,
                "value" => it.value = self.unless_nil(&child, Self::collection)?,
                _ => self.skip(&child)?,
            }
        }
        Ok(it)
    }

    fn relationship(&mut self) -> Result<Relationship> {
        let mut it = Relationship::default();
        while let Some(child) = self.child()? {
            match child.local_name().as_ref() {
                "PrimaryEntityRole" => {
                    it.primary_entity_role = self.unless_nil(&child, Self::role)?
                }
                "SchemaName" => it.schema_name = self.string(&child)?,
                _ => self.skip(&child)?,
            }
        }
        Ok(it)
    }

    fn role(&mut self) -> Result<i32> {
        match self.text()?.as_ref() {
            "Referencing" => Ok(0),
            "Referenced" => Ok(1),
            _ => Err("no end of a relationship has this name".into()),
        }
    }

    fn value(&mut self, start: &BytesStart<'b>) -> Result<Value> {
        let Some(kind) = start.try_get_attribute("i:type")? else {
            return self.skip(start).map(|()| Value::Null);
        };
        let kind = kind.value.rsplit(':').next().unwrap_or_default();
        Ok(match kind {
            "boolean" => Value::Bool(self.scalar()?),
            "int" | "long" => Value::Int(self.scalar()?),
            "decimal" => Value::Decimal(self.scalar()?),
            "double" => Value::Double(self.scalar()?),
            "string" => Value::String(self.text()?.into_owned()),
            "guid" => Value::Guid(self.scalar()?),
            "dateTime" => Value::DateTime(self.text()?.into_owned()),
            "Entity" => Value::Object(Object::Entity(Box::new(self.entity()?))),
            "EntityCollection" => {
                Value::Object(Object::EntityCollection(Box::new(self.collection()?)))
            }
            "EntityReference" => {
                Value::Object(Object::EntityReference(Box::new(self.reference()?)))
            }
            "Money" => Value::Object(Object::Money(Money { value: self.only_member()? })),
            "OptionSetValue" => {
                let value = self.only_member()?;
                Value::Object(Object::OptionSetValue(OptionSetValue { value }))
            }
            unknown => return Err(format!("the type {unknown} is not known").into()),
        })
    }

    fn image(&mut self, start: &BytesStart<'b>) -> Result<Option<Entity>> {
        self.unless_nil(start, Self::entity)
    }

    fn label(&mut self, start: &BytesStart<'b>) -> Result<Option<String>> {
        self.string(start)
    }
}

/// Elements of each shape. The start tag has been read; they take everything up to its end tag.
impl<'b> ContextReader<'b> {
    fn pairs<T: Default>(
        &mut self,
        value: impl Fn(&mut Self, &BytesStart<'b>) -> Result<T>,
    ) -> Result<Vec<Pair<T>>> {
        self.items(|reader, _| {
            let mut pair = Pair::default();
            while let Some(child) = reader.child()? {
                match child.local_name().as_ref() {
                    "key" => pair.key = reader.text()?.as_ref().into(),
                    "value" => pair.value = value(reader, &child)?,
                    _ => reader.skip(&child)?,
                }
            }
            Ok(pair)
        })
    }

    fn items<T>(
        &mut self,
        item: impl Fn(&mut Self, &BytesStart<'b>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while let Some(child) = self.child()? {
            items.push(item(self, &child)?);
        }
        Ok(items)
    }

    fn only_member<T: std::str::FromStr<Err: Into<Error>>>(&mut self) -> Result<T> {
        let mut value = Err("the value is missing".into());
        while self.child()?.is_some() {
            value = self.scalar();
        }
        value
    }

    fn string(&mut self, start: &BytesStart<'b>) -> Result<Option<String>> {
        self.unless_nil(start, |reader| reader.text().map(Cow::into_owned))
    }

    fn scalar<T: std::str::FromStr<Err: Into<Error>>>(&mut self) -> Result<T> {
        self.text()?.parse().map_err(Into::into)
    }

    fn unless_nil<T>(
        &mut self,
        start: &BytesStart<'b>,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        if start.try_get_attribute("i:nil")?.is_some() {
            return self.skip(start).map(|()| None);
        }
        read(self).map(Some)
    }

    /// The text up to the end tag, borrowed unless references stand in it.
    fn text(&mut self) -> Result<Cow<'b, str>> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.xml.read_event()? {
                Event::Text(piece) if text.is_empty() => text = piece.xml10_content(),
                Event::Text(piece) => text.to_mut().push_str(&piece.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref()? {
                    Some(character) => text.to_mut().push(character),
                    None => text.to_mut().push_str(
                        resolve_predefined_entity(&reference).ok_or("the entity is not known")?,
                    ),
                },
                Event::End(_) => return Ok(text),
                _ => return Err("only text may stand here".into()),
            }
        }
    }

    /// The next start tag, or none at the end tag of what is around it.
    fn child(&mut self) -> Result<Option<BytesStart<'b>>> {
        loop {
            match self.xml.read_event()? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End(_) => return Ok(None),
                Event::Eof => return Err("the body ends too early".into()),
                _ => {}
            }
        }
    }

    fn skip(&mut self, start: &BytesStart<'b>) -> Result<()> {
        self.xml.read_to_end(start.name())?;
        Ok(())
    }
}
