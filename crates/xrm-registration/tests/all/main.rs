//! Tests of registrations.

mod bodies;
mod captured;
mod context;
mod diff;
mod document;
mod endpoint;
mod images;
mod matching;
mod operation_document;
mod page;
mod pipeline;
mod plugin;
mod schema;
mod solution;
mod step;

/// A value with a change: the structs of a registration may grow, so tests can't name all fields.
pub(crate) fn changed<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}
