//! What several fuzz targets ask of a body.

pub mod store;

use std::error::Error as _;

use xrm_body::{MessageFormat, decode, encode};

/// Reads bytes that anybody may have sent: a context, or an error whose texts can be shown and
/// whose offset lies in the body.
pub fn read(body: &[u8], format: MessageFormat) {
    if let Err(error) = decode(body, format) {
        let shown = format!("{error} {error:?} {:?} {:?}", error.kind(), error.source());
        assert!(!shown.is_empty());
        assert!(error.offset().is_none_or(|offset| offset <= body.len()), "{error}");
    }
}

/// What was read is written, read again as an equal context, and written again as the same bytes.
///
/// The first writing may be refused (an enumeration value without a name, say), the second not.
pub fn round_trip(body: &[u8], format: MessageFormat) {
    let Ok(context) = decode(body, format) else { return };
    let Ok(written) = encode(&context, format) else { return };
    let read = match decode(&written, format) {
        Ok(read) => read,
        Err(error) => panic!("own body is refused: {error}\n{}", written.escape_ascii()),
    };
    assert_eq!(read, context, "\n{}", written.escape_ascii());
    let rewritten = encode(&read, format).expect("what was written once can be written again");
    assert_eq!(
        rewritten.escape_ascii().to_string(),
        written.escape_ascii().to_string(),
        "the body changes when it is read and written once more"
    );
}
