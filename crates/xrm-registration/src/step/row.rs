//! What steps and images hold, column by column.

use crate::columns::{Column, Columns, columns, label, list, shown, text};
use crate::step::{Image, Step, named_table};

impl Columns for Step {
    fn columns(&self) -> Vec<Column> {
        columns!(self {
            "sdkmessageprocessingstepid" = id: shown(id);
            "name" = name: text(name);
            "description" = description: description.clone();
            "eventhandler" = event_handler: shown(event_handler);
            "eventhandlertypecode" = event_handler_type: label(*event_handler_type);
            "sdkmessageid" = message: text(message);
            "sdkmessageid (id)" = message_id: message_id.and_then(shown);
            "sdkmessagefilterid" = table: named_table(table.as_deref()).map(str::to_owned);
            "secondary_table" = secondary_table:
                named_table(secondary_table.as_deref()).map(str::to_owned);
            "stage" = stage: label(*stage);
            "mode" = mode: label(*mode);
            "rank" = rank: shown(rank);
            "filteringattributes" = filtering_attributes: list(filtering_attributes);
            "supporteddeployment" = supported_deployment: label(*supported_deployment);
            "asyncautodelete" = async_auto_delete: shown(async_auto_delete);
            "configuration" = configuration: configuration.clone();
            "impersonatinguserid" = impersonating_user_id: impersonating_user_id.and_then(shown);
            "impersonatinguserid (name)" = impersonating_user_name: impersonating_user_name.clone();
            "invocationsource" = invocation_source: label(*invocation_source);
            "fxexpressionid" = fx_expression: fx_expression.clone();
            "iscustomizable" = is_customizable: shown(is_customizable);
            "ishidden" = is_hidden: shown(is_hidden);
            "introducedversion" = introduced_version: text(introduced_version);
            "statecode" = state: label(*state);
        } besides images)
    }
}

impl Columns for Image {
    fn columns(&self) -> Vec<Column> {
        columns!(self {
            "sdkmessageprocessingstepimageid" = id: shown(id).filter(|_| !id.is_nil());
            "name" = name: text(name);
            "entityalias" = entity_alias: text(entity_alias);
            "imagetype" = image_type: label(*image_type);
            "messagepropertyname" = message_property_name: message_property_name.clone();
            "attributes" = attributes: list(attributes);
            "description" = description: description.clone();
            "relatedattributename" = related_attribute_name: related_attribute_name.clone();
            "iscustomizable" = is_customizable: shown(is_customizable);
        })
    }
}
