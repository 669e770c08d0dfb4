//! Plug-in types in the file of their assembly.

use super::input::Input;
use super::notice::NoticeKind;
use super::plugin_types::DeclaredType;
use crate::component::Component;
use crate::solution::error::Error;
use crate::solution::read::fields::{Columns, Fields};
use crate::solution::read::reader::Tag;
use crate::solution::type_name::TypeName;

const COLUMNS: Columns =
    Columns { read: &["Description"], passed: &["FriendlyName", "WorkflowActivityGroupName"] };

/// The plug-in types of a `PluginAssembly` whose start was read. The rest of it is how its code is
/// run.
pub(super) fn read_assembly(input: &mut Input<'_>) -> Result<(), Error> {
    while let Some(child) = input.reader.child()? {
        if child.name != "PluginTypes" {
            input.reader.skip()?;
            continue;
        }
        while let Some(child) = input.reader.child()? {
            if child.name == "PluginType" {
                read(input, &child)?;
            } else {
                input.leave_alone("PluginTypes", &child)?;
            }
        }
    }
    Ok(())
}

fn read(input: &mut Input<'_>, tag: &Tag) -> Result<(), Error> {
    input.count()?;
    let mut fields = Fields::new(input.reader.location());
    let id = match tag.attribute("PluginTypeId").map(str::trim) {
        None | Some("") => None,
        Some(_) => Some(fields.id_attribute(tag, "PluginTypeId")?),
    };
    // The name of a workflow activity is a friendly one, so the other one comes first.
    let names = ["AssemblyQualifiedName", "Name"].into_iter();
    let name = names.filter_map(|it| tag.attribute(it)).find(|it| !it.is_empty());
    let name = name.map(TypeName::new);
    input.fill(&mut fields, &COLUMNS, "PluginType")?;
    let Some(name) = name else {
        let component = Component::PluginType { id: id.unwrap_or_default(), name: String::new() };
        input.contents.note(component, fields.location, NoticeKind::PluginTypeNameless);
        return Ok(());
    };
    let description = fields.text("Description");
    input.contents.declared_types.push(DeclaredType { id, name, description });
    Ok(())
}
