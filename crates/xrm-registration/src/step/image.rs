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
}

impl Image {
    /// The record before, under this alias.
    #[must_use]
    pub fn pre(entity_alias: &str, attributes: impl Into<Attributes>) -> Self {
        Self::new(ImageType::PRE_IMAGE, entity_alias, attributes.into())
    }

    /// The record after, under this alias.
    #[must_use]
    pub fn post(entity_alias: &str, attributes: impl Into<Attributes>) -> Self {
        Self::new(ImageType::POST_IMAGE, entity_alias, attributes.into())
    }

    /// The record before and the record after, both under this alias.
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
        }
    }
}
