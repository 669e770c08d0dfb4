//! What can't be written, and where it is.
//!
//! The writers ask the functions of this file whether a format has a value, and so does the walk that finds
//! the first value it does not have.

use xrm_context::contract::{EnumType, TypeName};
use xrm_context::raw::UnknownMember;
use xrm_context::{DateTime, Generation, Raw, RemoteExecutionContext};

use crate::error::ErrorKind;
use crate::format::MessageFormat;
use crate::json::instant_and_offset;
use crate::options::EncodeOptions;
use crate::path::Path;
use crate::walk::{Place, Visitor, walk};

/// The error of an enumeration value that XML has no name for.
#[cold]
pub(crate) fn without_name(kind: &'static EnumType, value: i32) -> ErrorKind {
    ErrorKind::EnumWithoutName { enumeration: kind.type_name.name, value }
}

/// The error of a contract type that the platform refuses in an `object` place of XML.
#[cold]
pub(crate) fn not_known(name: &'static TypeName) -> ErrorKind {
    ErrorKind::NotKnown { contract: name.name, format: MessageFormat::Xml }
}

/// The error of a value that was kept as it was in a body of the other format.
#[cold]
pub(crate) fn kept_value(value: &Raw, format: MessageFormat) -> ErrorKind {
    ErrorKind::Raw { what: value.to_string(), format }
}

/// The error of a member that was kept as it was in a body of the other format.
#[cold]
pub(crate) fn kept_member(member: UnknownMember<'_>, format: MessageFormat) -> ErrorKind {
    ErrorKind::Raw { what: format!("the unknown member `{}`", member.name()), format }
}

/// The path to the first value that can't be written with these options.
#[cold]
pub(crate) fn locate(context: &RemoteExecutionContext, options: &EncodeOptions) -> Path {
    let mut search = Search { options, found: None };
    walk(context, &mut search);
    search.found.unwrap_or_default()
}

struct Search<'o> {
    options: &'o EncodeOptions,
    found: Option<Path>,
}

impl Search<'_> {
    fn find(&mut self, place: &Place<'_>, is_refused: bool) {
        if is_refused {
            self.found.get_or_insert_with(|| place.path());
        }
    }

    fn is(&self, format: MessageFormat) -> bool {
        self.options.format() == format
    }
}

impl Visitor for Search<'_> {
    fn generation(&self) -> Option<Generation> {
        self.options.generation
    }

    fn date_time(&mut self, place: &Place<'_>, value: DateTime) {
        let is_out_of_range = || instant_and_offset(value, self.options.writing_zone()).is_none();
        self.find(place, self.is(MessageFormat::Json) && is_out_of_range());
    }

    fn enumeration(&mut self, place: &Place<'_>, kind: &'static EnumType, value: i32) {
        let has_name = || kind.for_each_name(value, |_| {});
        self.find(place, self.is(MessageFormat::Xml) && !has_name());
    }

    fn known(&mut self, place: &Place<'_>, _: &'static TypeName) {
        self.find(place, self.is(MessageFormat::Xml));
    }

    fn raw(&mut self, place: &Place<'_>, value: &Raw) {
        let format = match value {
            Raw::Json(_) => Some(MessageFormat::Json),
            Raw::Xml(_) => Some(MessageFormat::Xml),
            _ => None,
        };
        self.find(place, format != Some(self.options.format()));
    }

    fn unknown_member(
        &mut self,
        place: &Place<'_>,
        _: Option<&'static TypeName>,
        member: UnknownMember<'_>,
    ) {
        let is_written = match self.options.format() {
            MessageFormat::Json => member.as_json().is_some(),
            MessageFormat::Xml => member.is_redundant_hint() || member.as_xml().is_some(),
        };
        self.find(place, !is_written);
    }
}
