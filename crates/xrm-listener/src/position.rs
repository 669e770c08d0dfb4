//! Where in a partition a receiver starts.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};

/// The place in a partition from which events are received.
///
/// As text, it is `start`, `latest`, a time of RFC 3339, or the sequence number of the first event:
///
/// ```
/// use xrm_listener::Position;
///
/// assert_eq!("start".parse(), Ok(Position::Start));
/// assert_eq!("latest".parse(), Ok(Position::Latest));
/// assert_eq!("42".parse(), Ok(Position::From(42)));
/// let time: Position = "2026-01-05T08:00:00Z".parse()?;
/// assert_eq!(time.to_string(), "2026-01-05T08:00:00Z");
/// # Ok::<(), xrm_listener::ParsePositionError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// The oldest event that the hub keeps. This is the default.
    #[default]
    Start,
    /// Events that arrive from now on.
    Latest,
    /// Events that the hub received after this time.
    Time(DateTime<Utc>),
    /// The event with this sequence number, and those behind it.
    From(i64),
    /// The events behind the one with this sequence number.
    After(i64),
}

impl Position {
    /// The position as a selector, the filter of Event Hubs receivers. Microsoft's clients send the same
    /// texts.
    #[must_use]
    pub fn selector(&self) -> String {
        match self {
            Self::Start => "amqp.annotation.x-opt-offset > '-1'".to_owned(),
            Self::Latest => "amqp.annotation.x-opt-offset > '@latest'".to_owned(),
            Self::Time(time) => {
                format!("amqp.annotation.x-opt-enqueued-time > '{}'", time.timestamp_millis())
            }
            Self::From(number) => format!("amqp.annotation.x-opt-sequence-number >= '{number}'"),
            Self::After(number) => format!("amqp.annotation.x-opt-sequence-number > '{number}'"),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Latest => f.write_str("latest"),
            Self::Time(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::From(number) => write!(f, "{number}"),
            Self::After(number) => write!(f, "after {number}"),
        }
    }
}

/// A text is no [`Position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected start, latest, a time such as 2026-01-05T08:00:00Z, or a sequence number")]
pub struct ParsePositionError;

impl FromStr for Position {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, ParsePositionError> {
        match text {
            "start" => return Ok(Self::Start),
            "latest" => return Ok(Self::Latest),
            _ => {}
        }
        if let Ok(number) = text.parse::<i64>() {
            // Sequence numbers count from 0.
            return if number < 0 { Err(ParsePositionError) } else { Ok(Self::From(number)) };
        }
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| ParsePositionError)?;
        Ok(Self::Time(time.to_utc()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_from_its_text() {
        for text in ["start", "latest", "0", "9223372036854775807", "2026-01-05T08:00:00.250Z"] {
            assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
        }
        for wrong in ["", "-1", "now", "2026-01-05", "1.5", "Start"] {
            assert_eq!(wrong.parse::<Position>(), Err(ParsePositionError), "{wrong}");
        }
    }

    #[test]
    fn selectors_are_those_of_the_official_clients() {
        let time = "2026-01-05T08:00:00.250Z".parse().unwrap();
        for (position, selector) in [
            (Position::Start, "amqp.annotation.x-opt-offset > '-1'"),
            (Position::Latest, "amqp.annotation.x-opt-offset > '@latest'"),
            (Position::Time(time), "amqp.annotation.x-opt-enqueued-time > '1767600000250'"),
            (Position::From(2), "amqp.annotation.x-opt-sequence-number >= '2'"),
            (Position::After(2), "amqp.annotation.x-opt-sequence-number > '2'"),
        ] {
            assert_eq!(position.selector(), selector);
        }
    }
}
