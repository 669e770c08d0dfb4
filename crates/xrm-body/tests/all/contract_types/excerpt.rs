//! What a body holds at a member.

use serde_json::Deserializer;
use serde_json::value::RawValue;

/// The first value of a member with this name.
pub(super) fn of_json<'a>(body: &'a str, member: &str) -> &'a str {
    let name = match member {
        "v" => r#""key":"v","value":"#.to_owned(),
        member => format!("\"{member}\":"),
    };
    let (_, rest) = body.split_once(&name).expect("the body has the member");
    let value = Deserializer::from_str(rest).into_iter::<&RawValue>().next();
    value.expect("the member has a value").expect("the value is JSON").get()
}

/// The first element of a member with this name.
pub(super) fn of_xml<'a>(body: &'a str, member: &str) -> &'a str {
    let starts = match member {
        "v" => ["<a:value "; 3].map(str::to_owned),
        member => [" ", ">", "/"].map(|end| format!("<{member}{end}")),
    };
    // A member of another namespace than the body's has a prefix.
    let body = match starts.iter().filter_map(|start| body.find(start)).min() {
        Some(start) => &body[start..],
        None => {
            let starts = starts.map(|start| start.replace('<', ":"));
            let colon = starts.iter().filter_map(|start| body.find(start)).min();
            let colon = colon.expect("the body has the member");
            &body[body[..colon].rfind('<').expect("a colon stands in a tag")..]
        }
    };
    let mut depth = 0_usize;
    for (start, _) in body.match_indices('<') {
        let end = start + body[start..].find('>').expect("a tag has an end") + 1;
        let tag = &body[start..end];
        if tag.starts_with("</") {
            depth -= 1;
        } else if !tag.ends_with("/>") {
            depth += 1;
        }
        if depth == 0 {
            return &body[..end];
        }
    }
    panic!("the element has no end")
}
