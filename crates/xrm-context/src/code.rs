//! Numbers that the platform gives a meaning: where in the event pipeline a step runs, and how.

use crate::contract::code;

code! {
    /// A stage of the event execution pipeline.
    pub struct Stage {
        /// Before the main operation, outside of the database transaction.
        PRE_VALIDATION = 10, "Pre-validation";
        /// Before the main operation, inside the transaction.
        PRE_OPERATION = 20, "Pre-operation";
        /// The platform's own operation. Outer contexts have it as their parent's stage.
        MAIN_OPERATION = 30, "Main Operation";
        /// After the main operation.
        POST_OPERATION = 40, "Post-operation";
        /// After the main operation, as CRM 4 knew it.
        POST_OPERATION_DEPRECATED = 50, "Post-operation (Deprecated)";
    }
}

code! {
    /// Whether a step runs within the operation or after it.
    pub struct Mode {
        /// Within the operation: the caller waits.
        SYNCHRONOUS = 0, "Synchronous";
        /// After the operation, by a system job.
        ASYNCHRONOUS = 1, "Asynchronous";
    }
}

code! {
    /// Where the code of a step runs.
    pub struct IsolationMode {
        /// In the platform's own process. Steps of service endpoints have this.
        NONE = 1, "None";
        /// In the sandbox.
        SANDBOX = 2, "Sandbox";
    }
}
