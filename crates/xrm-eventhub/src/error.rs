use xrm_jobs::SystemJob;

/// Why a publisher could not be built, or a job could not be recorded.
///
/// A post that fails is no error: it leaves a job, and the job says why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection string names no event hub (`EntityPath`), or none that there can be.
    #[error("the connection string does not name an event hub to publish to")]
    Hub(#[source] eventhub_rest::Error),
    /// The lifetime of tokens and the margin before their expiry do not fit together.
    #[error("tokens can't be renewed as asked")]
    TokenRenewal(#[source] azure_sas::Error),
    /// The default transport could not be set up, for one because the machine has no root
    /// certificates.
    #[error("the HTTPS client could not be set up")]
    Client(#[source] eventhub_rest::Error),
    /// No transport was given, and without the feature `reqwest` there is no default one.
    #[error("there is no transport: give one, or enable the feature `reqwest`")]
    NoTransport,
    /// The job could not be recorded. Where that happened after the message was sent, the store
    /// still holds the job In Progress.
    #[error("the job could not be recorded")]
    Jobs(#[from] xrm_jobs::Error),
}

/// The only one of the jobs that the runner returned for one.
pub(crate) fn only(jobs: Vec<SystemJob>) -> Result<SystemJob, Error> {
    // A store is foreign code: if it returns no job, that is an error and no reason to panic.
    let none = xrm_jobs::Error::WrongCount { expected: 1, found: 0 };
    jobs.into_iter().next().ok_or(Error::Jobs(none))
}
