//! From a body to a context.

use std::str;

use xrm_context::RemoteExecutionContext;
use xrm_context::contract::{DataContract, Reader, Slot};

use crate::error::{Error, ErrorKind};
use crate::format::MessageFormat;
use crate::json::JsonReader;
use crate::options::DecodeOptions;
use crate::utf16;
use crate::xml::XmlReader;

/// Decodes a body, within the default [`Limits`](crate::Limits).
///
/// ```
/// use xrm_body::{MessageFormat, decode};
///
/// let context = decode(br#"{"Depth":1,"MessageName":"Update"}"#, MessageFormat::Json)?;
/// assert_eq!(context.message_name.as_deref(), Some("Update"));
/// # Ok::<(), xrm_body::Error>(())
/// ```
///
/// # Errors
/// As [`decode_with`].
pub fn decode(body: &[u8], format: MessageFormat) -> Result<RemoteExecutionContext, Error> {
    decode_with(body, &DecodeOptions::new(format))
}

/// Decodes a body. It may begin with a UTF-8 byte order mark, and may be UTF-16 as far as the platform
/// reads that: JSON without a mark, XML with a mark and a declaration.
///
/// ```
/// use xrm_body::{DecodeOptions, MessageFormat, decode_with};
///
/// // A body that another tool printed, with dates of ISO 8601.
/// let body = br#"{"OperationCreatedOn": "2024-05-17T08:15:42Z"}"#;
/// let options = DecodeOptions::new(MessageFormat::Json).iso_dates();
/// assert!(decode_with(body, &options).is_ok());
///
/// let error = decode_with(body, &DecodeOptions::new(MessageFormat::Json)).unwrap_err();
/// assert_eq!((error.offset(), error.path()), (Some(23), "OperationCreatedOn".to_owned()));
/// ```
///
/// # Errors
/// Fails for a body that is malformed, breaks the contracts, or passes a limit, with the offset, the path
/// inside the body and the reason.
pub fn decode_with(body: &[u8], options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let limits = options.limits;
    if body.len() > limits.bytes {
        return Err(Error::at(ErrorKind::Limit("bytes", limits.bytes), limits.bytes));
    }
    // UTF-16 is transcoded as a whole: it is rare, and the readers stay readers of UTF-8. Offsets
    // of errors are translated back.
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
    // `null` is read by a reader of its own, since the text is read again from its beginning if it
    // is none.
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
