//! The instructions of each task for twice as much input, of which there should be twice as many.
//!
//! Input is columns of a record with an image before and after, or steps of a registration. Instructions
//! are counted and not time, so that a loop that compares each with all others is seen whatever
//! else the machine does.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::hint::black_box;

use uuid::Uuid;
use xrm_body::{MessageFormat, decode, encode, flat};
use xrm_context::{DateTime, Entity, RemoteExecutionContext};
use xrm_registration::solution::{Import, MessageIds};
use xrm_registration::{ConnectionParts, Job, Operation, Registration, ServiceEndpoint, Step};

use crate::{count, ratio, twice};

/// From a few thousand on, comparing each with all others would be most of the work.
const SIZES: [usize; 3] = [1_000, 2_000, 4_000];

/// Twice the work, and what hash tables and texts of longer numbers add. A loop in a loop doubles it
/// once more.
const MOST_GROWTH: f64 = 2.3;

/// Prints a row for each task and form of its input. Fails if one grows faster than its input.
pub(crate) fn print_table() -> Result<(), Box<dyn Error>> {
    let [small, middle, large] = SIZES;
    println!("| instructions    | {small:>10} | {middle:>10} | {large:>10} | growth     |");
    println!("|-----------------|-----------:|-----------:|-----------:|-----------:|");
    let mut too_steep = Vec::new();
    for (task, form) in Case::rows() {
        let counts = SIZES.map(|size| count(&Case { task, form, size }.to_string()));
        let [small, middle, large] = counts;
        let (small, middle, large) = (small?, middle?, large?);
        let growth = [ratio(middle, small), ratio(large, middle)];
        let row = format!("{task:?} {form:?}").to_lowercase();
        println!(
            "| {row:<15} | {small:>10} | {middle:>10} | {large:>10} | {:.2}, {:.2} |",
            growth[0], growth[1],
        );
        if growth.iter().any(|it| *it > MOST_GROWTH) {
            too_steep.push(row);
        }
    }
    match too_steep.as_slice() {
        [] => Ok(()),
        rows => Err(format!("these grow faster than their input: {}", rows.join(", ")).into()),
    }
}

/// Does the work of the case with this name, if there is one.
pub(crate) fn run(name: &str) -> bool {
    let case = Case::all().find(|it| it.to_string() == name);
    case.map(Case::run).is_some()
}

/// What the command of this name does, without its files.
#[derive(Clone, Copy, Debug)]
enum Task {
    Convert,
    Show,
    Trigger,
    Explain,
    Import,
}

/// The form of what is read, or of the document that an import writes.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Form {
    Json,
    Xml,
    Toml,
}

#[derive(Clone, Copy)]
struct Case {
    task: Task,
    form: Form,
    size: usize,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let of_sizes = |(task, form)| SIZES.map(|size| Self { task, form, size });
        Self::rows().into_iter().flat_map(of_sizes)
    }

    fn rows() -> [(Task, Form); 10] {
        use {Form::*, Task::*};
        [
            (Convert, Json),
            (Convert, Xml),
            (Show, Json),
            (Show, Xml),
            (Trigger, Json),
            (Trigger, Xml),
            (Explain, Json),
            (Explain, Toml),
            (Import, Json),
            (Import, Toml),
        ]
    }

    fn run(self) {
        match self.task {
            Task::Convert => self.convert(),
            Task::Show => self.show(),
            Task::Trigger => self.trigger(),
            Task::Explain => self.explain(),
            Task::Import => self.import(),
        }
    }

    fn convert(self) {
        let (body, [from, to]) = (self.body(), self.formats());
        twice(|| encode(&decode(black_box(&body), from).expect(OURS), to).expect(OURS));
    }

    fn show(self) {
        let (body, [from, _]) = (self.body(), self.formats());
        twice(|| {
            let context = decode(black_box(&body), from).expect(OURS);
            serde_json::to_string(&flat::changes(&context)).expect(OURS)
        });
    }

    fn trigger(self) {
        let (body, [from, _]) = (self.body(), self.formats());
        let registration = registration(1);
        let job = Job::new(Uuid::nil(), DateTime::utc(0).expect("a date"));
        twice(|| {
            let operation = Operation::from_context(&decode(black_box(&body), from).expect(OURS));
            let fired = registration.fire(&operation, |_| job);
            assert_eq!(fired.len(), 1);
            encode(&fired[0].context, from).expect(OURS)
        });
    }

    fn explain(self) {
        let registration = registration(self.size);
        let operation = Operation::from_context(&context(self.size));
        let document = match self.form {
            Form::Toml => toml::to_string(&operation).expect(OURS),
            _ => serde_json::to_string(&operation).expect(OURS),
        };
        twice(|| {
            let operation: Operation = match self.form {
                Form::Toml => toml::from_str(black_box(&document)).expect(OURS),
                _ => serde_json::from_str(black_box(&document)).expect(OURS),
            };
            registration.explain(&operation).filter(|it| it.fires()).count()
        });
    }

    fn import(self) {
        let customizations = customizations(self.size);
        twice(|| {
            let mut import = Import::new(MessageIds::known());
            import.read("customizations.xml", black_box(customizations.as_bytes())).expect(OURS);
            let registration = import.finish().registration;
            match self.form {
                Form::Toml => toml::to_string(&registration).expect(OURS),
                _ => serde_json::to_string(&registration).expect(OURS),
            }
        });
    }

    fn formats(self) -> [MessageFormat; 2] {
        match self.form {
            Form::Xml => [MessageFormat::Xml, MessageFormat::Json],
            _ => [MessageFormat::Json, MessageFormat::Xml],
        }
    }

    fn body(self) -> Vec<u8> {
        encode(&context(self.size), self.formats()[0]).expect(OURS)
    }
}

/// So many steps, each filtered by another column.
fn registration(steps: usize) -> Registration {
    let connection = ConnectionParts { endpoint: "", key_name: "", key: "", entity_path: None };
    let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Hub", connection);
    let step = |number: usize| {
        let id = Uuid::from_u128(number as u128);
        let mut step = Step::new(id, &endpoint, "Update", Some("account"));
        step.filtering_attributes = column(number).as_str().into();
        step
    };
    let steps = (0..steps).map(step).collect();
    Registration::new(vec![endpoint], steps)
}

const OURS: &str = "it is one of ours";

/// An update of so many columns, with an image before and one after.
fn context(columns: usize) -> RemoteExecutionContext {
    let record = |value: &str| {
        (0..columns).fold(Entity::new("account"), |it, number| it.with(column(number), value))
    };
    RemoteExecutionContext {
        message_name: Some("Update".into()),
        primary_entity_name: Some("account".into()),
        input_parameters: [("Target", record("new"))].into(),
        pre_entity_images: [("Before", record("old"))].into(),
        post_entity_images: [("After", record("new"))].into(),
        ..RemoteExecutionContext::default()
    }
}

fn column(number: usize) -> String {
    format!("contoso_column{number}")
}

/// A solution of so many steps.
fn customizations(steps: usize) -> String {
    let mut xml = "<ImportExportXml><SdkMessageProcessingSteps>".to_owned();
    for number in 0..steps {
        let (id, column) = (Uuid::from_u128(number as u128), column(number));
        write!(
            xml,
            "<SdkMessageProcessingStep Name=\"Step {number}\" SdkMessageProcessingStepId=\"{id}\">\
             <SdkMessageId>20bebb1b-ea3e-db11-86a7-000a3a5473e8</SdkMessageId>\
             <PrimaryEntity>account</PrimaryEntity>\
             <EventHandler>6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001</EventHandler>\
             <EventHandlerTypeCode>4618</EventHandlerTypeCode>\
             <Mode>1</Mode><Stage>40</Stage>\
             <FilteringAttributes>{column}</FilteringAttributes>\
             </SdkMessageProcessingStep>"
        )
        .expect("a string takes everything");
    }
    xml + "</SdkMessageProcessingSteps></ImportExportXml>"
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "growth, {:?}, {:?}, {}", self.task, self.form, self.size)
    }
}
