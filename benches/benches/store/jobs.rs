//! The jobs that are stored.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use xrm_benches::Body;
use xrm_body::MessageFormat;
use xrm_jobs::{Claim, JobDescription, NewJob, Payload, SystemJob};

pub const ENDPOINT: &str = "accounts";
pub const HOST: &str = "host-1";

/// Makes jobs with ids in no order, as a machine's are.
pub struct Jobs {
    made: u64,
    body: Arc<[u8]>,
}

impl Jobs {
    /// Jobs that post an account's update.
    pub fn new() -> Self {
        Self::with_body(Body::AccountUpdate.encoded(MessageFormat::Json))
    }

    pub fn with_body(body: impl Into<Arc<[u8]>>) -> Self {
        Self { made: 0, body: body.into() }
    }

    pub fn body(&self) -> &Arc<[u8]> {
        &self.body
    }

    /// When the job that was made last was created.
    pub fn created_on(&self) -> DateTime<Utc> {
        now() + TimeDelta::microseconds(self.made.cast_signed())
    }

    pub fn id(&mut self) -> Uuid {
        self.made += 1;
        Uuid::from_u64_pair(scatter(2 * self.made), scatter(2 * self.made + 1))
    }

    pub fn job(&mut self) -> NewJob {
        let id = self.id();
        let mut description =
            JobDescription::new(id, "Accounts: Update of account", self.created_on());
        description.endpoint = ENDPOINT.to_owned();
        description.message_name = "Update".to_owned();
        description.primary_entity_type = "account".to_owned();
        let payload = Payload::new("application/json; charset=utf-8", Arc::clone(&self.body));
        NewJob::new(SystemJob::new(description), payload)
    }

    pub fn jobs(&mut self, count: u32) -> Vec<NewJob> {
        (0..count).map(|_| self.job()).collect()
    }
}

/// The time at which the first job is made. The others follow it, a microsecond apart.
pub fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

pub fn claim(limit: u32) -> Claim {
    Claim {
        host_id: HOST.to_owned(),
        endpoint: ENDPOINT.to_owned(),
        limit: limit as usize,
        lease: Duration::from_secs(90),
        now: now(),
    }
}

/// One step of SplitMix64.
fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
