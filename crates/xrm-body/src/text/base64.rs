//! The text of byte arrays in XML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::output::Output;

/// How many bytes are encoded at a time: a multiple of three, so that only the last have padding.
const CHUNK: usize = 768;

/// Appends bytes in base64, on one line.
pub(crate) fn write_base64(bytes: &[u8], output: &mut Output<'_>) {
    // Encoded on the stack, because the output takes slices and base64 writes to slices.
    let mut text = [0; CHUNK / 3 * 4];
    for chunk in bytes.chunks(CHUNK) {
        let written = STANDARD.encode_slice(chunk, &mut text);
        let written = written.expect("the room is four bytes for each three");
        output.extend_from_slice(&text[..written]);
    }
}
