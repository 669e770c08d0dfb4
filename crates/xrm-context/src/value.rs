//! What may stand where a contract declares `object`.

mod array;
mod from_value;
mod known;

pub use array::{Array, ArrayKind, ElementMismatch};
pub(crate) use from_value::FromValue;
pub use from_value::WrongType;
use known::{held, known_types, unheld};

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::attribute::{AliasedValue, BooleanManagedProperty, Money, OptionSetValue};
use crate::change::{
    BusinessEntityChanges, BusinessEntityChangesCollection, ChangeType, NewOrUpdatedItem,
    RemovedOrDeletedItem,
};
use crate::collection::{
    EntityImageCollection, EntityReferenceCollection, KeyAttributeCollection,
    OptionSetValueCollection, StringDictionary,
};
use crate::contract::{
    Declared, Field, IntegerKind, ObjectContent, Reader, Sealed, Slot, TypeName, VisitMut, Writer,
};
use crate::entity::{
    ConcurrencyBehavior, Entity, EntityCollection, EntityReference, EntityRole, EntityState,
    Relationship,
};
use crate::label::{Label, LocalizedLabel, LocalizedLabelCollection};
use crate::message::{
    ExecuteMultipleResponseItem, ExecuteMultipleResponseItemCollection, ExecuteMultipleSettings,
    OrganizationRequest, OrganizationRequestCollection, OrganizationResponse,
    OrganizationResponseCollection, OrganizationUpsertResponse,
};
use crate::namespace::Namespace;
use crate::pair::{
    KeyValuePairOfRelationshipQueryBase, KeyValuePairOfStringArray, KeyValuePairOfStringEntity,
    KeyValuePairOfStringLong, KeyValuePairOfStringObject, KeyValuePairOfStringString,
};
use crate::parameter::{
    BulkOperationSource, EndpointAccessType, EntityAttributeCollection, EntityFilters,
    EntitySource, ExportDynamicToExcelType, InputArgumentCollection, PropagationOwnershipOptions,
    RibbonLocationFilters, RollupType, TargetFieldType,
};
use crate::query::{
    ColumnSet, FetchExpression, PagingInfo, QueryByAttribute, QueryExpression,
    RelationshipQueryCollection,
};
use crate::raw::Raw;
use crate::response::{
    EmailEngagementAggregate, EntityRecordCountCollection, QuickFindResult,
    QuickFindResultCollection, SettingDetail, SettingDetailCollection,
};
use crate::scalar::{DateTime, Number, NumberValue, TimeSpan};
use crate::scheduling::{
    AppointmentProposal, AppointmentRequest, AppointmentsToIgnore, ConstraintRelation, ErrorInfo,
    ObjectiveRelation, ProposalParty, RequiredResource, ResourceInfo, SearchDirection,
    SearchResults, SubCode, TimeCode, TimeInfo, TraceInfo, ValidationResult,
};
use crate::security::{
    AccessRights, AttributePrivilege, AttributePrivilegeCollection, PrincipalAccess,
    PrivilegeDepth, RolePrivilege,
};

known_types! {
    /// The value of a column or of a parameter.
    ///
    /// A body in JSON tells less than one in XML: guids, dates, durations, URIs and characters are
    /// read as strings there, collections and byte arrays as arrays of objects, enumerations as
    /// integers. The [typed getters](crate::AttributeCollection) take these forms too.
    pub enum Value {
        converted {
            /// A Boolean.
            Bool(bool) "Boolean";
            /// A 32-bit integer.
            Int(i32) "Int32";
            /// A 64-bit integer.
            Long(i64) "Int64";
            /// A 16-bit integer.
            Short(i16) "Int16";
            /// An 8-bit integer without a sign.
            Byte(u8) "Byte";
            /// An 8-bit integer.
            SByte(i8) "SByte";
            /// A 16-bit integer without a sign.
            UShort(u16) "UInt16";
            /// A 32-bit integer without a sign.
            UInt(u32) "UInt32";
            /// A 64-bit integer without a sign.
            ULong(u64) "UInt64";
            /// A single-precision number.
            Float(f32) "Single";
            /// A double-precision number.
            Double(f64) "Double";
            /// A decimal number with its scale.
            Decimal(Decimal) "Decimal";
            /// A string.
            String(String) "String";
            /// A globally unique identifier.
            Guid(Uuid) "Guid";
            /// A date and time.
            DateTime(DateTime) "DateTime";
            /// A duration.
            TimeSpan(TimeSpan) "TimeSpan";
            /// A byte array.
            Bytes(Vec<u8>) "Byte[]";
        }
        wrapped {
            /// A number that was read with a text of its own.
            Number(Box<Number>) "number";
            /// A UTF-16 code unit.
            Char(u16) "Char";
            /// A URI.
            Uri(String) "Uri";
            /// A value of a contract type that this version does not know.
            Raw(Box<Raw>) "value of an unknown contract type";
        }
        known {
            /// A record.
            Entity boxed [1],
            /// A reference to a record.
            EntityReference boxed [1],
            /// A choice.
            OptionSetValue inline [1],
            /// An amount of money.
            Money inline [1],
            /// Records.
            EntityCollection boxed [1],
            /// References to records.
            EntityReferenceCollection inline [0],
            /// Several choices.
            OptionSetValueCollection inline [0],
            /// A flag that a solution may lock.
            BooleanManagedProperty boxed [0],
            /// A column of a joined record.
            AliasedValue boxed [0],
            /// A relationship.
            Relationship boxed [0],
            /// The columns of an alternate key.
            KeyAttributeCollection inline [0],
            /// Strings by string.
            StringDictionary inline [0],
            /// A name and a value, on its own.
            KeyValuePairOfStringObject boxed [0] json,
            /// Two strings.
            KeyValuePairOfStringString boxed [0],
            /// How an update treats row versions.
            ConcurrencyBehavior inline [0],
            /// What happened to a record on the client.
            EntityState inline [0] unread,
            /// An end of a relationship.
            EntityRole inline [0] unread,
            /// Images by alias.
            EntityImageCollection inline [1],
            /// A query as a tree.
            QueryExpression boxed [1],
            /// A query by the values of columns.
            QueryByAttribute boxed [0],
            /// A query in FetchXML.
            FetchExpression boxed [0],
            /// The columns that are to be returned.
            ColumnSet boxed [0],
            /// A page of results.
            PagingInfo boxed [0],
            /// Queries for related records.
            RelationshipQueryCollection inline [0],
            /// A message.
            OrganizationRequest boxed [0] json,
            /// What a message answered.
            OrganizationResponse boxed [0] json,
            /// What an `Upsert` answered.
            OrganizationUpsertResponse boxed [1],
            /// Messages.
            OrganizationRequestCollection inline [0],
            /// What messages answered.
            OrganizationResponseCollection inline [0],
            /// How several messages are executed.
            ExecuteMultipleSettings boxed [0],
            /// What became of one message of several.
            ExecuteMultipleResponseItem boxed [0] json,
            /// What became of several messages.
            ExecuteMultipleResponseItemCollection inline [0],
            /// A text in several languages.
            Label boxed [0],
            /// A text in one language.
            LocalizedLabel boxed [1],
            /// A text in each of several languages.
            LocalizedLabelCollection inline [0],
            /// What somebody may do with a shared record.
            PrincipalAccess boxed [2],
            /// What may be done with a record.
            AccessRights inline [2],
            /// A privilege of a role.
            RolePrivilege boxed [2],
            /// How far a privilege reaches.
            PrivilegeDepth inline [2],
            /// What a user may do with a secured column.
            AttributePrivilege boxed [0],
            /// What a user may do with secured columns.
            AttributePrivilegeCollection inline [0],
            /// The wish for an appointment.
            AppointmentRequest boxed [2],
            /// Appointments that do not count as taken time.
            AppointmentsToIgnore boxed [2],
            /// Constraints on resources.
            ConstraintRelation boxed [2],
            /// A strategy by which to choose among resources.
            ObjectiveRelation boxed [2],
            /// A resource that an appointment needs.
            RequiredResource boxed [2],
            /// The direction of a search for appointments.
            SearchDirection inline [2],
            /// What a search for appointments found.
            SearchResults boxed [2],
            /// A time at which an appointment can take place.
            AppointmentProposal boxed [2],
            /// A resource that would take part in an appointment.
            ProposalParty boxed [2],
            /// Whether an appointment could be booked.
            ValidationResult boxed [2],
            /// Why scheduling failed.
            TraceInfo boxed [2],
            /// An error of scheduling.
            ErrorInfo boxed [2],
            /// A resource that an error is about.
            ResourceInfo boxed [2],
            /// A block of a resource's time.
            TimeInfo boxed [2],
            /// Whether a block of time can be taken.
            TimeCode inline [2],
            /// What a block of time is used for.
            SubCode inline [2],
            /// A page of changes.
            BusinessEntityChanges boxed [0],
            /// Changes of records.
            BusinessEntityChangesCollection inline [0],
            /// A record that is new or was updated.
            NewOrUpdatedItem boxed [0],
            /// A record that was deleted.
            RemovedOrDeletedItem boxed [0],
            /// The kind of a change.
            ChangeType inline [0],
            /// The arguments of a workflow.
            InputArgumentCollection boxed [2],
            /// Columns by table.
            EntityAttributeCollection inline [0],
            /// The parts of a table's metadata.
            EntityFilters inline [0],
            /// Where a table's commands stand.
            RibbonLocationFilters inline [2],
            /// From where endpoints are reached.
            EndpointAccessType inline [0],
            /// What distributes a campaign's activities.
            BulkOperationSource inline [2],
            /// The tables that members of marketing lists come from.
            EntitySource inline [2],
            /// The columns that are carried over to a new record.
            TargetFieldType inline [2],
            /// Who becomes the owner of a campaign's activities.
            PropagationOwnershipOptions inline [2],
            /// How far a rollup goes.
            RollupType inline [2],
            /// The kind of a worksheet.
            ExportDynamicToExcelType inline [2],
            /// The number of records by table.
            EntityRecordCountCollection inline [0],
            /// What a quick find found in one table.
            QuickFindResult boxed [0] json,
            /// What a quick find found.
            QuickFindResultCollection inline [0],
            /// A setting of an organization.
            SettingDetail boxed [2],
            /// Settings of an organization.
            SettingDetailCollection inline [2],
            /// How much attention e-mails got.
            EmailEngagementAggregate boxed [0],
            /// An alias and a record, on their own.
            KeyValuePairOfStringEntity boxed [0] json,
            /// A name and a 64-bit integer, on their own.
            KeyValuePairOfStringLong boxed [0] json,
            /// A name and values, on their own.
            KeyValuePairOfStringArray boxed [0],
            /// A relationship and a query, on their own.
            KeyValuePairOfRelationshipQueryBase boxed [0] json,
        }
    }
}

/// The type of a value in an `object` place that is no scalar.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ValueType {
    /// A contract type.
    Known(KnownType),
    /// An array.
    Array(ArrayKind),
}

impl ValueType {
    /// Every known type of value.
    pub fn all() -> impl Iterator<Item = Self> {
        KnownType::ALL.iter().copied().map(Self::Known).chain(ArrayKind::all().map(Self::Array))
    }

    /// The type with this contract name.
    #[must_use]
    pub fn from_name(name: &str, namespace: Namespace) -> Option<Self> {
        Self::all().find(|known| {
            let known = known.type_name();
            known.namespace == namespace && known.name == name
        })
    }

    /// The type's contract name.
    #[must_use]
    pub fn type_name(self) -> &'static TypeName {
        match self {
            Self::Known(known) => known.type_name(),
            Self::Array(kind) => kind.type_name(),
        }
    }

    fn read_begun<R: Reader>(self, reader: &mut R) -> Result<Value, R::Error> {
        match self {
            Self::Known(known) => known.read_begun(reader),
            Self::Array(kind) => Array::read_begun(kind, reader).map(Value::Array),
        }
    }
}

/// Writes an integer, wherever it stands.
macro_rules! integer {
    ($writer:ident, $slot:ident, $declared:ident, $kind:ident, $value:expr) => {
        $writer.integer($slot, $declared, IntegerKind::$kind, i128::from(*$value))
    };
}

impl Value {
    /// Writes the value in a place of any kind.
    // The value comes last, so that the other arguments are already in the registers in which the
    // writer's methods expect them.
    pub(crate) fn write_in<W: Writer>(
        writer: &mut W,
        slot: &Slot,
        declared: Declared,
        value: &Self,
    ) {
        match value {
            Self::Null => writer.null(slot),
            Self::String(value) => writer.string(slot, declared, value),
            Self::Bool(value) => writer.bool(slot, declared, *value),
            Self::Int(value) => writer.int(slot, declared, *value),
            Self::Long(value) => integer!(writer, slot, declared, Long, value),
            Self::Short(value) => integer!(writer, slot, declared, Short, value),
            Self::Byte(value) => integer!(writer, slot, declared, Byte, value),
            Self::SByte(value) => integer!(writer, slot, declared, SByte, value),
            Self::UShort(value) => integer!(writer, slot, declared, UShort, value),
            Self::UInt(value) => integer!(writer, slot, declared, UInt, value),
            Self::ULong(value) => integer!(writer, slot, declared, ULong, value),
            Self::Float(value) => writer.float(slot, declared, *value),
            Self::Double(value) => writer.double(slot, declared, *value),
            Self::Decimal(value) => writer.decimal(slot, declared, *value),
            Self::Number(value) => writer.number(slot, declared, value),
            Self::Char(value) => writer.char(slot, declared, *value),
            Self::Uri(value) => writer.uri(slot, declared, value),
            Self::Guid(value) => writer.guid(slot, declared, *value),
            Self::DateTime(value) => writer.date_time(slot, declared, *value),
            Self::TimeSpan(value) => writer.time_span(slot, declared, *value),
            Self::Bytes(value) => writer.bytes(slot, declared, value),
            Self::Object => writer.object(slot),
            Self::Array(value) => value.write(writer, slot, declared),
            Self::Raw(value) => writer.raw(slot, value),
            known => known.write_known(writer, slot, declared),
        }
    }

    /// Shows the values inside this one to the visitor, but not this one itself.
    pub fn visit_inside(&mut self, visitor: &mut dyn VisitMut) {
        match self {
            Self::Array(array) => array.items_mut().for_each(|item| visitor.value(item)),
            other => other.visit_known(visitor),
        }
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The number, with the type that the platform's reader gives it.
    fn number(&self) -> Option<NumberValue> {
        Some(match self {
            Self::Int(value) => NumberValue::Int(*value),
            Self::Long(value) => NumberValue::Long(*value),
            Self::Decimal(value) => NumberValue::Decimal(*value),
            Self::Float(value) => NumberValue::Float(*value),
            Self::Double(value) => NumberValue::Double(*value),
            Self::Number(number) => number.value(),
            _ => return None,
        })
    }
}

impl Sealed for Value {}

impl Field for Value {
    const DECLARED: Option<Namespace> = None;

    #[inline]
    fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, _place: Declared) {
        Self::write_in(writer, slot, Declared::Object, self);
    }

    fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        match reader.object()? {
            ObjectContent::Complete(value) => Ok(value),
            ObjectContent::Known(known) => known.read_begun(reader),
            ObjectContent::Objects => Array::read_begun(ArrayKind::OBJECT, reader).map(Self::Array),
        }
    }

    fn null_value() -> Option<Self> {
        Some(Self::Null)
    }

    fn is_default(&self) -> bool {
        self.is_null()
    }

    fn visit(&mut self, visitor: &mut dyn VisitMut) {
        visitor.value(self);
    }
}

impl PartialEq for Value {
    /// Numbers are equal when type and number are, whatever text they were read from; doubles
    /// when their bits are.
    fn eq(&self, other: &Self) -> bool {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.same(other),
            _ => false,
        }
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
