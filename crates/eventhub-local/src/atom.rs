//! Atom, as management speaks it: a description stands in the content of an entry, and entries
//! stand in a feed ([Create Event Hub](https://learn.microsoft.com/rest/api/eventhub/create-event-hub)).

use std::io;

use chrono::{DateTime, Utc};

use crate::settings::{NAMESPACE, timestamp};
use crate::xml::{self, Element, Xml, allowed};

/// The content type of an entry.
pub(crate) const ENTRY_TYPE: &str = "application/atom+xml;type=entry;charset=utf-8";

/// The content type of a feed.
pub(crate) const FEED_TYPE: &str = "application/atom+xml;type=feed;charset=utf-8";

const ATOM: &str = "http://www.w3.org/2005/Atom";

/// The description of this name in a request's body, or why there is none.
pub(crate) fn description(body: &[u8], name: &str) -> Result<Element, String> {
    let entry = Element::read(body)?;
    if (entry.namespace.as_str(), entry.name.as_str()) != (ATOM, "entry") {
        return Err("it is no Atom entry".into());
    }
    // Titles and dates of the entry are the service's to set; only the content counts.
    let content = entry.child("content").map_or(&[][..], |it| &it.children);
    let found = content.iter().find(|it| it.name == name && it.namespace == NAMESPACE);
    found.cloned().ok_or_else(|| format!("its content is no {name}"))
}

/// What an entry says about something.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) title: String,
    /// When it was created, if the entry has it.
    pub(crate) published: Option<DateTime<Utc>>,
    pub(crate) updated: DateTime<Utc>,
    /// The namespace, if the entry has it.
    pub(crate) author: Option<String>,
    /// The description in XML.
    pub(crate) description: String,
}

impl Entry {
    /// The entry as a document, of which `uri` is the address.
    pub(crate) fn document(&self, uri: &str) -> String {
        xml::write(|xml| self.write(xml, ("xmlns", ATOM), uri, uri))
    }

    fn write(
        &self,
        xml: &mut Xml,
        attribute: (&str, &str),
        id: &str,
        link: &str,
    ) -> io::Result<()> {
        xml::element(xml, "entry", &[attribute], |xml| {
            xml::text(xml, "id", id)?;
            title(xml, &self.title)?;
            if let Some(published) = self.published {
                xml::text(xml, "published", &to_second(published))?;
            }
            xml::text(xml, "updated", &to_second(self.updated))?;
            if let Some(author) = &self.author {
                xml::element(xml, "author", &[], |xml| xml::text(xml, "name", author))?;
            }
            self_link(xml, link)?;
            let content = [("type", "application/xml")];
            xml::element(xml, "content", &content, |xml| xml::raw(xml, &self.description))
        })
    }
}

/// A feed, of which `uri` is the address. `parent` is where its entries are found, as an absolute
/// URI and relative to the feed's.
pub(crate) fn feed(
    name: &str,
    uri: &str,
    (absolute, relative): (&str, &str),
    updated: DateTime<Utc>,
    entries: &[Entry],
) -> String {
    const VERSION: &str = "?api-version=2014-01";

    let feed = |xml: &mut Xml| {
        title(xml, name)?;
        xml::text(xml, "id", uri)?;
        xml::text(xml, "updated", &to_second(updated))?;
        self_link(xml, uri)?;
        entries.iter().try_for_each(|it| {
            let address = |parent| format!("{parent}/{}{VERSION}", it.title);
            it.write(xml, ("xml:base", uri), &address(absolute), &address(relative))
        })
    };
    xml::write(|xml| xml::element(xml, "feed", &[("xmlns", ATOM)], feed))
}

fn title(xml: &mut Xml, text: &str) -> io::Result<()> {
    xml::element(xml, "title", &[("type", "text")], |xml| xml::raw(xml, &xml::escaped(text)))
}

fn self_link(xml: &mut Xml, target: &str) -> io::Result<()> {
    let target = allowed(target);
    xml.create_element("link")
        .with_attributes([("rel", "self"), ("href", &target)])
        .write_empty()
        .map(drop)
}

fn to_second(time: DateTime<Utc>) -> String {
    let whole = DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(time);
    timestamp(whole)
}
