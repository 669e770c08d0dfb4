//! The store.

use std::sync::Arc;

use tokio::task::JoinSet;
use xrm_jobs::{ClaimedJob, JobStore, PostgresJobStore, PostgresOptions};

use crate::jobs::{self, Jobs};

pub struct Ours {
    store: Arc<PostgresJobStore>,
    jobs: Jobs,
}

impl Ours {
    pub async fn open(server: &str, schema: &str, jobs: Jobs) -> Self {
        let store = PostgresOptions::new().schema(schema).open(server).await;
        Self { store: Arc::new(store.expect("the server is there")), jobs }
    }

    /// Stores jobs by so many tasks, so many at a time.
    pub async fn insert(&mut self, count: u32, tasks: u32, group: u32) {
        let mut lanes = JoinSet::new();
        for _ in 0..tasks {
            let groups: Vec<_> =
                (0..count / tasks / group).map(|_| self.jobs.jobs(group)).collect();
            let store = Arc::clone(&self.store);
            lanes.spawn(async move {
                for jobs in groups {
                    store.insert(jobs).await.expect("the ids are new");
                }
            });
        }
        lanes.join_all().await;
    }

    /// Claims jobs and completes them by so many workers, so many at a time.
    pub async fn work(&self, count: u32, workers: u32, group: u32) {
        let mut lanes = JoinSet::new();
        for _ in 0..workers {
            let store = Arc::clone(&self.store);
            lanes.spawn(async move {
                for _ in 0..count / workers / group {
                    let claimed = claim(&store, group).await;
                    complete(&store, claimed).await;
                }
            });
        }
        lanes.join_all().await;
    }

    pub async fn claim(&self, limit: u32) -> Vec<ClaimedJob> {
        claim(&self.store, limit).await
    }

    pub async fn complete(&self, claimed: Vec<ClaimedJob>) {
        complete(&self.store, claimed).await;
    }
}

async fn claim(store: &PostgresJobStore, limit: u32) -> Vec<ClaimedJob> {
    let claimed = store.claim(jobs::claim(limit)).await.expect("the store works");
    assert_eq!(claimed.len(), limit as usize, "there is work enough");
    claimed
}

async fn complete(store: &PostgresJobStore, claimed: Vec<ClaimedJob>) {
    let mut jobs: Vec<_> = claimed.into_iter().map(|it| it.job).collect();
    for job in &mut jobs {
        job.succeed(jobs::now()).expect("an attempt is under way");
    }
    let updated = store.update(jobs).await.expect("the store works");
    assert!(updated.iter().all(Result::is_ok));
}
