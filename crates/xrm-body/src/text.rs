//! The text of scalars, which both formats share.

pub(crate) mod base64;
pub(crate) mod date;
pub(crate) mod decimal;
pub(crate) mod double;
pub(crate) mod duration;
pub(crate) mod guid;
mod scalar;
mod short;

pub(crate) use scalar::Scalar;
pub(crate) use short::{Short, copy_few};
