//! XML with `quick-xml`.

mod reader;
mod writer;

pub use reader::{Error, decode};
pub use writer::encode;

const CONTRACTS: &str = "http://schemas.microsoft.com/xrm/2011/Contracts";
const CONTRACTS_71: &str = "http://schemas.microsoft.com/xrm/7.1/Contracts";
const GENERIC: &str = "http://schemas.datacontract.org/2004/07/System.Collections.Generic";
const SERIALIZATION: &str = "http://schemas.microsoft.com/2003/10/Serialization/";
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The names of a record's states, by number.
const ENTITY_STATES: [&str; 3] = ["Unchanged", "Created", "Changed"];
