//! Messages inside of messages: what `ExecuteMultiple` and `ExecuteTransaction` carry.

use uuid::Uuid;

use crate::collection::{Key, ParameterCollection};
use crate::contract::{
    DataContract, TypeName, contract, list_collection, pair_collection, type_name,
};
use crate::scalar::DateTime;
use crate::value::Value;

contract! {
    /// A message to be executed.
    pub struct OrganizationRequest = "OrganizationRequest" in Contracts {
        /// The message's parameters.
        "Parameters" => parameters: ParameterCollection,
        /// The request's id, if the caller gave one.
        "RequestId" => request_id: Option<Uuid>,
        /// The name of the message.
        "RequestName" => request_name: Option<String>,
    }
}

contract! {
    /// What a message answered. Where this is declared an `Upsert` answers with an
    /// [`OrganizationUpsertResponse`], as [`Extra::derived`](crate::Extra::derived) reports.
    pub struct OrganizationResponse = "OrganizationResponse" in Contracts {
        /// The name of the message.
        "ResponseName" => response_name: Option<String>,
        /// The results by name.
        "Results" => results: ParameterCollection,
    }
}

contract! {
    /// What an `Upsert` answered: the results `RecordCreated` and `Target`.
    pub struct OrganizationUpsertResponse: OrganizationResponse = "UpsertResponse" in Contracts {
        /// The name of the message.
        "ResponseName" => response_name: Option<String>,
        /// The results by name.
        "Results" => results: ParameterCollection,
    }
}

contract! {
    /// How an `ExecuteMultiple` goes about its requests.
    pub struct ExecuteMultipleSettings = "ExecuteMultipleSettings" in Contracts2012 {
        /// Whether requests behind a failed one are executed.
        "ContinueOnError" => continue_on_error: bool,
        /// Whether the answer of each request is returned; if not, only faults are.
        "ReturnResponses" => return_responses: bool,
    }
}

contract! {
    /// What became of one request of an `ExecuteMultiple`.
    pub struct ExecuteMultipleResponseItem = "ExecuteMultipleResponseItem" in Contracts2012 {
        /// Why the request failed, if it did.
        "Fault" => fault: Option<OrganizationServiceFault>,
        /// The request's index, from zero.
        "RequestIndex" => request_index: i32,
        /// What the request answered, if it succeeded.
        "Response" => response: Option<OrganizationResponse>,
    }
}

contract! {
    /// Why a message failed. Where this is declared an `ExecuteTransaction` fails with an
    /// `ExecuteTransactionFault`, which [`Extra::derived`](crate::Extra::derived) tells: see
    /// [`for_request`](OrganizationServiceFault::for_request).
    pub struct OrganizationServiceFault = "OrganizationServiceFault" in Contracts {
        /// The activity in the platform's logs. Since version 8.2.
        "ActivityId" since V8_2 => activity_id: Uuid,
        /// The error's number, from the
        /// [list of service error codes](https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes).
        "ErrorCode" => error_code: i32,
        /// More about the error, by name.
        "ErrorDetails" => error_details: ErrorDetailCollection,
        /// Where to read about the error. Since version 9.0.
        "HelpLink" since V9_0_42 => help_link: Option<String>,
        /// What went wrong, in words.
        "Message" => message: Option<String>,
        /// When it went wrong.
        "Timestamp" => timestamp: DateTime,
        /// Whether the same request may succeed later. Since version 9.0.
        "ExceptionRetriable" since V9_0 => exception_retriable: bool,
        /// The part of the platform that failed. Since version 8.2.
        "ExceptionSource" since V8_2 => exception_source: Option<String>,
        /// The fault that caused this one.
        "InnerFault" => inner_fault: Option<Box<OrganizationServiceFault>>,
        /// The platform's own exception, as a text. Since version 8.2.
        "OriginalException" since V8_2 => original_exception: Option<String>,
        /// What the plug-ins involved had traced.
        "TraceText" => trace_text: Option<String>,
        /// The index of the request that failed, from zero: the member that an
        /// `ExecuteTransactionFault` has and other faults have not. Since version 7.1.
        "FaultedRequestIndex" in Contracts71 or nothing since V7_1 =>
            faulted_request_index: Option<i32>,
    }
}

pair_collection! {
    /// Details of an error: names and values.
    pub struct ErrorDetailCollection = "ErrorDetailCollection" in Contracts:
        Key => Value, "KeyValuePairOfstringanyType";
}

list_collection! {
    /// The requests of an `ExecuteMultiple` or an `ExecuteTransaction`.
    pub struct OrganizationRequestCollection = "OrganizationRequestCollection" in Contracts2012:
        OrganizationRequest, "OrganizationRequest";

    /// The answers of an `ExecuteTransaction`, one for each request.
    pub struct OrganizationResponseCollection = "OrganizationResponseCollection" in Contracts71:
        OrganizationResponse, "OrganizationResponse";

    /// The answers of an `ExecuteMultiple`. Its contract shares its name, not its namespace, with
    /// [`OrganizationResponseCollection`].
    pub struct ExecuteMultipleResponseItemCollection =
        "OrganizationResponseCollection" in Contracts2012:
        ExecuteMultipleResponseItem, "ExecuteMultipleResponseItem";
}

impl OrganizationRequest {
    /// A message without parameters.
    #[must_use]
    pub fn new(request_name: impl Into<String>) -> Self {
        Self { request_name: Some(request_name.into()), ..Self::default() }
    }

    /// The same message with a parameter set.
    #[must_use]
    pub fn with(mut self, name: impl AsRef<str>, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.as_ref(), value);
        self
    }
}

impl OrganizationServiceFault {
    /// The class of the faults of an `ExecuteTransaction`.
    ///
    /// Source: [`ExecuteTransactionFault`](https://learn.microsoft.com/dotnet/api/microsoft.xrm.sdk.executetransactionfault);
    /// that it is known where a fault is declared is told by the base class's `KnownType` attributes.
    pub const TRANSACTION_TYPE: &'static TypeName =
        &type_name!("ExecuteTransactionFault" in Contracts71);

    /// The same fault as an `ExecuteTransaction` fails with it, for the request at this index. It is
    /// written as the `ExecuteTransactionFault` that it is.
    #[must_use]
    pub fn for_request(mut self, index: i32) -> Self {
        self.faulted_request_index = Some(index);
        self.extra.derive(Self::TRANSACTION_TYPE);
        self
    }
}

impl From<OrganizationUpsertResponse> for OrganizationResponse {
    /// The same answer, for a place that declares an answer of any message. It is written as the
    /// `OrganizationUpsertResponse` that it is.
    fn from(response: OrganizationUpsertResponse) -> Self {
        let OrganizationUpsertResponse { response_name, results, mut extra } = response;
        extra.derive(OrganizationUpsertResponse::TYPE);
        Self { response_name, results, extra }
    }
}

impl From<OrganizationResponse> for OrganizationUpsertResponse {
    /// The same answer, taken for one of an `Upsert`.
    fn from(response: OrganizationResponse) -> Self {
        let OrganizationResponse { response_name, results, mut extra } = response;
        extra.underive();
        Self { response_name, results, extra }
    }
}
