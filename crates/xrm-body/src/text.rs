//! The text of scalars, which both formats share.

pub(crate) mod base64;
pub(crate) mod decimal;
pub(crate) mod double;
pub(crate) mod guid;
mod scalar;

pub(crate) use scalar::Scalar;

/// The text without the blanks around it that both formats allow around a value. A no-break space is none.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    match (text.bytes().next(), text.bytes().next_back()) {
        // Nearly every text has no blanks around it.
        (Some(b'!'..), Some(b'!'..)) => text,
        _ => text.trim_matches([' ', '\t', '\n', '\r']),
    }
}
