//! Tokens kept fresh, with the clock as an argument.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use azure_sas::{Error, Renewal, Resource, SharedAccessKey, Signer};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::at;

fn renewal(lifetime: u64, margin: u64) -> Result<Renewal, Error> {
    let signer = Signer::new("send", &SharedAccessKey::new("secret").unwrap()).unwrap();
    let resource = Resource::new("sb://h/orders").unwrap();
    Renewal::new(signer, resource, Duration::from_secs(lifetime), Duration::from_secs(margin))
}

#[test]
fn a_token_is_replaced_a_margin_before_it_expires() {
    let renewal = renewal(100, 10).unwrap();
    let first = renewal.token_at(at(1_000));
    assert_eq!(first.expires(), at(1_100));
    for now in [1_000, 1_050, 1_089] {
        assert!(Arc::ptr_eq(&first, &renewal.token_at(at(now))), "{now}");
    }
    assert_eq!(renewal.token_at(at(1_090)).expires(), at(1_190));
}

#[test]
fn a_clock_set_back_by_more_than_the_margin_gets_a_new_token() {
    let renewal = renewal(100, 10).unwrap();
    let first = renewal.token_at(at(1_000));
    assert!(Arc::ptr_eq(&first, &renewal.token_at(at(990))));
    assert_eq!(renewal.token_at(at(989)).expires(), at(1_089));
    assert_eq!(renewal.token_at(at(500)).expires(), at(600));
    assert_eq!(renewal.token_at(at(0)).expires(), at(100));
}

#[test]
fn one_signature_is_made_per_lifetime_by_any_number_of_threads() {
    let renewal = renewal(100, 10).unwrap();
    for now in [1_000, 1_090, 1_180] {
        let barrier = Barrier::new(8);
        let take = || {
            barrier.wait();
            renewal.token_at(at(now))
        };
        let tokens: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(tokens.iter().all(|token| Arc::ptr_eq(token, &tokens[0])), "{now}");
        assert_eq!(tokens[0].expires(), at(now + 100));
    }
}

#[test]
fn a_lifetime_that_is_no_longer_than_its_margin_is_refused() {
    for (lifetime, margin) in [(0, 0), (10, 10), (10, 11)] {
        assert_eq!(renewal(lifetime, margin).map(|_| ()).unwrap_err(), Error::Lifetime);
    }
    assert!(renewal(1, 0).is_ok());
}

#[test]
fn a_time_within_a_second_counts_as_that_second() {
    let renewal = renewal(100, 10).unwrap();
    let milliseconds = |it| at(1_000) + TimeDelta::milliseconds(it);
    let first = renewal.token_at(milliseconds(999));
    assert_eq!(first.expires(), at(1_100));
    assert!(Arc::ptr_eq(&first, &renewal.token_at(milliseconds(89_999))));
    assert!(!Arc::ptr_eq(&first, &renewal.token_at(milliseconds(90_000))));
}

#[test]
fn a_lifetime_beyond_the_calendar_ends_with_it() {
    let renewal = renewal(u64::MAX, 10).unwrap();
    let first = renewal.token_at(at(1_000));
    assert_eq!(first.expires().timestamp(), DateTime::<Utc>::MAX_UTC.timestamp());
    assert!(Arc::ptr_eq(&first, &renewal.token_at(at(2_000))));
}

proptest! {
    #[test]
    fn whatever_the_clock_does_the_token_is_valid_and_not_for_too_long(
        times in prop::collection::vec(prop_oneof![any::<u32>(), 900..1_200u32], 1..50),
    ) {
        let renewal = renewal(100, 10).unwrap();
        for now in times.into_iter().map(i64::from) {
            let expires = renewal.token_at(at(now)).expires().timestamp();
            prop_assert!(now + 10 < expires && expires <= now + 110);
        }
    }
}
