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
    let mut names: Vec<_> = attributes.listed().collect();
    names.sort_unstable();
    Some(names.join(",")).filter(|it| !it.is_empty())
}
