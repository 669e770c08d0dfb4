//! The unknown members of a value.

use std::fmt;

use super::recording::{Entries, Entry, Recording, XmlEvent, XmlEvents};

/// The unknown members of a value, by their places among the known ones.
#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) struct UnknownMembers(Vec<Group>);

/// The unknown members before the known member with the index `position`.
#[derive(Clone, PartialEq, Debug)]
struct Group {
    position: usize,
    count: usize,
    recording: Recording,
}

impl UnknownMembers {
    pub(crate) const NONE: Self = Self(Vec::new());

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        // No class has more than 64 members, and so no more than 65 groups.
        self.0.iter().map(|group| group.count).sum()
    }

    /// Adds a member at a place, which the caller records.
    pub(crate) fn add(&mut self, position: usize) -> &mut Recording {
        let place = self.0.binary_search_by_key(&position, |group| group.position);
        let at = place.unwrap_or_else(|at| {
            self.0.insert(at, Group { position, count: 0, recording: Recording::default() });
            at
        });
        self.0[at].count += 1;
        &mut self.0[at].recording
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
        self.0.iter_mut().for_each(|group| group.recording.shrink_to_fit());
    }

    /// Those at the places for which `stands` returns true, in order.
    pub(crate) fn at(
        &self,
        stands: impl Fn(usize) -> bool,
    ) -> impl Iterator<Item = UnknownMember<'_>> {
        let groups = self.0.iter().filter(move |group| stands(group.position));
        groups.flat_map(|group| Walk(group.recording.entries()))
    }
}

/// The members that were recorded one behind the other.
struct Walk<'a>(Entries<'a>);

impl<'a> Iterator for Walk<'a> {
    type Item = UnknownMember<'a>;

    fn next(&mut self) -> Option<UnknownMember<'a>> {
        let member = UnknownMember { entries: self.0, first: self.0.next()? };
        if let Some(events) = member.as_xml() {
            self.0 = events.rest();
        }
        Some(member)
    }
}

/// A member that this version does not know.
#[derive(Clone, Copy)]
pub struct UnknownMember<'a> {
    /// What was recorded from the member on.
    entries: Entries<'a>,
    first: Entry<'a>,
}

impl<'a> UnknownMember<'a> {
    /// Whether this is a `__type` of a JSON object that says what its place declares anyway. JSON
    /// writes it again, XML has nothing to write.
    #[must_use]
    pub fn is_redundant_hint(&self) -> bool {
        matches!(self.first, Entry::Hint(_))
    }

    /// The member's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        match self.first {
            Entry::Json { name, .. } => name,
            Entry::Hint(_) => "__type",
            Entry::Xml(XmlEvent::Start(name)) => name.local,
            Entry::Xml(_) => "",
        }
    }

    /// The tokens of the value, if the member was read from JSON.
    #[must_use]
    pub fn as_json(&self) -> Option<&'a str> {
        match self.first {
            Entry::Json { value, .. } | Entry::Hint(value) => Some(value),
            Entry::Xml(_) => None,
        }
    }

    /// The events of the element from its start to its end, if the member was read from XML.
    #[must_use]
    pub fn as_xml(&self) -> Option<XmlEvents<'a>> {
        match self.first {
            Entry::Json { .. } | Entry::Hint(_) => None,
            Entry::Xml(_) => Some(XmlEvents::of_element(self.entries)),
        }
    }
}

impl fmt::Debug for UnknownMember<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownMember").field("name", &self.name()).finish_non_exhaustive()
    }
}
