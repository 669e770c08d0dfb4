//! PostgreSQL's names of the types that are stored.

use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// A column of many rows, as the array that is a parameter of a statement.
pub(crate) type ColumnArray<'a> = Box<dyn ToSql + Send + Sync + 'a>;

/// A type that a column is read and written as.
pub(super) trait PostgresType {
    const NAME: &'static str;
}

macro_rules! postgres_types {
    ($($rust:ty => $name:literal,)+) => {
        $(impl PostgresType for $rust {
            const NAME: &'static str = $name;
        })+
    };
}

postgres_types! {
    bool => "boolean",
    i32 => "integer",
    i64 => "bigint",
    String => "text",
    Uuid => "uuid",
}

impl<T: PostgresType> PostgresType for Option<T> {
    const NAME: &'static str = T::NAME;
}
