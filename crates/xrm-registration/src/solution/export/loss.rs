//! What the files of a solution do not hold.

use std::collections::HashSet;

use uuid::Uuid;

use crate::behavior::Behavior;
use crate::choices::StepState;
use crate::component::Component;
use crate::registration::Registration;
use crate::solution::type_name::type_name;
use crate::step::Step;

/// Something of a registration that the files of a solution do not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{component}: {kind}")]
#[non_exhaustive]
pub struct Loss {
    /// What it is of.
    pub component: Component,
    /// What it is.
    pub kind: LossKind,
}

/// What is lost. None of them holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum LossKind {
    /// An endpoint's key, token or `authvalue`, or the variable that holds it.
    #[error("the secret, or the variable that holds it, is not written")]
    Key,
    /// That an endpoint is of an emulator on this machine, which the platform knows nothing of.
    #[error("that it is of an emulator is not written")]
    Emulator,
    /// A step's state. The platform's import decides whether all steps of a solution are enabled.
    #[error("that it is disabled is not written")]
    Disabled,
    /// The user that a step runs as: files have a name, and a registration has an id.
    #[error("that it runs as the user {id} is not written")]
    ImpersonatingUser {
        /// The user's id.
        id: Uuid,
    },
    /// A column of an endpoint for which files have no element, as far as is known.
    #[error("`{column}` is not written")]
    Column {
        /// The column.
        column: &'static str,
    },
    /// The contract of a step's endpoint, which is not in the registration. The platform's handler in
    /// the step is that of Service Bus and Event Hubs; a webhook has another one.
    #[error("its endpoint is not in the registration: it is written as a step of Service Bus")]
    UnknownContract,
    /// The endpoint or step, as there is another one with the id before it.
    #[error("it is left out, for there is another one with the same id")]
    RepeatedId,
    /// The plug-in type, as no step that is written runs it.
    #[error("it is left out, for no step runs it")]
    Unused,
    /// A plug-in type's description, which stands in its assembly's file.
    #[error("its description is not written")]
    Description,
    /// A plug-in type's assembly, which a registration does not have. The platform's import looks
    /// the plug-in type up by `Type, Assembly, Version=..., Culture=..., PublicKeyToken=...`.
    #[error("its name is written without its assembly")]
    Assembly,
    /// What the organization does otherwise than most.
    #[error("`behavior` is not written")]
    Behavior,
    /// How deep a chain of operations may be.
    #[error("the largest depth, {max_depth}, is not written")]
    MaxDepth {
        /// The depth.
        max_depth: i32,
    },
}

/// Losses, gathered.
pub(super) struct Losses(Vec<Loss>);

impl Losses {
    /// Those of the registration itself, and of its endpoints.
    pub(super) fn new(registration: &Registration) -> Self {
        let mut losses = Self(Vec::new());
        // The platform's limit is a setting of the organization, which no solution has.
        let max_depth = registration.max_depth();
        if max_depth != Registration::MAX_DEPTH {
            losses.add(Component::Registration, LossKind::MaxDepth { max_depth });
        }
        if *registration.behavior() != Behavior::default() {
            losses.add(Component::Registration, LossKind::Behavior);
        }
        for endpoint in registration.endpoints() {
            let has_secret = endpoint.is_sas_key_set() || endpoint.is_sas_token_set();
            let variables = [
                &endpoint.sas_key_variable,
                &endpoint.sas_token_variable,
                &endpoint.auth_value_variable,
            ];
            if has_secret || variables.into_iter().any(Option::is_some) {
                losses.add(endpoint.component(), LossKind::Key);
            }
            let columns = [
                ("messagecharset", endpoint.message_charset.is_some()),
                ("schematype", endpoint.schema_type.is_some()),
                ("managedidentityid", endpoint.managed_identity_id.is_some()),
            ];
            for (column, _) in columns.into_iter().filter(|(_, is_set)| *is_set) {
                losses.add(endpoint.component(), LossKind::Column { column });
            }
            if endpoint.use_development_emulator || endpoint.allow_plain_host {
                losses.add(endpoint.component(), LossKind::Emulator);
            }
        }
        losses
    }

    /// Those of the plug-in types, when it is known which of them the written steps run.
    pub(super) fn plugin_types(&mut self, registration: &Registration, used: &HashSet<Uuid>) {
        for plugin_type in registration.plugin_types() {
            if !used.contains(&plugin_type.id) {
                self.add(plugin_type.component(), LossKind::Unused);
                continue;
            }
            if plugin_type.description.is_some() {
                self.add(plugin_type.component(), LossKind::Description);
            }
            let is_whole = plugin_type.assembly.is_some() || plugin_type.export_key.is_some();
            if !is_whole && type_name(&plugin_type.name) == plugin_type.name {
                self.add(plugin_type.component(), LossKind::Assembly);
            }
        }
    }

    /// Those of a step that is written.
    pub(super) fn step(&mut self, step: &Step) {
        if step.state != StepState::ENABLED {
            self.add(step.component(), LossKind::Disabled);
        }
        // Files have the user's name.
        let unnamed = step.impersonating_user_id.filter(|_| step.impersonating_user_name.is_none());
        if let Some(id) = unnamed {
            self.add(step.component(), LossKind::ImpersonatingUser { id });
        }
    }

    pub(super) fn into_losses(self) -> Vec<Loss> {
        self.0
    }

    pub(super) fn add(&mut self, component: Component, kind: LossKind) {
        self.0.push(Loss { component, kind });
    }
}
