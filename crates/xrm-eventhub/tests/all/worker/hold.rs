//! What becomes of jobs while their endpoint refuses the credentials.

use std::collections::BTreeMap;
use std::time::Duration;

use eventhub_rest::Verdict;
use tokio::time::sleep;
use xrm_eventhub::{Cause, JobStore, StatusCode, WorkerOptions};

use super::stage::{Stage, as_it_is, causes, context, enqueue, work};
use crate::fixture::{NOW, at, refused};

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_refuses_the_key_is_probed_by_one_job() {
    const MENDED: u64 = 3600;
    let stage = Stage::new();
    let publisher = stage.publisher(
        |after, _| if after.as_secs() < MENDED { refused(401) } else { Verdict::Accepted },
        as_it_is,
    );
    enqueue(&publisher, 300).await;
    let look_in = async {
        sleep(Duration::from_secs(1800)).await;
        enqueue(&publisher, 50).await;
        sleep(Duration::from_secs(10)).await;
        let jobs = stage.jobs().await;
        assert!(
            jobs.iter().all(|it| it.status() == StatusCode::Waiting),
            "{:?}",
            stage.statuses().await
        );
        assert!(jobs.iter().all(|it| it.progress().postpone_until.is_none()));
        assert_eq!(causes(&jobs), [Some(Cause::Unauthorized); 350]);
        let late: Vec<_> = jobs[300..].iter().map(|it| it.progress().retry_count).collect();
        assert_eq!(late, [0; 50], "those that came later were not attempted");
        sleep(Duration::from_secs(7200)).await;
    };
    let report = publisher.run_until(look_in).await.unwrap();
    assert_eq!(report.succeeded, 350);
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 350)]));

    let sent = stage.sent();
    let probes: Vec<_> = sent
        .iter()
        .filter(|it| it.after.as_secs() > 1 && it.after.as_secs() < MENDED)
        .map(|it| (it.after.as_secs() / 60, it.together))
        .collect();
    assert_eq!(probes, [(1, 1), (4, 1), (13, 1), (40, 1)]);
    let first = sent.iter().find(|it| it.after.as_secs() >= MENDED).unwrap();
    assert_eq!((first.after.as_secs() / 60, first.together), (121, 1), "the probe that succeeds");
}

#[tokio::test(start_paused = true)]
async fn what_is_held_back_for_too_long_has_failed() {
    let stage = Stage::new();
    let options = WorkerOptions::default().poll_interval(Duration::from_secs(600));
    let publisher = stage.publisher(|_, _| refused(401), |it| it.worker_options(options));
    enqueue(&publisher, 700).await;
    work(&publisher, 25 * 60 * 60).await;
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Failed, 700)]));
    let jobs = stage.jobs().await;
    assert_eq!(causes(&jobs[..3]), [Some(Cause::Unauthorized); 3]);
    let age = jobs[699].progress().completed_on.unwrap() - at(NOW);
    assert_eq!(age.num_hours(), 24);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_resumes_a_job_has_it_tried_at_once() {
    let stage = Stage::new();
    let publisher = stage.publisher(
        |after, _| if after.as_secs() < 100 { refused(403) } else { Verdict::Accepted },
        as_it_is,
    );
    enqueue(&publisher, 30).await;
    let resume = async {
        sleep(Duration::from_secs(101)).await;
        let mut job = stage.jobs().await.remove(7);
        job.resume(stage.now()).unwrap();
        stage.store.update(vec![job]).await.unwrap().remove(0).unwrap();
        sleep(Duration::from_secs(5)).await;
    };
    publisher.run_until(resume).await.unwrap();
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 30)]));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_somebody_postponed_is_not_held_back_and_holds_no_other_back() {
    let stage = Stage::new();
    let publisher = stage.publisher(
        |after, _| if after.as_secs() < 100 { refused(401) } else { Verdict::Accepted },
        as_it_is,
    );
    enqueue(&publisher, 1).await;
    work(&publisher, 20).await;
    let mut job = stage.jobs().await.remove(0);
    job.postpone(at(NOW + 1000), stage.now()).unwrap();
    stage.store.update(vec![job]).await.unwrap().remove(0).unwrap();
    sleep(Duration::from_secs(100)).await;
    enqueue(&publisher, 3).await;
    assert_eq!(work(&publisher, 20).await.succeeded, 3);
    assert_eq!(stage.jobs().await[0].due_on(), Some(at(NOW + 1000)));
    assert_eq!(work(&publisher, 1000).await.succeeded, 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_with_a_better_key_lets_the_jobs_go_that_another_held_back() {
    let stage = Stage::new();
    let refused = stage.publisher(|_, _| refused(401), as_it_is);
    enqueue(&refused, 30).await;
    work(&refused, 30).await;
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Waiting, 30)]));
    let mended = stage.publisher(|_, _| Verdict::Accepted, as_it_is);
    work(&mended, 5).await;
    assert_eq!(stage.statuses().await, BTreeMap::from([(StatusCode::Succeeded, 30)]));
}

#[tokio::test(start_paused = true)]
async fn where_a_worker_runs_a_refused_post_waits() {
    let stage = Stage::new();
    let publisher = stage.publisher(|_, _| refused(401), as_it_is);
    let publish = async {
        sleep(Duration::from_secs(1)).await;
        let job = publisher.publish_context(&context(1)).await.unwrap();
        assert_eq!((job.status(), job.due_on()), (StatusCode::Waiting, None));
    };
    publisher.run_until(publish).await.unwrap();
    let job = publisher.publish_context(&context(2)).await.unwrap();
    assert_eq!(job.status(), StatusCode::Failed, "nobody would resume it");
}
