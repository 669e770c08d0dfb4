//! What is read as an XML body is well-formed to `quick-xml` too. Bodies in UTF-16 are left out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quick_xml::Reader;
use quick_xml::events::Event;
use xrm_body::{MessageFormat, decode};

fuzz_target!(|body: &[u8]| {
    if decode(body, MessageFormat::Xml).is_err() {
        return;
    }
    // A body that begins with the byte order mark of UTF-16 is in UTF-16, and so is one that begins with an
    // ASCII character of two bytes.
    if [b"\xff\xfe", b"\xfe\xff", b"<\0"].iter().any(|start| body.starts_with(*start)) {
        return;
    }
    let text = str::from_utf8(body).expect("a body that was read is text");
    if let Err(error) = read(text) {
        panic!("{error}\n{}", body.escape_ascii());
    }
});

/// Attributes are checked when they are looked at. What character a reference stands for is not: the
/// platform writes control characters as references, which XML 1.0 forbids.
fn read(text: &str) -> Result<(), quick_xml::Error> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event()? {
            Event::Start(element) | Event::Empty(element) => {
                for attribute in element.attributes() {
                    attribute?;
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}
