//! Why a solution can't be written.

use std::io;

use crate::component::Component;

/// Why a solution can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A text has a character that XML can't hold.
    #[error("{component}: XML can't hold the character U+{character:04X} of `{name}`")]
    Character {
        /// Whose text it is.
        component: Component,
        /// The element or attribute that the text belongs in.
        name: &'static str,
        /// The character's number.
        character: u32,
    },
    /// The writer failed.
    #[error("the solution can't be written")]
    Write(#[from] io::Error),
}
