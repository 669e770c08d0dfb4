//! Appointments: what `Search`, `Book` and `QuerySchedule` ask and answer.
//!
//! Arrays here are `None` where the caller gave none, which is not the same as an empty one.
//!
//! Source: [schedule and appointment
//! entities](https://learn.microsoft.com/dynamics365/customerengagement/on-premises/developer/schedule-service-appointment-entities).

use uuid::Uuid;

use crate::collection::List;
use crate::contract::{contract, contract_enum};
use crate::scalar::DateTime;

contract! {
    /// The wish for an appointment, as `Search` takes it.
    pub struct AppointmentRequest = "AppointmentRequest" in Crm2011 {
        /// Minutes from midnight to the first time of day at which an appointment may start.
        "AnchorOffset" => anchor_offset: i32,
        /// Appointments that do not count as taken time.
        "AppointmentsToIgnore" => appointments_to_ignore: Option<List<AppointmentsToIgnore>>,
        /// Constraints beyond those of the service.
        "Constraints" => constraints: Option<List<ConstraintRelation>>,
        /// The direction in time in which to search.
        "Direction" => direction: SearchDirection,
        /// How long the appointment takes, in minutes.
        "Duration" => duration: i32,
        /// The most proposals to return.
        "NumberOfResults" => number_of_results: i32,
        /// Strategies by which to choose among resources, in place of the service's own.
        "Objectives" => objectives: Option<List<ObjectiveRelation>>,
        /// How long each recurrence of the search window lasts, in minutes.
        "RecurrenceDuration" => recurrence_duration: i32,
        /// The code of the time zone in which the search window recurs.
        "RecurrenceTimeZoneCode" => recurrence_time_zone_code: i32,
        /// Resources that the appointment needs beyond those of the service.
        "RequiredResources" => required_resources: Option<List<RequiredResource>>,
        /// The rule by which the search window recurs.
        "SearchRecurrenceRule" => search_recurrence_rule: Option<String>,
        /// When the search window recurs first.
        "SearchRecurrenceStart" => search_recurrence_start: Option<DateTime>,
        /// The end of the time in which to search.
        "SearchWindowEnd" => search_window_end: Option<DateTime>,
        /// The start of the time in which to search.
        "SearchWindowStart" => search_window_start: Option<DateTime>,
        /// The service that the appointment is for.
        "ServiceId" => service_id: Uuid,
        /// The sites at which the appointment may take place.
        "Sites" => sites: Option<Vec<Uuid>>,
        /// The code of the calling user's time zone.
        "UserTimeZoneCode" => user_time_zone_code: i32,
    }
}

contract! {
    /// Appointments of a resource that do not count as taken time.
    pub struct AppointmentsToIgnore = "AppointmentsToIgnore" in Crm2011 {
        /// The appointments.
        "Appointments" => appointments: Option<Vec<Uuid>>,
        /// The resource.
        "ResourceId" => resource_id: Uuid,
    }
}

contract! {
    /// Constraints on the resources of an appointment.
    pub struct ConstraintRelation = "ConstraintRelation" in Crm2011 {
        /// The type of the constraints.
        "ConstraintType" => constraint_type: Option<String>,
        /// The constraints, in XML.
        "Constraints" => constraints: Option<String>,
        /// What the constraints are for: a resource or a specification of resources.
        "ObjectId" => object_id: Uuid,
    }
}

contract! {
    /// A strategy by which to choose among resources.
    pub struct ObjectiveRelation = "ObjectiveRelation" in Crm2011 {
        /// The strategy, in XML.
        "ObjectiveExpression" => objective_expression: Option<String>,
        /// The specification of resources that the strategy is for.
        "ResourceSpecId" => resource_spec_id: Uuid,
    }
}

contract! {
    /// A resource that an appointment needs.
    pub struct RequiredResource = "RequiredResource" in Crm2011 {
        /// The resource.
        "ResourceId" => resource_id: Uuid,
        /// The specification of resources that it is to fulfil.
        "ResourceSpecId" => resource_spec_id: Uuid,
    }
}

contract_enum! {
    /// The direction in time of a search for appointments.
    pub struct SearchDirection = "SearchDirection" in Crm2011 {
        /// From the start of the window on.
        FORWARD = "Forward", 0;
        /// Back from the end of the window.
        BACKWARD = "Backward", 1;
    }
}

contract! {
    /// What a search for appointments found.
    pub struct SearchResults = "SearchResults" in Crm2011 {
        /// The proposals.
        "Proposals" => proposals: Option<List<AppointmentProposal>>,
        /// Why there are no more, if there are none.
        "TraceInfo" => trace_info: Option<TraceInfo>,
    }
}

contract! {
    /// A time at which an appointment can take place.
    pub struct AppointmentProposal = "AppointmentProposal" in Crm2011 {
        /// The end of the appointment.
        "End" => end: Option<DateTime>,
        /// The resources that would take part.
        "ProposalParties" => proposal_parties: Option<List<ProposalParty>>,
        /// The site.
        "SiteId" => site_id: Uuid,
        /// The site's name.
        "SiteName" => site_name: Option<String>,
        /// The start of the appointment.
        "Start" => start: Option<DateTime>,
    }
}

contract! {
    /// A resource that would take part in a proposed appointment.
    pub struct ProposalParty = "ProposalParty" in Crm2011 {
        /// The resource's name.
        "DisplayName" => display_name: Option<String>,
        /// How much of the resource's capacity the appointment takes.
        "EffortRequired" => effort_required: f64,
        /// The logical name of the resource's table.
        "EntityName" => entity_name: Option<String>,
        /// The resource.
        "ResourceId" => resource_id: Uuid,
        /// The specification of resources that it fulfils.
        "ResourceSpecId" => resource_spec_id: Uuid,
    }
}

contract! {
    /// Whether an appointment could be booked or changed.
    pub struct ValidationResult = "ValidationResult" in Crm2011 {
        /// The appointment.
        "ActivityId" => activity_id: Uuid,
        /// Why it failed, if it did.
        "TraceInfo" => trace_info: Option<TraceInfo>,
        /// Whether it succeeded.
        "ValidationSuccess" => validation_success: bool,
    }
}

contract! {
    /// Why scheduling failed.
    pub struct TraceInfo = "TraceInfo" in Crm2011 {
        /// The errors.
        "ErrorInfoList" => error_info_list: Option<List<ErrorInfo>>,
    }
}

contract! {
    /// An error of scheduling.
    pub struct ErrorInfo = "ErrorInfo" in Crm2011 {
        /// The error's code.
        "ErrorCode" => error_code: Option<String>,
        /// The resources that the error is about.
        "ResourceList" => resource_list: Option<List<ResourceInfo>>,
    }
}

contract! {
    /// A resource that an error is about.
    pub struct ResourceInfo = "ResourceInfo" in Crm2011 {
        /// The resource's name.
        "DisplayName" => display_name: Option<String>,
        /// The logical name of the resource's table.
        "EntityName" => entity_name: Option<String>,
        /// The resource.
        "Id" => id: Uuid,
    }
}

contract! {
    /// A block of a resource's time.
    pub struct TimeInfo = "TimeInfo" in Crm2011 {
        /// The status of the activity that takes the block.
        "ActivityStatusCode" => activity_status_code: i32,
        /// The calendar that the block stands in.
        "CalendarId" => calendar_id: Uuid,
        /// What a person is shown for the block.
        "DisplayText" => display_text: Option<String>,
        /// How much of the resource's capacity the block has or takes.
        "Effort" => effort: f64,
        /// The end of the block; none where it is open.
        "End" => end: Option<DateTime>,
        /// Whether an activity takes the block.
        "IsActivity" => is_activity: bool,
        /// The record that the block comes from.
        "SourceId" => source_id: Uuid,
        /// The type code of that record's table.
        "SourceTypeCode" => source_type_code: i32,
        /// The start of the block; none where it is open.
        "Start" => start: Option<DateTime>,
        /// What the block is used for.
        "SubCode" => sub_code: SubCode,
        /// Whether the block can be taken.
        "TimeCode" => time_code: TimeCode,
    }
}

contract_enum! {
    /// Whether a block of time can be taken.
    pub struct TimeCode = "TimeCode" in Crm2011 {
        /// It can.
        AVAILABLE = "Available", 0;
        /// Something takes it.
        BUSY = "Busy", 1;
        /// It can't.
        UNAVAILABLE = "Unavailable", 2;
        /// It restricts other blocks.
        FILTER = "Filter", 3;
    }
}

contract_enum! {
    /// What a block of time is used for.
    pub struct SubCode = "SubCode" in Crm2011 {
        /// Nothing particular.
        UNSPECIFIED = "Unspecified", 0;
        /// Whatever is scheduled.
        SCHEDULABLE = "Schedulable", 1;
        /// Something that is settled.
        COMMITTED = "Committed", 2;
        /// Something that is not settled yet.
        UNCOMMITTED = "Uncommitted", 3;
        /// A break.
        BREAK = "Break", 4;
        /// A holiday.
        HOLIDAY = "Holiday", 5;
        /// A vacation.
        VACATION = "Vacation", 6;
        /// An appointment.
        APPOINTMENT = "Appointment", 7;
        /// The time at which the resource starts.
        RESOURCE_START_TIME = "ResourceStartTime", 8;
        /// Services that the resource can't provide then.
        RESOURCE_SERVICE_RESTRICTION = "ResourceServiceRestriction", 9;
        /// The resource's capacity.
        RESOURCE_CAPACITY = "ResourceCapacity", 10;
        /// A time at which the service is not offered.
        SERVICE_RESTRICTION = "ServiceRestriction", 11;
        /// What the service costs then.
        SERVICE_COST = "ServiceCost", 12;
    }
}
