//! Naming the hub.

use azure_sas::ConnectionString;
use eventhub_rest::{Error, Hub, InvalidReason, Target};

use crate::{hub, local_hub};

fn connection(parts: &str) -> ConnectionString {
    format!("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k{parts}").parse().unwrap()
}

#[test]
fn a_hub_has_an_address_and_a_resource() {
    for (hub, origin) in [
        (hub("sb://contoso.servicebus.windows.net/"), "https://contoso.servicebus.windows.net"),
        (hub("sb://h:8443"), "https://h:8443"),
        (hub("sb://[::1]:8443"), "https://[::1]:8443"),
        (local_hub(5123), "http://127.0.0.1:5123"),
    ] {
        assert_eq!(hub.name(), "orders");
        assert_eq!(hub.resource().uri(), format!("{origin}/orders"));
        assert_eq!(
            hub.messages().to_string(),
            format!("{origin}/orders/messages?timeout=60&api-version=2014-01")
        );
    }
}

#[test]
fn a_connection_string_must_name_the_hub() {
    assert!(matches!(Hub::try_from(&connection("")), Err(Error::NoHub)));
    assert_eq!(Hub::try_from(&connection(";EntityPath=orders")).unwrap().name(), "orders");
    let malformed = Hub::try_from(&connection(";EntityPath=a/b"));
    assert!(matches!(malformed, Err(Error::HubName(InvalidReason::Character))));
}

#[test]
fn a_name_is_letters_digits_and_three_signs() {
    let named = |name: &str| Hub::new("sb://h".parse().unwrap(), name);
    let longest = "a".repeat(256);
    for name in ["a", "7", "a.b-c_d", "A1", &longest] {
        assert_eq!(named(name).unwrap().name(), name);
    }
    for (name, expected) in [
        ("", InvalidReason::Empty),
        ("a b", InvalidReason::Character),
        ("a/b", InvalidReason::Character),
        ("a?b", InvalidReason::Character),
        ("a%20b", InvalidReason::Character),
        ("\u{e9}", InvalidReason::Character),
        ("a\r\nhost: b", InvalidReason::Character),
        (".", InvalidReason::Edge),
        ("..", InvalidReason::Edge),
        ("-a", InvalidReason::Edge),
        ("a_", InvalidReason::Edge),
        (&"a".repeat(257), InvalidReason::TooLong(256)),
    ] {
        let error = named(name).unwrap_err();
        assert!(matches!(error, Error::HubName(reason) if reason == expected), "{name}: {error}");
    }
}

#[test]
fn a_partition_and_a_publisher_have_addresses_of_their_own() {
    let hub = hub("sb://contoso.servicebus.windows.net");
    assert_eq!(hub.target(), &Target::Hub);
    let partition = hub.partition("12").unwrap();
    assert_eq!(partition.target(), &Target::Partition("12".to_owned()));
    assert_eq!(partition.name(), "orders");
    assert_eq!(partition.resource(), hub.resource());
    assert_eq!(
        partition.messages().to_string(),
        "https://contoso.servicebus.windows.net/orders/partitions/12/messages\
         ?timeout=60&api-version=2014-01"
    );
    let publisher = partition.publisher("till-7~a.b_c").unwrap();
    assert_eq!(publisher.target(), &Target::Publisher("till-7~a.b_c".to_owned()));
    assert_eq!(
        publisher.resource().uri(),
        "https://contoso.servicebus.windows.net/orders/publishers/till-7~a.b_c"
    );
    assert_eq!(publisher.messages().path(), "/orders/publishers/till-7~a.b_c/messages");
}

#[test]
fn a_partition_and_a_publisher_are_one_segment() {
    let hub = hub("sb://h");
    let longest = "a".repeat(256);
    assert!(hub.partition(&longest).is_ok() && hub.publisher(&longest).is_ok());
    for (name, expected) in [
        ("", InvalidReason::Empty),
        ("a/b", InvalidReason::Character),
        ("a?b", InvalidReason::Character),
        ("a%2Fb", InvalidReason::Character),
        ("a b", InvalidReason::Character),
        ("\u{e9}", InvalidReason::Character),
        ("a\r\nhost: b", InvalidReason::Character),
        (".", InvalidReason::Edge),
        ("..", InvalidReason::Edge),
        (&"a".repeat(257), InvalidReason::TooLong(256)),
    ] {
        let error = hub.partition(name).unwrap_err();
        assert!(matches!(error, Error::PartitionId(reason) if reason == expected), "{name}");
        let error = hub.publisher(name).unwrap_err();
        assert!(matches!(error, Error::PublisherName(reason) if reason == expected), "{name}");
    }
}
