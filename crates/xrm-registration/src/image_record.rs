//! Records as images hold them.

use xrm_context::{Entity, EntityImageCollection, Mode, Value};

use crate::attributes::Attributes;
use crate::operation::Operation;
use crate::step::{AUTOMATIC_ALIAS, Step};

/// The step's images of the record before the operation, if that is known.
pub(crate) fn pre_images(operation: &Operation, step: &Step) -> EntityImageCollection {
    let Some(before) = &operation.before else { return EntityImageCollection::default() };
    let images = step.images.iter().filter(|it| it.image_type.is_pre());
    images.map(|it| (it.entity_alias.as_str(), cut(operation, before, &it.attributes))).collect()
}

/// The step's images of the record after the operation, if that is known, and the image that every
/// asynchronous step has.
pub(crate) fn post_images(operation: &Operation, step: &Step) -> EntityImageCollection {
    let mut images = EntityImageCollection::default();
    if let Some(after) = &operation.after {
        for image in step.images.iter().filter(|it| it.image_type.is_post()) {
            let record = cut(operation, after, &image.attributes);
            images.insert(image.entity_alias.as_str(), record);
        }
    }
    // Last: in a recorded body with images of both kinds, this one follows the registered ones.
    if step.mode == Mode::ASYNCHRONOUS
        && let Some(record) = primary_name(operation)
    {
        images.insert(AUTOMATIC_ALIAS, record);
    }
    images
}

/// A record with some of its columns.
fn cut(operation: &Operation, record: &Entity, attributes: &Attributes) -> Entity {
    // Images in recorded bodies have these members alone: related entities, key attributes, row
    // version and state are empty in all of them.
    let mut image = Entity {
        attributes: record.attributes.clone(),
        formatted_values: record.formatted_values.clone(),
        id: if record.id.is_nil() { operation.record_id } else { record.id },
        logical_name: record.logical_name.clone().or_else(|| operation.table.clone()),
        ..Entity::default()
    };
    image.attributes.retain(|logical_name, _| attributes.includes(logical_name));
    image.formatted_values.retain(|logical_name, _| attributes.includes(logical_name));
    image
}

/// The record's primary name, where it has one, and its id. `None` if there is no record.
fn primary_name(operation: &Operation) -> Option<Entity> {
    let table = operation.primary_table().filter(|_| !operation.record_id.is_nil())?;
    // Recorded bodies have the name first and the id last, and no name if the row has none.
    let mut image = Entity::new(table).with_id(operation.record_id);
    if let Some(column) = &operation.primary_name_column
        && let Some(name) = known_value(operation, column)
    {
        image.attributes.insert(column.as_str(), name);
    }
    image.attributes.insert(operation.id_column(table), operation.record_id);
    Some(image)
}

/// The latest known value of a column.
fn known_value(operation: &Operation, column: &str) -> Option<Value> {
    // A delete has no record after, and a caller who knows neither record still sends the columns
    // that it changes.
    let request = operation.own_target();
    let records = [operation.after.as_ref(), request, operation.before.as_ref()];
    let value = records.into_iter().flatten().find_map(|it| it.attributes.get(column))?;
    (*value != Value::Null).then(|| value.clone())
}
