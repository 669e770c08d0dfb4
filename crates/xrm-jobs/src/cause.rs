//! The causes that stop a post, and what to check about each.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::error_code::ErrorCode;

/// Whether a retry can help.
///
/// The platform's published rule: network and availability errors wait and
/// are retried at longer and longer intervals, 401 suspends the job, anything else fails it
/// ([Azure integration](https://learn.microsoft.com/power-apps/developer/data-platform/azure-integration);
/// the team's 2009 post "When do asynchronous jobs fail, suspend or retry?").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureClass {
    /// It passes by itself: retry.
    Transient,
    /// The endpoint refuses these credentials: retry rarely, because somebody has to act.
    Authorization,
    /// The same post would be refused again: do not retry.
    Permanent,
}

/// Whose side a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Side {
    /// The application that posts, its machine and its configuration.
    Publisher,
    /// What lies between: name resolution, proxies, firewalls.
    Network,
    /// The Event Hubs namespace.
    Azure,
}

/// One thing to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Check {
    /// Whose side it is about.
    pub side: Side,
    /// What to check.
    pub text: &'static str,
}

/// Declares every cause in one row: variant, id, class, error code, what happened, what to check.
macro_rules! causes {
    ($(
        $(#[$doc:meta])*
        $cause:ident $id:literal $class:ident $code:ident
            $what:literal
            [$($side:ident $check:literal),+]
    )+) => {
        /// What stopped a post.
        ///
        /// A cause has a stable [id](Self::id) for stores, logs and metrics; with serde it is that
        /// id.
        ///
        /// ```
        /// use xrm_jobs::Cause;
        ///
        /// let known: Cause = "throttled".to_owned().try_into()?;
        /// assert_eq!(known, Cause::Throttled);
        /// // What a later version recorded is kept, so that workers of both versions share a store.
        /// let later: Cause = "quota_exceeded".to_owned().try_into()?;
        /// assert!(matches!(later, Cause::Unrecognized(_)));
        /// assert_eq!(later.id(), "quota_exceeded");
        /// # Ok::<(), xrm_jobs::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        #[non_exhaustive]
        pub enum Cause {
            $($(#[$doc])* $cause,)+
            /// A cause that a later version recorded.
            Unrecognized(UnrecognizedCause),
        }

        impl Cause {
            /// Every cause that this version knows.
            pub const ALL: &[Self] = &[$(Self::$cause),+];

            /// The stable id, in snake case.
            pub const fn id(&self) -> &str {
                match self {
                    $(Self::$cause => $id,)+
                    Self::Unrecognized(it) => it.id(),
                }
            }

            /// Whether trying again can help.
            pub const fn class(self) -> FailureClass {
                match self {
                    $(Self::$cause => FailureClass::$class,)+
                    // No attempt of this version ends with it, so this decides nothing.
                    Self::Unrecognized(_) => FailureClass::Permanent,
                }
            }

            /// The platform's error code for a job that is given up for this cause.
            ///
            /// The codes and their texts are the platform's. Which cause carries which is decided
            /// here, by what the texts say; `ServiceBusPostFailed` is the general one.
            pub const fn error_code(self) -> ErrorCode {
                match self {
                    $(Self::$cause => ErrorCode::$code,)+
                    Self::Unrecognized(_) => ErrorCode::SERVICE_BUS_POST_FAILED,
                }
            }

            /// What happened, in one sentence for the user.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$cause => $what,)+
                    Self::Unrecognized(_) => "The post failed for a reason that this version does not know.",
                }
            }

            /// What to check, the likeliest first.
            pub const fn checks(self) -> &'static [Check] {
                match self {
                    $(Self::$cause => &[$(Check { side: Side::$side, text: $check }),+],)+
                    Self::Unrecognized(_) => &[],
                }
            }
        }
    };
}

causes! {
    // A name, a port or a handshake that fails costs nothing: no request was made, so an attempt
    // after the network is mended makes no duplicate.

    /// The host name does not resolve.
    UnknownHost "unknown_host" Transient ASYNC_NETWORK_ERROR
        "The host name of the Event Hubs namespace could not be resolved."
        [Publisher "The Endpoint of the connection string names the namespace and ends in .servicebus.windows.net.",
         Network "This machine's name resolution answers for that host; a private endpoint needs its private DNS zone.",
         Azure "The namespace still exists."]
    /// The host answers, the port does not.
    ConnectionRefused "connection_refused" Transient ASYNC_NETWORK_ERROR
        "The connection to the Event Hubs namespace was refused."
        [Publisher "The Endpoint of the connection string is that of the namespace; a local hub is running.",
         Network "A firewall lets this machine reach port 443 of the host.",
         Azure "The namespace's network rules allow this machine's address."]
    /// The TLS handshake failed.
    Tls "tls" Transient ASYNC_NETWORK_ERROR
        "No secure connection to the Event Hubs namespace could be made."
        [Network "No proxy on the way replaces the certificate; if one must, its root certificate is trusted here.",
         Publisher "The trusted root certificates and the clock of this machine are up to date.",
         Azure "The namespace's minimum TLS version is one that this machine speaks."]
    // The service refused the credentials. The platform suspends a job at 401, and so does the class
    // `Authorization`: every job of the endpoint would fail in the same way.

    /// This machine's clock differs from the service's by enough to spoil a token.
    ClockSkew "clock_skew" Authorization SERVICE_BUS_POST_FAILED
        "The clock of this machine is wrong, so the service takes a fresh token for an expired one."
        [Publisher "This machine's clock is synchronized."]
    /// No access token could be obtained from its issuer.
    TokenUnavailable "token_unavailable" Transient ASYNC_NETWORK_ERROR
        "No access token could be obtained."
        [Network "This machine reaches the issuer of access tokens.",
         Publisher "The credential that the publisher was given works on this machine."]
    /// The token's time was over.
    ExpiredToken "expired_token" Authorization SERVICE_BUS_POST_FAILED
        "The access token has expired."
        [Publisher "A configured token is replaced by a fresh one, or by a key from which tokens are made as needed.",
         Publisher "This machine's clock is synchronized."]
    /// The service can't read the token.
    MalformedToken "malformed_token" Authorization SERVICE_BUS_POST_FAILED
        "The service could not read the access token."
        [Publisher "A configured token is complete, as its issuer wrote it: SharedAccessSignature sr=...&sig=...&se=...&skn=...",
         Network "No proxy on the way changes or removes the Authorization header."]
    /// The signature does not match the policy's keys.
    WrongKey "wrong_key" Authorization SERVICE_BUS_POST_FAILED
        "The access key is not the one of this policy."
        [Publisher "The SharedAccessKey of the connection string is complete, all 44 characters of it.",
         Azure "The key was not regenerated; copy the connection string of the policy again."]
    /// No policy has the name that the token gives.
    WrongPolicy "wrong_policy" Authorization SERVICE_BUS_POST_FAILED
        "The namespace and the event hub have no shared access policy of this name."
        [Publisher "The SharedAccessKeyName of the connection string is spelled as in the portal.",
         Azure "The policy exists on this event hub or on its namespace."]
    /// The policy is known and may not send.
    MissingRight "missing_right" Authorization SERVICE_BUS_POST_FAILED
        "The shared access policy does not have the Send right."
        [Azure "The policy has the Send claim.",
         Publisher "The connection string is the one of a policy for sending, and of this event hub."]
    /// The namespace takes no shared access keys.
    LocalAuthDisabled "local_auth_disabled" Authorization SERVICE_BUS_POST_FAILED
        "The namespace does not accept shared access keys: its local authentication is disabled."
        [Azure "Local authentication of the namespace is enabled, or the publisher has tokens of Microsoft Entra ID."]
    // What the service would refuse again. "Anything else fails the job" is the platform's rule.

    /// The namespace has no such event hub.
    MissingHub "missing_hub" Permanent SERVICE_BUS_POST_FAILED
        "The namespace has no event hub of this name."
        [Publisher "The EntityPath of the connection string is the name of the event hub.",
         Azure "The event hub was not deleted or renamed."]
    /// The message is larger than the sender or the service allows.
    BodyTooLarge "body_too_large" Permanent SERVICE_BUS_MAX_SIZE_EXCEEDED
        "The message is larger than allowed."
        [Publisher "The step sends fewer columns and smaller images.",
         Azure "The namespace's tier: Basic takes 256 KB, Standard and above 1 MB."]
    // What passes by itself, or by the hand of somebody who will do it anyway.

    /// The service is too busy for this namespace or hub.
    Throttled "throttled" Transient SERVICE_BUS_POST_FAILED
        "The event hub takes no more for the moment, for its throughput is used up."
        [Azure "The throughput units suffice for the load, or auto-inflate is on."]
    /// Somebody has switched the hub off for sending.
    HubDisabled "hub_disabled" Transient SERVICE_BUS_POST_FAILED
        "The event hub is disabled."
        [Azure "The status of the event hub and of its namespace is Active."]
    /// A proxy on the way answered in place of the service.
    Proxy "proxy" Transient ASYNC_NETWORK_ERROR
        "A proxy between this machine and the Event Hubs namespace refused the request."
        [Network "The proxy lets this machine reach the host.",
         Publisher "The proxy's address and credentials are right."]
    /// No connection or no request was made within the time allowed.
    Timeout "timeout" Transient ASYNC_NETWORK_ERROR
        "The Event Hubs namespace could not be reached within the time allowed."
        [Network "A firewall lets this machine reach port 443 of the host.",
         Azure "The service health page shows no incident in the namespace's region."]
    // Retried although it may make a duplicate: listeners can recognize a message that comes twice,
    // and nobody can recognize one that never came.

    /// The request went out and its answer never came: the message may have been taken.
    MaybeDelivered "maybe_delivered" Transient ASYNC_COMMUNICATION_ERROR
        "The message was sent, but the connection ended before the answer came. It may have arrived, and sending it again may make a duplicate."
        [Network "Nothing on the way cuts connections short.",
         Azure "Consumers recognize duplicates by the message id property, or by OperationId and OperationCreatedOn if the context has them."]
    /// The service failed.
    ServerError "server_error" Transient SERVICE_BUS_POST_FAILED
        "The Event Hubs service reported an error of its own."
        [Azure "The service health page shows no incident in the namespace's region.",
         Publisher "A token that another library made is built as documented: a malformed one makes the service fail so."]
    /// The process that made the attempt ended before it could record the outcome.
    WorkerLost "worker_lost" Transient SERVICE_BUS_POST_FAILED
        "The process that made the attempt ended before it could record the outcome; the message may have been delivered."
        [Publisher "The worker of that host was not killed for the memory it used, and has no crash in its log.",
         Publisher "The machine's clock was not set forward by more than the lease."]
    // The answers whose detail this version does not know fall back to these.

    /// 401 for a reason not given.
    Unauthorized "unauthorized" Authorization SERVICE_BUS_POST_FAILED
        "The event hub did not accept the credentials."
        [Publisher "The connection string is the one of this event hub, complete and current.",
         Publisher "This machine's clock is synchronized.",
         Azure "The namespace's network rules allow this machine's address.",
         Azure "The namespace allows shared access keys (local authentication is not disabled)."]
    /// 403 for a reason not given.
    Forbidden "forbidden" Authorization SERVICE_BUS_POST_FAILED
        "The event hub does not let these credentials do this, or a quota is exceeded."
        [Azure "The namespace's network rules allow this machine's address.",
         Azure "The policy has the Send claim, and no quota of the namespace is used up."]
    /// The message can't be written in the endpoint's format.
    NotEncodable "not_encodable" Permanent SERVICE_BUS_POST_FAILED
        "The message can't be written in the endpoint's message format."
        [Publisher "The value named in the evidence has a type that this format can carry; the other format may."]
    /// The service could not make sense of the request.
    BadRequest "bad_request" Permanent SERVICE_BUS_POST_FAILED
        "The event hub could not make sense of the request."
        [Publisher "The names and values of the message's properties are plain text.",
         Publisher "The Endpoint of the connection string is an Event Hubs namespace."]
    /// The stored message is not the one that was published: it is not sent.
    DamagedPayload "damaged_payload" Permanent SERVICE_BUS_POST_FAILED
        "The stored message is damaged: it is not the one that was published, so it was not sent."
        [Publisher "The disk and the file system under the job store report no errors.",
         Publisher "The operation is published again from its source; the stored message can't be restored."]
    /// The columns of the job's row contradict each other or can't be read: the job is set aside.
    UnreadableRow "unreadable_row" Permanent SERVICE_BUS_POST_FAILED
        "The row of this job in the store can't be read, so the job was set aside. Its message was not sent again."
        [Publisher "The evidence shows what can't be read, and the columns as they were.",
         Publisher "The disk and the file system under the job store report no errors, and nobody changes its tables by hand.",
         Publisher "Listeners show whether the message arrived; otherwise retry the job, or publish the operation again."]
    /// There are no usable credentials to send with.
    NotConfigured "not_configured" Permanent SERVICE_BUS_ENDPOINT_NOT_CONFIGURED
        "The service endpoint has no complete credentials."
        [Publisher "The connection string has Endpoint, EntityPath, SharedAccessKeyName and SharedAccessKey."]
    // A plug-in says by its status what becomes of the job; these are the classes of what it says.

    /// A plug-in failed, or ended with the status Failed.
    PluginFailed "plugin_failed" Permanent ISV_ABORTED
        "The plug-in failed."
        [Publisher "The evidence shows what the plug-in reported."]
    /// A plug-in ended with the status Retry.
    PluginRetry "plugin_retry" Transient ISV_ABORTED
        "The plug-in asked to be run again."
        [Publisher "The evidence shows what the plug-in reported."]
    /// A plug-in ended with the status Suspended.
    PluginSuspended "plugin_suspended" Permanent ISV_ABORTED
        "The plug-in asked for the job to wait until somebody resumes it."
        [Publisher "The evidence shows what the plug-in reported."]
    /// A plug-in ended with the status Canceled.
    PluginCanceled "plugin_canceled" Permanent ISV_ABORTED
        "The plug-in called the job off."
        [Publisher "The evidence shows what the plug-in reported."]
    /// Nothing of the above.
    Other "other" Permanent SERVICE_BUS_POST_FAILED
        "The post failed for a reason that is not known."
        [Publisher "The evidence shows what was found."]
}

/// From what a person gives: an id that this version knows.
impl FromStr for Cause {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self, Error> {
        Self::ALL
            .iter()
            .copied()
            .find(|it| it.id() == id)
            .ok_or_else(|| Error::UnknownCause { id: id.chars().take(64).collect() })
    }
}

/// From what was recorded: the id of a later version's cause is kept.
impl TryFrom<String> for Cause {
    type Error = Error;

    fn try_from(id: String) -> Result<Self, Error> {
        id.parse()
            .or_else(|unknown| UnrecognizedCause::new(&id).map(Self::Unrecognized).ok_or(unknown))
    }
}

/// The id of a cause that a later version recorded.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnrecognizedCause {
    // In place, so that a cause stays a value that can be copied.
    id: [u8; Self::MAX_LENGTH],
    length: u8,
}

impl UnrecognizedCause {
    /// The longest id, in bytes.
    pub const MAX_LENGTH: usize = 31;

    /// The id, if it has the form of one: a snake case text of at most
    /// [`MAX_LENGTH`](Self::MAX_LENGTH) bytes.
    fn new(id: &str) -> Option<Self> {
        let is_id =
            !id.is_empty() && id.bytes().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let length = u8::try_from(id.len()).ok().filter(|_| is_id)?;
        let mut bytes = [0; Self::MAX_LENGTH];
        bytes.get_mut(..id.len())?.copy_from_slice(id.as_bytes());
        Some(Self { id: bytes, length })
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &str {
        let (id, _) = self.id.split_at(self.length as usize);
        match std::str::from_utf8(id) {
            Ok(id) => id,
            // It was made of a text.
            Err(_) => "",
        }
    }
}

impl fmt::Debug for UnrecognizedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.id(), f)
    }
}

impl From<Cause> for String {
    fn from(cause: Cause) -> Self {
        cause.id().to_owned()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Publisher => "publisher",
            Self::Network => "network",
            Self::Azure => "Azure",
        })
    }
}
