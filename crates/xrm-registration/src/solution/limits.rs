//! How much of a solution is read.

/// Declares each limit with its default, and a setter of the same name.
macro_rules! limits {
    ($($(#[$doc:meta])* $limit:ident: $type:ty = $default:expr;)+) => {
        /// How much a solution may cost to read. Beyond a limit, reading ends with an
        /// [error](crate::solution::ErrorKind) that names it.
        ///
        /// Memory is bounded by what is kept, endpoints and steps, and by the longest text: the rest of
        /// a file passes by.
        ///
        /// ```
        /// use xrm_registration::solution::{Import, Limits, MessageIds};
        ///
        /// let limits = Limits::default().bytes(64 << 20).depth(32);
        /// let import = Import::new(MessageIds::known()).limits(limits);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Limits { $($(#[$doc])* pub $limit: $type,)+ }

        impl Limits {
            $($(#[$doc])* #[must_use] pub const fn $limit(self, $limit: $type) -> Self {
                Self { $limit, ..self }
            })+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($limit: $default,)+ }
            }
        }
    };
}

// Far beyond any published export. They are there so that a file from a stranger ends in an error
// and not in a full memory.
limits! {
    /// The bytes of one file. Default: 1 GiB.
    bytes: u64 = 1 << 30;
    /// How deeply elements may be nested. Default: 128; an endpoint or a step takes five levels, a form
    /// or a ribbon some dozens.
    depth: usize = 128;
    /// The elements of one file. Default: 50 million.
    elements: u64 = 50_000_000;
    /// The bytes of one text, one tag or one comment, and of one file in YAML. Default: 16 MiB.
    text: usize = 16 << 20;
    /// The endpoints, steps, images and plug-in types of all files together. Default: 100,000.
    components: u64 = 100_000;
}
