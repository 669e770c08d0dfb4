//! The platform's error codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of the platform's error list, as in the column `errorcode` of a job.
///
/// The list is open: any number can be carried, and the ones that posts and system jobs meet have
/// a constant, a [name](Self::name) and a [text](Self::text). `Display` is the hexadecimal form
/// in which Microsoft lists them, `0x80044175`; with serde a code is its signed number.
///
/// Source: [Web service error codes](https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes).
///
/// ```
/// use xrm_jobs::ErrorCode;
///
/// assert_eq!(ErrorCode::SERVICE_BUS_POST_FAILED.0, -2147204747);
/// assert_eq!(ErrorCode::SERVICE_BUS_POST_FAILED.to_string(), "0x80044175");
/// assert_eq!(ErrorCode(7).name(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorCode(pub i32);

/// Declares the known codes: a constant, its number, and the platform's name and text for it.
macro_rules! error_codes {
    ($($constant:ident $number:literal $name:literal $text:literal,)+) => {
        impl ErrorCode {
            $(
                #[doc = concat!("`", $name, "`: ", $text)]
                pub const $constant: Self = Self::from_unsigned($number);
            )+

            /// Every code that has a constant.
            pub const KNOWN: &[Self] = &[$(Self::$constant),+];

            /// The platform's name of this code, if it is a known one.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some($name),)+
                    _ => None,
                }
            }

            /// The platform's text for this code, if it is a known one. `{0}` is the platform's
            /// placeholder.
            pub const fn text(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some($text),)+
                    _ => None,
                }
            }
        }
    };
}

error_codes! {
    SERVICE_BUS_POST_FAILED 0x8004_4175 "ServiceBusPostFailed"
        "The service bus post failed.",
    SERVICE_BUS_ISSUER_NOT_FOUND 0x8004_4176 "ServiceBusIssuerNotFound"
        "Cannot find service integration issuer information.",
    SERVICE_BUS_ISSUER_CERTIFICATE_ERROR 0x8004_4177 "ServiceBusIssuerCertificateError"
        "Service integration issuer certificate error.",
    SERVICE_BUS_EXTENDED_TOKEN_FAILED 0x8004_4178 "ServiceBusExtendedTokenFailed"
        "Failed to retrieve the additional token for service bus post.",
    SERVICE_BUS_POST_POSTPONED 0x8004_4179 "ServiceBusPostPostponed"
        "Service bus post is being postponed.",
    SERVICE_BUS_POST_DISABLED 0x8004_417A "ServiceBusPostDisabled"
        "Service bus post is disabled for the organization.",
    SERVICE_BUS_MAX_SIZE_EXCEEDED 0x8005_0208 "ServiceBusMaxSizeExceeded"
        "The service bus call failed because the request payload has exceeded maximum allowed size. Please reduce your request size and retry.",
    SERVICE_BUS_ENDPOINT_NOT_CONFIGURED 0x8008_1112 "ServiceBusEndpointNotConfigured"
        "Configuration of required credentials must be completed before messages can be sent.",
    ASYNC_NETWORK_ERROR 0x8004_4306 "AsyncNetworkError"
        "An error occurred while accessing the network.",
    ASYNC_COMMUNICATION_ERROR 0x8004_4307 "AsyncCommunicationError"
        "A communication error occurred while processing the async operation.",
    ASYNC_OPERATION_POSTPONED 0x8004_0328 "AsyncOperationPostponed"
        "This operation has been postponed because it failed for more than {0} times in {1} minutes",
    ASYNC_OPERATION_TYPE_THROTTLED 0x8006_0916 "AsyncOperationTypeThrottled"
        "The job could not be completed because the server is busy. We will retry the job again soon.",
    ISV_ABORTED 0x8004_0265 "IsvAborted"
        "ISV code aborted the operation.",
    ASYNC_OPERATION_INVALID_STATE_CHANGE 0x8004_4162 "AsyncOperationInvalidStateChange"
        "The target state could not be set because the state transition is not valid.",
    ASYNC_OPERATION_INVALID_STATE_CHANGE_UNEXPECTED 0x8004_4163 "AsyncOperationInvalidStateChangeUnexpected"
        "The target state could not be set because the state was changed by another process.",
    ASYNC_OPERATION_MISSING_ID 0x8004_4164 "AsyncOperationMissingId"
        "The AsyncOperationId is required to do the update.",
    ASYNC_OPERATION_CANNOT_DELETE_UNLESS_COMPLETED 0x8004_416A "AsyncOperationCannotDeleteUnlessCompleted"
        "Cannot delete async operation unless it is in Completed state.",
}

impl ErrorCode {
    /// The code written as Microsoft lists it, `0x8004_4175`.
    #[must_use]
    pub const fn from_unsigned(number: u32) -> Self {
        Self(number.cast_signed())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name}({self})"),
            None => write!(f, "ErrorCode({self})"),
        }
    }
}
