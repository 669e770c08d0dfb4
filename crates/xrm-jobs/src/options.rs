//! Options, from one table each.

/// Declares options: of each its documentation, its name, its type and its default. The field and
/// the setter share the first three.
macro_rules! options {
    (
        $(#[$meta:meta])*
        pub struct $options:ident;
        $($(#[$doc:meta])* $option:ident: $type:ty = $default:expr;)+
    ) => {
        $(#[$meta])*
        #[must_use]
        #[non_exhaustive]
        pub struct $options {
            $($(#[$doc])* pub $option: $type,)+
        }

        impl $options {
            $($(#[$doc])* pub const fn $option(self, $option: $type) -> Self {
                Self { $option, ..self }
            })+
        }

        impl Default for $options {
            fn default() -> Self {
                Self { $($option: $default,)+ }
            }
        }
    };
}
// A macro that is imported by its path, and not by the order of modules.
pub(crate) use options;
