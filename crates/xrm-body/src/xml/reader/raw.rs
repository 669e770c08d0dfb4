//! Values and members of XML that are kept as they are, because their type or name is unknown.

use std::sync::Arc;

use xrm_context::raw::Recording;

use super::{XmlReader, is_blank};
use crate::error::Error;
use crate::xml::tag::QName;

impl XmlReader<'_> {
    /// Reads the current element without interpreting it, and its end tag.
    pub(super) fn raw_element(&mut self, out: &mut Recording) -> Result<(), Error> {
        let name = QName::parse(self.current.name.text());
        out.start(name.prefix, name.local, self.namespace(name.prefix)?);
        self.raw(out)?;
        out.end();
        Ok(())
    }

    /// Reads the content of the current element without interpreting it, and its end tag.
    pub(super) fn raw(&mut self, out: &mut Recording) -> Result<(), Error> {
        let current = self.current;
        let attributes = std::mem::take(&mut self.attributes);
        for attribute in &attributes {
            let QName { prefix, local } = attribute.name;
            // An attribute without a prefix is in no namespace, whatever the default one is.
            let namespace = if prefix.is_empty() { None } else { self.namespace(prefix)? };
            out.attribute(prefix, local, namespace, &attribute.value);
        }
        self.attributes = attributes;
        for binding in self.bindings.since(current.bindings) {
            out.declaration(binding.prefix, &binding.uri);
        }
        // The type is kept as an expanded name too: its prefix may be declared far outside of what
        // is kept.
        if let Some(text) = self.instance_attribute("type")? {
            let name = QName::parse(text.trim());
            out.type_name(name.prefix, name.local, self.namespace(name.prefix)?);
        }
        self.raw_children(out)
    }

    /// Reads the inside of the current element, and its end tag.
    pub(super) fn raw_children(&mut self, out: &mut Recording) -> Result<(), Error> {
        let current = self.current;
        if !current.empty {
            self.enter();
            let mut count = 0;
            while self.raw_child(out, count == 0)? {
                count += 1;
                self.check_count(count)?;
            }
            self.lexer.end_tag(current.name.text())?;
            self.open.pop();
        }
        self.bindings.truncate(current.bindings);
        Ok(())
    }

    /// Reads text and an element behind it. False where an end tag comes instead, of which `</`
    /// is taken.
    fn raw_child(&mut self, out: &mut Recording, is_first: bool) -> Result<bool, Error> {
        let text = self.lexer.text()?;
        let ends = self.lexer.take("</");
        // Blanks between elements are indentation, not content.
        let is_alone = is_first && ends;
        if !text.is_empty() && (is_alone || !is_blank(&text)) {
            out.text(&text);
        }
        if ends {
            return Ok(false);
        }
        self.start_tag()?;
        self.raw_element(out)?;
        Ok(true)
    }

    /// The namespace that a prefix is bound to, `None` for no namespace.
    fn namespace(&mut self, prefix: &str) -> Result<Option<&Arc<str>>, Error> {
        self.binding(prefix)?;
        Ok(self.bindings.shared(prefix))
    }
}
