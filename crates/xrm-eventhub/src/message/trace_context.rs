//! W3C trace context.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// Which operation of a distributed trace caused a message: the `traceparent` of W3C
/// [Trace Context](https://www.w3.org/TR/trace-context/), version 00.
///
/// A publisher sends it with each event ([`property::TRACEPARENT`](crate::property::TRACEPARENT)),
/// the same with every attempt, so that what a listener does is seen beside what caused it. Unless
/// the application [gives one](crate::PublisherBuilder::trace_context), the trace is named after
/// the correlation id of the execution context, which is the same for all that one request caused
/// in the platform.
///
/// ```
/// use xrm_eventhub::TraceContext;
///
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let trace: TraceContext = text.parse()?;
/// assert!(trace.is_sampled());
/// assert_eq!(trace.to_string(), text);
/// # Ok::<(), xrm_eventhub::InvalidTraceContext>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace_id: u128,
    parent_id: u64,
    flags: u8,
}

/// A text is no `traceparent` of version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a W3C traceparent: 00-<32 hex digits>-<16 hex digits>-<2 hex digits>, neither id zero"
)]
pub struct InvalidTraceContext;

impl TraceContext {
    /// The operation `parent_id` of the trace `trace_id`; `None` if either is zero.
    ///
    /// ```
    /// use xrm_eventhub::TraceContext;
    ///
    /// let trace = TraceContext::new(0x4bf9_2f35, 7, true).expect("neither id is zero");
    /// assert_eq!((trace.trace_id(), trace.parent_id()), (0x4bf9_2f35, 7));
    /// assert!(TraceContext::new(0, 7, true).is_none());
    /// ```
    #[must_use]
    pub fn new(trace_id: u128, parent_id: u64, is_sampled: bool) -> Option<Self> {
        let flags = u8::from(is_sampled);
        (trace_id != 0 && parent_id != 0).then_some(Self { trace_id, parent_id, flags })
    }

    /// The trace of a correlation, which nobody has decided to record yet.
    pub(crate) fn from_correlation(correlation_id: Uuid, job_id: Uuid) -> Option<Self> {
        // 64 of the 128 bits of a random UUID. Its fixed bits are at the upper end of one half and
        // near the lower end of the other, so no bit of the result is fixed. The rotation by one bit
        // keeps ids with equal halves, which tests use, from giving zero, which is not an id.
        let (upper, lower) = job_id.as_u64_pair();
        Self::new(correlation_id.as_u128(), upper ^ lower.rotate_left(1), false)
    }

    /// The id of the trace.
    #[must_use]
    pub fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The id of the operation.
    #[must_use]
    pub fn parent_id(&self) -> u64 {
        self.parent_id
    }

    pub(crate) fn text(self) -> String {
        // As the digits of two GUIDs, which are written many times as fast as by `{:032x}`.
        let (mut upper, mut lower) = (Uuid::encode_buffer(), Uuid::encode_buffer());
        let trace_id = Uuid::from_u128(self.trace_id).simple().encode_lower(&mut upper);
        let rest = Uuid::from_u64_pair(self.parent_id, u64::from(self.flags) << 56);
        let rest = rest.simple().encode_lower(&mut lower);
        ["00-", trace_id, "-", &rest[..16], "-", &rest[16..18]].concat()
    }

    /// Whether the trace is recorded.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl FromStr for TraceContext {
    type Err = InvalidTraceContext;

    fn from_str(text: &str) -> Result<Self, InvalidTraceContext> {
        // Exactly four parts of fixed length. Later versions may append more, but what they mean is
        // not known here.
        let mut parts = text.split('-');
        let mut part = |digits| hex(parts.next(), digits).ok_or(InvalidTraceContext);
        let (version, trace_id) = (part(2)?, part(32)?);
        let (parent_id, flags) = (part(16)?, part(2)?);
        let is_zero = trace_id == 0 || parent_id == 0;
        if version != 0 || is_zero || parts.next().is_some() {
            return Err(InvalidTraceContext);
        }
        // Each has no more digits than its type holds.
        Ok(Self { trace_id, parent_id: parent_id as u64, flags: flags as u8 })
    }
}

/// The number that so many digits write, in lower case as the standard has them.
fn hex(text: Option<&str>, digits: usize) -> Option<u128> {
    let text = text.filter(|it| it.len() == digits)?;
    let is_hex = text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    // `from_str_radix` alone would also take a sign and capital letters.
    u128::from_str_radix(text, 16).ok().filter(|_| is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_traceparent_is_read() {
        let good = "00-0000000000000000000000000000000a-000000000000000b-00";
        assert_eq!(good.parse::<TraceContext>().map(|it| it.to_string()).as_deref(), Ok(good));
        for bad in [
            "",
            "00-0000000000000000000000000000000a-000000000000000b",
            "00-0000000000000000000000000000000a-000000000000000b-00-",
            "01-0000000000000000000000000000000a-000000000000000b-00",
            "00-00000000000000000000000000000000-000000000000000b-00",
            "00-0000000000000000000000000000000a-0000000000000000-00",
            "00-0000000000000000000000000000000A-000000000000000b-00",
            "00-+000000000000000000000000000000a-000000000000000b-00",
            "00-0000000000000000000000000000000ä-000000000000000b-00",
        ] {
            assert_eq!(bad.parse::<TraceContext>(), Err(InvalidTraceContext), "{bad}");
        }
    }

    #[test]
    fn a_correlation_is_a_trace() {
        let correlation = Uuid::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        let trace = TraceContext::from_correlation(correlation, Uuid::from_u128(7))
            .map(|it| it.to_string());
        let expected = "00-4bf92f3577b34da6a3ce929d0e0e4736-000000000000000e-00";
        assert_eq!(trace.as_deref(), Some(expected));
        assert_eq!(TraceContext::from_correlation(Uuid::nil(), Uuid::from_u128(7)), None);
    }
}
