//! The ways in which a send fails.

use std::time::Duration;

use chrono::TimeDelta;
use http::StatusCode;

/// A way in which a send fails
/// ([`LocalEventHub::set_fault`](crate::LocalEventHub::set_fault) for every one,
/// [`FaultPlan`](crate::FaultPlan) for some).
///
/// | | event kept | what the client sees | as JSON |
/// |---|---|---|---|
/// | [`Hang`](Self::Hang) | no | nothing, for ever | `{"kind":"hang"}` |
/// | [`HangAfterKeeping`](Self::HangAfterKeeping) | yes | nothing, for ever | `{"kind":"hang_after_keeping"}` |
/// | [`Status`](Self::Status) | no | the status | `{"kind":"status","status":503}` |
/// | [`RetryAfter`](Self::RetryAfter) | no | the status, and when to come back | `{"kind":"retry_after","status":503,"seconds":4}` |
/// | [`Delay`](Self::Delay) | yes | the answer, late | `{"kind":"delay","milliseconds":500}` |
/// | [`ResetBeforeReading`](Self::ResetBeforeReading) | no | a reset, perhaps while it still sends | `{"kind":"reset_before_reading"}` |
/// | [`ResetAfterReading`](Self::ResetAfterReading) | no | a reset | `{"kind":"reset_after_reading"}` |
/// | [`ResetAfterKeeping`](Self::ResetAfterKeeping) | yes | a reset | `{"kind":"reset_after_keeping"}` |
/// | [`Truncate`](Self::Truncate) | yes | the start of the answer | `{"kind":"truncate","bytes":12}` |
/// | [`Trickle`](Self::Trickle) | yes | the answer, byte for byte | `{"kind":"trickle","milliseconds":50}` |
/// | [`ClockSkew`](Self::ClockSkew) | if its token is good then | the answer, wrongly dated | `{"kind":"clock_skew","seconds":-900}` |
///
/// Where an event is kept, the request is checked as usual, and kept only if it passes; where it is
/// not, its token is not checked. A reset is a TCP reset, which may overtake bytes that were sent
/// before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Reads the request, never answers, and keeps the connection open.
    Hang,
    /// Does its work, but never answers, and keeps the connection open.
    HangAfterKeeping,
    /// Reads the request and answers with this status. The body is an XML error as the service
    /// sends it, with the text known from its throttling (`Error code : 50002`) for 429 and 503;
    /// only 401 has none.
    Status(StatusCode),
    /// The same, with a `Retry-After` of so many whole seconds.
    RetryAfter(StatusCode, Duration),
    /// Waits, and then does its work.
    Delay(Duration),
    /// Resets the connection on seeing the head of the request.
    ResetBeforeReading,
    /// Reads the request and resets the connection.
    ResetAfterReading,
    /// Does its work, and resets the connection instead of answering: the client can't know
    /// whether its event was taken.
    ResetAfterKeeping,
    /// Does its work, and closes the connection after so many bytes of the answer, if it is longer.
    Truncate(usize),
    /// Does its work, and answers one byte at a time with this pause between them.
    Trickle(Duration),
    /// Does its work by a clock that is wrong by so much, ahead if positive: tokens expire, and
    /// the event and the answer are dated, by that clock.
    ClockSkew(TimeDelta),
}
