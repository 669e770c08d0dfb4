//! What generates the values of a type, and the macros that say it for contract types.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use xrm_context::contract::EnumType;
use xrm_context::{DateTime, Decimal, List, Uuid, Value};

use super::scalar::{date_time, decimal, double, guid, text};

/// A type whose values are generated, with so many levels of classes below.
pub(crate) trait Generate: Clone + std::fmt::Debug + 'static {
    fn generate(depth: u32) -> BoxedStrategy<Self>;
}

/// Generates classes: every member, by its type or by a strategy of its own.
macro_rules! generate_classes {
    ($($class:ident { $($member:ident $(= $strategy:expr)?,)* })*) => {$(
        impl $crate::context::generate::Generate for $class {
            fn generate(depth: u32) -> BoxedStrategy<Self> {
                // Fails to compile where a member is forgotten.
                let $class { $($member: _,)* extra: _ } = Self::default();
                let class = Just(Self::default()).boxed();
                let Some(_depth) = depth.checked_sub(1) else { return class };
                $(
                    let strategy = generate_classes!(@ _depth $($strategy)?);
                    let class = (class, strategy).prop_map(|(mut class, member)| {
                        class.$member = member;
                        class
                    });
                    let class = class.boxed();
                )*
                class
            }
        }
    )*};
    (@ $depth:ident $strategy:expr) => { $strategy };
    (@ $depth:ident) => { $crate::context::generate::Generate::generate($depth) };
}

/// Generates collections of pairs, from the types of their keys and values.
macro_rules! generate_pairs {
    ($($pairs:ident: $key:ty => $value:ty,)*) => {$(
        impl $crate::context::generate::Generate for $pairs {
            fn generate(depth: u32) -> BoxedStrategy<Self> {
                let pair = (<$key>::generate(depth), <$value>::generate(depth));
                vec(pair, 0..4).prop_map(Self::from_iter).boxed()
            }
        }
    )*};
}

/// Generates lists, from the types of their items.
macro_rules! generate_lists {
    ($($list:ident: $item:ty,)*) => {$(
        impl $crate::context::generate::Generate for $list {
            fn generate(depth: u32) -> BoxedStrategy<Self> {
                List::<$item>::generate(depth).prop_map(Self::from).boxed()
            }
        }
    )*};
}

/// Generates base classes, from the types that are derived of them.
macro_rules! generate_bases {
    ($($base:ident: $($derived:ident)|+,)*) => {$(
        impl $crate::context::generate::Generate for $base {
            fn generate(depth: u32) -> BoxedStrategy<Self> {
                prop_oneof![$($derived::generate(depth).prop_map(Self::from),)+].boxed()
            }
        }
    )*};
}

/// Generates enumerations: the values that have names.
macro_rules! generate_enumerations {
    ($($enumeration:ident,)*) => {$(
        impl $crate::context::generate::Generate for $enumeration {
            fn generate(_: u32) -> BoxedStrategy<Self> {
                $crate::context::generate::named($enumeration::TYPE).prop_map(Self).boxed()
            }
        }
    )*};
}

pub(super) fn named(kind: &'static EnumType) -> impl Strategy<Value = i32> {
    let number = select(kind.members).prop_map(|(_, number)| number);
    let together = if kind.flags { 1..4 } else { 1..2 };
    vec(number, together).prop_map(|numbers| numbers.into_iter().fold(0, |all, bits| all | bits))
}

macro_rules! generate_scalars {
    ($($type:ty: $strategy:expr,)*) => {$(
        impl Generate for $type {
            fn generate(_: u32) -> BoxedStrategy<Self> {
                $strategy.boxed()
            }
        }
    )*};
}

generate_scalars! {
    bool: any::<bool>(),
    i32: any::<i32>(),
    i64: any::<i64>(),
    // A member that is no number would differ from itself.
    f64: double().prop_map(|value| if value.is_nan() { 0.5 } else { value }),
    Decimal: decimal(),
    String: text(),
    Uuid: guid(),
    DateTime: date_time(),
}

impl Generate for Value {
    fn generate(depth: u32) -> BoxedStrategy<Self> {
        super::value(depth)
    }
}

impl<T: Generate> Generate for Option<T> {
    fn generate(depth: u32) -> BoxedStrategy<Self> {
        option::of(T::generate(depth)).boxed()
    }
}

impl<T: Generate> Generate for Box<T> {
    fn generate(depth: u32) -> BoxedStrategy<Self> {
        T::generate(depth).prop_map(Self::new).boxed()
    }
}

impl<T: Generate> Generate for Vec<T> {
    fn generate(depth: u32) -> BoxedStrategy<Self> {
        vec(T::generate(depth), 0..4).boxed()
    }
}

/// A list with nulls in it.
impl<T: Generate> Generate for List<T> {
    fn generate(depth: u32) -> BoxedStrategy<Self> {
        let item = option::weighted(0.9, T::generate(depth));
        vec(item, 0..4).prop_map(Self::from_iter).boxed()
    }
}
