//! Which verdict leads to which job.

use eventhub_rest::NoAnswerKind::{
    ConnectTimeout, ConnectionLost, ConnectionRefused, Malformed, NotSent, Timeout, Tls,
    UnknownHost, Unreachable,
};
use eventhub_rest::Verdict;
use xrm_eventhub::Cause;
use xrm_eventhub::body::{self, MessageFormat};
use xrm_eventhub::jobs::FailureClass;

use crate::fixture::{
    Standing, captured, evidence, friendly, no_answer, publish, refused, refused_with, standing,
};

const SUCCEEDED: Standing<'static> = ((3, 30), None, None);

fn failed(cause: &'static str) -> Standing<'static> {
    ((3, 31), Some(cause), None)
}

fn waiting(cause: &'static str) -> Standing<'static> {
    ((1, 10), Some(cause), Some(10))
}

#[tokio::test]
async fn an_accepted_message_succeeds() {
    let job = publish(Verdict::Accepted).await;
    assert_eq!(standing(&job), SUCCEEDED);
    assert_eq!(job.progress().message, None);
    assert_eq!(job.progress().friendly_message, None);
}

#[tokio::test]
async fn a_status_decides() {
    let cases = [
        (200, waiting("proxy")),
        (302, waiting("proxy")),
        (400, failed("bad_request")),
        (401, failed("unauthorized")),
        (403, failed("forbidden")),
        (404, failed("missing_hub")),
        (405, failed("bad_request")),
        (407, waiting("proxy")),
        (408, waiting("timeout")),
        (410, failed("missing_hub")),
        (413, failed("body_too_large")),
        (415, failed("bad_request")),
        (429, waiting("throttled")),
        (500, waiting("server_error")),
        (501, failed("bad_request")),
        (502, waiting("server_error")),
        (503, waiting("server_error")),
        (504, waiting("server_error")),
        (505, failed("bad_request")),
        (511, waiting("proxy")),
        (599, waiting("server_error")),
        (999, failed("other")),
    ];
    for (status, expected) in cases {
        let job = publish(refused(status)).await;
        assert_eq!(standing(&job), expected, "{status}");
        assert_eq!(evidence(&job, "status"), Some(status.to_string()));
    }
}

/// A refusal that is worth a request soon is worth an attempt later, and no server error else is.
#[tokio::test]
async fn the_service_decides_which_server_errors_are_transient() {
    for status in 400..600 {
        let Verdict::Refused(refusal) = refused(status) else { unreachable!("it is not 201") };
        let cause = publish(refused(status)).await.progress().cause.expect("the job failed");
        let transient = cause.class() == FailureClass::Transient;
        assert_eq!(refusal.is_transient(), transient && cause != Cause::Proxy, "{status}");
    }
}

#[tokio::test]
async fn the_services_words_decide_further() {
    let cases = [
        (401, "SubCode=40103: Invalid authorization token signature", failed("wrong_key")),
        (401, "SubCode=40103: a signature of other words", failed("wrong_key")),
        (401, "Invalid authorization token signature", failed("wrong_key")),
        (
            401,
            "SubCode=40100: Unauthorized : Unauthorized access for 'Send' operation on endpoint \
             'sb://contoso.servicebus.windows.net/accounts/messages'. Tracking Id: 1b2c_G18",
            failed("missing_right"),
        ),
        (401, "Unauthorized access. 'Send' claim(s) are required.", failed("missing_right")),
        (403, "Unauthorized access. 'Send' claim(s) are required.", failed("missing_right")),
        (401, "SubCode=40100: Unauthorized", failed("unauthorized")),
        // The publisher's token is fresh by its own clock.
        (401, "ExpiredToken: The token is expired. TrackingId:1b2c_G18", failed("clock_skew")),
        (403, "QuotaExceeded", failed("forbidden")),
        (501, "The server is busy. Error code : 50002.", waiting("throttled")),
        (500, "The server is busy. Error code : 50002.", waiting("throttled")),
        (503, "Error code : 50002. Please wait 4 seconds.", waiting("throttled")),
    ];
    for (status, reason, expected) in cases {
        assert_eq!(standing(&publish(refused_with(status, reason)).await), expected, "{reason}");
    }
}

#[tokio::test]
async fn no_answer_waits() {
    let cases = [
        (UnknownHost, "unknown_host"),
        (ConnectionRefused, "connection_refused"),
        (Unreachable, "connection_refused"),
        (NotSent, "connection_refused"),
        (ConnectTimeout, "timeout"),
        (Tls, "tls"),
        (Timeout, "maybe_delivered"),
        (ConnectionLost, "maybe_delivered"),
        (Malformed, "maybe_delivered"),
    ];
    for (kind, cause) in cases {
        let job = publish(no_answer(kind)).await;
        assert_eq!(standing(&job), waiting(cause), "{kind}");
        let maybe_delivered = (cause == "maybe_delivered").then(|| "true".to_owned());
        assert_eq!(evidence(&job, "maybe_delivered"), maybe_delivered, "{kind}");
    }
}

#[tokio::test]
async fn a_duplicate_is_foretold_where_an_answer_leaves_it_open() {
    for (status, told) in [(408, true), (500, true), (502, true), (504, true), (429, false)] {
        let job = publish(refused(status)).await;
        assert_eq!(evidence(&job, "maybe_delivered").is_some(), told, "{status}");
    }
}

#[tokio::test]
async fn the_evidence_is_all_that_is_known() {
    let reason = "SubCode=40103: Invalid authorization token signature, TrackingId:1b2c_G18";
    let job = publish(refused_with(401, reason)).await;
    let bytes = body::encode(&captured("005.json"), MessageFormat::Json).unwrap().len();
    assert_eq!(
        job.progress().message.as_deref().unwrap(),
        format!(
            "wrong_key: status=401; reason={reason}; sub_code=40103; tracking_id=1b2c_G18; \
             namespace=contoso.servicebus.windows.net; hub=accounts; key_name=send; \
             body_bytes={bytes}; token_expires=2026-01-05T09:00:00Z; now=2026-01-05T08:00:00Z; \
             attempt=1"
        )
    );
}

#[tokio::test]
async fn the_text_for_the_user_names_names() {
    let cases = [
        (refused_with(401, "SubCode=40103: x"), "the shared access policy `send`"),
        (refused_with(401, "SubCode=40103: x"), "The SharedAccessKey of the connection string"),
        (refused_with(401, "SubCode=40103: x"), "The SharedAccessKeyName of the connection string"),
        (
            refused_with(401, "SubCode=40100: no access for 'Send' operation"),
            "`send` may not send to the event hub `accounts`",
        ),
        (refused(404), "contoso.servicebus.windows.net has no event hub `accounts`"),
        (refused(413), "The message has 9"),
        (refused_with(401, "ExpiredToken: x"), "valid until 2026-01-05T09:00:00Z"),
        (no_answer(UnknownHost), "The host name contoso.servicebus.windows.net"),
        (no_answer(Unreachable), "There is no network route to contoso"),
        (no_answer(Timeout), "It may have arrived"),
    ];
    for (verdict, text) in cases {
        let job = publish(verdict).await;
        assert!(friendly(&job).contains(text), "{}", friendly(&job));
        assert!(friendly(&job).contains("\nCheck ("), "{}", friendly(&job));
    }
}
