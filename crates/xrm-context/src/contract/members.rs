//! Which members of a class a reader has met.

use super::{Slot, TypeName};
use crate::extra::Extra;
use crate::raw::{Recording, UnknownMembers};

/// The bookkeeping of one class while it is read. A [`Reader`](super::Reader) asks it where the
/// next member belongs; it ends as the value's [`Extra`].
#[derive(Debug)]
pub struct Members {
    // `seen` and those behind it have a bit for each member, in wire order: the largest class has 30 members.
    slots: &'static [Slot],
    next: usize,
    seen: u64,
    null: u64,
    minus_zero: u64,
    unknown: UnknownMembers,
    derived: Option<&'static TypeName>,
}

impl Members {
    /// No member met yet.
    #[must_use]
    #[inline]
    pub fn new(slots: &'static [Slot]) -> Self {
        debug_assert!(slots.len() <= 64, "a class has at most 64 members");
        let unknown = UnknownMembers::NONE;
        Self { slots, next: 0, seen: 0, null: 0, minus_zero: 0, unknown, derived: None }
    }

    /// So many members met, the first in wire order.
    pub(crate) fn after(slots: &'static [Slot], count: usize) -> Self {
        let mut members = Self::new(slots);
        for _ in 0..count {
            members.take_expected();
        }
        members
    }

    /// Whether nothing was met yet: no member, known or unknown, and no hint.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.seen == 0 && self.unknown.is_empty() && self.derived.is_none()
    }

    /// How many members were met, known and unknown.
    #[must_use]
    pub fn count(&self) -> usize {
        self.seen.count_ones() as usize + self.unknown.len()
    }

    /// The member that comes next in wire order, unless it was met out of order before: then it is
    /// left to [`take`](Self::take), which reports that.
    #[must_use]
    #[inline]
    pub fn expected(&self) -> Option<&'static Slot> {
        let slot = self.slots.get(self.next)?;
        (self.seen >> self.next & 1 == 0).then_some(slot)
    }

    /// Takes the expected member as met and gives its index.
    #[inline]
    pub fn take_expected(&mut self) -> usize {
        let index = self.next;
        self.seen |= 1 << index;
        self.next += 1;
        index
    }

    /// The member that `is_it` recognizes, wherever it is in wire order.
    // From the expected member on, then from the start: a body that lacks members has the others in order.
    pub fn find(&self, mut is_it: impl FnMut(&Slot) -> bool) -> Option<usize> {
        let (before, after) = self.slots.split_at(self.next.min(self.slots.len()));
        let later = after.iter().position(&mut is_it).map(|index| index + before.len());
        later.or_else(|| before.iter().position(is_it))
    }

    /// The member that `is_it` recognizes, from the expected one on in wire order.
    pub fn find_later(&self, is_it: impl FnMut(&Slot) -> bool) -> Option<usize> {
        let later = self.slots.get(self.next..)?;
        later.iter().position(is_it).map(|index| index + self.next)
    }

    /// Takes the member at `index` as met. False if it was met before.
    #[must_use]
    pub fn take(&mut self, index: usize) -> bool {
        let bit = 1 << index;
        let first = self.seen & bit == 0;
        self.seen |= bit;
        self.next = index + 1;
        first
    }

    /// The name of the member at `index`.
    #[must_use]
    pub fn name(&self, index: usize) -> &'static str {
        self.slots[index].name
    }

    /// Keeps a member that the class does not have, where it stands. The caller records it.
    pub fn keep(&mut self) -> &mut Recording {
        self.unknown.add(self.next)
    }

    /// Keeps a member that the class does not have, before all others that it has. The caller records
    /// it.
    pub fn keep_first(&mut self) -> &mut Recording {
        self.unknown.add(0)
    }

    /// Remembers that the value is of this class, which is derived of the one that is declared.
    pub fn derive(&mut self, derived: &'static TypeName) {
        self.derived = Some(derived);
    }

    /// Remembers that the member at `index`, a collection, was null.
    pub(crate) fn mark_null(&mut self, index: usize) {
        self.null |= 1 << index;
    }

    /// Remembers that the member at `index`, a double, was a negative zero.
    #[cold]
    pub(crate) fn mark_minus_zero(&mut self, index: usize) {
        self.minus_zero |= 1 << index;
    }

    /// What the class's value keeps of this.
    #[inline]
    pub(crate) fn into_extra(self) -> Extra {
        // Shifting by 64 would overflow, so a class without members counts as one with a member.
        let all = u64::MAX >> (64 - self.slots.len().clamp(1, 64));
        let absent = all & !self.seen;
        if absent | self.null | self.minus_zero == 0
            && self.unknown.is_empty()
            && self.derived.is_none()
        {
            return Extra::default();
        }
        self.remembered(absent)
    }

    fn remembered(self, mut absent: u64) -> Extra {
        if absent != 0 {
            // A member that is left out by default is not missed.
            let omitted = self.slots.iter().enumerate().filter(|(_, slot)| slot.omitted);
            absent &= !omitted.fold(0, |omitted, (index, _)| omitted | 1_u64 << index);
        }
        let mut extra = Extra::new(absent, self.null, self.minus_zero, self.unknown);
        if let Some(derived) = self.derived {
            extra.derive(derived);
        }
        extra
    }
}
