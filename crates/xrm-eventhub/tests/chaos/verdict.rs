//! What came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use eventhub_local::{PropertyValue, ReceivedEvent};
use uuid::Uuid;
use xrm_eventhub::jobs::{JobQuery, operations::JobPages};
use xrm_eventhub::{Cause, JobStore, StatusCode, property};

use crate::Result;
use crate::crew::Damaged;
use crate::roles::text;

/// What was found at the end.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The contexts that arrived.
    arrived: usize,
    /// The events beyond the first of each context.
    copies: usize,
    /// The jobs whose damaged messages were not sent.
    damaged: usize,
    /// The jobs whose damaged rows were set aside.
    set_aside: usize,
    /// The contexts that neither arrived nor have a job that says why.
    lost: BTreeSet<u32>,
    /// The jobs that failed for another reason than damage that was done.
    failed: BTreeSet<String>,
    /// The events whose bodies are not what was published, or have no message id.
    wrong: usize,
    /// The pairs whose second context arrived before the first.
    out_of_order: BTreeSet<u32>,
    in_order: usize,
}

impl Found {
    pub(crate) fn check(&self) -> Result<()> {
        let is_right = self.lost.is_empty()
            && self.failed.is_empty()
            && self.wrong == 0
            && self.out_of_order.is_empty();
        if is_right { Ok(()) } else { Err(format!("{self:?}").into()) }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} contexts arrived, {} of them more than once; {} damaged messages were not sent, {} rows \
             were set aside; {} lost, {} failed otherwise, {} wrong bodies, {} of {} pairs out of order",
            self.arrived,
            self.copies,
            self.damaged,
            self.set_aside,
            self.lost.len(),
            self.failed.len(),
            self.wrong,
            self.out_of_order.len(),
            self.out_of_order.len() + self.in_order,
        )
    }
}

/// The id of the job of a context.
fn id(number: u32) -> Uuid {
    uuid::Builder::from_random_bytes((u128::from(number) << 96).to_be_bytes()).into_uuid()
}

pub(crate) async fn judge(
    store: &dyn JobStore,
    events: &[ReceivedEvent],
    contexts: u32,
    damage: &Damaged,
) -> Result<Found> {
    let mut found = Found::default();
    let numbers: BTreeMap<Uuid, u32> = (0..contexts).map(|it| (id(it), it)).collect();
    // The place of the first copy of each context in its partition.
    let mut first: BTreeMap<u32, (String, i64)> = BTreeMap::new();
    for event in events {
        let number = message_id(event).and_then(|it| numbers.get(&it)).copied();
        // The number of the context is in the body, so that the body of another one is noticed.
        let Some(number) = number.filter(|it| is_body_of(&event.body, *it)) else {
            found.wrong += 1;
            continue;
        };
        found.copies += usize::from(first.contains_key(&number));
        first.entry(number).or_insert_with(|| (event.partition.clone(), event.sequence));
    }
    found.arrived = first.len();

    let mut explained = BTreeSet::new();
    let mut pages = JobPages::new(store, JobQuery::default());
    while let Some(page) = pages.next().await? {
        for job in page {
            let (status, cause) = (job.status(), job.progress().cause);
            match (status, cause) {
                (StatusCode::Succeeded, _) => {}
                (StatusCode::Failed, Some(Cause::DamagedPayload))
                    if damage.bodies.contains(&job.id()) =>
                {
                    found.damaged += 1;
                    explained.insert(job.id());
                }
                (StatusCode::Failed, Some(Cause::UnreadableRow))
                    if damage.rows.contains(&job.id()) =>
                {
                    found.set_aside += 1;
                    explained.insert(job.id());
                }
                _ => {
                    let message = job.progress().message.clone().unwrap_or_default();
                    found.failed.insert(format!("{}: {status}: {message}", job.id()));
                }
            }
        }
    }
    let is_lost = |(id, number): (&Uuid, &u32)| {
        (!first.contains_key(number) && !explained.contains(id)).then_some(*number)
    };
    found.lost = numbers.iter().filter_map(is_lost).collect();

    for number in (0..contexts).step_by(2) {
        let (Some(one), Some(two)) = (first.get(&number), first.get(&(number + 1))) else {
            continue;
        };
        // One key, so one partition.
        match one.0 == two.0 && one.1 < two.1 {
            true => found.in_order += 1,
            false => drop(found.out_of_order.insert(number)),
        }
    }
    Ok(found)
}

fn message_id(event: &ReceivedEvent) -> Option<Uuid> {
    match event.properties.get(property::MESSAGE_ID)? {
        PropertyValue::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn is_body_of(body: &[u8], number: u32) -> bool {
    let body: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    body.is_some_and(|it| it["OrganizationName"] == text(number))
}
