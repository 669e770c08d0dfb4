//! What management answers.

use azure_sas::SharedAccessKey;
use http::{HeaderMap, StatusCode};

use crate::manage::consumer_group::ConsumerGroupDescription;
use crate::manage::hub_settings::{EntityStatus, HubDescription, HubSettings};
use crate::manage::rule::{AccessRights, AuthorizationRule};
use crate::redaction::redacted;
use crate::refusal::Refusal;
use crate::verdict::NoAnswer;
use crate::xml::{Element, Malformed};

/// How much of an answer is read: a hundred hubs with all their rules have less than a mebibyte.
pub(crate) const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// An answer, as any HTTP client gives it.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The status.
    pub status: StatusCode,
    /// The reason phrase, without which some refusals say nothing at all; empty if there is none.
    pub reason: &'a [u8],
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body. It may hold keys.
    pub body: &'a [u8],
}

/// Why management did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManageError {
    /// 400: the request is malformed, or asks for what the tier does not have.
    #[error("bad request: {0}")]
    BadRequest(Box<Refusal>),
    /// 401: the token is refused, or its policy lacks the Manage right.
    #[error("unauthorized: {0}")]
    Unauthorized(Box<Refusal>),
    /// 403: a quota is used up, such as the number of hubs.
    #[error("forbidden: {0}")]
    Forbidden(Box<Refusal>),
    /// 404, or no entry where there ought to be one: it does not exist.
    #[error("not found")]
    NotFound(Option<Box<Refusal>>),
    /// 409: it exists already, or something else is under way with it.
    #[error("conflict: {0}")]
    Conflict(Box<Refusal>),
    /// Another status.
    #[error("refused: {0}")]
    Refused(Box<Refusal>),
    /// The service did it, but what it describes could not be read.
    #[error("the answer can't be read: {0}")]
    Malformed(Malformed),
    /// No answer came.
    #[error("no answer: {0}")]
    NoAnswer(NoAnswer),
}

impl ManageError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_transient(),
            Self::NoAnswer(_) => true,
            _ => false,
        }
    }

    fn from_refusal(refusal: Refusal) -> Self {
        let refusal = Box::new(refusal);
        match refusal.status().as_u16() {
            400 => Self::BadRequest(refusal),
            401 => Self::Unauthorized(refusal),
            403 => Self::Forbidden(refusal),
            // Service Bus, which has the same interface, documents 410 for what does not exist.
            404 | 410 => Self::NotFound(Some(refusal)),
            409 => Self::Conflict(refusal),
            _ => Self::Refused(refusal),
        }
    }
}

/// The hub that was created, changed or asked for.
///
/// # Errors
///
/// The service's refusal, or [`ManageError::Malformed`].
pub fn read_hub(answer: Answer<'_>) -> Result<HubDescription, ManageError> {
    entry(answer, hub)
}

/// The hubs that were asked for.
///
/// # Errors
///
/// The service's refusal, or [`ManageError::Malformed`].
pub fn read_hubs(answer: Answer<'_>) -> Result<Vec<HubDescription>, ManageError> {
    entries(answer, hub)
}

/// The consumer group that was created or asked for.
///
/// # Errors
///
/// The service's refusal, or [`ManageError::Malformed`].
pub fn read_consumer_group(answer: Answer<'_>) -> Result<ConsumerGroupDescription, ManageError> {
    entry(answer, consumer_group)
}

/// The consumer groups that were asked for.
///
/// # Errors
///
/// The service's refusal, or [`ManageError::Malformed`].
pub fn read_consumer_groups(
    answer: Answer<'_>,
) -> Result<Vec<ConsumerGroupDescription>, ManageError> {
    entries(answer, consumer_group)
}

/// Whether something was deleted, or a publisher revoked, of which an answer describes nothing.
///
/// # Errors
///
/// The service's refusal.
pub fn read_done(answer: Answer<'_>) -> Result<(), ManageError> {
    success(answer).map(|_| ())
}

/// The names of the revoked publishers that were asked for.
///
/// # Errors
///
/// The service's refusal, or [`ManageError::Malformed`].
pub fn read_revoked_publishers(answer: Answer<'_>) -> Result<Vec<String>, ManageError> {
    entries(answer, revoked_publisher)
}

/// The body of an answer that is 200 or 201.
fn success(answer: Answer<'_>) -> Result<&[u8], ManageError> {
    let Answer { status, reason, headers, body } = answer;
    match status {
        StatusCode::OK | StatusCode::CREATED => Ok(body),
        _ => Err(ManageError::from_refusal(Refusal::read(status, reason, headers, body))),
    }
}

/// What an answer describes as its one entry.
fn entry<T>(
    answer: Answer<'_>,
    read: fn(&Element) -> Result<T, Malformed>,
) -> Result<T, ManageError> {
    let root = root(answer)?;
    let read = match &*root.name {
        "entry" => read(&root),
        // Asked for something that does not exist, the service may answer 200 with an empty feed,
        // as Microsoft's clients for Service Bus expect it to.
        "feed" if root.child("entry").is_none() => return Err(ManageError::NotFound(None)),
        _ => Err(Malformed::Element { element: "entry" }),
    };
    read.map_err(ManageError::Malformed)
}

/// What an answer describes as the entries of a feed. An empty one is an empty list.
fn entries<T>(
    answer: Answer<'_>,
    read: fn(&Element) -> Result<T, Malformed>,
) -> Result<Vec<T>, ManageError> {
    let root = root(answer)?;
    let read = match &*root.name {
        "feed" => root.children("entry").map(read).collect(),
        _ => Err(Malformed::Element { element: "feed" }),
    };
    read.map_err(ManageError::Malformed)
}

fn root(answer: Answer<'_>) -> Result<Element, ManageError> {
    let body = success(answer)?;
    // A caller with another HTTP client may not have limited what it reads.
    if body.len() > LONGEST_ANSWER {
        return Err(ManageError::Malformed(Malformed::TooLarge));
    }
    Element::read(body).map_err(ManageError::Malformed)
}

fn hub(entry: &Element) -> Result<HubDescription, Malformed> {
    let description = description(entry, "EventHubDescription")?;
    let rules = description.child("AuthorizationRules");
    let rules = rules.into_iter().flat_map(|rules| rules.children("AuthorizationRule"));
    let settings = HubSettings {
        message_retention_in_days: number(description, "MessageRetentionInDays")?,
        authorization_rules: rules.map(rule).collect::<Result<_, _>>()?,
        status: description.child_text("Status").map(EntityStatus::read),
        user_metadata: description.child_text("UserMetadata").map(str::to_owned),
        partition_count: number(description, "PartitionCount")?,
    };
    let ids = description.child("PartitionIds");
    let ids = ids.into_iter().flat_map(|ids| ids.children("string"));
    Ok(HubDescription {
        // An entry's title is the name of what it describes.
        name: text(entry, "title")?,
        settings,
        created_at: description.child_text("CreatedAt").map(shown),
        updated_at: description.child_text("UpdatedAt").map(shown),
        partition_ids: ids.map(|id| shown(id.text())).collect(),
    })
}

fn consumer_group(entry: &Element) -> Result<ConsumerGroupDescription, Malformed> {
    let description = description(entry, "ConsumerGroupDescription")?;
    Ok(ConsumerGroupDescription {
        // The group's name alone, without that of its hub.
        name: text(entry, "title")?,
        created_at: description.child_text("CreatedAt").map(shown),
        updated_at: description.child_text("UpdatedAt").map(shown),
        user_metadata: description.child_text("UserMetadata").map(str::to_owned),
    })
}

fn revoked_publisher(entry: &Element) -> Result<String, Malformed> {
    let description = description(entry, "RevokedPublisherDescription")?;
    text(description, "Name")
}

fn rule(element: &Element) -> Result<AuthorizationRule, Malformed> {
    let rights = element.child("Rights");
    let rights = rights.into_iter().flat_map(|rights| rights.children("AccessRights"));
    // A right that is not known counts as none, so that a list with a new right can still be read.
    let rights = rights.map(|right| AccessRights::named(right.text()));
    Ok(AuthorizationRule::read(
        text(element, "KeyName")?,
        rights.fold(AccessRights::NONE, |all, right| all | right),
        key(element, "PrimaryKey")?,
        key(element, "SecondaryKey")?,
    ))
}

fn key(rule: &Element, element: &'static str) -> Result<Option<SharedAccessKey>, Malformed> {
    let key = rule.child_text(element).map(SharedAccessKey::new).transpose();
    key.map_err(|_| Malformed::Element { element })
}

fn text(parent: &Element, element: &'static str) -> Result<String, Malformed> {
    parent.child_text(element).map(shown).ok_or(Malformed::Element { element })
}

/// A text that goes into output, errors and logs. Only user metadata is kept as it is, because it is
/// written back with the settings.
fn shown(text: &str) -> String {
    redacted(text).into_owned()
}

fn description<'a>(entry: &'a Element, element: &'static str) -> Result<&'a Element, Malformed> {
    let description = entry.child("content").and_then(|content| content.child(element));
    description.ok_or(Malformed::Element { element })
}

fn number(description: &Element, element: &'static str) -> Result<Option<u32>, Malformed> {
    let number = description.child_text(element).map(str::parse).transpose();
    number.map_err(|_| Malformed::Element { element })
}
