//! The table's form: one row for each parameter.

/// Describes what messages take or answer.
///
/// ```text
/// parameters! {
///     /// What `Delete` takes.
///     pub struct DeleteRequest: request of "Delete" {
///         /// The record.
///         "Target" => target: EntityReference,          // name, Rust name, type
///         optional:
///         /// How row versions are treated.
///         "ConcurrencyBehavior" => concurrency_behavior: ConcurrencyBehavior,
///     }
/// }
/// ```
// It expands to the struct with the field `extra`, to `new`, which takes the required parameters, and to
// the way from parameters and back:
//
// pub struct DeleteRequest {
//     pub target: EntityReference,
//     pub concurrency_behavior: Option<ConcurrencyBehavior>,
//     pub extra: ParameterCollection,
// }
//
// impl DeleteRequest {
//     pub const MESSAGES: &[&str] = &["Delete"];
//     pub fn new(target: impl Into<EntityReference>) -> Self;
//     pub fn from_parameters(parameters: ParameterCollection) -> Result<Self, MessageError> {
//         let mut taking = Taking { message: "Delete", left: parameters };
//         Ok(Self {
//             target: taking.required("Target")?,
//             concurrency_behavior: taking.optional("ConcurrencyBehavior")?,
//             extra: taking.left,
//         })
//     }
//     pub fn into_parameters(self) -> ParameterCollection;
// }
//
// impl TryFrom<&RemoteExecutionContext> for DeleteRequest;   // input parameters; a response reads
// impl TryFrom<&OrganizationRequest> for DeleteRequest;      // those of the output
macro_rules! parameters {
    ($(
        $(#[$doc:meta])*
        pub struct $type:ident: $direction:ident of $($message:literal)|+ {
            $($(#[$required_doc:meta])* $required_name:literal => $required:ident: $required_type:ty,)*
            $(optional: $(
                $(#[$optional_doc:meta])* $optional_name:literal => $optional:ident: $optional_type:ty,
            )*)?
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Debug)]
        pub struct $type {
            $($(#[$required_doc])* pub $required: $required_type,)*
            $($($(#[$optional_doc])* pub $optional: Option<$optional_type>,)*)?
            /// The other parameters, in order, and the optional ones that are null.
            pub extra: ParameterCollection,
        }

        impl $type {
            /// The names that the message goes by, the pipeline's first.
            pub const MESSAGES: &'static [&'static str] = &[$($message),+];

            /// The parameters that the message can't do without, and no other.
            #[must_use]
            pub fn new($($required: impl Into<$required_type>),*) -> Self {
                Self {
                    $($required: $required.into(),)*
                    $($($optional: None,)*)?
                    extra: ParameterCollection::new(),
                }
            }

            /// Reads parameters, whatever the message's name is.
            ///
            /// # Errors
            /// [`MessageError`] for a parameter that is missing or of another type.
            pub fn from_parameters(parameters: ParameterCollection) -> Result<Self, MessageError> {
                let message = [$($message),+][0];
                let mut taking = Taking { message, left: parameters };
                Ok(Self {
                    $($required: taking.required($required_name)?,)*
                    $($($optional: taking.optional($optional_name)?,)*)?
                    extra: taking.left,
                })
            }

            /// The parameters: those of the table in its order, then the others. Where both name
            /// one, the table's holds.
            #[must_use]
            pub fn into_parameters(self) -> ParameterCollection {
                let mut parameters = ParameterCollection::new();
                $(parameters.insert($required_name, self.$required);)*
                $($(if let Some(value) = self.$optional {
                    parameters.insert($optional_name, value);
                })*)?
                add_extra(&mut parameters, self.extra);
                parameters
            }
        }

        parameters!(@$direction $type);
    )*};
    (@request $type:ident) => {
        parameters!(@from $type, RemoteExecutionContext, message_name, input_parameters);
        parameters!(@from $type, OrganizationRequest, request_name, parameters);
    };
    (@response $type:ident) => {
        parameters!(@from $type, RemoteExecutionContext, message_name, output_parameters);
        parameters!(@from $type, OrganizationResponse, response_name, results);
    };
    (@from $type:ident, $source:ident, $name:ident, $parameters:ident) => {
        impl TryFrom<&$source> for $type {
            type Error = MessageError;

            fn try_from(source: &$source) -> Result<Self, MessageError> {
                check_name(Self::MESSAGES, source.$name.as_deref())?;
                Self::from_parameters(source.$parameters.clone())
            }
        }
    };
}

pub(super) use parameters;
