//! What is wrong with a registration.

use std::fmt;

use uuid::Uuid;
use xrm_context::{Mode, Stage};

use crate::attributes::Attributes;
use crate::choices::{AuthType, Contract, EventHandlerType, ImageType, MessageFormatCode};

/// How bad a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works, and probably not as meant.
    Warning,
    /// The platform or its tools refuse it, or it can't work.
    Error,
}

/// One thing that is wrong, and where.
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
    /// Where.
    pub component: Component,
    /// What.
    pub kind: ProblemKind,
}

/// What a [`Problem`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Component {
    /// The registration itself.
    Registration,
    /// A service endpoint.
    Endpoint {
        /// Its id.
        id: Uuid,
        /// Its name.
        name: String,
    },
    /// A plug-in type.
    PluginType {
        /// Its id.
        id: Uuid,
        /// Its name.
        name: String,
    },
    /// A step.
    Step {
        /// Its id.
        id: Uuid,
        /// Its name.
        name: String,
    },
    /// An image.
    Image {
        /// The id of its step.
        step: Uuid,
        /// The name of its step.
        step_name: String,
        /// Its alias.
        alias: String,
    },
}

/// What is wrong. None of them holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A column that must hold something is empty.
    #[error("`{column}` is empty")]
    Empty {
        /// The column.
        column: &'static str,
    },
    /// A column's text is too long.
    #[error("`{column}` has {length} characters, more than {limit}")]
    TooLong {
        /// The column.
        column: &'static str,
        /// The column's limit, in UTF-16 code units, as .NET counts.
        limit: usize,
        /// How many it has.
        length: usize,
    },
    /// Another endpoint, or plug-in type, has the name.
    #[error("another one has the same name")]
    NameNotUnique,
    /// The rules of the contract are not known here.
    #[error("contract {contract:?} is none of Service Bus or Event Hubs, and not checked")]
    UncheckedContract {
        /// The contract.
        contract: Contract,
    },
    /// The address is none of queues, topics and event hubs.
    #[error("the namespace address does not read `sb://...`")]
    NotServiceBusAddress,
    /// Event hubs take JSON and XML only.
    #[error("an event hub takes Json or Text XML, not {}", Or(.format))]
    EventHubFormat {
        /// The format.
        format: Option<MessageFormatCode>,
    },
    /// Event hubs take shared access signatures only.
    #[error("an event hub takes SAS Key or SAS Token, not {}", Or(.auth))]
    EventHubAuthorization {
        /// The kind of authorization.
        auth: Option<AuthType>,
    },
    /// The Access Control Service is no more: the platform's error
    /// `ServiceEndpointAcsAuthNotSupported`.
    #[error("ACS is no longer supported")]
    AcsRetired,
    /// There is no key.
    #[error("there is no shared access key, nor a variable that holds one")]
    NoKey,
    /// What should name a variable can't, and may be the key itself.
    #[error(
        "`sas_key_variable` is no name of an environment variable; a key does not belong there"
    )]
    NotAVariable,
    /// The key has not the length of Azure's, which registration tools insist on.
    #[error("the shared access key has {length} characters, not 44")]
    KeyLength {
        /// How many it has.
        length: usize,
    },
    /// The message takes no steps.
    #[error("{message} takes no steps")]
    NoStepsOnMessage {
        /// The message.
        message: String,
    },
    /// The message is spelled with other capitals, so the step never fires.
    #[error("the message is written `{usual}`")]
    MessageCase {
        /// How it is spelled.
        usual: &'static str,
    },
    /// Logical names are lower-case, so the step never fires.
    #[error("a table's logical name has no capitals")]
    TableCase,
    /// The stage is the platform's own.
    #[error("no steps can be registered at stage {stage:?}")]
    InternalStage {
        /// The stage.
        stage: Stage,
    },
    /// The stage is one of CRM 4.
    #[error("stage 50 is deprecated: 40 is meant")]
    StageDeprecated,
    /// Asynchronous steps run after the operation.
    #[error("an asynchronous step runs after the operation, not at stage {stage:?}")]
    AsynchronousBefore {
        /// The stage.
        stage: Stage,
    },
    /// Steps of Service Bus and Event Hubs are asynchronous, unless the
    /// [rules](crate::Rules::synchronous_endpoints) say otherwise.
    #[error("a step of Service Bus or Event Hubs is asynchronous")]
    Synchronous,
    /// There is no such mode.
    #[error("{mode:?} is no mode")]
    UnknownMode {
        /// The mode.
        mode: Mode,
    },
    /// The step fires on every update, whichever columns it is of.
    #[error("without filtering attributes, the step fires on every update of the table")]
    EveryUpdate,
    /// The filter does nothing: it counts on updates and creations of a named table.
    #[error("filtering attributes do nothing for this message and table")]
    FilterIgnored,
    /// A column is listed by what is no logical name: letters, digits and low lines.
    #[error("`{name}` is no logical name of a column")]
    ColumnName {
        /// What is listed.
        name: String,
    },
    /// The step does not run on the server.
    #[error("the step is for offline clients and never fires on the server")]
    NotOnServer,
    /// The message has no images.
    #[error("{message} has no images")]
    NoImagesOnMessage {
        /// The message.
        message: String,
    },
    /// The message has no images under this property.
    #[error("{message} has no images under `{property}`")]
    ImageProperty {
        /// The message.
        message: &'static str,
        /// The property.
        property: String,
    },
    /// There is no such kind of image.
    #[error("{kind:?} is no image type")]
    UnknownImageType {
        /// The kind.
        kind: ImageType,
    },
    /// There is no record before.
    #[error("{message} has no record before")]
    NoPreImage {
        /// The message.
        message: &'static str,
    },
    /// There is no record after.
    #[error("{message} has no record after")]
    NoPostImage {
        /// The message.
        message: &'static str,
    },
    /// Before the operation, there is no record after it.
    #[error("there is no record after the operation at stage {stage:?}")]
    PostImageBefore {
        /// The stage.
        stage: Stage,
    },
    /// Another image of the step has the alias.
    #[error("another image of the step has the same alias")]
    AliasTaken,
    /// Another endpoint, plug-in type or step has the id.
    #[error("another one has the same id")]
    IdNotUnique,
    /// There is no such endpoint.
    #[error("there is no endpoint with the id {id}")]
    NoEndpoint {
        /// The id.
        id: Uuid,
    },
    /// There is no such plug-in type.
    #[error("there is no plug-in type with the id {id}")]
    NoPluginType {
        /// The id.
        id: Uuid,
    },
    /// There is no such kind of handler.
    #[error("{kind:?} is no kind of event handler")]
    UnknownHandlerType {
        /// The kind.
        kind: EventHandlerType,
    },
    /// Another step has the same event handled the same way.
    #[error("the step `{other}` gives the same event to the same handler")]
    SameEvent {
        /// The other step's name.
        other: String,
    },
    /// No step posts there, nor names it in its configuration.
    #[error("no step posts to the endpoint")]
    UnusedEndpoint,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl ProblemKind {
    /// A word for it, which stays the same from version to version.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty",
            Self::TooLong { .. } => "too-long",
            Self::NameNotUnique => "name-not-unique",
            Self::UncheckedContract { .. } => "unchecked-contract",
            Self::NotServiceBusAddress => "not-service-bus-address",
            Self::EventHubFormat { .. } => "event-hub-format",
            Self::EventHubAuthorization { .. } => "event-hub-authorization",
            Self::AcsRetired => "acs-retired",
            Self::NoKey => "no-key",
            Self::NotAVariable => "not-a-variable",
            Self::KeyLength { .. } => "key-length",
            Self::NoStepsOnMessage { .. } => "no-steps-on-message",
            Self::MessageCase { .. } => "message-case",
            Self::TableCase => "table-case",
            Self::InternalStage { .. } => "internal-stage",
            Self::StageDeprecated => "stage-deprecated",
            Self::AsynchronousBefore { .. } => "asynchronous-before",
            Self::Synchronous => "synchronous",
            Self::UnknownMode { .. } => "unknown-mode",
            Self::EveryUpdate => "every-update",
            Self::FilterIgnored => "filter-ignored",
            Self::ColumnName { .. } => "column-name",
            Self::NotOnServer => "not-on-server",
            Self::NoImagesOnMessage { .. } => "no-images-on-message",
            Self::ImageProperty { .. } => "image-property",
            Self::UnknownImageType { .. } => "unknown-image-type",
            Self::NoPreImage { .. } => "no-pre-image",
            Self::NoPostImage { .. } => "no-post-image",
            Self::PostImageBefore { .. } => "post-image-before",
            Self::AliasTaken => "alias-taken",
            Self::IdNotUnique => "id-not-unique",
            Self::NoEndpoint { .. } => "no-endpoint",
            Self::NoPluginType { .. } => "no-plugin-type",
            Self::UnknownHandlerType { .. } => "unknown-handler-type",
            Self::SameEvent { .. } => "same-event",
            Self::UnusedEndpoint => "unused-endpoint",
        }
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::UncheckedContract { .. }
            | Self::KeyLength { .. }
            | Self::StageDeprecated
            | Self::EveryUpdate
            | Self::FilterIgnored
            | Self::ColumnName { .. }
            | Self::NotOnServer
            | Self::SameEvent { .. }
            | Self::UnusedEndpoint => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl Component {
    /// The id of what it is, if it has one; of an image, its step's.
    #[must_use]
    pub const fn id(&self) -> Option<Uuid> {
        match self {
            Self::Registration => None,
            Self::Endpoint { id, .. } | Self::PluginType { id, .. } | Self::Step { id, .. } => {
                Some(*id)
            }
            Self::Image { step, .. } => Some(*step),
        }
    }
}

impl Problem {
    /// A problem of this component.
    #[must_use]
    pub const fn new(component: Component, kind: ProblemKind) -> Self {
        Self { component, kind }
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registration => f.write_str("registration"),
            Self::Endpoint { name, .. } => write!(f, "endpoint `{name}`"),
            Self::PluginType { name, .. } => write!(f, "plug-in type `{name}`"),
            Self::Step { name, .. } => write!(f, "step `{name}`"),
            Self::Image { step_name, alias, .. } => {
                write!(f, "image `{alias}` of step `{step_name}`")
            }
        }
    }
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

/// Problems of one component, gathered.
pub(crate) struct Findings {
    component: Component,
    problems: Vec<Problem>,
}

impl Findings {
    pub(crate) const fn at(component: Component) -> Self {
        Self { component, problems: Vec::new() }
    }

    pub(crate) fn add(&mut self, kind: ProblemKind) {
        self.problems.push(Problem::new(self.component.clone(), kind));
    }

    pub(crate) fn add_if(&mut self, is_wrong: bool, kind: impl FnOnce() -> ProblemKind) {
        if is_wrong {
            self.add(kind());
        }
    }

    pub(crate) fn required(&mut self, column: &'static str, text: &str) {
        self.add_if(text.trim().is_empty(), || ProblemKind::Empty { column });
    }

    pub(crate) fn at_most(&mut self, column: &'static str, text: &str, limit: usize) {
        let length = text.encode_utf16().count();
        self.add_if(length > limit, || ProblemKind::TooLong { column, limit, length });
    }

    pub(crate) fn columns(&mut self, column: &'static str, attributes: &Attributes) {
        self.at_most(column, &attributes.to_string(), 100_000);
        for name in attributes.listed().filter(|it| !is_logical_name(it)) {
            self.add(ProblemKind::ColumnName { name: name.to_owned() });
        }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// Logical names have letters, which are lower-case, digits, and low lines.
fn is_logical_name(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind, with the one that comes next: a new kind has to be put in the chain.
    fn next(kind: Option<&ProblemKind>) -> Option<ProblemKind> {
        use ProblemKind::*;
        Some(match kind {
            None => Empty { column: "name" },
            Some(Empty { .. }) => TooLong { column: "name", limit: 256, length: 300 },
            Some(TooLong { .. }) => NameNotUnique,
            Some(NameNotUnique) => UncheckedContract { contract: Contract::WEBHOOK },
            Some(UncheckedContract { .. }) => NotServiceBusAddress,
            Some(NotServiceBusAddress) => {
                EventHubFormat { format: Some(MessageFormatCode::BINARY_XML) }
            }
            Some(EventHubFormat { .. }) => EventHubAuthorization { auth: None },
            Some(EventHubAuthorization { .. }) => AcsRetired,
            Some(AcsRetired) => NoKey,
            Some(NoKey) => NotAVariable,
            Some(NotAVariable) => KeyLength { length: 12 },
            Some(KeyLength { .. }) => NoStepsOnMessage { message: "Execute".to_owned() },
            Some(NoStepsOnMessage { .. }) => MessageCase { usual: "Update" },
            Some(MessageCase { .. }) => TableCase,
            Some(TableCase) => InternalStage { stage: Stage::MAIN_OPERATION },
            Some(InternalStage { .. }) => StageDeprecated,
            Some(StageDeprecated) => AsynchronousBefore { stage: Stage::PRE_OPERATION },
            Some(AsynchronousBefore { .. }) => Synchronous,
            Some(Synchronous) => UnknownMode { mode: Mode(2) },
            Some(UnknownMode { .. }) => EveryUpdate,
            Some(EveryUpdate) => FilterIgnored,
            Some(FilterIgnored) => ColumnName { name: "telephone 1".to_owned() },
            Some(ColumnName { .. }) => NotOnServer,
            Some(NotOnServer) => NoImagesOnMessage { message: "Associate".to_owned() },
            Some(NoImagesOnMessage { .. }) => {
                ImageProperty { message: "Update", property: "Id".to_owned() }
            }
            Some(ImageProperty { .. }) => UnknownImageType { kind: ImageType(3) },
            Some(UnknownImageType { .. }) => NoPreImage { message: "Create" },
            Some(NoPreImage { .. }) => NoPostImage { message: "Delete" },
            Some(NoPostImage { .. }) => PostImageBefore { stage: Stage::PRE_OPERATION },
            Some(PostImageBefore { .. }) => AliasTaken,
            Some(AliasTaken) => IdNotUnique,
            Some(IdNotUnique) => NoEndpoint { id: Uuid::nil() },
            Some(NoEndpoint { .. }) => NoPluginType { id: Uuid::nil() },
            Some(NoPluginType { .. }) => UnknownHandlerType { kind: EventHandlerType(1) },
            Some(UnknownHandlerType { .. }) => {
                SameEvent { other: "Accounts: Update of account".to_owned() }
            }
            Some(SameEvent { .. }) => UnusedEndpoint,
            Some(UnusedEndpoint) => return None,
        })
    }

    /// The table in the documentation is this one.
    #[test]
    fn the_page_shows_every_problem() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/registration.md");
        let page = std::fs::read_to_string(path).unwrap();
        let kinds = std::iter::successors(next(None), |it| next(Some(it)));
        let rows: Vec<_> =
            kinds.map(|it| format!("| `{}` | {} | {it} |\n", it.id(), it.severity())).collect();
        let table =
            format!("| problem | severity | for example |\n|---|---|---|\n{}\n", rows.concat());
        assert!(page.contains(&table), "the page lacks:\n{table}");
    }
}
