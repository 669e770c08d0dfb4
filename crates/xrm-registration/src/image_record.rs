//! Records as images hold them.

use xrm_context::{Entity, EntityImageCollection, Mode, Value};

use crate::attributes::Attributes;
use crate::known_message::AutomaticImage::{self, After, Before};
use crate::known_message::KnownMessage;
use crate::operation::Operation;
use crate::step::{AUTOMATIC_ALIAS, Image, Step};

/// The step's images of the record before the operation, and the automatic one if the message has
/// it there.
pub(crate) fn pre_images(operation: &Operation, step: &Step) -> EntityImageCollection {
    let registered: Vec<_> = step.images.iter().filter(|it| it.image_type.is_pre()).collect();
    images(operation, operation.before.as_ref(), &registered, automatic(operation, step, Before))
}

/// The step's images of the record after the operation, and the automatic one if the message has
/// it there.
pub(crate) fn post_images(operation: &Operation, step: &Step) -> EntityImageCollection {
    let registered: Vec<_> = step.images.iter().filter(|it| it.image_type.is_post()).collect();
    images(operation, operation.after.as_ref(), &registered, automatic(operation, step, After))
}

fn images(
    operation: &Operation,
    record: Option<&Entity>,
    registered: &[&Image],
    automatic: Option<Entity>,
) -> EntityImageCollection {
    let mut images = EntityImageCollection::default();
    if let Some(record) = record {
        for image in registered {
            let record = cut(operation, record, &image.attributes);
            images.insert(image.entity_alias.as_str(), record);
        }
    }
    // Last: in a recorded body with images of both kinds, this one follows the registered ones.
    if let Some(record) = automatic {
        images.insert(AUTOMATIC_ALIAS, record);
    }
    images
}

/// The automatic image, if the step is asynchronous and the message has it in this collection.
fn automatic(operation: &Operation, step: &Step, place: AutomaticImage) -> Option<Entity> {
    let message = KnownMessage::get(&operation.message)?;
    let has_it = step.mode == Mode::ASYNCHRONOUS && message.automatic_image == Some(place);
    if has_it { primary_name(operation, place) } else { None }
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
fn primary_name(operation: &Operation, place: AutomaticImage) -> Option<Entity> {
    let table = operation.primary_table().filter(|_| !operation.record_id.is_nil())?;
    // Recorded bodies have the name first and the id last, and no name if the row has none.
    let mut image = Entity::new(table).with_id(operation.record_id);
    if let Some(column) = &operation.primary_name_column
        && let Some(name) = known_value(operation, column, place)
    {
        image.attributes.insert(column.as_str(), name);
    }
    image.attributes.insert(operation.id_column(table).as_ref(), operation.record_id);
    Some(image)
}

/// The value of a column, of the record that the image is of if that is known.
fn known_value(operation: &Operation, column: &str, place: AutomaticImage) -> Option<Value> {
    // A caller who knows neither record still sends the columns that it changes, and one who knows
    // one of the records gives the best value there is.
    let (before, after) = (operation.before.as_ref(), operation.after.as_ref());
    let records = match place {
        Before => [before, after, operation.own_target()],
        _ => [after, operation.own_target(), before],
    };
    let value = records.into_iter().flatten().find_map(|it| it.attributes.get(column))?;
    (*value != Value::Null).then(|| value.clone())
}
