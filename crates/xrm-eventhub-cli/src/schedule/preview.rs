//! `schedule preview`

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::Args;
use serde_json::json;
use uuid::Uuid;
use xrm_jobs::{
    Cause, Diagnosis, Failure, FailureClass, JobDescription, RetryOptions, RetryPolicy,
    RetrySchedule, StatusCode, SystemJob,
};

use crate::error::{Error, Exit, OrError as _, exit_codes};
use crate::jobs::cause_parser;
use crate::terminal::output::{self, JsonArgs};
use crate::terminal::table::Table;
use crate::terminal::time::{NowArgs, age, utc};

/// Preview the attempts of a job that keeps failing: when each is made, and when the job is given up.
///
/// Without options, it is what publishers and workers do by default. The options are the fields of
/// RetryOptions, which an application sets in code. If the credentials are refused, the attempts are the
/// probes of a worker. Attempts take no time in a preview. Jitter shortens delays at random; EARLIEST is
/// the time after which an attempt is made if it shortens each as far as it can. With --json, lines have
/// `attempt`, `time`, and in seconds `delay`, `elapsed` and `earliest`; the last line has `status`,
/// `time` and `elapsed`.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Examples:
  xrm-eventhub schedule preview
  xrm-eventhub schedule preview --cause wrong_key
  xrm-eventhub schedule preview --first-delay 30s --max-attempts 10 --now 2026-01-05T08:00:00Z

",
    exit_codes!("done", "the output can't be written", "invalid arguments"),
))]
pub(crate) struct PreviewSchedule {
    /// The cause of every failure; it decides which schedule applies.
    #[arg(long, value_name = "CAUSE", default_value = "throttled", value_parser = cause_parser(),
        hide_possible_values = true)]
    cause: Cause,
    /// The wait that the service asks for each time (Retry-After).
    #[arg(long, value_name = "AGE", value_parser = span)]
    retry_after: Option<Duration>,
    /// The delay after the first attempt [default: 10s; for refused credentials, 1m].
    #[arg(long, value_name = "AGE", value_parser = span)]
    first_delay: Option<Duration>,
    /// The number that each delay is multiplied by to give the next [default: 2; for refused
    /// credentials, 3].
    #[arg(long, value_name = "NUMBER")]
    factor: Option<f64>,
    /// The longest delay [default: 1h; for refused credentials, 4h].
    #[arg(long, value_name = "AGE", value_parser = span)]
    max_delay: Option<Duration>,
    /// The maximum number of attempts [default: 32; not limited for refused credentials].
    #[arg(long, value_name = "COUNT")]
    max_attempts: Option<u32>,
    /// The number of attempts that are made whatever the job's age [default: 3].
    #[arg(long, value_name = "COUNT")]
    min_attempts: Option<u32>,
    /// The age of a job, from its first attempt, up to which an attempt begins [default: 24h].
    #[arg(long, value_name = "AGE", value_parser = span)]
    max_age: Option<Duration>,
    /// The part of a delay by which it is shortened at random, at most: 0 to 1 [default: 0.2].
    #[arg(long, value_name = "NUMBER")]
    jitter: Option<f64>,
    /// The maximum number of attempts to show.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    #[command(flatten)]
    now: NowArgs,
    #[command(flatten)]
    form: JsonArgs,
}

impl PreviewSchedule {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let policy = self.policy()?;
        let start = self.now.time();
        // The full delays.
        let preview = self.simulate(&policy, start, 0);
        // The greatest random number shortens delays most. Probes are left out: a simulation has them
        // at their full delays.
        let random = if self.cause.class() == FailureClass::Authorization { 0 } else { u64::MAX };
        let earliest = self.simulate(&policy, start, random);
        match self.form.json {
            true => output::json_lines(preview.lines(&earliest, start))?,
            false => output::text(&preview.text(&earliest, start))?,
        }
        Ok(Exit::Done)
    }

    fn policy(&self) -> Result<RetryPolicy, Error> {
        let mut policy = RetryPolicy::default();
        let schedule = match self.cause.class() {
            FailureClass::Authorization => &mut policy.authorization,
            _ => &mut policy.transient,
        };
        let options = self.options(schedule.options().clone());
        *schedule = RetrySchedule::new(options).or_invalid("cannot use these options")?;
        Ok(policy)
    }

    fn options(&self, mut options: RetryOptions) -> RetryOptions {
        fn set<T: Copy>(option: &mut T, given: Option<T>) {
            *option = given.unwrap_or(*option);
        }
        set(&mut options.first_delay, self.first_delay);
        set(&mut options.factor, self.factor);
        set(&mut options.max_delay, self.max_delay);
        set(&mut options.max_attempts, self.max_attempts);
        set(&mut options.min_attempts, self.min_attempts);
        set(&mut options.max_age, self.max_age);
        set(&mut options.jitter, self.jitter);
        options
    }

    /// Lets a job fail until it ends or the limit is reached, by the rules that a worker keeps to.
    fn simulate(&self, policy: &RetryPolicy, start: DateTime<Utc>, random: u64) -> Preview {
        let job = SystemJob::new(JobDescription::new(Uuid::nil(), "preview", start));
        let mut attempts = Vec::new();
        let job = policy.simulate(job, start, |_, now| {
            // One more than is shown ends the simulation: a schedule may have billions.
            if attempts.len() >= self.limit.into() {
                return None;
            }
            attempts.push(now);
            Some(Failure {
                diagnosis: Diagnosis::new(self.cause),
                minimum_wait: self.retry_after.unwrap_or_default(),
                random,
            })
        });
        let job = job.expect("a new job can be begun");
        let end = (job.status() == StatusCode::Failed).then(|| job.progress().completed_on);
        Preview { attempts, end: end.flatten() }
    }
}

/// The attempts of a job, and the time at which it is given up, unless more attempts follow.
struct Preview {
    attempts: Vec<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
}

impl Preview {
    /// Each attempt, with the delay before it and the time at which it is made at the earliest.
    fn rows<'a>(
        &'a self,
        earliest: &'a Self,
    ) -> impl Iterator<Item = (usize, DateTime<Utc>, TimeDelta, Option<DateTime<Utc>>)> + 'a {
        self.attempts.iter().enumerate().map(|(index, &time)| {
            let before = index.checked_sub(1).map_or(time, |it| self.attempts[it]);
            (index + 1, time, time - before, earliest.attempts.get(index).copied())
        })
    }

    fn lines(&self, earliest: &Self, start: DateTime<Utc>) -> Vec<serde_json::Value> {
        let rows = self.rows(earliest).map(|(attempt, time, delay, earliest)| {
            json!({
                "attempt": attempt,
                "time": time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                "delay": delay.as_seconds_f64(),
                "elapsed": (time - start).as_seconds_f64(),
                "earliest": earliest.map(|it| (it - start).as_seconds_f64()),
            })
        });
        let end = self.end.map(|it| {
            json!({
                "status": StatusCode::Failed.label(),
                "time": it.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                "elapsed": (it - start).as_seconds_f64(),
            })
        });
        rows.chain(end).collect()
    }

    fn text(&self, earliest: &Self, start: DateTime<Utc>) -> String {
        let mut table = Table::with_header(&["ATTEMPT", "DELAY", "AFTER", "EARLIEST", "TIME"]);
        for (attempt, time, delay, earliest) in self.rows(earliest) {
            table.push([
                attempt.to_string(),
                if attempt == 1 { String::new() } else { exact(delay) },
                exact(time - start),
                earliest.map(|it| exact(it - start)).unwrap_or_default(),
                utc(time),
            ]);
        }
        let end = match self.end {
            Some(end) => format!("The job fails after {}.", exact(end - start)),
            None => "More attempts follow; --limit shows more.".to_owned(),
        };
        format!("{}{end}\n", table.render())
    }
}

/// A span in all its units, to the second: the largest alone would show most delays as the same.
fn exact(span: TimeDelta) -> String {
    let seconds = span.num_seconds().unsigned_abs();
    humantime::format_duration(Duration::from_secs(seconds)).to_string()
}

/// A span such as `90s`.
fn span(text: &str) -> Result<Duration, &'static str> {
    age(text)?.to_std().map_err(|_| "the age is out of range")
}
