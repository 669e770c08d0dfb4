//! What management answers.

use azure_sas::SharedAccessKey;
use http::{HeaderMap, StatusCode};

use crate::manage::consumer_group::ConsumerGroupDescription;
use crate::manage::hub_settings::{EntityStatus, HubDescription, HubSettings};
use crate::manage::rule::{AccessRights, AuthorizationRule};
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
    hub(&entry(answer)?).map_err(ManageError::Malformed)
}

/// The hubs that were asked for.
///
/// # Errors
///
/// The service's refusal, or [`ManageError::Malformed`].
pub fn read_hubs(answer: Answer<'_>) -> Result<Vec<HubDescription>, ManageError> {
    feed(answer)?
        .children("entry")
        .map(hub)
        .collect::<Result<_, _>>()
        .map_err(ManageError::Malformed)
}

/// The consumer group that was created or asked for.
///
/// # Errors
///
/// The service's refusal, or [`ManageError::Malformed`].
pub fn read_consumer_group(answer: Answer<'_>) -> Result<ConsumerGroupDescription, ManageError> {
    consumer_group(&entry(answer)?).map_err(ManageError::Malformed)
}

/// The consumer groups that were asked for.
///
/// # Errors
///
/// The service's refusal, or [`ManageError::Malformed`].
pub fn read_consumer_groups(
    answer: Answer<'_>,
) -> Result<Vec<ConsumerGroupDescription>, ManageError> {
    let groups = feed(answer)?.children("entry").map(consumer_group).collect::<Result<_, _>>();
    groups.map_err(ManageError::Malformed)
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
    let names = feed(answer)?.children("entry").map(revoked_publisher).collect::<Result<_, _>>();
    names.map_err(ManageError::Malformed)
}

/// The body of an answer that is 200 or 201.
fn success(answer: Answer<'_>) -> Result<&[u8], ManageError> {
    let Answer { status, reason, headers, body } = answer;
    match status {
        StatusCode::OK | StatusCode::CREATED => Ok(body),
        _ => Err(ManageError::from_refusal(Refusal::read(status, reason, headers, body))),
    }
}

/// Asked for what does not exist, the service may answer with an empty feed.
fn entry(answer: Answer<'_>) -> Result<Element, ManageError> {
    let root = root(answer)?;
    match &*root.name {
        "entry" => Ok(root),
        "feed" if root.child("entry").is_none() => Err(ManageError::NotFound(None)),
        _ => Err(ManageError::Malformed(Malformed::Element { element: "entry" })),
    }
}

fn feed(answer: Answer<'_>) -> Result<Element, ManageError> {
    let root = root(answer)?;
    match &*root.name {
        "feed" => Ok(root),
        _ => Err(ManageError::Malformed(Malformed::Element { element: "feed" })),
    }
}

fn root(answer: Answer<'_>) -> Result<Element, ManageError> {
    let body = success(answer)?;
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
        name: name(entry)?,
        settings,
        created_at: description.child_text("CreatedAt").map(str::to_owned),
        updated_at: description.child_text("UpdatedAt").map(str::to_owned),
        partition_ids: ids.map(|id| id.text().to_owned()).collect(),
    })
}

fn consumer_group(entry: &Element) -> Result<ConsumerGroupDescription, Malformed> {
    let description = description(entry, "ConsumerGroupDescription")?;
    Ok(ConsumerGroupDescription {
        name: name(entry)?,
        created_at: description.child_text("CreatedAt").map(str::to_owned),
        updated_at: description.child_text("UpdatedAt").map(str::to_owned),
        user_metadata: description.child_text("UserMetadata").map(str::to_owned),
    })
}

fn revoked_publisher(entry: &Element) -> Result<String, Malformed> {
    let description = description(entry, "RevokedPublisherDescription")?;
    let name = description.child_text("Name").ok_or(Malformed::Element { element: "Name" })?;
    Ok(name.to_owned())
}

fn rule(element: &Element) -> Result<AuthorizationRule, Malformed> {
    let name = element.child_text("KeyName").ok_or(Malformed::Element { element: "KeyName" })?;
    let rights = element.child("Rights");
    let rights = rights.into_iter().flat_map(|rights| rights.children("AccessRights"));
    let rights = rights.map(|right| AccessRights::named(right.text()));
    Ok(AuthorizationRule::read(
        name.to_owned(),
        rights.fold(AccessRights::NONE, |all, right| all | right),
        key(element, "PrimaryKey")?,
        key(element, "SecondaryKey")?,
    ))
}

fn key(rule: &Element, element: &'static str) -> Result<Option<SharedAccessKey>, Malformed> {
    let key = rule.child_text(element).map(SharedAccessKey::new).transpose();
    key.map_err(|_| Malformed::Element { element })
}

/// An entry's title is the name of what it describes, and of a consumer group without its hub.
fn name(entry: &Element) -> Result<String, Malformed> {
    let title = entry.child_text("title").ok_or(Malformed::Element { element: "title" })?;
    Ok(title.to_owned())
}

fn description<'a>(entry: &'a Element, element: &'static str) -> Result<&'a Element, Malformed> {
    let description = entry.child("content").and_then(|content| content.child(element));
    description.ok_or(Malformed::Element { element })
}

fn number(description: &Element, element: &'static str) -> Result<Option<u32>, Malformed> {
    let number = description.child_text(element).map(str::parse).transpose();
    number.map_err(|_| Malformed::Element { element })
}
