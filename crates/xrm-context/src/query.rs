//! Queries: what a `RetrieveMultiple` asks for, and a `Retrieve` of its related records.
//!
//! ```
//! use xrm_context::query::{ColumnSet, ConditionExpression, ConditionOperator};
//! use xrm_context::query::{FilterExpression, LogicalOperator, QueryExpression};
//!
//! let query = QueryExpression {
//!     column_set: ColumnSet::new(["fullname", "emailaddress1"]),
//!     criteria: FilterExpression::new(LogicalOperator::AND)
//!         .with(ConditionExpression::new("statecode", ConditionOperator::EQUAL).with(0)),
//!     top_count: Some(50),
//!     ..QueryExpression::new("contact")
//! };
//! assert_eq!(query.entity_name.as_deref(), Some("contact"));
//! ```
//!
//! Source of the members' meaning: [build queries with
//! `QueryExpression`](https://learn.microsoft.com/power-apps/developer/data-platform/org-service/queryexpression/overview).

mod operator;

pub use operator::{
    ConditionOperator, JoinOperator, LogicalOperator, OrderType, XrmAggregateType,
    XrmDateTimeGrouping,
};

use crate::collection::List;
use crate::contract::{base_class, contract, pair_collection};
use crate::entity::Relationship;
use crate::value::Value;

base_class! {
    /// A query of any kind.
    pub enum QueryBase in Contracts {
        QueryExpression,
        QueryByAttribute,
        FetchExpression,
    }
}

pair_collection! {
    /// Which related records a `Retrieve` is to return: relationships and queries.
    pub struct RelationshipQueryCollection = "RelationshipQueryCollection" in Contracts:
        Relationship => Option<QueryBase> as KeyValuePairOfRelationshipQueryBase,
        "KeyValuePairOfRelationshipQueryBaseX_PsK4FkN";
}

contract! {
    /// A query as a tree of filters and joined tables.
    pub struct QueryExpression = "QueryExpression" in Contracts {
        /// The columns to return. None by default: only the record's id.
        "ColumnSet" => column_set: ColumnSet,
        /// The filter that records have to pass. All pass by default.
        "Criteria" => criteria: FilterExpression,
        /// Whether equal results are returned once.
        "Distinct" => distinct: bool,
        /// The logical name of the table.
        "EntityName" => entity_name: Option<String>,
        /// The database index that the platform is to use. Since version 9.2.49.
        "ForceSeek" or nothing since V9_2_49_6443 => force_seek: Option<String>,
        /// The tables that are joined.
        "LinkEntities" => link_entities: List<LinkEntity>,
        /// What the results are sorted by, the most significant column first.
        "Orders" => orders: List<OrderExpression>,
        /// The page of results to return.
        "PageInfo" => page_info: PagingInfo,
        /// A query inside this one, whose use is the platform's own. Since version 9.2.47.
        "SubQueryExpression" or nothing since V9_2_47 => sub_query_expression: Option<Box<QueryExpression>>,
        /// Whether records are read without shared locks.
        "NoLock" => no_lock: bool,
        /// The most results to return; excludes paging. Since version 7.1.
        "TopCount" or nothing since V7_1 => top_count: Option<i32>,
        /// Hints for the database. Since version 9.0.
        "QueryHints" or nothing since V9_0_37 => query_hints: Option<String>,
        /// The store to query: `retained` for retained data. Since version 9.2.49.
        "DataSource" or nothing since V9_2_49 => data_source: Option<String>,
    }
}

contract! {
    /// A query for the records in which columns have given values.
    pub struct QueryByAttribute = "QueryByAttribute" in Contracts {
        /// The columns that are compared.
        "Attributes" => attributes: List<String>,
        /// The columns to return. None by default: only the record's id.
        "ColumnSet" => column_set: ColumnSet,
        /// The logical name of the table.
        "EntityName" => entity_name: Option<String>,
        /// What the results are sorted by, the most significant column first.
        "Orders" => orders: List<OrderExpression>,
        /// The page of results to return.
        "PageInfo" => page_info: PagingInfo,
        /// The value of each compared column, in the order of the columns.
        "Values" => values: Vec<Value>,
        /// The most results to return; excludes paging. Since version 7.1.
        "TopCount" since V7_1 => top_count: Option<i32>,
    }
}

contract! {
    /// A query in FetchXML.
    pub struct FetchExpression = "FetchExpression" in Contracts {
        /// The FetchXML text.
        "Query" => query: Option<String>,
    }
}

contract! {
    /// The columns that a query returns.
    pub struct ColumnSet = "ColumnSet" in Contracts {
        /// Whether every column is returned.
        "AllColumns" => all_columns: bool,
        /// The columns that are aggregated or grouped by. Since version 9.0.
        "AttributeExpressions" since V9_0_44 => attribute_expressions: List<XrmAttributeExpression>,
        /// The logical names of the columns.
        "Columns" => columns: List<String>,
    }
}

contract! {
    /// A column that is aggregated or grouped by. Since version 9.0.
    pub struct XrmAttributeExpression = "AttributeExpression" in Contracts {
        /// How the column is aggregated.
        "AggregateType" => aggregate_type: XrmAggregateType,
        /// The name of the result.
        "Alias" => alias: Option<String>,
        /// The column's logical name.
        "AttributeName" => attribute_name: Option<String>,
        /// The span of time by which a date column is grouped.
        "DateTimeGrouping" => date_time_grouping: XrmDateTimeGrouping,
        /// Whether the results are grouped by the column.
        "HasGroupBy" => has_group_by: bool,
    }
}

contract! {
    /// Conditions and inner filters, combined by one operator.
    pub struct FilterExpression = "FilterExpression" in Contracts {
        /// The conditions.
        "Conditions" => conditions: List<ConditionExpression>,
        /// How conditions and inner filters are combined.
        "FilterOperator" => filter_operator: LogicalOperator,
        /// The inner filters.
        "Filters" => filters: List<FilterExpression>,
        /// Whether this is the filter of a quick find. Since version 7.1.
        "IsQuickFindFilter" or nothing since V7_1 => is_quick_find_filter: bool,
        /// A hint for the database: `union` to run the conditions apart. Since version 9.0.
        "FilterHint" or nothing since V9_0 => filter_hint: Option<String>,
    }
}

contract! {
    /// A comparison of a column with values, or with another column.
    pub struct ConditionExpression = "ConditionExpression" in Contracts {
        /// The column's logical name.
        "AttributeName" => attribute_name: Option<String>,
        /// Whether the value is the name of a column to compare with. Since version 9.0.
        "CompareColumns" since V9_0_45 => compare_columns: bool,
        /// How the column is compared.
        "Operator" => operator: ConditionOperator,
        /// What the column is compared with: as many values as the operator takes.
        "Values" => values: Vec<Value>,
        /// The table, or the alias of a joined one, that the column belongs to; none for the
        /// filter's own. Since version 7.1.
        "EntityName" since V7_1 => entity_name: Option<String>,
    }
}

contract! {
    /// A table that is joined to another one.
    pub struct LinkEntity = "LinkEntity" in Contracts {
        /// The columns of the joined table to return.
        "Columns" => columns: ColumnSet,
        /// The joined table's alias, which prefixes its columns in the results.
        "EntityAlias" => entity_alias: Option<String>,
        /// The database index that the platform is to use. Since version 9.2.49.
        "ForceSeek" or nothing since V9_2_49_6443 => force_seek: Option<String>,
        /// How the tables are joined.
        "JoinOperator" => join_operator: JoinOperator,
        /// The filter that records of the joined table have to pass.
        "LinkCriteria" => link_criteria: FilterExpression,
        /// The tables that are joined to this one.
        "LinkEntities" => link_entities: List<LinkEntity>,
        /// The column of the outer table to join by.
        "LinkFromAttributeName" => link_from_attribute_name: Option<String>,
        /// The logical name of the outer table.
        "LinkFromEntityName" => link_from_entity_name: Option<String>,
        /// The column of the joined table to join by.
        "LinkToAttributeName" => link_to_attribute_name: Option<String>,
        /// The logical name of the joined table.
        "LinkToEntityName" => link_to_entity_name: Option<String>,
        /// What the joined records are sorted by. Since version 8.1.
        "Orders" since V8_1 => orders: List<OrderExpression>,
    }
}

contract! {
    /// A column that results are sorted by.
    pub struct OrderExpression = "OrderExpression" in Contracts {
        /// The alias of an aggregated column to sort by. Since version 9.0.
        "Alias" since V9_0_44 => alias: Option<String>,
        /// The column's logical name.
        "AttributeName" => attribute_name: Option<String>,
        /// The table, or the alias of a joined one, that the column belongs to. Since version
        /// 9.2.47.
        "EntityName" since V9_2_47 => entity_name: Option<String>,
        /// The direction to sort in.
        "OrderType" => order_type: OrderType,
    }
}

contract! {
    /// A page of results.
    pub struct PagingInfo = "PagingInfo" in Contracts {
        /// The number of records on a page; 0 for the platform's own page size.
        "Count" => count: i32,
        /// The page to return, from one; 0 where results are not paged.
        "PageNumber" => page_number: i32,
        /// What the answer with the page before said; none for the first page.
        "PagingCookie" => paging_cookie: Option<String>,
        /// Whether the answer is to tell the number of records on all pages.
        "ReturnTotalRecordCount" => return_total_record_count: bool,
    }
}

impl QueryExpression {
    /// A query for all records of a table.
    #[must_use]
    pub fn new(entity_name: impl Into<String>) -> Self {
        Self { entity_name: Some(entity_name.into()), ..Self::default() }
    }
}

impl QueryByAttribute {
    /// A query for records of a table.
    #[must_use]
    pub fn new(entity_name: impl Into<String>) -> Self {
        Self { entity_name: Some(entity_name.into()), ..Self::default() }
    }

    /// The same query for records in which this column has this value too.
    #[must_use]
    pub fn with(mut self, attribute: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.push(attribute.into());
        self.values.push(value.into());
        self
    }
}

impl FetchExpression {
    /// A query from this FetchXML text.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: Some(query.into()), ..Self::default() }
    }
}

impl ColumnSet {
    /// Every column.
    #[must_use]
    pub fn all() -> Self {
        Self { all_columns: true, ..Self::default() }
    }

    /// The columns with these logical names.
    #[must_use]
    pub fn new<T: Into<String>>(columns: impl IntoIterator<Item = T>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

impl FilterExpression {
    /// A filter that lets every record through.
    #[must_use]
    pub fn new(filter_operator: LogicalOperator) -> Self {
        Self { filter_operator, ..Self::default() }
    }

    /// The same filter with one more condition.
    #[must_use]
    pub fn with(mut self, condition: ConditionExpression) -> Self {
        self.conditions.push(condition);
        self
    }

    /// The same filter with one more inner filter.
    #[must_use]
    pub fn with_filter(mut self, filter: Self) -> Self {
        self.filters.push(filter);
        self
    }
}

impl ConditionExpression {
    /// A condition on a column, without values.
    #[must_use]
    pub fn new(attribute_name: impl Into<String>, operator: ConditionOperator) -> Self {
        Self { attribute_name: Some(attribute_name.into()), operator, ..Self::default() }
    }

    /// The same condition with one more value.
    #[must_use]
    pub fn with(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }
}

impl LinkEntity {
    /// A table joined to another one: each by its logical name and the column to join by.
    #[must_use]
    pub fn new(join_operator: JoinOperator, from: (&str, &str), to: (&str, &str)) -> Self {
        Self {
            join_operator,
            link_from_attribute_name: Some(from.1.to_owned()),
            link_from_entity_name: Some(from.0.to_owned()),
            link_to_attribute_name: Some(to.1.to_owned()),
            link_to_entity_name: Some(to.0.to_owned()),
            ..Self::default()
        }
    }
}

impl OrderExpression {
    /// A column to sort by, and the direction.
    #[must_use]
    pub fn new(attribute_name: impl Into<String>, order_type: OrderType) -> Self {
        Self { attribute_name: Some(attribute_name.into()), order_type, ..Self::default() }
    }
}
