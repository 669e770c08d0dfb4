//! The plug-in types of all files of a solution, and those that its steps run.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::notice::NoticeKind;
use crate::component::Component;
use crate::plugin_type::PluginType;
use crate::solution::type_name::TypeName;

/// A plug-in type, as an assembly's file has it. Older exports have no id.
#[derive(Debug)]
pub(super) struct DeclaredType {
    pub(super) id: Option<Uuid>,
    pub(super) name: TypeName,
    pub(super) description: Option<String>,
}

/// A plug-in type, as a step names it: by one of these at least.
#[derive(Debug)]
pub(super) struct NamedType {
    pub(super) id: Option<Uuid>,
    pub(super) name: Option<TypeName>,
    pub(super) export_key: Option<String>,
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

impl PluginTypes {
    pub(super) fn new(declared: Vec<DeclaredType>) -> Self {
        let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
        for (position, it) in declared.iter().enumerate() {
            if let Some(id) = it.id {
                by_id.entry(id).or_insert(position);
            }
            // The one with an id wins: an assembly may be in the solution twice, exported by an
            // older version and a newer one.
            let named = by_name.entry(it.name.own.clone()).or_insert(position);
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
        let NamedType { id, name, export_key } = named;
        let by_name = name.as_ref().and_then(|it| self.by_name.get(&it.own));
        let position = match id {
            Some(id) => self.by_id.get(&id).or_else(|| by_name.filter(|it| self.lacks_id(**it))),
            None => by_name,
        };
        let declared = position.map(|it| &self.declared[*it]);
        if let (None, None, None, Some(key)) = (id, &name, declared, &export_key) {
            return self.by_export_key(key);
        }
        let Some(name) = name.or_else(|| declared.map(|it| it.name.clone())) else {
            // Another step may have had the name, and then there is nothing to say.
            let id = id.unwrap_or_default();
            let notice = (None, NoticeKind::PluginTypeUnnamed { id });
            return (id, (!self.used_ids.contains(&id)).then_some(notice));
        };
        let known_id = id.or_else(|| declared.and_then(|it| it.id));
        let id = known_id.unwrap_or_else(|| made_id(&name.own));
        let description = declared.and_then(|it| it.description.clone());
        let is_new = self.used_ids.insert(id);
        let TypeName { own, assembly } = name;
        let plugin_type = PluginType { id, name: own, assembly, export_key, description };
        let component = plugin_type.component();
        if is_new {
            self.used.push(plugin_type);
        }
        let is_made = is_new && known_id.is_none();
        (id, is_made.then_some((Some(component), NoticeKind::PluginTypeWithoutId)))
    }

    /// The plug-in type of which a key is known alone. The key names it, because nothing else does.
    fn by_export_key(&mut self, key: &str) -> (Uuid, Option<(Option<Component>, NoticeKind)>) {
        let id = made_id(key);
        if self.used_ids.insert(id) {
            let export_key = Some(key.to_owned());
            self.used.push(PluginType { export_key, ..PluginType::new(id, key) });
        }
        (id, Some((None, NoticeKind::PluginTypeByExportKey { key: key.to_owned() })))
    }

    /// How many plug-in types no step runs.
    pub(super) fn unused(&self) -> u64 {
        let names: HashSet<_> = self.used.iter().map(|it| it.name.as_str()).collect();
        let is_used = |it: &&DeclaredType| match it.id {
            Some(id) => self.used_ids.contains(&id),
            None => names.contains(it.name.own.as_str()),
        };
        let used = self.declared.iter().filter(is_used).count();
        u64::try_from(self.declared.len() - used).unwrap_or(u64::MAX)
    }

    fn lacks_id(&self, position: usize) -> bool {
        self.declared[position].id.is_none()
    }
}

/// The id of a plug-in type that has only a name: made from it, so that two imports agree
/// ([RFC 9562, version 5](https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5)).
fn made_id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}
