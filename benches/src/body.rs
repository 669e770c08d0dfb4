//! The contexts that the benchmarks write and whose bodies they read, made in code.
//!
//! No amount has zeros at the end of its fraction, so that a baseline that holds it as `f64` writes
//! the same digits.

use std::fmt;

use xrm_body::{MessageFormat, encode};
use xrm_context::{
    DateTime, Decimal, Entity, EntityCollection, EntityReference, EntityState,
    FormattedValueCollection, IsolationMode, Mode, Money, OptionSetValue, RemoteExecutionContext,
    Stage, Uuid,
};

/// Which context.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Body {
    /// An update of three columns of a contact, without images: about 2 KB of JSON.
    Small,
    /// An update of an account with 33 columns, an image before and one after, and the context of
    /// the caller's own request: between 12 and 13 KB of JSON, between 26 and 28 KB of XML.
    AccountUpdate,
    /// The account's update forty times, each the context that the one before was caused by:
    /// the same bytes for the most part, about 400 KB of JSON.
    Nested,
    /// What a query found, a page of accounts: about 400 KB of JSON.
    Large,
}

impl Body {
    /// Every context.
    pub const ALL: [Self; 4] = [Self::Small, Self::AccountUpdate, Self::Nested, Self::Large];

    /// The context.
    #[must_use]
    pub fn context(self) -> RemoteExecutionContext {
        match self {
            Self::Small => contact_update(),
            Self::AccountUpdate => account_update(),
            Self::Nested => nested_updates(),
            Self::Large => accounts_found(),
        }
    }

    /// The context's body.
    ///
    /// # Panics
    /// If the crate `xrm-body` can't write the context, which its tests exclude.
    #[must_use]
    pub fn encoded(self, format: MessageFormat) -> Vec<u8> {
        encode(&self.context(), format).expect("the context has a body in either format")
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Small => "small",
            Self::AccountUpdate => "account update",
            Self::Nested => "nested updates",
            Self::Large => "large",
        })
    }
}

const ACCOUNT: u128 = 1;
const CONTACT: u128 = 2;
const USER: u128 = 3;
const CURRENCY: u128 = 4;

fn contact_update() -> RemoteExecutionContext {
    let contact = id(CONTACT);
    let target = Entity::new("contact")
        .with_id(contact)
        .with("telephone1", "+31 20 555 0142")
        .with("preferredcontactmethodcode", OptionSetValue::new(3))
        .with("modifiedon", second(1_715_933_742))
        .with("contactid", contact);
    let mut context = request("Update", "contact", contact);
    context.input_parameters.insert("Target", target);
    context
}

fn account_update() -> RemoteExecutionContext {
    let account = id(ACCOUNT);
    let mut context = request("Update", "account", account);
    context.input_parameters.insert("Target", changed(after()));
    context.input_parameters.insert("ConcurrencyBehavior", 0);
    context.pre_entity_images.insert("PreImage", image(before()));
    context.post_entity_images.insert("PostImage", image(after()));
    context.shared_variables = [("IsAutoTransact", true), ("DefaultsAddedFlag", true)].into();
    context.parent_context = Some(Box::new(callers_own(account)));
    context
}

fn nested_updates() -> RemoteExecutionContext {
    nested_account_updates(40)
}

/// The account's update so many times, each the context that the one before was caused by: about
/// 10 KB of JSON and 23 KB of XML each.
#[must_use]
pub fn nested_account_updates(count: i32) -> RemoteExecutionContext {
    let first = account_update();
    (1..count).fold(first.clone(), |parent, depth| RemoteExecutionContext {
        depth,
        parent_context: Some(Box::new(parent)),
        ..first.clone()
    })
}

/// The context of the request that the platform turned into the one at hand.
fn callers_own(account: Uuid) -> RemoteExecutionContext {
    let target = Entity::new("account")
        .with_id(account)
        .with("name", "Contoso Pharmaceuticals & Söhne")
        .with("description", TALK)
        .with("revenue", money("1284500.75"))
        .with("primarycontactid", EntityReference::new("contact", id(CONTACT)))
        .with("industrycode", OptionSetValue::new(34));
    let mut parent = request("Update", "account", account);
    parent.input_parameters.insert("Target", changed(target));
    parent.input_parameters.insert("SuppressDuplicateDetection", false);
    parent.owning_extension = None;
    parent.stage = Stage::MAIN_OPERATION;
    parent.shared_variables = [("IsAutoTransact", true)].into();
    parent
}

fn accounts_found() -> RemoteExecutionContext {
    let accounts = (0..125).map(|index| labelled(account(100 + index, "Fabrikam, Inc.")));
    let mut context = request("RetrieveMultiple", "account", Uuid::nil());
    let page = EntityCollection::new("account", accounts);
    context.output_parameters.insert("BusinessEntityCollection", page);
    context
}

fn before() -> Entity {
    account(ACCOUNT, "Contoso Pharmaceuticals")
}

fn after() -> Entity {
    account(ACCOUNT, "Contoso Pharmaceuticals & Söhne")
}

/// A record of 33 columns, of every kind that accounts have.
fn account(seed: u128, name: &str) -> Entity {
    Entity::new("account")
        .with_id(id(seed))
        .with("accountid", id(seed))
        .with("name", name)
        .with("accountnumber", "ACC-004217")
        .with("tickersymbol", "CPS")
        .with("sic", "2834")
        .with("telephone1", "+49 89 5550 1234")
        .with("fax", "+49 89 5550 1299")
        .with("emailaddress1", "office@contoso.example")
        .with("websiteurl", "https://www.contoso.example/en/about")
        .with("address1_line1", "Königstraße 12")
        .with("address1_city", "München")
        .with("address1_postalcode", "80331")
        .with("address1_stateorprovince", "Bayern")
        .with("address1_country", "Germany")
        .with("address1_latitude", 48.137_154)
        .with("address1_longitude", 11.576_124)
        .with("description", TALK)
        .with("revenue", money("1284500.75"))
        .with("creditlimit", money("49999.5"))
        .with("exchangerate", decimal("1.0842"))
        .with("numberofemployees", 420)
        .with("address1_utcoffset", 60)
        .with("creditonhold", false)
        .with("donotbulkemail", true)
        .with("industrycode", OptionSetValue::new(34))
        .with("statecode", OptionSetValue::new(0))
        .with("statuscode", OptionSetValue::new(1))
        .with("primarycontactid", reference("contact", CONTACT, "Yvonne McKay (sample)"))
        .with("ownerid", reference("systemuser", USER, "Jamie Reding"))
        .with("transactioncurrencyid", reference("transactioncurrency", CURRENCY, "Euro"))
        .with("lastonholdtime", None::<DateTime>)
        .with("createdon", second(1_709_287_200))
        .with("modifiedon", second(1_715_933_742))
}

/// Text with what JSON, XML or both escape.
const TALK: &str = "Asked for a \"second\" offer with shorter terms;\n\
                    call before <Friday>, not on Thursdays.";

/// The record as a request to update it has it.
fn changed(record: Entity) -> Entity {
    Entity { entity_state: Some(EntityState::CHANGED), ..record }
}

/// The columns of a record that a step's image is registered for.
fn image(mut record: Entity) -> Entity {
    const LEFT_OUT: [&str; 4] = ["description", "emailaddress1", "lastonholdtime", "websiteurl"];
    record.attributes.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    labelled(record)
}

/// The record with what a person sees.
fn labelled(record: Entity) -> Entity {
    const LABELS: [(&str, &str); 8] = [
        ("revenue", "€1,284,500.75"),
        ("creditlimit", "€49,999.50"),
        ("numberofemployees", "420"),
        ("industrycode", "Pharmaceuticals"),
        ("statecode", "Active"),
        ("statuscode", "Active"),
        ("createdon", "01/03/2024 11:00"),
        ("modifiedon", "17/05/2024 10:15"),
    ];
    let mut formatted_values = FormattedValueCollection::default();
    for (name, label) in LABELS {
        formatted_values.insert(name, label.to_owned());
    }
    Entity { formatted_values, ..record }
}

/// The context of an asynchronous step after the main operation.
fn request(message: &str, table: &str, record: Uuid) -> RemoteExecutionContext {
    let mut ids = (20..).map(id);
    let mut next = || ids.next().unwrap_or_default();
    let step = EntityReference::new("sdkmessageprocessingstep", next());
    RemoteExecutionContext {
        business_unit_id: next(),
        correlation_id: next(),
        depth: 1,
        initiating_user_agent: Some("Mozilla/5.0 (Windows NT 10.0; Win64; x64)".to_owned()),
        initiating_user_azure_active_directory_object_id: next(),
        initiating_user_id: id(USER),
        isolation_mode: IsolationMode::NONE,
        message_name: Some(message.to_owned()),
        mode: Mode::ASYNCHRONOUS,
        operation_created_on: second(1_715_933_742),
        operation_id: next(),
        organization_id: next(),
        organization_name: Some("unq5f841a6666bd1bee1453ddc4f632a".to_owned()),
        owning_extension: Some(step.with_name(format!("Contoso: {message} of {table}"))),
        primary_entity_id: record,
        primary_entity_name: Some(table.to_owned()),
        request_id: Some(next()),
        secondary_entity_name: Some("none".to_owned()),
        stage: Stage::POST_OPERATION,
        user_azure_active_directory_object_id: next(),
        user_id: id(USER),
        ..RemoteExecutionContext::default()
    }
}

/// An id whose digits look random, always the same for a number.
fn id(seed: u128) -> Uuid {
    Uuid::from_u128(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

fn reference(table: &str, seed: u128, name: &str) -> EntityReference {
    EntityReference::new(table, id(seed)).with_name(name)
}

fn money(amount: &str) -> Money {
    Money::new(decimal(amount))
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("the text is a number")
}

fn second(since_1970: i64) -> DateTime {
    DateTime::utc(DateTime::UNIX_EPOCH_TICKS + since_1970 * 10_000_000)
        .expect("the second lies in this century")
}
