//! From a body to a context.

use std::str;

use xrm_context::RemoteExecutionContext;
use xrm_context::contract::{DataContract, Reader, Slot};

use crate::error::{Error, ErrorKind};
use crate::finding::{Finding, findings};
use crate::format::MessageFormat;
use crate::json::JsonReader;
use crate::options::DecodeOptions;
use crate::utf16;
use crate::wrapping::Wrapping;
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

/// Decodes a body. It may begin with a UTF-8 byte order mark, and may be UTF-16: JSON with a mark or without,
/// XML with a declaration, and with a mark unless its units are little end first.
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
/// inside the body and the reason; and for bytes that are no body but are [wrapped](Wrapping) around one.
pub fn decode_with(body: &[u8], options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let decoded = decode_bytes(body, options);
    // Only what can't be decoded is looked at again.
    decoded.map_err(|error| match Wrapping::recognize(body) {
        Some(wrapping) if !matches!(error.kind(), ErrorKind::Limit(..)) => {
            Error::at(ErrorKind::Wrapped(wrapping), 0)
        }
        _ => error,
    })
}

/// A context, and what its body shows beside it.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Decoded {
    /// The context.
    pub context: RemoteExecutionContext,
    /// Signs that the body is no context, or was damaged; none in a body of the platform that is whole.
    pub findings: Vec<Finding>,
}

/// Decodes a body as [`decode_with`] does, and returns what shows that it is not what its sender meant.
///
/// Every member of a context may be absent, and one with an unknown name is kept, so any JSON object is a
/// body. An application that accepts bodies from others asks here whether one is meant as a context. The
/// search takes about as long as encoding the context.
///
/// ```
/// use xrm_body::{DecodeOptions, FindingKind, MessageFormat, decode_and_check};
///
/// let options = DecodeOptions::new(MessageFormat::Json);
/// let decoded = decode_and_check(br#"{"messageName":"Update"}"#, &options)?;
/// let findings: Vec<_> = decoded.findings.iter().map(ToString::to_string).collect();
/// assert_eq!(
///     findings,
///     [
///         "no member of an execution context is there",
///         "the member `messageName` is not the contract's `MessageName`: names are case-sensitive",
///     ]
/// );
/// # Ok::<(), xrm_body::Error>(())
/// ```
///
/// # Errors
/// As [`decode_with`].
pub fn decode_and_check(body: &[u8], options: &DecodeOptions) -> Result<Decoded, Error> {
    let context = decode_with(body, options)?;
    // Strict reading drops what some findings are made of, so they are those of the default.
    let findings = if options.strict {
        decode_with(body, &options.lenient()).as_ref().map_or_else(|_| Vec::new(), findings)
    } else {
        findings(&context)
    };
    Ok(Decoded { context, findings })
}

fn decode_bytes(body: &[u8], options: &DecodeOptions) -> Result<RemoteExecutionContext, Error> {
    let limits = options.limits;
    if body.len() > limits.bytes {
        return Err(Error::at(ErrorKind::Limit("bytes", limits.bytes), limits.bytes));
    }
    // UTF-16 is transcoded as a whole: it is rare, and the readers stay readers of UTF-8. Offsets
    // of errors are translated back.
    if let Some(transcoded) = utf16::transcode(body, options.format, options.strict) {
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
    // The platform refuses a non-character that is not escaped. A search of its own, since both readers take
    // texts in runs.
    if options.strict
        && let Some(at) = text.find(['\u{fffe}', '\u{ffff}'])
    {
        return Err(Error::at(ErrorKind::ForbiddenCharacter, mark + at));
    }
    let read = match options.format {
        MessageFormat::Json if options.strict => strict_json(mark, text, options),
        MessageFormat::Json => read_json(text, options),
        MessageFormat::Xml => read_xml(text, options),
    };
    read.map_err(|error| error.moved(|offset| offset + mark))
}

/// Reads JSON as the platform does: it takes no mark, and `null` for a context of defaults.
fn strict_json(
    mark: usize,
    text: &str,
    options: &DecodeOptions,
) -> Result<RemoteExecutionContext, Error> {
    if mark > 0 {
        return Err(Error::at(ErrorKind::Expected("an object"), 0));
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
