//! When to try again.

use std::time::Duration;

use eventhub_rest::{
    Decision, NoAnswer, NoAnswerKind, Refusal, ResendBudget, ResendPolicy, ResendState, RetryAfter,
    StopReason, Verdict, verdict,
};
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use crate::at;

fn refused(status: u16) -> Verdict {
    Verdict::Refused(Refusal::new(StatusCode::from_u16(status).unwrap()))
}

fn no_answer(kind: NoAnswerKind) -> Verdict {
    Verdict::NoAnswer(NoAnswer::new(kind, ""))
}

fn after(attempts: u32) -> ResendState {
    ResendState::new(attempts, Duration::ZERO, at(1_000))
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn only_what_may_succeed_is_tried_again() {
    let policy = ResendPolicy::default();
    let decide = |verdict: &Verdict| policy.decide(verdict, &after(1), 0);
    let retry = Decision::Resend { after: Duration::ZERO };
    for status in [408, 429, 500, 502, 503, 504] {
        assert_eq!(decide(&refused(status)), retry, "{status}");
    }
    for status in [200, 301, 400, 401, 403, 404, 409, 410, 413, 501] {
        assert_eq!(decide(&refused(status)), Decision::Stop(StopReason::Lasting), "{status}");
    }
    use NoAnswerKind::*;
    for kind in [UnknownHost, ConnectionRefused, Tls, NotSent, Timeout, ConnectionLost, NoToken] {
        assert_eq!(decide(&no_answer(kind)), retry, "{kind}");
    }
    assert_eq!(decide(&no_answer(Unsupported)), Decision::Stop(StopReason::Lasting));
    assert_eq!(decide(&Verdict::Accepted), Decision::Stop(StopReason::Accepted));
}

#[test]
fn what_may_be_delivered_is_sent_again_unless_duplicates_are_worse() {
    let at_most_once = ResendPolicy::default().at_most_once();
    for (verdict, stop) in [
        (refused(500), true),
        (refused(504), true),
        (refused(503), false),
        (refused(429), false),
        (no_answer(NoAnswerKind::Timeout), true),
        (no_answer(NoAnswerKind::ConnectionLost), true),
        (no_answer(NoAnswerKind::NotSent), false),
    ] {
        let decision = at_most_once.decide(&verdict, &after(1), 0);
        assert_eq!(decision == Decision::Stop(StopReason::MaybeDelivered), stop, "{verdict}");
        assert_eq!(matches!(decision, Decision::Resend { .. }), !stop, "{verdict}");
    }
}

#[test]
fn waits_double_up_to_a_cap() {
    let policy = ResendPolicy::default().max_attempts(100).base_delay(ms(100)).max_delay(ms(1_000));
    for (attempts, longest) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1_000), (60, 1_000)] {
        for (random, wait) in [
            (0, Duration::ZERO),
            (1 << 63, ms(longest) / 2),
            (u64::MAX, ms(longest) - Duration::from_nanos(1)),
        ] {
            let decision = policy.decide(&refused(503), &after(attempts), random);
            assert_eq!(decision, Decision::Resend { after: wait }, "{attempts} {random}");
        }
    }
}

#[test]
fn what_the_service_asks_for_comes_on_top() {
    let policy = ResendPolicy::default().base_delay(ms(100)).max_delay(ms(100));
    let wait = |refusal| policy.decide(&Verdict::Refused(refusal), &after(1), 1 << 63);
    let asking = |retry_after| {
        wait(Refusal::new(StatusCode::SERVICE_UNAVAILABLE).with_retry_after(retry_after))
    };
    assert_eq!(asking(RetryAfter::Delay(ms(7_000))), Decision::Resend { after: ms(7_050) });
    assert_eq!(asking(RetryAfter::At(at(1_003))), Decision::Resend { after: ms(3_050) });
    let busy = b"SubCode=50002";
    let busy = verdict(StatusCode::SERVICE_UNAVAILABLE, busy, &HeaderMap::new(), b"");
    let decision = policy.decide(&busy, &after(1), 1 << 63);
    assert_eq!(decision, Decision::Resend { after: ms(4_050) });
    assert_eq!(asking(RetryAfter::Delay(Duration::MAX)), Decision::Stop(StopReason::Deadline));
}

#[test]
fn attempts_and_time_are_bounded() {
    let policy = ResendPolicy::default().max_attempts(3);
    for (attempts, stop) in [(1, false), (2, false), (3, true), (4, true), (u32::MAX, true)] {
        let decision = policy.decide(&refused(503), &after(attempts), 0);
        assert_eq!(decision == Decision::Stop(StopReason::Attempts), stop, "{attempts}");
    }
    for policy in [ResendPolicy::never(), ResendPolicy::default().max_attempts(0)] {
        let decision = policy.decide(&refused(503), &after(1), 0);
        assert_eq!(decision, Decision::Stop(StopReason::Attempts));
    }

    let elapsed = |seconds| ResendState::new(1, Duration::from_secs(seconds), at(1_000));
    let policy = ResendPolicy::default().deadline(Duration::from_secs(10));
    let decide = |seconds| policy.decide(&refused(503), &elapsed(seconds), 0);
    assert_eq!(decide(9), Decision::Resend { after: Duration::ZERO });
    assert_eq!(decide(10), Decision::Stop(StopReason::Deadline));
    let endless = ResendPolicy::default().deadline(None);
    let decision = endless.decide(&refused(503), &elapsed(u64::MAX), 0);
    assert_eq!(decision, Decision::Resend { after: Duration::ZERO });
}

#[test]
fn a_budget_gives_back_by_successes_and_never_more_than_it_had() {
    let budget = ResendBudget::new(2, 3);
    budget.deposit();
    assert!(budget.withdraw() && budget.withdraw() && !budget.withdraw());
    budget.deposit();
    budget.deposit();
    assert!(!budget.withdraw());
    budget.deposit();
    assert!(budget.withdraw() && !budget.withdraw());
    assert!(!ResendBudget::new(0, 0).withdraw());
}

proptest! {
    #[test]
    fn a_wait_never_exceeds_its_bounds(
        attempts in any::<u32>(),
        base in any::<u64>(),
        cap in any::<u64>(),
        random in any::<u64>(),
        elapsed in any::<u64>(),
    ) {
        let (cap, deadline) = (Duration::from_millis(cap), Duration::from_secs(300));
        let policy = ResendPolicy::default()
            .max_attempts(u32::MAX)
            .base_delay(Duration::from_millis(base))
            .max_delay(cap)
            .deadline(deadline);
        let progress = ResendState::new(attempts, Duration::from_millis(elapsed), at(0));
        if let Decision::Resend { after } = policy.decide(&refused(503), &progress, random) {
            prop_assert!(after <= cap);
            prop_assert!(progress.elapsed + after < deadline);
        }
    }
}
