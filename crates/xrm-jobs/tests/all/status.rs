use xrm_jobs::{Error, ErrorCode, StateCode, StatusCode};

/// The platform's table: statecode, its label, statuscode, its label.
const PLATFORM: &[(i32, &str, i32, &str)] = &[
    (0, "Ready", 0, "Waiting For Resources"),
    (1, "Suspended", 10, "Waiting"),
    (2, "Locked", 20, "In Progress"),
    (2, "Locked", 21, "Pausing"),
    (2, "Locked", 22, "Canceling"),
    (3, "Completed", 30, "Succeeded"),
    (3, "Completed", 31, "Failed"),
    (3, "Completed", 32, "Canceled"),
];

#[test]
fn numbers_and_labels_are_the_platforms() {
    let ours: Vec<_> = StatusCode::ALL
        .iter()
        .map(|it| (it.state().number(), it.state().label(), it.number(), it.label()))
        .collect();
    assert_eq!(ours, PLATFORM);
}

#[test]
fn the_first_status_of_a_state_is_the_platforms_default() {
    let defaults: Vec<_> =
        StateCode::ALL.iter().map(|it| (it.number(), it.statuses()[0].number())).collect();
    assert_eq!(defaults, [(0, 0), (1, 10), (2, 20), (3, 30)]);
}

#[test]
fn only_the_platforms_pairs_are_read() {
    for statecode in -1..=4 {
        for statuscode in -1..=40 {
            let read = StatusCode::from_pair(statecode, statuscode);
            let legal = PLATFORM.iter().any(|it| (it.0, it.2) == (statecode, statuscode));
            assert_eq!(read.is_ok(), legal, "({statecode}, {statuscode}): {read:?}");
        }
    }
}

#[test]
fn a_refused_pair_says_which_half_is_wrong() {
    assert!(matches!(StatusCode::from_pair(9, 0), Err(Error::UnknownState { number: 9 })));
    assert!(matches!(StatusCode::from_pair(0, 9), Err(Error::UnknownStatus { number: 9 })));
    let error = StatusCode::from_pair(0, 30).unwrap_err();
    assert_eq!(error.to_string(), "status Succeeded (30) does not belong to state Ready (0)");
}

#[test]
fn a_status_is_its_number_in_serde() {
    assert_eq!(serde_json::to_string(&StatusCode::Canceling).unwrap(), "22");
    assert_eq!(serde_json::from_str::<StatusCode>("31").unwrap(), StatusCode::Failed);
    let error = serde_json::from_str::<StatusCode>("33").unwrap_err();
    assert!(error.to_string().starts_with("33 is not a status"), "{error}");
}

#[test]
fn error_codes_are_the_platforms() {
    let check = |code: ErrorCode, hexadecimal: &str, number: i32, name: &str| {
        assert_eq!(code.to_string(), hexadecimal);
        assert_eq!(code.0, number);
        assert_eq!(code.name(), Some(name));
        assert_eq!(format!("{code:?}"), format!("{name}({hexadecimal})"));
    };
    check(ErrorCode::SERVICE_BUS_POST_FAILED, "0x80044175", -2147204747, "ServiceBusPostFailed");
    check(
        ErrorCode::SERVICE_BUS_POST_POSTPONED,
        "0x80044179",
        -2147204743,
        "ServiceBusPostPostponed",
    );
    check(
        ErrorCode::SERVICE_BUS_MAX_SIZE_EXCEEDED,
        "0x80050208",
        -2147155448,
        "ServiceBusMaxSizeExceeded",
    );
    check(
        ErrorCode::SERVICE_BUS_ENDPOINT_NOT_CONFIGURED,
        "0x80081112",
        -2146954990,
        "ServiceBusEndpointNotConfigured",
    );
    check(ErrorCode::ASYNC_NETWORK_ERROR, "0x80044306", -2147204346, "AsyncNetworkError");
    check(
        ErrorCode::ASYNC_COMMUNICATION_ERROR,
        "0x80044307",
        -2147204345,
        "AsyncCommunicationError",
    );
    assert_eq!(ErrorCode(5).text(), None);
    assert_eq!(format!("{:?}", ErrorCode(5)), "ErrorCode(0x00000005)");
}

#[test]
fn no_two_error_codes_share_a_number_or_a_name() {
    for (position, one) in ErrorCode::KNOWN.iter().enumerate() {
        for other in &ErrorCode::KNOWN[position + 1..] {
            assert_ne!(one, other);
            assert_ne!(one.name(), other.name());
        }
    }
}
