//! What answers mean, by the forms that Event Hubs and its gateway are known to answer in.

use std::time::Duration;

use eventhub_rest::{
    NoAnswer, NoAnswerKind, Refusal, RefusalKind, RetryAfter, Verdict, redacted, verdict,
};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;

use crate::at;

const SIGNATURE: &str = "SubCode=40103: Invalid authorization token signature";

const UNAUTHORIZED: &str = "SubCode=40100: Unauthorized : Unauthorized access for \
    'GetSubscription' operation on endpoint 'sb://h/'. Tracking Id: 1b2c3d4e-0000_G20";

const TOO_LARGE: &str = "<Error><Code>413</Code><Detail>The maximum message size quota for \
    outgoing messages (327680) has been exceeded. TrackingId:1b2c3d4e-0000_G18, \
    SystemTracker:ns:EventHub:hub, Timestamp:2019-09-09T14:26:31</Detail></Error>";

const BAD_NAME: &str = "<Error><Code>400</Code><Detail>SubCode=40000. 'https://h/a b' contains \
    character(s) that is not allowed by Service Bus.</Detail></Error>";

const BUSY: &str = "<Error><Code>503</Code><Detail>The request was terminated because the entity \
    is being throttled. Error code : 50002. Please wait 4 seconds and try again.</Detail></Error>";

const MISSING: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
    <Error xmlns=\"urn:x\">\n  <Code>401</Code>\n  \
    <Detail>MissingToken: The authorization header wasn&apos;t found.</Detail>\n</Error>";

fn refused(status: u16, reason: &str, headers: &[(&'static str, &str)], body: &str) -> Refusal {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let status = StatusCode::from_u16(status).unwrap();
    match verdict(status, reason.as_bytes(), &map, body.as_bytes()) {
        Verdict::Refused(refusal) => refusal,
        other => panic!("{status}: {other:?}"),
    }
}

#[test]
fn created_is_the_one_acceptance() {
    let headers = HeaderMap::new();
    let created = verdict(StatusCode::CREATED, b"Created", &headers, b"<Error/>");
    assert_eq!(created, Verdict::Accepted);
    assert!(created.is_accepted() && !created.is_transient() && !created.may_be_delivered());
    for status in [200, 202, 204, 301, 307] {
        let status = StatusCode::from_u16(status).unwrap();
        let other = verdict(status, b"", &headers, b"");
        assert!(!other.is_accepted() && !other.is_transient() && !other.may_be_delivered());
    }
}

#[test]
fn a_refusal_says_what_the_service_said() {
    for (status, reason, body, sub_code, code, tracking_id) in [
        (401, SIGNATURE, "", Some(40103), None, None),
        (401, "SubCode=40100: Unauthorized", "", Some(40100), None, None),
        (401, UNAUTHORIZED, "", Some(40100), None, Some("1b2c3d4e-0000_G20")),
        (401, "Unauthorized", MISSING, None, Some("401"), None),
        (400, "Bad Request", BAD_NAME, Some(40000), Some("400"), None),
        (413, "", TOO_LARGE, None, Some("413"), Some("1b2c3d4e-0000_G18")),
        (503, "Service Unavailable", BUSY, Some(50002), Some("503"), None),
        (500, "", "", None, None, None),
    ] {
        let refusal = refused(status, reason, &[], body);
        assert_eq!(refusal.status().as_u16(), status);
        assert_eq!(refusal.sub_code(), sub_code, "{reason} {body}");
        assert_eq!(refusal.code(), code, "{reason} {body}");
        assert_eq!(refusal.tracking_id(), tracking_id, "{reason} {body}");
        let kept = (!reason.is_empty()).then_some(reason);
        let kept = kept.filter(|reason| Some(*reason) != refusal.status().canonical_reason());
        assert_eq!(refusal.reason(), kept);
        assert_eq!(refusal.detail().is_some(), !body.is_empty());
    }
}

#[test]
fn a_refusal_prints_as_one_line() {
    for (refusal, line) in [
        (refused(401, SIGNATURE, &[], ""), format!("401 {SIGNATURE}")),
        (
            refused(401, "", &[], MISSING),
            "401 Unauthorized: MissingToken: The authorization header wasn't found.".to_owned(),
        ),
        (refused(500, "", &[], ""), "500 Internal Server Error".to_owned()),
        (
            refused(400, "", &[], "<Error><Detail>a\r\n\tb\u{85}c</Detail></Error>"),
            "400 Bad Request: a b c".to_owned(),
        ),
    ] {
        assert_eq!(refusal.to_string(), line);
        assert_eq!(Verdict::Refused(refusal).to_string(), format!("refused: {line}"));
    }
}

#[test]
fn statuses_are_transient_or_lasting() {
    for (statuses, transient) in [
        (&[408, 429, 500, 502, 503, 504][..], true),
        (&[400, 401, 402, 403, 404, 405, 409, 410, 411, 413, 415, 501, 505], false),
    ] {
        for &status in statuses {
            let refusal = refused(status, "", &[], "");
            assert_eq!(refusal.is_transient(), transient, "{status}");
            assert_eq!(Verdict::Refused(refusal).is_transient(), transient, "{status}");
        }
    }
}

#[test]
fn a_refusal_has_a_kind() {
    use RefusalKind::*;
    for (status, reason, kind, transient) in [
        (401, "LocalAuthDisabled: SAS authentication has been disabled.", LocalAuthDisabled, false),
        (401, "InvalidSignature: The token has an invalid signature.", InvalidSignature, false),
        (401, "InvalidAudience: a token with a wrong audience.", MissingRight, false),
        (401, "Malformed authorization token.", MalformedToken, false),
        (401, "MalformedToken: not in the WRAP format.", MalformedToken, false),
        (400, "Malformed authorization token.", BadRequest, false),
        (401, "Ip has been prevented to connect to the endpoint.", Forbidden, false),
        (401, SIGNATURE, InvalidSignature, false),
        (401, "SubCode=40103: a signature of other words", InvalidSignature, false),
        (401, "Invalid Authorization Token Signature", InvalidSignature, false),
        (401, "SubCode=40103: no 'Send' right", InvalidSignature, false),
        (403, SIGNATURE, Forbidden, false),
        (401, "Unauthorized access. 'Send' claim(s) are required.", MissingRight, false),
        (403, "Unauthorized access. 'Send' claim(s) are required.", MissingRight, false),
        (401, "ExpiredToken: The token is expired.", ExpiredToken, false),
        (401, "", Unauthorized, false),
        (403, "Messaging entity 'h' is currently disabled.", HubDisabled, false),
        (403, "", Forbidden, false),
        (404, "", MissingHub, false),
        (410, "", MissingHub, false),
        (408, "", Timeout, true),
        (413, "", TooLarge, false),
        (429, "", Throttled, true),
        (500, "The server is busy. Error code : 50002.", Throttled, true),
        (501, "SubCode=50002", Throttled, true),
        (501, "", Unsupported, false),
        (505, "", Unsupported, false),
        (500, "", ServerError, true),
        (502, "", ServerError, true),
        (503, "", ServerError, true),
        (504, "", ServerError, true),
        (599, "", ServerError, true),
        (100, "", Proxy, false),
        (200, "", Proxy, false),
        (302, "", Proxy, false),
        (407, "", Proxy, false),
        (511, "", Proxy, false),
        (400, "", BadRequest, false),
        (405, "", BadRequest, false),
        (999, "", Other, false),
    ] {
        let refusal = refused(status, reason, &[], "");
        assert_eq!(refusal.kind(), kind, "{status} {reason}");
        assert_eq!(refusal.is_transient(), transient, "{status} {reason}");
    }
}

#[test]
fn no_text_from_outside_repeats_a_token() {
    for echo in [
        "Forbidden header: SharedAccessSignature sr=x&sig=c2VjcmV0&se=1&skn=send",
        "Forbidden header: sr=x&amp;SIG=c2VjcmV0",
        "Forbidden header: sr%3Dx%26sig%3Dc2VjcmV0",
        "Forbidden header: Bearer eyJhbGciOiJSUzI1NiJ9.c2VjcmV0.c2VjcmV0",
        "Forbidden header: Endpoint=x;SharedAccessKey=c2VjcmV0",
        "Forbidden header: c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2Vj=",
        "Forbidden header: c2VjcmV0%2Bc2VjcmV0c2VjcmV0c2VjcmV0%2fc2VjcmV0c2%3D&se=1",
    ] {
        let xml =
            format!("<Error><Code>{0}</Code><Detail>{0}</Detail></Error>", echo.replace('&', "+"));
        let refusal = refused(403, echo, &[], &xml);
        let no_answer = NoAnswer::new(NoAnswerKind::Malformed, echo);
        for text in [refusal.reason(), refusal.code(), refusal.detail(), Some(&*no_answer.detail)] {
            let text = text.unwrap();
            assert!(text.starts_with("Forbidden header: "), "{text}");
            assert!(text.ends_with("(redacted)") && !text.contains("c2VjcmV0"), "{text}");
        }
    }
}

#[test]
fn a_duplicate_is_possible_where_the_service_may_have_taken_the_event() {
    for (status, may_be_delivered) in [
        (408, true),
        (500, true),
        (502, true),
        (504, true),
        (503, false),
        (429, false),
        (401, false),
    ] {
        let verdict = Verdict::Refused(refused(status, "", &[], ""));
        assert_eq!(verdict.may_be_delivered(), may_be_delivered, "{status}");
    }
    use NoAnswerKind::*;
    for (kind, may_be_delivered) in [
        (UnknownHost, false),
        (ConnectionRefused, false),
        (Unreachable, false),
        (ConnectTimeout, false),
        (Tls, false),
        (NotSent, false),
        (Timeout, true),
        (ConnectionLost, true),
        (Malformed, true),
    ] {
        let verdict = Verdict::NoAnswer(NoAnswer::new(kind, "why"));
        assert!(verdict.is_transient());
        assert_eq!(verdict.may_be_delivered(), may_be_delivered, "{kind}");
        assert_eq!(verdict.to_string(), format!("no answer: {kind} (why)"));
    }
}

#[test]
fn a_wait_is_what_the_service_asks_for() {
    let now = at(784_111_777 - 10); // Ten seconds before the date of RFC 9110's examples.
    let seconds = Duration::from_secs;
    for (retry_after, read, wait) in [
        ("7", Some(RetryAfter::Delay(seconds(7))), seconds(7)),
        ("0", Some(RetryAfter::Delay(seconds(0))), seconds(0)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(RetryAfter::At(at(784_111_777))), seconds(10)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(RetryAfter::At(at(784_111_777))), seconds(10)),
        ("Sun Nov  6 08:49:37 1994", Some(RetryAfter::At(at(784_111_777))), seconds(10)),
        ("Sun, 06 Nov 1994 08:49:00 GMT", Some(RetryAfter::At(at(784_111_740))), seconds(0)),
        ("soon", None, seconds(0)),
        ("-1", None, seconds(0)),
        ("", None, seconds(0)),
        ("99999999999999999999", None, seconds(0)),
    ] {
        let quiet = refused(503, "", &[("retry-after", retry_after)], "");
        assert_eq!(quiet.retry_after(), read, "{retry_after}");
        assert_eq!(quiet.minimum_wait(now), wait, "{retry_after}");
        let busy = refused(503, "", &[("retry-after", retry_after)], BUSY);
        assert_eq!(busy.minimum_wait(now), wait.max(seconds(4)), "{retry_after}");
    }
    assert_eq!(refused(503, "", &[], "").minimum_wait(now), seconds(0));
}

#[test]
fn a_busy_server_is_known_by_its_words() {
    for (reason, body, busy) in [
        ("", BUSY, true),
        ("Server Busy", "", true),
        ("com.microsoft:server-busy", "", true),
        ("SubCode=50002", "", true),
        ("", TOO_LARGE, false),
        (SIGNATURE, "", false),
    ] {
        assert_eq!(refused(429, reason, &[], body).is_server_busy(), busy, "{reason} {body}");
    }
}

#[test]
fn a_body_is_read_in_the_known_form_or_as_text() {
    let plain = ("content-type", "Text/Plain; charset=utf-8");
    let html = ("content-type", "text/html");
    let json = ("content-type", "application/json");
    let bomb = "<!DOCTYPE Error [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\
        <Error><Detail>&b;</Detail></Error>";
    for (header, body, code, detail) in [
        (html, "<Error><Code>1</Code><Detail>a</Detail></Error>", Some("1"), Some("a")),
        (html, "\u{feff}<Error><Detail>a</Detail></Error>", None, Some("a")),
        (html, "<e:Error xmlns:e='urn:x'><e:Detail>a</e:Detail></e:Error>", None, Some("a")),
        (html, "<Error><Detail>a &lt;b&gt; &amp;&#x63;</Detail></Error>", None, Some("a <b> &c")),
        (html, "<Error><Detail><![CDATA[a <b>]]></Detail></Error>", None, Some("a <b>")),
        (html, "<Error><Detail>a &unknown; b</Detail></Error>", None, Some("a &unknown; b")),
        (html, "<Error><Detail>a<br/>b</Detail></Error>", None, Some("ab")),
        (html, "<Error><Detail>a<i>b</i></Detail></Error>", None, Some("a")),
        (html, "<Error><Code/><Detail></Detail></Error>", None, None),
        (html, "<Error><Code>1</Code><Detail>cut o", Some("1"), Some("cut o")),
        (html, "<Error><Code>1</Code></Wrong>", Some("1"), None),
        (html, "<Error/>", None, None),
        (html, "<html><Code>1</Code></html>", None, Some("1")),
        (html, "<html><Error><Detail>a</Detail></Error></html>", None, Some("a")),
        (html, "a page", None, Some("a page")),
        (
            html,
            "<title>502 Bad&#32;Gateway</title><hr>nginx",
            None,
            Some("502 Bad&#32;Gateway nginx"),
        ),
        (html, "<SCRIPT>if (1 </ 2) a</SCRIPT ><p>b", None, Some("b")),
        (html, "<style>a</style><!-- > b --><p\nclass='c'>d<br>e", None, Some("d e")),
        (html, "<script>a", None, None),
        (html, "<p", None, None),
        (html, "a < b", None, Some("a < b")),
        (json, "{\"error\":\n \"a < b\"}", None, Some("{\"error\": \"a < b\"}")),
        (plain, "  a\nword ", None, Some("a word")),
        (html, bomb, None, Some("]> &b;")),
    ] {
        let refusal = refused(400, "", &[header], body);
        assert_eq!((refusal.code(), refusal.detail()), (code, detail), "{body}");
    }
}

#[test]
fn of_a_page_the_beginning_is_kept() {
    let page = |text: &[u8]| {
        let html = HeaderValue::from_static("text/html");
        let headers = [(CONTENT_TYPE, html)].into_iter().collect();
        match verdict(StatusCode::BAD_GATEWAY, b"", &headers, text) {
            Verdict::Refused(refusal) => refusal.detail().map(str::to_owned),
            verdict => panic!("{verdict}"),
        }
    };
    let long = "\u{e9}".repeat(501);
    assert_eq!(page(long.as_bytes()), Some("\u{e9}".repeat(500) + "..."));
    assert_eq!(page(&long.as_bytes()[..1000]), Some("\u{e9}".repeat(500)));
    assert_eq!(page(&long.as_bytes()[..999]), Some("\u{e9}".repeat(499)), "cut within a character");
    assert_eq!(page(b"\xff\x00 is no text"), None);
    let echo = b"<p>Refused: Authorization: SharedAccessSignature sr=x&amp;sig=c2VjcmV0</p>";
    assert_eq!(page(echo).as_deref(), Some("Refused: Authorization: (redacted)"));
}

/// As users published it, who had built their token wrongly.
#[test]
fn a_fault_of_the_service_is_read() {
    let fault = "<Fault xmlns=\"http://schemas.microsoft.com/ws/2005/05/envelope/none\"><Code>\
        <Value>Receiver</Value><Subcode><Value xmlns:a=\"urn:x\">a:InternalServiceFault</Value>\
        </Subcode></Code><Reason><Text xml:lang=\"en-US\">The server was unable to process the \
        request due to an internal error.</Text></Reason></Fault>";
    let refusal = refused(500, "", &[], fault);
    assert_eq!(refusal.code(), Some("a:InternalServiceFault"));
    let detail = "The server was unable to process the request due to an internal error.";
    assert_eq!((refusal.detail(), refusal.kind()), (Some(detail), RefusalKind::ServerError));
}

#[test]
fn ids_and_words_are_no_secrets() {
    for text in [
        "TrackingId:b0d276a0-7050-4859-8029-92db1e292ed5_G4, SystemTracker:NoSystemTracker",
        "https://contoso.servicebus.windows.net/averylonghubnameaverylonghubnameaverylonghubname?a=1",
        "signature: none",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn of_a_long_body_the_beginning_is_read() {
    let body = format!("<Error><Code>1</Code><Detail>{}", "\u{e9}".repeat(1 << 20));
    let refusal = refused(400, "", &[], &body);
    assert_eq!(refusal.code(), Some("1"));
    let detail = refusal.detail().unwrap();
    assert!(detail.starts_with('\u{e9}') && detail.len() <= 64 * 1024 + 3);
}

proptest! {
    #[test]
    fn any_answer_has_a_verdict(
        status in 100u16..1000,
        reason in any::<Vec<u8>>(),
        body in prop_oneof![
            any::<Vec<u8>>(),
            "(<(/?(Error|Code|Detail|a)/?>|!\\[CDATA\\[|!--|!DOCTYPE|\\?)?|\\]\\]>|-->|&[a-z#x0-9]{0,3};?|[a-z ]){0,30}"
                .prop_map(String::into_bytes),
        ],
        retry_after in "[ -~]{0,12}",
    ) {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_str(&retry_after).unwrap());
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        let status = StatusCode::from_u16(status).unwrap();
        let verdict = verdict(status, &reason, &headers, &body);
        prop_assert_eq!(verdict.is_accepted(), status == StatusCode::CREATED);
        let broken = verdict.to_string().contains(char::is_control);
        prop_assert!(!broken);
    }
}
