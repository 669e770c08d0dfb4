//! From a context to a body.

use xrm_context::RemoteExecutionContext;
use xrm_context::contract::{DataContract, Declared, Field, Slot};

use crate::error::Error;
use crate::format::MessageFormat;
use crate::json::JsonWriter;
use crate::options::EncodeOptions;
use crate::output::Output;
use crate::refusal::locate;
use crate::xml::XmlWriter;

/// Encodes a context as the platform does, on a machine whose time zone is UTC.
///
/// ```
/// use xrm_body::{MessageFormat, encode};
/// use xrm_context::RemoteExecutionContext;
///
/// let context = RemoteExecutionContext { depth: 1, ..Default::default() };
/// let body = encode(&context, MessageFormat::Json)?;
/// assert!(body.starts_with(br#"{"BusinessUnitId":"#));
/// # Ok::<(), xrm_body::Error>(())
/// ```
///
/// # Errors
/// As [`encode_with`].
pub fn encode(context: &RemoteExecutionContext, format: MessageFormat) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    encode_with(context, &EncodeOptions::new(format), &mut out)?;
    Ok(out)
}

/// Appends a body to `out`. Nothing is allocated if the buffer has room.
///
/// ```
/// use xrm_body::{EncodeOptions, MessageFormat, encode_with};
/// use xrm_context::{Generation, RemoteExecutionContext};
///
/// // For listeners that were built with an old SDK, into one buffer for all contexts.
/// let options = EncodeOptions::new(MessageFormat::Json).generation(Generation::V5_0);
/// let mut body = Vec::new();
/// for depth in 1..=3 {
///     body.clear();
///     let context = RemoteExecutionContext { depth, ..Default::default() };
///     encode_with(&context, &options, &mut body)?;
/// }
/// # Ok::<(), xrm_body::Error>(())
/// ```
///
/// # Errors
/// Fails for what the platform refuses too: in XML, an enumeration value without a name; in JSON, a date
/// that leaves .NET's range when shifted to UTC. Fails also for a value or member that was kept as it
/// was in a body of the other format. The error has the path to the value; `out` has its former length.
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

/// The exact length in bytes of the body that [`encode_with`] would append. It is counted, without
/// making a body and without allocating.
///
/// ```
/// use xrm_body::{EncodeOptions, MessageFormat, encode, encoded_size};
/// use xrm_context::RemoteExecutionContext;
///
/// let (context, format) = (RemoteExecutionContext::default(), MessageFormat::Xml);
/// let size = encoded_size(&context, &EncodeOptions::new(format))?;
/// assert_eq!(size, encode(&context, format)?.len());
/// # Ok::<(), xrm_body::Error>(())
/// ```
///
/// # Errors
/// As [`encode_with`].
pub fn encoded_size(
    context: &RemoteExecutionContext,
    options: &EncodeOptions,
) -> Result<usize, Error> {
    write(context, options, Output::counting())
}

/// Writes a body and returns its length.
fn write(
    context: &RemoteExecutionContext,
    options: &EncodeOptions,
    output: Output<'_>,
) -> Result<usize, Error> {
    let length = match options.format {
        MessageFormat::Json => {
            let mut writer = JsonWriter::new(output, options);
            context.write(&mut writer, Slot::ROOT, Declared::Exactly);
            writer.finish()
        }
        MessageFormat::Xml => {
            let mut writer = XmlWriter::new(output, options);
            let root = writer.begin_root(Slot::ROOT);
            context.write_members(&mut writer);
            writer.end(Slot::ROOT, root);
            writer.finish()
        }
    };
    // The writers keep no path; the place of an error is searched for once there is one.
    length.map_err(|error| error.located(locate(context, options)))
}
