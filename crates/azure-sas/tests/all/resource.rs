//! What a token is signed for.

use azure_sas::{ConnectionString, Endpoint, Error, Reason, Resource};

#[test]
fn scopes_nest() {
    let endpoint: Endpoint = "sb://Contoso.servicebus.windows.net/".parse().unwrap();
    let namespace = Resource::namespace(&endpoint);
    let hub = Resource::hub(&endpoint, "Orders_1.x-y").unwrap();
    let publisher = Resource::publisher(&endpoint, "Orders", "till 7");
    assert_eq!(namespace.uri(), "https://Contoso.servicebus.windows.net");
    assert_eq!(hub.to_string(), "https://Contoso.servicebus.windows.net/Orders_1.x-y");
    assert_eq!(hub.encoded(), "https%3A%2F%2FContoso.servicebus.windows.net%2FOrders_1.x-y");
    assert_eq!(publisher, Err(Error::Resource(Reason::Character)));
    assert_eq!(
        Resource::publisher(&endpoint, "Orders", "till-7").unwrap().uri(),
        "https://Contoso.servicebus.windows.net/Orders/publishers/till-7"
    );
}

#[test]
fn a_local_emulator_is_signed_for_as_it_is_called() {
    let connection: ConnectionString = "Endpoint=sb://127.0.0.1:5123;SharedAccessKeyName=n;\
        SharedAccessKey=k;UseDevelopmentEmulator=true"
        .parse()
        .unwrap();
    let hub = Resource::hub(connection.endpoint(), "orders").unwrap();
    assert_eq!(hub.encoded(), "http%3A%2F%2F127.0.0.1%3A5123%2Forders");
}

#[test]
fn a_uri_is_encoded_once_and_kept_as_written() {
    for (uri, encoded) in [
        ("audience", "audience"),
        ("SB://Host/Path/", "SB%3A%2F%2FHost%2FPath%2F"),
        ("a%20b", "a%2520b"),
        ("a+b~c", "a%2Bb~c"),
        ("\u{e9}", "%C3%A9"),
    ] {
        let resource = Resource::new(uri).unwrap();
        assert_eq!((resource.uri(), resource.encoded()), (uri, encoded));
    }
}

#[test]
fn what_is_not_a_uri_or_a_segment_is_refused() {
    let endpoint: Endpoint = "sb://h".parse().unwrap();
    for (uri, reason) in
        [("", Reason::Empty), ("a b", Reason::Character), ("a\n1", Reason::Character)]
    {
        assert_eq!(Resource::new(uri), Err(Error::Resource(reason)));
    }
    for hub in ["a/b", "a?b", "a#b", "a%2Fb", ".", ".."] {
        let refused = Err(Error::Resource(Reason::NotASegment));
        assert_eq!(Resource::hub(&endpoint, hub), refused, "{hub}");
        assert_eq!(Resource::publisher(&endpoint, "a", hub), refused, "{hub}");
    }
    assert_eq!(Resource::hub(&endpoint, ""), Err(Error::Resource(Reason::Empty)));
}
