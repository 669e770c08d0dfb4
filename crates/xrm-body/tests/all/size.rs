//! The size of a body that is not made, and what is removed from one that is too large.

use proptest::prelude::*;
use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{
    EncodeOptions, ErrorKind, Fixed, Removable, SizeRule, decode, encode, encoded_size,
};
use xrm_context::{ConcurrencyBehavior, Entity, RemoteExecutionContext, Value};

use crate::context::context;

proptest! {
    #[test]
    fn the_counted_size_is_the_bodys(context in context(1)) {
        for format in [Json, Xml] {
            let size = encoded_size(&context, &EncodeOptions::new(format)).unwrap();
            prop_assert_eq!(size, encode(&context, format).unwrap().len());
        }
    }

    #[test]
    fn options_count_too(context in context(0), minutes in -840..=840_i16) {
        for format in [Json, Xml] {
            let options = EncodeOptions::new(format).zone(Fixed(minutes));
            let options = options.short_control_escapes().shortest_numbers();
            let mut body = Vec::new();
            let written = xrm_body::encode_with(&context, &options, &mut body);
            prop_assert_eq!(encoded_size(&context, &options).ok(), written.ok().map(|()| body.len()));
        }
    }

    #[test]
    fn a_plan_tells_the_body_it_leads_to(context in context(1), limit in 0..20_000_usize) {
        for format in [Json, Xml] {
            let options = EncodeOptions::new(format);
            let whole = encode(&context, format).unwrap();
            let plan = SizeRule::new(limit).plan(&context, &options).unwrap();
            let body = encode(plan.context(), format).unwrap();
            prop_assert_eq!((plan.whole_size(), plan.size()), (whole.len(), body.len()));
            prop_assert_eq!(plan.fits(), body.len() <= limit);
            prop_assert_eq!(plan.removed().is_empty(), body == whole);
            for part in plan.removed() {
                prop_assert!(part.is_in(&context) && !part.is_in(plan.context()));
            }
        }
    }
}

/// Bodies that hold what was read, which is written as it stands.
#[test]
fn kept_text_counts_too() {
    let json = br#"{"new":"\u00e9","InputParameters":[{"key":"n","value":1.50},
        {"key":"x","value":{"__type":"New:urn:x","a":[1,"b"]}}]}"#;
    let read = decode(json, Json).unwrap();
    let size = encoded_size(&read, &EncodeOptions::new(Json)).unwrap();
    assert_eq!(size, encode(&read, Json).unwrap().len());
    assert!(encoded_size(&read, &EncodeOptions::new(Xml)).is_err());

    let image = Value::Bytes((0..=255).cycle().take(10_001).collect());
    let context = with_parameter(Entity::new("account").with("entityimage", image));
    for format in [Json, Xml] {
        let size = encoded_size(&context, &EncodeOptions::new(format)).unwrap();
        assert_eq!(size, encode(&context, format).unwrap().len());
    }
}

fn with_parameter(value: impl Into<Value>) -> RemoteExecutionContext {
    RemoteExecutionContext {
        input_parameters: [("Target", value.into())].into(),
        ..Default::default()
    }
}

/// A context of many parts, with a note of `length` characters in one that is never removed.
fn large(note: usize) -> RemoteExecutionContext {
    let record = || Entity::new("account").with("name", "Contoso");
    RemoteExecutionContext {
        message_name: Some("Update".into()),
        output_parameters: [("note", "x".repeat(note))].into(),
        parent_context: Some(Box::new(with_parameter(record()))),
        pre_entity_images: [("pre", record())].into(),
        ..with_parameter(record())
    }
}

#[test]
fn the_platforms_rule_removes_four_members_at_once() {
    let options = EncodeOptions::new(Json);
    let context = large(192 * 1024 - 2_000);
    let plan = SizeRule::SERVICE_BUS.plan(&context, &options).unwrap();
    let removed =
        [Removable::ParentContext, Removable::InputParameters, Removable::PreEntityImages];
    assert_eq!(plan.removed(), removed);
    assert!(plan.fits() && plan.whole_size() > plan.limit());

    let body = String::from_utf8(encode(plan.context(), Json).unwrap()).unwrap();
    for empty in [
        r#""ParentContext":null"#,
        r#""InputParameters":[]"#,
        r#""PreEntityImages":[]"#,
        r#""PostEntityImages":[]"#,
        r#""MessageName":"Update""#,
    ] {
        assert!(body.contains(empty), "{empty}");
    }
}

#[test]
fn a_limit_is_kept_to_the_byte() {
    let (context, options) = (large(10), EncodeOptions::new(Xml));
    let size = encoded_size(&context, &options).unwrap();
    let exact = SizeRule::new(size).plan(&context, &options).unwrap();
    assert!(exact.fits() && exact.removed().is_empty());
    let less = SizeRule::new(size - 1).plan(&context, &options).unwrap();
    assert!(less.fits() && less.removed().len() == 3);
}

#[test]
fn what_is_left_may_be_too_large_still() {
    let context = large(300_000);
    let plan = SizeRule::SERVICE_BUS.plan(&context, &EncodeOptions::new(Json)).unwrap();
    assert!(!plan.fits() && plan.removed().len() == 3 && plan.size() < plan.whole_size());
}

#[test]
fn a_rule_may_remove_less_or_nothing() {
    let (context, options) = (large(10), EncodeOptions::new(Json));
    let one = SizeRule::new(0).removing(&[Removable::ParentContext]);
    assert_eq!(one.plan(&context, &options).unwrap().removed(), [Removable::ParentContext]);
    let none = SizeRule::new(0).removing(&[]).plan(&context, &options).unwrap();
    assert!(none.removed().is_empty() && !none.fits());
    assert_eq!(none.context(), &context);
}

#[test]
fn what_can_not_be_written_has_no_size() {
    let context = with_parameter(ConcurrencyBehavior(99));
    let error = SizeRule::SERVICE_BUS.plan(&context, &EncodeOptions::new(Xml)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::EnumWithoutName { .. }), "{error}");
}
