//! Problems of registrations.

use std::fmt;

use uuid::Uuid;
use xrm_context::{Mode, Stage};

use crate::choices::{AuthType, Contract, EventHandlerType, ImageType, MessageFormatCode};
use crate::component::Component;
use crate::pipeline::CarriedOut;

/// The severity of a [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works, but probably not as intended.
    Warning,
    /// The platform or its tools refuse it, or it can't work.
    Error,
}

/// A problem of one component of a registration.
///
/// ```
/// use uuid::Uuid;
/// use xrm_registration::{Component, Problem, ProblemKind, Severity};
///
/// let component = Component::Endpoint { id: Uuid::nil(), name: "Accounts".into() };
/// let problem = Problem::new(component, ProblemKind::NoKey);
/// assert_eq!((problem.severity(), problem.kind.id()), (Severity::Error, "no-key"));
/// assert_eq!(
///     problem.to_string(),
///     "endpoint `Accounts`: there is no shared access key, nor a variable that holds one",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{component}: {kind}")]
#[non_exhaustive]
pub struct Problem {
    /// The component.
    pub component: Component,
    /// The kind of problem.
    pub kind: ProblemKind,
}

impl Problem {
    /// A problem of this component.
    #[must_use]
    pub const fn new(component: Component, kind: ProblemKind) -> Self {
        Self { component, kind }
    }

    /// The severity of its kind.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Declares each kind of problem in one row: variant, id, severity, text.
///
/// A row is a variant of [`ProblemKind`] with the arguments of its `#[error(...)]`, an arm of
/// [`ProblemKind::id`] and one of [`ProblemKind::severity`].
macro_rules! problems {
    ($(
        $(#[$doc:meta])*
        $kind:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })?
            $id:literal $severity:ident ($($text:tt)+);
    )+) => {
        /// The kinds of problems. None of them holds a secret.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum ProblemKind {
            $(
                $(#[$doc])*
                #[error($($text)+)]
                $kind $({ $($(#[$field_doc])* $field: $type,)+ })?,
            )+
        }

        impl ProblemKind {
            #[cfg(test)]
            const IDS: &[&str] = &[$($id),+];

            /// The id of the kind, which stays the same from version to version.
            #[must_use]
            pub const fn id(&self) -> &'static str {
                match self {
                    $(Self::$kind { .. } => $id,)+
                }
            }

            /// The severity of the kind.
            #[must_use]
            pub const fn severity(&self) -> Severity {
                match self {
                    $(Self::$kind { .. } => Severity::$severity,)+
                }
            }
        }
    };
}

problems! {
    /// A column that must hold something is empty.
    Empty {
        /// The column.
        column: &'static str,
    } "empty" Error ("`{column}` is empty");
    /// A column's text is too long.
    TooLong {
        /// The column.
        column: &'static str,
        /// The column's limit, in UTF-16 code units, as .NET counts.
        limit: usize,
        /// How many it has.
        length: usize,
    } "too-long" Error ("`{column}` has {length} characters, more than {limit}");
    /// Another endpoint, or plug-in type, has the name.
    NameNotUnique "name-not-unique" Error ("another one has the same name");
    /// The rules of the contract are not known here.
    UncheckedContract {
        /// The contract.
        contract: Contract,
    } "unchecked-contract" Warning
        ("contract {contract:?} is not checked, and not posted to");
    /// The address is none of queues, topics and event hubs.
    NotServiceBusAddress "not-service-bus-address" Error
        ("the namespace address does not read `sb://...`");
    /// Event hubs take JSON and XML only.
    EventHubFormat {
        /// The format.
        format: Option<MessageFormatCode>,
    } "event-hub-format" Error ("an event hub takes Json or Text XML, not {}", Or(.format));
    /// The contract does not take the authorization.
    Authorization {
        /// The contract.
        contract: Contract,
        /// The kind of authorization.
        auth: AuthType,
    } "authorization" Error ("contract {contract:?} does not take authorization {auth:?}");
    /// The rules of the authorization are not known here.
    UncheckedAuthorization {
        /// The kind of authorization.
        auth: AuthType,
    } "unchecked-authorization" Warning ("authorization {auth:?} is not checked, and not used here");
    /// The address of a webhook or of Event Grid is missing, or none of HTTP.
    NotAbsoluteUrl "not-absolute-url" Error ("`url` does not begin with `https://` or `http://`");
    /// The address has a query, where people put keys.
    QueryInUrl "query-in-url" Warning
        ("`url` has a query: if it holds a key, everyone who reads the document knows it");
    /// The address of a hybrid connection ends with its name.
    RestAddress "rest-address" Error
        ("`namespaceaddress` does not end with `path`, the name of the hybrid connection");
    /// This version does not post to endpoints of the contract.
    NotPosted {
        /// The contract.
        contract: Contract,
    } "not-posted" Warning ("this version does not post to endpoints of contract {contract:?}");
    /// The Access Control Service is no more: the platform's error
    /// `ServiceEndpointAcsAuthNotSupported`.
    AcsRetired "acs-retired" Error ("ACS is no longer supported");
    /// There is no key.
    NoKey "no-key" Error ("there is no shared access key, nor a variable that holds one");
    /// There is no token.
    NoToken "no-token" Error ("there is no shared access signature, nor a variable that holds one");
    /// There is no key of a webhook.
    NoAuthValue "no-auth-value" Error
        ("there is no variable that holds `authvalue`, the key, headers or parameters of the webhook");
    /// What should name a variable can't, and may be the key itself.
    NotAVariable "not-a-variable" Error
        ("what should name an environment variable is no name of one; a secret does not belong there");
    // A warning, though tools refuse it: a key of another length may be that of an emulator.
    /// The key has not the length of Azure's, which registration tools insist on.
    KeyLength {
        /// How many it has.
        length: usize,
    } "key-length" Warning ("the shared access key has {length} characters, not 44");
    /// The message takes no steps.
    NoStepsOnMessage {
        /// The message.
        message: String,
    } "no-steps-on-message" Error ("{message} takes no steps");
    /// The message is an id. Steps have the name, so the step never fires.
    MessageId {
        /// The message with the id.
        name: &'static str,
    } "message-id" Error ("the message is an id, that of `{name}`: write the name");
    /// The message is an id that is not known here, so the step never fires.
    UnknownMessageId "unknown-message-id" Error
        ("the message is an id, of no message that is known: write the name");
    /// The message is neither one of the platform's nor named as custom ones are, after the prefix of
    /// a publisher.
    UnknownMessage {
        /// The message.
        message: String,
    } "unknown-message" Warning ("`{message}` is not a known message; check the spelling");
    /// The platform carries the message out as another one, so the step never fires.
    CarriedOut {
        /// As which.
        carried_out: CarriedOut,
    } "carried-out" Warning ("the step never fires: {carried_out}");
    /// The message is spelled with other capitals, so the step never fires.
    MessageCase {
        /// How it is spelled.
        usual: &'static str,
    } "message-case" Error ("the message is written `{usual}`");
    /// Logical names are lower-case, so the step never fires.
    TableCase "table-case" Error ("a table's logical name has no capitals");
    /// The stage is the platform's own.
    InternalStage {
        /// The stage.
        stage: Stage,
    } "internal-stage" Error ("no steps can be registered at stage {stage:?}");
    // A warning: the table reference still lists stage 50, as deprecated.
    /// The stage is one of CRM 4.
    StageDeprecated "stage-deprecated" Warning ("stage 50 is deprecated: 40 is meant");
    /// Asynchronous steps run after the operation.
    AsynchronousBefore {
        /// The stage.
        stage: Stage,
    } "asynchronous-before" Error
        ("an asynchronous step runs after the operation, not at stage {stage:?}");
    /// Steps of Service Bus and Event Hubs are asynchronous, unless the
    /// [rules](crate::Rules::synchronous_endpoints) say otherwise.
    Synchronous "synchronous" Error ("a step of Service Bus or Event Hubs is asynchronous");
    /// There is no such mode.
    UnknownMode {
        /// The mode.
        mode: Mode,
    } "unknown-mode" Error ("{mode:?} is no mode");
    /// The step fires on every update, whichever columns it is of.
    EveryUpdate "every-update" Warning
        ("without filtering attributes, the step fires on every update of the table");
    /// The filter does nothing: it counts on updates and creations of a named table.
    FilterIgnored "filter-ignored" Warning
        ("filtering attributes do nothing for this message and table");
    /// A column is listed by what is no logical name: letters, digits and low lines.
    ColumnName {
        /// What is listed.
        name: String,
    } "column-name" Warning ("`{name}` is no logical name of a column");
    /// The step does not run on the server.
    NotOnServer "not-on-server" Warning
        ("the step is for offline clients and never fires on the server");
    /// The message has no images.
    NoImagesOnMessage {
        /// The message.
        message: String,
    } "no-images-on-message" Error ("{message} has no images");
    /// The message has no images under this property.
    ImageProperty {
        /// The message.
        message: &'static str,
        /// The property.
        property: String,
    } "image-property" Error ("{message} has no images under `{property}`");
    /// There is no such kind of image.
    UnknownImageType {
        /// The kind.
        kind: ImageType,
    } "unknown-image-type" Error ("{kind:?} is no image type");
    /// There is no record before.
    NoPreImage {
        /// The message.
        message: &'static str,
    } "no-pre-image" Error ("{message} has no record before");
    /// There is no record after.
    NoPostImage {
        /// The message.
        message: &'static str,
    } "no-post-image" Error ("{message} has no record after");
    /// Before the operation, there is no record after it.
    PostImageBefore {
        /// The stage.
        stage: Stage,
    } "post-image-before" Error ("there is no record after the operation at stage {stage:?}");
    /// Another image of the step has the alias.
    AliasTaken "alias-taken" Error ("another image of the step has the same alias");
    /// Another endpoint, plug-in type or step has the id.
    IdNotUnique "id-not-unique" Error ("another one has the same id");
    /// There is no such endpoint.
    NoEndpoint {
        /// The id.
        id: Uuid,
    } "no-endpoint" Error ("there is no endpoint with the id {id}");
    /// There is no such plug-in type.
    NoPluginType {
        /// The id.
        id: Uuid,
    } "no-plugin-type" Error ("there is no plug-in type with the id {id}");
    /// There is no such kind of handler.
    UnknownHandlerType {
        /// The kind.
        kind: EventHandlerType,
    } "unknown-handler-type" Error ("{kind:?} is no kind of event handler");
    // A warning: the platform takes both steps and posts twice, which may be meant.
    /// Another step has the same event handled the same way.
    SameEvent {
        /// The other step's name.
        other: String,
    } "same-event" Warning ("the step `{other}` gives the same event to the same handler");
    /// No step posts there, nor names it in its configuration.
    UnusedEndpoint "unused-endpoint" Warning ("no step posts to the endpoint");
}

/// A value of a column that may be empty.
struct Or<'a, T>(&'a Option<T>);

impl<T: fmt::Debug> fmt::Display for Or<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => write!(f, "{value:?}"),
            None => f.write_str("nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind, in the order of the table.
    fn examples() -> Vec<ProblemKind> {
        use ProblemKind::*;
        vec![
            Empty { column: "name" },
            TooLong { column: "name", limit: 256, length: 300 },
            NameNotUnique,
            UncheckedContract { contract: Contract::MANAGED_DATA_LAKE },
            NotServiceBusAddress,
            EventHubFormat { format: Some(MessageFormatCode::BINARY_XML) },
            Authorization { contract: Contract::EVENT_HUB, auth: AuthType::WEBHOOK_KEY },
            UncheckedAuthorization { auth: AuthType::MANAGED_IDENTITY },
            NotAbsoluteUrl,
            QueryInUrl,
            RestAddress,
            NotPosted { contract: Contract::WEBHOOK },
            AcsRetired,
            NoKey,
            NoToken,
            NoAuthValue,
            NotAVariable,
            KeyLength { length: 12 },
            NoStepsOnMessage { message: "Execute".to_owned() },
            MessageId { name: "Associate" },
            UnknownMessageId,
            UnknownMessage { message: "Aprove".to_owned() },
            CarriedOut { carried_out: crate::pipeline::CarriedOut::example() },
            MessageCase { usual: "Update" },
            TableCase,
            InternalStage { stage: Stage::MAIN_OPERATION },
            StageDeprecated,
            AsynchronousBefore { stage: Stage::PRE_OPERATION },
            Synchronous,
            UnknownMode { mode: Mode(2) },
            EveryUpdate,
            FilterIgnored,
            ColumnName { name: "telephone 1".to_owned() },
            NotOnServer,
            NoImagesOnMessage { message: "Associate".to_owned() },
            ImageProperty { message: "Update", property: "Id".to_owned() },
            UnknownImageType { kind: ImageType(3) },
            NoPreImage { message: "Create" },
            NoPostImage { message: "Delete" },
            PostImageBefore { stage: Stage::PRE_OPERATION },
            AliasTaken,
            IdNotUnique,
            NoEndpoint { id: Uuid::nil() },
            NoPluginType { id: Uuid::nil() },
            UnknownHandlerType { kind: EventHandlerType(1) },
            SameEvent { other: "Accounts: Update of account".to_owned() },
            UnusedEndpoint,
        ]
    }

    /// The documentation has a table of them; `WRITE_DOCS=1` writes it anew.
    #[test]
    fn the_page_shows_every_problem() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/registration.md");
        let page = std::fs::read_to_string(path).unwrap();
        let ids: Vec<_> = examples().iter().map(ProblemKind::id).collect();
        assert_eq!(ids, ProblemKind::IDS);
        let rows: Vec<_> = examples()
            .into_iter()
            .map(|it| format!("| `{}` | {} | {it} |\n", it.id(), it.severity()))
            .collect();
        let header = "| problem | severity | for example |\n";
        let table = format!("{header}|---|---|---|\n{}\n", rows.concat());
        if std::env::var_os("WRITE_DOCS").is_some() {
            let (before, rest) = page.split_once(header).unwrap();
            let (_, after) = rest.split_once("\n\n").unwrap();
            std::fs::write(path, format!("{before}{table}{after}")).unwrap();
            return;
        }
        assert!(page.contains(&table), "run with WRITE_DOCS=1; the page lacks:\n{table}");
    }
}
