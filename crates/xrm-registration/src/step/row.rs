//! What steps and images hold, column by column.

use crate::columns::{Column, Columns, label, list, shown, text};
use crate::step::{Image, Step};

impl Columns for Step {
    fn columns(&self) -> Vec<Column> {
        // No field is forgotten here.
        let Self {
            id,
            name,
            description,
            event_handler,
            event_handler_type,
            message,
            table: _,
            secondary_table: _,
            stage,
            mode,
            rank,
            filtering_attributes,
            supported_deployment,
            async_auto_delete,
            configuration,
            impersonating_user_id,
            state,
            images: _,
        } = self;
        vec![
            ("sdkmessageprocessingstepid", shown(id)),
            ("name", text(name)),
            ("description", description.clone()),
            ("eventhandler", shown(event_handler)),
            ("eventhandlertypecode", label(*event_handler_type)),
            ("sdkmessageid", text(message)),
            ("sdkmessagefilterid", self.primary_table().map(str::to_owned)),
            ("secondary_table", self.secondary_table().map(str::to_owned)),
            ("stage", label(*stage)),
            ("mode", label(*mode)),
            ("rank", shown(rank)),
            ("filteringattributes", list(filtering_attributes)),
            ("supporteddeployment", label(*supported_deployment)),
            ("asyncautodelete", shown(async_auto_delete)),
            ("configuration", configuration.clone()),
            ("impersonatinguserid", impersonating_user_id.and_then(shown)),
            ("statecode", label(*state)),
        ]
    }
}

impl Columns for Image {
    fn columns(&self) -> Vec<Column> {
        let Self { id, name, entity_alias, image_type, message_property_name, attributes } = self;
        vec![
            ("sdkmessageprocessingstepimageid", shown(id).filter(|_| !id.is_nil())),
            ("name", text(name)),
            ("entityalias", text(entity_alias)),
            ("imagetype", label(*image_type)),
            ("messagepropertyname", message_property_name.clone()),
            ("attributes", list(attributes)),
        ]
    }
}
