//! What the [operations](crate::operations) do on any store, for a store's own tests.

use std::time::Duration;

use super::*;
use crate::operations::{
    BulkChange, ImportOptions, JobPages, Retention, Selection, change, export, failure_groups,
    import, purge, retry,
};

rules! {
    /// Each job is found once, however small the pages, also where many were created at once.
    async fn pages_find_every_job_once(store) {
        insert_all(store, (1..=7).map(|it| SystemJob::new(describe_in_full(it)))).await;
        let expected = find(store, JobQuery::default()).await;
        // Pages that end with the last job, one before it and one behind it; 0 is taken for 1.
        for limit in [0, 1, 2, 3, 7, 8] {
            let mut pages = JobPages::new(store, JobQuery { limit, ..JobQuery::default() });
            let mut found = Vec::new();
            while let Some(page) = pages.next().await.expect("the store answers") {
                assert!(page.len() <= limit.max(1), "a page is no larger than asked for");
                found.extend(page);
            }
            assert_eq!(found, expected, "in pages of {limit}");
        }
    }

    /// The jobs for which a change is legal are changed, and the others are counted.
    async fn an_operation_changes_what_it_may(store) {
        let until = at(700);
        for (number, operation) in (0..).zip([
            BulkChange::Cancel,
            BulkChange::Pause,
            BulkChange::Resume,
            BulkChange::Postpone { until },
        ]) {
            let message_name = format!("Operation {number}");
            let query =
                JobQuery { message_name: Some(message_name.clone()), ..JobQuery::default() };
            let mut expected = Vec::new();
            for (place, status) in (0..).zip(StatusCode::ALL) {
                let job = job_in(*status, 100 * number + place);
                let mut description = job.description().clone();
                description.message_name = message_name.clone();
                description.auto_delete = false;
                let progress = job.progress().clone();
                let job = SystemJob::restore(description, progress, Revision(0));
                let job = insert(store, job.expect("it is a job still")).await;
                let mut changed = job.clone();
                let changed = match operation.apply(&mut changed, at(600)) {
                    Ok(()) => changed.at_revision(Revision(2)),
                    Err(_) => job,
                };
                expected.push(changed);
            }
            expected.sort_by_key(|it| Position::from(it));
            let selection = Selection::from(JobQuery { limit: 2, ..query.clone() });
            let mut last = None;
            let done = change(store, &selection, operation, at(600), |it| last = Some(it.clone()));
            let report = done.await.expect("the store answers");
            assert_eq!(last.as_ref(), Some(&report), "the last word of the progress");
            let legal = expected.iter().filter(|it| it.revision() == Revision(2)).count() as u64;
            assert_eq!((report.changed, report.refused()), (legal, 8 - legal), "{operation:?}");
            assert_eq!(report.not_legal.get(&StatusCode::Succeeded), Some(&1));
            assert_eq!(find(store, query).await, expected, "{operation:?}");
        }
    }

    /// Jobs given by their ids that the store does not have are counted as gone.
    async fn an_operation_on_given_jobs_counts_those_that_are_gone(store) {
        insert(store, new_job(1)).await;
        let selection = Selection::from(vec![id(1), id(2)]);
        let report = change(store, &selection, BulkChange::Pause, at(5), |_| ()).await;
        let report = report.expect("the store answers");
        assert_eq!((report.changed, report.gone, report.seen()), (1, 1, 2));
        assert_eq!(read(store, id(1)).await.status(), StatusCode::Waiting);
    }

    /// What waits is resumed; what failed or was canceled is sent again by a new job, with the same
    /// bytes and the same message id, once for each new id.
    async fn a_retry_resumes_or_sends_again(store) {
        let payload = Payload::new("application/json", vec![7; 3000]).with_property("a", "b");
        let mut jobs = Vec::new();
        for job in one_of_each_status() {
            let new = NewJob::new(job, payload.clone());
            jobs.extend(store.insert(vec![new]).await.expect("new ids are accepted"));
        }
        let new_id = |old: &SystemJob| id(old.id().as_u128() + 500);
        let selection = Selection::from(JobQuery { limit: 3, ..JobQuery::default() });
        let report = retry(store, &selection, new_id, at(900), |_| ()).await;
        let report = report.expect("the store answers");
        let not_legal = report.not_legal.values().sum::<u64>();
        assert_eq!((report.changed, report.sent_again, not_legal), (1, 2, 5), "{report:?}");

        for old in jobs {
            let now = read(store, old.id()).await;
            match old.status() {
                StatusCode::Waiting => assert_eq!(now.status(), StatusCode::WaitingForResources),
                _ => assert_eq!(now, old, "what can't be resumed stays as it was"),
            }
            if matches!(old.status(), StatusCode::Failed | StatusCode::Canceled) {
                let mut description = old.description().clone();
                description.id = new_id(&old);
                description.created_on = at(900);
                let new = SystemJob::new(description).at_revision(Revision(1));
                assert_eq!(read(store, new.id()).await, new);
                let found = store.payload(new.id()).await.expect("the job is stored");
                assert_eq!(found.as_ref(), Some(&payload));
            }
        }
        // The new jobs are created at 900 and not found; the old ones are, and their new ids taken.
        let again = retry(store, &selection, new_id, at(900), |_| ()).await;
        let again = again.expect("the store answers");
        assert_eq!((again.sent_again, again.already_there), (0, 2), "{again:?}");
    }

    /// Only what is completed, asked for and old enough is deleted.
    async fn a_purge_deletes_what_is_old(store) {
        insert_all(store, one_of_each_status()).await;
        let all = JobQuery { limit: 1, ..JobQuery::default() };
        let mut retention = Retention { failed: Some(Duration::from_secs(10)), ..Retention::default() };
        // The failed job was completed at 2.
        for (now, deleted) in [(at(12), 0), (at(13), 1), (at(14), 0)] {
            let purged = purge(store, &all, retention, now, |_| ()).await;
            assert_eq!(purged.expect("the store answers").total(), deleted, "{now}");
        }
        retention.succeeded = Some(Duration::ZERO);
        let other = JobQuery { primary_entity_type: Some("contact".to_owned()), ..all.clone() };
        let purged = purge(store, &other, retention, at(99), |_| ()).await;
        assert_eq!(purged.expect("the store answers").total(), 0, "not asked for");
        let purged = purge(store, &all, retention, at(99), |_| ()).await;
        let expected = BTreeMap::from([(StatusCode::Succeeded, 1)]);
        assert_eq!(purged.expect("the store answers").deleted, expected);
        let everything = Retention::for_all(Duration::ZERO);
        let purged = purge(store, &all, everything, at(99), |_| ()).await;
        let expected = BTreeMap::from([(StatusCode::Canceled, 1)]);
        assert_eq!(purged.expect("the store answers").deleted, expected);
        assert_eq!(find(store, JobQuery::default()).await.len(), 5, "the others have not ended");
    }

    /// Jobs that failed or wait for the same reason are counted together.
    async fn failures_are_grouped(store) {
        insert_all(store, one_of_each_status()).await;
        insert_all(store, (11..=12).map(|it| job_in(StatusCode::Waiting, it))).await;
        let query = JobQuery { limit: 2, ..JobQuery::default() };
        let mut seen = 0;
        let groups = failure_groups(store, &query, |it| seen = it).await;
        let groups = groups.expect("the store answers");
        let found: Vec<_> = groups.iter().map(|it| (it.cause, it.count())).collect();
        assert_eq!(found, [(Some(Cause::Throttled), 3), (Some(Cause::MissingHub), 1)]);
        assert_eq!((seen, groups[1].example), (4, id(7)));
    }

    /// Dead jobs come back from an export as they were, to the byte.
    async fn an_export_can_be_imported(store) {
        let body: Vec<u8> = (0..=u8::MAX).collect();
        let payload = Payload::new("application/json; charset=\"ü\"", body)
            .with_property("a", "ü\n\"")
            .with_property("a", "");
        for job in one_of_each_status() {
            let new = NewJob::new(job, payload.clone());
            store.insert(vec![new]).await.expect("new ids are accepted");
        }
        let all = Selection::from(JobQuery { limit: 1, ..JobQuery::default() });
        let dead = JobQuery {
            statuses: vec![StatusCode::Failed, StatusCode::Canceled],
            ..JobQuery::default()
        };
        let jobs = find(store, dead.clone()).await;
        let mut out = Vec::new();
        let exported = export(store, &all, &mut out, |_| ()).await.expect("the store answers");
        assert_eq!((exported.exported, exported.without_message), (2, 0));

        let options = ImportOptions::default();
        let again = import(store, &*out, options, |_| ()).await.expect("it can be read");
        assert_eq!((again.imported, again.already_there), (0, 2));
        store.delete(vec![jobs[0].id()]).await.expect("the store answers");
        let imported = import(store, &*out, options, |_| ()).await.expect("it can be read");
        assert_eq!((imported.imported, imported.already_there), (1, 1));
        assert_eq!(find(store, dead).await, jobs);
        let found = store.payload(jobs[0].id()).await.expect("the job is stored");
        assert_eq!(found.as_ref(), Some(&payload));
        let mut twice = Vec::new();
        export(store, &all, &mut twice, |_| ()).await.expect("the store answers");
        assert_eq!(twice, out);
    }
}
