//! Plug-in types of a solution: their names and ids.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;

use uuid::Uuid;

use super::NoticeKind;
use super::contents::Contents;
use crate::component::Component;
use crate::plugin_type::PluginType;
use crate::solution::error::{Error, ErrorKind};
use crate::solution::read::{Columns, Fields, Reader, Tag};

const COLUMNS: Columns =
    Columns { read: &["Description"], passed: &["FriendlyName", "WorkflowActivityGroupName"] };

/// A plug-in type, as an assembly's file has it. Older exports have no id.
#[derive(Debug)]
pub(super) struct DeclaredType {
    id: Option<Uuid>,
    name: String,
    description: Option<String>,
}

/// A plug-in type, as a step names it: by one of these at least.
#[derive(Debug)]
pub(super) struct NamedType {
    pub(super) id: Option<Uuid>,
    pub(super) name: Option<String>,
}

/// The plug-in types of all files, and those of them that steps run.
#[derive(Debug)]
pub(super) struct PluginTypes {
    pub(super) used: Vec<PluginType>,
    used_ids: HashSet<Uuid>,
    declared: Vec<DeclaredType>,
    by_id: HashMap<Uuid, usize>,
    by_name: HashMap<String, usize>,
}

/// The plug-in types of a `PluginAssembly` whose start was read. The rest of it is how its code is
/// run.
pub(super) fn read_assembly<R: BufRead>(
    reader: &mut Reader<R>,
    contents: &mut Contents,
) -> Result<(), Error> {
    while let Some(child) = reader.child()? {
        if child.name != "PluginTypes" {
            reader.skip()?;
            continue;
        }
        while let Some(child) = reader.child()? {
            if child.name == "PluginType" {
                read(reader, contents, &child)?;
            } else {
                reader.skip()?;
                contents.leave(&format!("PluginTypes/{}", child.name), 1);
            }
        }
    }
    Ok(())
}

fn read<R: BufRead>(
    reader: &mut Reader<R>,
    contents: &mut Contents,
    tag: &Tag,
) -> Result<(), Error> {
    contents.count(reader)?;
    let mut fields = Fields::new(reader.location());
    let id = match tag.attribute("PluginTypeId").map(str::trim) {
        None | Some("") => None,
        Some(_) => Some(fields.id_of(tag, "PluginTypeId")?),
    };
    // The name of a workflow activity is a friendly one, so the other one comes first.
    let names = ["AssemblyQualifiedName", "Name"].into_iter();
    let name = names.filter_map(|it| tag.attribute(it)).find(|it| !it.is_empty());
    let Some(name) = name.map(|it| type_name(it).to_owned()) else {
        return Err(reader.error(ErrorKind::Missing { name: "AssemblyQualifiedName" }));
    };
    while let Some(child) = reader.child()? {
        if let Some(child) = fields.take(&COLUMNS, reader, child)? {
            reader.skip()?;
            contents.leave(&format!("PluginType/{}", child.name), 1);
        }
    }
    let description = fields.text("Description");
    contents.declared_types.push(DeclaredType { id, name, description });
    Ok(())
}

impl PluginTypes {
    pub(super) fn new(declared: Vec<DeclaredType>) -> Self {
        let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
        for (position, it) in declared.iter().enumerate() {
            if let Some(id) = it.id {
                by_id.entry(id).or_insert(position);
            }
            // One with an id tells more.
            let named = by_name.entry(it.name.clone()).or_insert(position);
            if declared[*named].id.is_none() && it.id.is_some() {
                *named = position;
            }
        }
        Self { used: Vec::new(), used_ids: HashSet::new(), declared, by_id, by_name }
    }

    /// The id of a plug-in type that a step runs, and what there is to tell about it: of the step,
    /// unless a component is told.
    pub(super) fn find(
        &mut self,
        named: NamedType,
    ) -> (Uuid, Option<(Option<Component>, NoticeKind)>) {
        let NamedType { id, name } = named;
        let by_name = name.as_ref().and_then(|it| self.by_name.get(it));
        let position = match id {
            Some(id) => self.by_id.get(&id).or_else(|| by_name.filter(|it| self.lacks_id(**it))),
            None => by_name,
        };
        let declared = position.map(|it| &self.declared[*it]);
        let Some(name) = name.or_else(|| declared.map(|it| it.name.clone())) else {
            // Another step may have told the name.
            let id = id.unwrap_or_default();
            let notice = (None, NoticeKind::PluginTypeUnnamed { id });
            return (id, (!self.used_ids.contains(&id)).then_some(notice));
        };
        let known_id = id.or_else(|| declared.and_then(|it| it.id));
        let id = known_id.unwrap_or_else(|| made_id(&name));
        let description = declared.and_then(|it| it.description.clone());
        let is_new = self.used_ids.insert(id);
        let plugin_type = PluginType { id, name, description };
        let component = plugin_type.component();
        if is_new {
            self.used.push(plugin_type);
        }
        let is_made = is_new && known_id.is_none();
        (id, is_made.then_some((Some(component), NoticeKind::PluginTypeWithoutId)))
    }

    /// How many plug-in types no step runs.
    pub(super) fn unused(&self) -> u64 {
        let names: HashSet<_> = self.used.iter().map(|it| it.name.as_str()).collect();
        let is_used = |it: &&DeclaredType| match it.id {
            Some(id) => self.used_ids.contains(&id),
            None => names.contains(it.name.as_str()),
        };
        let used = self.declared.iter().filter(is_used).count();
        u64::try_from(self.declared.len() - used).unwrap_or(u64::MAX)
    }

    fn lacks_id(&self, position: usize) -> bool {
        self.declared[position].id.is_none()
    }
}

/// The name of a type without its assembly, from `Type, Assembly, Version=...`. Between brackets,
/// there are commas of the type's own.
pub(in crate::solution) fn type_name(qualified: &str) -> &str {
    let mut depth = 0_usize;
    let end = qualified.char_indices().find(|(_, it)| {
        match it {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *it == ',' && depth == 0
    });
    match end.map(|(end, _)| qualified[..end].trim_end()) {
        None | Some("") => qualified,
        Some(name) => name,
    }
}

/// The id of a plug-in type that has but a name.
fn made_id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}
