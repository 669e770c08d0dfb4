//! What was read from JSON and can be written as XML settles there: the JSON of that XML stays the
//! same on another way through XML.
//!
//! Before, it may differ: XML has local dates in the zone of the process that writes it, and a
//! number by its type and value and not by its text, of which JSON tells only the value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use xrm_body::{MessageFormat, decode, encode};

fuzz_target!(|body: &[u8]| {
    let Ok(context) = decode(body, MessageFormat::Json) else { return };
    let Ok(xml) = encode(&context, MessageFormat::Xml) else { return };
    let json = rewritten(&xml, MessageFormat::Xml, MessageFormat::Json);
    let xml = rewritten(&json, MessageFormat::Json, MessageFormat::Xml);
    let around = rewritten(&xml, MessageFormat::Xml, MessageFormat::Json);
    assert_eq!(
        around.escape_ascii().to_string(),
        json.escape_ascii().to_string(),
        "by way of\n{}",
        xml.escape_ascii()
    );
});

/// A body of our own in the other format.
fn rewritten(body: &[u8], from: MessageFormat, to: MessageFormat) -> Vec<u8> {
    let context = match decode(body, from) {
        Ok(context) => context,
        Err(error) => panic!("own body is refused: {error}\n{}", body.escape_ascii()),
    };
    match encode(&context, to) {
        Ok(body) => body,
        Err(error) => panic!("what was {to:?} before is not: {error}\n{}", body.escape_ascii()),
    }
}
