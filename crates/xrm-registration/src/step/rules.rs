//! The rules for a step and its images.

use std::collections::HashSet;

use uuid::Uuid;
use xrm_context::{Mode, Stage};

use crate::choices::{Contract, SupportedDeployment};
use crate::component::Component;
use crate::findings::Findings;
use crate::known_message::KnownMessage;
use crate::message_images::MessageImages;
use crate::problem::{Problem, ProblemKind};
use crate::step::{AUTOMATIC_ALIAS, Image, Step};

/// Messages that take no steps, though the platform lists them
/// ([event framework](https://learn.microsoft.com/power-apps/developer/data-platform/event-framework)).
/// The page has `SetStateDynamicEntity` too, but organizations have steps on it.
const WITHOUT_STEPS: &[&str] = &["RemoveRelated", "SetRelated", "Execute"];

/// Messages whose steps filter by columns: `Update` is documented, the others are offered by newer
/// registration tools. For any other message a filter means nothing, which is inferred.
const WITH_FILTER: &[&str] = &["Update", "Create", "CreateMultiple", "UpdateMultiple"];

/// Options of checking a registration.
///
/// ```
/// use xrm_registration::{Registration, Rules};
///
/// let rules = Rules::default().synchronous_endpoints(true);
/// assert!(Registration::new(vec![], vec![]).check(rules).is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// Whether steps of Service Bus and Event Hubs may be synchronous. By default, they may not:
    /// registration tools refuse it. Microsoft's [page of
    /// 2024](https://learn.microsoft.com/power-apps/developer/data-platform/work-data-azure-solution)
    /// knows such steps, and warns that their posts stay when the transaction is rolled back.
    pub synchronous_endpoints: bool,
}

impl Rules {
    /// Sets whether steps of Service Bus and Event Hubs may be synchronous.
    #[must_use]
    pub const fn synchronous_endpoints(mut self, allowed: bool) -> Self {
        self.synchronous_endpoints = allowed;
        self
    }
}

impl Step {
    /// Checks the step and its images and returns all problems together. `contract` is that of the
    /// step's endpoint, if it is known.
    ///
    /// Sources: Microsoft's page on [registering a
    /// plug-in](https://learn.microsoft.com/power-apps/developer/data-platform/register-plug-in), the
    /// columns' limits in the table reference, the platform's published error codes.
    #[must_use]
    pub fn validate(&self, contract: Option<Contract>, rules: Rules) -> Vec<Problem> {
        let mut findings = Findings::at(self.component());
        findings.required("name", &self.name);
        findings.at_most("name", &self.name, 256);
        findings.at_most("description", self.description.as_deref().unwrap_or_default(), 256);
        self.event_rules(&mut findings);
        self.stage_rules(contract, rules, &mut findings);
        self.filter_rules(&mut findings);
        let is_offline = self.supported_deployment == SupportedDeployment::OUTLOOK_CLIENT_ONLY;
        findings.add_if(is_offline, || ProblemKind::NotOnServer);
        let mut problems = findings.into_problems();
        let mut aliases = HashSet::new();
        for image in &self.images {
            problems.extend(self.image_problems(image, &mut aliases));
        }
        problems
    }

    /// Whether the step's message and table are such that its filter counts.
    pub(crate) fn is_filtered(&self) -> bool {
        !self.filtering_attributes.is_all()
            && self.primary_table().is_some()
            && WITH_FILTER.contains(&self.message.as_str())
    }

    pub(crate) fn component(&self) -> Component {
        Component::Step { id: self.id, name: self.name.clone() }
    }

    pub(crate) fn image_component(&self, image: &Image) -> Component {
        let (step_name, alias) = (self.name.clone(), image.entity_alias.clone());
        Component::Image { step: self.id, step_name, alias }
    }

    fn event_rules(&self, findings: &mut Findings) {
        let message = self.message.as_str();
        findings.required("message", message);
        findings.add_if(WITHOUT_STEPS.contains(&message), || ProblemKind::NoStepsOnMessage {
            message: message.to_owned(),
        });
        message_name(message, findings);
        let is_logical = !self.primary_table().unwrap_or_default().contains(char::is_uppercase);
        findings.add_if(!is_logical, || ProblemKind::TableCase);
    }

    fn stage_rules(&self, contract: Option<Contract>, rules: Rules, findings: &mut Findings) {
        let stage = self.stage;
        match stage {
            Stage::PRE_VALIDATION | Stage::PRE_OPERATION | Stage::POST_OPERATION => {}
            // The table reference still lists it, as deprecated.
            Stage::POST_OPERATION_DEPRECATED => findings.add(ProblemKind::StageDeprecated),
            _ => findings.add(ProblemKind::InternalStage { stage }),
        }
        match self.mode {
            Mode::ASYNCHRONOUS => {
                findings.add_if(!is_post(stage), || ProblemKind::AsynchronousBefore { stage });
            }
            Mode::SYNCHRONOUS => {
                let is_refused =
                    contract.is_some_and(Contract::is_service_bus) && !rules.synchronous_endpoints;
                findings.add_if(is_refused, || ProblemKind::Synchronous);
            }
            mode => findings.add(ProblemKind::UnknownMode { mode }),
        }
    }

    fn filter_rules(&self, findings: &mut Findings) {
        let filter = &self.filtering_attributes;
        findings.columns("filteringattributes", filter);
        // The best practices ask for a filter on every step of `Update`
        // (https://learn.microsoft.com/power-apps/developer/data-platform/best-practices/business-logic/include-filtering-attributes-plugin-registration).
        if filter.is_all() {
            let is_every_update = self.message == "Update" && self.primary_table().is_some();
            findings.add_if(is_every_update, || ProblemKind::EveryUpdate);
        } else {
            findings.add_if(!self.is_filtered(), || ProblemKind::FilterIgnored);
        }
    }

    fn image_problems<'a>(
        &self,
        image: &'a Image,
        aliases: &mut HashSet<(&'a str, bool)>,
    ) -> Vec<Problem> {
        let mut findings = Findings::at(self.image_component(image));
        findings.required("name", &image.name);
        findings.at_most("name", &image.name, 256);
        findings.at_most("entityalias", &image.entity_alias, 256);
        findings.columns("attributes", &image.attributes);
        self.alias_rules(image, aliases, &mut findings);
        match MessageImages::get(&self.message) {
            Some(allowed) => self.image_rules(image, allowed, &mut findings),
            None => findings.add(ProblemKind::NoImagesOnMessage { message: self.message.clone() }),
        }
        findings.into_problems()
    }

    /// An alias is a key among the images before, and another one among those after.
    fn alias_rules<'a>(
        &self,
        image: &'a Image,
        aliases: &mut HashSet<(&'a str, bool)>,
        findings: &mut Findings,
    ) {
        let alias = image.entity_alias.as_str();
        let (is_pre, is_post) = (image.image_type.is_pre(), image.image_type.is_post());
        findings.required("entityalias", alias);
        // Both are inserted whatever the other says: an image of both kinds occupies its alias twice.
        let pre_is_taken = is_pre && !aliases.insert((alias, false));
        let post_is_taken = is_post && !aliases.insert((alias, true));
        let is_automatic = is_post && alias == AUTOMATIC_ALIAS && self.mode == Mode::ASYNCHRONOUS;
        findings.add_if(pre_is_taken || post_is_taken || is_automatic, || ProblemKind::AliasTaken);
    }

    fn image_rules(&self, image: &Image, allowed: &MessageImages, findings: &mut Findings) {
        let (kind, message, stage) = (image.image_type, allowed.message, self.stage);
        // Compared with case, as the platform does: `id` and `Id` are two properties of `Create`.
        if let Some(property) = &image.message_property_name {
            let is_known = allowed.properties.contains(&property.as_str());
            findings.add_if(!is_known, || ProblemKind::ImageProperty {
                message,
                property: property.clone(),
            });
        }
        let is_known = kind.is_pre() || kind.is_post();
        findings.add_if(!is_known, || ProblemKind::UnknownImageType { kind });
        findings.add_if(kind.is_pre() && !allowed.pre, || ProblemKind::NoPreImage { message });
        findings.add_if(kind.is_post() && !allowed.post, || ProblemKind::NoPostImage { message });
        let is_early = kind.is_post() && !is_post(stage);
        findings.add_if(is_early, || ProblemKind::PostImageBefore { stage });
    }
}

/// The pipeline compares messages exactly, so a step on any other spelling never fires.
fn message_name(message: &str, findings: &mut Findings) {
    let meant = KnownMessage::meant_by(message).map(|it| it.name);
    if Uuid::try_parse(message).is_ok() {
        findings.add(match meant {
            Some(name) => ProblemKind::MessageId { name },
            None => ProblemKind::UnknownMessageId,
        });
    } else if let Some(usual) = meant {
        findings.add(ProblemKind::MessageCase { usual });
    } else if !message.is_empty() && !is_known(message) {
        findings.add(ProblemKind::UnknownMessage { message: message.to_owned() });
    }
}

/// Whether a name is that of a message of the platform, or as custom actions and custom APIs are
/// named: after the prefix of their publisher.
fn is_known(message: &str) -> bool {
    let has_prefix =
        message.split_once('_').is_some_and(|(prefix, rest)| prefix.len() > 1 && !rest.is_empty());
    has_prefix || KnownMessage::get(message).is_some()
}

/// Whether the main operation is done by then.
pub(crate) const fn is_post(stage: Stage) -> bool {
    matches!(stage, Stage::POST_OPERATION | Stage::POST_OPERATION_DEPRECATED)
}
