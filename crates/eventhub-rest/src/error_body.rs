//! The XML that Event Hubs answers a refused request with:
//!
//! ```xml
//! <Error><Code>413</Code><Detail>The maximum message size ... TrackingId:..._G18, ...</Detail></Error>
//! ```

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// What an answer's body says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) code: String,
    pub(crate) detail: String,
}

impl ErrorBody {
    /// `None` unless the root element is `Error`. Of a body that is cut off or breaks later, what
    /// came before is kept.
    ///
    /// A document type definition ends the reading, and only the predefined entities and character
    /// references are known, so nothing is ever expanded.
    pub(crate) fn read(xml: &str) -> Option<Self> {
        let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
        let mut walk = Walk::default();
        loop {
            match reader.read_event() {
                Ok(Event::Start(element)) => walk.enter(element.local_name().as_ref())?,
                Ok(Event::End(_)) => walk.leave(),
                Ok(Event::Text(text)) => walk.add(&text.xml10_content()),
                Ok(Event::CData(text)) => walk.add(&text.xml10_content()),
                Ok(Event::GeneralRef(entity)) => walk.add(&resolve(&entity)),
                Ok(Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {}
                Ok(Event::DocType(_) | Event::Eof) | Err(_) => return walk.body,
            }
        }
    }
}

#[derive(Default)]
struct Walk {
    depth: usize,
    field: Option<Field>,
    body: Option<ErrorBody>,
}

#[derive(Clone, Copy)]
enum Field {
    Code,
    Detail,
}

impl Walk {
    /// `None` for a root element of another name.
    fn enter(&mut self, name: &str) -> Option<()> {
        self.depth += 1;
        self.field = match (self.depth, name) {
            (1, "Error") => {
                self.body = Some(ErrorBody::default());
                None
            }
            (1, _) => return None,
            (2, "Code") => Some(Field::Code),
            (2, "Detail") => Some(Field::Detail),
            _ => None,
        };
        Some(())
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.field = None;
    }

    fn add(&mut self, text: &str) {
        match (&mut self.body, self.field) {
            (Some(body), Some(Field::Code)) => body.code.push_str(text),
            (Some(body), Some(Field::Detail)) => body.detail.push_str(text),
            _ => {}
        }
    }
}

/// The reference's character; of an unknown entity, its name, as a reader would rather see it.
pub(crate) fn resolve(entity: &BytesRef<'_>) -> String {
    match entity.resolve_char_ref() {
        Ok(Some(character)) => character.to_string(),
        _ => resolve_predefined_entity(entity)
            .map_or_else(|| format!("&{};", &**entity), str::to_owned),
    }
}
