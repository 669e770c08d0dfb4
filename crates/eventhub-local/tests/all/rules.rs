use azure_sas::SharedAccessKey;
use eventhub_local::AccessRight::{Listen, Manage, Send};
use eventhub_local::{AccessRight, AuthorizationRule, Error, LocalEventHub};

use crate::client::{KEY, KEY_NAME, LOOPBACK, NOW, ask_as, builder, detail, post_with, sign};

const TAKEN: &str = "HTTP/1.1 201 Created";
const BAD_SIGNATURE: &str = "HTTP/1.1 401 SubCode=40103: Invalid authorization token signature";

fn key(text: &str) -> SharedAccessKey {
    SharedAccessKey::new(text).expect("a key")
}

fn rule(name: &str, rights: &[AccessRight]) -> AuthorizationRule {
    let keys = ["1", "2"].map(|it| key(&format!("{name}-{it}")));
    let [primary, secondary] = keys;
    AuthorizationRule::new(name, rights.iter().copied(), primary, secondary).expect("a rule")
}

/// The namespace may be listened to and sent to; the hub `accounts` has a till and a manager.
async fn local() -> LocalEventHub {
    builder()
        .secondary_key(key("the second key"))
        .authorization_rule(rule("listener", &[Listen]))
        .authorization_rule(rule("sender", &[Listen, Send]))
        .hub_authorization_rule("Accounts", rule("till", &[Send]))
        .hub_authorization_rule("accounts", rule("manager", &[Manage]))
        .serve(LOOPBACK)
        .await
        .expect("a free port")
}

/// Sends to a hub with a token of this policy and key for this path.
async fn send(local: &LocalEventHub, hub: &str, name: &str, key_text: &str, scope: &str) -> String {
    let uri = format!("{}{scope}", local.origin());
    let token = sign(&key(key_text), name, &uri, NOW + 600);
    let header = format!("Authorization: {token}");
    post_with(local, &format!("/{hub}/messages"), &header, b"x").await.status_line
}

#[tokio::test]
async fn a_rule_that_may_send_sends_with_either_key() {
    let local = local().await;
    for (hub, name, key, scope) in [
        ("accounts", KEY_NAME, KEY.reveal(), ""),
        ("accounts", KEY_NAME, "the second key", "/accounts"),
        ("accounts", "sender", "sender-1", ""),
        ("tiny", "sender", "sender-2", "/tiny"),
        ("accounts", "till", "till-1", "/accounts"),
        ("ACCOUNTS", "till", "till-2", "/Accounts/messages"),
        ("accounts", "manager", "manager-1", "/accounts"),
    ] {
        assert_eq!(send(&local, hub, name, key, scope).await, TAKEN, "{name}");
    }
}

#[tokio::test]
async fn a_rule_that_may_only_listen_does_not_send() {
    let local = local().await;
    let status_line = send(&local, "accounts", "listener", "listener-1", "/accounts").await;
    let start = format!(
        "HTTP/1.1 401 SubCode=40100: Unauthorized : Unauthorized access for 'Send' operation on \
         endpoint 'sb://{}/accounts/messages'. Tracking Id: ",
        local.address(),
    );
    assert!(status_line.starts_with(&start), "{status_line}");
    assert!(local.events("accounts").unwrap().is_empty());
}

#[tokio::test]
async fn a_rule_of_a_hub_opens_that_hub_alone() {
    let local = local().await;
    // Looked for where the token says it belongs, the rule is not there.
    assert_eq!(send(&local, "tiny", "till", "till-1", "/tiny").await, BAD_SIGNATURE);
    assert_eq!(send(&local, "accounts", "till", "till-1", "").await, BAD_SIGNATURE);
    assert_eq!(send(&local, "accounts", "till", "sender-1", "/accounts").await, BAD_SIGNATURE);
    let status_line = send(&local, "tiny", "till", "till-1", "/accounts").await;
    assert!(status_line.contains("SubCode=40100: Unauthorized : "), "{status_line}");
}

#[tokio::test]
async fn what_management_lacks_is_told() {
    let local = local().await;
    let ask = async |method: &str, path: &str, name: &str, scope: &str| {
        let uri = format!("{}{scope}", local.origin());
        let token = sign(&key(&format!("{name}-1")), name, &uri, NOW + 600);
        ask_as(&local, method, path, &token, "", "").await
    };
    for (method, path, text) in [
        ("GET", "/accounts", "Manage,EntityRead claims required for this operation."),
        ("GET", "/$Resources/EventHubs", "Manage,EntityRead claims required for this operation."),
        ("PUT", "/new", "Authorization failed for specified action: Manage,EntityWrite."),
        ("DELETE", "/accounts", "Authorization failed for specified action: Manage,EntityDelete."),
    ] {
        let answer = ask(method, path, "sender", "").await;
        assert_eq!(answer.status_line, "HTTP/1.1 401 Unauthorized", "{method} {path}");
        let detail = detail(&answer, 401);
        assert!(detail.starts_with(&format!("{text} TrackingId:")), "{detail}");
        let tracker = format!("SystemTracker:{}:{}, ", local.address(), &path[1..]);
        assert!(detail.contains(&tracker), "{detail}");
    }
    let answer = ask("GET", "/$Resources/EventHubs", "manager", "/accounts").await;
    assert_eq!(answer.status_line, "HTTP/1.1 401 Unauthorized");
    assert!(detail(&answer, 401).starts_with("claim is empty or token is invalid. TrackingId:"));

    let answer = ask("GET", "/accounts", "manager", "/accounts").await;
    assert_eq!(answer.status_line, "HTTP/1.1 200 OK", "a hub's manager may describe it");
}

#[tokio::test]
async fn the_connection_string_of_a_rule_holds_its_primary_key() {
    let local = local().await;
    let text = local.connection_string_with("accounts", "till").unwrap().to_secret_string();
    let expected = format!(
        "Endpoint=sb://{};SharedAccessKeyName=till;SharedAccessKey=till-1;EntityPath=accounts;\
         UseDevelopmentEmulator=true",
        local.address(),
    );
    assert_eq!(*text, expected);
    let rule = local.authorization_rule("tiny", "listener").unwrap();
    assert_eq!(rule.secondary_key().reveal(), "listener-2");
    let error = local.connection_string_with("tiny", "till").unwrap_err();
    assert!(matches!(&error, Error::UnknownRule { hub, name } if hub == "tiny" && name == "till"));
    assert!(matches!(local.authorization_rule("x", "till"), Err(Error::UnknownHub { .. })));
}

#[test]
fn manage_includes_the_other_rights_and_none_is_no_rule() {
    assert_eq!(rule("a", &[Manage]).rights().collect::<Vec<_>>(), [Manage, Send, Listen]);
    assert_eq!(rule("a", &[Listen, Send, Listen]).rights().collect::<Vec<_>>(), [Send, Listen]);
    let error = AuthorizationRule::new("a", [], KEY.clone(), KEY.clone()).unwrap_err();
    assert!(matches!(error, Error::NoRight { rule } if rule == "a"));
    let error = AuthorizationRule::new("a", [Send], KEY.clone(), key("x;y")).unwrap_err();
    assert!(matches!(error, Error::PolicyText { part: "key" }));
}

#[tokio::test]
async fn rules_that_can_not_be_served_are_told() {
    let twice = builder().authorization_rule(rule(KEY_NAME, &[Send]));
    let error = twice.serve(LOOPBACK).await.unwrap_err();
    assert!(matches!(error, Error::DuplicateRule { name } if name == KEY_NAME));
    let twice = builder()
        .hub_authorization_rule("tiny", rule("till", &[Send]))
        .hub_authorization_rule("Tiny", rule("till", &[Listen]));
    assert!(matches!(twice.serve(LOOPBACK).await, Err(Error::DuplicateRule { .. })));
    let nowhere = builder().hub_authorization_rule("nowhere", rule("till", &[Send]));
    let error = nowhere.serve(LOOPBACK).await.unwrap_err();
    assert!(matches!(error, Error::UnknownHub { name } if name == "nowhere"));
}

#[test]
fn keys_are_never_printed() {
    let printed = format!("{:?} {:?}", rule("till", &[Send]), builder());
    assert!(!printed.contains("till-1") && !printed.contains("till-2"), "{printed}");
}
