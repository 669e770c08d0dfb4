//! Faults and plans as JSON, for the local route.

use std::time::Duration;

use chrono::TimeDelta;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::fault::kind::Fault;
use crate::fault::plan::FaultPlan;

/// A plan as it is written.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Plan {
    seed: u64,
    script: Vec<Option<Entry>>,
    rates: Vec<Share>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Share {
    rate: f64,
    fault: Entry,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Entry {
    // Braces, so that serde refuses members that a kind does not have: unit variants ignore them.
    Hang {},
    HangAfterKeeping {},
    Status { status: u16 },
    RetryAfter { status: u16, seconds: u64 },
    Delay { milliseconds: u64 },
    ResetBeforeReading {},
    ResetAfterReading {},
    ResetAfterKeeping {},
    Truncate { bytes: usize },
    Trickle { milliseconds: u64 },
    ClockSkew { seconds: i64 },
}

impl FaultPlan {
    /// Reads a plan, or says why it can't be one.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, String> {
        let plan: Plan = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let script = plan.script.into_iter().map(|it| it.map(Fault::try_from).transpose());
        let script = Self { script: script.collect::<Result<_, _>>()?, ..Self::new(plan.seed) };
        plan.rates.into_iter().try_fold(script, |plan, share| {
            plan.rate(share.rate, share.fault.try_into()?).map_err(|error| error.to_string())
        })
    }

    /// What is left of the plan. Read back, it decides as this one goes on to decide.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let rates =
            self.rates.iter().map(|(rate, fault)| Share { rate: *rate, fault: fault.into() });
        let plan = Plan {
            seed: self.seed,
            script: self.script.iter().map(|it| it.as_ref().map(Entry::from)).collect(),
            rates: rates.collect(),
        };
        serde_json::to_value(plan).expect("numbers and texts are JSON")
    }
}

impl TryFrom<Entry> for Fault {
    type Error = String;

    fn try_from(entry: Entry) -> Result<Self, String> {
        Ok(match entry {
            Entry::Hang {} => Self::Hang,
            Entry::HangAfterKeeping {} => Self::HangAfterKeeping,
            Entry::Status { status } => Self::Status(final_status(status)?),
            Entry::RetryAfter { status, seconds } => {
                Self::RetryAfter(final_status(status)?, Duration::from_secs(seconds))
            }
            Entry::Delay { milliseconds } => Self::Delay(Duration::from_millis(milliseconds)),
            Entry::ResetBeforeReading {} => Self::ResetBeforeReading,
            Entry::ResetAfterReading {} => Self::ResetAfterReading,
            Entry::ResetAfterKeeping {} => Self::ResetAfterKeeping,
            Entry::Truncate { bytes } => Self::Truncate(bytes),
            Entry::Trickle { milliseconds } => Self::Trickle(Duration::from_millis(milliseconds)),
            Entry::ClockSkew { seconds } => Self::ClockSkew(
                TimeDelta::try_seconds(seconds)
                    .ok_or_else(|| format!("a clock can't be wrong by {seconds} seconds"))?,
            ),
        })
    }
}

/// A status that ends an exchange, which one of 1xx does not.
fn final_status(status: u16) -> Result<StatusCode, String> {
    let known = StatusCode::from_u16(status).ok().filter(|it| !it.is_informational());
    known.ok_or_else(|| format!("{status} is no status to answer with"))
}

impl From<&Fault> for Entry {
    fn from(fault: &Fault) -> Self {
        // Times that JSON can't hold were not read from it either.
        let milliseconds = |it: &Duration| u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
        match fault {
            Fault::Hang => Self::Hang {},
            Fault::HangAfterKeeping => Self::HangAfterKeeping {},
            Fault::Status(status) => Self::Status { status: status.as_u16() },
            Fault::RetryAfter(status, pause) => {
                Self::RetryAfter { status: status.as_u16(), seconds: pause.as_secs() }
            }
            Fault::Delay(pause) => Self::Delay { milliseconds: milliseconds(pause) },
            Fault::ResetBeforeReading => Self::ResetBeforeReading {},
            Fault::ResetAfterReading => Self::ResetAfterReading {},
            Fault::ResetAfterKeeping => Self::ResetAfterKeeping {},
            Fault::Truncate(bytes) => Self::Truncate { bytes: *bytes },
            Fault::Trickle(pause) => Self::Trickle { milliseconds: milliseconds(pause) },
            Fault::ClockSkew(skew) => Self::ClockSkew { seconds: skew.num_seconds() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FaultPlan;

    #[test]
    fn a_plan_reads_back_as_it_was_written() {
        let json = br#"{"seed":18446744073709551615,
            "script":[null,{"kind":"hang"},{"kind":"hang_after_keeping"},
                {"kind":"status","status":503},
                {"kind":"retry_after","status":429,"seconds":4},{"kind":"delay","milliseconds":5},
                {"kind":"reset_before_reading"},{"kind":"reset_after_reading"},
                {"kind":"reset_after_keeping"},{"kind":"truncate","bytes":9},
                {"kind":"trickle","milliseconds":1},{"kind":"clock_skew","seconds":-900}],
            "rates":[{"rate":0.25,"fault":{"kind":"hang"}}]}"#;
        let plan = FaultPlan::from_json(json).unwrap();
        let written = plan.to_json();
        assert_eq!(written, serde_json::from_slice::<serde_json::Value>(json).unwrap());
        assert_eq!(FaultPlan::from_json(written.to_string().as_bytes()), Ok(plan));
    }

    #[test]
    fn what_is_no_plan_is_told() {
        for (json, reason) in [
            ("", "EOF"),
            ("\"x\"", "invalid type"),
            (r#"{"sed":1}"#, "unknown field `sed`"),
            (r#"{"script":[{"kind":"explode"}]}"#, "unknown variant `explode`"),
            (r#"{"script":[{"kind":"hang","bytes":1}]}"#, "unknown field `bytes`"),
            (r#"{"script":[{"kind":"status"}]}"#, "missing field `status`"),
            (r#"{"script":[{"kind":"status","status":99}]}"#, "99 is no status"),
            (r#"{"script":[{"kind":"status","status":100}]}"#, "100 is no status"),
            (r#"{"rates":[{"rate":2,"fault":{"kind":"hang"}}]}"#, "a rate of 2"),
            (
                r#"{"script":[{"kind":"clock_skew","seconds":9223372036854775807}]}"#,
                "a clock can't be wrong",
            ),
        ] {
            let error = FaultPlan::from_json(json.as_bytes()).unwrap_err();
            assert!(error.starts_with(reason), "{json}: {error}");
        }
    }
}
