//! What an import comes to.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::notice::Notice;
use crate::choices::StepState;
use crate::registration::Registration;

/// What was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The endpoints and steps, in the order of the files. Its plug-in types are those that the
    /// steps run. [`Registration::check`] finds its mistakes.
    pub registration: Registration,
    /// The endpoints whose secret has to be asked for, because no file holds secrets.
    pub missing_keys: Vec<MissingKey>,
    /// How many elements were left alone: by the name of their section, such as `Entities`, or by
    /// `ServiceEndpoint/...` and the like for elements that are not known. Beyond a thousand names,
    /// all others are counted as `(others)`.
    pub left_alone: BTreeMap<String, u64>,
    /// What did not come over as it was.
    pub notices: Vec<Notice>,
    /// The [state](crate::solution::Import::state) that steps were given, because the platform's files
    /// hold none. Its import leaves steps disabled until they are activated, so this is the first thing
    /// to look at when a step stays silent there. `None` if every step had a state, as in files that
    /// people have edited.
    pub assumed_state: Option<StepState>,
}

/// An endpoint that authorizes by a secret, and has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MissingKey {
    /// The endpoint's id.
    pub endpoint: Uuid,
    /// The endpoint's name.
    pub name: String,
    /// The member of the document that names the environment variable of the secret:
    /// `sas_key_variable`, `sas_token_variable` or `auth_value_variable`.
    pub variable: &'static str,
}
