//! The bodies that the benchmarks write and read.

use std::fmt;

use xrm_body::{MessageFormat, decode, encode};
use xrm_context::RemoteExecutionContext;

/// A context from the fixtures, with its body in a format as this project writes it.
pub struct Sample {
    /// The context.
    pub context: RemoteExecutionContext,
    /// Its body.
    pub body: Vec<u8>,
}

/// Which fixture.
#[derive(Clone, Copy)]
pub enum Fixture {
    /// `fixtures/bodies/msg-update-sync-images`: an update with images under several aliases.
    UpdateWithImages,
    /// `fixtures/captured/005.json`: one that a server sent.
    Captured005,
    /// `fixtures/captured/007.json`: another, larger one.
    Captured007,
}

impl Fixture {
    /// Every fixture.
    pub const ALL: [Self; 3] = [Self::UpdateWithImages, Self::Captured005, Self::Captured007];

    /// The fixture's context and its body in `format`, without the blanks that a fixture may have.
    ///
    /// # Panics
    /// If the crate `xrm-body` can't read or write the fixture, which its tests exclude.
    #[must_use]
    pub fn load(self, format: MessageFormat) -> Sample {
        let context = decode(self.json(), MessageFormat::Json).expect("the fixture is readable");
        let body = encode(&context, format).expect("the fixture has a body in either format");
        Sample { context, body }
    }

    fn json(self) -> &'static [u8] {
        match self {
            Self::UpdateWithImages => {
                include_bytes!("../../fixtures/bodies/msg-update-sync-images/body.json")
            }
            Self::Captured005 => include_bytes!("../../fixtures/captured/005.json"),
            Self::Captured007 => include_bytes!("../../fixtures/captured/007.json"),
        }
    }
}

impl fmt::Display for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::UpdateWithImages => "update with images",
            Self::Captured005 => "captured 005",
            Self::Captured007 => "captured 007",
        })
    }
}
