//! Frames: a header of eight bytes, a performative, and the payload of a transfer
//! ([AMQP 1.0, 2.3](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-transport-v1.0-os.html#section-framing)).

/// The largest frame that the local hub reads, and what it announces. The service has the same.
pub(crate) const MAX_FRAME_SIZE: u32 = 65_536;

/// The smallest limit that a peer may announce (2.7.1).
pub(crate) const MIN_MAX_FRAME_SIZE: u32 = 512;

pub(crate) const SASL_HEADER: &[u8; 8] = b"AMQP\x03\x01\x00\x00";
pub(crate) const AMQP_HEADER: &[u8; 8] = b"AMQP\x00\x01\x00\x00";

/// A frame without a performative, which shows that its sender is alive.
pub(crate) const HEARTBEAT: &[u8; 8] = b"\x00\x00\x00\x08\x02\x00\x00\x00";

/// What a frame is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Amqp,
    Sasl,
}

/// A frame that was read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: Kind,
    pub(crate) channel: u16,
    /// The performative and what follows it; empty in a heartbeat.
    pub(crate) body: &'a [u8],
}

/// Bytes that can't be the beginning of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("a frame of {0} bytes is over the limit of {MAX_FRAME_SIZE}")]
    TooLarge(u32),
    #[error("a frame says that it has {size} bytes, and its data begins at {data_offset}")]
    Header { size: u32, data_offset: u32 },
    #[error("a frame has the unknown type {0}")]
    Kind(u8),
}

/// Splits the first frame off; `None` if it is not whole yet.
pub(crate) fn split(bytes: &[u8]) -> Result<Option<(Frame<'_>, &[u8])>, FrameError> {
    let &[a, b, c, d, offset, kind, high, low, ..] = bytes else { return Ok(None) };
    let size = u32::from_be_bytes([a, b, c, d]);
    let data_offset = u32::from(offset) * 4;
    if size > MAX_FRAME_SIZE {
        return Err(FrameError::TooLarge(size));
    }
    if data_offset < 8 || data_offset > size {
        return Err(FrameError::Header { size, data_offset });
    }
    let kind = match kind {
        0 => Kind::Amqp,
        1 => Kind::Sasl,
        kind => return Err(FrameError::Kind(kind)),
    };
    let Some((frame, rest)) = bytes.split_at_checked(size as usize) else { return Ok(None) };
    let body = &frame[data_offset as usize..];
    Ok(Some((Frame { kind, channel: u16::from_be_bytes([high, low]), body }, rest)))
}

/// Appends a frame, whose body `body` appends.
pub(crate) fn write(out: &mut Vec<u8>, kind: Kind, channel: u16, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    let kind = u8::from(kind == Kind::Sasl);
    out.extend([0, 0, 0, 0, 2, kind]);
    out.extend(channel.to_be_bytes());
    body(out);
    let size = u32::try_from(out.len() - start).expect("a frame is far below 4 GiB");
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// The bytes of a frame with [`transfer`], apart from its payload.
pub(crate) const TRANSFER_OVERHEAD: usize = 44;

/// Appends the frame of a transfer with all its fields.
///
/// This is the one frame that is written per event, so it is not built from its list: the fields have
/// a fixed width here. The delivery tag is the delivery id, which makes it unique within the session.
pub(crate) fn transfer(
    out: &mut Vec<u8>,
    channel: u16,
    handle: u32,
    delivery_id: u32,
    settled: bool,
    more: bool,
    payload: [&[u8]; 2],
) {
    let boolean = |it: bool| if it { 0x41 } else { 0x42 };
    write(out, Kind::Amqp, channel, |out| {
        // transfer, as a list of 11 fields
        out.extend([0x00, 0x53, 0x14, 0xd0]);
        out.extend(28_u32.to_be_bytes());
        out.extend(11_u32.to_be_bytes());
        out.push(0x70);
        out.extend(handle.to_be_bytes());
        out.push(0x70);
        out.extend(delivery_id.to_be_bytes());
        out.extend([0xa0, 4]);
        out.extend(delivery_id.to_be_bytes());
        // message-format 0, settled, more; rcv-settle-mode and state are null; resume, aborted and
        // batchable are false
        out.extend([0x43, boolean(settled), boolean(more), 0x40, 0x40, 0x42, 0x42, 0x42]);
        out.extend_from_slice(payload[0]);
        out.extend_from_slice(payload[1]);
    });
}
