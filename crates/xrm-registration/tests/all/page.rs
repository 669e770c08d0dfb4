//! The page about contexts.

use serde_json::Value;
use xrm_body::{MessageFormat, encode};
use xrm_context::{
    Entity, EntityCollection, EntityReference, OptionSetValue, RemoteExecutionContext, Uuid,
};
use xrm_registration::{
    AutomaticImage, Behavior, Evidence, Hint, KnownMessage, Operation, Registration,
};

/// The variable to set when the table is to be written anew.
const WRITE: &str = "WRITE_DOCS";

#[test]
fn the_page_tells_where_each_member_comes_from() {
    let path = format!("{}/../../docs/src/contexts.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(path).expect("the page is part of the checkout");
    let rows = page.lines().filter_map(|line| {
        let (member, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        let (origin, _) = rest.split_once(" | ")?;
        ["rule", "injected"].contains(&origin).then(|| member.to_owned())
    });
    let listed: Vec<_> = rows.collect();

    let body = encode(&RemoteExecutionContext::default(), MessageFormat::Json);
    let body: Value =
        serde_json::from_slice(&body.expect("it can be written")).expect("it is JSON");
    let members: Vec<_> = body.as_object().expect("it is an object").keys().cloned().collect();
    assert_eq!(listed, members);
}

/// The messages that a message is carried out as, in place of itself: those of which steps fire.
fn carried_out(message: &str, behavior: &Behavior) -> Vec<&'static str> {
    let record = Entity::new("account").with_id(Uuid::from_u128(7)).with("name", "x");
    let mut operation = Operation::on_record(message, record.clone());
    let parameters = &mut operation.input_parameters;
    parameters.insert("Targets", EntityCollection::new("account", [record.clone()]));
    parameters.insert("EntityMoniker", EntityReference::new("account", Uuid::from_u128(7)));
    parameters.insert("State", OptionSetValue::new(1));
    let registration = Registration::new(vec![], vec![]).with_behavior(behavior.clone());
    let mut messages = Vec::new();
    for before in [None, Some(record)] {
        operation.before = before;
        let hints = registration.hints(&operation).into_iter();
        messages.extend(hints.filter_map(|it| match it {
            Hint::CarriedOut(carried_out) => Some(carried_out.messages),
            _ => None,
        }));
    }
    // Steps on messages on several records fire for every message on one.
    let on_one = |it: &&&str| !it.ends_with("Multiple");
    let mut messages: Vec<_> = messages.into_iter().flatten().filter(on_one).copied().collect();
    messages.sort_unstable();
    messages.dedup();
    messages
}

fn images(message: &KnownMessage) -> String {
    let Some(images) = message.images() else { return "none | documented".to_owned() };
    let kinds = match (images.pre, images.post) {
        (true, true) => "pre, post",
        (true, false) => "pre",
        _ => "post",
    };
    let properties: Vec<_> = images.properties.iter().map(|it| format!("`{it}`")).collect();
    format!("{kinds} by {} | {}", properties.join(" or "), message.images_from.label())
}

/// The table of messages: images, and the parent of an asynchronous step.
fn table() -> String {
    let mut table = "\
| message | images that can be registered | | automatic image | | parent of an asynchronous step | |
|---|---|---|---|---|---|---|
"
    .to_owned();
    let rule = "parameters, variables and table of the outermost request";
    for message in KnownMessage::ALL {
        let name = message.name;
        let instead = carried_out(name, &Behavior::default());
        if message.images().is_none() && message.automatic_image.is_none() && instead.is_empty() {
            continue;
        }
        let images = images(message);
        table += &if instead.is_empty() {
            let (automatic, evidence) = match message.automatic_image {
                Some(AutomaticImage::Before) => ("pre", Evidence::Seen),
                Some(AutomaticImage::After) => ("post", Evidence::Seen),
                Some(_) => ("none", Evidence::Seen),
                None => ("none", Evidence::Inferred),
            };
            let (evidence, parent) = (evidence.label(), message.parent_from.label());
            format!("| `{name}` | {images} | {automatic} | {evidence} | {rule} | {parent} |\n")
        } else {
            let note = format!("as `{}`, which it is carried out as", instead.join("` or `"));
            format!("| `{name}` | {images} | {note} | | {note} | |\n")
        };
    }
    table + &format!("| others | none | documented | none | inferred | {rule} | inferred |\n")
}

#[test]
fn the_page_has_the_table_of_messages() {
    let path = format!("{}/../../docs/src/contexts.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).expect("the page is part of the checkout");
    let (start, end) = ("<!-- messages -->\n", "<!-- end of messages -->");
    let (before, rest) = page.split_once(start).expect("the table has a start");
    let (committed, after) = rest.split_once(end).expect("the table has an end");
    let table = table();
    if std::env::var_os(WRITE).is_some() {
        let page = format!("{before}{start}{table}{end}{after}");
        std::fs::write(&path, page).expect("the page can be written");
        return;
    }
    assert_eq!(committed, table, "run with {WRITE}=1");
}
