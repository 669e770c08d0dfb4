use std::collections::HashSet;

use xrm_jobs::{Cause, Diagnosis, Error, ErrorCode, Evidence, FailureClass, UnrecognizedCause};

#[test]
fn ids_are_unique_snake_case_and_read_back() {
    let mut seen = HashSet::new();
    for cause in Cause::ALL {
        let id = cause.id();
        assert!(seen.insert(id), "{id} twice");
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{id}");
        assert_eq!(id.parse::<Cause>().unwrap(), *cause);
        let json = serde_json::to_string(cause).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<Cause>(&json).unwrap(), *cause);
    }
}

#[test]
fn an_unknown_id_is_refused_and_cut() {
    let error = "x".repeat(1000).parse::<Cause>().unwrap_err();
    assert!(matches!(error, Error::UnknownCause { id } if id.len() == 64));
}

#[test]
fn a_cause_of_a_later_version_is_kept_as_it_was_recorded() {
    let recorded = |id: &str| serde_json::from_value::<Cause>(id.into());
    let longest = "x".repeat(UnrecognizedCause::MAX_LENGTH);
    for id in ["quota_exceeded", "a", &longest] {
        let cause = recorded(id).unwrap();
        assert!(matches!(cause, Cause::Unrecognized(_)));
        assert_eq!((cause.id(), serde_json::to_value(cause).unwrap()), (id, id.into()));
        assert!(id.parse::<Cause>().is_err(), "nobody can ask for it");
    }
    for no_id in ["", "Quota", "quota exceeded", "é", &"x".repeat(32)] {
        assert!(recorded(no_id).is_err(), "{no_id}");
    }
}

#[test]
fn every_cause_says_what_happened_and_what_to_check() {
    for cause in Cause::ALL {
        assert!(cause.what().ends_with('.'), "{cause}");
        assert!(!cause.checks().is_empty(), "{cause}");
        assert!(cause.checks().iter().all(|it| it.text.ends_with('.')), "{cause}");
        assert!(cause.error_code().name().is_some(), "{cause}");
    }
}

#[test]
fn causes_have_the_class_and_code_that_decide_a_jobs_fate() {
    use FailureClass::{Authorization, Permanent, Transient};
    let check = |id: &str, class, code: ErrorCode| {
        let cause: Cause = id.parse().unwrap();
        assert_eq!((cause.class(), cause.error_code()), (class, code), "{id}");
    };
    let failed = ErrorCode::SERVICE_BUS_POST_FAILED;
    check("unknown_host", Transient, ErrorCode::ASYNC_NETWORK_ERROR);
    check("connection_refused", Transient, ErrorCode::ASYNC_NETWORK_ERROR);
    check("tls", Transient, ErrorCode::ASYNC_NETWORK_ERROR);
    check("clock_skew", Authorization, failed);
    check("expired_token", Authorization, failed);
    check("wrong_key", Authorization, failed);
    check("wrong_policy", Authorization, failed);
    check("missing_right", Authorization, failed);
    check("missing_hub", Permanent, failed);
    check("body_too_large", Permanent, ErrorCode::SERVICE_BUS_MAX_SIZE_EXCEEDED);
    check("throttled", Transient, failed);
    check("hub_disabled", Transient, failed);
    check("proxy", Transient, ErrorCode::ASYNC_NETWORK_ERROR);
    check("timeout", Transient, ErrorCode::ASYNC_NETWORK_ERROR);
    check("maybe_delivered", Transient, ErrorCode::ASYNC_COMMUNICATION_ERROR);
    check("server_error", Transient, failed);
    check("unauthorized", Authorization, failed);
    check("forbidden", Authorization, failed);
    check("not_encodable", Permanent, failed);
    check("bad_request", Permanent, failed);
    check("not_configured", Permanent, ErrorCode::SERVICE_BUS_ENDPOINT_NOT_CONFIGURED);
    check("other", Permanent, failed);
}

#[test]
fn a_diagnosis_is_one_line_for_logs_and_a_list_for_people() {
    let diagnosis = Diagnosis::new(Cause::Throttled)
        .with_what("Too busy.")
        .with_evidence("status", "503")
        .with_evidence("reason", "line one\r\nline two");
    assert_eq!(diagnosis.to_string(), "throttled: status=503; reason=line one  line two");
    assert_eq!(
        diagnosis.friendly_message(),
        "Too busy.\nCheck (Azure): The throughput units suffice for the load, or auto-inflate is on.",
    );
}

#[test]
fn evidence_is_bounded() {
    let mut evidence = Evidence::new();
    for _ in 0..100 {
        evidence.push("key", "ü".repeat(10_000));
    }
    assert_eq!(evidence.facts().len(), Evidence::MAX_FACTS);
    assert_eq!(evidence.value("key").unwrap().chars().count(), Evidence::MAX_VALUE_CHARS);
    assert_eq!(evidence.value("other"), None);

    let json = format!("[{}]", vec![r#"{"key":"k","value":"v\n"}"#; 50].join(","));
    let read: Evidence = serde_json::from_str(&json).unwrap();
    assert_eq!(read.facts().len(), Evidence::MAX_FACTS);
    assert_eq!(read.value("k"), Some("v "));
}
