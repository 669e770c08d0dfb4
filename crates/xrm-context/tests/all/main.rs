//! The data model as an application uses it.

#![cfg(test)]

mod collections;
mod contracts;
mod dates;
mod getters;
mod operation;
mod vocabulary;
