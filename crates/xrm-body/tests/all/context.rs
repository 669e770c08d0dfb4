//! Any context: the generator of the property tests.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use xrm_context::*;

/// How deep values stand inside one another at most.
const DEPTH: u32 = 2;

/// Text of every kind: plain, with what the formats escape, and of any characters.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{0,12}",
        "[\\x00-\\x1f\"\\\\/<>&'\u{7f}\u{85}\u{2028}\u{fffe}\u{ffff}\u{1f600}]{0,6}",
        vec(any::<char>(), 0..6).prop_map(String::from_iter),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_]{1,8}", text()]
}

fn guid() -> impl Strategy<Value = Uuid> {
    prop_oneof![Just(Uuid::nil()), any::<u128>().prop_map(Uuid::from_u128)]
}

fn ticks() -> impl Strategy<Value = i64> {
    let whole_seconds = (0_i64..=315_537_897_599).prop_map(|seconds| seconds * 10_000_000);
    prop_oneof![Just(0), Just(DateTime::MAX_TICKS), 0..=DateTime::MAX_TICKS, whole_seconds]
}

fn date_time() -> impl Strategy<Value = DateTime> {
    let day = 24 * 60 * DateTime::TICKS_PER_MINUTE;
    let local = (day..=DateTime::MAX_TICKS - day, -840_i16..=840);
    prop_oneof![
        ticks().prop_map(|ticks| DateTime::utc(ticks).unwrap()),
        ticks().prop_map(|ticks| DateTime::unspecified(ticks).unwrap()),
        local.prop_map(|(ticks, offset)| DateTime::local(ticks, offset).unwrap()),
    ]
}

fn decimal() -> impl Strategy<Value = Decimal> {
    let mantissa = prop_oneof![-1000_i128..1000, -(1_i128 << 96) + 1..1 << 96];
    (mantissa, 0_u32..=28)
        .prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
}

fn double() -> impl Strategy<Value = f64> {
    let any_bits = any::<u64>().prop_map(f64::from_bits);
    // A value that is no number has no payload that a text could tell.
    let any_bits = any_bits.prop_map(|value| if value.is_nan() { f64::NAN } else { value });
    let short = (-1_000_000_000_i64..1_000_000_000, 0..9_i32)
        .prop_map(|(number, scale)| number as f64 / 10_f64.powi(scale));
    prop_oneof![any_bits, short, Just(-0.0), Just(f64::INFINITY), Just(5e-324)]
}

fn float() -> impl Strategy<Value = f32> {
    let any_bits = any::<u32>().prop_map(f32::from_bits);
    any_bits.prop_map(|value| if value.is_nan() { f32::NAN } else { value })
}

/// Numbers with a text of their own, from either format.
fn number() -> impl Strategy<Value = Value> {
    let numbers = [
        Number::new(NumberValue::Int(0), "-0", Origin::Json),
        Number::new(NumberValue::Int(100_000), "1E5", Origin::Json),
        Number::new(NumberValue::Long(1_000_000_000_000_000), "1E+15", Origin::Json),
        Number::new(NumberValue::Decimal(Decimal::new(15, 1)), "15E-01", Origin::Json),
        Number::new(NumberValue::Double(1e300), "1E300", Origin::Json),
        Number::new(NumberValue::Double(1e15), "1000000000000000", Origin::Xml),
        Number::new(NumberValue::Float(0.1), "0.10", Origin::Xml),
        Number::new(NumberValue::Decimal(Decimal::new(15, 1)), "+1.5", Origin::Xml),
    ];
    prop::sample::select(numbers.map(Box::new).map(Value::Number).to_vec())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(Value::Object),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop_oneof![any::<i64>(), -9..9_i64].prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        any::<u8>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<u16>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        float().prop_map(Value::from),
        double().prop_map(Value::from),
        decimal().prop_map(Value::from),
        number(),
        unit().prop_map(Value::Char),
        text().prop_map(Value::from),
        text().prop_map(Value::Uri),
        guid().prop_map(Value::from),
        date_time().prop_map(Value::from),
        any::<i64>().prop_map(TimeSpan::from_ticks).prop_map(Value::from),
        vec(any::<u8>(), 0..20).prop_map(Value::from),
        option_set_value().prop_map(Value::from),
        money().prop_map(Value::from),
        managed().prop_map(Value::from),
        relationship().prop_map(Value::from),
        string_pair().prop_map(Value::from),
        (0..3).prop_map(|number| Value::from(ConcurrencyBehavior(number))),
        (0..3).prop_map(|number| Value::from(EntityState(number))),
        (0..2).prop_map(|number| Value::from(EntityRole(number))),
        list(option_set_value())
            .prop_map(|items| Value::from(OptionSetValueCollection::from(items))),
    ]
}

/// A UTF-16 code unit that is a character of its own: half a surrogate pair becomes U+FFFD in a
/// string, and does not come back.
fn unit() -> impl Strategy<Value = u16> {
    any::<u16>().prop_filter("no surrogate", |unit| char::from_u32((*unit).into()).is_some())
}

fn option_set_value() -> impl Strategy<Value = OptionSetValue> {
    any::<i32>().prop_map(OptionSetValue::new)
}

fn money() -> impl Strategy<Value = Money> {
    decimal().prop_map(Money::new)
}

fn managed() -> impl Strategy<Value = BooleanManagedProperty> {
    (any::<bool>(), option::of(text()), any::<bool>()).prop_map(|(can, name, value)| {
        BooleanManagedProperty {
            can_be_changed: can,
            managed_property_logical_name: name,
            value,
            ..Default::default()
        }
    })
}

fn relationship() -> impl Strategy<Value = Relationship> {
    (option::of(0..2), option::of(text())).prop_map(|(role, schema_name)| Relationship {
        primary_entity_role: role.map(EntityRole),
        schema_name,
        ..Default::default()
    })
}

fn string_pair() -> impl Strategy<Value = KeyValuePairOfStringString> {
    (option::of(text()), option::of(text())).prop_map(|(key, value)| KeyValuePairOfStringString {
        key,
        value,
        ..Default::default()
    })
}

/// A list with nulls in it.
fn list<T: Clone + std::fmt::Debug>(
    item: impl Strategy<Value = T>,
) -> impl Strategy<Value = List<T>> {
    vec(option::weighted(0.9, item), 0..4).prop_map(List::from_iter)
}

/// An array of any kind, of items that it holds.
fn array(item: BoxedStrategy<Value>, entity: BoxedStrategy<Entity>) -> BoxedStrategy<Value> {
    fn of<T>(
        item: impl Strategy<Value = T> + 'static,
        kind: ArrayKind,
        null: bool,
    ) -> BoxedStrategy<Value>
    where
        T: Into<Value> + std::fmt::Debug + 'static,
    {
        let item = item.prop_map(Into::into);
        let item = if null {
            prop_oneof![9 => item, 1 => Just(Value::Null)].boxed()
        } else {
            item.boxed()
        };
        let array = move |items| Value::from(Array::new(kind, items).expect("it holds the items"));
        vec(item, 0..4).prop_map(array).boxed()
    }
    let strings = || vec(text(), 0..3);
    prop_oneof![
        of(item, ArrayKind::Object, true),
        of(any::<bool>(), ArrayKind::Bool, false),
        of(any::<i32>(), ArrayKind::Int, false),
        of(text(), ArrayKind::String, true),
        of(strings(), ArrayKind::Strings, true),
        of(double(), ArrayKind::Double, false),
        of(decimal(), ArrayKind::Decimal, false),
        of(guid(), ArrayKind::Guid, false),
        of(date_time(), ArrayKind::DateTime, false),
        of(money(), ArrayKind::Money, true),
        of(option_set_value(), ArrayKind::OptionSetValue, true),
        of(entity.clone(), ArrayKind::Entity, true),
        of(scalar_reference(), ArrayKind::EntityReference, true),
        of(entities(entity), ArrayKind::EntityCollection, true),
    ]
    .boxed()
}

/// A value of any type.
pub(crate) fn value(depth: u32) -> BoxedStrategy<Value> {
    if depth == 0 {
        return scalar().boxed();
    }
    let below = value(depth - 1);
    let inner = || below.clone();
    let entity = entity(inner());
    let pair = (option::of(text()), inner()).prop_map(|(key, value)| {
        Value::from(KeyValuePairOfStringObject { key, value, ..Default::default() })
    });
    let aliased = (option::of(text()), option::of(text()), any::<bool>(), any::<i32>(), inner());
    let aliased = aliased.prop_map(|(attribute, entity, need_formatting, return_type, value)| {
        Value::from(AliasedValue {
            attribute_logical_name: attribute,
            entity_logical_name: entity,
            need_formatting,
            return_type,
            value,
            ..Default::default()
        })
    });
    let references = list(reference(inner()))
        .prop_map(|items| Value::from(EntityReferenceCollection::from(items)));
    prop_oneof![
        6 => scalar(),
        3 => entity.clone().prop_map(Value::from),
        1 => reference(inner()).prop_map(Value::from),
        1 => entities(entity.clone()).prop_map(Value::from),
        1 => references,
        1 => pairs(inner()).prop_map(|pairs| Value::from(KeyAttributeCollection::from_iter(pairs))),
        1 => pair,
        1 => aliased,
        3 => array(inner(), plain_entity()),
    ]
    .boxed()
}

fn pairs(value: BoxedStrategy<Value>) -> impl Strategy<Value = Vec<(String, Value)>> {
    vec((name(), value), 0..4)
}

fn scalar_reference() -> impl Strategy<Value = EntityReference> {
    reference(scalar().boxed())
}

fn reference(value: BoxedStrategy<Value>) -> impl Strategy<Value = EntityReference> {
    let names = (option::of(text()), option::of(text()), option::of(text()));
    (guid(), pairs(value), names).prop_map(|(id, keys, (logical_name, name, row_version))| {
        EntityReference {
            id,
            key_attributes: keys.into_iter().collect(),
            logical_name,
            name,
            row_version,
            ..Default::default()
        }
    })
}

fn entities(entity: BoxedStrategy<Entity>) -> impl Strategy<Value = EntityCollection> {
    let names = (option::of(text()), option::of(text()), option::of(text()));
    let flags = (any::<bool>(), any::<i32>(), any::<bool>());
    (list(entity), names, flags).prop_map(|(entities, names, flags)| EntityCollection {
        entities,
        entity_name: names.0,
        min_active_row_version: names.1,
        paging_cookie: names.2,
        more_records: flags.0,
        total_record_count: flags.1,
        total_record_count_limit_exceeded: flags.2,
        ..Default::default()
    })
}

fn plain_entity() -> BoxedStrategy<Entity> {
    entity_with(scalar().boxed(), Just(Vec::new()).boxed())
}

fn entity(value: BoxedStrategy<Value>) -> BoxedStrategy<Entity> {
    let related = vec((relationship(), option::of(entities(plain_entity()))), 0..2);
    entity_with(value, related.boxed())
}

type Related = Vec<(Relationship, Option<EntityCollection>)>;

fn entity_with(
    value: BoxedStrategy<Value>,
    related: BoxedStrategy<Related>,
) -> BoxedStrategy<Entity> {
    let names = (option::of(text()), option::of(text()));
    let formatted = vec((name(), option::of(text())), 0..3);
    let keys = pairs(scalar().boxed());
    let state = option::of(0..3);
    (pairs(value), state, formatted, guid(), keys, names, related)
        .prop_map(|(attributes, state, formatted, id, keys, names, related)| Entity {
            attributes: attributes.into_iter().collect(),
            entity_state: state.map(EntityState),
            formatted_values: formatted.into_iter().collect(),
            id,
            key_attributes: keys.into_iter().collect(),
            logical_name: names.0,
            related_entities: related.into_iter().collect(),
            row_version: names.1,
            ..Default::default()
        })
        .boxed()
}

/// Any context, with parents up to `parents` deep.
pub(crate) fn context(parents: u32) -> BoxedStrategy<RemoteExecutionContext> {
    let parent = if parents == 0 {
        Just(None).boxed()
    } else {
        option::of(context(parents - 1).prop_map(Box::new)).boxed()
    };
    let ids = (guid(), guid(), guid(), guid(), guid(), guid(), guid(), guid(), guid());
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let codes = (any::<i32>(), 1..3, 0..2, prop::sample::select(vec![10, 20, 30, 40, 50]));
    let texts = (
        option::of(text()),
        option::of(text()),
        option::of(text()),
        option::of(text()),
        option::of(text()),
    );
    let value = value(DEPTH);
    let parameters = || pairs(value.clone());
    let image = entity(scalar().boxed());
    let images = || vec((name(), option::of(image.clone())), 0..2);
    let records = (images(), images(), option::of(scalar_reference()));
    let collections = (parameters(), parameters(), parameters());
    (ids, flags, codes, texts, collections, records, date_time(), option::of(guid()), parent)
        .prop_map(|(ids, flags, codes, texts, collections, records, created, request, parent)| {
            RemoteExecutionContext {
                business_unit_id: ids.0,
                correlation_id: ids.1,
                initiating_user_azure_active_directory_object_id: ids.2,
                initiating_user_id: ids.3,
                operation_id: ids.4,
                organization_id: ids.5,
                primary_entity_id: ids.6,
                user_azure_active_directory_object_id: ids.7,
                user_id: ids.8,
                is_executing_offline: flags.0,
                is_in_transaction: flags.1,
                is_offline_playback: flags.2,
                depth: codes.0,
                isolation_mode: IsolationMode(codes.1),
                mode: Mode(codes.2),
                stage: Stage(codes.3),
                initiating_user_agent: texts.0,
                message_name: texts.1,
                organization_name: texts.2,
                primary_entity_name: texts.3,
                secondary_entity_name: texts.4,
                input_parameters: collections.0.into_iter().collect(),
                output_parameters: collections.1.into_iter().collect(),
                shared_variables: collections.2.into_iter().collect(),
                post_entity_images: records.0.into_iter().collect(),
                pre_entity_images: records.1.into_iter().collect(),
                owning_extension: records.2,
                operation_created_on: created,
                request_id: request,
                parent_context: parent,
                extra: Extra::default(),
            }
        })
        .boxed()
}
