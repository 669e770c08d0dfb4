use eventhub_local::{Error, LocalEventHub, Tier};

use crate::client::{
    Answer, KEY, KEY_NAME, LOOPBACK, NOW, TestClock, ask, ask_as, builder, detail, get, local,
    post, post_with, sign,
};

const CREATED: &str = "HTTP/1.1 201 Created";
const OK: &str = "HTTP/1.1 200 OK";
const QUERY: &str = "?timeout=60&api-version=2014-01";

fn entry(name: &str, members: &str) -> String {
    format!(
        "<entry xmlns='http://www.w3.org/2005/Atom'>\r\n  <content type='application/xml'>\r\n    \
         <{name} xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\">\r\n\
         {members}\r\n</{name}>\r\n  </content>\r\n</entry>\r\n",
    )
}

async fn create(local: &LocalEventHub, name: &str, members: &str) -> Answer {
    let headers = "Content-Type: application/atom+xml;type=entry;charset=utf-8";
    let body = entry("EventHubDescription", members);
    ask(local, "PUT", &format!("/{name}{QUERY}"), headers, &body).await
}

async fn update(local: &LocalEventHub, name: &str, members: &str) -> Answer {
    let body = entry("EventHubDescription", members);
    ask(local, "PUT", &format!("/{name}{QUERY}"), "If-Match: *", &body).await
}

fn rule(name: &str, right: &str) -> String {
    format!(
        "<AuthorizationRule i:type=\"SharedAccessAuthorizationRule\">\
         <ClaimType>SharedAccessKey</ClaimType><ClaimValue>None</ClaimValue>\
         <Rights><AccessRights>{right}</AccessRights></Rights>\
         <KeyName>{name}</KeyName><PrimaryKey>{name}-1</PrimaryKey>\
         <SecondaryKey>{name}-2</SecondaryKey></AuthorizationRule>",
    )
}

/// The text of the first element of this name.
fn text<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let (_, rest) = answer.body.split_once(&format!("<{name}>")).expect("it is described");
    rest.split_once(&format!("</{name}>")).expect("it ends").0
}

#[tokio::test]
async fn a_hub_that_was_created_is_described_and_can_be_sent_to_at_once() {
    let local = local().await;
    let members = "<MessageRetentionInDays>3</MessageRetentionInDays><UserMetadata>a &lt; b\
                   </UserMetadata><PartitionCount>2</PartitionCount>";
    let answer = create(&local, "orders", members).await;
    assert_eq!(answer.status_line, CREATED);
    assert_eq!(
        answer.header("content-type"),
        Some("application/atom+xml;type=entry;charset=utf-8"),
    );
    let uri = format!("{}/orders?timeout=60&amp;api-version=2014-01", local.origin());
    let expected = format!(
        "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>{uri}</id>\
         <title type=\"text\">orders</title><published>2026-01-05T08:00:00Z</published>\
         <updated>2026-01-05T08:00:00Z</updated><author><name>127.0.0.1</name></author>\
         <link rel=\"self\" href=\"{uri}\"/><content type=\"application/xml\">\
         <EventHubDescription \
         xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\" \
         xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <MessageRetentionInDays>3</MessageRetentionInDays>\
         <AuthorizationRules></AuthorizationRules><Status>Active</Status>\
         <UserMetadata>a &lt; b</UserMetadata><CreatedAt>2026-01-05T08:00:00Z</CreatedAt>\
         <UpdatedAt>2026-01-05T08:00:00Z</UpdatedAt><PartitionCount>2</PartitionCount>\
         <PartitionIds xmlns:d2p1=\"http://schemas.microsoft.com/2003/10/Serialization/Arrays\">\
         <d2p1:string>0</d2p1:string><d2p1:string>1</d2p1:string></PartitionIds>\
         </EventHubDescription></content></entry>",
    );
    assert_eq!(answer.body, expected);
    let described = ask(&local, "GET", &format!("/orders{QUERY}"), "", "").await;
    assert_eq!((described.status_line.as_str(), described.body), (OK, expected));

    let sent = post(&local, "/orders/partitions/1/messages", "", b"x").await;
    assert_eq!(sent.status_line, CREATED);
    assert_eq!(local.events("orders").unwrap()[0].body, "x");
    let string = local.connection_string("ORDERS").unwrap();
    assert_eq!(string.entity_path(), Some("orders"));
    assert!(get(&local, "/$local/hubs").await.body.contains(r#"{"name":"orders","partitions":2,"#));
}

#[tokio::test]
async fn a_description_without_members_gets_the_defaults() {
    let local = local().await;
    let answer = create(&local, "orders", "").await;
    assert_eq!(answer.status_line, CREATED);
    assert_eq!(text(&answer, "MessageRetentionInDays"), "1");
    assert_eq!(text(&answer, "Status"), "Active");
    assert_eq!(text(&answer, "PartitionCount"), "16");
    assert_eq!(answer.body.matches("<d2p1:string>").count(), 16);
}

#[tokio::test]
async fn a_member_out_of_order_is_a_property_of_the_users_own() {
    let local = local().await;
    let members = "<PartitionCount>2</PartitionCount><Mine>1</Mine>\
                   <MessageRetentionInDays>3</MessageRetentionInDays>";
    let answer = create(&local, "orders", members).await;
    assert_eq!(answer.status_line, CREATED);
    let expected = "<MessageRetentionInDays>1</MessageRetentionInDays>";
    assert!(answer.body.contains(expected), "{answer:?}");
    let expected = "</PartitionIds><Mine>1</Mine><MessageRetentionInDays>3\
                    </MessageRetentionInDays></EventHubDescription>";
    assert!(answer.body.contains(expected), "{answer:?}");
}

#[tokio::test]
async fn a_rule_that_a_hub_is_created_with_opens_it() {
    let local = local().await;
    let rules = rule("till", "Send") + &rule("reader", "Listen");
    let members = format!("<AuthorizationRules>{rules}</AuthorizationRules>");
    let answer = create(&local, "orders", &members).await;
    assert_eq!(answer.status_line, CREATED);
    let expected = "<AuthorizationRule i:type=\"SharedAccessAuthorizationRule\">\
                    <ClaimType>SharedAccessKey</ClaimType><ClaimValue>None</ClaimValue>\
                    <Rights><AccessRights>Send</AccessRights></Rights>\
                    <CreatedTime>2026-01-05T08:00:00Z</CreatedTime>\
                    <ModifiedTime>2026-01-05T08:00:00Z</ModifiedTime><KeyName>till</KeyName>\
                    <PrimaryKey>till-1</PrimaryKey><SecondaryKey>till-2</SecondaryKey>\
                    </AuthorizationRule>";
    assert!(answer.body.contains(expected), "{answer:?}");

    let send = async |name: &str, key: &str| {
        let key = azure_sas::SharedAccessKey::new(key).unwrap();
        let token = sign(&key, name, &format!("{}/orders", local.origin()), NOW + 600);
        let header = format!("Authorization: {token}");
        post_with(&local, "/orders/messages", &header, b"x").await.status_line
    };
    assert_eq!(send("till", "till-1").await, CREATED);
    assert_eq!(send("till", "till-2").await, CREATED);
    assert!(send("reader", "reader-1").await.contains("401 SubCode=40100: Unauthorized : "));
    let string = local.connection_string_with("orders", "till").unwrap();
    assert_eq!(string.key().unwrap().reveal(), "till-1");

    // Taken away by an update that does not name it.
    let answer = update(&local, "orders", "").await;
    assert_eq!(answer.status_line, OK);
    assert!(answer.body.contains("<AuthorizationRules></AuthorizationRules>"), "{answer:?}");
    assert!(send("till", "till-1").await.contains("SubCode=40103"));
}

#[tokio::test]
async fn a_rule_without_keys_gets_some() {
    let local = local().await;
    let members = "<AuthorizationRules><AuthorizationRule><Rights>\
                   <AccessRights>Manage</AccessRights></Rights><KeyName>m</KeyName>\
                   </AuthorizationRule></AuthorizationRules>";
    let answer = create(&local, "orders", members).await;
    let rights = "<AccessRights>Manage</AccessRights><AccessRights>Send</AccessRights>\
                  <AccessRights>Listen</AccessRights>";
    assert_eq!(text(&answer, "Rights"), rights);
    let (primary, secondary) = (text(&answer, "PrimaryKey"), text(&answer, "SecondaryKey"));
    assert_eq!((primary.len(), secondary.len()), (44, 44));
    assert_ne!(primary, secondary);
    let rule = local.authorization_rule("orders", "m").unwrap();
    assert_eq!(rule.primary_key().reveal(), primary);
}

#[tokio::test]
async fn an_update_changes_what_can_change() {
    let clock = TestClock::new(NOW);
    let of_hub = clock.clone();
    let local = builder().clock(move || of_hub.now()).serve(LOOPBACK).await.unwrap();
    create(&local, "orders", "<PartitionCount>2</PartitionCount>").await;
    clock.set(NOW + 60);
    let members = "<MessageRetentionInDays>7</MessageRetentionInDays>\
                   <PartitionCount>2</PartitionCount>";
    let answer = update(&local, "orders", members).await;
    assert_eq!(answer.status_line, OK);
    assert_eq!(text(&answer, "MessageRetentionInDays"), "7");
    assert_eq!(text(&answer, "CreatedAt"), "2026-01-05T08:00:00Z");
    assert_eq!(text(&answer, "UpdatedAt"), "2026-01-05T08:01:00Z");

    let answer = update(&local, "orders", "<PartitionCount>3</PartitionCount>").await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    let answer = update(&local, "nowhere", "").await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");

    // What the local hub says of a hub can be sent back as it is.
    let described = ask(&local, "GET", "/orders", "", "").await;
    let answer = ask(&local, "PUT", "/orders", "If-Match: *", &described.body).await;
    assert_eq!((answer.status_line.as_str(), answer.body), (OK, described.body));
}

#[tokio::test]
async fn a_disabled_hub_takes_nothing() {
    let local = local().await;
    create(&local, "orders", "").await;
    for (status, status_line) in [
        ("Disabled", "HTTP/1.1 403 Forbidden"),
        ("SendDisabled", "HTTP/1.1 403 Forbidden"),
        ("ReceiveDisabled", CREATED),
        ("Active", CREATED),
    ] {
        update(&local, "orders", &format!("<Status>{status}</Status>")).await;
        let answer = post(&local, "/orders/messages", "", b"x").await;
        assert_eq!(answer.status_line, status_line, "{status}");
    }
}

#[tokio::test]
async fn a_hub_that_is_there_already_is_told() {
    let local = local().await;
    for name in ["accounts", "Accounts"] {
        let answer = create(&local, name, "").await;
        assert_eq!(answer.status_line, "HTTP/1.1 409 Conflict");
        let detail = detail(&answer, 409);
        assert!(detail.starts_with("SubCode=40900. Conflict. TrackingId:"), "{detail}");
        let end = format!(
            "_G0, SystemTracker:{}:{name}, Timestamp:2026-01-05T08:00:00",
            local.address(),
        );
        assert!(detail.ends_with(&end), "{detail}");
    }
}

#[tokio::test]
async fn a_description_that_is_none_is_told() {
    let local = local().await;
    let bad = async |name: &str, body: &str, reason: &str| {
        let answer = ask(&local, "PUT", name, "", body).await;
        assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request", "{name} {body}");
        let detail = detail(&answer, 400);
        assert!(detail.starts_with(&format!("SubCode=40000. {reason}")), "{detail}");
    };
    let unreadable = |reason: &str| format!("The description could not be read: {reason}");
    for (body, reason) in [
        ("", "it has no end"),
        ("<entry/>", "it is no Atom entry"),
        ("<entry xmlns='http://www.w3.org/2005/Atom'/>", "its content is no EventHubDescription"),
        (&entry("QueueDescription", ""), "its content is no EventHubDescription"),
    ] {
        bad("/orders", body, &unreadable(reason)).await;
    }
    for (members, reason) in [
        (
            "<PartitionCount>0</PartitionCount>",
            "PartitionCount is \"0\", not a number from 1 to 32",
        ),
        ("<PartitionCount>33</PartitionCount>", "PartitionCount is \"33\""),
        ("<PartitionCount>x</PartitionCount>", "PartitionCount is \"x\""),
        (
            "<MessageRetentionInDays>8</MessageRetentionInDays>",
            "MessageRetentionInDays is \"8\", not a number from 1 to 7",
        ),
        ("<Status>Gone</Status>", "Status is \"Gone\""),
        (
            &format!("<AuthorizationRules>{}</AuthorizationRules>", rule("a", "Fly")),
            "the AuthorizationRule \"a\" has AccessRights other than Manage, Send and Listen",
        ),
        (
            &format!("<AuthorizationRules>{}</AuthorizationRules>", rule("", "Send")),
            "the AuthorizationRule \"\" is not usable: the shared access key's name is empty",
        ),
        (
            &format!("<AuthorizationRules>{}</AuthorizationRules>", rule("a", "Send").repeat(2)),
            "two AuthorizationRules have the KeyName \"a\"",
        ),
    ] {
        let body = entry("EventHubDescription", members);
        bad("/orders", &body, &unreadable(reason)).await;
    }
    let name = format!("'sb://{}/-orders' contains character(s) that is not", local.address());
    bad("/-orders", &entry("EventHubDescription", ""), &name).await;
    bad("/accounts/consumergroups/a-", &entry("ConsumerGroupDescription", ""), "").await;
    assert!(matches!(local.events("orders"), Err(Error::UnknownHub { .. })));
}

#[tokio::test]
async fn a_key_is_never_quoted_in_an_error() {
    let local = local().await;
    let rule = rule("a", "Send").replace("a-1", "secret&#10;").replace("a-2", "secret;");
    let members = format!("<AuthorizationRules>{rule}</AuthorizationRules>");
    let answer = create(&local, "orders", &members).await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    assert!(!answer.body.contains("secret"), "{answer:?}");
}

#[tokio::test]
async fn too_many_are_told() {
    let local = builder().tier(Tier::Basic).serve(LOOPBACK).await.unwrap();
    for number in 0..8 {
        let answer = create(&local, &format!("hub-{number}"), "").await;
        assert_eq!(answer.status_line, CREATED);
    }
    let quota = |answer: &Answer, kind: &str, limit: u32| {
        assert_eq!(answer.status_line, "HTTP/1.1 403 Forbidden");
        let start = format!(
            "SubCode=40300. The maximum number of resources of type {kind} has been reached. \
             Actual: {limit}, Max allowed: {limit} TrackingId:",
        );
        let detail = detail(answer, 403);
        assert!(detail.starts_with(&start), "{detail}");
    };
    quota(&create(&local, "hub-8", "").await, "EventHub", 10);
    let body = entry("ConsumerGroupDescription", "");
    let answer = ask(&local, "PUT", "/hub-0/consumergroups/audit", "", &body).await;
    quota(&answer, "ConsumerGroup", 1);
    let rules: String = (0..13).map(|it| rule(&it.to_string(), "Send")).collect();
    let members = format!("<AuthorizationRules>{rules}</AuthorizationRules>");
    quota(&update(&local, "hub-0", &members).await, "AuthorizationRule", 12);
}

#[tokio::test]
async fn a_hub_that_was_deleted_is_gone_and_its_listeners_end() {
    let local = local().await;
    post(&local, "/accounts/messages", "", b"x").await;
    let mut listener = local.listen("accounts").unwrap();
    let answer = ask(&local, "DELETE", &format!("/accounts{QUERY}"), "", "").await;
    assert_eq!((answer.status_line.as_str(), answer.body.as_str()), (OK, ""));
    assert_eq!(answer.header("content-length"), Some("0"));
    assert!(listener.next_event().await.is_some(), "what was taken can still be read");
    assert_eq!(listener.next_event().await, None);

    for (method, path) in [("DELETE", "/accounts"), ("GET", "/accounts")] {
        let answer = ask(&local, method, path, "", "").await;
        assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
        let start =
            format!("The messaging entity 'sb://{}/accounts' could not be", local.address());
        assert!(detail(&answer, 404).starts_with(&start), "{answer:?}");
    }
    let answer = post(&local, "/accounts/messages", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
    create(&local, "accounts", "").await;
    assert!(local.events("accounts").unwrap().is_empty(), "it is another one");
}

#[tokio::test]
async fn hubs_are_listed_in_a_feed() {
    let local = local().await;
    let path = "/$Resources/EventHubs?api-version=2014-01";
    let answer = ask(&local, "GET", path, "", "").await;
    assert_eq!(answer.status_line, OK);
    assert_eq!(answer.header("content-type"), Some("application/atom+xml;type=feed;charset=utf-8"));
    let uri = format!("{}{path}", local.origin());
    let start = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title type=\"text\">EventHubs</title>\
         <id>{uri}</id><updated>2026-01-05T08:00:00Z</updated><link rel=\"self\" href=\"{uri}\"/>\
         <entry xml:base=\"{uri}\"><id>{}/accounts?api-version=2014-01</id>\
         <title type=\"text\">accounts</title><published>2026-01-05T08:00:00Z</published>\
         <updated>2026-01-05T08:00:00Z</updated><author><name>127.0.0.1</name></author>\
         <link rel=\"self\" href=\"../accounts?api-version=2014-01\"/>\
         <content type=\"application/xml\"><EventHubDescription ",
        local.origin(),
    );
    assert!(answer.body.starts_with(&start), "{answer:?}");
    assert!(answer.body.ends_with("</EventHubDescription></content></entry></feed>"));
    for (page, titles) in [
        ("", &["accounts", "tiny"][..]),
        ("?$skip=1", &["tiny"]),
        ("?$skip=0&$top=1", &["accounts"]),
        ("?$skip=2&$top=100", &[]),
    ] {
        let path = format!("/$Resources/Eventhubs{page}");
        let answer = ask(&local, "GET", &path, "", "").await;
        let found: Vec<_> = ["accounts", "tiny"]
            .into_iter()
            .filter(|it| answer.body.contains(&format!("<title type=\"text\">{it}</title>")))
            .collect();
        assert_eq!(found, titles, "{page}");
    }
    let answer = ask(&local, "GET", "/$Resources/EventHubs?$top=x", "", "").await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
}

#[tokio::test]
async fn consumer_groups_come_and_go() {
    let local = local().await;
    let path = format!("/accounts/consumergroups/audit{QUERY}");
    let body = entry("ConsumerGroupDescription", "<UserMetadata>mine</UserMetadata>");
    let answer = ask(&local, "PUT", &path, "", &body).await;
    assert_eq!(answer.status_line, CREATED);
    let uri = format!(
        "{}/accounts/consumergroups/audit?timeout=60&amp;api-version=2014-01",
        local.origin(),
    );
    let expected = format!(
        "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>{uri}</id>\
         <title type=\"text\">audit</title><published>2026-01-05T08:00:00Z</published>\
         <updated>2026-01-05T08:00:00Z</updated><link rel=\"self\" href=\"{uri}\"/>\
         <content type=\"application/xml\"><ConsumerGroupDescription \
         xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\" \
         xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <CreatedAt>2026-01-05T08:00:00Z</CreatedAt><UpdatedAt>2026-01-05T08:00:00Z</UpdatedAt>\
         <UserMetadata>mine</UserMetadata></ConsumerGroupDescription></content></entry>",
    );
    assert_eq!(answer.body, expected);
    assert_eq!(ask(&local, "GET", &path, "", "").await.body, expected);
    let answer = ask(&local, "PUT", &path, "", &body).await;
    assert_eq!(answer.status_line, "HTTP/1.1 409 Conflict");
    let yours = entry("ConsumerGroupDescription", "<UserMetadata>yours</UserMetadata>");
    let answer = ask(&local, "PUT", &path, "If-Match: *", &yours).await;
    assert_eq!((answer.status_line.as_str(), text(&answer, "UserMetadata")), (OK, "yours"));

    let answer = ask(&local, "GET", "/accounts/consumergroups", "", "").await;
    assert_eq!(answer.status_line, OK);
    for (name, count) in [("$Default", 1), ("audit", 1), ("other", 0)] {
        let title = format!("<title type=\"text\">{name}</title>");
        assert_eq!(answer.body.matches(&title).count(), count, "{answer:?}");
    }
    let link = "<link rel=\"self\" href=\"consumergroups/audit?api-version=2014-01\"/>";
    assert!(answer.body.contains(link), "{answer:?}");

    let answer = ask(&local, "DELETE", &path, "", "").await;
    assert_eq!((answer.status_line.as_str(), answer.body.as_str()), (OK, ""));
    for method in ["GET", "DELETE"] {
        let answer = ask(&local, method, &path, "", "").await;
        assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
    }
    let answer = ask(&local, "PUT", &path, "If-Match: *", &body).await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
    let default = "/accounts/consumergroups/$Default";
    let answer = ask(&local, "DELETE", default, "", "").await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    assert_eq!(ask(&local, "GET", default, "", "").await.status_line, OK);
    let answer = ask(&local, "GET", "/nowhere/consumergroups", "", "").await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
}

#[tokio::test]
async fn management_needs_a_good_token() {
    let local = local().await;
    let body = entry("EventHubDescription", "");
    let old = sign(&KEY, KEY_NAME, &local.origin(), NOW - 1);
    let answer = ask_as(&local, "PUT", "/orders", &old, "", &body).await;
    assert!(answer.status_line.starts_with("HTTP/1.1 401 ExpiredToken: "), "{answer:?}");
    for path in ["/accounts", "/$Resources/EventHubs", "/accounts/revokedpublishers"] {
        let answer = get(&local, path).await;
        let expected = "HTTP/1.1 401 MissingToken: The authorization header was not found.";
        assert_eq!(answer.status_line, expected, "{path}");
    }
}
