//! Jobs by what performs them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Handler;
use super::firing::Firing;
use xrm_jobs::runner::Prepared;

/// The jobs of steps that run the same.
pub(super) struct Group<'a> {
    pub(super) handler: Handler<'a>,
    pub(super) prepared: Vec<Prepared>,
}

impl<'a> Group<'a> {
    /// The jobs of steps, in their order within each group.
    pub(super) fn of<'b>(
        firings: impl Iterator<Item = &'b Firing<'a>>,
        now: DateTime<Utc>,
    ) -> Vec<Self>
    where
        'a: 'b,
    {
        let mut groups: Vec<(Uuid, Self)> = Vec::new();
        for firing in firings {
            let prepared = firing.prepare(now);
            match groups.iter_mut().find(|(id, _)| *id == firing.event_handler) {
                Some((_, group)) => group.prepared.push(prepared),
                None => {
                    let group = Self { handler: firing.handler, prepared: vec![prepared] };
                    groups.push((firing.event_handler, group));
                }
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }
}
