//! The rules that every [`JobStore`] must keep, one async function each, for a store's own tests.
//!
//! Each rule takes an empty store, does something with it, and panics if the store breaks the rule.
//! [`RULES`] lists them all with their names:
//!
//! ```
//! use xrm_jobs::{MemoryJobStore, conformance::RULES};
//!
//! for (name, rule) in RULES {
//!     println!("{name}");
//!     pollster::block_on(rule(&MemoryJobStore::new()));
//! }
//! ```
//!
//! [`operations::RULES`] lists those that a store keeps by keeping these: what people do to many jobs
//! works on it.
//!
//! Times in the rules are whole milliseconds, so a store may be that coarse. The list of rules
//! grows with what is learned; it is no stable part of the public API.

use std::collections::BTreeMap;

use self::calls::*;
use self::fixtures::*;
use crate::cause::Cause;
use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::Payload;
use crate::query::{JobQuery, Position};
use crate::revision::Revision;
use crate::status::StatusCode;
use crate::store::{BoxFuture, Claim, Expiry, JobStore, NewJob};

/// A rule, ready to be run on an empty store.
pub type Rule = fn(&dyn JobStore) -> BoxFuture<'_, ()>;

/// Declares the rules and the list of them.
macro_rules! rules {
    ($($(#[$doc:meta])* async fn $rule:ident($store:ident) $body:block)+) => {
        /// Every rule with its name.
        pub const RULES: &[(&str, Rule)] =
            &[$((stringify!($rule), |store| Box::pin($rule(store)))),+];

        $(
            $(#[$doc])*
            ///
            /// # Panics
            ///
            /// If the store breaks the rule.
            pub async fn $rule($store: &dyn JobStore) $body
        )+
    };
}

mod calls;
mod fixtures;
pub mod operations;

rules! {
    /// A job in any status, with every field set or none, comes back as it was stored.
    async fn a_job_comes_back_as_it_was_stored(store) {
        for job in one_of_each_status() {
            let stored = insert(store, job.clone()).await;
            assert_eq!(stored, job.at_revision(Revision(1)), "the job as inserted");
            assert_eq!(read(store, stored.id()).await, stored, "the job as read");
        }
        let bare = insert(store, new_job(100)).await;
        assert_eq!(read(store, id(100)).await, bare, "a job with nothing set");
    }

    /// A payload is bytes, and each of them counts, as do its properties and their order.
    async fn a_payload_keeps_every_byte(store) {
        // More than 64 KiB, the size of many a buffer, and no multiple of it.
        let body: Vec<u8> = (0..=u8::MAX).cycle().take(70_000).collect();
        let payload = Payload::new("application/json; charset=\"ü\"", body)
            .with_property("http://schemas.microsoft.com/xrm/2011/Claims/Organization", "ü\n\"")
            .with_property("a", "")
            .with_property("a", "1");
        let empty = Payload::new("", Vec::new());
        for (number, payload) in [(1, payload), (2, empty)] {
            let new = NewJob::new(new_job(number), payload.clone());
            store.insert(vec![new]).await.expect("a new id is accepted");
            let found = store.payload(id(number)).await.expect("the job is stored");
            assert_eq!(found.as_ref(), Some(&payload));
            let claimed = claim(store, "host-1", 9, at(1)).await;
            assert_eq!(claimed.into_iter().map(|it| it.payload).collect::<Vec<_>>(), [Ok(payload)]);
        }
    }

    /// A second job with the same id is refused and changes nothing, and nothing is inserted with
    /// it.
    async fn an_id_is_inserted_once(store) {
        let first = insert(store, new_job(1)).await;
        let mut second = new_job(1);
        second.cancel(at(1)).expect("a new job can be canceled");
        for jobs in [vec![new_job(2), second], vec![new_job(3), new_job(3)]] {
            let repeated = jobs[1].id();
            let refused = store.insert(jobs.into_iter().map(with_payload).collect()).await;
            let is_told = matches!(refused, Err(Error::AlreadyExists { id }) if id == repeated);
            assert!(is_told, "{refused:?}");
        }
        assert_eq!(find(store, JobQuery::default()).await, [first]);
    }

    /// Jobs that are inserted together are all there, in the order given.
    async fn many_jobs_are_inserted_at_once(store) {
        // More than stores group in one statement or commit.
        let jobs: Vec<_> = (1..=300).map(|number| with_payload(new_job(number))).collect();
        let inserted = store.insert(jobs).await.expect("new ids are accepted");
        let expected: Vec<_> =
            (1..=300).map(|number| new_job(number).at_revision(Revision(1))).collect();
        assert_eq!(inserted, expected);
        assert_eq!(find(store, JobQuery::default()).await, expected);
        assert_eq!(store.insert(Vec::new()).await.expect("nothing is accepted"), []);
    }

    /// What is not in the store can't be read, updated or deleted.
    async fn a_missing_job_is_an_error(store) {
        let is_told = |error: &Error| matches!(error, Error::Missing { id: it } if *it == id(1));
        let read = store.get(id(1)).await;
        assert!(read.as_ref().is_err_and(is_told), "{read:?}");
        let payload = store.payload(id(1)).await;
        assert!(payload.as_ref().is_err_and(is_told), "{payload:?}");
        let updated = update(store, new_job(1)).await;
        assert!(updated.as_ref().is_err_and(is_told), "{updated:?}");
        let deleted = delete(store, id(1)).await;
        assert!(deleted.as_ref().is_err_and(is_told), "{deleted:?}");
        let held = renew(store, "host-1", &[id(1)], at(9)).await;
        assert_eq!(held, NONE);
    }

    /// An update of the job as it was last read is stored at the next revision.
    async fn an_update_moves_the_revision_on(store) {
        let mut job = insert(store, new_job(1)).await;
        job.begin("host-1", at(60), at(1)).expect("a new job can be begun");
        let begun = update(store, job.clone()).await.expect("nobody else changed the job");
        assert_eq!(begun, job.at_revision(Revision(2)));

        let mut job = begun;
        job.fail(&diagnosis(), at(2)).expect("a job in progress can fail");
        update(store, job.clone()).await.expect("nobody else changed the job");
        assert_eq!(read(store, id(1)).await, job.at_revision(Revision(3)));
    }

    /// An update of a job that somebody else has changed since is refused and changes nothing.
    async fn a_stale_update_is_a_conflict(store) {
        let stale = insert(store, new_job(1)).await;
        let mut job = stale.clone();
        job.begin("host-1", at(60), at(1)).expect("a new job can be begun");
        let winner = update(store, job).await.expect("nobody else changed the job");

        let mut job = stale;
        job.cancel(at(2)).expect("a new job can be canceled");
        let refused = update(store, job).await;
        let Err(Error::Conflict { id: it, expected, found }) = refused else {
            unreachable!("a stale update was answered by {refused:?}");
        };
        assert_eq!((it, expected, found), (id(1), Revision(1), Revision(2)));
        assert_eq!(read(store, id(1)).await, winner);
    }

    /// Of jobs that are updated together, each has its own answer.
    async fn one_refused_update_does_not_spoil_the_others(store) {
        let mut jobs = insert_all(store, (1..=3).map(new_job)).await;
        // A conflict in the middle, and before all of them a job that is not stored.
        jobs[1] = jobs[1].clone().at_revision(Revision(7));
        jobs.insert(0, new_job(9));
        for job in &mut jobs {
            job.cancel(at(1)).expect("a new job can be canceled");
        }
        let updated = store.update(jobs).await.expect("the store works");
        let ids: Vec<_> = updated.iter().map(|it| it.as_ref().ok().map(SystemJob::id)).collect();
        assert_eq!(ids, [None, Some(id(1)), None, Some(id(3))], "{updated:?}");
        let canceled: Vec<_> =
            find(store, in_status(StatusCode::Canceled)).await.iter().map(SystemJob::id).collect();
        assert_eq!(canceled, [id(1), id(3)]);
    }

    /// Of updates made at the same time from the same revision, one is stored.
    async fn concurrent_updates_have_one_winner(store) {
        let job = insert(store, new_job(1)).await;
        let updates = (0..8).map(|host| {
            let mut job = job.clone();
            job.begin(&format!("host-{host}"), at(60), at(1)).expect("a new job can be begun");
            store.update(vec![job])
        });
        let results: Vec<_> =
            all(updates).await.into_iter().flat_map(|it| it.expect("the store works")).collect();
        assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 1, "{results:?}");
        assert!(
            results.iter().flat_map(Result::as_ref).all(|it| it.revision() == Revision(2)),
            "{results:?}",
        );
    }

    /// Only what is ready, or waits for a time that has come, is claimed, or whose lease is over.
    async fn only_due_jobs_are_claimed(store) {
        insert_all(store, one_of_each_status()).await;
        // A second before the claim, at its time and a second after it.
        let times = [at(99), at(100), at(101)];
        insert_all(store, (20..).zip(times).map(|(number, until)| postponed(number, until))).await;
        insert(store, paused(23)).await;
        insert_all(store, (24..).zip(times).map(|(number, until)| begun(number, until))).await;
        let claimed = claim(store, "host-1", 100, at(100)).await;
        let ready = one_of_each_status()
            .into_iter()
            .find(|it| it.status() == StatusCode::WaitingForResources)
            .expect("one of each status");
        let mut expected = vec![ready.id(), id(20), id(21), id(24), id(25)];
        let mut found = ids(&claimed);
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    /// A job that is ready is due also for a worker whose clock is behind.
    async fn a_ready_job_is_due_before_its_time(store) {
        insert(store, new_job(1)).await;
        // Eleven days: no clock differs by more.
        let claimed = claim(store, "host-1", 9, at(-1_000_000)).await;
        assert_eq!(ids(&claimed), [id(1)]);
    }

    /// A claimed job is begun, in the answer and in the store alike.
    async fn a_claimed_job_is_in_progress(store) {
        let mut expected = insert(store, new_job(1)).await;
        expected.begin("host-1", at(65), at(5)).expect("a new job can be begun");
        let claimed = claim(store, "host-1", 1, at(5)).await;
        assert_eq!(jobs(&claimed), [expected.at_revision(Revision(2))]);
        assert_eq!([read(store, id(1)).await], *jobs(&claimed));
    }

    /// A claim takes no more than it may, those due longest first, then as they were stored.
    async fn the_longest_due_are_claimed_first(store) {
        // Stored in another order than that in which they are due; two are due at the same time.
        let mut late = describe(1);
        late.created_on = at(30);
        insert(store, SystemJob::new(late)).await;
        insert(store, postponed(2, at(20))).await;
        insert(store, postponed(4, at(10))).await;
        insert(store, postponed(3, at(10))).await;
        let mut order = Vec::new();
        for limit in [0, 3, 3] {
            let claimed = claim(store, "host-1", limit, at(50)).await;
            assert!(claimed.len() <= limit, "{} jobs for a limit of {limit}", claimed.len());
            order.extend(ids(&claimed));
        }
        assert_eq!(order, [id(4), id(3), id(2), id(1)]);
    }

    /// A worker gets the jobs of the endpoint that it asks for.
    async fn jobs_of_other_endpoints_are_not_claimed(store) {
        // Names are compared as they are: a collation that ignores case would give "A" to "a".
        for (number, endpoint) in [(1, "a"), (2, "b"), (3, "a"), (4, "A")] {
            let mut description = describe(number);
            description.endpoint = endpoint.to_owned();
            insert(store, SystemJob::new(description)).await;
        }
        let of = |endpoint: &str| Claim { endpoint: endpoint.to_owned(), ..claim_at(9, at(1)) };
        for (endpoint, expected) in [("a", vec![id(1), id(3)]), ("b", vec![id(2)]), ("", vec![])] {
            let claimed = store.claim(of(endpoint)).await.expect("the store works");
            assert_eq!(ids(&claimed), expected, "{endpoint}");
        }
    }

    /// However many workers claim at the same time, each job goes to one of them.
    async fn no_job_is_claimed_twice(store) {
        insert_all(store, (1..=50).map(new_job)).await;
        let claims = (0..20).map(|_| store.claim(claim_at(4, at(1))));
        let mut claimed = Vec::new();
        for claim in all(claims).await {
            claimed.extend(ids(&claim.expect("the store works")));
        }
        claimed.sort();
        let every: Vec<_> = (1..=50).map(id).collect();
        assert_eq!(claimed, every);
    }

    /// Jobs of one partition key follow each other, whatever becomes of them; others do not wait.
    async fn jobs_of_one_key_are_claimed_in_order(store) {
        let keyed = |number, key| with_payload(keyed(number, key));
        // Ids that fall, so that an order by id would show.
        let jobs = vec![keyed(5, "k"), keyed(4, "k"), keyed(3, "l"), keyed(2, "k"), keyed(1, "k")];
        store.insert(jobs).await.expect("new ids are accepted");
        insert(store, new_job(9)).await;

        let mut claimed = claim(store, "host-1", 9, at(1)).await;
        assert_eq!(ids(&claimed), [id(5), id(3), id(9)]);
        assert_eq!(ids(&claim(store, "host-2", 9, at(1)).await), NONE);

        let mut first = claimed.swap_remove(0).job;
        first.wait_until(at(50), &diagnosis(), at(2)).expect("a job in progress can wait");
        update(store, first).await.expect("nobody else changed the job");
        assert_eq!(ids(&claim(store, "host-2", 9, at(49)).await), NONE, "the first one waits");
        assert_eq!(next_due(store).await, Some(at(50)));

        let first = claim(store, "host-2", 9, at(50)).await.swap_remove(0).job;
        assert_eq!(first.id(), id(5));
        finish(store, first, SystemJob::succeed).await;
        let second = claim(store, "host-1", 9, at(51)).await;
        assert_eq!(ids(&second), [id(4)]);
        finish(store, second[0].job.clone(), |job, now| job.fail(&diagnosis(), now)).await;
        let mut third = read(store, id(2)).await;
        third.cancel(at(52)).expect("a new job can be canceled");
        update(store, third).await.expect("nobody else changed the job");
        let mut fourth = claim(store, "host-1", 9, at(53)).await;
        assert_eq!(ids(&fourth), [id(1)]);

        store.insert(vec![keyed(20, "k"), keyed(21, "k")]).await.expect("new ids are accepted");
        assert_eq!(ids(&claim(store, "host-1", 9, at(54)).await), NONE, "the fourth is in progress");
        finish(store, fourth.swap_remove(0).job, SystemJob::succeed).await;
        assert_eq!(ids(&claim(store, "host-1", 9, at(55)).await), [id(20)]);
    }

    /// However jobs of one key are stored and completed at the same time, each has its turn, and
    /// no two are in progress together.
    async fn no_job_of_a_key_is_left_behind(store) {
        let keyed = |number| with_payload(keyed(number, "k"));
        store.insert(vec![keyed(1)]).await.expect("a new id is accepted");
        let mut done = Vec::new();
        for round in 1..=20 {
            let claimed = claim(store, "host-1", 9, at(round)).await;
            assert_eq!(claimed.len(), 1, "{} jobs of one key at a time", claimed.len());
            let mut job = claimed[0].job.clone();
            done.push(job.id());
            job.succeed(at(round)).expect("an attempt is under way");
            // The job that completes has to unblock a job that is being inserted at that moment,
            // or the insert has to see that nothing is left to wait for.
            let number = round as u128 * 2;
            let changes: Vec<BoxFuture<'_, bool>> = vec![
                Box::pin(async { store.insert(vec![keyed(number)]).await.is_ok() }),
                Box::pin(async { store.update(vec![job]).await.is_ok_and(|it| it[0].is_ok()) }),
                Box::pin(async { store.insert(vec![keyed(number + 1)]).await.is_ok() }),
            ];
            assert_eq!(all(changes.into_iter()).await, [true; 3]);
        }
        for round in 21..=41 {
            let claimed = claim(store, "host-1", 9, at(round)).await;
            assert_eq!(claimed.len(), 1, "{} jobs of one key at a time", claimed.len());
            done.push(claimed[0].job.id());
            finish(store, claimed[0].job.clone(), SystemJob::succeed).await;
        }
        assert_eq!(ids(&claim(store, "host-1", 9, at(99)).await), NONE);
        done.sort();
        assert_eq!(done, (1..=41).map(id).collect::<Vec<_>>());
    }

    /// A worker that says it is alive keeps its jobs; one that does not loses them, and can't
    /// record an outcome any more.
    async fn a_lease_that_runs_out_is_taken_over(store) {
        insert_all(store, (1..=2).map(new_job)).await;
        let claimed = claim(store, "host-1", 9, at(0)).await;
        assert_eq!(renew(store, "host-1", &[id(1)], at(100)).await, [id(1)]);
        assert_eq!(renew(store, "host-2", &[id(2)], at(100)).await, NONE);
        assert_eq!(next_due(store).await, Some(at(60)), "the lease of the second");
        assert_eq!(read(store, id(1)).await.revision(), Revision(2), "a renewal is no change");

        // The lease of the second ends at 60, that of the first was renewed.
        let taken = claim(store, "host-2", 9, at(60)).await;
        assert_eq!(ids(&taken), [id(2)]);
        let progress = taken[0].job.progress();
        assert_eq!(progress.host_id.as_deref(), Some("host-2"));
        assert_eq!(progress.retry_count, 2);
        let causes: Vec<_> = progress.attempts.attempts().iter().map(|it| it.cause).collect();
        assert_eq!(causes, [Some(Cause::WorkerLost), None]);
        assert_eq!([read(store, id(2)).await], *jobs(&taken));

        assert_eq!(renew(store, "host-1", &[id(1), id(2)], at(200)).await, [id(1)]);
        // The first worker was only slow, and reports what it believes.
        let mut late = claimed[1].job.clone();
        late.succeed(at(61)).expect("the worker believes so");
        let refused = update(store, late).await;
        assert!(refused.as_ref().is_err_and(Error::is_conflict), "{refused:?}");
        let mut first = claimed[0].job.clone();
        first.succeed(at(61)).expect("a job in progress can succeed");
        update(store, first).await.expect("a renewal is no change");
        assert_eq!(renew(store, "host-1", &[id(1)], at(200)).await, NONE, "it is completed");
    }

    /// A request that the worker did not live to see takes effect when its lease is over.
    async fn requests_outlive_their_worker(store) {
        let mut canceling = begun(1, at(10));
        canceling.cancel(at(1)).expect("a job in progress can be canceled");
        let mut pausing = begun(2, at(10));
        pausing.pause(at(1)).expect("a job in progress can be paused");
        insert(store, canceling).await;
        insert(store, pausing).await;
        assert_eq!(ids(&claim(store, "host-2", 9, at(10)).await), NONE);
        assert_eq!(read(store, id(1)).await.status(), StatusCode::Canceled);
        assert_eq!(read(store, id(2)).await.status(), StatusCode::Waiting);
        assert_eq!(next_due(store).await, None);
    }

    /// The store knows when there is something to do.
    async fn the_next_due_time_is_known(store) {
        assert_eq!(next_due(store).await, None);
        insert(store, paused(1)).await;
        assert_eq!(next_due(store).await, None);
        insert(store, postponed(2, at(30))).await;
        assert_eq!(next_due(store).await, Some(at(30)));
        insert(store, begun(3, at(20))).await;
        assert_eq!(next_due(store).await, Some(at(20)));
        insert(store, new_job(4)).await;
        assert_eq!(next_due(store).await, Some(at(0)));
    }

    /// Whoever waits for a change is woken by it.
    async fn a_new_job_wakes_whoever_waits(store) {
        // The future is made before the change, as a worker makes it before it looks for jobs.
        let mut changed = store.changed();
        insert(store, new_job(1)).await;
        changed.as_mut().await;
        let again = store.changed();
        let mut job = read(store, id(1)).await;
        job.postpone(at(1), at(0)).expect("a new job can be postponed");
        update(store, job).await.expect("nobody else changed the job");
        again.await;
    }

    /// A query finds what matches all that it asks for, oldest creation first, up to its limit.
    async fn a_query_finds_what_matches(store) {
        insert_all(store, one_of_each_status()).await;
        let every = find(store, JobQuery::default()).await;
        assert_eq!(every.len(), StatusCode::ALL.len());
        assert!(every.is_sorted_by_key(Position::from), "{every:?}");

        let limited = find(store, JobQuery { limit: 3, ..JobQuery::default() }).await;
        assert_eq!(limited, every[..3]);

        for query in queries(&every) {
            let expected: Vec<_> = every.iter().filter(|it| query.matches(it)).cloned().collect();
            assert_eq!(find(store, query.clone()).await, expected, "{query:?}");
            let mut counts = BTreeMap::new();
            for job in &expected {
                *counts.entry(job.status()).or_default() += 1;
            }
            let counted = store.count(JobQuery { limit: 1, ..query.clone() }).await;
            assert_eq!(counted.expect("the store works"), counts, "{query:?}");
        }
    }

    /// Page by page, each job is found once.
    async fn pages_follow_each_other(store) {
        let jobs = (1..=25).map(|number| SystemJob::new(describe_in_full(number)));
        store.insert(jobs.map(with_payload).collect()).await.expect("new ids are accepted");
        let every = find(store, JobQuery::default()).await;
        let mut paged: Vec<SystemJob> = Vec::new();
        loop {
            let after = paged.last().map(Position::from);
            let page = find(store, JobQuery { after, limit: 7, ..JobQuery::default() }).await;
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= 7);
            paged.extend(page);
        }
        assert_eq!(paged, every);
    }

    /// A completed job can be deleted, and only a completed one; others may be deleted with it.
    async fn only_completed_jobs_are_deleted(store) {
        let stored = insert_all(store, one_of_each_status()).await;
        let ids = stored.iter().map(SystemJob::id).collect();
        let deleted = store.delete(ids).await.expect("the store works");
        assert_eq!(deleted.len(), stored.len());
        for (job, deleted) in stored.into_iter().zip(deleted) {
            if job.status().state().is_completed() {
                deleted.expect("a completed job can be deleted");
                let read = store.get(job.id()).await;
                assert!(matches!(read, Err(Error::Missing { .. })), "{read:?}");
            } else {
                let refused = matches!(
                    deleted,
                    Err(Error::NotCompleted { id, status }) if id == job.id() && status == job.status()
                );
                assert!(refused, "{deleted:?}");
                assert_eq!(read(store, job.id()).await, job);
            }
        }
    }

    /// Old completed jobs are deleted with their messages: those of one status, up to a limit.
    async fn old_jobs_are_deleted_up_to_a_limit(store) {
        // In another order than they were completed in.
        for (number, completed) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
            let mut job = new_job(number);
            job.cancel(at(completed)).expect("a new job can be canceled");
            insert(store, job).await;
        }
        let others = insert_all(store, one_of_each_status().into_iter().map(renumbered)).await;
        let left = async || {
            let found = find(store, in_status(StatusCode::Canceled)).await;
            let of_ours = |it: &SystemJob| (it.id() < id(50)).then(|| it.id().as_u128());
            found.iter().filter_map(of_ours).collect::<Vec<_>>()
        };
        let canceled = |limit| Expiry {
            status: StatusCode::Canceled,
            completed_before: at(40),
            limit,
        };
        assert_eq!(expire(store, Expiry { completed_before: at(3), ..canceled(9) }).await, 0);
        assert_eq!(expire(store, canceled(0)).await, 0);
        // Three of these and one of the others, which was completed in the third second.
        assert_eq!(expire(store, canceled(1)).await, 1);
        assert_eq!(expire(store, canceled(9)).await, 3);
        assert_eq!(left().await, [4], "it was completed at that time, and not before");
        let payload = store.payload(id(1)).await;
        assert!(matches!(payload, Err(Error::Missing { .. })), "{payload:?}");
        for status in StatusCode::ALL.iter().filter(|it| !it.state().is_completed()) {
            let expiry = Expiry { status: *status, completed_before: at(9999), limit: 9 };
            assert_eq!(expire(store, expiry).await, 0, "{status:?}");
        }
        let kept = others.iter().filter(|it| it.status() != StatusCode::Canceled);
        for job in kept {
            assert_eq!(read(store, job.id()).await, *job);
        }
    }

    /// A message is dropped when its job has succeeded, and not when it has failed. For stores
    /// with the default [`PayloadRetention`](crate::PayloadRetention).
    async fn a_payload_is_kept_until_its_job_has_succeeded(store) {
        insert_all(store, (1..=3).map(new_job)).await;
        let claimed = claim(store, "host-1", 2, at(1)).await;
        finish(store, claimed[0].job.clone(), SystemJob::succeed).await;
        finish(store, claimed[1].job.clone(), |job, now| job.fail(&diagnosis(), now)).await;
        let kept = [payload_of(store, 1).await, payload_of(store, 2).await, payload_of(store, 3).await];
        assert_eq!(kept.map(|it| it.is_some()), [false, true, true]);
    }

    /// A job whose step asked for it is deleted when it succeeds, and only then.
    async fn a_job_may_be_deleted_when_it_succeeds(store) {
        let auto_delete = |number: u128| {
            let mut description = describe(number);
            description.auto_delete = true;
            description.partition_key = Some("k".to_owned());
            SystemJob::new(description)
        };
        insert_all(store, (1..=3).map(auto_delete)).await;
        let first = claim(store, "host-1", 9, at(1)).await.swap_remove(0).job;
        let succeeded = finish(store, first, SystemJob::succeed).await;
        assert_eq!(succeeded.status(), StatusCode::Succeeded);
        assert!(matches!(store.get(id(1)).await, Err(Error::Missing { .. })));
        let second = claim(store, "host-1", 9, at(2)).await.swap_remove(0).job;
        assert_eq!(second.id(), id(2), "the next of the key has its turn");
        finish(store, second, |job, now| job.fail(&diagnosis(), now)).await;
        assert_eq!(read(store, id(2)).await.status(), StatusCode::Failed);
    }
}
