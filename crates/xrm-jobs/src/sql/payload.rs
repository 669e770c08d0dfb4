//! A message as the columns of a row.

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::row_change::RowChange;
use crate::payload::{Payload, PayloadCompression, PayloadRetention};
use crate::store::{NewJob, PayloadLoss};

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
        (change == RowChange::Write)
            .then(|| PayloadRecord::new(new.job.id(), &new.payload, self.compression))
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
    /// The [checksum] of the row; `None` if an earlier version wrote it, which had none.
    pub(crate) checksum: Option<Vec<u8>>,
    pub(crate) body: Bytes,
}

impl PayloadRecord {
    /// The names of the columns, in the order of the fields.
    pub(crate) const COLUMNS: &'static [&'static str] =
        &["contenttype", "properties", "encoding", "length", "checksum", "body"];

    /// The row of the message of the job with this id.
    pub(crate) fn new(id: Uuid, payload: &Payload, compression: PayloadCompression) -> Self {
        let body = payload.body();
        let (encoding, stored) = match compression {
            PayloadCompression::None => (AS_IS, body.clone()),
            PayloadCompression::Zlib => compress(body)
                .filter(|short| short.len() < body.len())
                .map_or_else(|| (AS_IS, body.clone()), |short| (ZLIB, short.into())),
        };
        let contenttype = payload.content_type().to_owned();
        let properties =
            serde_json::to_string(payload.properties()).expect("pairs of texts are always JSON");
        let checksum = checksum(id, &contenttype, &properties, &stored);
        Self {
            contenttype,
            properties,
            encoding,
            length: i64::try_from(body.len()).unwrap_or(i64::MAX),
            checksum: Some(checksum.to_vec()),
            body: stored,
        }
    }

    /// The message of the job with this id, or how its row is damaged.
    pub(crate) fn load(self, id: Uuid) -> Result<Payload, PayloadLoss> {
        let expected = checksum(id, &self.contenttype, &self.properties, &self.body);
        if self.checksum.as_ref().is_some_and(|stored| *stored != expected) {
            return Err(PayloadLoss::Damaged("its checksum differs"));
        }
        self.decode().map_err(PayloadLoss::Damaged)
    }

    fn decode(self) -> Result<Payload, &'static str> {
        let length = u64::try_from(self.length).map_err(|_| "its length is negative")?;
        let body = match self.encoding {
            AS_IS => self.body,
            ZLIB => decompress(&self.body, length)?.into(),
            _ => return Err("its encoding is unknown"),
        };
        // The checksum does not cover the columns that say how the body is stored, and rows of
        // earlier versions have none.
        if body.len() as u64 != length {
            return Err("it is shorter or longer than it was");
        }
        let properties: Vec<(String, String)> =
            serde_json::from_str(&self.properties).map_err(|_| "its properties can't be read")?;
        let payload = Payload::new(self.contenttype, body);
        Ok(properties.into_iter().fold(payload, |it, (name, value)| it.with_property(name, value)))
    }
}

/// The SHA-256 of a message's row: of the job's id (16 bytes), the content type, a zero byte, the
/// properties, a zero byte, and the body, each as it is stored.
///
/// PostgreSQL computes the same with functions of its own:
///
/// ```sql
/// sha256(uuid_send(asyncoperationid) || convert_to(contenttype, 'UTF8') || '\x00'::bytea
///     || convert_to(properties, 'UTF8') || '\x00'::bytea || body)
/// ```
///
/// The id is part of it because a damaged key could give one job the message of another. The bytes
/// are those of the columns, so a row can be checked without decompressing it.
fn checksum(id: Uuid, contenttype: &str, properties: &str, body: &[u8]) -> [u8; 32] {
    let hash = Sha256::new().chain_update(id.as_bytes());
    let hash = hash.chain_update(contenttype).chain_update([0]);
    let hash = hash.chain_update(properties).chain_update([0]);
    hash.chain_update(body).finalize().into()
}

/// The bytes in the zlib format. Memory does not fail, so there are always some.
fn compress(body: &[u8]) -> Option<Vec<u8>> {
    // Fast, because the caller waits: names that repeat, as in JSON and XML, are found at any level.
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

fn decompress(stored: &[u8], length: u64) -> Result<Vec<u8>, &'static str> {
    // Before memory is reserved for what a damaged row claims.
    if length > (stored.len() as u64).saturating_mul(MAX_EXPANSION) {
        return Err("it is shorter or longer than it was");
    }
    let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    // The decoder checks the checksum when it reaches the end, so it is asked for one byte more.
    ZlibDecoder::new(stored)
        .take(length.saturating_add(1))
        .read_to_end(&mut body)
        .map_err(|_| "its bytes can't be decompressed")?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn payload() -> Payload {
        Payload::new("application/json", b"{\"a\":0}".repeat(1000)).with_property("ü", "\"\n")
    }

    #[test]
    fn a_message_comes_back_from_its_row() {
        for compression in [PayloadCompression::None, PayloadCompression::Zlib] {
            for payload in [payload(), Payload::new("", Vec::new()), Payload::new("x", *b"abc")] {
                let record = PayloadRecord::new(ID, &payload, compression);
                assert_eq!(record.load(ID).unwrap(), payload);
            }
        }
    }

    #[test]
    fn compression_is_kept_where_it_helps() {
        let repetitive = PayloadRecord::new(ID, &payload(), PayloadCompression::Zlib);
        assert_eq!(repetitive.encoding, ZLIB);
        assert!(repetitive.body.len() < 200, "{}", repetitive.body.len());
        let short = PayloadRecord::new(ID, &Payload::new("", *b"abc"), PayloadCompression::Zlib);
        assert_eq!((short.encoding, &*short.body), (AS_IS, b"abc".as_slice()));
    }

    #[test]
    fn the_most_compressible_message_is_not_taken_for_damage() {
        let payload = Payload::new("", vec![0; 10_000_000]);
        let record = PayloadRecord::new(ID, &payload, PayloadCompression::Zlib);
        assert_eq!(record.load(ID).unwrap(), payload);
    }

    /// Rows of earlier versions have no checksum: what else shows damage has to suffice.
    #[test]
    fn damage_is_reported_without_a_checksum() {
        type Spoil = fn(&mut PayloadRecord);
        let spoilt: [(Spoil, &str); 7] = [
            (|it| it.length = -1, "its length is negative"),
            (|it| it.length += 1, "it is shorter or longer than it was"),
            (|it| it.length -= 1, "it is shorter or longer than it was"),
            (|it| it.length = i64::MAX, "it is shorter or longer than it was"),
            (|it| it.encoding = 2, "its encoding is unknown"),
            (|it| it.properties = "{".to_owned(), "its properties can't be read"),
            (|it| it.body = flipped(&it.body, 8 * 20).into(), "its bytes can't be decompressed"),
        ];
        for (spoil, reason) in spoilt {
            let mut record = PayloadRecord::new(ID, &payload(), PayloadCompression::Zlib);
            record.checksum = None;
            spoil(&mut record);
            assert_eq!(record.load(ID), Err(PayloadLoss::Damaged(reason)));
        }
    }

    #[test]
    fn every_flipped_bit_is_found_by_the_checksum() {
        let payload = Payload::new("text/plain", *b"body").with_property("name", "value");
        let record = PayloadRecord::new(ID, &payload, PayloadCompression::None);
        let loss = Err(PayloadLoss::Damaged("its checksum differs"));
        for bit in 0..8 * record.body.len() {
            let body = flipped(&record.body, bit).into();
            assert_eq!(PayloadRecord { body, ..record.clone() }.load(ID), loss);
        }
        for bit in 0..8 * record.properties.len() {
            let Ok(properties) = String::from_utf8(flipped(record.properties.as_bytes(), bit))
            else {
                continue;
            };
            assert_eq!(PayloadRecord { properties, ..record.clone() }.load(ID), loss);
        }
        let contenttype = "text/plaim".to_owned();
        assert_eq!(PayloadRecord { contenttype, ..record.clone() }.load(ID), loss);
        assert_eq!(record.load(Uuid::from_u128(8)), loss, "it is the message of another job");
    }

    #[test]
    fn the_checksum_is_the_one_that_the_documentation_defines() {
        let payload = Payload::new("text/plain", *b"body").with_property("name", "value");
        let record = PayloadRecord::new(ID, &payload, PayloadCompression::None);
        let bytes = [ID.as_bytes(), &b"text/plain\0[[\"name\",\"value\"]]\0body"[..]].concat();
        assert_eq!(record.checksum, Some(Sha256::digest(bytes).to_vec()));
    }

    fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    }
}
