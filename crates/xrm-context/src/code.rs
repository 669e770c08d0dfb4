//! Codes: integers to which the platform gives labels, open to values that have none here.

use crate::contract::{Declared, Field, Reader, Sealed, Slot, Writer};
use crate::namespace::Namespace;

/// An integer, some values of which have a label: what [`codes!`](crate::codes) declares.
///
/// Not part of the stable API: `xrm-registration` shares it to read and write labels.
#[doc(hidden)]
pub trait Code: Copy + 'static {
    /// The values that have a label.
    const ALL: &'static [Self];

    /// The code with this number, whether it has a label or not.
    fn from_number(number: i32) -> Self;

    /// The number of the code.
    fn number(self) -> i32;

    /// The platform's label for the code, if it has one.
    fn label(self) -> Option<&'static str>;
}

/// Declares codes, a constant with its number and its label in each row.
///
/// `pub struct Mode { SYNCHRONOUS = 0, "Synchronous"; }` is a `pub struct Mode(pub i32)` with the
/// constant `Mode::SYNCHRONOUS` and the method `label`. Codes are structs and not enums because the
/// platform adds values, and a body or a row that has one must survive being read and written.
/// `by default NONE` makes that constant the type's `Default`.
///
/// Not part of the stable API: `xrm-registration` shares it.
#[doc(hidden)]
#[macro_export]
macro_rules! codes {
    ($(
        $(#[$doc:meta])*
        pub struct $type:ident $(by default $default:ident)? {
            $($(#[$constant_doc:meta])* $constant:ident = $number:literal, $label:literal;)+
        }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(pub i32);

        impl $type {
            $($(#[$constant_doc])* pub const $constant: Self = Self($number);)+

            /// The platform's label for the value, if it has one.
            #[must_use]
            pub const fn label(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($label),)+
                    _ => None,
                }
            }
        }

        $(impl Default for $type {
            fn default() -> Self {
                Self::$default
            }
        })?

        impl $crate::Code for $type {
            const ALL: &'static [Self] = &[$(Self::$constant),+];

            fn from_number(number: i32) -> Self {
                Self(number)
            }

            fn number(self) -> i32 {
                self.0
            }

            fn label(self) -> Option<&'static str> {
                self.label()
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.label() {
                    Some(label) => write!(f, "{} ({label})", self.0),
                    None => write!(f, "{}", self.0),
                }
            }
        }
    )+};
}

// A context without the member has the number 0, whatever that means: the default of an `int`.
codes! {
    /// A stage of the event execution pipeline.
    #[derive(Default)]
    pub struct Stage {
        /// Before the main operation, outside of the database transaction.
        PRE_VALIDATION = 10, "Pre-validation";
        /// Before the main operation, inside the transaction.
        PRE_OPERATION = 20, "Pre-operation";
        /// The platform's own operation. Outer contexts have it as their parent's stage.
        MAIN_OPERATION = 30, "Main Operation";
        /// After the main operation.
        POST_OPERATION = 40, "Post-operation";
        /// After the main operation, as CRM 4 knew it.
        POST_OPERATION_DEPRECATED = 50, "Post-operation (Deprecated)";
    }

    /// Whether a step runs within the operation or after it.
    #[derive(Default)]
    pub struct Mode {
        /// Within the operation: the caller waits.
        SYNCHRONOUS = 0, "Synchronous";
        /// After the operation, by a system job.
        ASYNCHRONOUS = 1, "Asynchronous";
    }

    /// Where the code of a step runs.
    #[derive(Default)]
    pub struct IsolationMode {
        /// In the platform's own process. Steps of service endpoints have this.
        NONE = 1, "None";
        /// In the sandbox.
        SANDBOX = 2, "Sandbox";
    }
}

/// Codes are `int`s on the wire, unlike the contracts' enumerations, which XML writes by name.
macro_rules! int_members {
    ($($type:ident),+) => {$(
        impl Sealed for $type {}

        impl Field for $type {
            const DECLARED: Option<Namespace> = None;

            #[inline]
            fn write<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
                writer.int(slot, declared, self.0);
            }

            fn read<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
                reader.int().map(Self)
            }

            fn is_default(&self) -> bool {
                self.0 == 0
            }
        }
    )+};
}

int_members!(Stage, Mode, IsolationMode);
