//! From a context to a body.

use xrm_context::RemoteExecutionContext;
use xrm_context::contract::{Contract, Field, Place, Slot};

use crate::json::JsonWriter;
use crate::output::Output;
use crate::xml::XmlWriter;
use crate::{EncodeOptions, Error, MessageFormat};

/// Makes a body in the platform's own way.
///
/// # Errors
/// As [`encode_with`].
pub fn encode(context: &RemoteExecutionContext, format: MessageFormat) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    encode_with(context, &EncodeOptions::new(format), &mut out)?;
    Ok(out)
}

/// Appends a body to `out`. A buffer that is used again costs no allocation.
///
/// # Errors
/// What the platform refuses too: in XML, an enumeration value without a name; in JSON, a date
/// that leaves .NET's range when shifted to UTC. And a value or member that was kept as it stood in
/// a body of the other format. The buffer is cut back to its former length then.
pub fn encode_with(
    context: &RemoteExecutionContext,
    options: &EncodeOptions,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let start = out.len();
    let result = write(context, options, Output::onto(out));
    if result.is_err() {
        out.truncate(start);
    }
    result.map(drop)
}

/// The length in bytes of the body that [`encode_with`] would append, to the byte. It is counted:
/// no body is made and nothing allocated.
///
/// # Errors
/// As [`encode_with`].
pub fn encoded_size(
    context: &RemoteExecutionContext,
    options: &EncodeOptions,
) -> Result<usize, Error> {
    write(context, options, Output::counting())
}

/// Writes a body and gives its length.
fn write(
    context: &RemoteExecutionContext,
    options: &EncodeOptions,
    output: Output<'_>,
) -> Result<usize, Error> {
    match options.format {
        MessageFormat::Json => {
            let mut writer = JsonWriter::new(output, options);
            context.write(&mut writer, Slot::ROOT, Place::Declared);
            writer.finish()
        }
        MessageFormat::Xml => {
            let mut writer = XmlWriter::new(output, options);
            let root = writer.begin_root(Slot::ROOT);
            context.write_members(&mut writer);
            writer.end(Slot::ROOT, root);
            writer.finish()
        }
    }
}
