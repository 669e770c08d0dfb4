//! The partitions that a listener owns: claimed, renewed, released, and a task for each.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use super::Shared;
use super::partition::{End, PartitionTask};
use crate::balance::{Balancer, Snapshot};
use crate::error::{Error, StoreError, chain};
use crate::memory::age;
use crate::signals;
use crate::store::{Claim, Ownership};

/// The tasks of a listener.
pub(super) struct Crew {
    shared: Arc<Shared>,
    partitions: Vec<String>,
    balancer: Balancer,
    running: BTreeMap<String, Running>,
    tasks: JoinSet<(String, End)>,
    /// When the ownerships were last renewed.
    renewed_on: DateTime<Utc>,
}

/// The task of a partition.
struct Running {
    /// The version of the ownership that the task works by.
    version: String,
    stop: watch::Sender<bool>,
    abort: AbortHandle,
}

impl Crew {
    pub(super) fn new(shared: &Arc<Shared>, partitions: Vec<String>) -> Self {
        Self {
            shared: Arc::clone(shared),
            partitions,
            balancer: Balancer::new(shared.options.name.clone()),
            running: BTreeMap::new(),
            tasks: JoinSet::new(),
            renewed_on: shared.now(),
        }
    }

    /// Works until a future completes, or a partition's task finds that it can't.
    pub(super) async fn work(
        mut self,
        ended: impl Future<Output = ()> + Send,
    ) -> Result<(), Error> {
        let result = self.work_until(ended).await;
        self.finish().await;
        result
    }

    async fn work_until(&mut self, ended: impl Future<Output = ()> + Send) -> Result<(), Error> {
        tokio::pin!(ended);
        // A store that fails from the start was set up wrongly; one that fails later may recover.
        self.balance().await?;
        let interval = self.shared.options.interval;
        let mut next = Instant::now() + interval;
        loop {
            tokio::select! {
                biased;
                () = &mut ended => return Ok(()),
                Some(joined) = self.tasks.join_next() => {
                    if let Ok((partition, end)) = joined {
                        self.ended(&partition, end).await?;
                    }
                }
                () = sleep_until(next) => {
                    if let Err(error) = self.balance().await {
                        let error = chain(&error);
                        warn!(error, "the checkpoint store failed, and is tried again");
                        self.give_up_expired();
                    }
                    next = Instant::now() + interval;
                }
            }
        }
    }

    /// Renews the ownerships, and claims and releases partitions as the rule says.
    async fn balance(&mut self) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        let options = &shared.options;
        let (store, stream, name) = (&options.checkpoints, &options.stream, &options.name);
        let now = shared.now();
        let listeners = store.announce(stream, name, options.lease, now).await?;
        let ownerships = store.ownerships(stream, now).await?;
        let actions = self.balancer.decide(&Snapshot {
            partitions: &self.partitions,
            listeners: &listeners,
            ownerships: &ownerships,
            lease: options.lease,
        });
        for partition in &actions.release {
            if let Some(running) = self.running.get(partition) {
                running.stop.send_replace(true);
            }
        }
        let claims = self.claims(&ownerships, &actions.claim, &actions.release);
        let claimed = store.claim(stream, name, &claims, now).await?;
        self.renewed_on = now;
        self.give_up(|partition, _| !claimed.iter().any(|it| it.partition == partition));
        self.start(claimed).await?;
        signals::partitions(stream, self.running.len());
        Ok(())
    }

    /// What is renewed, and what is claimed anew.
    fn claims(&self, ownerships: &[Ownership], claim: &[String], release: &[String]) -> Vec<Claim> {
        let name = Some(&*self.shared.options.name);
        let version = |partition: &str| {
            let ownership = ownerships.iter().find(|it| it.partition == partition);
            ownership.map(|it| it.version.clone())
        };
        // By the version that the task works by: if another listener has claimed the partition since, this
        // fails, and the task ends.
        let renewed = self.running.iter().map(|(partition, it)| Claim {
            partition: partition.clone(),
            version: Some(it.version.clone()),
        });
        // A partition that is ours without a task is one whose receiver was displaced by somebody who does
        // not use the store, or whose store failed in between.
        let mine = ownerships.iter().filter(|it| it.owner.as_deref() == name);
        let mine = mine.map(|it| &it.partition).filter(|it| !release.contains(it));
        let anew = claim.iter().chain(mine.filter(|it| !claim.contains(it)));
        let anew = anew.filter(|it| self.partitions.contains(it));
        let anew = anew
            .filter(|it| !self.running.contains_key(&**it))
            .map(|partition| Claim { partition: partition.clone(), version: version(partition) });
        renewed.chain(anew).collect()
    }

    /// Starts tasks for what was claimed anew.
    async fn start(&mut self, claimed: Vec<Ownership>) -> Result<(), StoreError> {
        let mut anew = Vec::new();
        for ownership in claimed {
            match self.running.get_mut(&ownership.partition) {
                Some(running) => running.version = ownership.version,
                None => anew.push(ownership),
            }
        }
        if anew.is_empty() {
            return Ok(());
        }
        let options = &self.shared.options;
        // After the claim: the former owner records its last checkpoint before it releases a partition.
        let checkpoints = options.checkpoints.checkpoints(&options.stream).await?;
        for Ownership { partition, version, .. } in anew {
            let checkpoint = checkpoints.iter().find(|it| it.partition == partition);
            let (stop, stopped) = watch::channel(false);
            let handled = checkpoint.map(|it| it.sequence_number);
            let task = PartitionTask::new(&self.shared, partition.clone(), handled, stopped);
            let name = partition.clone();
            let abort = self.tasks.spawn(async move { (name, task.run().await) });
            self.running.insert(partition, Running { version, stop, abort });
        }
        Ok(())
    }

    /// Notes that a task ended.
    async fn ended(&mut self, partition: &str, end: End) -> Result<(), Error> {
        // A task that was given up has no place here any more, or another one has it.
        if self.running.remove(partition).is_none() {
            return Ok(());
        }
        match end {
            End::Stopped => {
                self.release(vec![partition.to_owned()]).await;
                Ok(())
            }
            End::Lost => Ok(()),
            End::Failed(error) => Err(error),
        }
    }

    /// Ends the tasks of partitions that are others' now, wherever they are.
    fn give_up(&mut self, is_lost: impl Fn(&str, &Running) -> bool) {
        self.running.retain(|partition, running| {
            let is_lost = is_lost(partition, running);
            if is_lost {
                warn!(partition, "the partition is another listener's now");
                running.abort.abort();
            }
            !is_lost
        });
    }

    /// Ends all tasks if the ownerships could not be renewed for so long that others may have claimed them.
    fn give_up_expired(&mut self) {
        if age(self.renewed_on, self.shared.now()) > self.shared.options.lease {
            self.give_up(|_, _| true);
        }
    }

    /// Ends all tasks after their events at hand, and gives everything back.
    async fn finish(&mut self) {
        for running in self.running.values() {
            running.stop.send_replace(true);
        }
        while self.tasks.join_next().await.is_some() {}
        let owned: Vec<String> = std::mem::take(&mut self.running).into_keys().collect();
        self.release(owned).await;
        let options = &self.shared.options;
        let withdrawn = options.checkpoints.withdraw(&options.stream, &options.name).await;
        if let Err(error) = withdrawn {
            warn!(error = chain(&error), "the listener could not be withdrawn from the store");
        }
        signals::partitions(&options.stream, 0);
    }

    /// Releases partitions. What can't be released expires.
    async fn release(&self, partitions: Vec<String>) {
        let options = &self.shared.options;
        let release = options.checkpoints.release(&options.stream, &options.name, &partitions);
        if let Err(error) = release.await {
            warn!(
                error = chain(&error),
                "partitions could not be released, and wait for their lease"
            );
        }
    }
}
