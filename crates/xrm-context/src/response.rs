//! Results that particular messages answer with.

use crate::collection::{Key, List};
use crate::contract::{contract, list_collection, pair_collection};
use crate::entity::EntityCollection;

pair_collection! {
    /// The number of records by table, as `RetrieveTotalRecordCount` answers: logical names and
    /// counts. Since version 9.0.
    pub struct EntityRecordCountCollection = "EntityRecordCountCollection" in Contracts90:
        Key => i64 as KeyValuePairOfStringLong, "KeyValuePairOfstringlong";
}

contract! {
    /// What a quick find found in one table, as `ExecuteQuickFind` answers.
    pub struct QuickFindResult = "QuickFindResult" in Contracts {
        /// The records.
        "Data" => data: Option<EntityCollection>,
        /// Why the search failed; 0 if it did not.
        "ErrorCode" => error_code: i32,
        /// The logical names of the columns that were returned.
        "QueryColumnSet" => query_column_set: List<String>,
    }
}

list_collection! {
    /// What a quick find found in each table.
    pub struct QuickFindResultCollection = "QuickFindResultCollection" in Contracts:
        QuickFindResult, "QuickFindResult";

    /// Settings of an organization.
    pub struct SettingDetailCollection = "SettingDetailCollection" in Crm2011:
        SettingDetail, "SettingDetail";
}

contract! {
    /// A setting of an organization, as `RetrieveSetting` answers. Since version 9.0.
    pub struct SettingDetail = "SettingDetail" in Contracts90 {
        /// The number of the value's data type.
        "DataType" => data_type: i32,
        /// The setting's unique name.
        "Name" => name: Option<String>,
        /// The setting's value, as a text.
        "Value" => value: Option<String>,
    }
}

contract! {
    /// How much attention e-mails got, as `RetrieveAggregatedEmailEngagement` leads to it. Since
    /// version 8.2.
    pub struct EmailEngagementAggregate = "EmailEngagementAggregate" in Contracts82 {
        /// How often attachments were opened.
        "TotalAttachmentOpens" => total_attachment_opens: i32,
        /// How often e-mails were opened.
        "TotalEmailOpens" => total_email_opens: i32,
        /// How many e-mails were replied to.
        "TotalEmailReplies" => total_email_replies: i32,
        /// How many e-mails there are.
        "TotalEmails" => total_emails: i32,
        /// How many e-mails are followed.
        "TotalFollowedEmails" => total_followed_emails: i32,
        /// How often links were followed.
        "TotalLinkClicks" => total_link_clicks: i32,
    }
}
