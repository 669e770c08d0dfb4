//! What rows hold, column by column, as people read it.

use std::fmt::Display;

use xrm_context::Code;

use crate::attributes::Attributes;

/// A column, and the text of what it holds; `None` if that is nothing.
pub(crate) type Column = (&'static str, Option<String>);

/// What has columns.
pub(crate) trait Columns {
    /// Every column, in the order of the platform's documentation, whatever it holds.
    fn columns(&self) -> Vec<Column>;
}

/// The columns of a row, each with its field and the text of that.
///
/// `columns!(self { "name" = name: text(name); } besides images)` takes `self` apart, so a field that
/// no line has is a compiler error and none is forgotten when a row gains a column.
macro_rules! columns {
    (
        $row:ident { $($column:literal = $field:ident: $text:expr;)+ }
        $(besides $($other:ident),+)?
    ) => {{
        let Self { $($field,)+ $($($other: _,)+)? } = $row;
        vec![$(($column, $text)),+]
    }};
}

pub(crate) use columns;

pub(crate) fn text(value: &str) -> Option<String> {
    Some(value.to_owned()).filter(|it| !it.is_empty())
}

pub(crate) fn shown(value: impl Display) -> Option<String> {
    Some(value.to_string())
}

/// The label or, where there is none, the number.
pub(crate) fn label<T: Code>(value: T) -> Option<String> {
    let label = value.label().map(str::to_owned);
    Some(label.unwrap_or_else(|| value.number().to_string()))
}

/// The order of columns in a list means nothing. No list is all columns.
pub(crate) fn list(attributes: &Attributes) -> Option<String> {
    // Sorted, so that a list in another order is no difference.
    let mut names: Vec<_> = attributes.listed().collect();
    names.sort_unstable();
    Some(names.join(",")).filter(|it| !it.is_empty())
}

/// The default of columns such as `iscustomizable`.
pub(crate) const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
pub(crate) const fn is_yes(value: &bool) -> bool {
    *value
}
