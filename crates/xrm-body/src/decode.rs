//! From a body to a context.

use std::str;

use xrm_context::RemoteExecutionContext;
use xrm_context::contract::{Contract, Reader, Slot};

use crate::error::ErrorKind;
use crate::json::JsonReader;
use crate::utf16;
use crate::xml::XmlReader;
use crate::{DecodeOptions, Error, MessageFormat};

/// Reads a body, within the default [`Limits`](crate::Limits).
///
/// # Errors
/// As [`decode_with`].
pub fn decode(body: &[u8], format: MessageFormat) -> Result<RemoteExecutionContext, Error> {
    decode_with(body, &DecodeOptions::new(format))
}

/// Reads a body. A UTF-8 byte order mark may stand before it, and it may be UTF-16 where the
/// platform reads that: JSON without a mark, XML with a mark and a declaration.
///
/// # Errors
/// An [`Error`] that tells the offset, the path inside the body and the reason, for a body that is
/// malformed, that breaks the contracts, or that passes a limit.
pub fn decode_with(body: &[u8], options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let limits = options.limits;
    if body.len() > limits.bytes {
        return Err(Error::at(ErrorKind::Limit("bytes", limits.bytes), limits.bytes));
    }
    if let Some(transcoded) = utf16::transcode(body, options.format) {
        let read = decode_text(&transcoded.text, options);
        return read.map_err(|error| error.moved(|offset| transcoded.offset(offset)));
    }
    let text =
        str::from_utf8(body).map_err(|error| Error::at(ErrorKind::NotUtf8, error.valid_up_to()))?;
    decode_text(text, options)
}

fn decode_text(text: &str, options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let (mark, text) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ('\u{feff}'.len_utf8(), rest),
        None => (0, text),
    };
    let read = match options.format {
        MessageFormat::Json if options.strict => strict_json(mark, text, options),
        MessageFormat::Json => read_json(text, options),
        MessageFormat::Xml => read_xml(text, options),
    };
    read.map_err(|error| error.moved(|offset| offset + mark))
}

/// Reads JSON as the platform does: it takes no mark and no raw non-character, and `null` for a
/// context of defaults.
fn strict_json(
    mark: usize,
    text: &str,
    options: &DecodeOptions,
) -> Result<RemoteExecutionContext, Error> {
    if mark > 0 {
        return Err(Error::at(ErrorKind::Expected("an object"), 0));
    }
    if let Some(at) = text.find(['\u{fffe}', '\u{ffff}']) {
        return Err(Error::at(ErrorKind::ForbiddenCharacter, at));
    }
    let mut reader = JsonReader::new(text, options);
    if reader.null()? {
        reader.finish()?;
        return Ok(RemoteExecutionContext::default());
    }
    read_json(text, options)
}

fn read_json(text: &str, options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let mut reader = JsonReader::new(text, options);
    reader.begin_class(Some(RemoteExecutionContext::TYPE))?;
    let context = RemoteExecutionContext::read_members(&mut reader)?;
    reader.finish()?;
    Ok(context)
}

fn read_xml(text: &str, options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let mut reader = XmlReader::new(text, options);
    reader.begin_root(Slot::ROOT)?;
    let context = if options.strict && reader.null()? {
        RemoteExecutionContext::default()
    } else {
        reader.begin_class(Some(RemoteExecutionContext::TYPE))?;
        RemoteExecutionContext::read_members(&mut reader)?
    };
    reader.finish()?;
    Ok(context)
}
