//! Images, for any step.

use proptest::prelude::*;
use proptest::sample::subsequence;
use uuid::Uuid;
use xrm_context::{DateTime, Entity, EntityImageCollection, Key, Mode, Stage};
use xrm_registration::{Attributes, Image, Job, Operation};

use crate::changed;
use crate::step::step;

const COLUMNS: &[&str] = &["name", "fax", "revenue", "telephone1"];
const AUTOMATIC: &str = "AsynchronousStepPrimaryName";

fn columns() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(COLUMNS, 0..=COLUMNS.len())
}

fn record() -> impl Strategy<Value = Option<Entity>> {
    let record = |columns: Vec<&'static str>| {
        columns.iter().fold(Entity::new("account"), |it, column| it.with(column, *column))
    };
    prop::option::of(columns().prop_map(record))
}

/// Images under different aliases.
fn images() -> impl Strategy<Value = Vec<Image>> {
    prop::collection::vec((0..3, columns()), 0..5).prop_map(|images| {
        let image = |(number, (kind, columns)): (usize, (i32, Vec<&str>))| {
            let alias = format!("image{number}");
            let attributes: Attributes = columns.into_iter().collect();
            match kind {
                0 => Image::pre(&alias, attributes),
                1 => Image::post(&alias, attributes),
                _ => Image::both(&alias, attributes),
            }
        };
        images.into_iter().enumerate().map(image).collect()
    })
}

/// The images that these are expected to be: aliases, and the columns of each.
fn expected(images: &[&Image], record: Option<&Entity>) -> Vec<(Key, Vec<Key>)> {
    let Some(record) = record else { return Vec::new() };
    let known = || record.attributes.keys().cloned();
    images
        .iter()
        .map(|it| {
            let columns = known().filter(|column| it.attributes.includes(column));
            (it.entity_alias.as_str().into(), columns.collect())
        })
        .collect()
}

fn found(images: &EntityImageCollection) -> Vec<(Key, Vec<Key>)> {
    images
        .iter()
        .filter(|(alias, _)| *alias != AUTOMATIC)
        .map(|(alias, image)| {
            let image = image.as_ref().expect("no image is null");
            (alias.clone(), image.attributes.keys().cloned().collect())
        })
        .collect()
}

proptest! {
    #[test]
    fn images_are_those_registered_cut_to_their_columns(
        images in images(),
        before in record(),
        after in record(),
        stage in prop::sample::select(vec![
            Stage::PRE_VALIDATION, Stage::PRE_OPERATION, Stage::POST_OPERATION,
        ]),
        mode in prop::sample::select(vec![Mode::SYNCHRONOUS, Mode::ASYNCHRONOUS]),
    ) {
        let step = changed(step("Update", Some("account")), |it| { it.images = images; it.stage = stage; it.mode = mode; });
        let mut operation = Operation::new("Update", Some("account"));
        operation.record_id = Uuid::from_u128(7);
        (operation.before, operation.after) = (before, after);
        let job = Job::new(Uuid::nil(), DateTime::utc(0).expect("1970 is a date"));
        let context = operation.context(&step, job);

        let pre: Vec<_> = step.images.iter().filter(|it| it.image_type.is_pre()).collect();
        prop_assert_eq!(
            found(&context.pre_entity_images),
            expected(&pre, operation.before.as_ref())
        );
        let is_post = stage == Stage::POST_OPERATION;
        let post: Vec<_> = step.images.iter().filter(|it| it.image_type.is_post()).collect();
        let after = operation.after.as_ref().filter(|_| is_post);
        prop_assert_eq!(found(&context.post_entity_images), expected(&post, after));

        let has_automatic = context.post_entity_images.contains_key(AUTOMATIC);
        prop_assert_eq!(has_automatic, is_post && mode == Mode::ASYNCHRONOUS);
    }
}
