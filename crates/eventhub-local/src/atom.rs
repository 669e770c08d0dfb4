//! Atom, as management speaks it: a description stands in the content of an entry, and entries
//! stand in a feed ([Create Event Hub](https://learn.microsoft.com/rest/api/eventhub/create-event-hub)).

use chrono::{DateTime, Utc};

use crate::settings::{NAMESPACE, timestamp};
use crate::xml::{Element, escape, escape_attribute};

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
    let content = entry.child("content").map_or(&[][..], |it| &it.children);
    let found = content.iter().find(|it| it.name == name && it.namespace == NAMESPACE);
    found.cloned().ok_or_else(|| format!("its content is no {name}"))
}

/// What an entry says about something.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) title: String,
    /// When it was created, if that is told.
    pub(crate) published: Option<DateTime<Utc>>,
    pub(crate) updated: DateTime<Utc>,
    /// The namespace, if that is told.
    pub(crate) author: Option<String>,
    /// The description in XML.
    pub(crate) description: String,
}

impl Entry {
    /// The entry as a document, of which `uri` is the address.
    pub(crate) fn document(&self, uri: &str) -> String {
        self.write(&format!(" xmlns=\"{ATOM}\""), uri, uri)
    }

    fn write(&self, attributes: &str, id: &str, link: &str) -> String {
        let published = self.published.map(|it| element("published", &to_second(it)));
        let author =
            self.author.as_ref().map(|it| format!("<author>{}</author>", element("name", it)));
        format!(
            "<entry{attributes}>{}<title type=\"text\">{}</title>{}{}{}{}\
             <content type=\"application/xml\">{}</content></entry>",
            element("id", id),
            escape(&self.title),
            published.unwrap_or_default(),
            element("updated", &to_second(self.updated)),
            author.unwrap_or_default(),
            self_link(link),
            self.description,
        )
    }
}

/// A feed, of which `uri` is the address. `parent` is where its entries are found, as an absolute
/// URI and relative to the feed's.
pub(crate) fn feed(
    title: &str,
    uri: &str,
    (absolute, relative): (&str, &str),
    updated: DateTime<Utc>,
    entries: &[Entry],
) -> String {
    const VERSION: &str = "?api-version=2014-01";

    let base = format!(" xml:base=\"{}\"", escape_attribute(uri));
    let entries = entries.iter().map(|it| {
        let title = &it.title;
        it.write(
            &base,
            &format!("{absolute}/{title}{VERSION}"),
            &format!("{relative}/{title}{VERSION}"),
        )
    });
    format!(
        "<feed xmlns=\"{ATOM}\"><title type=\"text\">{}</title>{}{}{}{}</feed>",
        escape(title),
        element("id", uri),
        element("updated", &to_second(updated)),
        self_link(uri),
        entries.collect::<String>(),
    )
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

fn self_link(target: &str) -> String {
    format!("<link rel=\"self\" href=\"{}\"/>", escape_attribute(target))
}

fn to_second(time: DateTime<Utc>) -> String {
    let whole = DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(time);
    timestamp(whole)
}
