use std::fmt;

use xrm_body::{EncodeOptions, MessageFormat, Zone};
use xrm_context::Generation;

/// How a publisher writes bodies.
pub(crate) struct Encoding {
    pub(crate) message_format: MessageFormat,
    pub(crate) zone: Box<dyn Zone + Send + Sync>,
    pub(crate) generation: Option<Generation>,
    pub(crate) short_control_escapes: bool,
    pub(crate) shortest_numbers: bool,
}

impl Encoding {
    pub(crate) fn options(&self) -> EncodeOptions<'_> {
        let mut options = EncodeOptions::new(self.message_format).zone(&*self.zone);
        if let Some(generation) = self.generation {
            options = options.generation(generation);
        }
        if self.short_control_escapes {
            options = options.short_control_escapes();
        }
        if self.shortest_numbers {
            options = options.shortest_numbers();
        }
        options
    }
}

/// The platform's own way to write JSON.
impl Default for Encoding {
    fn default() -> Self {
        Self {
            message_format: MessageFormat::Json,
            zone: Box::new(xrm_body::Utc),
            generation: None,
            short_control_escapes: false,
            shortest_numbers: false,
        }
    }
}

/// Leaves out the zone, which may be of an application's own type.
impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoding")
            .field("message_format", &self.message_format)
            .field("generation", &self.generation)
            .field("short_control_escapes", &self.short_control_escapes)
            .field("shortest_numbers", &self.shortest_numbers)
            .finish_non_exhaustive()
    }
}
