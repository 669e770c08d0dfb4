//! All integration tests of `azure-sas`, as one binary.
#![cfg(test)]

mod connection_string;
mod credential;
mod explain;
mod renewal;
mod resource;
mod secrecy;
mod signature;
mod signing;
mod vectors;
