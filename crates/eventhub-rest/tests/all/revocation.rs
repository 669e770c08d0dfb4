//! Publishers revoked and restored by the client, against a local hub.

use eventhub_local::LocalEventHub;
use eventhub_rest::manage::{ManageError, PublisherName};
use eventhub_rest::{Client, Event, Hub, Verdict};

use crate::at;

#[tokio::test]
async fn a_revoked_publisher_is_refused_until_it_is_restored() {
    let builder = LocalEventHub::builder().hub("orders", 2);
    let local = builder.serve(([127, 0, 0, 1], 0)).await.unwrap();
    let connection = local.connection_string("orders").unwrap();
    let hub = Hub::try_from(&connection).unwrap();
    let token = connection.signer().unwrap().sign(hub.resource(), at(4_102_444_800));
    let (till, name) = (hub.publisher("till-7").unwrap(), PublisherName::new("till-7").unwrap());
    let event = Event::new("{}", "application/json").unwrap();
    let client = Client::new().unwrap();
    assert_eq!(client.send(&till, &event, &token).await, Verdict::Accepted);

    client.revoke_publisher(&hub, &name, &token).await.unwrap();
    let failure = client.revoke_publisher(&hub, &name, &token).await.unwrap_err();
    assert!(matches!(failure, ManageError::Conflict(_)), "{failure}");
    let Verdict::Refused(refusal) = client.send(&till, &event, &token).await else {
        panic!("a revoked publisher sends nothing");
    };
    assert_eq!((refusal.status().as_u16(), refusal.sub_code()), (401, Some(40100)));
    let other = hub.publisher("till-8").unwrap();
    assert_eq!(client.send(&other, &event, &token).await, Verdict::Accepted);
    assert_eq!(client.list_revoked_publishers(&hub, &token).await.unwrap(), ["till-7"]);

    client.restore_publisher(&hub, &name, &token).await.unwrap();
    let failure = client.restore_publisher(&hub, &name, &token).await.unwrap_err();
    assert!(matches!(failure, ManageError::NotFound(_)), "{failure}");
    assert!(client.list_revoked_publishers(&hub, &token).await.unwrap().is_empty());
    assert_eq!(client.send(&till, &event, &token).await, Verdict::Accepted);
}

/// Names are asked for a hundred at a time.
#[tokio::test]
async fn all_revoked_publishers_are_listed() {
    let builder = LocalEventHub::builder().hub("orders", 2);
    let local = builder.serve(([127, 0, 0, 1], 0)).await.unwrap();
    let connection = local.connection_string("orders").unwrap();
    let hub = Hub::try_from(&connection).unwrap();
    let token = connection.signer().unwrap().sign(hub.resource(), at(4_102_444_800));
    let client = Client::new().unwrap();
    let mut names: Vec<_> = (0..130).map(|number| format!("till-{number}")).collect();
    for name in &names {
        let name = PublisherName::new(name).unwrap();
        client.revoke_publisher(&hub, &name, &token).await.unwrap();
    }
    let mut listed = client.list_revoked_publishers(&hub, &token).await.unwrap();
    names.sort();
    listed.sort();
    assert_eq!(listed, names);
}
