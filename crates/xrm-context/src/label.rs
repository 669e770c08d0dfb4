//! Texts in the languages of an organization.

use uuid::Uuid;

use crate::contract::{contract, list_collection};

contract! {
    /// A text in several languages.
    pub struct Label = "Label" in Contracts {
        /// The text in each language.
        "LocalizedLabels" => localized_labels: LocalizedLabelCollection,
        /// The text in the calling user's language.
        "UserLocalizedLabel" => user_localized_label: Option<LocalizedLabel>,
    }
}

contract! {
    /// A text in one language.
    pub struct LocalizedLabel = "LocalizedLabel" in Contracts {
        /// The id of the text among the metadata. Since version 7.1.
        "MetadataId" in Metadata since V7_1 => metadata_id: Option<Uuid>,
        /// Whether the text changed since it was asked for last. Since version 7.1.
        "HasChanged" in Metadata since V7_1 => has_changed: Option<bool>,
        /// Whether the text came with a managed solution.
        "IsManaged" => is_managed: Option<bool>,
        /// The text.
        "Label" => label: Option<String>,
        /// The language's locale id, 1033 for English of the United States.
        "LanguageCode" => language_code: i32,
    }
}

list_collection! {
    /// A text in each of several languages.
    pub struct LocalizedLabelCollection = "LocalizedLabelCollection" in Contracts:
        LocalizedLabel, "LocalizedLabel";
}

impl Label {
    /// A text in one language, which is the calling user's.
    #[must_use]
    pub fn new(label: &str, language_code: i32) -> Self {
        let label = LocalizedLabel::new(label, language_code);
        Self {
            localized_labels: LocalizedLabelCollection::from_iter([label.clone()]),
            user_localized_label: Some(label),
            ..Self::default()
        }
    }
}

impl LocalizedLabel {
    /// A text in one language.
    #[must_use]
    pub fn new(label: &str, language_code: i32) -> Self {
        Self { label: Some(label.to_owned()), language_code, ..Self::default() }
    }
}
