//! Images: snapshots of the record that travel with a context.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::attributes::Attributes;
use crate::choices::ImageType;

/// An image of a step, a row of the platform's
/// [`sdkmessageprocessingstepimage`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/sdkmessageprocessingstepimage)
/// table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Image {
    /// The column `sdkmessageprocessingstepimageid`. By default, this is the nil id.
    #[serde(default, skip_serializing_if = "Uuid::is_nil")]
    pub id: Uuid,
    /// The column `name`.
    pub name: String,
    /// The column `entityalias`: the image's key in the context.
    pub entity_alias: String,
    /// The column `imagetype`.
    pub image_type: ImageType,
    /// The column `messagepropertyname`: the property that refers to the record. Without one, this
    /// is the message's [usual one](crate::MessageImages::properties).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_property_name: Option<String>,
    /// The column `attributes`: what the image holds. By default, these are all columns.
    #[serde(default, skip_serializing_if = "Attributes::is_all")]
    pub attributes: Attributes,
    /// The column `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The column `relatedattributename`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_attribute_name: Option<String>,
    /// The column `iscustomizable`. By default, it is true.
    #[serde(default = "crate::columns::yes", skip_serializing_if = "crate::columns::is_yes")]
    pub is_customizable: bool,
}

impl Image {
    /// Creates an image of the record before the operation, with this alias for its name.
    ///
    /// ```
    /// use xrm_registration::{Attributes, Image};
    ///
    /// let before = Image::pre("Before", "name,revenue");
    /// assert!(before.attributes.includes("revenue"));
    /// assert!(Image::post("After", Attributes::ALL).attributes.is_all());
    /// ```
    #[must_use]
    pub fn pre(entity_alias: &str, attributes: impl Into<Attributes>) -> Self {
        Self::new(ImageType::PRE_IMAGE, entity_alias, attributes.into())
    }

    /// Creates an image of the record after the operation, with this alias for its name.
    #[must_use]
    pub fn post(entity_alias: &str, attributes: impl Into<Attributes>) -> Self {
        Self::new(ImageType::POST_IMAGE, entity_alias, attributes.into())
    }

    /// Creates two images, of the record before and of the record after, both with this alias.
    #[must_use]
    pub fn both(entity_alias: &str, attributes: impl Into<Attributes>) -> Self {
        Self::new(ImageType::BOTH, entity_alias, attributes.into())
    }

    fn new(image_type: ImageType, entity_alias: &str, attributes: Attributes) -> Self {
        Self {
            id: Uuid::nil(),
            name: entity_alias.to_owned(),
            entity_alias: entity_alias.to_owned(),
            image_type,
            message_property_name: None,
            attributes,
            description: None,
            related_attribute_name: None,
            is_customizable: true,
        }
    }
}
