//! A message as the columns of a row.

use std::io::{Read, Write};
use std::sync::Arc;

use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::row_change::RowChange;
use crate::error::Error;
use crate::payload::{Payload, PayloadCompression, PayloadRetention};
use crate::store::NewJob;
use crate::store_error::{StoreError, StoreErrorKind};

/// Which messages a store keeps, and how it stores them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PayloadOptions {
    pub(crate) retention: PayloadRetention,
    pub(crate) compression: PayloadCompression,
}

impl PayloadOptions {
    /// The row of a new job's message, if the message is kept.
    pub(crate) fn record(self, new: &NewJob) -> Option<PayloadRecord> {
        let change = RowChange::to(&new.job, self.retention);
        (change == RowChange::Write).then(|| PayloadRecord::new(&new.payload, self.compression))
    }
}

/// The number of an encoding, in its column.
const AS_IS: i32 = 0;
const ZLIB: i32 = 1;

/// The longest text that one byte of zlib can expand to: RFC 1951 repeats up to 258 bytes by two
/// codes of a bit each. A row that claims more is damaged, and no memory is reserved for it.
const MAX_EXPANSION: u64 = 1032;

/// A message as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PayloadRecord {
    pub(crate) contenttype: String,
    /// Pairs of name and value, as JSON.
    pub(crate) properties: String,
    /// How the body is stored.
    pub(crate) encoding: i32,
    /// How many bytes the message has.
    pub(crate) length: i64,
    pub(crate) body: Arc<[u8]>,
}

impl PayloadRecord {
    /// The names of the columns, in the order of the fields.
    pub(crate) const COLUMNS: &'static [&'static str] =
        &["contenttype", "properties", "encoding", "length", "body"];

    pub(crate) fn new(payload: &Payload, compression: PayloadCompression) -> Self {
        let body = payload.body();
        let (encoding, stored) = match compression {
            PayloadCompression::None => (AS_IS, Arc::clone(body)),
            PayloadCompression::Zlib => compress(body)
                .filter(|short| short.len() < body.len())
                .map_or_else(|| (AS_IS, Arc::clone(body)), |short| (ZLIB, short.into())),
        };
        Self {
            contenttype: payload.content_type().to_owned(),
            properties: serde_json::to_string(payload.properties())
                .expect("pairs of texts are always JSON"),
            encoding,
            length: i64::try_from(body.len()).unwrap_or(i64::MAX),
            body: stored,
        }
    }
}

impl TryFrom<PayloadRecord> for Payload {
    type Error = Error;

    fn try_from(record: PayloadRecord) -> Result<Self, Error> {
        let length = u64::try_from(record.length).map_err(|_| damaged("its length is negative"))?;
        let body = match record.encoding {
            AS_IS => record.body,
            ZLIB => decompress(&record.body, length)?.into(),
            _ => return Err(damaged("its encoding is unknown")),
        };
        // zlib has a checksum, and what is stored as it is has only its length.
        if body.len() as u64 != length {
            return Err(damaged("it is shorter or longer than it was"));
        }
        let properties: Vec<(String, String)> = serde_json::from_str(&record.properties)
            .map_err(|_| damaged("its properties can't be read"))?;
        let payload = Self::new(record.contenttype, body);
        Ok(properties.into_iter().fold(payload, |it, (name, value)| it.with_property(name, value)))
    }
}

/// The bytes in the zlib format. Memory does not fail, so there are always some.
fn compress(body: &[u8]) -> Option<Vec<u8>> {
    // Fast, because the caller waits: names that repeat, as in JSON and XML, are found at any level.
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

fn decompress(stored: &[u8], length: u64) -> Result<Vec<u8>, Error> {
    // Before memory is reserved for what a damaged row claims.
    if length > (stored.len() as u64).saturating_mul(MAX_EXPANSION) {
        return Err(damaged("it is shorter or longer than it was"));
    }
    let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    // The decoder checks the checksum when it reaches the end, so it is asked for one byte more.
    ZlibDecoder::new(stored)
        .take(length.saturating_add(1))
        .read_to_end(&mut body)
        .map_err(|_| damaged("its bytes can't be decompressed"))?;
    Ok(body)
}

fn damaged(reason: &'static str) -> Error {
    StoreError::new(StoreErrorKind::Corrupt, format!("a stored message is damaged: {reason}"))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Payload {
        Payload::new("application/json", b"{\"a\":0}".repeat(1000)).with_property("ü", "\"\n")
    }

    #[test]
    fn a_message_comes_back_from_its_row() {
        for compression in [PayloadCompression::None, PayloadCompression::Zlib] {
            for payload in [payload(), Payload::new("", Vec::new()), Payload::new("x", *b"abc")] {
                let record = PayloadRecord::new(&payload, compression);
                assert_eq!(Payload::try_from(record).unwrap(), payload);
            }
        }
    }

    #[test]
    fn compression_is_kept_where_it_helps() {
        let repetitive = PayloadRecord::new(&payload(), PayloadCompression::Zlib);
        assert_eq!(repetitive.encoding, ZLIB);
        assert!(repetitive.body.len() < 200, "{}", repetitive.body.len());
        let short = PayloadRecord::new(&Payload::new("", *b"abc"), PayloadCompression::Zlib);
        assert_eq!((short.encoding, &*short.body), (AS_IS, b"abc".as_slice()));
    }

    #[test]
    fn the_most_compressible_message_is_not_taken_for_damage() {
        let payload = Payload::new("", vec![0; 10_000_000]);
        let record = PayloadRecord::new(&payload, PayloadCompression::Zlib);
        assert_eq!(Payload::try_from(record).unwrap(), payload);
    }

    #[test]
    fn damage_is_told() {
        type Spoil = fn(&mut PayloadRecord);
        let spoilt: [(Spoil, &str); 7] = [
            (|it| it.length = -1, "negative"),
            (|it| it.length += 1, "shorter or longer"),
            (|it| it.length -= 1, "shorter or longer"),
            (|it| it.length = i64::MAX, "shorter or longer"),
            (|it| it.encoding = 2, "encoding"),
            (|it| it.properties = "{".to_owned(), "properties"),
            (
                |it| {
                    let mut body = it.body.to_vec();
                    let middle = body.len() / 2;
                    body[middle] ^= 0x55;
                    it.body = body.into();
                },
                "decompressed",
            ),
        ];
        for (spoil, reason) in spoilt {
            let mut record = PayloadRecord::new(&payload(), PayloadCompression::Zlib);
            spoil(&mut record);
            let error = Payload::try_from(record).unwrap_err();
            assert_eq!(error.store_error().map(StoreError::kind), Some(StoreErrorKind::Corrupt));
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains(reason), "{source}");
        }
    }
}
