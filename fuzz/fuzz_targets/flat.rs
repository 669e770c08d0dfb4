//! The flat view of what any body holds is JSON, and its text says what its tree says: the columns
//! of each record and no others, and of a message those that its target and its images have.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use xrm_body::flat::{self, Flat};
use xrm_body::{MessageFormat, decode, encode};
use xrm_context::{Entity, Key, RemoteExecutionContext, Value};

fuzz_target!(|body: &[u8]| {
    for format in [MessageFormat::Json, MessageFormat::Xml] {
        let Ok(context) = decode(body, format) else { continue };
        let views = views(&context);
        views.iter().for_each(text_is_the_tree);
        let Ok(written) = encode(&context, format) else { continue };
        let read = decode(&written, format).expect("own body is read");
        assert!(views == self::views(&read), "the view changes when the body is written");
    }
});

/// The views of all that a context holds, and of the contexts that it came from.
fn views(context: &RemoteExecutionContext) -> Vec<Flat> {
    let parameters = [&context.input_parameters, &context.output_parameters];
    let parameters = parameters.into_iter().chain([&context.shared_variables]);
    let values = parameters.flat_map(|parameters| parameters.iter()).map(|(_, value)| value);
    let mut views: Vec<_> = values.map(flat::value).collect();
    views.extend(records(context).map(record));
    views.extend(changes(context));
    views.extend(context.parent_context.iter().flat_map(|parent| self::views(parent)));
    views
}

fn records(context: &RemoteExecutionContext) -> impl Iterator<Item = &Entity> {
    let images = [&context.pre_entity_images, &context.post_entity_images];
    let images = images.into_iter().flat_map(|images| images.iter());
    context.target().into_iter().chain(images.filter_map(|(_, image)| image.as_ref()))
}

/// A record's view, which has a member for each column and for each label.
fn record(record: &Entity) -> Flat {
    let columns = record.attributes.keys().map(Key::to_string);
    let labels = record.formatted_values.iter().filter(|(_, label)| label.is_some());
    let labels = labels.map(|(name, _)| format!("{name}@formatted"));
    let expected: BTreeSet<_> = columns.chain(labels).collect();
    let view = flat::record(record);
    let Json::Object(members) = view.to_json() else { panic!("a record is an object: {view}") };
    let members: BTreeSet<_> = members.into_iter().map(|(name, _)| name).collect();
    assert_eq!(members, expected);
    assert_eq!(view, flat::value(&Value::from(record.clone())));
    view
}

/// The values of a message's changes. Each column stands once, with a side at least, and has it
/// from a record.
fn changes(context: &RemoteExecutionContext) -> Vec<Flat> {
    let changes = flat::changes(context);
    let told = records(context).flat_map(|it| it.attributes.keys());
    let told: BTreeSet<_> = told.map(Key::as_str).collect();
    let changed: BTreeSet<_> = changes.iter().map(|change| change.column.as_str()).collect();
    assert_eq!(changed.len(), changes.len(), "a column appears twice");
    assert!(changed.is_subset(&told), "no record has a column that changed");
    assert!(changes.iter().all(|change| change.before.is_some() || change.after.is_some()));
    let text = serde_json::to_string(&changes).expect("changes are JSON");
    is_same(raw(&text), &changes.to_json());
    changes.into_iter().flat_map(|change| change.before.into_iter().chain(change.after)).collect()
}

fn text_is_the_tree(view: &Flat) {
    let text = serde_json::to_string(view).expect("a view is JSON");
    assert_eq!(text, view.to_string());
    is_same(raw(&text), &view.to_json());
}

fn raw(text: &str) -> &RawValue {
    serde_json::from_str(text).expect("what is written is JSON")
}

/// Whether a text is the tree. What `serde_json` does not hold, a number with too many digits say,
/// is a string there that has the text.
fn is_same(text: &RawValue, tree: &Json) {
    if tree.as_str() == Some(text.get()) {
        return;
    }
    match tree {
        Json::Object(tree) => {
            let members: BTreeMap<String, &RawValue> = parsed(text);
            assert!(members.keys().eq(tree.keys().collect::<BTreeSet<_>>()), "{text}");
            members.iter().for_each(|(name, text)| is_same(text, &tree[name]));
        }
        Json::Array(tree) => {
            let items: Vec<&RawValue> = parsed(text);
            assert_eq!(items.len(), tree.len(), "{text}");
            items.iter().zip(tree).for_each(|(text, tree)| is_same(text, tree));
        }
        Json::Number(number) => {
            let [told, held] = [text.get(), &number.to_string()].map(|text| text.parse::<f64>());
            assert_eq!(told, held, "{text}");
        }
        tree => assert_eq!(parsed::<Json>(text), *tree),
    }
}

fn parsed<'a, T: serde::Deserialize<'a>>(text: &'a RawValue) -> T {
    serde_json::from_str(text.get()).unwrap_or_else(|error| panic!("{error}: {text}"))
}
