//! The rules that every store must keep, one async function each, for a store's own tests.
//!
//! Each rule takes an empty store, does something with it, and panics if the store breaks the rule.
//! [`RULES`] and [`DEAD_LETTER_RULES`] list them with their names:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use xrm_listener::MemoryStore;
//! use xrm_listener::conformance::{DEAD_LETTER_RULES, RULES};
//!
//! for (name, rule) in RULES {
//!     println!("{name}");
//!     rule(&MemoryStore::new()).await;
//! }
//! for (name, rule) in DEAD_LETTER_RULES {
//!     println!("{name}");
//!     rule(&MemoryStore::new()).await;
//! }
//! # }
//! ```
//!
//! The lists grow with what is learned; they are no stable part of the public API.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::dead_letter::{DeadLetterQuery, DeadLetterReason, DeadLetterStore, NewDeadLetter};
use crate::event::{Event, PropertyValue};
use crate::source::StreamName;
use crate::store::{BoxFuture, Checkpoint, CheckpointStore, Claim, Ownership};

/// A rule of checkpoint stores, ready to be run on an empty store.
pub type Rule = fn(&dyn CheckpointStore) -> BoxFuture<'_, ()>;

/// A rule of dead letter stores, ready to be run on an empty store.
pub type DeadLetterRule = fn(&dyn DeadLetterStore) -> BoxFuture<'_, ()>;

/// Declares rules and a list of them.
macro_rules! rules {
    ($list:ident: $rule_type:ty, $store_type:ty;
     $($(#[$doc:meta])* async fn $rule:ident($store:ident) $body:block)+) => {
        /// Every rule with its name.
        pub const $list: &[(&str, $rule_type)] =
            &[$((stringify!($rule), |store| Box::pin($rule(store)))),+];

        $(
            $(#[$doc])*
            ///
            /// # Panics
            ///
            /// If the store breaks the rule.
            pub async fn $rule($store: &$store_type) $body
        )+
    };
}

const LEASE: Duration = Duration::from_secs(10);

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn stream() -> StreamName {
    StreamName::new("contoso.servicebus.windows.net", "accounts", "$Default")
}

/// Streams that differ from [`stream`] in one part each.
fn others() -> [StreamName; 3] {
    [
        StreamName::new("fabrikam.servicebus.windows.net", "accounts", "$Default"),
        StreamName::new("contoso.servicebus.windows.net", "orders", "$Default"),
        StreamName::new("contoso.servicebus.windows.net", "accounts", "billing"),
    ]
}

fn claim(partition: &str, version: Option<&str>) -> Claim {
    Claim { partition: partition.to_owned(), version: version.map(str::to_owned) }
}

async fn claimed(
    store: &dyn CheckpointStore,
    listener: &str,
    claims: &[Claim],
    now: DateTime<Utc>,
) -> Vec<Ownership> {
    store.claim(&stream(), listener, claims, now).await.expect("a claim can be decided")
}

/// Claims a partition that nobody has claimed before.
async fn first_claim(store: &dyn CheckpointStore, listener: &str, partition: &str) -> Ownership {
    let mut won = claimed(store, listener, &[claim(partition, None)], at(0)).await;
    assert_eq!(won.len(), 1, "a partition that was never claimed is free");
    won.remove(0)
}

async fn owned(store: &dyn CheckpointStore, now: DateTime<Utc>) -> Vec<Ownership> {
    let mut all = store.ownerships(&stream(), now).await.expect("ownerships can be read");
    all.sort_by(|a, b| a.partition.cmp(&b.partition));
    all
}

async fn checkpoint(store: &dyn CheckpointStore, listener: Option<&str>, number: i64) -> bool {
    let checkpoint = Checkpoint::new("0", number, format!("offset-{number}"));
    store.set_checkpoint(&stream(), listener, &checkpoint).await.expect("a checkpoint can be set")
}

async fn checkpoints(store: &dyn CheckpointStore) -> Vec<Checkpoint> {
    store.checkpoints(&stream()).await.expect("checkpoints can be read")
}

rules! {
    RULES: Rule, dyn CheckpointStore;

    /// Listeners that announced themselves are known for the length of the lease.
    async fn a_listener_is_known_until_its_lease_ends(store) {
        let stream = stream();
        let known = async |listener: &'static str, now| {
            let mut known =
                store.announce(&stream, listener, LEASE, now).await.expect("it can be announced");
            known.sort();
            known
        };
        assert_eq!(known("a", at(0)).await, ["a"]);
        assert_eq!(known("b", at(5)).await, ["a", "b"]);
        assert_eq!(known("b", at(10)).await, ["a", "b"], "at the end of the lease");
        assert_eq!(known("b", at(11)).await, ["b"], "after it");
        assert_eq!(known("a", at(12)).await, ["a", "b"]);
        store.withdraw(&stream, "b").await.expect("a listener can be withdrawn");
        assert_eq!(known("a", at(12)).await, ["a"]);
    }

    /// A claim is won by one listener, and the version decides.
    async fn of_claims_by_the_same_version_one_wins(store) {
        let first = first_claim(store, "a", "0").await;
        assert_eq!(first.owner.as_deref(), Some("a"));
        assert_eq!(claimed(store, "b", &[claim("0", None)], at(1)).await, []);
        let by_version = [claim("0", Some(&first.version))];
        let second = claimed(store, "b", &by_version, at(2)).await;
        assert_eq!(second[0].owner.as_deref(), Some("b"));
        assert_ne!(second[0].version, first.version);
        assert_eq!(claimed(store, "a", &by_version, at(3)).await, [], "a has the old version");
        assert_eq!(owned(store, at(3)).await[0].owner.as_deref(), Some("b"));
    }

    /// A refused claim does not spoil the others that are made with it.
    async fn claims_are_decided_one_by_one(store) {
        first_claim(store, "a", "0").await;
        let won = claimed(store, "b", &[claim("0", None), claim("1", None)], at(1)).await;
        assert_eq!(won.iter().map(|it| &*it.partition).collect::<Vec<_>>(), ["1"]);
    }

    /// The age of an ownership counts from its last claim.
    async fn a_renewal_makes_an_ownership_young(store) {
        let first = first_claim(store, "a", "0").await;
        assert_eq!(owned(store, at(7)).await[0].age, Duration::from_secs(7));
        let renewed = claimed(store, "a", &[claim("0", Some(&first.version))], at(8)).await;
        assert_eq!(renewed.len(), 1);
        let found = owned(store, at(9)).await;
        assert_eq!((found[0].age, &found[0].version), (Duration::from_secs(1), &renewed[0].version));
    }

    /// A released partition has no owner, and can be claimed by its new version.
    async fn a_released_partition_is_free(store) {
        first_claim(store, "a", "0").await;
        first_claim(store, "b", "1").await;
        let both = ["0".to_owned(), "1".to_owned(), "2".to_owned()];
        store.release(&stream(), "a", &both).await.expect("partitions can be released");
        let found = owned(store, at(1)).await;
        assert_eq!(found[0].owner, None);
        assert_eq!(found[1].owner.as_deref(), Some("b"), "what is another's stays");
        let won = claimed(store, "b", &[claim("0", Some(&found[0].version))], at(2)).await;
        assert_eq!(won.len(), 1);
    }

    /// A checkpoint comes back as it was recorded.
    async fn a_checkpoint_comes_back(store) {
        first_claim(store, "a", "0").await;
        assert_eq!(checkpoints(store).await, []);
        assert!(checkpoint(store, Some("a"), 5).await);
        assert_eq!(checkpoints(store).await, [Checkpoint::new("0", 5, "offset-5")]);
        assert!(checkpoint(store, Some("a"), i64::MAX).await);
        assert_eq!(checkpoints(store).await[0].sequence_number, i64::MAX);
    }

    /// A listener that lost a partition records nothing.
    async fn a_former_owner_records_no_checkpoint(store) {
        let first = first_claim(store, "a", "0").await;
        assert!(checkpoint(store, Some("a"), 5).await);
        claimed(store, "b", &[claim("0", Some(&first.version))], at(1)).await;
        assert!(!checkpoint(store, Some("a"), 9).await);
        assert!(!checkpoint(store, Some("c"), 9).await);
        assert_eq!(checkpoints(store).await[0].sequence_number, 5);
        store.release(&stream(), "b", &["0".to_owned()]).await.expect("it can be released");
        assert!(!checkpoint(store, Some("b"), 9).await, "nor does one that released it");
    }

    /// A listener's checkpoint never goes back, but one that is set by hand does.
    async fn a_checkpoint_goes_back_by_hand_alone(store) {
        first_claim(store, "a", "0").await;
        assert!(checkpoint(store, Some("a"), 5).await);
        assert!(checkpoint(store, Some("a"), 4).await, "the partition is still the listener's");
        assert_eq!(checkpoints(store).await[0], Checkpoint::new("0", 5, "offset-5"));
        assert!(checkpoint(store, None, 1).await);
        assert_eq!(checkpoints(store).await[0], Checkpoint::new("0", 1, "offset-1"));
    }

    /// Namespaces, hubs and consumer groups have nothing to do with each other.
    async fn streams_are_separate(store) {
        first_claim(store, "a", "0").await;
        checkpoint(store, Some("a"), 5).await;
        store.announce(&stream(), "a", LEASE, at(0)).await.expect("it can be announced");
        for other in others() {
            let known = store.announce(&other, "b", LEASE, at(0)).await;
            assert_eq!(known.expect("it can be announced"), ["b"], "{other:?}");
            assert_eq!(store.ownerships(&other, at(0)).await.expect("they can be read"), []);
            assert_eq!(store.checkpoints(&other).await.expect("they can be read"), []);
            store.withdraw(&other, "a").await.expect("it can be withdrawn");
            store.release(&other, "a", &["0".to_owned()]).await.expect("it can be released");
        }
        assert_eq!(owned(store, at(0)).await[0].owner.as_deref(), Some("a"));
        let known = store.announce(&stream(), "a", LEASE, at(0)).await;
        assert_eq!(known.expect("it can be announced"), ["a"]);
    }
}

fn letter(partition: &str, number: i64, error: &str) -> NewDeadLetter {
    let mut event = Event::new(partition, number, at(number), vec![0, 255, 1, b'{'])
        .with_content_type("application/json")
        .with_property("text", "42")
        .with_property("number", 42)
        .with_property("yes", true)
        .with_property("nothing", PropertyValue::Null);
    event.partition_key = Some("k".to_owned());
    NewDeadLetter::new(event, DeadLetterReason::HandlerFailed, error, 3, at(1_000))
}

async fn put(store: &dyn DeadLetterStore, letter: NewDeadLetter) -> i64 {
    store.put_dead_letter(&stream(), letter).await.expect("a dead letter can be stored")
}

async fn ids(store: &dyn DeadLetterStore, query: DeadLetterQuery) -> Vec<i64> {
    let found = store.dead_letters(query).await.expect("dead letters can be read");
    found.iter().map(|it| it.id).collect()
}

rules! {
    DEAD_LETTER_RULES: DeadLetterRule, dyn DeadLetterStore;

    /// A dead letter comes back with every byte, property and detail.
    async fn a_dead_letter_comes_back_as_it_was_stored(store) {
        let letter = letter("0", 7, "no such account");
        let id = put(store, letter.clone()).await;
        let found = store.dead_letter(id).await.expect("it can be read").expect("it is there");
        assert_eq!((found.id, &found.stream, &found.letter), (id, &stream(), &letter));
        let listed = store.dead_letters(DeadLetterQuery::default()).await.expect("they can be read");
        assert_eq!(listed, [found]);
        assert_eq!(store.dead_letter(id + 1).await.expect("it can be looked for"), None);
    }

    /// An event that is received again after a crash is one dead letter, with the last error.
    async fn an_event_is_one_dead_letter(store) {
        let id = put(store, letter("0", 7, "first")).await;
        assert_eq!(put(store, letter("0", 7, "second")).await, id);
        let found = store.dead_letter(id).await.expect("it can be read").expect("it is there");
        assert_eq!(found.letter.error, "second");
        let mut of_new_hub = letter("0", 7, "third");
        of_new_hub.event.enqueued_time = at(99);
        assert_ne!(put(store, of_new_hub).await, id, "the hub was recreated since");
    }

    /// Queries select by stream, number and limit, in the order of numbers.
    async fn queries_select(store) {
        let mut all = Vec::new();
        for number in 0..5 {
            all.push(put(store, letter("0", number, "")).await);
        }
        assert!(all.is_sorted());
        assert_eq!(ids(store, DeadLetterQuery::default()).await, all);
        let page = DeadLetterQuery { after: Some(all[1]), limit: Some(2), ..Default::default() };
        assert_eq!(ids(store, page).await, all[2..4]);
        for other in others() {
            let query = DeadLetterQuery { stream: Some(other), ..Default::default() };
            assert_eq!(ids(store, query).await, [] as [i64; 0]);
        }
        let query = DeadLetterQuery { stream: Some(stream()), ..Default::default() };
        assert_eq!(ids(store, query).await, all);
    }

    /// What is deleted is gone, and its number is not given to another.
    async fn deleted_dead_letters_are_gone(store) {
        let first = put(store, letter("0", 1, "")).await;
        let second = put(store, letter("0", 2, "")).await;
        let deleted = store.delete_dead_letters(&[second, second + 10]).await;
        assert_eq!(deleted.expect("they can be deleted"), 1);
        assert_eq!(ids(store, DeadLetterQuery::default()).await, [first]);
        assert!(put(store, letter("0", 3, "")).await > second);
    }
}
