//! JSON Schemas of the documents, draft 2020-12.
//!
//! Editors look at them to complete and check what is written: Taplo, in TOML, by a first line
//! `#:schema registration.schema.json`; others, in JSON, by a member `$schema`, which the documents
//! may have.
//!
//! What a schema takes is a document but for the texts of numbers and dates, which it looks at
//! roughly, and for the items of `ArrayOf...`, at which it does not. What is a document it takes.

/// The schema of the document of a [`Registration`](crate::Registration).
pub const REGISTRATION: &str = include_str!("schema/registration.schema.json");

/// The schema of the document of an [`Operation`](crate::Operation).
pub const OPERATION: &str = include_str!("schema/operation.schema.json");
