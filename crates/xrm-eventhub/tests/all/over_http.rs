//! The publisher, its client and a local hub: everything but Azure.

use std::time::Duration;

use azure_sas::{Resource, SharedAccessKey};
use eventhub_local::{Fault, LocalEventHub};
use http::StatusCode;
use xrm_eventhub::body::{self, MessageFormat};
use xrm_eventhub::{Claims, Client, ConnectionString, Publisher, PublisherBuilder, SystemJob};

use crate::fixture::{
    KEY, NOW, Standing, at, builder, captured, evidence, friendly, only_json, standing,
};

/// An endpoint whose clock is ahead of the publisher's by so many seconds.
async fn local_ahead(seconds: i64) -> LocalEventHub {
    LocalEventHub::builder()
        .hub("accounts", 2)
        .key_name("send")
        .key(SharedAccessKey::new(KEY).expect("a key"))
        .max_body_bytes(20_000)
        .clock(move || at(NOW + seconds))
        .serve(([127, 0, 0, 1], 0))
        .await
        .expect("a free port")
}

async fn local() -> LocalEventHub {
    local_ahead(0).await
}

fn publisher(local: &LocalEventHub) -> PublisherBuilder {
    builder(local.connection_string("accounts").expect("a hub of it"))
}

/// The endpoint's connection string with a part of its text replaced.
fn altered(local: &LocalEventHub, from: &str, to: &str) -> ConnectionString {
    let text = local.connection_string("accounts").expect("a hub of it").to_secret_string();
    assert!(text.contains(from));
    text.replace(from, to).parse().expect("still a connection string")
}

async fn publish(publisher: PublisherBuilder) -> SystemJob {
    publish_by(publisher.build().expect("it has all it needs")).await
}

async fn publish_by(publisher: Publisher) -> SystemJob {
    publisher.publish_context(&captured("005.json")).await.expect("the store has no such job yet")
}

fn failed(cause: &'static str) -> Standing<'static> {
    ((3, 31), Some(cause), None)
}

fn waiting(cause: &'static str) -> Standing<'static> {
    ((1, 10), Some(cause), Some(10))
}

#[tokio::test]
async fn claims_arrive_beside_the_same_body() {
    let local = local().await;
    let context = captured("005.json");
    let job = publish(publisher(&local).claims(Claims::new())).await;
    assert_eq!(job.status().number(), 30);
    let events = local.events("accounts").unwrap();
    assert_eq!(events[0].body, body::encode(&context, MessageFormat::Json).unwrap());
    assert_eq!(events[0].content_type, None);
    let name = "http://schemas.microsoft.com/xrm/2011/Claims/RequestName";
    let message = context.message_name.as_deref().unwrap();
    assert_eq!(events[0].properties.get(name), Some(&message.into()));
}

#[tokio::test]
async fn bodies_arrive_byte_for_byte() {
    for name in ["005.json", "014.json"] {
        let local = local().await;
        let context = captured(name);
        for format in [MessageFormat::Json, MessageFormat::Xml] {
            let publisher = publisher(&local).message_format(format).build().unwrap();
            let job = publisher.publish_context(&context).await.unwrap();
            assert_eq!(standing(&job), ((3, 30), None, None), "{job:?}");
            let events = local.events("accounts").unwrap();
            let event = events.last().unwrap();
            assert_eq!(event.body, body::encode(&context, format).unwrap());
            assert_eq!(event.content_type.as_deref(), Some(format.content_type()));
            let names: Vec<_> = event.properties.keys().map(String::as_str).collect();
            assert_eq!(names, ["traceparent", "xrm-attempt", "xrm-message-id"]);
            assert_eq!(event.properties["xrm-message-id"], job.id().to_string().as_str().into());
            assert_eq!(event.partition_key, None);
        }
        assert_eq!(local.events("accounts").unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_wrong_key_fails() {
    let local = local().await;
    let wrong = altered(&local, KEY, "d3Jvbmc=");
    let job = publish(builder(wrong)).await;
    assert_eq!(standing(&job), failed("wrong_key"));
    assert_eq!(evidence(&job, "sub_code").as_deref(), Some("40103"));
    assert!(local.events("accounts").unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_policy_fails_and_is_among_the_checks() {
    let local = local().await;
    let job = publish(builder(altered(&local, "Name=send", "Name=sned"))).await;
    assert_eq!(standing(&job), failed("wrong_key"));
    assert!(friendly(&job).contains("`sned`"));
    assert!(friendly(&job).contains("The SharedAccessKeyName of the connection string"));
}

#[tokio::test]
async fn clocks_that_differ_fail() {
    let local = local_ahead(7200).await;
    let job = publish(publisher(&local)).await;
    assert_eq!(standing(&job), failed("clock_skew"));
}

#[tokio::test]
async fn a_clock_that_is_off_by_less_than_a_token_lives_is_no_trouble() {
    let local = local_ahead(1800).await;
    let job = publish(publisher(&local)).await;
    assert_eq!(standing(&job), ((3, 30), None, None));
    let job = publish(publisher(&local).token_lifetime(Duration::from_secs(1200))).await;
    assert_eq!(standing(&job), failed("clock_skew"));
}

/// A connection string with a token for this path of the endpoint.
fn with_token(local: &LocalEventHub, path: &str, expires: i64) -> ConnectionString {
    let resource = Resource::new(format!("{}{path}", local.origin())).expect("a URI");
    let connection = local.connection_string("accounts").expect("a hub of it");
    let token = connection.signer().expect("it holds a key").sign(&resource, at(expires));
    format!(
        "Endpoint=sb://{}/;SharedAccessSignature={};EntityPath=accounts;UseDevelopmentEmulator=true",
        local.address(),
        token.authorization()
    )
    .parse()
    .expect("a connection string")
}

#[tokio::test]
async fn a_ready_made_token_is_taken_until_it_expires() {
    let local = local().await;
    let cases = [
        ("/accounts", NOW + 60, ((3, 30), None, None)),
        ("/accounts", NOW - 60, failed("expired_token")),
        ("/orders", NOW + 60, failed("missing_right")),
    ];
    for (path, expires, expected) in cases {
        let job = publish(builder(with_token(&local, path, expires))).await;
        assert_eq!(standing(&job), expected, "{path} {expires}");
    }
}

#[tokio::test]
async fn a_hub_that_does_not_exist_fails() {
    let local = local().await;
    let job = publish(builder(altered(&local, "EntityPath=accounts", "EntityPath=orders"))).await;
    assert_eq!(standing(&job), failed("missing_hub"));
    let address = local.address();
    assert!(
        friendly(&job)
            .starts_with(&format!("The namespace {address} has no event hub `orders`.\nCheck ("))
    );
}

#[tokio::test]
async fn a_body_over_the_hubs_limit_fails() {
    let local = local().await;
    let publisher = publisher(&local).message_format(MessageFormat::Xml).build().unwrap();
    let mut context = captured("005.json");
    context.organization_name = Some("x".repeat(20_000));
    let job = publisher.publish_context(&context).await.unwrap();
    assert_eq!(standing(&job), failed("body_too_large"));
    let bytes = body::encode(&context, MessageFormat::Xml).unwrap().len();
    assert_eq!(evidence(&job, "body_bytes"), Some(bytes.to_string()));
    assert!(evidence(&job, "tracking_id").is_some());
}

#[tokio::test]
async fn a_stopped_endpoint_makes_the_job_wait() {
    let local = local().await;
    let publisher = publisher(&local).build().unwrap();
    local.shutdown().await;
    let job = publish_by(publisher).await;
    assert_eq!(standing(&job), waiting("connection_refused"));
    assert_eq!(job.progress().postpone_until, Some(at(NOW + 10)));
}

#[tokio::test]
async fn a_hanging_endpoint_makes_the_job_wait() {
    let local = local().await;
    local.set_fault("accounts", Some(Fault::Hang)).unwrap();
    let client = Client::builder().try_timeout(Duration::from_millis(200)).build().unwrap();
    let job = publish(publisher(&local).transport(client)).await;
    assert_eq!(standing(&job), waiting("maybe_delivered"));
}

#[tokio::test]
async fn statuses_fail_or_wait() {
    let local = local().await;
    let cases = [
        (400, failed("bad_request")),
        (401, failed("unauthorized")),
        (403, failed("forbidden")),
        (404, failed("missing_hub")),
        (408, waiting("timeout")),
        (413, failed("body_too_large")),
        (429, waiting("throttled")),
        (500, waiting("server_error")),
        (502, waiting("server_error")),
        (503, waiting("throttled")),
        (504, waiting("server_error")),
    ];
    for (status, expected) in cases {
        let fault = Fault::Status(StatusCode::from_u16(status).unwrap());
        local.set_fault("accounts", Some(fault)).unwrap();
        assert_eq!(standing(&publish(publisher(&local)).await), expected, "{status}");
    }
    assert!(local.events("accounts").unwrap().is_empty());
}

#[tokio::test]
async fn a_context_that_xml_cannot_carry_fails_in_xml_alone() {
    let local = local().await;
    for (format, expected) in [
        (MessageFormat::Xml, failed("not_encodable")),
        (MessageFormat::Json, ((3, 30), None, None)),
    ] {
        let publisher = publisher(&local).message_format(format).build().unwrap();
        let job = publisher.publish_context(&only_json()).await.unwrap();
        assert_eq!(standing(&job), expected, "{format}");
    }
    assert_eq!(local.events("accounts").unwrap().len(), 1);
}
