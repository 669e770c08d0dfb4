//! The messages of the platform that are known here, with what is known about each.

use std::collections::HashMap;
use std::sync::LazyLock;

use uuid::{Uuid, uuid};

use crate::message_images::MessageImages;

/// A message of the platform.
///
/// ```
/// use xrm_registration::{AutomaticImage, KnownMessage};
///
/// let delete = KnownMessage::get("Delete").unwrap();
/// assert_eq!(delete.automatic_image, Some(AutomaticImage::Before));
/// assert_eq!(KnownMessage::meant_by("delete").unwrap().name, "Delete");
/// assert!(KnownMessage::get("contoso_Approve").is_none());
/// ```
///
/// Messages are compared exactly, as the platform's pipeline does. Custom actions and custom APIs
/// have messages of an organization, which are not in this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownMessage {
    /// The name.
    pub name: &'static str,
    /// The id, where it was seen to be the same in several organizations, or is in Microsoft's
    /// documentation.
    pub id: Option<Uuid>,
    /// The collection in which asynchronous steps were seen to have the image
    /// `AsynchronousStepPrimaryName`. `None` if no body of such a step is known; then no image is
    /// made.
    pub automatic_image: Option<AutomaticImage>,
    /// The source of the images that can be registered.
    pub images_from: Evidence,
    /// The source of the rule for the parent of an asynchronous step's context.
    pub parent_from: Evidence,
}

/// The collection that holds the image `AsynchronousStepPrimaryName` of asynchronous steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AutomaticImage {
    /// The images of the record before the operation.
    Before,
    /// The images of the record after the operation.
    After,
    /// Neither of them.
    Absent,
}

/// The source of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// Microsoft's documentation.
    Documented,
    /// Bodies or files that real organizations made.
    Seen,
    /// Neither: the rule follows from other rules, or is a safe default.
    Inferred,
}

impl Evidence {
    /// The word for it in documentation: `documented`, `seen` or `inferred`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Seen => "seen",
            Self::Inferred => "inferred",
        }
    }
}

/// Declares each message in one row: the name; the source of the rule for parents, if parents of the
/// message were seen; the automatic image, if bodies of the message were
/// seen; the images that can be registered, with the source of the rule, the properties that refer
/// to a record, and the records that there are; the id, if it is known.
macro_rules! known_messages {
    ($(
        $name:literal
        $(parent $parent:ident)?
        $(automatic $automatic:ident)?
        $(images $evidence:ident [$($property:literal),+] ($($kind:ident)+))?
        $(id $id:literal)?;
    )+) => {
        const MESSAGES: &[KnownMessage] = &[$(
            KnownMessage::named($name)
                $(.parent_from(known_messages!(@ $parent)))?
                $(.automatic(AutomaticImage::$automatic))?
                $(.images_from(known_messages!(@ $evidence)))?
                $(.numbered(uuid!($id)))?
        ),+];

        pub(crate) const IMAGES: &[MessageImages] = &[$($({
            let mut row = MessageImages::without($name, &[$($property),+]);
            $(row.$kind = true;)+
            row
        },)?)+];
    };
    (@ seen) => { Evidence::Seen };
    (@ documented) => { Evidence::Documented };
    (@ inferred) => { Evidence::Inferred };
}

// Automatic images: 24 specifications run against an organization of 2015, bodies that
// organizations of 2017 to 2024 sent. Images: Microsoft's page on registering a plug-in, and open
// registration tools. Ids: Microsoft's page on messages, and exports of organizations of 2015 to
// 2025, which agree wherever two have the same message. The ids of the platform's first version
// are nearly in the order of the alphabet: a check of the table, and no way to guess others.
// Names without more are those that registration tools list.
known_messages! {
    "Create"
        parent seen automatic After
        images documented ["Id", "id", "Target"] (post)
        id "9ebdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "Update"
        parent seen automatic After
        images documented ["Target"] (pre post)
        id "20bebb1b-ea3e-db11-86a7-000a3a5473e8";
    "Delete"
        automatic Before
        images documented ["Target"] (pre)
        id "a1bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "Assign"
        parent seen automatic Before
        images inferred ["Target"] (pre post)
        id "8cbdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "SetState" images inferred ["EntityMoniker"] (pre post) id "1cbebb1b-ea3e-db11-86a7-000a3a5473e8";
    "SetStateDynamicEntity"
        automatic After
        images inferred ["EntityMoniker"] (pre post)
        id "1dbebb1b-ea3e-db11-86a7-000a3a5473e8";
    "Merge"
        automatic After
        images inferred ["Target", "SubordinateId"] (pre post)
        id "dbbdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "Associate" automatic Absent id "16e7c888-3b24-448b-b7da-ebfe9b681762";
    "Disassociate" automatic Absent id "bdfc191d-fc56-493a-a6b1-cb0c47a22ecc";
    "CreateMultiple" images inferred ["Ids"] (post);
    "UpdateMultiple" images inferred ["Targets"] (pre post);
    "DeleteMultiple";
    "Upsert";
    "UpsertMultiple";
    "Retrieve" id "f2bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "RetrieveMultiple" id "03bebb1b-ea3e-db11-86a7-000a3a5473e8";
    "GrantAccess" id "c5bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "ModifyAccess" id "dcbdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "RevokeAccess" id "11bebb1b-ea3e-db11-86a7-000a3a5473e8";
    "AddItem" automatic After id "86bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "AddListMembers";
    "AddMember";
    "AddMembers";
    "AddPrincipalToQueue";
    "AddPrivileges";
    "AddProductToKit";
    "AddRecurrence";
    "AddRelated";
    "AddToQueue" automatic Absent id "364af1c9-8436-4bf6-8952-82615b072380";
    "AddUserToRecordTeam";
    "ApplyRecordCreationAndUpdateRule";
    "BackgroundSend";
    "Book";
    "CalculatePrice";
    "Cancel" automatic Absent id "92bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "CheckIncoming";
    "CheckPromote";
    "Clone" automatic After id "95bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "CloneProduct";
    "Close" automatic Absent id "96bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "CopyDynamicListToStatic";
    "CreateException";
    "CreateInstance";
    "CreateKnowledgeArticleTranslation";
    "CreateKnowledgeArticleVersion";
    "DeleteOpenInstances";
    "DeliverIncoming" images inferred ["EmailId"] (pre post);
    "DeliverPromote" images inferred ["EmailId"] (pre post);
    "Execute" id "a6bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "ExecuteById";
    "ExecuteWorkflow" images inferred ["Target"] (pre post);
    "FullTextSearchKnowledgeArticle";
    "GenerateSocialProfile";
    "GetDefaultPriceLevel";
    "LockInvoicePricing" automatic Absent id "cfbdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "LockSalesOrderPricing" automatic Absent id "d0bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "Lose" automatic Absent id "d1bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "PickFromQueue";
    "Publish";
    "PublishAll";
    "QualifyLead" automatic Absent id "644c3365-b36c-431e-b76b-5c3e48adee55";
    "Recalculate";
    "ReleaseToQueue";
    "RemoveFromQueue";
    "RemoveItem";
    "RemoveMember";
    "RemoveMembers";
    "RemovePrivilege";
    "RemoveProductFromKit";
    "RemoveRelated";
    "RemoveUserFromRecordTeam";
    "ReplacePrivileges" id "f0bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "Reschedule";
    "RetrieveExchangeRate";
    "RetrievePersonalWall";
    "RetrievePrincipalAccess" id "04bebb1b-ea3e-db11-86a7-000a3a5473e8";
    "RetrieveRecordWall";
    "RetrieveSharedPrincipalsAndAccess" id "10bebb1b-ea3e-db11-86a7-000a3a5473e8";
    "RetrieveTimelineWallRecords" id "5cd0bdd9-44a6-4d3f-b783-76a3ad717a52";
    "RetrieveUnpublished";
    "RetrieveUnpublishedMultiple" id "f6bdbb1b-ea3e-db11-86a7-000a3a5473e8";
    "RetrieveUserQueues";
    "Route" images inferred ["Target"] (pre post);
    "RouteTo";
    "Send" images inferred ["EmailId", "FaxId", "TemplateId"] (pre post);
    "SendFromTemplate";
    "SetRelated";
    "TriggerServiceEndpointCheck";
    "UnlockInvoicePricing" automatic Absent id "22bebb1b-ea3e-db11-86a7-000a3a5473e8";
    "UnlockSalesOrderPricing" automatic Absent id "23bebb1b-ea3e-db11-86a7-000a3a5473e8";
    "ValidateRecurrenceRule";
    "Win" automatic Absent id "27bebb1b-ea3e-db11-86a7-000a3a5473e8";
    "msdyn_GetBookableResources" id "51bfbf59-2136-42d4-90a8-e9e8611e1d97";
    "msdyn_GetOrCreateBookableResources" id "204f2226-3dbc-4dd2-afce-a92695710cc5";
    "msdyn_InvokeURSStoredProc" id "c8205528-6f14-40d4-ad83-9ea3b7d18d17";
}

/// Ids and names, for searches: files may have a hundred thousand steps.
static BY_NAME: LazyLock<HashMap<&str, &KnownMessage>> =
    LazyLock::new(|| MESSAGES.iter().map(|it| (it.name, it)).collect());
static BY_LOWER_NAME: LazyLock<HashMap<String, &KnownMessage>> =
    LazyLock::new(|| MESSAGES.iter().map(|it| (it.name.to_ascii_lowercase(), it)).collect());

impl KnownMessage {
    /// The messages that are known.
    pub const ALL: &'static [Self] = MESSAGES;

    /// The message with exactly this name.
    #[must_use]
    pub fn get(name: &str) -> Option<&'static Self> {
        BY_NAME.get(name).copied()
    }

    /// The message that a text means which is not the name of one: a name with other capitals, or
    /// the id.
    #[must_use]
    pub fn meant_by(text: &str) -> Option<&'static Self> {
        if Self::get(text).is_some() {
            return None;
        }
        let by_case = BY_LOWER_NAME.get(text.to_ascii_lowercase().as_str()).copied();
        by_case.or_else(|| {
            let id = Uuid::try_parse(text).ok()?;
            Self::ALL.iter().find(|it| it.id == Some(id))
        })
    }

    /// The images that can be registered on it, if any.
    #[must_use]
    pub fn images(&self) -> Option<&'static MessageImages> {
        MessageImages::get(self.name)
    }

    const fn named(name: &'static str) -> Self {
        Self {
            name,
            id: None,
            automatic_image: None,
            images_from: Evidence::Inferred,
            parent_from: Evidence::Inferred,
        }
    }

    const fn parent_from(self, parent_from: Evidence) -> Self {
        Self { parent_from, ..self }
    }

    const fn automatic(self, image: AutomaticImage) -> Self {
        Self { automatic_image: Some(image), ..self }
    }

    const fn images_from(self, images_from: Evidence) -> Self {
        Self { images_from, ..self }
    }

    const fn numbered(self, id: Uuid) -> Self {
        Self { id: Some(id), ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_ids_are_each_there_once() {
        let names: HashSet<_> =
            KnownMessage::ALL.iter().map(|it| it.name.to_ascii_lowercase()).collect();
        assert_eq!(names.len(), KnownMessage::ALL.len());
        let ids: Vec<_> = KnownMessage::ALL.iter().filter_map(|it| it.id).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }

    /// The platform numbered the messages of its first version in the order of the alphabet, but
    /// for two.
    #[test]
    fn ids_of_one_family_are_in_the_order_of_the_alphabet() {
        let family = "bb1b-ea3e-db11-86a7-000a3a5473e8";
        let mut ids: Vec<_> = KnownMessage::ALL
            .iter()
            .filter_map(|it| Some((it.id?, it.name)))
            .filter(|(id, name)| {
                let is_odd = ["Update", "RetrieveUnpublishedMultiple"].contains(name);
                id.to_string().ends_with(family) && !is_odd
            })
            .collect();
        // `bd` comes before `be`, and the number before it counts within each.
        ids.sort_by_key(|(id, _)| (id.as_bytes()[1], id.as_bytes()[0]));
        let names: Vec<_> = ids.into_iter().map(|(_, name)| name).collect();
        assert!(names.is_sorted(), "{names:?}");
    }
}
