//! Values and members of XML that are kept as they are, because their type or name is unknown.

use xrm_context::raw::{RawXml, XmlElement, XmlName, XmlNode};

use super::{XmlReader, is_blank};
use crate::error::Error;
use crate::xml::tag::QName;

impl XmlReader<'_> {
    /// Reads the content of the current element without interpreting it, and its end tag.
    pub(super) fn raw(&mut self) -> Result<RawXml, Error> {
        let current = self.current;
        // The type is kept as an expanded name too: its prefix may be declared far outside of what
        // is kept.
        let type_name = match self.instance_attribute("type")? {
            Some(text) => Some(self.expand(QName::parse(text.trim()))?),
            None => None,
        };
        let mut attributes = Vec::new();
        for attribute in &self.attributes {
            let name = if attribute.name.prefix.is_empty() {
                unprefixed(attribute.name.local)
            } else {
                self.expand(attribute.name)?
            };
            attributes.push((name, attribute.value.to_string()));
        }
        let declared = self.bindings.since(current.bindings);
        let declarations =
            declared.iter().map(|b| (b.prefix.to_owned(), b.uri.to_string())).collect();
        let children = self.raw_children()?;
        Ok(RawXml { type_name, declarations, attributes, children })
    }

    /// Reads the inside of the current element, and its end tag.
    pub(super) fn raw_children(&mut self) -> Result<Vec<XmlNode>, Error> {
        let current = self.current;
        let mut children = Vec::new();
        if !current.empty {
            self.enter();
            while self.raw_child(&mut children)? {
                self.check_count(children.len())?;
            }
            self.lexer.end_tag(current.name.text())?;
            self.open.pop();
        }
        // Blanks between elements are indentation, not content.
        if children.iter().any(|child| matches!(child, XmlNode::Element(_))) {
            children.retain(|child| !matches!(child, XmlNode::Text(text) if is_blank(text)));
        }
        self.bindings.truncate(current.bindings);
        Ok(children)
    }

    /// Reads text and an element behind it. False where an end tag comes instead, of which `</`
    /// is taken.
    fn raw_child(&mut self, children: &mut Vec<XmlNode>) -> Result<bool, Error> {
        let text = self.lexer.text()?;
        if !text.is_empty() {
            children.push(XmlNode::Text(text.into_owned()));
        }
        if self.lexer.take("</") {
            return Ok(false);
        }
        self.start_tag()?;
        children.push(XmlNode::Element(self.raw_element()?));
        Ok(true)
    }

    pub(super) fn raw_element(&mut self) -> Result<XmlElement, Error> {
        let name = self.expand(QName::parse(self.current.name.text()))?;
        Ok(XmlElement { name, content: self.raw()? })
    }

    fn expand(&self, name: QName<'_>) -> Result<XmlName, Error> {
        Ok(XmlName {
            prefix: name.prefix.to_owned(),
            local: name.local.to_owned(),
            namespace: self.uri(name.prefix)?.to_owned(),
        })
    }
}

fn unprefixed(local: &str) -> XmlName {
    XmlName { prefix: String::new(), local: local.to_owned(), namespace: String::new() }
}
