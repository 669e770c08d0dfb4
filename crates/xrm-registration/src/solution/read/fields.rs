//! The values in an element.

use uuid::Uuid;

use super::reader::{Reader, Tag};
use crate::solution::error::{Error, ErrorKind};
use crate::solution::location::Location;

/// The elements that stand in another one.
pub(crate) struct Columns {
    /// Those that hold a value.
    pub(crate) read: &'static [&'static str],
    /// Those that are known and not kept.
    pub(crate) passed: &'static [&'static str],
}

/// The values in an element, by the names of the elements that hold them.
pub(crate) struct Fields {
    pub(crate) location: Location,
    values: Vec<(&'static str, Location, String)>,
}

impl Fields {
    /// Of the element that begins here.
    pub(crate) const fn new(location: Location) -> Self {
        Self { location, values: Vec::new() }
    }

    /// Takes an element if its columns have it; otherwise gives its tag back.
    pub(crate) fn take(
        &mut self,
        columns: &Columns,
        reader: &mut Reader<'_>,
        tag: Tag,
    ) -> Result<Option<Tag>, Error> {
        // A list and no map: an element has at most two dozen of these.
        if let Some(name) = columns.read.iter().find(|it| **it == tag.name) {
            if self.values.iter().any(|(it, ..)| it == name) {
                return Err(reader.error(ErrorKind::Repeated { name: tag.name }));
            }
            let location = reader.location();
            let text = reader.text()?;
            self.values.push((name, location, text));
            return Ok(None);
        }
        if columns.passed.contains(&tag.name.as_str()) {
            reader.skip()?;
            return Ok(None);
        }
        Ok(Some(tag))
    }

    /// A text. An empty one is none.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let position = self.values.iter().position(|(it, ..)| *it == name)?;
        let (_, _, text) = self.values.swap_remove(position);
        Some(text).filter(|it| !it.is_empty())
    }

    /// The text of an element, which stays to be read.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(it, ..)| *it == name).map(|(_, _, text)| text.as_str())
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<Option<i32>, Error> {
        self.parsed(name, "a whole number", |text| text.parse().ok())
    }

    pub(crate) fn id(&self, name: &'static str) -> Result<Option<Uuid>, Error> {
        self.parsed(name, "a GUID", |text| Uuid::try_parse(text).ok())
    }

    pub(crate) fn boolean(&self, name: &'static str) -> Result<Option<bool>, Error> {
        self.parsed(name, "0 or 1", |text| match text {
            "0" | "false" => Some(false),
            "1" | "true" => Some(true),
            _ => None,
        })
    }

    /// What must be there.
    pub(crate) fn required<T>(&self, name: &'static str, value: Option<T>) -> Result<T, Error> {
        value.ok_or_else(|| self.error(ErrorKind::Missing { name }))
    }

    /// The id in an attribute, which must be there.
    pub(crate) fn id_attribute(&self, tag: &Tag, name: &'static str) -> Result<Uuid, Error> {
        let text = self.required(name, tag.attribute(name))?;
        let kind = ErrorKind::WrongType { name, expected: "a GUID" };
        Uuid::try_parse(text.trim()).map_err(|_| self.error(kind))
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error { location: self.location.clone(), kind }
    }

    /// Where there is nothing, there is no value.
    fn parsed<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some((_, location, text)) = self.values.iter().find(|(it, ..)| *it == name) else {
            return Ok(None);
        };
        // Formatters break elements into lines, and exports have empty elements for columns that
        // hold nothing.
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let error =
            || Error { location: location.clone(), kind: ErrorKind::WrongType { name, expected } };
        parse(text).map(Some).ok_or_else(error)
    }
}
