//! Whatever stands in an answer, there is a verdict, and it prints as one line.
//!
//! The input is text lines: status and reason phrase, `Content-Type`, `Retry-After`; the body is
//! the rest.

#![no_main]

use chrono::DateTime;
use eventhub_rest::{Verdict, verdict};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{HeaderName, StatusCode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|answer: &[u8]| {
    let mut lines = answer.splitn(4, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let Some((status, reason)) = line().split_at_checked(3) else { return };
    let Ok(status) = StatusCode::from_bytes(status) else { return };
    let mut headers = HeaderMap::new();
    add(&mut headers, CONTENT_TYPE, line());
    add(&mut headers, RETRY_AFTER, line());
    check(status, &verdict(status, reason.trim_ascii_start(), &headers, line()));
});

fn add(headers: &mut HeaderMap, name: HeaderName, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.insert(name, value);
    }
}

fn check(status: StatusCode, verdict: &Verdict) {
    assert_eq!(verdict.is_accepted(), status == StatusCode::CREATED);
    assert!(!verdict.to_string().contains(['\r', '\n']), "{verdict:?}");
    if let Verdict::Refused(refusal) = verdict {
        assert_eq!(refusal.status(), status);
        let _ = refusal.minimum_wait(DateTime::UNIX_EPOCH);
    }
}
