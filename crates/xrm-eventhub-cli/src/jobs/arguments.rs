//! What the commands on jobs are given: the store, and which jobs.

use chrono::{DateTime, Utc};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use uuid::Uuid;
use xrm_jobs::operations::Selection;
use xrm_jobs::{Cause, JobQuery, StatusCode};

use crate::error::{Error, exit_codes};
use crate::given::store::{StoreArgs, stores};
use crate::terminal::output::JsonArgs;
use crate::terminal::time::Moment;

/// The end of their help.
pub(crate) const STORE: &str = concat!(
    stores!(),
    exit_codes!(
        "done",
        "a job is missing, or could not be changed as asked; the store or the output failed",
        "invalid arguments, environment or input",
    )
);

/// The store, and the form of results.
#[derive(Args, Debug)]
pub(crate) struct JobsArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) form: JsonArgs,
}

/// A filter: the jobs that match all of it.
#[derive(Args, Debug)]
#[command(next_help_heading = "Which jobs")]
pub(crate) struct FilterArgs {
    /// In one of these statuses: waiting-for-resources, waiting, in-progress, pausing, canceling,
    /// succeeded, failed, canceled.
    #[arg(long, value_name = "STATUS,...", value_delimiter = ',', value_parser = status)]
    status: Vec<StatusCode>,
    /// Of this service endpoint.
    #[arg(long, value_name = "NAME")]
    endpoint: Option<String>,
    /// Of this step.
    #[arg(long, value_name = "GUID")]
    step: Option<Uuid>,
    /// About records of this table.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Posting this message, such as Update.
    #[arg(long, value_name = "NAME")]
    message: Option<String>,
    /// Of this partition key.
    #[arg(long, value_name = "KEY")]
    partition_key: Option<String>,
    /// Stopped or held back by one of these, such as wrong_key.
    #[arg(long, value_name = "CAUSE,...", value_delimiter = ',', value_parser = cause_parser(),
        hide_possible_values = true)]
    cause: Vec<Cause>,
    /// Created at this time or later: 2026-01-05T08:00:00Z, or 90m, 12h, 7d ago.
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Created before this time, in the form of --since.
    #[arg(long, value_name = "TIME")]
    before: Option<Moment>,
}

/// Jobs, by their ids or by a filter.
#[derive(Args, Debug)]
pub(crate) struct SelectionArgs {
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// The jobs of these ids, whatever else they are.
    #[arg(
        long = "id",
        value_name = "GUID,...",
        value_delimiter = ',',
        // clap makes a group of each flattened struct, and names it as the type.
        conflicts_with = "FilterArgs",
        help_heading = "Which jobs"
    )]
    pub(crate) ids: Vec<Uuid>,
}

/// Jobs to change: all of the store only if that is said.
#[derive(Args, Debug)]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// All jobs of the store.
    #[arg(long, conflicts_with_all = ["FilterArgs", "ids"], help_heading = "Which jobs")]
    all: bool,
}

impl FilterArgs {
    pub(crate) fn query(&self, now: DateTime<Utc>) -> JobQuery {
        let mut query = JobQuery::default();
        query.statuses.clone_from(&self.status);
        query.endpoint.clone_from(&self.endpoint);
        query.owning_extension_id = self.step;
        query.primary_entity_type.clone_from(&self.table);
        query.message_name.clone_from(&self.message);
        query.partition_key.clone_from(&self.partition_key);
        query.causes.clone_from(&self.cause);
        query.created_from = self.since.map(|it| it.ago(now));
        query.created_before = self.before.map(|it| it.ago(now));
        query
    }
}

impl SelectionArgs {
    pub(crate) fn selection(&self, now: DateTime<Utc>) -> Selection {
        match &self.ids[..] {
            [] => self.filter.query(now).into(),
            ids => ids.to_vec().into(),
        }
    }
}

impl TargetArgs {
    /// The jobs to change. Without ids and statuses, those in one of `statuses`.
    pub(crate) fn selection(
        &self,
        statuses: impl Iterator<Item = StatusCode>,
        now: DateTime<Utc>,
    ) -> Result<Selection, Error> {
        let selection = self.selection.selection(now);
        let Selection::All(mut query) = selection else { return Ok(selection) };
        // A filter that was forgotten, or a variable that expanded to nothing, must not change all jobs.
        if *query == JobQuery::default() && !self.all {
            return Err(Error::invalid(
                "no jobs are named: tell which, by --id or a filter, or --all",
            ));
        }
        if query.statuses.is_empty() {
            query.statuses = statuses.collect();
        }
        Ok((*query).into())
    }
}

/// Parses a status by its label, as in `waiting-for-resources`.
fn status(name: &str) -> Result<StatusCode, String> {
    let argument = |it: StatusCode| it.label().to_lowercase().replace(' ', "-");
    let named = StatusCode::ALL.iter().copied().find(|it| argument(*it) == name);
    named.ok_or_else(|| {
        let names: Vec<_> = StatusCode::ALL.iter().map(|it| argument(*it)).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Parses the id of a cause.
pub(crate) fn cause_parser() -> impl TypedValueParser<Value = Cause> {
    PossibleValuesParser::new(Cause::ALL.iter().map(|it| it.id()))
        .map(|id| id.parse().expect("the possible values are ids of causes"))
}
