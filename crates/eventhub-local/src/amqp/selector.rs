//! The position at which a receiver begins: the selector filter of its source.
//!
//! A client writes one of three comparisons, `amqp.annotation.x-opt-offset > '-1'` for the beginning,
//! with `>` or `>=`. That is not documented; it is what azure-eventhub 5.15.1 (Python),
//! @azure/event-hubs 6.0.4 and azure_messaging_eventhubs 0.16.0 (Rust) send.

use chrono::{DateTime, Utc};

use crate::amqp::failure::{ARGUMENT, Failure, NOT_IMPLEMENTED};
use crate::amqp::message::{ENQUEUED_TIME, OFFSET, SEQUENCE_NUMBER};
use crate::amqp::performative::Raw;

/// The first event that a receiver gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Start {
    /// The first that is held.
    #[default]
    Earliest,
    /// The next that arrives.
    Latest,
    /// The first after an offset, or the one that has it.
    Offset { offset: u64, inclusive: bool },
    /// The first after a sequence number, or the one that has it.
    Sequence { sequence: i64, inclusive: bool },
    /// The first enqueued after a time, or at it.
    Time { time: DateTime<Utc>, inclusive: bool },
}

/// Reads the filters of a source, a map from names to described values.
pub(crate) fn read(filters: Option<Raw<'_>>) -> Result<Start, Failure> {
    // The number is the same descriptor as registered
    // (<https://svn.apache.org/repos/asf/qpid/trunk/qpid/specs/apache-filters.xml>).
    const NAME: &str = "apache.org:selector-filter:string";
    const CODE: u64 = 0x0000_468C_0000_0004;

    let mut start = Start::default();
    for (name, value) in filters.iter().flat_map(|Raw(it)| it.pairs()) {
        let name = name.text().unwrap_or_default();
        // Microsoft's clients use the name as the key, Proton uses another key.
        let is_selector = name == NAME || value.descriptor(&[(NAME, CODE)]) == Some(CODE);
        match value.without_descriptor().text() {
            Ok(selector) if is_selector => start = parse(selector)?,
            // A source that ignored a filter would give more than was asked for.
            _ => {
                let text = format!("The filter {name} is not supported, or is no text.");
                return Err(Failure::new(NOT_IMPLEMENTED, text));
            }
        }
    }
    Ok(start)
}

fn parse(selector: &str) -> Result<Start, Failure> {
    let wrong = || {
        let text = format!("The selector \"{selector}\" is not supported.");
        Failure::new(ARGUMENT, text)
    };
    let comparison = selector.trim().strip_prefix("amqp.annotation.").ok_or_else(wrong)?;
    let (name, value) = comparison.split_once('>').ok_or_else(wrong)?;
    let (inclusive, value) = match value.strip_prefix('=') {
        Some(value) => (true, value),
        None => (false, value),
    };
    let value = value.trim();
    let quoted = value.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
    let value = quoted.unwrap_or(value);
    let number = || value.parse().map_err(|_| wrong());
    match name.trim() {
        OFFSET if value == "@latest" => Ok(Start::Latest),
        OFFSET => Ok(match number()? {
            // `-1` is the offset before the first.
            ..0 => Start::Earliest,
            offset => Start::Offset { offset: i64::cast_unsigned(offset), inclusive },
        }),
        SEQUENCE_NUMBER => Ok(Start::Sequence { sequence: number()?, inclusive }),
        ENQUEUED_TIME => {
            let time = DateTime::from_timestamp_millis(number()?).ok_or_else(wrong)?;
            Ok(Start::Time { time, inclusive })
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::{DateTime, Start, parse};

    #[test]
    fn the_selectors_of_the_clients_are_read() {
        let offset = |offset, inclusive| Some(Start::Offset { offset, inclusive });
        let sequence = |sequence, inclusive| Some(Start::Sequence { sequence, inclusive });
        let time = |millis, inclusive| {
            Some(Start::Time { time: DateTime::from_timestamp_millis(millis).unwrap(), inclusive })
        };
        for (selector, expected) in [
            ("amqp.annotation.x-opt-offset > '-1'", Some(Start::Earliest)),
            ("amqp.annotation.x-opt-offset >= '-1'", Some(Start::Earliest)),
            ("amqp.annotation.x-opt-offset > '@latest'", Some(Start::Latest)),
            ("amqp.annotation.x-opt-offset > '346'", offset(346, false)),
            ("amqp.annotation.x-opt-offset >= '0'", offset(0, true)),
            ("amqp.annotation.x-opt-offset>12", offset(12, false)),
            ("amqp.annotation.x-opt-sequence-number > '2'", sequence(2, false)),
            ("amqp.annotation.x-opt-sequence-number >= '2'", sequence(2, true)),
            (
                "amqp.annotation.x-opt-enqueued-time > '1767600000000'",
                time(1_767_600_000_000, false),
            ),
            ("", None),
            ("amqp.annotation.x-opt-offset", None),
            ("amqp.annotation.x-opt-offset > ''", None),
            ("amqp.annotation.x-opt-offset > 'x'", None),
            ("amqp.annotation.x-opt-offset < '5'", None),
            ("amqp.annotation.x-opt-sequence-number > '@latest'", None),
            ("amqp.annotation.x-opt-enqueued-time > '9223372036854775807'", None),
            ("amqp.annotation.color > 'blue'", None),
        ] {
            assert_eq!(parse(selector).ok(), expected, "{selector}");
        }
    }
}
