//! Posting from within a plug-in.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;
use xrm_context::RemoteExecutionContext;
use xrm_jobs::runner::PreparedJob;
use xrm_jobs::{Cause, Diagnosis, Failure, FailureClass};

use crate::attempt::lasting;
use crate::publisher::{Inner, Publisher};

/// Posts contexts to the service endpoints of a registration, for a plug-in: the SDK's
/// `IServiceEndpointNotificationService`.
///
/// A post has no separate system job: that of the plug-in follows it.
#[derive(Clone, Copy)]
pub struct NotificationService<'a> {
    publishers: &'a HashMap<Uuid, Publisher>,
    /// The job of the plug-in.
    job: Uuid,
    /// How many posts the plug-in has made in this run.
    posts: &'a AtomicU64,
}

/// Why a plug-in's post failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotificationError {
    /// The registration has no event hub with this id that can be posted to.
    #[error("there is no service endpoint with the id {id} to post to")]
    UnknownEndpoint {
        /// The id.
        id: Uuid,
    },
    /// The post failed.
    #[error("the post to `{endpoint}` failed: {}", .failure.diagnosis)]
    Post {
        /// The endpoint's name.
        endpoint: String,
        /// Why, and how long the service asked to be left alone.
        failure: Box<Failure>,
    },
}

impl<'a> NotificationService<'a> {
    pub(crate) fn new(
        publishers: &'a HashMap<Uuid, Publisher>,
        job: Uuid,
        posts: &'a AtomicU64,
    ) -> Self {
        Self { publishers, job, posts }
    }

    /// Posts a context to a service endpoint, once, in the endpoint's format and within its size.
    /// Listeners know the first message of a run by the id of the plug-in's job, and the ones that
    /// follow by ids of their own, which are the same when the plug-in runs again and posts as often.
    ///
    /// The platform's service returns the answer of a two-way or REST listener; an event hub gives
    /// none.
    ///
    /// ```
    /// use xrm_eventhub::{
    ///     InvalidPluginExecution, PluginServices, RemoteExecutionContext, Uuid,
    /// };
    ///
    /// /// Posts to one of two endpoints, and runs again later if the hub is busy.
    /// async fn post(
    ///     context: &RemoteExecutionContext,
    ///     services: &PluginServices<'_>,
    /// ) -> Result<(), InvalidPluginExecution> {
    ///     let endpoint = Uuid::from_u128(if context.depth > 1 { 2 } else { 1 });
    ///     match services.notification_service().execute(endpoint, context).await {
    ///         Err(error) if error.is_transient() => Err(InvalidPluginExecution::retry(error)),
    ///         posted => Ok(posted?),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotificationError`] if the registration has no such endpoint, or if the post failed.
    pub async fn execute(
        &self,
        service_endpoint: Uuid,
        context: &RemoteExecutionContext,
    ) -> Result<(), NotificationError> {
        let unknown = NotificationError::UnknownEndpoint { id: service_endpoint };
        let publisher = self.publishers.get(&service_endpoint).ok_or(unknown)?;
        // The first post has the id of the job, and the n-th one that differs in its lower bits. A
        // plug-in that runs again gives its messages the same ids, by which listeners know copies.
        let earlier = self.posts.fetch_add(1, Ordering::Relaxed);
        let id = Uuid::from_u128(self.job.as_u128() ^ u128::from(earlier));
        post(&publisher.inner, context, id).await.map_err(|failure| NotificationError::Post {
            endpoint: publisher.endpoint().to_owned(),
            failure: Box::new(failure),
        })
    }
}

/// Posts a context once, as a message with this id. Its job is only the form in which a publisher
/// prepares messages: no store has it.
async fn post(
    publisher: &Inner,
    context: &RemoteExecutionContext,
    id: Uuid,
) -> Result<(), Failure> {
    // The publisher's own host and step: the message should be the same as if the application had
    // posted it there.
    let now = publisher.queue.host().now();
    let PreparedJob { job, payload, refusal } =
        publisher.prepare(&publisher.step, context, id, now);
    match refusal {
        Some(diagnosis) => Err(lasting(diagnosis)),
        None => publisher.post(&job, &payload).await,
    }
}

impl fmt::Debug for NotificationService<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoints = self.publishers.values().map(Publisher::endpoint);
        f.write_str("NotificationService ")?;
        f.debug_set().entries(endpoints).finish()
    }
}

impl NotificationError {
    /// Whether it passes by itself, so that the plug-in may as well run again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.cause().is_some_and(|it| it.class() == FailureClass::Transient)
    }

    /// What stopped the post, if one was made.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.diagnosis().map(|it| it.cause)
    }

    /// Why the post failed, if one was made.
    #[must_use]
    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        match self {
            Self::UnknownEndpoint { .. } => None,
            Self::Post { failure, .. } => Some(&failure.diagnosis),
        }
    }

    pub(crate) fn into_failure(self) -> Option<Failure> {
        match self {
            Self::UnknownEndpoint { .. } => None,
            Self::Post { failure, .. } => Some(*failure),
        }
    }
}
