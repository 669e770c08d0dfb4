//! The operators of queries: how conditions compare, filters combine and tables join.

use crate::contract::contract_enum;

contract_enum! {
    /// How a condition compares a column with its values. Days, weeks and years are those of the
    /// calling user's time zone and calendar.
    pub struct ConditionOperator = "ConditionOperator" in Contracts {
        /// The column equals the value.
        EQUAL = "Equal", 0;
        /// The column does not equal the value.
        NOT_EQUAL = "NotEqual", 1;
        /// The column is greater than the value.
        GREATER_THAN = "GreaterThan", 2;
        /// The column is less than the value.
        LESS_THAN = "LessThan", 3;
        /// The column is greater than or equal to the value.
        GREATER_EQUAL = "GreaterEqual", 4;
        /// The column is less than or equal to the value.
        LESS_EQUAL = "LessEqual", 5;
        /// The column matches the pattern, in which `%` stands for any text.
        LIKE = "Like", 6;
        /// The column does not match the pattern.
        NOT_LIKE = "NotLike", 7;
        /// The column is one of the values.
        IN = "In", 8;
        /// The column is none of the values.
        NOT_IN = "NotIn", 9;
        /// The column lies between the two values, both included.
        BETWEEN = "Between", 10;
        /// The column lies outside of the two values.
        NOT_BETWEEN = "NotBetween", 11;
        /// The column is null.
        NULL = "Null", 12;
        /// The column is not null.
        NOT_NULL = "NotNull", 13;
        /// The column is yesterday.
        YESTERDAY = "Yesterday", 14;
        /// The column is today.
        TODAY = "Today", 15;
        /// The column is tomorrow.
        TOMORROW = "Tomorrow", 16;
        /// The column is in the last seven days.
        LAST_7_DAYS = "Last7Days", 17;
        /// The column is in the next seven days.
        NEXT_7_DAYS = "Next7Days", 18;
        /// The column is in the week before this one.
        LAST_WEEK = "LastWeek", 19;
        /// The column is in this week.
        THIS_WEEK = "ThisWeek", 20;
        /// The column is in the week after this one.
        NEXT_WEEK = "NextWeek", 21;
        /// The column is in the month before this one.
        LAST_MONTH = "LastMonth", 22;
        /// The column is in this month.
        THIS_MONTH = "ThisMonth", 23;
        /// The column is in the month after this one.
        NEXT_MONTH = "NextMonth", 24;
        /// The column is on the given day.
        ON = "On", 25;
        /// The column is on or before the given day.
        ON_OR_BEFORE = "OnOrBefore", 26;
        /// The column is on or after the given day.
        ON_OR_AFTER = "OnOrAfter", 27;
        /// The column is in the year before this one.
        LAST_YEAR = "LastYear", 28;
        /// The column is in this year.
        THIS_YEAR = "ThisYear", 29;
        /// The column is in the year after this one.
        NEXT_YEAR = "NextYear", 30;
        /// The column is in the given number of hours before now.
        LAST_X_HOURS = "LastXHours", 31;
        /// The column is in the given number of hours from now.
        NEXT_X_HOURS = "NextXHours", 32;
        /// The column is in the given number of days before today.
        LAST_X_DAYS = "LastXDays", 33;
        /// The column is in the given number of days from today.
        NEXT_X_DAYS = "NextXDays", 34;
        /// The column is in the given number of weeks before today.
        LAST_X_WEEKS = "LastXWeeks", 35;
        /// The column is in the given number of weeks from today.
        NEXT_X_WEEKS = "NextXWeeks", 36;
        /// The column is in the given number of months before today.
        LAST_X_MONTHS = "LastXMonths", 37;
        /// The column is in the given number of months from today.
        NEXT_X_MONTHS = "NextXMonths", 38;
        /// The column is in the given number of years before today.
        LAST_X_YEARS = "LastXYears", 39;
        /// The column is in the given number of years from today.
        NEXT_X_YEARS = "NextXYears", 40;
        /// The column is the calling user.
        EQUAL_USER_ID = "EqualUserId", 41;
        /// The column is another than the calling user.
        NOT_EQUAL_USER_ID = "NotEqualUserId", 42;
        /// The column is the calling user's business unit.
        EQUAL_BUSINESS_ID = "EqualBusinessId", 43;
        /// The column is another than the calling user's business unit.
        NOT_EQUAL_BUSINESS_ID = "NotEqualBusinessId", 44;
        /// The column is a child of the given record. For internal use.
        CHILD_OF = "ChildOf", 45;
        /// The column has a bit in common with the value.
        MASK = "Mask", 46;
        /// The column has no bit in common with the value.
        NOT_MASK = "NotMask", 47;
        /// The column has the bits of the value. For internal use.
        MASKS_SELECT = "MasksSelect", 48;
        /// The column contains the text.
        CONTAINS = "Contains", 49;
        /// The column does not contain the text.
        DOES_NOT_CONTAIN = "DoesNotContain", 50;
        /// The column is the calling user's language.
        EQUAL_USER_LANGUAGE = "EqualUserLanguage", 51;
        /// The column is on another than the given day.
        NOT_ON = "NotOn", 52;
        /// The column is older than the given number of months.
        OLDER_THAN_X_MONTHS = "OlderThanXMonths", 53;
        /// The column begins with the text.
        BEGINS_WITH = "BeginsWith", 54;
        /// The column does not begin with the text.
        DOES_NOT_BEGIN_WITH = "DoesNotBeginWith", 55;
        /// The column ends with the text.
        ENDS_WITH = "EndsWith", 56;
        /// The column does not end with the text.
        DOES_NOT_END_WITH = "DoesNotEndWith", 57;
        /// The column is in this fiscal year.
        THIS_FISCAL_YEAR = "ThisFiscalYear", 58;
        /// The column is in this fiscal period.
        THIS_FISCAL_PERIOD = "ThisFiscalPeriod", 59;
        /// The column is in the fiscal year after this one.
        NEXT_FISCAL_YEAR = "NextFiscalYear", 60;
        /// The column is in the fiscal period after this one.
        NEXT_FISCAL_PERIOD = "NextFiscalPeriod", 61;
        /// The column is in the fiscal year before this one.
        LAST_FISCAL_YEAR = "LastFiscalYear", 62;
        /// The column is in the fiscal period before this one.
        LAST_FISCAL_PERIOD = "LastFiscalPeriod", 63;
        /// The column is in the given number of fiscal years before this one.
        LAST_X_FISCAL_YEARS = "LastXFiscalYears", 64;
        /// The column is in the given number of fiscal periods before this one.
        LAST_X_FISCAL_PERIODS = "LastXFiscalPeriods", 65;
        /// The column is in the given number of fiscal years after this one.
        NEXT_X_FISCAL_YEARS = "NextXFiscalYears", 66;
        /// The column is in the given number of fiscal periods after this one.
        NEXT_X_FISCAL_PERIODS = "NextXFiscalPeriods", 67;
        /// The column is in the given fiscal year.
        IN_FISCAL_YEAR = "InFiscalYear", 68;
        /// The column is in the given fiscal period of any year.
        IN_FISCAL_PERIOD = "InFiscalPeriod", 69;
        /// The column is in the given fiscal period of the given year.
        IN_FISCAL_PERIOD_AND_YEAR = "InFiscalPeriodAndYear", 70;
        /// The column is in or before the given fiscal period of the given year.
        IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR = "InOrBeforeFiscalPeriodAndYear", 71;
        /// The column is in or after the given fiscal period of the given year.
        IN_OR_AFTER_FISCAL_PERIOD_AND_YEAR = "InOrAfterFiscalPeriodAndYear", 72;
        /// The column is a team of the calling user.
        EQUAL_USER_TEAMS = "EqualUserTeams", 73;
        /// The column is the calling user or one of the user's teams.
        EQUAL_USER_OR_USER_TEAMS = "EqualUserOrUserTeams", 74;
        /// The column is below the given record in its hierarchy.
        UNDER = "Under", 75;
        /// The column is not below the given record in its hierarchy.
        NOT_UNDER = "NotUnder", 76;
        /// The column is the given record or below it in its hierarchy.
        UNDER_OR_EQUAL = "UnderOrEqual", 77;
        /// The column is above the given record in its hierarchy.
        ABOVE = "Above", 78;
        /// The column is the given record or above it in its hierarchy.
        ABOVE_OR_EQUAL = "AboveOrEqual", 79;
        /// The column is the calling user or someone below in the hierarchy.
        EQUAL_USER_OR_USER_HIERARCHY = "EqualUserOrUserHierarchy", 80;
        /// The column is the calling user, someone below in the hierarchy, or one of their teams.
        EQUAL_USER_OR_USER_HIERARCHY_AND_TEAMS = "EqualUserOrUserHierarchyAndTeams", 81;
        /// The column is older than the given number of years.
        OLDER_THAN_X_YEARS = "OlderThanXYears", 82;
        /// The column is older than the given number of weeks.
        OLDER_THAN_X_WEEKS = "OlderThanXWeeks", 83;
        /// The column is older than the given number of days.
        OLDER_THAN_X_DAYS = "OlderThanXDays", 84;
        /// The column is older than the given number of hours.
        OLDER_THAN_X_HOURS = "OlderThanXHours", 85;
        /// The column is older than the given number of minutes.
        OLDER_THAN_X_MINUTES = "OlderThanXMinutes", 86;
        /// The column holds one of the choices, in a multi-select choice column.
        CONTAIN_VALUES = "ContainValues", 87;
        /// The column holds none of the choices, in a multi-select choice column.
        DOES_NOT_CONTAIN_VALUES = "DoesNotContainValues", 88;
        /// The column is the business unit of the calling user's roles.
        EQUAL_ROLE_BUSINESS_ID = "EqualRoleBusinessId", 89;
    }
}

contract_enum! {
    /// How a filter combines its conditions and its inner filters.
    pub struct LogicalOperator = "LogicalOperator" in Contracts {
        /// All of them hold.
        AND = "And", 0;
        /// One of them holds.
        OR = "Or", 1;
    }
}

contract_enum! {
    /// How a query joins a table.
    pub struct JoinOperator = "JoinOperator" in Contracts {
        /// Records of both tables that match.
        INNER = "Inner", 0;
        /// Every record of the outer table, with the matching ones of the joined table.
        LEFT_OUTER = "LeftOuter", 1;
        /// As an inner join, where both columns have one name: it is returned once.
        NATURAL = "Natural", 2;
        /// The first match of the joined table, found with the database's `CROSS APPLY`.
        MATCH_FIRST_ROW_USING_CROSS_APPLY = "MatchFirstRowUsingCrossApply", 3;
        /// Records of the outer table that have a match, by the database's `IN`.
        IN = "In", 4;
        /// Records of the outer table that have a match, by the database's `EXISTS`.
        EXISTS = "Exists", 5;
        /// Records of the outer table with a match that the link's filter lets through.
        ANY = "Any", 6;
        /// Records of the outer table without a match that the link's filter lets through.
        NOT_ANY = "NotAny", 7;
        /// Records of the outer table that have matches, none of which the link's filter lets
        /// through.
        ALL = "All", 8;
        /// Records of the outer table with a match that the link's filter lets through, as `ANY`
        /// has it.
        NOT_ALL = "NotAll", 9;
    }
}

contract_enum! {
    /// The direction that a query sorts in.
    pub struct OrderType = "OrderType" in Contracts {
        /// From the lowest to the highest.
        ASCENDING = "Ascending", 0;
        /// From the highest to the lowest.
        DESCENDING = "Descending", 1;
    }
}

contract_enum! {
    /// How a query aggregates a column.
    pub struct XrmAggregateType = "AggregateType" in Contracts {
        /// Not at all.
        NONE = "None", 0;
        /// The number of records.
        COUNT = "Count", 1;
        /// The number of records in which the column has a value.
        COUNT_COLUMN = "CountColumn", 2;
        /// The sum of the values.
        SUM = "Sum", 3;
        /// The average of the values.
        AVG = "Avg", 4;
        /// The lowest value.
        MIN = "Min", 5;
        /// The highest value.
        MAX = "Max", 6;
    }
}

contract_enum! {
    /// The span of time by which a query groups a date column.
    pub struct XrmDateTimeGrouping = "DateTimeGroupingType" in Contracts {
        /// The date itself.
        NONE = "None", 0;
        /// The day of the month.
        DAY = "Day", 1;
        /// The week of the year.
        WEEK = "Week", 2;
        /// The month.
        MONTH = "Month", 3;
        /// The quarter.
        QUARTER = "Quarter", 4;
        /// The year.
        YEAR = "Year", 5;
        /// The fiscal period.
        FISCAL_PERIOD = "FiscalPeriod", 6;
        /// The fiscal year.
        FISCAL_YEAR = "FiscalYear", 7;
    }
}
