//! The store.

use std::path::Path;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use xrm_jobs::{JobStore, SqliteJobStore, SqliteOptions};

use crate::jobs::{self, Jobs};

pub struct Ours {
    runtime: Runtime,
    store: Arc<SqliteJobStore>,
    jobs: Jobs,
}

impl Ours {
    pub fn open(path: &Path, options: &SqliteOptions, jobs: Jobs) -> Self {
        let runtime = Builder::new_current_thread().build().expect("a runtime can be made");
        let store = runtime.block_on(options.open(path)).expect("the file can be made");
        Self { runtime, store: Arc::new(store), jobs }
    }

    /// Stores jobs, so many at a time.
    pub fn insert(&mut self, count: u32, group: u32) {
        for _ in 0..count / group {
            let jobs = self.jobs.jobs(group);
            self.runtime.block_on(self.store.insert(jobs)).expect("the ids are new");
        }
    }

    /// Stores jobs one by one, by so many tasks.
    pub fn insert_side_by_side(&mut self, count: u32, tasks: u32) {
        let mut lanes = JoinSet::new();
        for _ in 0..tasks {
            let jobs = self.jobs.jobs(count / tasks);
            let store = Arc::clone(&self.store);
            let lane = async move {
                for job in jobs {
                    store.insert(vec![job]).await.expect("the id is new");
                }
            };
            lanes.spawn_on(lane, self.runtime.handle());
        }
        self.runtime.block_on(lanes.join_all());
    }

    /// Claims jobs and completes them, so many at a time.
    pub fn work(&mut self, count: u32, group: u32) {
        for _ in 0..count / group {
            let claimed = self.claim(group);
            self.complete(claimed);
        }
    }

    pub fn claim(&mut self, limit: u32) -> Vec<xrm_jobs::ClaimedJob> {
        let claimed = self.runtime.block_on(self.store.claim(jobs::claim(limit)));
        let claimed = claimed.expect("the store works");
        assert_eq!(claimed.len(), limit as usize, "there is work enough");
        claimed
    }

    pub fn complete(&mut self, claimed: Vec<xrm_jobs::ClaimedJob>) {
        let mut jobs: Vec<_> = claimed.into_iter().map(|it| it.job).collect();
        for job in &mut jobs {
            job.succeed(jobs::now()).expect("an attempt is under way");
        }
        let updated = self.runtime.block_on(self.store.update(jobs)).expect("the store works");
        assert!(updated.iter().all(Result::is_ok));
    }

    /// What a worker asks each time it looks: which jobs are held back.
    pub fn look_for_held(&mut self) {
        use xrm_jobs::{Cause, FailureClass, JobQuery, StatusCode};
        let refusals = Cause::ALL.iter().copied();
        let query = JobQuery::default()
            .statuses([StatusCode::Waiting])
            .endpoint(jobs::ENDPOINT)
            .causes(refusals.filter(|it| it.class() == FailureClass::Authorization))
            .limit(1);
        let found = self.runtime.block_on(self.store.query(query)).expect("the store works");
        assert!(found.is_empty());
    }
}
