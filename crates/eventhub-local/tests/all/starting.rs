use std::net::SocketAddr;
use std::time::Duration;

use azure_sas::{ConnectionString, SharedAccessKey};
use eventhub_local::{Builder, Error, LocalEventHub};

use crate::client::{KEY, LOOPBACK, builder, local, post};

async fn refused(builder: Builder) -> Error {
    builder.serve(LOOPBACK).await.expect_err("it can't be served")
}

#[tokio::test]
async fn what_can_not_be_served_is_told() {
    let new = LocalEventHub::builder;
    let error = refused(new()).await;
    assert!(matches!(error, Error::NoHub), "{error:?}");
    for name in ["", "a/b", "-a", "a.", "a b", "\u{e9}", &"a".repeat(257)] {
        let error = refused(new().hub(name, 1)).await;
        assert!(matches!(&error, Error::HubName { name: it } if it == name), "{error:?}");
    }
    for count in [0, 1025] {
        let error = refused(new().hub("a", count)).await;
        assert!(matches!(&error, Error::PartitionCount { count: it, .. } if *it == count));
    }
    let error = refused(new().hub("orders", 1).hub("Orders", 2)).await;
    assert!(matches!(error, Error::DuplicateHub { .. }), "{error:?}");
    let error = refused(new().hub("a", 1).max_events_per_partition(0)).await;
    assert!(matches!(error, Error::Retention), "{error:?}");
    let error = refused(new().hub("a", 1).max_bytes_per_hub(0)).await;
    assert!(matches!(error, Error::Retention), "{error:?}");
    let error = refused(new().hub("a", 1).retention(Duration::ZERO)).await;
    assert!(matches!(error, Error::Retention), "{error:?}");
    let error = refused(new().hub("a", 1).retention(Duration::MAX)).await;
    assert!(matches!(error, Error::Retention), "{error:?}");
    for name in ["", "a/b", &"a".repeat(51)] {
        let error = refused(new().hub("a", 1).consumer_group("a", name)).await;
        assert!(matches!(&error, Error::ConsumerGroupName { name: it } if it == name), "{error:?}");
    }
    let error = refused(new().hub("a", 1).consumer_group("b", "c")).await;
    assert!(matches!(&error, Error::UnknownHub { name } if name == "b"), "{error:?}");
    let error = refused(new().hub("a", 1).key_name("")).await;
    assert!(matches!(error, Error::Policy(_)), "{error:?}");
    let error = refused(new().hub("a", 1).key_name("a;b")).await;
    assert!(matches!(error, Error::PolicyText { part: "name" }), "{error:?}");
    let error = refused(new().hub("a", 1).key(SharedAccessKey::new("a;b").unwrap())).await;
    assert!(matches!(error, Error::PolicyText { part: "key" }), "{error:?}");
}

#[tokio::test]
async fn only_loopback_is_served_unless_allowed() {
    let any: SocketAddr = ([0, 0, 0, 0], 0).into();
    let error = builder().serve(any).await.unwrap_err();
    assert!(matches!(error, Error::NotLoopback { address } if address == any), "{error:?}");

    let local = builder().allow_remote().serve(any).await.unwrap();
    let port = local.address().port();
    assert_eq!(local.origin(), format!("http://127.0.0.1:{port}"));
    assert_eq!(local.connection_string("accounts").unwrap().endpoint().origin(), local.origin());
}

#[tokio::test]
async fn a_port_in_use_is_told() {
    let local = local().await;
    let error = builder().serve(local.address()).await.unwrap_err();
    assert!(matches!(&error, Error::Listen { address, .. } if *address == local.address()));
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_port_is_free_again_after_shutdown() {
    let local = local().await;
    let address = local.address();
    local.shutdown().await;
    builder().serve(address).await.unwrap();
}

#[tokio::test]
async fn the_connection_string_reads_back_and_opens_the_hub() {
    let local = local().await;
    let text = local.connection_string("Accounts").unwrap().to_secret_string();
    let expected = format!(
        "Endpoint=sb://{};SharedAccessKeyName=send;SharedAccessKey={};EntityPath=accounts;\
         UseDevelopmentEmulator=true",
        local.address(),
        KEY.reveal(),
    );
    assert_eq!(*text, expected);
    let read: ConnectionString = text.parse().unwrap();
    assert_eq!(read.endpoint().origin(), local.origin());
    assert_eq!(read.key(), Some(&*KEY));
    assert!(matches!(local.connection_string("x"), Err(Error::UnknownHub { .. })));
}

#[tokio::test]
async fn a_key_is_made_as_azure_makes_it() {
    let local =
        LocalEventHub::builder().hub("a", 1).key_from_bytes([7; 32]).serve(LOOPBACK).await.unwrap();
    let connection = local.connection_string("a").unwrap();
    assert_eq!(connection.key_name(), "RootManageSharedAccessKey");
    assert_eq!(connection.key().unwrap().reveal(), "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
}

#[tokio::test]
async fn two_local_hubs_have_two_keys() {
    let mut keys = Vec::new();
    for _ in 0..2 {
        let local = LocalEventHub::builder().hub("a", 1).serve(LOOPBACK).await.unwrap();
        keys.push(local.connection_string("a").unwrap().key().unwrap().clone());
    }
    assert!(keys[0] != keys[1]);
    assert!(keys.iter().all(|it| it.reveal().len() == 44));
}

#[tokio::test]
async fn the_key_is_never_printed() {
    let local = local().await;
    let printed = format!("{local:?} {:?}", builder());
    assert!(!printed.contains(KEY.reveal()), "{printed}");
}

#[tokio::test]
async fn ipv6_is_served() {
    // A machine without IPv6 has nothing to test here.
    let Ok(local) = builder().serve((std::net::Ipv6Addr::LOCALHOST, 0)).await else { return };
    assert!(local.origin().starts_with("http://[::1]:"));
    let answer = post(&local, "/accounts/messages", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
}
