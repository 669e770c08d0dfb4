//! From a body to a context.

use std::str;

use xrm_context::RemoteExecutionContext;
use xrm_context::contract::{Contract, Reader};

use crate::error::ErrorKind;
use crate::json::JsonReader;
use crate::xml::XmlReader;
use crate::{DecodeOptions, Error, MessageFormat, ROOT};

/// Reads a body, within the default [`Limits`](crate::Limits).
///
/// # Errors
/// As [`decode_with`].
pub fn decode(body: &[u8], format: MessageFormat) -> Result<RemoteExecutionContext, Error> {
    decode_with(body, &DecodeOptions::new(format))
}

/// Reads a body. A UTF-8 byte order mark may stand before it.
///
/// # Errors
/// An [`Error`] that tells the offset, the path inside the body and the reason, for a body that is
/// malformed, that breaks the contracts, or that passes a limit.
pub fn decode_with(body: &[u8], options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let limits = options.limits;
    if body.len() > limits.bytes {
        return Err(Error::at(ErrorKind::Limit("bytes", limits.bytes), limits.bytes));
    }
    let text =
        str::from_utf8(body).map_err(|error| Error::at(ErrorKind::NotUtf8, error.valid_up_to()))?;
    let (mark, text) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ('\u{feff}'.len_utf8(), rest),
        None => (0, text),
    };
    let read = match options.format {
        MessageFormat::Json => read_json(text, options),
        MessageFormat::Xml => read_xml(text, options),
    };
    read.map_err(|error| error.shifted(mark))
}

fn read_json(text: &str, options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let mut reader = JsonReader::new(text, options.limits);
    reader.begin_class()?;
    let context = RemoteExecutionContext::read_members(&mut reader)?;
    reader.finish()?;
    Ok(context)
}

fn read_xml(text: &str, options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let mut reader = XmlReader::new(text, options.limits);
    reader.begin_root(&ROOT)?;
    reader.begin_class()?;
    let context = RemoteExecutionContext::read_members(&mut reader)?;
    reader.finish()?;
    Ok(context)
}
