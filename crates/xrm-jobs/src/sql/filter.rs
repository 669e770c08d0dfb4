//! A query as the condition of a `WHERE` clause.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::time::{ceil_to_micros, floor_to_micros, is_whole};
use crate::query::{JobQuery, Position};

/// The value of a parameter of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A small number, such as a status.
    Number(i32),
    /// A time or a count.
    Integer(i64),
    /// A text.
    Text(String),
    /// An id.
    Id(Uuid),
}

/// The rows that a [`JobQuery`] asks for, as SQL with numbered parameters. No text of the query is
/// part of the SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    marker: char,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    /// The filter of a query, its limit left out. Parameters are written as the marker and their
    /// number, the first of which is 1: `?1` or `$1`.
    pub(crate) fn new(query: &JobQuery, marker: char) -> Self {
        let mut filter = Self { marker, conditions: Vec::new(), values: Vec::new() };
        let statuses = query.statuses.iter().map(|it| Value::Number(it.number()));
        filter.is_one_of("statuscode", statuses.collect());
        let causes = query.causes.iter().map(|it| Value::Text(it.id().to_owned()));
        filter.is_one_of("cause", causes.collect());

        let text = |text: &Option<String>| text.clone().map(Value::Text);
        filter.compare("endpoint =", text(&query.endpoint));
        filter.compare("owningextensionid =", query.owning_extension_id.map(Value::Id));
        filter.compare("correlationid =", query.correlation_id.map(Value::Id));
        filter.compare("primaryentitytype =", text(&query.primary_entity_type));
        filter.compare("regardingobjectid =", query.regarding_object_id.map(Value::Id));
        filter.compare("partitionkey =", text(&query.partition_key));
        filter.compare("messagename =", text(&query.message_name));

        // Stored times are whole microseconds, so comparing them with a time between two of them
        // is comparing them with the later one.
        let time = |time| Some(Value::Integer(ceil_to_micros(time?)));
        filter.compare("createdon >=", time(query.created_from));
        filter.compare("createdon <", time(query.created_before));
        filter.compare("modifiedon <", time(query.modified_before));
        if let Some(position) = query.after {
            filter.comes_after(position);
        }
        filter
    }

    /// `WHERE` and the conditions, or nothing if every row is asked for.
    pub(crate) fn clause(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.conditions.join(" AND "))
    }

    /// The values of the parameters, the first one first.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// A parameter with this value, for what follows the clause.
    pub(crate) fn parameter(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("{}{}", self.marker, self.values.len())
    }

    fn compare(&mut self, left: &str, right: Option<Value>) {
        if let Some(right) = right {
            let right = self.parameter(right);
            self.conditions.push(format!("{left} {right}"));
        }
    }

    fn is_one_of(&mut self, column: &str, values: Vec<Value>) {
        if !values.is_empty() {
            // One parameter for each, rather than an array: SQLite has none.
            let list: Vec<_> = values.into_iter().map(|it| self.parameter(it)).collect();
            self.conditions.push(format!("{column} IN ({})", list.join(", ")));
        }
    }

    fn comes_after(&mut self, position: Position) {
        // Stored times are whole microseconds. A position between two of them comes after every
        // job of the first one, whatever the id.
        let id = if is_whole(position.created_on) { position.id } else { Uuid::max() };
        let created_on = self.parameter(Value::Integer(floor_to_micros(position.created_on)));
        let id = self.parameter(Value::Id(id));
        self.conditions.push(format!("(createdon, asyncoperationid) > ({created_on}, {id})"));
    }
}

/// Queries that together find what one query asks for. Each reads one range of an index, in order:
/// an index begins with one status, so a search for several would have to sort what it finds.
pub(crate) fn parts(query: &JobQuery) -> Vec<JobQuery> {
    if query.statuses.is_empty() || is_about_open_jobs_of_a_key(query) {
        return vec![query.clone()];
    }
    let statuses: BTreeSet<_> = query.statuses.iter().copied().collect();
    let part = |status| JobQuery { statuses: vec![status], ..query.clone() };
    statuses.into_iter().map(part).collect()
}

/// Whether a query is only about uncompleted jobs of one endpoint and partition key, which have an
/// index of their own. They are few, so sorting them costs less than a search for each status.
pub(crate) fn is_about_open_jobs_of_a_key(query: &JobQuery) -> bool {
    query.endpoint.is_some()
        && query.partition_key.is_some()
        && !query.statuses.is_empty()
        && query.statuses.iter().all(|it| !it.state().is_completed())
}

#[cfg(feature = "postgres")]
impl Value {
    pub(crate) fn as_postgres(&self) -> &(dyn tokio_postgres::types::ToSql + Sync) {
        match self {
            Self::Number(it) => it,
            Self::Integer(it) => it,
            Self::Text(it) => it,
            Self::Id(it) => it,
        }
    }
}

#[cfg(feature = "sqlite")]
impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Number(it) => it.to_sql(),
            Self::Integer(it) => it.to_sql(),
            Self::Text(it) => it.to_sql(),
            Self::Id(it) => it.to_sql(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::cause::Cause;
    use crate::status::StatusCode;

    #[test]
    fn a_query_for_everything_has_no_clause() {
        assert_eq!(Filter::new(&JobQuery::default(), '?').clause(), "");
    }

    #[test]
    fn values_are_parameters() {
        let query = JobQuery {
            statuses: vec![StatusCode::Failed, StatusCode::Canceled],
            causes: vec![Cause::Tls],
            endpoint: Some("'; DROP TABLE asyncoperation".to_owned()),
            owning_extension_id: Some(Uuid::from_u128(1)),
            ..JobQuery::default()
        };
        let mut filter = Filter::new(&query, '$');
        assert_eq!(
            filter.clause(),
            "WHERE statuscode IN ($1, $2) AND cause IN ($3) AND endpoint = $4 \
             AND owningextensionid = $5"
        );
        assert_eq!(filter.values()[1], Value::Number(32));
        assert_eq!(filter.parameter(Value::Integer(7)), "$6");
        assert_eq!(filter.values().len(), 6);
    }

    #[test]
    fn times_between_microseconds_are_rounded_to_what_they_mean() {
        let time = DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1_500);
        let (id, highest) = (Uuid::from_u128(1), Uuid::max());
        let check = |query: JobQuery, clause: &str, values: &[Value]| {
            let filter = Filter::new(&query, '?');
            assert_eq!((filter.clause().as_str(), filter.values()), (clause, values));
        };
        let any = JobQuery::default;
        check(
            JobQuery { created_from: Some(time), ..any() },
            "WHERE createdon >= ?1",
            &[Value::Integer(2)],
        );
        check(
            JobQuery { modified_before: Some(time), ..any() },
            "WHERE modifiedon < ?1",
            &[Value::Integer(2)],
        );
        let after = |created_on| JobQuery { after: Some(Position { created_on, id }), ..any() };
        let clause = "WHERE (createdon, asyncoperationid) > (?1, ?2)";
        check(after(time), clause, &[Value::Integer(1), Value::Id(highest)]);
        let whole = DateTime::UNIX_EPOCH + TimeDelta::microseconds(1);
        check(after(whole), clause, &[Value::Integer(1), Value::Id(id)]);
    }
}
