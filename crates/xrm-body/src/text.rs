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
    text.trim_matches([' ', '\t', '\n', '\r'])
}
