//! Counting what is left to do.

use crate::{Error, JobQuery};

use super::Worker;
use super::step::Step;
use crate::runner::performer::Performer;
use crate::runner::queue::Queue;

impl<P: Performer> Worker<'_, P> {
    pub(super) fn count_backlog(&mut self) {
        if self.is_counting {
            return;
        }
        self.is_counting = true;
        let queue = self.queue;
        self.steps.push(Box::pin(async move {
            if let Err(error) = queue.tell_backlog().await {
                queue.observer.store_failed("the backlog could not be counted", &error);
            }
            Step::Counted
        }));
    }
}

impl Queue {
    async fn tell_backlog(&self) -> Result<(), Error> {
        let query = JobQuery::uncompleted().endpoint(&self.endpoint).limit(1);
        let counts = self.job_store.count(query.clone()).await?;
        let oldest = self.job_store.query(query.clone()).await?;
        let now = self.now();
        let age = oldest.first().map(|it| now - it.description().created_on);
        let seconds = age.and_then(|it| it.to_std().ok()).unwrap_or_default().as_secs_f64();
        let jobs: Vec<_> = query
            .statuses
            .iter()
            .map(|it| (it.label(), counts.get(it).copied().unwrap_or_default()))
            .collect();
        self.observer.backlog(&self.endpoint, &jobs, seconds);
        Ok(())
    }
}
