//! What shows that a body which can be decoded is not what its sender meant.

use std::fmt;

use serde::de::IgnoredAny;
use xrm_context::contract::{DataContract, Slot, TypeName};
use xrm_context::raw::{RawJson, UnknownMember};
use xrm_context::{
    Entity, EntityCollection, EntityReference, Money, OptionSetValue, Raw, RemoteExecutionContext,
};

use crate::path::Path;
use crate::walk::{Place, Visitor, walk};

/// A sign that a body is no execution context, or has lost something on its way. See
/// [`decode_and_check`](crate::decode_and_check).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    kind: FindingKind,
    path: Path,
}

/// The kind of a [`Finding`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindingKind {
    /// The body has no member of an execution context, so it was decoded as one without content.
    #[error("no member of an execution context is there")]
    NoKnownMember,
    /// A member has the name of one of the contract's, but for case. Names are compared exactly, by the
    /// platform too, so it is a member that the class does not have.
    #[error("the member `{found}` is not the contract's `{known}`: names are case-sensitive")]
    OtherCase {
        /// The name in the body.
        found: String,
        /// The name in the contract.
        known: &'static str,
    },
    /// The `__type` of an object is not its first member, for instance because a tool has sorted the
    /// members. The platform reads such an object as an empty one.
    #[error("`__type` is not the first member, so the object has no type and reads as empty")]
    HintNotFirst,
    /// The request and the images were removed, as the platform does with a body that is too large for
    /// its endpoint. The rest is a context.
    #[error(
        "request and images were removed because the body was too large: query the record by its id"
    )]
    TooLarge,
}

impl Finding {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> &FindingKind {
        &self.kind
    }

    /// The path in the context, as of an [error](crate::Error::path). Empty for the root.
    #[must_use]
    pub fn path(&self) -> String {
        self.path.to_string()
    }

    /// Whether the body means something else to its readers than to its sender. All findings say so but
    /// for [`FindingKind::TooLarge`].
    #[must_use]
    pub fn is_misread(&self) -> bool {
        self.kind != FindingKind::TooLarge
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            path if path.is_empty() => self.kind.fmt(f),
            path => write!(f, "{path}: {}", self.kind),
        }
    }
}

/// What a context that was decoded shows of its body, the outermost first.
pub(crate) fn findings(context: &RemoteExecutionContext) -> Vec<Finding> {
    let mut search = Search { found: Vec::new() };
    let at_root = |kind| Finding { kind, path: Path::default() };
    if RemoteExecutionContext::SLOTS
        .iter()
        .all(|slot| context.extra.lacks::<RemoteExecutionContext>(slot.name))
    {
        search.found.push(at_root(FindingKind::NoKnownMember));
    } else if was_too_large(context) {
        search.found.push(at_root(FindingKind::TooLarge));
    }
    walk(context, &mut search);
    search.found
}

/// Whether the members are gone that the platform removes from large bodies, while those are there that
/// are always with them.
///
/// Source: [Use webhooks to create external handlers](https://learn.microsoft.com/power-apps/developer/data-platform/use-webhooks).
/// Removed members may be absent or null.
fn was_too_large(context: &RemoteExecutionContext) -> bool {
    let extra = &context.extra;
    let is_gone = |name| {
        extra.lacks::<RemoteExecutionContext>(name)
            || extra.was_null::<RemoteExecutionContext>(name)
    };
    ["InputParameters", "PreEntityImages", "PostEntityImages"].into_iter().all(is_gone)
        && ["MessageName", "OutputParameters", "PrimaryEntityId"]
            .into_iter()
            .all(|name| !extra.lacks::<RemoteExecutionContext>(name))
}

struct Search {
    found: Vec<Finding>,
}

impl Search {
    fn find(&mut self, kind: FindingKind, path: Path) {
        self.found.push(Finding { kind, path });
    }
}

impl Visitor for Search {
    fn raw(&mut self, place: &Place<'_>, value: &Raw) {
        if let Raw::Json(json) = value
            && has_late_hint(json)
        {
            self.find(FindingKind::HintNotFirst, place.path());
        }
    }

    fn unknown_member(
        &mut self,
        place: &Place<'_>,
        class: Option<&'static TypeName>,
        member: UnknownMember<'_>,
    ) {
        let slots = class.map_or(&[] as &[Slot], slots_of);
        let is_it = |slot: &&Slot| slot.name.eq_ignore_ascii_case(member.name());
        if let Some(slot) = slots.iter().find(is_it) {
            let (found, known) = (member.name().to_owned(), slot.name);
            // The step to the member itself is in the text.
            self.find(FindingKind::OtherCase { found, known }, place.outer_path());
        }
    }
}

/// The members of the classes that most bodies hold. Tools that change the case of names change it
/// everywhere, so others need not be known.
fn slots_of(class: &'static TypeName) -> &'static [Slot] {
    macro_rules! classes {
        ($($class:ident),*) => {
            [$((<$class as DataContract>::TYPE, <$class as DataContract>::SLOTS),)*]
        };
    }
    let classes = classes![
        RemoteExecutionContext,
        Entity,
        EntityReference,
        EntityCollection,
        OptionSetValue,
        Money
    ];
    classes.iter().find(|(name, _)| *name == class).map_or(&[], |(_, slots)| slots)
}

/// Whether an object without a type hint has a member that looks like one.
fn has_late_hint(json: &RawJson) -> bool {
    // The search is quick, and the parsing decides: the words may be in a string, or deeper inside.
    json.type_hint.is_none()
        && json.text.starts_with('{')
        && memchr::memmem::find(json.text.as_bytes(), b"\"__type\"").is_some()
        && has_member(&json.text, "__type")
}

fn has_member(object: &str, name: &str) -> bool {
    type Members = std::collections::BTreeMap<String, IgnoredAny>;
    // `NaN` inside is not JSON; then the search has to do.
    serde_json::from_str(object).map_or(true, |members: Members| members.contains_key(name))
}
