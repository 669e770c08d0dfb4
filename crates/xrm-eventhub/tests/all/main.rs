//! The publisher, with scripted verdicts and with a local hub.

mod attempts;
mod building;
mod claims;
#[cfg(all(feature = "manage", feature = "reqwest"))]
mod failures;
mod fixture;
mod identity;
mod jobs;
#[cfg(feature = "reqwest")]
mod over_http;
mod properties;
#[cfg(feature = "reqwest")]
mod secrecy;
#[cfg(all(feature = "manage", feature = "reqwest"))]
mod six_tasks;
mod size;
mod solution;
mod verdicts;
mod worker;
