//! The text of scalars, which both formats share.

pub(crate) mod base64;
pub(crate) mod decimal;
pub(crate) mod double;
pub(crate) mod guid;
mod scalar;

pub(crate) use scalar::Scalar;
