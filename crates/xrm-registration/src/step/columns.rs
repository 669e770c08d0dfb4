//! The choices among the columns of steps and images.

use xrm_context::{Mode, Stage};

use crate::option_value::{listed, option_values};

option_values! {
    /// Where a step runs, the column `supporteddeployment`.
    pub struct SupportedDeployment {
        /// On the server.
        SERVER_ONLY = 0, "Server Only";
        /// In an offline client.
        OUTLOOK_CLIENT_ONLY = 1, "Outlook client only";
        /// On both.
        BOTH = 2, "Both";
    }

    /// Whether a step fires, the column `statecode`.
    pub struct StepState {
        /// It does.
        ENABLED = 0, "Enabled";
        /// It does not.
        DISABLED = 1, "Disabled";
    }

    /// What a step runs, the column `eventhandlertypecode`. The numbers are those that registration
    /// tools and exported solutions have.
    pub struct EventHandlerType {
        /// Code of one's own.
        PLUGIN_TYPE = 4602, "plugintype";
        /// A service endpoint, which the context is posted to.
        SERVICE_ENDPOINT = 4618, "serviceendpoint";
    }

    /// Which record an image is of, the column `imagetype`.
    pub struct ImageType {
        /// The record before.
        PRE_IMAGE = 0, "PreImage";
        /// The record after.
        POST_IMAGE = 1, "PostImage";
        /// Two images: one of each.
        BOTH = 2, "Both";
    }
}

impl ImageType {
    /// Whether there is one of the record before.
    #[must_use]
    pub const fn is_pre(self) -> bool {
        matches!(self, Self::PRE_IMAGE | Self::BOTH)
    }

    /// Whether there is one of the record after.
    #[must_use]
    pub const fn is_post(self) -> bool {
        matches!(self, Self::POST_IMAGE | Self::BOTH)
    }
}

listed! {
    Stage: PRE_VALIDATION, PRE_OPERATION, MAIN_OPERATION, POST_OPERATION, POST_OPERATION_DEPRECATED
}

listed! { Mode: SYNCHRONOUS, ASYNCHRONOUS }
