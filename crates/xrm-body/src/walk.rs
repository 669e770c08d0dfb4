//! A walk over a context that knows where it is.
//!
//! Writers and readers keep no path, which would cost every value a few instructions. Whoever needs one
//! walks over the context once more: an encoding error, to say where it is, and the search for what a
//! body lacks.

use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{
    Declared, EnumType, Field, IntegerKind, PairFrame, Slot, TypeName, Writer,
};
use xrm_context::raw::UnknownMember;
use xrm_context::{DateTime, Generation, Namespace, Number, Raw, RemoteExecutionContext, TimeSpan};

use crate::path::{Path, PathStep};

/// What looks at the values on the way. Each method gets the place of what it looks at.
pub(crate) trait Visitor {
    /// The generation whose members are walked over; by default, the members that are there.
    fn generation(&self) -> Option<Generation> {
        None
    }

    fn date_time(&mut self, _place: &Place<'_>, _value: DateTime) {}

    fn enumeration(&mut self, _place: &Place<'_>, _kind: &'static EnumType, _value: i32) {}

    /// A value of a contract type that not every format takes in an `object` place.
    fn known(&mut self, _place: &Place<'_>, _name: &'static TypeName) {}

    fn raw(&mut self, _place: &Place<'_>, _value: &Raw) {}

    /// A member that the class does not have, and the class.
    fn unknown_member(
        &mut self,
        _place: &Place<'_>,
        _class: Option<&'static TypeName>,
        _member: UnknownMember<'_>,
    ) {
    }
}

/// Shows what a context holds to the visitor, in wire order.
pub(crate) fn walk(context: &RemoteExecutionContext, visitor: &mut dyn Visitor) {
    let mut walker = Walker { open: Vec::new(), visitor };
    context.write(&mut walker, Slot::ROOT, Declared::Exactly);
}

/// The place of a value, of which the path is made if somebody asks.
pub(crate) struct Place<'a> {
    open: &'a [Open],
    last: Step,
}

impl Place<'_> {
    pub(crate) fn path(&self) -> Path {
        let steps = self.open.iter().map(|open| &open.step).chain([&self.last]);
        Path::of(steps.filter_map(Step::segment).collect())
    }

    /// The path to what holds the value.
    pub(crate) fn outer_path(&self) -> Path {
        Path::of(self.open.iter().filter_map(|open| open.step.segment()).collect())
    }
}

/// A step of the walk.
enum Step {
    Root,
    Member(String),
    Item(usize),
    /// The value of a pair with a key.
    Value(String),
}

impl Step {
    fn segment(&self) -> Option<PathStep> {
        match self {
            Self::Root => None,
            Self::Member(name) => Some(PathStep::Member(name.clone())),
            Self::Item(index) => Some(PathStep::Item(*index)),
            Self::Value(key) => Some(PathStep::Key(key.clone())),
        }
    }
}

/// A class, pair or collection that has begun and not ended.
struct Open {
    step: Step,
    kind: Kind,
}

enum Kind {
    Class(&'static TypeName),
    /// A pair, and its key once that is known.
    Pair(Option<String>),
    /// A list, and how many items have begun.
    List(usize),
}

struct Walker<'v> {
    /// The innermost last.
    open: Vec<Open>,
    visitor: &'v mut dyn Visitor,
}

impl Walker<'_> {
    /// The step to the value that comes next. Called once for each.
    fn step(&mut self, slot: &Slot) -> Step {
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => Step::Root,
            Some(Kind::List(count)) => {
                *count += 1;
                Step::Item(*count - 1)
            }
            Some(Kind::Pair(Some(key))) if slot.json_name() != "key" => Step::Value(key.clone()),
            Some(Kind::Class(_) | Kind::Pair(_)) => Step::Member(slot.name.to_owned()),
        }
    }

    fn begin(&mut self, slot: &Slot, kind: Kind) {
        let step = self.step(slot);
        self.open.push(Open { step, kind });
    }

    fn end(&mut self) {
        self.open.pop();
    }

    /// Shows a value to the visitor.
    fn show(&mut self, slot: &Slot, show: impl FnOnce(&mut dyn Visitor, &Place<'_>)) {
        let last = self.step(slot);
        show(self.visitor, &Place { open: &self.open, last });
    }

    /// Remembers a string that is the key of a pair, or the name of the relationship that is.
    fn meet_key(&mut self, slot: &Slot, value: &str) {
        let is_key = |open: &Open| matches!(&open.step, Step::Member(name) if name.eq_ignore_ascii_case("key"));
        let pair = match self.open.as_mut_slice() {
            [.., pair] if slot.json_name() == "key" => pair,
            [.., pair, key] if slot.name == "SchemaName" && is_key(key) => pair,
            _ => return,
        };
        if let Kind::Pair(key) = &mut pair.kind {
            *key = Some(value.to_owned());
        }
    }
}

/// Whether a class is one of .NET's pairs.
pub(crate) fn is_pair(name: &TypeName) -> bool {
    name.name.starts_with("KeyValuePairOf") || name.name.starts_with("KeyValueOf")
}

/// Scalars that no visitor looks at.
macro_rules! steps {
    ($($method:ident($value:ty $(, $more:ty)?);)*) => {$(
        fn $method(&mut self, slot: &Slot, _: Declared, $(_: $more,)? _: $value) {
            self.step(slot);
        }
    )*};
}

impl Writer for Walker<'_> {
    type Mark = ();

    fn generation(&self) -> Option<Generation> {
        self.visitor.generation()
    }

    fn null(&mut self, slot: &Slot) {
        self.step(slot);
    }

    steps! {
        bool(bool);
        integer(i128, IntegerKind);
        float(f32);
        double(f64);
        decimal(Decimal);
        number(&Number);
        char(u16);
        uri(&str);
        guid(Uuid);
        time_span(TimeSpan);
        bytes(&[u8]);
    }

    fn string(&mut self, slot: &Slot, _: Declared, value: &str) {
        self.meet_key(slot, value);
        self.step(slot);
    }

    fn date_time(&mut self, slot: &Slot, _: Declared, value: DateTime) {
        self.show(slot, |visitor, place| visitor.date_time(place, value));
    }

    fn enumeration(&mut self, slot: &Slot, _: Declared, kind: &'static EnumType, value: i32) {
        self.show(slot, |visitor, place| visitor.enumeration(place, kind, value));
    }

    fn refuses(&mut self, slot: &Slot, name: &'static TypeName) -> bool {
        // The value itself comes next and takes the step, so the count of a list stays as it is: only
        // items of arrays are items in `object` places, and these are not asked for.
        self.show(slot, |visitor, place| visitor.known(place, name));
        false
    }

    fn object(&mut self, slot: &Slot) {
        self.step(slot);
    }

    fn begin_class(&mut self, slot: &Slot, _: Declared, name: &'static TypeName) {
        let kind = if is_pair(name) { Kind::Pair(None) } else { Kind::Class(name) };
        self.begin(slot, kind);
    }

    fn end_class(&mut self, _: &Slot, (): ()) {
        self.end();
    }

    fn begin_pair(&mut self, frame: &'static PairFrame, _: Declared, key: &str) {
        self.begin(&frame.item, Kind::Pair(Some(key.to_owned())));
    }

    fn begin_list(&mut self, slot: &Slot, _: Declared, _: &'static TypeName, _: Namespace) {
        self.begin(slot, Kind::List(0));
    }

    fn end_list(&mut self, _: &Slot, (): ()) {
        self.end();
    }

    fn raw(&mut self, slot: &Slot, value: &Raw) {
        self.show(slot, |visitor, place| visitor.raw(place, value));
    }

    fn unknown_member(&mut self, member: UnknownMember<'_>) {
        let class = match self.open.last().map(|open| &open.kind) {
            Some(Kind::Class(name)) => Some(*name),
            _ => None,
        };
        let place = Place { open: &self.open, last: Step::Member(member.name().to_owned()) };
        self.visitor.unknown_member(&place, class, member);
    }
}
