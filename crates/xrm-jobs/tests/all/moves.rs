use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;
use xrm_jobs::{
    Cause, Diagnosis, Error, ErrorCode, JobDescription, Move, Outcome, Payload, StateCode,
    StatusCode, SystemJob,
};

use StatusCode::{
    Canceled, Canceling, Failed, InProgress, Pausing, Succeeded, Waiting, WaitingForResources,
};

/// Every legal move: move, from, to. Whatever is not here is illegal.
const LEGAL: &[(Move, StatusCode, StatusCode)] = &[
    (Move::Begin, WaitingForResources, InProgress),
    (Move::Begin, Waiting, InProgress),
    (Move::Succeed, InProgress, Succeeded),
    (Move::Succeed, Pausing, Succeeded),
    (Move::Succeed, Canceling, Succeeded),
    (Move::Fail, InProgress, Failed),
    (Move::Fail, Pausing, Failed),
    (Move::Fail, Canceling, Failed),
    (Move::WaitUntil, InProgress, Waiting),
    (Move::WaitUntil, Pausing, Waiting),
    (Move::WaitUntil, Canceling, Canceled),
    (Move::Suspend, InProgress, Waiting),
    (Move::Suspend, Pausing, Waiting),
    (Move::Suspend, Canceling, Canceled),
    (Move::Abandon, InProgress, WaitingForResources),
    (Move::Abandon, Pausing, Waiting),
    (Move::Abandon, Canceling, Canceled),
    (Move::Hold, WaitingForResources, Waiting),
    (Move::Hold, Waiting, Waiting),
    (Move::GiveUp, WaitingForResources, Failed),
    (Move::GiveUp, Waiting, Failed),
    (Move::Cancel, WaitingForResources, Canceled),
    (Move::Cancel, Waiting, Canceled),
    (Move::Cancel, InProgress, Canceling),
    (Move::Cancel, Pausing, Canceling),
    (Move::Pause, WaitingForResources, Waiting),
    (Move::Pause, Waiting, Waiting),
    (Move::Pause, InProgress, Pausing),
    (Move::Pause, Pausing, Pausing),
    (Move::Resume, Waiting, WaitingForResources),
    (Move::Postpone, WaitingForResources, Waiting),
    (Move::Postpone, Waiting, Waiting),
    (Move::Postpone, InProgress, Pausing),
    (Move::Postpone, Pausing, Pausing),
];

/// The states that Microsoft's table of user operations has for each
/// (<https://learn.microsoft.com/power-apps/developer/data-platform/asynchronous-service>).
const PLATFORMS: &[(Move, &[StateCode])] = &[
    (Move::Cancel, &[StateCode::Ready, StateCode::Suspended, StateCode::Locked]),
    (Move::Resume, &[StateCode::Suspended]),
    (Move::Postpone, &[StateCode::Ready, StateCode::Locked]),
    (Move::Pause, &[StateCode::Locked]),
];

#[test]
fn what_people_can_do_goes_beyond_the_platform_in_three_places() {
    let mut beyond = Vec::new();
    for (it, states) in PLATFORMS {
        for &from in StatusCode::ALL {
            let is_legal = it.target(from).is_some();
            // A job that is being canceled takes no request here: nothing undoes a cancellation.
            if states.contains(&from.state()) && from != Canceling {
                assert!(is_legal, "{it} from {from}");
            }
            let is_beyond = is_legal && !states.contains(&from.state());
            assert_eq!(it.is_beyond_the_platform(from), is_beyond, "{it} from {from}");
            if is_beyond {
                beyond.push((*it, from));
            }
        }
    }
    let expected =
        [(Move::Postpone, Waiting), (Move::Pause, WaitingForResources), (Move::Pause, Waiting)];
    assert_eq!(beyond, expected);
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn diagnosis() -> Diagnosis {
    Diagnosis::new(Cause::WrongKey).with_evidence("status", "401")
}

fn new_job() -> SystemJob {
    SystemJob::new(JobDescription::new(Uuid::from_u128(1), "job", at(0)))
}

pub(crate) fn make(it: Move, job: &mut SystemJob, now: DateTime<Utc>) -> Result<(), Error> {
    let later = now + TimeDelta::seconds(60);
    match it {
        Move::Begin => job.begin("host-1", later, now),
        Move::Succeed => job.succeed(now),
        Move::Fail => job.fail(&diagnosis(), now),
        Move::WaitUntil => job.wait_until(later, &diagnosis(), now),
        Move::Suspend => job.suspend(&diagnosis(), now),
        Move::Abandon => job.abandon(now),
        Move::Hold => job.hold(&diagnosis(), now),
        Move::GiveUp => job.give_up(&diagnosis(), now),
        Move::Cancel => job.cancel(now),
        Move::Pause => job.pause(now),
        Move::Resume => job.resume(now),
        Move::Postpone => job.postpone(later, now),
        _ => unreachable!("every move is listed"),
    }
}

/// A job in that status; the waiting one is due at once.
fn job_in(status: StatusCode) -> SystemJob {
    let moves: &[Move] = match status {
        WaitingForResources => &[],
        Waiting => &[Move::Begin, Move::WaitUntil],
        InProgress => &[Move::Begin],
        Pausing => &[Move::Begin, Move::Pause],
        Canceling => &[Move::Begin, Move::Cancel],
        Succeeded => &[Move::Begin, Move::Succeed],
        Failed => &[Move::Begin, Move::Fail],
        Canceled => &[Move::Cancel],
    };
    let mut job = new_job();
    for it in moves {
        make(*it, &mut job, at(1)).expect("each of these is legal");
    }
    assert_eq!(job.status(), status);
    job
}

#[test]
fn only_the_legal_moves_change_a_status() {
    for &status in StatusCode::ALL {
        for &it in Move::ALL {
            let before = job_in(status);
            let mut job = before.clone();
            let result = make(it, &mut job, at(1000));
            match LEGAL.iter().find(|(legal, from, _)| (*legal, *from) == (it, status)) {
                Some((_, _, to)) => {
                    result.unwrap();
                    assert_eq!(job.status(), *to, "{it} from {status}");
                    assert_eq!(job.progress().modified_on, at(1000));
                }
                None => {
                    let error = result.unwrap_err();
                    let told = matches!(
                        error,
                        Error::IllegalMove { from, attempted } if (attempted, from) == (it, status)
                    );
                    assert!(told, "{it} from {status}: {error:?}");
                    assert_eq!(error.platform_code(), Some(ErrorCode::from_unsigned(0x8004_4162)));
                    assert_eq!(job, before, "a refused move changes nothing");
                }
            }
        }
    }
}

#[test]
fn a_completed_job_never_changes_again() {
    for status in [Succeeded, Failed, Canceled] {
        assert!(Move::ALL.iter().all(|it| it.target(status).is_none()), "{status}");
    }
}

#[test]
fn every_status_can_be_reached() {
    for &status in StatusCode::ALL {
        job_in(status);
    }
}

#[test]
fn an_attempt_counts_when_it_begins() {
    let mut job = new_job();
    job.begin("host-1", at(1000), at(1)).unwrap();
    job.wait_until(at(5), &diagnosis(), at(2)).unwrap();
    job.begin("host-2", at(1000), at(5)).unwrap();
    let progress = job.progress();
    assert_eq!(progress.retry_count, 2);
    assert_eq!(progress.started_on, Some(at(1)));
    assert_eq!(progress.host_id.as_deref(), Some("host-2"));
    assert_eq!(progress.postpone_until, None);
}

#[test]
fn a_waiting_job_begins_when_it_is_due_and_not_before() {
    let mut job = new_job();
    job.postpone(at(10), at(1)).unwrap();
    let error = job.begin("host-1", at(1000), at(9)).unwrap_err();
    assert_eq!(error.to_string(), "the job waits until 1970-01-01T00:00:10+00:00");
    assert_eq!(job.due_on(), Some(at(10)));
    job.begin("host-1", at(1000), at(10)).unwrap();
}

#[test]
fn a_suspended_job_begins_when_it_is_resumed_and_not_before() {
    let mut job = new_job();
    job.begin("host-1", at(1000), at(1)).unwrap();
    job.suspend(&diagnosis(), at(2)).unwrap();
    assert_eq!(job.due_on(), None);
    let error = job.begin("host-1", at(2_000_000), at(1_000_000)).unwrap_err();
    assert!(matches!(error, Error::NotDue { postpone_until: None }), "{error:?}");
    job.resume(at(3)).unwrap();
    job.begin("host-1", at(1000), at(3)).unwrap();
}

#[test]
fn a_job_created_by_a_clock_ahead_of_ours_can_be_begun() {
    let mut job = new_job();
    job.begin("host-1", at(1000), at(-100)).unwrap();
}

#[test]
fn a_waiting_job_is_postponed_and_a_failed_one_has_failed() {
    let mut job = new_job();
    job.begin("host-1", at(1000), at(1)).unwrap();
    job.wait_until(at(5), &diagnosis(), at(2)).unwrap();
    let progress = job.progress();
    assert_eq!(progress.error_code, Some(ErrorCode::SERVICE_BUS_POST_POSTPONED));
    assert_eq!(progress.cause, Some(Cause::WrongKey));
    assert_eq!(progress.message.as_deref(), Some("wrong_key: status=401"));

    job.begin("host-1", at(1000), at(5)).unwrap();
    job.fail(&diagnosis(), at(6)).unwrap();
    let progress = job.progress();
    assert_eq!(progress.error_code, Some(ErrorCode::SERVICE_BUS_POST_FAILED));
    assert_eq!(progress.completed_on, Some(at(6)));
    assert_eq!(progress.friendly_message, Some(diagnosis().friendly_message()));
}

#[test]
fn success_clears_what_failures_left() {
    let mut job = job_in(Waiting);
    job.begin("host-1", at(1000), at(100)).unwrap();
    job.succeed(at(101)).unwrap();
    let progress = job.progress();
    assert_eq!((progress.error_code, progress.cause), (None, None));
    assert_eq!((&progress.message, &progress.friendly_message), (&None, &None));
}

#[test]
fn a_pause_outlives_the_attempt_under_way() {
    let mut job = job_in(Pausing);
    job.wait_until(at(50), &diagnosis(), at(2)).unwrap();
    assert_eq!((job.status(), job.due_on()), (Waiting, None));
}

#[test]
fn of_two_times_to_wait_for_the_later_counts() {
    for (asked, retry, due) in [(at(50), at(20), at(50)), (at(20), at(50), at(50))] {
        let mut job = job_in(InProgress);
        job.postpone(asked, at(2)).unwrap();
        job.wait_until(retry, &diagnosis(), at(3)).unwrap();
        assert_eq!((job.status(), job.due_on()), (Waiting, Some(due)));
    }
}

#[test]
fn what_was_delivered_succeeded_whatever_was_wished_meanwhile() {
    for status in [Pausing, Canceling] {
        let mut job = job_in(status);
        job.succeed(at(2)).unwrap();
        assert_eq!(job.status(), Succeeded);
    }
}

#[test]
fn a_restored_job_is_the_stored_one() {
    for &status in StatusCode::ALL {
        let job = job_in(status);
        let restored =
            SystemJob::restore(job.description().clone(), job.progress().clone(), job.revision());
        assert_eq!(restored.unwrap(), job);
    }
}

#[test]
fn a_stored_job_that_contradicts_itself_is_refused() {
    let check = |status, spoil: fn(&mut xrm_jobs::Progress), reason: &str| {
        let job = job_in(status);
        let mut progress = job.progress().clone();
        spoil(&mut progress);
        let error =
            SystemJob::restore(job.description().clone(), progress, job.revision()).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    };
    check(Failed, |it| it.completed_on = None, "a completion time");
    check(InProgress, |it| it.completed_on = Some(at(1)), "a completion time");
    check(InProgress, |it| it.postpone_until = Some(at(1)), "waiting or pausing");
    check(Failed, |it| it.retry_count = 0, "a start time");
    check(WaitingForResources, |it| it.started_on = Some(at(1)), "a start time");
    check(WaitingForResources, |it| it.lease_until = Some(at(1)), "is leased exactly while");
    check(InProgress, |it| it.lease_until = None, "is leased exactly while");
    check(Waiting, |it| it.status = Succeeded, "a completion time");
}

#[test]
fn an_attempt_is_abandoned_when_its_lease_is_over_and_not_before() {
    let mut job = new_job();
    job.begin("host-1", at(60), at(1)).unwrap();
    assert_eq!(job.due_on(), Some(at(60)));
    let error = job.abandon(at(59)).unwrap_err();
    assert!(matches!(error, Error::LeaseHeld { lease_until, .. } if lease_until == at(60)));
    job.renew("host-1", at(90)).unwrap();
    job.renew("host-1", at(70)).unwrap();
    assert_eq!(job.progress().lease_until, Some(at(90)), "a lease is never shortened");
    assert!(matches!(job.renew("host-2", at(100)), Err(Error::LeaseLost { .. })));

    job.abandon(at(90)).unwrap();
    assert_eq!(
        (job.status(), job.progress().cause),
        (WaitingForResources, Some(Cause::WorkerLost))
    );
    assert_eq!(job.progress().message.as_deref(), Some("worker_lost: host_id=host-1"));
    assert!(matches!(job.renew("host-1", at(100)), Err(Error::LeaseLost { .. })));
}

#[test]
fn a_held_job_tells_why_and_waits_to_be_resumed() {
    let mut job = new_job();
    job.postpone(at(10), at(1)).unwrap();
    job.hold(&diagnosis(), at(2)).unwrap();
    assert_eq!((job.status(), job.due_on()), (Waiting, None));
    assert_eq!((job.progress().cause, job.progress().retry_count), (Some(Cause::WrongKey), 0));
    assert_eq!(job.progress().error_code, Some(ErrorCode::SERVICE_BUS_POST_FAILED));
    job.give_up(&diagnosis(), at(3)).unwrap();
    assert_eq!((job.status(), job.progress().completed_on), (Failed, Some(at(3))));
}

#[test]
fn a_pause_takes_a_postponement_back() {
    for status in [Waiting, Pausing, WaitingForResources] {
        let mut job = job_in(status);
        job.postpone(at(50), at(2)).unwrap();
        job.pause(at(3)).unwrap();
        assert_eq!(job.progress().postpone_until, None, "{status}");
    }
}

#[test]
fn every_attempt_is_in_the_history() {
    let mut job = new_job();
    job.begin("host-1", at(60), at(1)).unwrap();
    job.wait_until(at(5), &diagnosis(), at(2)).unwrap();
    job.begin("host-2", at(60), at(5)).unwrap();
    let attempts = job.progress().attempts.attempts();
    assert_eq!((attempts[1].number, attempts[1].ended_on), (2, None));
    job.succeed(at(6)).unwrap();
    let [first, second] = job.progress().attempts.attempts() else { unreachable!("two attempts") };
    assert_eq!((first.number, first.host_id.as_str()), (1, "host-1"));
    assert_eq!((first.started_on, first.ended_on), (at(1), Some(at(2))));
    assert_eq!(first.cause, Some(Cause::WrongKey));
    assert_eq!(first.message.as_deref(), Some("wrong_key: status=401"));
    assert_eq!((second.ended_on, second.cause), (Some(at(6)), None));
}

#[test]
fn a_payload_is_not_printed() {
    let payload = Payload::new("text/plain", *b"business data").with_property("user", "Ann");
    assert_eq!(
        format!("{payload:?}"),
        "Payload { content_type: \"text/plain\", properties: [\"user\"], bytes: 13 }"
    );
}

proptest! {
    #[test]
    fn no_sequence_of_moves_leaves_the_platforms_pairs(
        moves in prop::collection::vec((prop::sample::select(Move::ALL), 0_i64..200), 0..40)
    ) {
        let mut job = new_job();
        for (it, now) in moves {
            let before = job.clone();
            if make(it, &mut job, at(now)).is_err() {
                prop_assert_eq!(&job, &before);
            }
            let status = job.status();
            let pair = StatusCode::from_pair(status.state().number(), status.number());
            prop_assert_eq!(pair.unwrap(), status);
            // What moves leave behind is what `restore` accepts.
            let restored = SystemJob::restore(
                job.description().clone(),
                job.progress().clone(),
                job.revision(),
            );
            prop_assert_eq!(&restored.unwrap(), &job);
        }
    }
}

#[test]
fn an_attempt_under_way_calls_its_job_off() {
    let called_off = |prepare: fn(&mut SystemJob)| {
        let mut job = new_job();
        job.begin("host-1", at(1000), at(1)).unwrap();
        prepare(&mut job);
        job.call_off(&diagnosis(), at(2)).map(|()| job)
    };
    let job = called_off(|_| {}).unwrap();
    assert_eq!(job.status(), Canceled);
    assert_eq!(job.progress().cause, Some(Cause::WrongKey));
    assert_eq!(called_off(|job| job.cancel(at(1)).unwrap()).unwrap().status(), Canceled);
    assert_eq!(called_off(|job| job.pause(at(1)).unwrap()).unwrap().status(), Canceled);

    let error = called_off(|job| job.succeed(at(1)).unwrap()).unwrap_err();
    assert!(matches!(error, Error::IllegalMove { from: Succeeded, .. }), "{error:?}");
    let mut waiting = new_job();
    assert!(waiting.call_off(&diagnosis(), at(2)).is_err());
    assert_eq!(waiting, new_job());
}

#[test]
fn where_nothing_is_tried_again_what_would_wait_has_failed() {
    let failed = Outcome::Failed(diagnosis());
    assert_eq!(Outcome::Suspended(diagnosis()).unless_waiting(), failed);
    assert_eq!(Outcome::Waiting(at(1), diagnosis()).unless_waiting(), failed);
    assert_eq!(Outcome::Canceled(diagnosis()).unless_waiting(), Outcome::Canceled(diagnosis()));
}

#[test]
fn a_job_is_released_before_its_lease_ends_and_a_lease_is_shortened() {
    let now = DateTime::UNIX_EPOCH;
    let tomorrow = now + TimeDelta::days(1);
    let new = || SystemJob::new(JobDescription::new(Uuid::from_u128(1), "job", now));
    assert!(matches!(new().release(now), Err(Error::IllegalMove { .. })), "nobody has it");

    let mut job = new();
    job.begin("host-1", tomorrow, now).unwrap();
    assert!(matches!(job.abandon(now), Err(Error::LeaseHeld { .. })));
    let mut released = job.clone();
    released.release(now).unwrap();
    assert_eq!(released.status(), WaitingForResources);
    let message = released.progress().message.as_deref();
    assert_eq!(message, Some("worker_lost: released=by hand; host_id=host-1"));

    let soon = now + TimeDelta::minutes(2);
    job.shorten_lease(soon);
    assert_eq!(job.progress().lease_until, Some(soon));
    job.shorten_lease(tomorrow);
    assert_eq!(job.progress().lease_until, Some(soon), "it is never made longer");
    job.renew("host-1", tomorrow).unwrap();
    assert_eq!(job.progress().lease_until, Some(tomorrow));
}
