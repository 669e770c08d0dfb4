//! The seal of the traits that only types of this crate implement.

/// Keeps other crates from implementing [`Field`](super::Field), and with it
/// [`DataContract`](super::DataContract) and [`Known`](super::Known): what they ask of a type may then
/// change without breaking anyone.
#[expect(unnameable_types, reason = "a seal is what cannot be named")]
pub trait Sealed {}
