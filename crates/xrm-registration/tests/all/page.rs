//! The page about contexts.

use serde_json::Value;
use xrm_body::{MessageFormat, encode};
use xrm_context::RemoteExecutionContext;

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
