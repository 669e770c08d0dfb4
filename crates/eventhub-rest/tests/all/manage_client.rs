//! Management by the client, against scripted answers.

use eventhub_rest::manage::{
    AccessRights, AuthorizationRule, ConsumerGroupName, HubSettings, ManageError,
};
use eventhub_rest::{Client, NoAnswerKind};

use crate::server::{Act, Server};
use crate::{local_hub, token};

/// An answer with this status line and this body, framed by its length.
fn answer(status: &str, body: &str) -> &'static str {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/atom+xml;type=entry;charset=utf-8\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Box::leak(answer.into_boxed_str())
}

fn entry(title: &str, description: &str) -> String {
    format!("<entry><title>{title}</title><content>{description}</content></entry>")
}

fn hub_entry(title: &str) -> String {
    let rule = "<AuthorizationRules><AuthorizationRule><Rights><AccessRights>Listen</AccessRights>\
        </Rights><KeyName>listen</KeyName></AuthorizationRule></AuthorizationRules>";
    entry(title, &format!("<EventHubDescription>{rule}</EventHubDescription>"))
}

fn rule() -> AuthorizationRule {
    AuthorizationRule::generate("send", AccessRights::SEND, &[0; 64]).unwrap()
}

#[tokio::test]
async fn a_hub_is_created_described_and_deleted() {
    let created = Act::Answer(answer("201 Created", &hub_entry("orders")));
    let found = Act::Answer(answer("200 OK", &hub_entry("orders")));
    let deleted = Act::Answer(answer("200 OK", ""));
    let missing = Act::Answer(answer("404 Not Found", "<Error><Code>404</Code></Error>"));
    let server = Server::start(&[&[created, found, deleted, missing]]).await;
    let hub = local_hub(server.port);
    let token = token(hub.resource());
    let client = Client::new().unwrap();
    let settings = HubSettings::default().with_partition_count(4);
    assert_eq!(client.create_hub(&hub, &settings, &token).await.unwrap().name, "orders");
    assert_eq!(client.get_hub(&hub, &token).await.unwrap().name, "orders");
    client.delete_hub(&hub, &token).await.unwrap();
    let failure = client.get_hub(&hub, &token).await.unwrap_err();
    assert!(matches!(failure, ManageError::NotFound(Some(_))), "{failure}");

    let requests = server.requests().await;
    let starts = ["PUT", "GET", "DELETE", "GET"]
        .map(|method| format!("{method} /orders?timeout=60&api-version=2014-01 HTTP/1.1\r\n"));
    for (request, start) in requests.iter().zip(starts) {
        assert!(request.starts_with(&start), "{request}");
    }
    assert!(requests[0].contains("<PartitionCount>4</PartitionCount>"));
    assert!(requests[1].ends_with("\r\n\r\n"));
}

#[tokio::test]
async fn a_rule_is_put_among_the_others_and_taken_away() {
    let found = || Act::Answer(answer("200 OK", &hub_entry("orders")));
    let server = Server::start(&[&[found(), found(), found(), found(), found()]]).await;
    let hub = local_hub(server.port);
    let token = token(hub.resource());
    let client = Client::new().unwrap();
    client.put_authorization_rule(&hub, &rule(), &token).await.unwrap();
    client.delete_authorization_rule(&hub, "Listen", &token).await.unwrap();
    let failure = client.delete_authorization_rule(&hub, "none", &token).await.unwrap_err();
    assert_eq!(failure, ManageError::NotFound(None));

    let requests = server.requests().await;
    let [_, put, _, deleted, _] = &requests[..] else { panic!("{requests:?}") };
    assert!(put.contains("\r\nif-match: *\r\n"), "{put}");
    let names = ["<KeyName>listen</KeyName>", "<KeyName>send</KeyName>"];
    assert!(names.iter().all(|name| put.contains(name)), "{put}");
    assert!(deleted.contains("\r\nif-match: *\r\n") && !deleted.contains("KeyName"), "{deleted}");
}

#[tokio::test]
async fn lists_are_asked_for_page_by_page() {
    let page = |from: usize, to: usize| {
        let entries: String = (from..to).map(|n| hub_entry(&format!("hub-{n}"))).collect();
        Act::Answer(answer("200 OK", &format!("<feed>{entries}</feed>")))
    };
    let server = Server::start(&[&[page(0, 100), page(100, 130)]]).await;
    let hub = local_hub(server.port);
    let token = token(hub.resource());
    let hubs = Client::new().unwrap().list_hubs(hub.endpoint(), &token).await.unwrap();
    assert_eq!((hubs.len(), &*hubs[129].name), (130, "hub-129"));
    let requests = server.requests().await;
    assert!(requests[1].contains("&$skip=100&$top=100 "), "{}", requests[1]);

    // A service that does not know pages gives all at once, and again.
    let server = Server::start(&[&[page(0, 130), page(0, 130)]]).await;
    let hub = local_hub(server.port);
    let hubs = Client::new().unwrap().list_hubs(hub.endpoint(), &token).await.unwrap();
    assert_eq!(hubs.len(), 130);
}

#[tokio::test]
async fn consumer_groups_are_managed_too() {
    let group = entry("billing", "<ConsumerGroupDescription/>");
    let server = Server::start(&[&[
        Act::Answer(answer("201 Created", &group)),
        Act::Answer(answer("200 OK", &group)),
        Act::Answer(answer("200 OK", &format!("<feed>{group}</feed>"))),
        Act::Answer(answer("200 OK", "")),
        Act::Answer(answer("409 Conflict", "<Error><Code>409</Code></Error>")),
    ]])
    .await;
    let hub = local_hub(server.port);
    let token = token(hub.resource());
    let client = Client::new().unwrap();
    let name = ConsumerGroupName::new("billing").unwrap();
    assert_eq!(client.create_consumer_group(&hub, &name, &token).await.unwrap().name, "billing");
    assert_eq!(client.get_consumer_group(&hub, &name, &token).await.unwrap().name, "billing");
    assert_eq!(client.list_consumer_groups(&hub, &token).await.unwrap().len(), 1);
    client.delete_consumer_group(&hub, &name, &token).await.unwrap();
    let failure = client.create_consumer_group(&hub, &name, &token).await.unwrap_err();
    assert!(matches!(failure, ManageError::Conflict(_)), "{failure}");
}

#[tokio::test]
async fn no_answer_is_told_without_the_request() {
    let server = Server::start(&[&[Act::ReadAndReset]]).await;
    let hub = local_hub(server.port);
    let settings = HubSettings::default().with_authorization_rule(rule());
    let failure = Client::new().unwrap().create_hub(&hub, &settings, &token(hub.resource())).await;
    let Err(ManageError::NoAnswer(no_answer)) = &failure else { panic!("{failure:?}") };
    assert_eq!(no_answer.kind, NoAnswerKind::ConnectionLost);
    let shown = format!("{failure:?}");
    assert!(!shown.contains("AAAA") && !shown.contains("sig="), "{shown}");
}
