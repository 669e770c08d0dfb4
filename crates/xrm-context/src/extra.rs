//! What a body held beyond the members that its types name, or lacked of them.

use crate::contract::{DataContract, Slot, TypeName, Writer};
use crate::raw::{UnknownMember, UnknownMembers};

/// What a value that was read from a body remembers of it, so that it is written back with exactly
/// the members it had: which members were absent (an older server wrote it), which collections
/// were null, which doubles were a negative zero in JSON, which members this version does not know (a
/// newer server wrote it), and of which derived class the value is.
///
/// Empty by default, and one word wide. Two values are equal when their unknown members and their
/// classes are equal: whether a member was absent or had its default is not part of the value.
// Boxed because nearly every value has none: an `Extra` is in each class value and in each pair, and
// its size is part of theirs.
#[derive(Clone, Default, Debug)]
pub struct Extra(Option<Box<Members>>);

#[derive(Clone, Default, Debug)]
struct Members {
    absent: u64,
    null: u64,
    minus_zero: u64,
    unknown: UnknownMembers,
    derived: Option<&'static TypeName>,
}

impl Extra {
    /// Members that stand out of wire order in the body are put in it, as they will be written.
    pub(crate) fn new(
        absent: u64,
        null: u64,
        minus_zero: u64,
        mut unknown: UnknownMembers,
    ) -> Self {
        if absent | null | minus_zero == 0 && unknown.is_empty() {
            return Self::default();
        }
        unknown.shrink_to_fit();
        Self(Some(Box::new(Members { absent, null, minus_zero, unknown, derived: None })))
    }

    /// Whether there is nothing to remember.
    #[must_use]
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.0.is_none()
    }

    /// The members that this version does not know, in the order they stood.
    pub fn unknown(&self) -> impl Iterator<Item = UnknownMember<'_>> {
        self.0.iter().flat_map(|members| members.unknown.at(|_| true))
    }

    fn unknown_members(&self) -> &UnknownMembers {
        const NONE: &UnknownMembers = &UnknownMembers::NONE;
        self.0.as_ref().map_or(NONE, |members| &members.unknown)
    }

    /// The contract of the value's own class, where that is one derived of the class that stands
    /// here: `OrganizationUpsertResponse` for an [`OrganizationResponse`](crate::message::OrganizationResponse).
    #[must_use]
    #[inline]
    pub fn derived(&self) -> Option<&'static TypeName> {
        self.0.as_ref()?.derived
    }

    /// Whether the body that a value of class `C` was read from lacked this member.
    #[doc(hidden)]
    #[must_use]
    pub fn lacks<C: DataContract>(&self, member: &str) -> bool {
        self.has_bit::<C>(member, |members| members.absent)
    }

    /// Whether this member, a class or a collection, was null in the body.
    #[doc(hidden)]
    #[must_use]
    pub fn was_null<C: DataContract>(&self, member: &str) -> bool {
        self.has_bit::<C>(member, |members| members.null)
    }

    fn has_bit<C: DataContract>(&self, member: &str, bits: impl Fn(&Members) -> u64) -> bool {
        let index = C::SLOTS.iter().position(|slot| slot.name == member);
        let bits = self.0.as_deref().map_or(0, bits);
        index.is_some_and(|index| bits >> index & 1 == 1)
    }

    /// Remembers that the value is of a derived class.
    pub(crate) fn derive(&mut self, derived: &'static TypeName) {
        self.0.get_or_insert_default().derived = Some(derived);
    }

    /// Takes a value for one of the class that stands here.
    pub(crate) fn underive(&mut self) {
        if let Some(members) = &mut self.0 {
            members.derived = None;
        }
    }

    /// Writes the unknown members before the member at `index`, and says whether that member
    /// itself is still to be written. One that was absent or null in the body is written again
    /// as soon as it has a value, and an absent one where a generation is asked for, which tells
    /// what members there are.
    #[cold]
    pub(crate) fn writes<W: Writer>(
        &self,
        index: usize,
        slot: &Slot,
        is_default: impl Fn() -> bool,
        writer: &mut W,
    ) -> bool {
        let Some(members) = &self.0 else { return true };
        // First the unknown members, also where the known one behind them is left out: their order among
        // the known ones is part of the body.
        members.write_unknown(|position| position == index, writer);
        if !slot.is_written(&is_default, || writer.generation()) {
            return false;
        }
        let bit = 1_u64 << index;
        if members.minus_zero & bit != 0 && is_default() && writer.minus_zero(slot) {
            return false;
        }
        let absent = if writer.generation().is_none() { members.absent } else { 0 };
        if (absent | members.null) & bit == 0 || !is_default() {
            return true;
        }
        if members.null & bit != 0 {
            writer.null(slot);
        }
        false
    }

    /// Writes the unknown members that stood after the last known one.
    #[inline]
    pub(crate) fn write_unknown<W: Writer>(&self, index: usize, writer: &mut W) {
        if let Some(members) = &self.0 {
            members.write_unknown(|position| position >= index, writer);
        }
    }
}

impl Members {
    fn write_unknown<W: Writer>(&self, stands: impl Fn(usize) -> bool, writer: &mut W) {
        // The usual case, asked for each member that is written.
        if self.unknown.is_empty() {
            return;
        }
        for member in self.unknown.at(stands) {
            writer.unknown_member(member);
        }
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        self.unknown_members() == other.unknown_members() && self.derived() == other.derived()
    }
}
