//! Base classes, whose places hold one of their derived classes.

/// Describes a base class whose places hold one of its derived classes. An interface has no
/// namespace: its places are `object` places.
// `pub enum QueryBase in Contracts { QueryExpression, FetchExpression, }` is an enum of the boxed classes
// and of `Other(Box<Raw>)`, each of which becomes a `QueryBase` and a `Value` by `From`. Its place is
// written as an `object` place, with a type hint, and read as one: the reader makes a `Value`, and one of
// another type breaks the contract.
macro_rules! base_class {
    (
        $(#[$doc:meta])*
        pub enum $base:ident $(in $namespace:ident)? { $($derived:ident,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Debug)]
        #[non_exhaustive]
        pub enum $base {
            $(#[doc = concat!("A [`", stringify!($derived), "`].")] $derived(Box<$derived>),)*
            /// A derived class that this version does not know.
            Other(Box<$crate::raw::Raw>),
        }

        $(impl From<$derived> for $base {
            fn from(value: $derived) -> Self {
                Self::$derived(Box::new(value))
            }
        })*

        impl From<$base> for $crate::value::Value {
            fn from(value: $base) -> Self {
                match value {
                    $($base::$derived(value) => Self::$derived(value),)*
                    $base::Other(raw) => Self::Raw(raw),
                }
            }
        }

        const _: () = {
            use $crate::contract::{Field, Declared, Reader, Sealed, Slot, Violation, VisitMut, Writer};
            use $crate::value::Value;

            impl Sealed for $base {}

            impl Field for $base {
                const DECLARED: Option<$crate::namespace::Namespace> =
                    $crate::contract::base_class!(@declared $($namespace)?);

                fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, _: Declared) {
                    match self {
                        $(Self::$derived(value) => value.write(writer, slot, Declared::Object),)*
                        Self::Other(raw) => writer.raw(slot, raw),
                    }
                }

                fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                    match Value::read(reader)? {
                        $(Value::$derived(value) => Ok(Self::$derived(value)),)*
                        Value::Raw(raw) => Ok(Self::Other(raw)),
                        _ => Err(reader.invalid(Violation::WrongDerivedType)),
                    }
                }

                fn is_default(&self) -> bool {
                    false
                }

                fn visit(&mut self, visitor: &mut dyn VisitMut) {
                    match self {
                        $(Self::$derived(value) => value.visit(visitor),)*
                        Self::Other(_) => {}
                    }
                }
            }
        };
    };
    (@declared $namespace:ident) => { Some($crate::namespace::Namespace::$namespace) };
    (@declared) => { None };
}
pub(crate) use base_class;
