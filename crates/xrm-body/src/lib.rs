//! Message bodies of Dynamics 365 / Dataverse execution contexts.

mod as_json;
mod decode;
mod encode;
mod error;
mod format;
mod json;
mod number;
mod options;
mod swar;
mod text;
mod xml;
mod zone;

pub use as_json::AsJsonReadsIt;
pub use decode::{decode, decode_with};
pub use encode::{encode, encode_with};
pub use error::{Error, ErrorKind};
pub use format::{MessageFormat, UnknownFormat};
pub use options::{DecodeOptions, EncodeOptions, Limits};
pub use zone::{Fixed, Utc, Zone};

use xrm_context::Namespace;
use xrm_context::contract::Slot;

/// The root of a body.
const ROOT: Slot = Slot {
    name: "RemoteExecutionContext",
    namespace: Namespace::Contracts,
    declares: None,
    json: "",
    xml_open: "<RemoteExecutionContext",
    xml_close: "</RemoteExecutionContext>",
};
