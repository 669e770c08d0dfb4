//! The data model as an application uses it.

#![cfg(test)]

mod collections;
mod dates;
mod getters;
mod vocabulary;
