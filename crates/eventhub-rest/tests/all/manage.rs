//! Managing hubs: what is asked, and what the answers say.

use azure_sas::{ConnectionString, SharedAccessKey};
use eventhub_rest::manage::{
    AccessRights, Answer, AuthorizationRule, ConsumerGroupName, EntityStatus, HubDescription,
    HubSettings, ListRange, Malformed, ManageError, PublisherName, create_consumer_group_request,
    create_hub_request, delete_consumer_group_request, delete_hub_request,
    get_consumer_group_request, get_hub_request, list_consumer_groups_request, list_hubs_request,
    list_revoked_publishers_request, read_consumer_group, read_consumer_groups, read_done,
    read_hub, read_hubs, read_revoked_publishers, restore_publisher_request,
    revoke_publisher_request, update_hub_request,
};
use eventhub_rest::{Error, Hub, InvalidReason};
use http::{HeaderMap, Request, StatusCode};
use proptest::prelude::*;

use crate::{hub, local_hub, token};

const PRIMARY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const SECONDARY: &str = "//////////////////////////////////////////8=";

/// The description of Microsoft's page on listing event hubs, with keys in place of their names.
const DESCRIPTION: &str = r#"
<EventHubDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"
    xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
  <MessageRetentionInDays>1</MessageRetentionInDays>
  <AuthorizationRules>
    <AuthorizationRule i:type="SharedAccessAuthorizationRule">
      <ClaimType>SharedAccessKey</ClaimType>
      <ClaimValue>None</ClaimValue>
      <Rights><AccessRights>Send</AccessRights></Rights>
      <CreatedTime>2015-09-09T21:16:11.7216934Z</CreatedTime>
      <ModifiedTime>2015-09-09T21:16:11.7216934Z</ModifiedTime>
      <KeyName>send</KeyName>
      <PrimaryKey>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</PrimaryKey>
      <SecondaryKey>//////////////////////////////////////////8=</SecondaryKey>
    </AuthorizationRule>
    <AuthorizationRule i:type="SharedAccessAuthorizationRule">
      <ClaimType>SharedAccessKey</ClaimType>
      <ClaimValue>None</ClaimValue>
      <Rights>
        <AccessRights>Manage</AccessRights>
        <AccessRights>Send</AccessRights>
        <AccessRights>Listen</AccessRights>
      </Rights>
      <KeyName>manage</KeyName>
    </AuthorizationRule>
  </AuthorizationRules>
  <Status>Active</Status>
  <CreatedAt>2015-09-09T20:30:51.083</CreatedAt>
  <UpdatedAt>2015-09-09T21:16:12.057</UpdatedAt>
  <UserMetadata>a &lt;b&gt;</UserMetadata>
  <PartitionCount>2</PartitionCount>
  <PartitionIds xmlns:d2p1="http://schemas.microsoft.com/2003/10/Serialization/Arrays">
    <d2p1:string>0</d2p1:string>
    <d2p1:string>1</d2p1:string>
  </PartitionIds>
</EventHubDescription>"#;

fn entry(title: &str, content: &str) -> String {
    format!(
        "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>https://h/{title}</id>\
         <title type=\"text\">{title}</title><author><name>h</name></author>\
         <link rel=\"self\" href=\"https://h/{title}\"/>\
         <content type=\"application/xml\">{content}</content></entry>"
    )
}

fn feed(entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\
         <title type=\"text\">EventHubs</title>{entries}</feed>"
    )
}

fn answered<T>(
    read: impl Fn(Answer<'_>) -> Result<T, ManageError>,
    status: u16,
    body: &str,
) -> Result<T, ManageError> {
    let status = StatusCode::from_u16(status).unwrap();
    read(Answer { status, reason: b"", headers: &HeaderMap::new(), body: body.as_bytes() })
}

fn rule() -> AuthorizationRule {
    let key = |text| SharedAccessKey::new(text).unwrap();
    AuthorizationRule::new("send", AccessRights::SEND, key(PRIMARY), key(SECONDARY)).unwrap()
}

fn contoso() -> Hub {
    hub("sb://contoso.servicebus.windows.net")
}

fn check<T: AsRef<[u8]>>(request: &Request<T>, method: &str, address: &str) {
    assert_eq!(request.method(), method);
    let prefix = "https://contoso.servicebus.windows.net";
    assert_eq!(request.uri().to_string().strip_prefix(prefix), Some(address));
    let headers = request.headers();
    assert_eq!(headers["content-type"], "application/atom+xml;type=entry;charset=utf-8");
    assert!(headers["authorization"].is_sensitive());
    assert!(!headers.contains_key("if-match"));
}

fn body(request: &Request<impl AsRef<[u8]>>) -> &str {
    str::from_utf8(request.body().as_ref()).unwrap()
}

#[test]
fn every_operation_has_its_method_and_address() {
    let hub = contoso();
    let token = token(hub.resource());
    let settings = HubSettings::default();
    let group = ConsumerGroupName::new("billing").unwrap();
    let own = "/orders?timeout=60&api-version=2014-01";
    check(&create_hub_request(&hub, &settings, &token), "PUT", own);
    check(&get_hub_request(&hub, &token), "GET", own);
    check(&delete_hub_request(&hub, &token), "DELETE", own);
    check(
        &list_hubs_request(hub.endpoint(), ListRange::default().skip(100).top(50), &token),
        "GET",
        "/$Resources/EventHubs?timeout=60&api-version=2014-01&$skip=100&$top=50",
    );
    let groups = "/orders/consumergroups/billing?timeout=60&api-version=2014-01";
    check(&create_consumer_group_request(&hub, &group, &token), "PUT", groups);
    check(&get_consumer_group_request(&hub, &group, &token), "GET", groups);
    check(&delete_consumer_group_request(&hub, &group, &token), "DELETE", groups);
    check(
        &get_consumer_group_request(&hub, &ConsumerGroupName::default(), &token),
        "GET",
        "/orders/consumergroups/$Default?timeout=60&api-version=2014-01",
    );
    check(
        &list_consumer_groups_request(&hub, ListRange::default(), &token),
        "GET",
        "/orders/consumergroups?timeout=60&api-version=2014-01&$skip=0&$top=100",
    );
    let till = PublisherName::new("till-7").unwrap();
    let revoked = "/orders/revokedpublishers/till-7?timeout=60&api-version=2014-01";
    check(&revoke_publisher_request(&hub, &till, &token), "PUT", revoked);
    check(&restore_publisher_request(&hub, &till, &token), "DELETE", revoked);
    check(
        &list_revoked_publishers_request(&hub, ListRange::default(), &token),
        "GET",
        "/orders/revokedpublishers?timeout=60&api-version=2014-01&$skip=0&$top=100",
    );
    let publisher = hub.publisher("till-7").unwrap();
    check(&get_hub_request(&publisher, &token), "GET", own);
    let update = update_hub_request(&hub, &settings, &token);
    assert_eq!(
        (update.method().as_str(), &update.headers()["if-match"]),
        ("PUT", &"*".parse().unwrap())
    );
}

#[test]
fn a_description_has_its_members_in_the_services_order() {
    let hub = contoso();
    let token = token(hub.resource());
    let settings = HubSettings::default()
        .with_partition_count(4)
        .with_user_metadata("a <b> & \"c\"")
        .unwrap()
        .with_status(EntityStatus::SEND_DISABLED)
        .with_authorization_rule(rule())
        .with_message_retention_in_days(3);
    let open = "<entry xmlns=\"http://www.w3.org/2005/Atom\"><content type=\"application/xml\">\
        <EventHubDescription xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" \
        xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\">";
    let close = "</EventHubDescription></content></entry>";
    assert_eq!(
        body(&create_hub_request(&hub, &settings, &token)),
        format!(
            "{open}<MessageRetentionInDays>3</MessageRetentionInDays><AuthorizationRules>\
             <AuthorizationRule i:type=\"SharedAccessAuthorizationRule\">\
             <ClaimType>SharedAccessKey</ClaimType><ClaimValue>None</ClaimValue>\
             <Rights><AccessRights>Send</AccessRights></Rights><KeyName>send</KeyName>\
             <PrimaryKey>{PRIMARY}</PrimaryKey><SecondaryKey>{SECONDARY}</SecondaryKey>\
             </AuthorizationRule></AuthorizationRules><Status>SendDisabled</Status>\
             <UserMetadata>a &lt;b&gt; &amp; &quot;c&quot;</UserMetadata>\
             <PartitionCount>4</PartitionCount>{close}"
        )
    );
    let plain = create_hub_request(&hub, &HubSettings::default(), &token);
    assert_eq!(body(&plain), format!("{open}{close}"));
    let group = create_consumer_group_request(&hub, &ConsumerGroupName::default(), &token);
    assert_eq!(
        body(&group),
        open.replace("EventHub", "ConsumerGroup") + &close.replace("EventHub", "ConsumerGroup")
    );
    assert!(body(&get_hub_request(&hub, &token)).is_empty());
}

#[test]
fn a_hub_is_read_as_the_service_describes_it() {
    let orders = entry("orders", DESCRIPTION);
    for status in [200, 201] {
        let hub = answered(read_hub, status, &orders).unwrap();
        assert_eq!(hub.name, "orders");
        assert_eq!(hub.settings.message_retention_in_days(), Some(1));
        assert_eq!(hub.settings.partition_count(), Some(2));
        assert_eq!(hub.settings.status(), Some(&EntityStatus::ACTIVE));
        assert_eq!(hub.settings.user_metadata(), Some("a <b>"));
        assert_eq!(hub.created_at.as_deref(), Some("2015-09-09T20:30:51.083"));
        assert_eq!(hub.partition_ids, ["0", "1"]);
        let [send, manage] = hub.settings.authorization_rules() else { panic!("{hub:?}") };
        assert_eq!(send, &rule());
        assert_eq!((manage.name(), manage.rights()), ("manage", AccessRights::MANAGE));
        assert!(manage.primary_key().is_none());
        assert_eq!(hub.settings.authorization_rule("SEND"), Some(send));
    }
    let hubs = answered(read_hubs, 200, &feed(&(orders + &entry("sales", DESCRIPTION)))).unwrap();
    let names: Vec<_> = hubs.iter().map(|hub| &*hub.name).collect();
    assert_eq!(names, ["orders", "sales"]);
    assert_eq!(answered(read_hubs, 200, &feed("")).unwrap(), []);
}

#[test]
fn what_was_read_can_be_written_back() {
    let settings = answered(read_hub, 200, &entry("orders", DESCRIPTION)).unwrap().settings;
    let hub = contoso();
    let request = update_hub_request(&hub, &settings, &token(hub.resource()));
    let content = body(&request);
    let description = content.split_once("<content type=\"application/xml\">").unwrap().1;
    let description = description.strip_suffix("</content></entry>").unwrap();
    let again = answered(read_hub, 200, &entry("orders", description)).unwrap().settings;
    assert_eq!(again, settings);
}

#[test]
fn a_revocation_names_the_publisher() {
    let hub = contoso();
    let till = PublisherName::new("till-7").unwrap();
    let request = revoke_publisher_request(&hub, &till, &token(hub.resource()));
    let description = "connect\"><Name>till-7</Name></RevokedPublisherDescription></content>";
    assert!(body(&request).contains(description), "{}", body(&request));
    for name in ["", ".", "a/b", "a b"] {
        PublisherName::new(name).unwrap_err();
    }
}

#[test]
fn revoked_publishers_are_read() {
    let revoked = "<RevokedPublisherDescription><Name>till-7</Name></RevokedPublisherDescription>";
    let feed = format!("<feed>{}</feed>", entry("till-7", revoked));
    assert_eq!(answered(read_revoked_publishers, 200, &feed).unwrap(), ["till-7"]);
    let feed = format!("<feed>{}</feed>", entry("till-7", "<RevokedPublisherDescription/>"));
    let failure = answered(read_revoked_publishers, 200, &feed).unwrap_err();
    let ManageError::Malformed(Malformed::Element { element }) = failure else {
        panic!("{failure}")
    };
    assert_eq!(element, "Name");
}

#[test]
fn consumer_groups_are_read() {
    let content = "<ConsumerGroupDescription xmlns=\"http://schemas.microsoft.com/netservices/2010/\
        10/servicebus/connect\"><CreatedAt>2016-02-19T01:40:40Z</CreatedAt>\
        <UpdatedAt>2016-02-19T01:40:41Z</UpdatedAt></ConsumerGroupDescription>";
    let group = answered(read_consumer_group, 201, &entry("$Default", content)).unwrap();
    assert_eq!(group.name, "$Default");
    assert_eq!(group.created_at.as_deref(), Some("2016-02-19T01:40:40Z"));
    assert_eq!(group.updated_at.as_deref(), Some("2016-02-19T01:40:41Z"));
    assert_eq!(group.user_metadata, None);
    let groups = feed(&(entry("$Default", content) + &entry("billing", content)));
    assert_eq!(answered(read_consumer_groups, 200, &groups).unwrap().len(), 2);
}

#[test]
fn a_refusal_has_its_kind() {
    let body = "<Error><Code>409</Code><Detail>SubCode=40900. Conflict. TrackingId:1b2c_G0\
        </Detail></Error>";
    let fail = |status| answered(read_hub, status, body).unwrap_err();
    assert!(matches!(fail(400), ManageError::BadRequest(_)));
    assert!(matches!(fail(401), ManageError::Unauthorized(_)));
    assert!(matches!(fail(403), ManageError::Forbidden(_)));
    assert!(matches!(fail(404), ManageError::NotFound(Some(_))));
    assert!(matches!(fail(500), ManageError::Refused(_)) && fail(500).is_transient());
    let ManageError::Conflict(refusal) = fail(409) else { panic!("409 is a conflict") };
    assert_eq!((refusal.sub_code(), refusal.tracking_id()), (Some(40900), Some("1b2c_G0")));
    assert!(!fail(409).is_transient());
    assert_eq!(answered(read_done, 200, ""), Ok(()));
    assert!(matches!(answered(read_done, 404, ""), Err(ManageError::NotFound(Some(_)))));
    // Asked for what is not there, the service may give a list of nothing.
    assert_eq!(answered(read_hub, 200, &feed("")), Err(ManageError::NotFound(None)));
}

#[test]
fn what_is_no_description_is_told_with_its_place() {
    let element = |element| Malformed::Element { element };
    let deep = "<a>".repeat(40);
    let wide = format!("<entry>{}</entry>", "<a/>".repeat(60_000));
    for (body, expected) in [
        ("", Malformed::NotXml { position: 0 }),
        ("<entry>", Malformed::NotXml { position: 7 }),
        ("<entry></feed>", Malformed::NotXml { position: 14 }),
        ("<!DOCTYPE entry [<!ENTITY a \"a\">]><entry/>", Malformed::DocumentType),
        (&*deep, Malformed::TooLarge),
        (&wide, Malformed::TooLarge),
        ("<html/>", element("entry")),
        ("<entry/>", element("EventHubDescription")),
        (&entry("", "<EventHubDescription/>"), element("title")),
        (&entry("a", "<ConsumerGroupDescription/>"), element("EventHubDescription")),
        (
            &entry(
                "a",
                "<EventHubDescription><PartitionCount>x</PartitionCount></EventHubDescription>",
            ),
            element("PartitionCount"),
        ),
        (&entry("a", &DESCRIPTION.replace("<KeyName>send</KeyName>", "")), element("KeyName")),
    ] {
        let failure = answered(read_hub, 201, body).map(|hub: HubDescription| hub.name);
        assert_eq!(failure, Err(ManageError::Malformed(expected)), "{:.200}", body);
    }
    let status = StatusCode::OK;
    let answer = Answer { status, reason: b"", headers: &HeaderMap::new(), body: b"<a>\xff</a>" };
    assert_eq!(read_hubs(answer), Err(ManageError::Malformed(Malformed::NotUtf8)));
}

#[test]
fn a_rule_ends_as_a_connection_string() {
    let connection = rule().connection_string(&contoso()).unwrap();
    assert_eq!(
        connection.to_secret_string().as_str(),
        format!(
            "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=send;\
             SharedAccessKey={PRIMARY};EntityPath=orders"
        )
    );
    let local = rule().connection_string(&local_hub(5123)).unwrap();
    let read: ConnectionString = local.to_secret_string().parse().unwrap();
    assert!(read.endpoint().is_emulator());
    assert_eq!(Hub::try_from(&read).unwrap(), local_hub(5123));
    let hub = answered(read_hub, 200, &entry("orders", DESCRIPTION)).unwrap();
    let withheld = hub.settings.authorization_rule("manage").unwrap();
    assert!(matches!(withheld.connection_string(&contoso()), Err(Error::RuleKey)));
}

#[test]
fn keys_are_made_of_randomness() {
    let randomness: [u8; 64] = std::array::from_fn(|n| if n < 32 { 0 } else { 255 });
    let generated = AuthorizationRule::generate("send", AccessRights::SEND, &randomness);
    assert_eq!(generated.unwrap(), rule());
}

#[test]
fn a_rule_has_a_name_and_two_keys() {
    for (name, expected) in [
        ("", InvalidReason::Empty),
        ("a b", InvalidReason::Character),
        ("a;b", InvalidReason::Character),
        ("-a", InvalidReason::Edge),
        (&*"a".repeat(257), InvalidReason::TooLong(256)),
    ] {
        let error = AuthorizationRule::generate(name, AccessRights::SEND, &[0; 64]).unwrap_err();
        assert!(matches!(error, Error::RuleName(reason) if reason == expected), "{error}");
        let error = ConsumerGroupName::new(name).unwrap_err();
        assert!(matches!(error, Error::ConsumerGroupName(reason) if reason == expected));
    }
    for text in ["c2VjcmV0", "no base64", &"A".repeat(44)] {
        let key = |text: &str| SharedAccessKey::new(text).unwrap();
        for (primary, secondary) in [(text, SECONDARY), (PRIMARY, text)] {
            let rights = AccessRights::SEND;
            let error = AuthorizationRule::new("send", rights, key(primary), key(secondary));
            assert!(matches!(error, Err(Error::RuleKey)), "{text}");
        }
    }
    for text in ["a\u{0}", "a\rb", "\u{fffe}"] {
        let error = HubSettings::default().with_user_metadata(text).unwrap_err();
        assert!(matches!(error, Error::UserMetadata(InvalidReason::Character)));
    }
}

#[test]
fn settings_have_one_rule_of_a_name() {
    let rights = |settings: &HubSettings| {
        let rules = settings.authorization_rules().iter();
        rules.map(|rule| (rule.name().to_owned(), rule.rights().to_string())).collect::<Vec<_>>()
    };
    let named = |name, rights| AuthorizationRule::generate(name, rights, &[0; 64]).unwrap();
    let settings = HubSettings::default()
        .with_authorization_rule(named("a", AccessRights::SEND))
        .with_authorization_rule(named("b", AccessRights::LISTEN))
        .with_authorization_rule(named("A", AccessRights::MANAGE));
    let expected = [("b", "Listen"), ("A", "Manage, Send, Listen")];
    assert_eq!(rights(&settings), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert!(settings.without_authorization_rule("B").authorization_rule("b").is_none());
}

#[test]
fn debug_shows_no_key() {
    let hub = contoso();
    let settings = HubSettings::default().with_authorization_rule(rule());
    let token = token(hub.resource());
    let read = answered(read_hub, 200, &entry("orders", DESCRIPTION)).unwrap();
    let shown = format!("{settings:?} {read:?} {:?}", create_hub_request(&hub, &settings, &token));
    for secret in [PRIMARY, SECONDARY, token.authorization()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #[test]
    fn any_answer_is_read_or_refused(
        status in prop::sample::select(vec![200, 201, 404]),
        body in "(<(/?(entry|feed|content|title|EventHubDescription|Rights|a)/?>|!\\[CDATA\\[|!--|!DOCTYPE|\\?)?|\\]\\]>|-->|&[a-z#x0-9]{0,3};?|[a-z1 ]){0,40}",
    ) {
        let _ = answered(read_hub, status, &body);
        let _ = answered(read_hubs, status, &body);
        let _ = answered(read_consumer_groups, status, &body);
        let _ = answered(read_revoked_publishers, status, &body);
    }

    #[test]
    fn any_settings_read_back(
        retention in prop::option::of(any::<u32>()),
        count in prop::option::of(any::<u32>()),
        metadata in prop::option::of("[!-~\u{e9}<>&\"']{1,20}"),
        name in "[a-z0-9]([a-zA-Z0-9._-]{0,10}[a-z0-9])?",
        randomness in any::<[u8; 32]>(),
    ) {
        let mut both = [7; 64];
        both[..32].copy_from_slice(&randomness);
        let rule = AuthorizationRule::generate(&name, AccessRights::MANAGE, &both).unwrap();
        let mut settings = HubSettings::default().with_authorization_rule(rule);
        if let Some(days) = retention {
            settings = settings.with_message_retention_in_days(days);
        }
        if let Some(count) = count {
            settings = settings.with_partition_count(count);
        }
        if let Some(text) = metadata {
            settings = settings.with_user_metadata(&text).unwrap();
        }
        let hub = contoso();
        let request = create_hub_request(&hub, &settings, &token(hub.resource()));
        let titled = body(&request).replacen("<content", "<title>orders</title><content", 1);
        prop_assert_eq!(answered(read_hub, 201, &titled).unwrap().settings, settings);
    }
}
