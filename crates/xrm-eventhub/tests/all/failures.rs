//! Every failure that the documentation lists, produced over HTTP and diagnosed as it says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use azure_sas::{Resource, SharedAccessKey, Token, TokenCredential, TokenError, TokenFuture};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use eventhub_local::{AccessRight, AuthorizationRule, Builder, Fault, LocalEventHub};
use eventhub_rest::manage::{EntityStatus, HubSettings, PublisherName};
use eventhub_rest::{Attempt, Client, Event, Hub, Transport, Verdict, send_request, verdict};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Request, StatusCode, Uri};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use xrm_eventhub::body::MessageFormat;
use xrm_eventhub::{Cause, PublisherBuilder, SystemJob};

use crate::fixture::{KEY, NOW, at, builder, captured, connection, evidence, friendly, only_json};

const OTHER_KEY: &str = "bm90IHRoZSBrZXkgb2YgdGhlIHRlc3RzIG9mIHRoaXM=";

/// One row of the table.
struct Row {
    failure: String,
    status: Option<String>,
    sub_code: Option<String>,
    text: String,
    cause: String,
    check: String,
}

/// The rows of the table under "When a context is published".
fn rows() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/failures.md");
    let page = fs::read_to_string(path).expect("the page is part of the checkout");
    assert!(page.is_ascii());
    let (_, section) = page.split_once("## When a context is published").expect("the section");
    let section = section.split("\n## ").next().expect("the section");
    let rows = section.lines().filter_map(|it| it.strip_prefix("| ")?.strip_suffix(" |"));
    rows.skip(1).map(read).collect()
}

fn read(row: &str) -> Row {
    let cells: Vec<_> = row.split(" | ").map(str::to_owned).collect();
    let [failure, status, sub_code, text, cause, check] =
        <[String; 6]>::try_from(cells).expect("a row has six cells");
    let present = |cell: String| (cell != "-").then_some(cell);
    let (status, sub_code) = (present(status), present(sub_code));
    Row { failure, status, sub_code, text, cause, check }
}

#[tokio::test]
async fn every_listed_failure_is_diagnosed_as_listed() {
    let rows = rows();
    for row in &rows {
        let job = produce(&row.failure).await;
        let cause = job.progress().cause.expect("the job has not succeeded");
        assert_eq!(cause.id(), row.cause, "{}: {job:?}", row.failure);
        assert_eq!(evidence(&job, "status"), row.status, "{}", row.failure);
        assert_eq!(evidence(&job, "sub_code"), row.sub_code, "{}", row.failure);
        assert!(says(&job, &row.text), "{}: {:?}", row.failure, job.progress().message);
        let checks = friendly(&job).lines().filter_map(|it| it.split_once("): "));
        assert!(checks.into_iter().any(|(_, it)| it == row.check), "{}", friendly(&job));
    }
    let failures: BTreeSet<_> = rows.iter().map(|it| &it.failure).collect();
    assert_eq!(failures.len(), rows.len(), "each is listed once");
}

#[test]
fn every_cause_is_listed() {
    let listed: BTreeSet<_> = rows().into_iter().map(|it| it.cause).collect();
    let absent: Vec<_> = Cause::ALL.iter().filter(|it| !listed.contains(it.id())).collect();
    let never_told = [Cause::WrongPolicy, Cause::WorkerLost, Cause::NotConfigured];
    let of_plugins =
        [Cause::PluginFailed, Cause::PluginRetry, Cause::PluginSuspended, Cause::PluginCanceled];
    let of_stores = [Cause::DamagedPayload, Cause::UnreadableRow];
    // The local hub has no namespace settings; the words are tested in `eventhub-rest`.
    let of_settings = [Cause::LocalAuthDisabled];
    let expected = never_told.iter().chain(&of_plugins).chain(&of_stores).chain(&of_settings);
    let ids: BTreeSet<_> = expected.map(Cause::id).collect();
    assert_eq!(absent.iter().map(|it| it.id()).collect::<BTreeSet<_>>(), ids);
}

/// Whether a fact of the job holds this text, in which `...` stands for anything.
fn says(job: &SystemJob, text: &str) -> bool {
    let holds = |fact: String| {
        let mut rest = fact.as_str();
        text.split("...").all(|part| {
            let found = rest.find(part);
            rest = found.and_then(|start| rest.get(start + part.len()..)).unwrap_or_default();
            found.is_some()
        })
    };
    ["reason", "detail", "no_answer"].into_iter().filter_map(|it| evidence(job, it)).any(holds)
}

/// The job of a post that fails in this way.
async fn produce(failure: &str) -> SystemJob {
    match failure {
        "the key is not the policy's" => altered(KEY, OTHER_KEY).await,
        "no policy has this name" => altered("Name=send", "Name=sned").await,
        "the hub does not exist" => altered("Path=accounts", "Path=orders").await,
        "the other side speaks no TLS" => altered(";UseDevelopmentEmulator=true", "").await,
        "the token has expired" => with_token("/accounts", NOW - 60).await,
        "the token is for another hub" => with_token("/orders", NOW + 60).await,
        "this machine's clock is behind" => {
            let local = serve(local().clock(|| at(NOW + 7200))).await;
            publish(publisher(&local)).await
        }
        "the policy lacks the Send right" => without_send().await,
        "no token can be obtained" => {
            without_token(|| TokenError::unavailable("the issuer is away")).await
        }
        "the issuer of tokens refuses" => {
            without_token(|| TokenError::refused("the client secret has expired")).await
        }
        "no token is sent" => edited(|it| drop(it.headers_mut().remove(AUTHORIZATION))).await,
        "something other than a token is sent" => edited(|it| authorize(it, "Basic Og==")).await,
        "a bearer token is not accepted" => edited(|it| authorize(it, "Bearer a.b.c")).await,
        "the publisher is revoked" => revoked().await,
        "the partition does not exist" => {
            edited(|it| to(it, "/accounts/partitions/9/messages")).await
        }
        "the broker properties are not JSON" => {
            let name = HeaderName::from_static("brokerproperties");
            edited(move |it| set(it, name.clone(), "PartitionKey=7")).await
        }
        "the batch is empty" => {
            edited(|it| {
                set(it, CONTENT_TYPE, eventhub_local::BATCH_CONTENT_TYPE);
                *it.body_mut() = "[]".into();
            })
            .await
        }
        "the hub is disabled" => disabled().await,
        "the body is too large" => large(20_000).await,
        "the body is too large to be sent" => large(200_000).await,
        "access is denied without a reason" => status(403).await,
        "the hub is gone" => status(410).await,
        "the request takes too long" => status(408).await,
        "the namespace is throttled" => status(429).await,
        "the server is busy" => status(503).await,
        "the service fails" => status(500).await,
        "the server lacks the method" => status(501).await,
        "the server lacks the version of HTTP" => status(505).await,
        "the gateway fails" => status(502).await,
        "the gateway gives up waiting" => status(504).await,
        "the proxy wants credentials" => status(407).await,
        "the network wants a sign-in" => status(511).await,
        "a proxy redirects" => status(302).await,
        "a proxy answers with its own page" => status(200).await,
        "the status is none of HTTP's" => status(999).await,
        "the answer does not come" => fault(Fault::Hang).await,
        "the connection is lost before the answer" => fault(Fault::ResetAfterKeeping).await,
        "the answer is cut off" => fault(Fault::Truncate(12)).await,
        // RFC 6761 keeps `.invalid` free of names for ever.
        "the host has no address" => {
            let connection = format!(
                "Endpoint=sb://contoso.invalid/;SharedAccessKeyName=send;SharedAccessKey={KEY};\
                 EntityPath=accounts"
            );
            publish(builder(connection.parse().expect("a connection string"))).await
        }
        "nothing listens" => {
            let local = serve(local()).await;
            let publisher = publisher(&local);
            local.shutdown().await;
            publish(publisher).await
        }
        "XML can't carry the context" => {
            let local = serve(local()).await;
            let publisher = publisher(&local).message_format(MessageFormat::Xml);
            let publisher = publisher.build().expect("it has all it needs");
            publisher.publish_context(&only_json()).await.expect("a new job")
        }
        _ => unreachable!("nothing produces {failure:?}"),
    }
}

/// A credential that has no token, for this reason.
struct NoToken(fn() -> TokenError);

impl TokenCredential for NoToken {
    fn token(&self, _: DateTime<Utc>) -> TokenFuture<'_> {
        Box::pin(async { Err((self.0)()) })
    }
}

async fn without_token(reason: fn() -> TokenError) -> SystemJob {
    publish(builder(connection()).credential(NoToken(reason))).await
}

fn local() -> Builder {
    LocalEventHub::builder()
        .hub("accounts", 2)
        .key_name("send")
        .key(SharedAccessKey::new(KEY).expect("a key"))
        .max_body_bytes(20_000)
        .clock(|| at(NOW))
}

async fn serve(local: Builder) -> LocalEventHub {
    local.serve(([127, 0, 0, 1], 0)).await.expect("a free port")
}

fn publisher(local: &LocalEventHub) -> PublisherBuilder {
    builder(local.connection_string("accounts").expect("a hub of it"))
}

async fn publish(publisher: PublisherBuilder) -> SystemJob {
    let publisher = publisher.build().expect("it has all it needs");
    publisher.publish_context(&captured("005.json")).await.expect("the store has no such job yet")
}

/// Publishes by the endpoint's connection string, a part of its text replaced.
async fn altered(from: &str, to: &str) -> SystemJob {
    let local = serve(local()).await;
    let text = local.connection_string("accounts").expect("a hub of it").to_secret_string();
    assert!(text.contains(from));
    publish(builder(text.replace(from, to).parse().expect("still a connection string"))).await
}

/// Publishes by a ready-made token for this path.
async fn with_token(path: &str, expires: i64) -> SystemJob {
    let local = serve(local()).await;
    let text = format!(
        "Endpoint=sb://{}/;SharedAccessSignature={};EntityPath=accounts;UseDevelopmentEmulator=true",
        local.address(),
        sign(&local, path, expires).authorization(),
    );
    publish(builder(text.parse().expect("a connection string"))).await
}

fn sign(local: &LocalEventHub, path: &str, expires: i64) -> Token {
    let resource = Resource::new(format!("{}{path}", local.origin())).expect("a URI");
    let connection = local.connection_string("accounts").expect("a hub of it");
    connection.signer().expect("it holds a key").sign(&resource, at(expires))
}

async fn without_send() -> SystemJob {
    let key = || SharedAccessKey::new(OTHER_KEY).expect("a key");
    let rule = AuthorizationRule::new("reader", [AccessRight::Listen], key(), key());
    let local = serve(local().authorization_rule(rule.expect("a rule"))).await;
    publish(builder(local.connection_string_with("accounts", "reader").expect("its rule"))).await
}

async fn disabled() -> SystemJob {
    let local = serve(local()).await;
    let connection = local.connection_string("accounts").expect("a hub of it");
    let hub = Hub::try_from(&connection).expect("it names a hub");
    let settings = HubSettings::default().with_status(EntityStatus::DISABLED);
    let token = sign(&local, "/accounts", NOW + 60);
    let client = Client::new().expect("a client");
    client.update_hub(&hub, &settings, &token).await.expect("it may manage");
    publish(builder(connection)).await
}

async fn revoked() -> SystemJob {
    let local = serve(local()).await;
    let hub = Hub::try_from(&local.connection_string("accounts").expect("a hub of it"));
    let till = PublisherName::new("till-7").expect("a name");
    let token = sign(&local, "/accounts", NOW + 60);
    let client = Client::new().expect("a client");
    client.revoke_publisher(&hub.expect("it names a hub"), &till, &token).await.expect("revoked");
    let edit = |it: &mut Request<Bytes>| to(it, "/accounts/publishers/till-7/messages");
    publish(publisher(&local).transport(Edited(edit))).await
}

/// Publishes a context with so many bytes in a member that is never removed.
async fn large(bytes: usize) -> SystemJob {
    let local = serve(local()).await;
    let publisher = publisher(&local).build().expect("it has all it needs");
    let mut context = captured("005.json");
    context.organization_name = Some("x".repeat(bytes));
    publisher.publish_context(&context).await.expect("the store has no such job yet")
}

async fn status(status: u16) -> SystemJob {
    fault(Fault::Status(StatusCode::from_u16(status).expect("a status"))).await
}

async fn fault(fault: Fault) -> SystemJob {
    let local = serve(local()).await;
    local.set_fault("accounts", Some(fault)).expect("a hub of it");
    let client = Client::builder().try_timeout(Duration::from_millis(500));
    publish(publisher(&local).transport(client.build().expect("a client"))).await
}

/// Publishes by a client that changes what it sends.
async fn edited(edit: impl Fn(&mut Request<Bytes>) + Send + Sync + 'static) -> SystemJob {
    let local = serve(local()).await;
    publish(publisher(&local).transport(Edited(edit))).await
}

fn authorize(request: &mut Request<Bytes>, value: &'static str) {
    set(request, AUTHORIZATION, value);
}

fn set(request: &mut Request<Bytes>, name: HeaderName, value: &'static str) {
    request.headers_mut().insert(name, HeaderValue::from_static(value));
}

fn to(request: &mut Request<Bytes>, path: &'static str) {
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(path.parse().expect("a path"));
    *request.uri_mut() = Uri::from_parts(parts).expect("a URI");
}

/// A transport that makes of the crate's own request one that the crate would not send.
struct Edited<F>(F);

impl<F: Fn(&mut Request<Bytes>) + Send + Sync> Transport for Edited<F> {
    fn send<'a>(&'a self, hub: &'a Hub, event: &'a Event, token: &'a Token) -> Attempt<'a> {
        let mut request = send_request(hub, event, token);
        (self.0)(&mut request);
        Box::pin(async move { exchange(&request).await })
    }
}

/// Sends a request over a connection of its own.
async fn exchange(request: &Request<Bytes>) -> Verdict {
    let authority = request.uri().authority().expect("an absolute URI").as_str();
    let target = request.uri().path_and_query().expect("a path").as_str();
    let mut head = format!("{} {target} HTTP/1.1\r\nHost: {authority}\r\n", request.method());
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().expect("ASCII"));
    }
    head += &format!("Content-Length: {}\r\nConnection: close\r\n\r\n", request.body().len());
    let mut stream = TcpStream::connect(authority).await.expect("the endpoint listens");
    stream.write_all(&[head.as_bytes(), request.body()].concat()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers in text");
    read_answer(&answer)
}

fn read_answer(answer: &str) -> Verdict {
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    let mut lines = head.lines();
    let status_line = lines.next().expect("a head has a status line");
    let mut words = status_line.splitn(3, ' ').skip(1);
    let status = words.next().and_then(|it| it.parse().ok()).expect("it has a status");
    let reason = words.next().unwrap_or_default();
    let headers = lines.filter_map(|it| it.split_once(": "));
    let headers: HeaderMap = headers
        .map(|(name, value)| {
            (name.parse::<HeaderName>().expect("a name"), value.parse().expect("a value"))
        })
        .collect();
    verdict(status, reason.as_bytes(), &headers, body.as_bytes())
}
