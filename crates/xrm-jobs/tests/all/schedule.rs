use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;
use xrm_jobs::{
    Cause, Diagnosis, Error, Failure, FailureClass, JobDescription, Outcome, RetryOptions,
    RetryPolicy, RetrySchedule, StatusCode, SystemJob,
};

fn seconds(schedule: &RetrySchedule, count: usize) -> Vec<u64> {
    schedule.preview(count).map(|it| it.delay.as_secs()).collect()
}

#[test]
fn the_default_schedule_doubles_up_to_an_hour() {
    let schedule = RetrySchedule::default();
    assert_eq!(seconds(&schedule, 11), [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
}

#[test]
fn the_default_schedule_ends_within_a_day_at_the_documented_attempt() {
    let last = RetrySchedule::default().preview(1000).last().unwrap();
    assert!(last.elapsed <= Duration::from_secs(24 * 60 * 60), "{last:?}");
    assert!(last.elapsed > Duration::from_secs(23 * 60 * 60), "{last:?}");
    assert!((30..=32).contains(&last.attempt), "{last:?}");
}

#[test]
fn refused_credentials_are_tried_eight_times_at_most() {
    let policy = RetryPolicy::default();
    let schedule = policy.schedule(FailureClass::Authorization).unwrap();
    assert_eq!(seconds(schedule, 100), [60, 180, 540, 1620, 4860, 14400, 14400]);
    assert_eq!(schedule.preview(100).last().unwrap().attempt, 8);
    assert_eq!(policy.schedule(FailureClass::Permanent), None);
    assert_eq!(policy.schedule(FailureClass::Transient), Some(&RetrySchedule::default()));
}

#[test]
fn the_default_policy_is_made_of_valid_options() {
    let policy = RetryPolicy::default();
    for schedule in [policy.transient, policy.authorization] {
        assert_eq!(RetrySchedule::new(schedule.options().clone()).unwrap(), schedule);
    }
}

#[test]
fn attempts_and_age_end_a_schedule() {
    let options = RetryOptions::default().max_attempts(3);
    let schedule = RetrySchedule::new(options).unwrap();
    assert!(schedule.next_delay(2, Duration::ZERO, 0).is_some());
    assert_eq!(schedule.next_delay(3, Duration::ZERO, 0), None);

    let options = RetryOptions::default().min_attempts(1).max_age(Duration::from_secs(100));
    let schedule = RetrySchedule::new(options).unwrap();
    assert!(schedule.next_delay(1, Duration::from_secs(90), 0).is_some());
    assert_eq!(schedule.next_delay(1, Duration::from_secs(91), 0), None);
    assert_eq!(schedule.next_delay(1, Duration::MAX, 0), None);
}

#[test]
fn jitter_takes_up_to_its_part_of_a_delay() {
    let schedule = RetrySchedule::default();
    assert_eq!(schedule.delay(1, 0), Duration::from_secs(10));
    assert_eq!(schedule.delay(1, 1 << 63), Duration::from_secs(9));
    let least = schedule.delay(1, u64::MAX);
    assert!(least >= Duration::from_secs(8) && least < Duration::from_millis(8001), "{least:?}");
}

#[test]
fn an_option_outside_its_range_is_named() {
    let check = |option: &str, spoil: fn(&mut RetryOptions)| {
        let mut options = RetryOptions::default();
        spoil(&mut options);
        let error = RetrySchedule::new(options).unwrap_err();
        let named = matches!(error, Error::InvalidSchedule { option: it, .. } if it == option);
        assert!(named, "{error}");
    };
    check("first_delay", |it| it.first_delay = Duration::ZERO);
    check("factor", |it| it.factor = 0.9);
    check("factor", |it| it.factor = f64::NAN);
    check("factor", |it| it.factor = f64::INFINITY);
    check("max_delay", |it| it.max_delay = Duration::from_secs(9));
    check("max_attempts", |it| it.max_attempts = 0);
    check("jitter", |it| it.jitter = -0.1);
    check("jitter", |it| it.jitter = 1.1);
    check("jitter", |it| it.jitter = f64::NAN);
}

fn any_options() -> impl Strategy<Value = RetryOptions> {
    let duration = (1_u64..=u64::MAX).prop_map(Duration::from_nanos);
    (duration.clone(), 1.0_f64..1e300, duration, 1_u32.., any::<u64>(), 0.0..=1.0).prop_map(
        |(first_delay, factor, more, max_attempts, max_age, jitter)| {
            RetryOptions::default()
                .first_delay(first_delay)
                .factor(factor)
                .max_delay(first_delay.saturating_add(more))
                .max_attempts(max_attempts)
                .max_age(Duration::from_nanos(max_age))
                .jitter(jitter)
        },
    )
}

proptest! {
    #[test]
    fn a_delay_stays_between_its_bounds(
        options in any_options(),
        attempts in any::<u32>(),
        random in any::<u64>(),
    ) {
        let schedule = RetrySchedule::new(options.clone()).unwrap();
        let full = schedule.delay(attempts, 0);
        let delay = schedule.delay(attempts, random);
        prop_assert!(full <= options.max_delay);
        prop_assert!(delay <= full);
        let least = full.as_secs_f64() * (1.0 - options.jitter);
        prop_assert!(delay.as_secs_f64() >= least * 0.999_999 - 1e-9);
        if let Some(next) = attempts.checked_add(1) {
            prop_assert!(schedule.delay(next, 0) >= full);
        }
    }
}

fn failure(cause: Cause) -> Failure {
    Failure { diagnosis: Diagnosis::new(cause), minimum_wait: Duration::ZERO, random: 0 }
}

/// A life that begins when the job is created, in which each attempt has the next of these ends;
/// the last one is repeated.
fn life(ends: &[Option<Cause>]) -> SystemJob {
    let created = DateTime::UNIX_EPOCH;
    let job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "job", created));
    let mut ends = ends.iter().copied();
    let mut last = None;
    let attempt = |_: &SystemJob, _| {
        last = ends.next().unwrap_or(last);
        last.map(failure)
    };
    RetryPolicy::default().simulate(job, created, attempt).expect("the job is new")
}

#[test]
fn what_passes_by_itself_is_tried_for_a_day() {
    let job = life(&[Some(Cause::ServerError)]);
    let progress = job.progress();
    assert_eq!((job.status(), progress.retry_count), (StatusCode::Failed, 32));
    let ended = progress.completed_on.unwrap() - DateTime::UNIX_EPOCH;
    assert!(ended > TimeDelta::hours(23) && ended <= TimeDelta::hours(24), "{ended}");
    assert!(progress.friendly_message.as_ref().unwrap().contains("Attempt 32 was the last."));
}

/// A job in its attempt of this number, the first of which began so long ago.
fn attempted(attempts: u32, age: TimeDelta) -> (SystemJob, DateTime<Utc>) {
    let started = DateTime::UNIX_EPOCH + TimeDelta::days(30);
    let description = JobDescription::new(Uuid::from_u128(1), "job", DateTime::UNIX_EPOCH);
    let mut job = SystemJob::new(description);
    job.begin("host-1", started, started).expect("it is new");
    for _ in 1..attempts {
        job.wait_until(started, &Diagnosis::new(Cause::Throttled), started).expect("it is begun");
        job.begin("host-1", started, started).expect("it is due");
    }
    (job, started + age)
}

#[test]
fn a_job_ages_from_its_first_attempt_on() {
    let policy = RetryPolicy::default();
    let check = |attempts, hours, goes_on: bool| {
        let (job, now) = attempted(attempts, TimeDelta::hours(hours));
        let outcome = policy.outcome(&job, failure(Cause::ServerError), now);
        assert_eq!(matches!(outcome, Outcome::Waiting(..)), goes_on, "{attempts}, {hours}");
    };
    // It was created a month before its first attempt.
    check(1, 0, true);
    check(31, 23, true);
    // Three attempts are made however late they are, as after a weekend without a worker.
    check(1, 60, true);
    check(2, 60, true);
    check(3, 60, false);
    check(32, 1, false);

    let (job, now) = attempted(1, TimeDelta::hours(23));
    assert!(!policy.is_too_old(&job, now));
    assert!(policy.is_too_old(&job, now + TimeDelta::hours(1)));
    let mut suspended = SystemJob::new(job.description().clone());
    suspended.hold(&Diagnosis::new(Cause::WrongKey), now).expect("it is ready");
    assert!(!policy.is_too_old(&suspended, now + TimeDelta::hours(23)));
    assert!(policy.is_too_old(&suspended, now + TimeDelta::hours(24)));
}

#[test]
fn the_number_of_attempts_that_a_job_gets_at_least_is_an_option() {
    let schedule = |options| RetrySchedule::new(options).expect("the options are right");
    let old = Duration::from_secs(100 * 60 * 60);
    let ten = schedule(RetryOptions::default().min_attempts(10));
    assert!(ten.next_delay(9, old, 0).is_some() && ten.next_delay(10, old, 0).is_none());
    let one = schedule(RetryOptions::default().max_attempts(1));
    assert!(one.next_delay(1, Duration::ZERO, 0).is_none(), "the largest number wins");
}

#[test]
fn a_wait_that_the_service_asks_for_ends_no_job() {
    let check = |hours, asked: u64, waits: u64, evidence: Option<&str>| {
        let (job, now) = attempted(1, TimeDelta::hours(hours));
        let minimum_wait = Duration::from_secs(asked);
        let failure = Failure { minimum_wait, ..failure(Cause::Throttled) };
        let Outcome::Waiting(until, diagnosis) = RetryPolicy::default().outcome(&job, failure, now)
        else {
            unreachable!("the job waits")
        };
        assert_eq!((until - now).num_seconds().cast_unsigned(), waits);
        assert_eq!(diagnosis.evidence.value("retry_after"), evidence);
    };
    check(0, 5, 10, None);
    check(0, 7200, 7200, None);
    check(0, 86_400, 86_400, None);
    check(0, 86_401, 3600, Some("86401 s, cut to 3600 s"));
    check(23, 7200, 3600, Some("7200 s, cut to 3600 s"));
}

#[test]
fn refused_credentials_are_probed_until_the_job_is_too_old() {
    let job = life(&[Some(Cause::WrongKey)]);
    let started: Vec<_> = job
        .progress()
        .attempts
        .attempts()
        .iter()
        .map(|it| (it.started_on - DateTime::UNIX_EPOCH).num_minutes())
        .collect();
    assert_eq!(started, [0, 1, 4, 13, 40, 121, 361, 601, 841, 1081, 1321]);
    assert_eq!(job.status(), StatusCode::Failed);
    assert_eq!(job.progress().cause, Some(Cause::WrongKey));

    let mended =
        life(&[Some(Cause::WrongKey), Some(Cause::Throttled), Some(Cause::WrongKey), None]);
    assert_eq!((mended.status(), mended.progress().retry_count), (StatusCode::Succeeded, 4));
}

#[test]
fn a_message_that_cannot_be_posted_fails_at_once() {
    let job = life(&[Some(Cause::BodyTooLarge)]);
    assert_eq!((job.status(), job.progress().retry_count), (StatusCode::Failed, 1));
}

#[test]
fn where_nobody_resumes_a_suspended_job_has_failed() {
    let diagnosis = Diagnosis::new(Cause::Forbidden);
    let failed = Outcome::Failed(diagnosis.clone());
    assert_eq!(Outcome::Suspended(diagnosis.clone()).unless_suspended(), failed);
    let waiting = Outcome::Waiting(DateTime::UNIX_EPOCH, diagnosis);
    assert_eq!(waiting.clone().unless_suspended(), waiting);
}
